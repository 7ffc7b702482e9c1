#include "finance/dashboard/export.h"

#include <limits>
#include <optional>

#include "base/log.h"
#include "codec/json.h"
#include "finance/dashboard/own_rows.h"

namespace finance::dashboard {

using awry::base::Status;
using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using awry::net::HttpResponse;

namespace {

constexpr int64_t kRowsMax = 1'000'000;  // of one of the dashboard's own tables
constexpr std::string_view kPageRows = "1000";

HttpResponse Page(const Parts& parts, const std::string& user_id, const std::string& cursor) {
  Query query = {{"user_id", user_id}, {"limit", std::string(kPageRows)}};
  if (!cursor.empty()) query.emplace_back("cursor", cursor);
  return parts.service(Service::kProcessor).Get("/transactions", query);
}

Status WriteOwnRows(Parts& parts, const Person& person, JsonWriter& writer) {
  writer.Key("person").BeginObject().Key("name").String(person.name);
  writer.Key("user_id").String(person.user_id);
  writer.Key("role").String(person.owner ? "owner" : "member");
  writer.Key("created_ns").Int(person.created_ns).EndObject();

  ASSIGN_OR_RETURN(const auto sessions, parts.sessions.List(person.user_id));
  writer.Key("sessions").BeginArray();
  for (const Session& session : sessions) {
    writer.BeginObject().Key("id").String(session.id).Key("address").String(session.address);
    writer.Key("agent").String(session.agent).Key("created_ns").Int(session.created_ns);
    writer.Key("seen_ns").Int(session.seen_ns).EndObject();
  }
  writer.EndArray();

  ASSIGN_OR_RETURN(const auto tokens, parts.tokens.List(person.user_id));
  writer.Key("tokens").BeginArray();
  for (const ApiToken& token : tokens) {
    writer.BeginObject().Key("id").String(token.id).Key("name").String(token.name);
    writer.Key("scope").String(ScopeName(token.scope));
    writer.Key("created_ns").Int(token.created_ns).Key("expires_ns").Int(token.expires_ns);
    writer.Key("used_ns").Int(token.used_ns).EndObject();
  }
  writer.EndArray();

  ASSIGN_OR_RETURN(const auto shares, parts.rights.Shares(person.user_id));
  writer.Key("shares").BeginArray();
  for (const Share& share : shares) {
    writer.BeginObject().Key("id").String(share.id).Key("given_by").String(share.user_id);
    writer.Key("given_to").String(share.person_id).Key("account").String(share.account_id);
    writer.Key("may_edit").Bool(share.may_edit).EndObject();
  }
  writer.EndArray();

  ASSIGN_OR_RETURN(const auto imports, parts.imports.Newest(person.user_id, kRowsMax));
  writer.Key("imports").BeginArray();
  for (const StartedImport& import : imports) {
    writer.BeginObject().Key("import_id").String(import.import_id);
    writer.Key("file_name").String(import.file_name).Key("format").String(import.format);
    writer.Key("created_ns").Int(import.created_ns).EndObject();
  }
  writer.EndArray();

  ASSIGN_OR_RETURN(const auto audit,
                   parts.audit.Newest(person.user_id, false,
                                      std::numeric_limits<int64_t>::max(), kRowsMax));
  writer.Key("audit").BeginArray();
  for (const AuditEntry& entry : audit) {
    writer.BeginObject().Key("at_ns").Int(entry.at_ns).Key("actor").String(entry.actor_id);
    writer.Key("action").String(entry.action).Key("subject").String(entry.subject);
    writer.Key("address").String(entry.address).Key("trace_id").String(entry.trace_id).EndObject();
  }
  writer.EndArray();
  return {};
}

// The rows of a page to `write`, and the cursor of the next page; nothing when it cannot be read.
std::optional<std::string> WriteRows(const std::string& page, bool& first, std::string& out) {
  const auto document = JsonDocument::Parse(page);
  if (!document.ok()) return std::nullopt;
  for (const JsonValue row : document->root().Find("transactions").items()) {
    if (!first) out.push_back(',');
    first = false;
    JsonWriter(out).Value(row);
  }
  return std::string(document->root().Find("next_cursor").AsString().value_or(""));
}

}  // namespace

std::shared_ptr<const ExportBegun> BeginExport(Parts& parts, const Person& person,
                                               HttpResponse& refusal) {
  auto begun = std::make_shared<ExportBegun>(ExportBegun{.person = person});
  JsonWriter writer(begun->head);
  writer.BeginObject().Key("schema").String("awry.finance.export/1");
  if (const Status written = WriteOwnRows(parts, person, writer); !written.ok()) {
    refusal = awry::net::ErrorResponse(written);
    return nullptr;
  }
  struct Part {
    const char* key;
    Service service;
    std::string path;
    Query query;
  };
  const std::string id = awry::net::UrlEncode(person.user_id);
  const std::vector<Part> answers = {
      {"accounts", Service::kProcessor, "/accounts", {{"user_id", person.user_id}}},
      {"budgets", Service::kBudgets, "/budgets/" + id, {}},
      {"alerts", Service::kBudgets, "/alerts/" + id, {}},
      {"recurring", Service::kAnalyzer, "/recurring/" + id, {}}};
  for (const Part& part : answers) {
    refusal = parts.service(part.service).Get(part.path, part.query);
    if (!Succeeded(refusal)) return nullptr;
    const auto document = JsonDocument::Parse(refusal.body);
    if (!document.ok()) {
      refusal = BrokenAnswer(parts.service(part.service));
      return nullptr;
    }
    writer.Key(part.key).Value(document->root());
  }
  refusal = Page(parts, person.user_id, "");
  if (!Succeeded(refusal)) return nullptr;
  begun->first_page = std::move(refusal.body);
  return begun;
}

void WriteExport(Parts& parts, const ExportBegun& begun, const awry::net::BodyWriter& write) {
  std::string out = begun.head + ",\"transactions\":[";
  bool first = true;
  bool complete = false;
  auto cursor = WriteRows(begun.first_page, first, out);
  while (cursor && write(out)) {
    out.clear();
    complete = cursor->empty();
    if (complete) break;
    const HttpResponse page = Page(parts, begun.person.user_id, *cursor);
    if (!Succeeded(page)) break;
    const std::string before = *cursor;
    cursor = WriteRows(page.body, first, out);
    if (cursor && *cursor == before) break;  // a page that leads to itself would never end
  }
  if (!complete) awry::base::LogWarning("an export ended before its last row");
  write(out + "],\"complete\":" + (complete ? "true" : "false") + "}");
}

}  // namespace finance::dashboard
