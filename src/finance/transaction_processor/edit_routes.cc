#include <awry/sdk/context.h>
#include <fmt/format.h>

#include <map>
#include <set>

#include "codec/json.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/trace_text.h"
#include "finance/jobs/traced_sql.h"
#include "finance/ledger/clean_description.h"
#include "finance/transaction_processor/edit.h"
#include "finance/transaction_processor/request_fields.h"
#include "finance/transaction_processor/rule.h"
#include "finance/transaction_processor/transaction_json.h"
#include "finance/transaction_processor/transaction_processor.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

constexpr int kAuditShown = 200;

std::string LabelBody(const StoredTransaction& stored, bool changed) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray().BeginObject().Key("trace_id").String(stored.row.trace_id);
  json.Key("label").String(changed ? "wrong" : "right");
  json.Key("expected").String(ledger::CategoryId(stored.row.category));
  if (stored.predicted) json.Key("actual").String(ledger::CategoryId(*stored.predicted));
  json.Key("source").String("user").EndObject().EndArray();
  return out;
}

// The row, unless it is another user's than the one who is asked for.
base::Result<StoredTransaction> Own(sql::Connection& connection, const std::string& id, const std::string& user) {
  ASSIGN_OR_RETURN(std::optional<StoredTransaction> stored, FindTransaction(connection, id));
  if (!stored || (!user.empty() && stored->row.user_id.str() != user)) return NoTransaction(id);
  RETURN_IF_ERROR(LoadDetails(connection, *stored));
  return std::move(*stored);
}

base::Result<std::vector<std::string>> ReadIds(JsonValue list) {
  std::vector<std::string> ids;
  std::set<std::string_view> seen;
  for (const JsonValue item : list.items()) {
    const auto id = item.AsString();
    if (!id) return base::InvalidArgument("ids are no list of texts");
    if (ids.size() == kBulkRowsMax) return base::InvalidArgument(fmt::format("ids are too many: at most {}", kBulkRowsMax));
    if (seen.insert(*id).second) ids.emplace_back(*id);
  }
  if (ids.empty()) return base::InvalidArgument("ids are missing: send {\"ids\": [...], \"changes\": {...}}");
  return ids;
}

std::string AuditJson(const std::vector<AuditEntry>& entries) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("audit").BeginArray();
  for (const AuditEntry& entry : entries) {
    json.BeginObject().Key("at").String(TimeText(entry.at_ns)).Key("by").String(entry.actor).Key("what").String(entry.what);
    if (!entry.batch.empty()) json.Key("batch").String(entry.batch);
    json.Key("before").Raw(entry.before_json).Key("after").Raw(entry.after_json).Key("trace_id").String(entry.trace_id).EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

}  // namespace

void TransactionProcessor::AddEditRoutes(net::Router& router) {
  router.Add("PATCH", "/transactions/{id}", jobs::ForJson(jobs::Bound(this, &TransactionProcessor::PatchTransaction)));
  router.Add("GET", "/transactions/{id}/audit", jobs::Bound(this, &TransactionProcessor::GetAudit));
  router.Add("POST", "/transactions/bulk", jobs::ForJson(jobs::Bound(this, &TransactionProcessor::PostBulk)));
  router.Add("POST", "/transactions/undo", jobs::Bound(this, &TransactionProcessor::PostUndo));
}

EditContext TransactionProcessor::EditBy(const HttpRequest& request, std::string what) const {
  std::string actor = QueryText(request, "by");
  if (actor.empty()) actor = QueryText(request, "user_id");
  return {*queue_, std::move(actor), std::move(what), "", options_.clock->NowUnixNs()};
}

// The services learn from a category that a person gives, also when it is the one that was there.
base::Status TransactionProcessor::EnqueueCorrection(sql::Connection& connection, const StoredTransaction& stored) {
  const std::string trace = jobs::ToTraceparent(awry::sdk::Context::current().span_context());
  const std::string& id = stored.row.id;
  RETURN_IF_ERROR(queue_->Enqueue(connection, {std::string(kFeedback), id, "", trace}));
  if (stored.row.trace_id.empty() || !stored.predicted) return {};
  return queue_->Enqueue(connection, {std::string(kLabel), id, LabelBody(stored, stored.predicted != stored.row.category), trace});
}

