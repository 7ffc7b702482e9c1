#include "finance/budget_manager/budget_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/json.h"

namespace finance::budget_manager {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;

base::Result<std::string> TextField(JsonValue object, std::string_view name) {
  const auto text = object.Find(name).AsString();
  if (!text) return base::InvalidArgument(fmt::format("field is missing or no text: {}", name));
  return std::string(*text);
}

base::Result<int64_t> IntField(JsonValue object, std::string_view name) {
  const auto value = object.Find(name).AsInt64();
  if (!value) return base::InvalidArgument(fmt::format("field is missing or no 64-bit integer: {}", name));
  return *value;
}

base::Result<ledger::Category> ReadCategory(std::string_view id) {
  const auto category = ledger::CategoryFromId(id);
  if (!category) return base::InvalidArgument(fmt::format("category is unknown: {}", id.substr(0, 40)));
  return *category;
}

base::Result<Budget> ReadBudget(JsonValue object) {
  ASSIGN_OR_RETURN(const std::string code, TextField(object, "currency"));
  ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(code));
  ASSIGN_OR_RETURN(const int64_t limit, IntField(object, "limit_minor"));
  if (limit <= 0) return base::InvalidArgument(fmt::format("limit_minor must be above 0: {}", limit));
  const auto period = object.Find("period").AsString().value_or("month");
  if (period != "month" && period != "monthly") {
    return base::InvalidArgument(fmt::format("period can only be month yet: {}", period.substr(0, 20)));
  }
  Budget budget{std::string(object.Find("id").AsString().value_or("")), {}, {limit, currency}};
  for (const JsonValue item : object.Find("categories").items()) {
    ASSIGN_OR_RETURN(const ledger::Category category, ReadCategory(item.AsString().value_or("")));
    budget.categories.push_back(category);
  }
  if (budget.categories.empty()) return base::InvalidArgument("categories is missing or empty: name at least one");
  std::sort(budget.categories.begin(), budget.categories.end());
  budget.categories.erase(std::unique(budget.categories.begin(), budget.categories.end()), budget.categories.end());
  return budget;
}

}  // namespace

base::Result<std::vector<Budget>> ParseBudgets(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  const JsonValue list = document.root().Find("budgets");
  if (!list.is_array()) return base::InvalidArgument("send {\"budgets\": [...]}");
  if (list.size() > kBudgetsMax) {
    return base::ResourceExhausted(fmt::format("too many budgets: {}, at most {}", list.size(), kBudgetsMax));
  }
  std::vector<Budget> budgets;
  for (const JsonValue item : list.items()) {
    ASSIGN_OR_RETURN(Budget budget, ReadBudget(item));
    budgets.push_back(std::move(budget));
  }
  return budgets;
}

base::Result<ParsedSpending> ParseSpending(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  const JsonValue root = document.root();
  ASSIGN_OR_RETURN(const std::string date_text, TextField(root, "date"));
  ASSIGN_OR_RETURN(const ledger::Date date, ledger::Date::Parse(date_text));
  ASSIGN_OR_RETURN(const std::string code, TextField(root, "currency"));
  ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(code));
  ASSIGN_OR_RETURN(const int64_t minor, IntField(root, "amount_minor"));
  ASSIGN_OR_RETURN(const std::string category_id, TextField(root, "category"));
  ASSIGN_OR_RETURN(const ledger::Category category, ReadCategory(category_id));
  return ParsedSpending{{date, {minor, currency}, category}, root.Find("revision").AsInt64().value_or(0)};
}

std::string BudgetsJson(const std::vector<Budget>& budgets, const std::string& month,
                        const std::vector<int64_t>& spent) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("budgets").BeginArray();
  for (size_t i = 0; i < budgets.size(); ++i) {
    const Budget& budget = budgets[i];
    json.BeginObject().Key("id").String(budget.id).Key("categories").BeginArray();
    for (const ledger::Category category : budget.categories) json.String(ledger::CategoryId(category));
    json.EndArray().Key("period").String("month").Key("limit_minor").Int(budget.limit.minor);
    json.Key("currency").String(budget.limit.currency.str());
    json.Key("month").String(month).Key("spent_minor").Int(spent[i]).EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

std::string AlertsJson(const std::vector<Alert>& alerts, const std::vector<std::vector<std::string>>& transactions) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("alerts").BeginArray();
  for (size_t i = 0; i < alerts.size(); ++i) {
    const Alert& alert = alerts[i];
    json.BeginObject().Key("id").String(alert.id).Key("kind").String("budget");
    json.Key("budget_id").String(alert.budget_id).Key("threshold").Int(alert.threshold);
    json.Key("period").String(alert.period).Key("message").String(alert.message).Key("transactions").BeginArray();
    for (const std::string& id : transactions[i]) json.String(id);
    json.EndArray().Key("trace_id").String(alert.trace_id);
    json.Key("state").String(alert.state == AlertState::kAcknowledged ? "acked" : "open").EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

}  // namespace finance::budget_manager
