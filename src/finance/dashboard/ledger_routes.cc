// What is asked of the services, as the person who is logged in. Each call carries the user that
// the guard has checked; a user in the query or body of the browser's request never gets through.
#include <algorithm>
#include <array>

#include "codec/json.h"
#include "finance/dashboard/dashboard.h"
#include "finance/dashboard/reasons.h"
#include "finance/ledger/user_id.h"

namespace finance::dashboard {

using awry::base::InvalidArgument;
using awry::base::NotFound;
using awry::base::Result;
using awry::base::Status;
using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using awry::net::ErrorResponse;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::JsonResponse;
using awry::net::UrlEncode;

namespace {

constexpr int64_t kImportsShown = 50;
constexpr std::array<std::string_view, 9> kTransactionFilters = {
    "from", "to", "category", "q", "account", "limit", "cursor", "processing", "import_id"};

Query FilteredQuery(const HttpRequest& request, const Acting& acting,
                    std::span<const std::string_view> names) {
  Query query = {{"user_id", acting.user_id}};
  for (const std::string_view name : names) {
    if (const std::string* value = request.query_param(name)) query.emplace_back(name, *value);
  }
  return query;
}

bool Succeeded(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

// True when `list` has an object whose `id` is this one.
bool HasId(JsonValue list, std::string_view id) {
  for (const JsonValue item : list.items()) {
    if (item.Find("id").AsString() == id) return true;
  }
  return false;
}

HttpResponse BrokenAnswer(std::string_view service) {
  return ErrorResponse(awry::base::Unavailable("A service gave an answer that cannot be read: " +
                                               std::string(service)));
}

}  // namespace

void Dashboard::AddLedgerRoutes(awry::net::Router& router) {
  const auto add = [&](const char* method, const char* pattern,
                       Response (Dashboard::*handler)(const Request&, const Acting&),
                       BodyRule body = {}) {
    router.Add(method, pattern,
               guard_.Private([this, handler](const Request& r,
                                              const Acting& a) { return (this->*handler)(r, a); },
                              body));
  };
  add("GET", "/api/transactions", &Dashboard::Transactions);
  add("PATCH", "/api/transactions/{id}", &Dashboard::ChangeTransaction);
  add("GET", "/api/transactions/{id}/why", &Dashboard::WhyTransaction);
  add("GET", "/api/accounts", &Dashboard::Accounts);
  add("GET", "/api/statistics", &Dashboard::Statistics);
  add("GET", "/api/budgets", &Dashboard::ReadBudgets);
  add("PUT", "/api/budgets", &Dashboard::WriteBudgets);
  add("GET", "/api/alerts", &Dashboard::Alerts);
  add("POST", "/api/alerts/{id}/ack", &Dashboard::AcknowledgeAlert);
  add("GET", "/api/imports", &Dashboard::Imports);
  add("POST", "/api/imports", &Dashboard::PreviewImport,
      {.json = false, .bytes_max = kImportBytesMax});
  const auto add_step = [&](const char* method, const char* pattern, std::string_view step) {
    router.Add(method, pattern, guard_.Private([this, step](const Request& r, const Acting& a) {
      return OneImport(r, a, step);
    }));
  };
  add_step("GET", "/api/imports/{id}", "");
  add_step("POST", "/api/imports/{id}/confirm", "/confirm");
  add_step("POST", "/api/imports/{id}/revert", "/revert");
}

HttpResponse Dashboard::Transactions(const HttpRequest& request, const Acting& acting) {
  return processor_.Get("/transactions", FilteredQuery(request, acting, kTransactionFilters));
}

Result<std::string> Dashboard::OwnTransaction(const std::string& id, const Acting& acting,
                                              HttpResponse& refusal) {
  const Status missing = NotFound("There is no such transaction: " + id);
  refusal = ErrorResponse(missing);
  HttpResponse found =
      processor_.Get("/transactions/" + UrlEncode(id), {{"user_id", acting.user_id}});
  if (!Succeeded(found)) {
    if (found.status != 404) refusal = std::move(found);
    return missing;
  }
  const auto document = JsonDocument::Parse(found.body);
  if (!document.ok()) {
    refusal = BrokenAnswer("transaction-processor");
    return missing;
  }
  // The service takes any id from us: whose it is, is decided here.
  if (document->root().Find("user_id").AsString() != acting.user_id) return missing;
  return std::move(found.body);
}

HttpResponse Dashboard::ChangeTransaction(const HttpRequest& request, const Acting& acting) {
  const auto change = JsonDocument::Parse(request.body);
  if (!change.ok()) return ErrorResponse(change.status());
  const auto category = change->root().Find("category").AsString();
  if (!category) return ErrorResponse(InvalidArgument("Send {\"category\": id}."));
  const std::string id(request.path_param("id"));
  HttpResponse refusal;
  if (!OwnTransaction(id, acting, refusal).ok()) return refusal;
  std::string body;
  JsonWriter(body).BeginObject().Key("category").String(*category).EndObject();
  return processor_.Send("PATCH", "/transactions/" + UrlEncode(id), {{"user_id", acting.user_id}},
                         std::move(body));
}

HttpResponse Dashboard::WhyTransaction(const HttpRequest& request, const Acting& acting) {
  HttpResponse refusal;
  const auto transaction = OwnTransaction(std::string(request.path_param("id")), acting, refusal);
  if (!transaction.ok()) return refusal;
  const auto document = JsonDocument::Parse(*transaction);
  const std::string trace_id(
      document.ok() ? document->root().Find("trace_id").AsString().value_or("") : "");
  if (trace_id.empty() || awry_ == nullptr) {
    return ErrorResponse(NotFound("This row has no trace: it was entered while tracing was off."));
  }
  const auto trace = awry_->Get("/api/traces/" + UrlEncode(trace_id));
  if (!trace.ok()) {
    return ErrorResponse(awry::base::Unavailable(
        "Awry is not answering, so the reasons cannot be shown. The row is safe."));
  }
  if (trace->status != 200)
    return ErrorResponse(NotFound("The trace of this row is no longer kept."));
  const auto explanation = ReadExplanation(trace->body);
  if (!explanation.ok()) return ErrorResponse(explanation.status());
  return JsonResponse(200, ExplanationJson(*explanation));
}

HttpResponse Dashboard::Accounts(const HttpRequest&, const Acting& acting) {
  return processor_.Get("/accounts", {{"user_id", acting.user_id}});
}

HttpResponse Dashboard::Statistics(const HttpRequest& request, const Acting& acting) {
  Query query;
  if (const std::string* month = request.query_param("month")) query.emplace_back("month", *month);
  return analyzer_.Get("/statistics/" + UrlEncode(acting.user_id), query);
}

HttpResponse Dashboard::ReadBudgets(const HttpRequest& request, const Acting& acting) {
  Query query;
  if (const std::string* month = request.query_param("month")) query.emplace_back("month", *month);
  return budgets_.Get("/budgets/" + UrlEncode(acting.user_id), query);
}

HttpResponse Dashboard::WriteBudgets(const HttpRequest& request, const Acting& acting) {
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  return budgets_.Send("PUT", "/budgets/" + UrlEncode(acting.user_id), {}, request.body);
}

HttpResponse Dashboard::Alerts(const HttpRequest&, const Acting& acting) {
  return budgets_.Get("/alerts/" + UrlEncode(acting.user_id), {});
}

HttpResponse Dashboard::AcknowledgeAlert(const HttpRequest& request, const Acting& acting) {
  const std::string id(request.path_param("id"));
  return budgets_.Send("POST", "/alerts/" + UrlEncode(id) + "/ack", {{"user_id", acting.user_id}},
                       "");
}

HttpResponse Dashboard::Imports(const HttpRequest&, const Acting& acting) {
  const auto imports = imports_.Newest(acting.user_id, kImportsShown);
  if (!imports.ok()) return ErrorResponse(imports.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("imports").BeginArray();
  for (const StartedImport& import : *imports) {
    writer.BeginObject()
        .Key("import_id")
        .String(import.import_id)
        .Key("file_name")
        .String(import.file_name);
    writer.Key("format").String(import.format).Key("created_ns").Int(import.created_ns).EndObject();
  }
  writer.EndArray().EndObject();
  return JsonResponse(200, std::move(json));
}

Result<std::string> Dashboard::AccountFor(const HttpRequest& request, const Acting& acting,
                                          HttpResponse& refusal) {
  HttpResponse answer = processor_.Get("/accounts", {{"user_id", acting.user_id}});
  const Status failed = awry::base::Unavailable("accounts");
  if (!Succeeded(answer)) {
    refusal = std::move(answer);
    return failed;
  }
  const auto document = JsonDocument::Parse(answer.body);
  if (!document.ok()) {
    refusal = BrokenAnswer("transaction-processor");
    return failed;
  }
  const JsonValue accounts = document->root().Find("accounts");
  if (const std::string* wanted = request.query_param("account")) {
    if (HasId(accounts, *wanted)) return *wanted;
    refusal = ErrorResponse(NotFound("There is no such account: " + *wanted));
    return failed;
  }
  const auto first = accounts.At(0).Find("id").AsString();
  return first ? std::string(*first) : RandomId("account-");
}

HttpResponse Dashboard::PreviewImport(const HttpRequest& request, const Acting& acting) {
  if (request.body.empty())
    return ErrorResponse(InvalidArgument("The file is empty: choose another one."));
  HttpResponse refusal;
  const auto account = AccountFor(request, acting, refusal);
  if (!account.ok()) return refusal;
  Query query = {{"account", *account}, {"user_id", acting.user_id}};
  if (const std::string* profile = request.query_param("profile"))
    query.emplace_back("profile", *profile);
  HttpResponse preview =
      processor_.Send("POST", "/imports", query, request.body, "application/octet-stream");
  if (!Succeeded(preview)) return preview;
  const auto document = JsonDocument::Parse(preview.body);
  const auto import_id =
      document.ok() ? document->root().Find("import_id").AsString() : std::nullopt;
  if (!import_id) return BrokenAnswer("transaction-processor");
  const std::string* name = request.query_param("name");
  const Status added = imports_.Add(
      {.import_id = std::string(*import_id),
       .user_id = acting.user_id,
       .file_name = name != nullptr ? *name : "",
       .format = std::string(document->root().Find("format").AsString().value_or(""))});
  if (!added.ok()) return ErrorResponse(added);
  return preview;
}

HttpResponse Dashboard::OneImport(const HttpRequest& request, const Acting& acting,
                                  std::string_view step) {
  const std::string id(request.path_param("id"));
  const auto own = imports_.BelongsTo(id, acting.user_id);
  if (!own.ok()) return ErrorResponse(own.status());
  if (!*own) return ErrorResponse(NotFound("There is no such import: " + id));
  const std::string path = "/imports/" + UrlEncode(id) + std::string(step);
  if (step.empty()) return processor_.Get(path, {{"user_id", acting.user_id}});
  return processor_.Send("POST", path, {{"user_id", acting.user_id}}, "");
}

}  // namespace finance::dashboard
