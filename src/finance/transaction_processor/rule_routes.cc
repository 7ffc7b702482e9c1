#include <fmt/format.h>

#include "base/random.h"
#include "codec/json.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/traced_sql.h"
#include "finance/transaction_processor/request_fields.h"
#include "finance/transaction_processor/rule.h"
#include "finance/transaction_processor/rule_rows.h"
#include "finance/transaction_processor/transaction_json.h"
#include "finance/transaction_processor/transaction_processor.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonWriter;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

constexpr size_t kPreviewShown = 100;

base::Status NoRule(const std::string& id) { return base::NotFound("no rule has this id: " + id.substr(0, 128)); }

void WriteChange(JsonWriter& json, const Change& change) {
  json.BeginObject();
  if (change.category) json.Key("category").String(ledger::CategoryId(*change.category));
  if (change.note) json.Key("note").String(*change.note);
  if (change.merchant) json.Key("merchant").String(*change.merchant);
  if (!change.add_tags.empty()) {
    json.Key("tags").BeginArray();
    for (const std::string& tag : change.add_tags) json.String(tag);
    json.EndArray();
  }
  json.EndObject();
}

}  // namespace

void TransactionProcessor::AddRuleRoutes(net::Router& router) {
  router.Add("GET", "/rules", jobs::Bound(this, &TransactionProcessor::GetRules));
  router.Add("POST", "/rules", jobs::ForJson(jobs::Bound(this, &TransactionProcessor::PostRule)));
  router.Add("PUT", "/rules/{id}", jobs::ForJson(jobs::Bound(this, &TransactionProcessor::PutRule)));
  router.Add("DELETE", "/rules/{id}", jobs::Bound(this, &TransactionProcessor::RemoveRule));
  router.Add("POST", "/rules/preview", jobs::ForJson(jobs::Bound(this, &TransactionProcessor::PreviewRule)));
  router.Add("POST", "/rules/{id}/apply", jobs::Bound(this, &TransactionProcessor::ApplyRule));
}

// New rows have no audit: their import is one.
base::Status TransactionProcessor::ApplyToNew(sql::Connection& connection, const std::vector<Rule>& rules, StoredTransaction& row) {
  std::vector<size_t> matched;
  std::optional<Change> change = ApplyRules(rules, row, &matched);
  if (!change) return {};
  for (const size_t at : matched) RETURN_IF_ERROR(CountHits(connection, rules[at].id, 1));
  change = Permitted(std::move(*change), row);
  if (!change) return {};
  if (change->category) {
    row.row.category = *change->category;
    row.row.category_source = ledger::CategorySource::kRule;
    row.row.confidence = 1;
    row.rule_id = change->rule_id;
  }
  if (change->note) row.note = *change->note;
  if (change->merchant) row.row.description = *change->merchant;
  row.tags.insert(row.tags.end(), change->add_tags.begin(), change->add_tags.end());
  return {};
}

HttpResponse TransactionProcessor::GetRules(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  std::vector<Rule> rules;
  const base::Status status = jobs::TracedRead(database_, "SELECT rules", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(rules, ReadRules(connection, *user));
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("rules").BeginArray();
  for (const Rule& rule : rules) {
    if (rule.state != RuleState::kDeclined) json.Raw(RuleJson(rule));
  }
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse TransactionProcessor::PostRule(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  auto rule = ParseRule(request.body);
  if (!rule.ok()) return ErrorResponse(rule.status());
  rule->id = fmt::format("rule-{:016x}", base::EntropySeed());
  const base::Status status = jobs::TracedWrite(database_, "INSERT rules", [&](sql::Connection& connection) {
    return StoreRule(connection, *user, *rule);
  });
  return status.ok() ? net::JsonResponse(201, RuleJson(*rule)) : ErrorResponse(status);
}

HttpResponse TransactionProcessor::PutRule(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  auto rule = ParseRule(request.body);
  if (!rule.ok()) return ErrorResponse(rule.status());
  rule->id = request.path_param("id");
  const base::Status status = jobs::TracedWrite(database_, "UPDATE rules", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const std::optional<Rule> known, FindRule(connection, *user, rule->id));
    if (!known) return NoRule(rule->id);
    rule->origin = known->origin;
    rule->learned_merchant = known->learned_merchant;
    rule->hits = known->hits;
    return StoreRule(connection, *user, *rule);
  });
  return status.ok() ? net::JsonResponse(200, RuleJson(*rule)) : ErrorResponse(status);
}

HttpResponse TransactionProcessor::RemoveRule(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const std::string id(request.path_param("id"));
  const base::Status status = jobs::TracedWrite(database_, "DELETE rules", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const std::optional<Rule> known, FindRule(connection, *user, id));
    return known ? DeleteRule(connection, *known) : NoRule(id);
  });
  return status.ok() ? net::JsonResponse(200, R"({"deleted":true})") : ErrorResponse(status);
}

HttpResponse TransactionProcessor::PreviewRule(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  auto rule = ParseRule(request.body);
  if (!rule.ok()) return ErrorResponse(rule.status());
  rule->state = RuleState::kActive;
  RulePreview preview;
  const base::Status status = jobs::TracedRead(database_, "SELECT transactions", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(preview, PreviewOf(connection, database_.system(), *user, *rule, kPreviewShown));
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("matched").Int(preview.matched).Key("changed").Int(preview.changed).Key("rows").BeginArray();
  for (const StoredTransaction& row : preview.rows) {
    const std::optional<Change> change = ApplyRules({*rule}, row);
    json.BeginObject().Key("transaction").Raw(TransactionJson(row)).Key("after");
    WriteChange(json, Permitted(change.value_or(Change{}), row).value_or(Change{}));
    json.EndObject();
  }
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse TransactionProcessor::ApplyRule(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const std::string id(request.path_param("id"));
  int64_t changed = 0;
  EditContext context = EditBy(request, "rule");
  const base::Status status = jobs::TracedWrite(database_, "UPDATE transactions", [&](sql::Connection& connection) -> base::Status {
    changed = 0;
    ASSIGN_OR_RETURN(std::optional<Rule> rule, FindRule(connection, *user, id));
    if (!rule) return NoRule(id);
    rule->state = RuleState::kActive;
    const std::vector<Rule> rules = {*rule};
    ASSIGN_OR_RETURN(context.batch, BeginBatch(connection, *user, context.now_ns));
    RETURN_IF_ERROR(VisitMatches(connection, database_.system(), *user, *rule, [&](StoredTransaction& found) -> base::Status {
      std::optional<Change> change = ApplyRules(rules, found);
      if (change) change = Permitted(std::move(*change), found);
      if (!change) return {};
      ASSIGN_OR_RETURN(std::optional<StoredTransaction> row, FindTransaction(connection, found.row.id));
      if (!row) return {};
      ASSIGN_OR_RETURN(const bool differs, EditTransaction(connection, context, *row, *change));
      changed += differs ? 1 : 0;
      return {};
    }));
    return CountHits(connection, id, changed);
  });
  if (!status.ok()) return ErrorResponse(status);
  queue_->Wake();
  return net::JsonResponse(200, fmt::format(R"({{"batch":"{}","changed":{}}})", context.batch, changed));
}

}  // namespace finance::transaction_processor