base::Status TransactionProcessor::ApplyEdit(sql::Connection& connection, const EditContext& context, StoredTransaction& stored,
                                             const Change& change) {
  RETURN_IF_ERROR(EditTransaction(connection, context, stored, change).status());
  if (!change.category) return {};
  RETURN_IF_ERROR(LearnRule(connection, stored));
  return EnqueueCorrection(connection, stored);
}

HttpResponse TransactionProcessor::PatchTransaction(const HttpRequest& request) {
  const auto change = ParseChange(request.body);
  if (!change.ok()) return ErrorResponse(change.status());
  const std::string id(request.path_param("id"));
  std::optional<StoredTransaction> stored;
  const base::Status status =
      jobs::TracedWrite(database_, "UPDATE transactions", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(stored, Own(connection, id, QueryText(request, "user_id")));
        return ApplyEdit(connection, EditBy(request, "edit"), *stored, *change);
      });
  if (!status.ok()) return ErrorResponse(status);
  queue_->Wake();
  return net::JsonResponse(200, TransactionJson(*stored));
}

HttpResponse TransactionProcessor::PostBulk(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  const auto ids = ReadIds(document->root().Find("ids"));
  if (!ids.ok()) return ErrorResponse(ids.status());
  std::string text;
  JsonWriter(text).Value(document->root().Find("changes"));
  const auto change = ParseChange(text);
  if (!change.ok()) return ErrorResponse(change.status());
  if (change->parts) return ErrorResponse(base::InvalidArgument("splits are made row by row: use PATCH"));
  int64_t changed = 0;
  EditContext context = EditBy(request, "bulk");
  const base::Status status = jobs::TracedWrite(database_, "UPDATE transactions", [&](sql::Connection& connection) -> base::Status {
    changed = 0;
    ASSIGN_OR_RETURN(context.batch, BeginBatch(connection, *user, context.now_ns));
    std::map<std::string, StoredTransaction> corrected;  // one of each merchant
    for (const std::string& id : *ids) {
      ASSIGN_OR_RETURN(StoredTransaction stored, Own(connection, id, user->str()));
      ASSIGN_OR_RETURN(const bool differs, EditTransaction(connection, context, stored, *change));
      changed += differs ? 1 : 0;
      if (!change->category) continue;
      RETURN_IF_ERROR(EnqueueCorrection(connection, stored));
      std::string merchant = ledger::MerchantKey(stored.row.description);
      corrected.insert_or_assign(std::move(merchant), std::move(stored));
    }
    for (const auto& [merchant, row] : corrected) RETURN_IF_ERROR(LearnRule(connection, row));
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  queue_->Wake();
  return net::JsonResponse(200, fmt::format(R"({{"batch":"{}","changed":{}}})", context.batch, changed));
}

HttpResponse TransactionProcessor::PostUndo(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  Undone undone;
  const base::Status status = jobs::TracedWrite(database_, "UPDATE transactions", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(undone, UndoNewestBatch(connection, EditBy(request, "undo"), *user));
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  queue_->Wake();
  return net::JsonResponse(200, fmt::format(R"({{"batch":"{}","restored":{},"skipped":{}}})", undone.batch, undone.restored, undone.skipped));
}

HttpResponse TransactionProcessor::GetAudit(const HttpRequest& request) {
  std::vector<AuditEntry> entries;
  const base::Status status = jobs::TracedRead(database_, "SELECT audit", [&](sql::Connection& connection) -> base::Status {
    const std::string id(request.path_param("id"));
    RETURN_IF_ERROR(Own(connection, id, QueryText(request, "user_id")).status());
    ASSIGN_OR_RETURN(entries, ReadAudit(connection, id, kAuditShown));
    return {};
  });
  return status.ok() ? net::JsonResponse(200, AuditJson(entries)) : ErrorResponse(status);
}

}  // namespace finance::transaction_processor
