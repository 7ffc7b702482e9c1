#include "finance/budget_manager/budget_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/json.h"
#include "finance/budget_manager/budget_table.h"
#include "finance/ledger/clean_description.h"

namespace finance::budget_manager {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using ledger::Date;

constexpr size_t kNameBytesMax = 200;
constexpr size_t kListMax = 100;  // categories, merchants, tags

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

bool Given(JsonValue value) { return value.exists() && !value.is_null() && value.AsString() != ""; }

base::Result<std::optional<Date>> DateField(JsonValue object, std::string_view name) {
  const JsonValue value = object.Find(name);
  if (!Given(value)) return std::optional<Date>();
  ASSIGN_OR_RETURN(const Date date, Date::Parse(value.AsString().value_or("")));
  if (date.year() < 1970) return base::InvalidArgument(fmt::format("{} is before 1970: {}", name, date.ToString()));
  return std::optional<Date>(date);
}

// A list of texts, each through `fold`, sorted, each once.
base::Result<std::vector<std::string>> TextList(JsonValue object, std::string_view name, std::string (*fold)(std::string_view)) {
  const JsonValue list = object.Find(name);
  if (list.size() > kListMax) return base::ResourceExhausted(fmt::format("too many {}: {}, at most {}", name, list.size(), kListMax));
  std::vector<std::string> texts;
  for (const JsonValue item : list.items()) {
    std::string text = fold(item.AsString().value_or(""));
    if (text.empty() || text.find(',') != std::string::npos) {
      return base::InvalidArgument(fmt::format("{} must be texts with letters and without commas", name));
    }
    texts.push_back(std::move(text));
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

std::string FoldTag(std::string_view text) { return ledger::FoldText(text); }

base::Status ReadWhat(JsonValue object, Budget& budget) {
  const JsonValue list = object.Find("categories");
  if (list.size() > kListMax) return base::ResourceExhausted(fmt::format("too many categories: {}, at most {}", list.size(), kListMax));
  for (const JsonValue item : list.items()) {
    ASSIGN_OR_RETURN(CategoryRef category, CategoryRef::Parse(item.AsString().value_or("")));
    if (category.category == ledger::Category::kTransfer) {
      return base::InvalidArgument("categories cannot name transfer: money between own accounts is not spent");
    }
    budget.categories.push_back(std::move(category));
  }
  std::sort(budget.categories.begin(), budget.categories.end());
  budget.categories.erase(std::unique(budget.categories.begin(), budget.categories.end()), budget.categories.end());
  ASSIGN_OR_RETURN(budget.merchants, TextList(object, "merchants", ledger::MerchantKey));
  ASSIGN_OR_RETURN(budget.tags, TextList(object, "tags", FoldTag));
  if (budget.categories.empty() && budget.merchants.empty() && budget.tags.empty()) {
    return base::InvalidArgument("categories is missing or empty: name at least one category, merchant or tag");
  }
  return {};
}

base::Status ReadPeriod(JsonValue object, Budget& budget) {
  const auto name = object.Find("period").AsString().value_or("month");
  const auto kind = PeriodKindFromName(name);
  if (!kind) {
    return base::InvalidArgument(fmt::format("period must be week, month, quarter, year or days: {}", name.substr(0, 20)));
  }
  budget.period = *kind;
  if (budget.period == PeriodKind::kDays) {
    const int64_t days = object.Find("days").AsInt64().value_or(0);
    if (days < 1 || days > kPeriodDaysMax) {
      return base::InvalidArgument(fmt::format("days must be 1 to {} with period days: {}", kPeriodDaysMax, days));
    }
    budget.days = static_cast<int>(days);
  }
  ASSIGN_OR_RETURN(budget.starts_on, DateField(object, "starts_on"));
  const bool by_days = budget.period == PeriodKind::kWeek || budget.period == PeriodKind::kDays;
  if (budget.starts_on && !by_days && budget.starts_on->day() > 28) {
    return base::InvalidArgument("starts_on must be one of the days 1 to 28, which every month has: " + budget.starts_on->ToString());
  }
  ASSIGN_OR_RETURN(budget.active_from, DateField(object, "active_from"));
  ASSIGN_OR_RETURN(budget.active_until, DateField(object, "active_until"));
  if (budget.active_from && budget.active_until && *budget.active_until < *budget.active_from) {
    return base::InvalidArgument("active_until is before active_from: " + budget.active_until->ToString());
  }
  return {};
}

base::Status ReadCarry(JsonValue object, Budget& budget) {
  const auto name = object.Find("carry").AsString().value_or("none");
  const auto carry = CarryFromName(name);
  if (!carry) return base::InvalidArgument(fmt::format("carry must be none, surplus or full: {}", name.substr(0, 20)));
  budget.carry = *carry;
  if (const JsonValue cap = object.Find("carry_cap_minor"); Given(cap)) {
    const auto minor = cap.AsInt64();
    if (!minor || *minor < 0 || *minor > kAmountMinorMax) {
      return base::InvalidArgument("carry_cap_minor must be a count of minor units from 0, or null");
    }
    budget.carry_cap_minor = *minor;
  }
  return {};
}

base::Status ReadThresholds(JsonValue object, Budget& budget) {
  budget.will_exceed = object.Find("will_exceed").AsBool().value_or(false);
  const JsonValue list = object.Find("thresholds");
  if (!list.exists()) return {};
  if (!list.is_array()) return base::InvalidArgument("thresholds must be a list of 50, 80 and 100");
  budget.thresholds.clear();
  for (const JsonValue item : list.items()) {
    const int64_t percent = item.AsInt64().value_or(0);
    if (percent != 50 && percent != 80 && percent != 100) return base::InvalidArgument("thresholds can be 50, 80 and 100 only");
    budget.thresholds.push_back(static_cast<int>(percent));
  }
  std::sort(budget.thresholds.begin(), budget.thresholds.end());
  budget.thresholds.erase(std::unique(budget.thresholds.begin(), budget.thresholds.end()), budget.thresholds.end());
  return {};
}

base::Result<Budget> ReadBudget(JsonValue object) {
  ASSIGN_OR_RETURN(const std::string code, TextField(object, "currency"));
  ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(code));
  ASSIGN_OR_RETURN(const int64_t limit, IntField(object, "limit_minor"));
  if (limit <= 0 || limit > kAmountMinorMax) {
    return base::InvalidArgument(fmt::format("limit_minor must be above 0 and at most {}: {}", kAmountMinorMax, limit));
  }
  Budget budget{.id = std::string(object.Find("id").AsString().value_or("")),
                .name = std::string(object.Find("name").AsString().value_or("")),
                .limit = {limit, currency}};
  if (budget.name.size() > kNameBytesMax) return base::InvalidArgument(fmt::format("name is longer than {} bytes", kNameBytesMax));
  RETURN_IF_ERROR(ReadWhat(object, budget));
  RETURN_IF_ERROR(ReadPeriod(object, budget));
  RETURN_IF_ERROR(ReadCarry(object, budget));
  RETURN_IF_ERROR(ReadThresholds(object, budget));
  return budget;
}

base::Result<SpentRow> ReadRow(JsonValue object) {
  ASSIGN_OR_RETURN(const std::string date_text, TextField(object, "date"));
  ASSIGN_OR_RETURN(const Date date, Date::Parse(date_text));
  ASSIGN_OR_RETURN(const std::string code, TextField(object, "currency"));
  ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(code));
  ASSIGN_OR_RETURN(const int64_t minor, IntField(object, "amount_minor"));
  if (minor > kAmountMinorMax || minor < -kAmountMinorMax) {
    return base::InvalidArgument(fmt::format("amount_minor is beyond {}: {}", kAmountMinorMax, minor));
  }
  ASSIGN_OR_RETURN(const std::string category_id, TextField(object, "category"));
  ASSIGN_OR_RETURN(CategoryRef category, CategoryRef::Parse(category_id));
  SpentRow row{date, {minor, currency}, std::move(category)};
  row.merchant = ledger::MerchantKey(object.Find("description").AsString().value_or(""));
  row.pending = object.Find("status").AsString() == "pending";
  row.transfer = object.Find("transfer").AsBool().value_or(false);
  ASSIGN_OR_RETURN(row.tags, TextList(object, "tags", FoldTag));
  return row;
}

base::Result<ParsedSpending> ReadSpending(JsonValue object) {
  ParsedSpending parsed;
  parsed.id = std::string(object.Find("id").AsString().value_or(""));
  parsed.revision = object.Find("revision").AsInt64().value_or(0);
  parsed.import_id = std::string(object.Find("import_id").AsString().value_or(""));
  if (object.Find("removed").AsBool().value_or(false)) return parsed;
  ASSIGN_OR_RETURN(parsed.row, ReadRow(object));
  return parsed;
}

void WriteTexts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.Key(name).BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

std::string DateText(const std::optional<Date>& date) { return date ? date->ToString() : std::string(); }

void WriteDefinition(JsonWriter& json, const Budget& budget) {
  json.Key("name").String(budget.name).Key("categories").BeginArray();
  for (const CategoryRef& category : budget.categories) json.String(category.ToString());
  json.EndArray();
  WriteTexts(json, "merchants", budget.merchants);
  WriteTexts(json, "tags", budget.tags);
  json.Key("period").String(PeriodKindName(budget.period)).Key("days").Int(budget.days);
  json.Key("starts_on").String(DateText(budget.starts_on)).Key("limit_minor").Int(budget.limit.minor);
  json.Key("currency").String(budget.limit.currency.str()).Key("carry").String(CarryName(budget.carry));
  json.Key("carry_cap_minor");
  budget.carry_cap_minor ? json.Int(*budget.carry_cap_minor) : json.Null();
  json.Key("active_from").String(DateText(budget.active_from)).Key("active_until").String(DateText(budget.active_until));
  json.Key("thresholds").BeginArray();
  for (const int percent : budget.thresholds) json.Int(percent);
  json.EndArray().Key("will_exceed").Bool(budget.will_exceed);
}

void WriteState(JsonWriter& json, const PeriodState& state) {
  json.Key("period_id").String(state.period.id).Key("from").String(state.period.from.ToString());
  json.Key("until").String(state.period.until.ToString()).Key("spent_minor").Int(state.spent_minor);
  json.Key("pending_minor").Int(state.pending_minor).Key("carried_minor").Int(state.carried_minor);
  json.Key("available_minor").Int(state.available_minor).Key("left_minor").Int(state.left_minor());
}

double Rounded(double share) { return static_cast<double>(static_cast<int64_t>(share * 10'000 + (share < 0 ? -0.5 : 0.5))) / 10'000; }

void WritePace(JsonWriter& json, const Pace& pace) {
  json.Key("pace").BeginObject().Key("elapsed_days").Int(pace.elapsed_days).Key("length_days").Int(pace.length_days);
  json.Key("spent_share").Double(Rounded(pace.spent_share)).Key("elapsed_share").Double(Rounded(pace.elapsed_share));
  json.Key("projected_minor");
  pace.projected_minor ? json.Int(*pace.projected_minor) : json.Null();
  json.Key("expected_minor").Int(pace.expected_minor).Key("state").String(PaceStateName(pace.state)).EndObject();
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

base::Result<Budget> ParseBudget(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  return ReadBudget(document.root());
}

std::string DefinitionJson(const Budget& budget) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  WriteDefinition(json, budget);
  json.EndObject();
  return out;
}

base::Result<ParsedSpending> ParseSpending(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  return ReadSpending(document.root());
}

base::Result<std::vector<ParsedSpending>> ParseBatch(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  const JsonValue list = document.root().Find("transactions");
  if (!list.is_array()) return base::InvalidArgument("send {\"transactions\": [...]}");
  if (list.size() > kBatchRowsMax) {
    return base::ResourceExhausted(fmt::format("too many transactions in a batch: {}, at most {}", list.size(), kBatchRowsMax));
  }
  std::vector<ParsedSpending> rows;
  for (const JsonValue item : list.items()) {
    auto row = ReadSpending(item);
    if (row.ok()) RETURN_IF_ERROR(ledger::CheckOpaqueId(row->id, "transaction id"));
    if (!row.ok()) return row.status().WithContext(fmt::format("transaction {} of the batch", rows.size() + 1));
    rows.push_back(std::move(*row));
  }
  return rows;
}

std::string BudgetsJson(const std::vector<BudgetView>& budgets, const std::string& month) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("budgets").BeginArray();
  for (const BudgetView& view : budgets) {
    json.BeginObject().Key("id").String(view.budget.id);
    WriteDefinition(json, view.budget);
    json.Key("month").String(month);
    WriteState(json, view.state);
    WritePace(json, view.pace);
    json.Key("closed").Bool(view.closed).EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

std::string PeriodsJson(const Budget& budget, const std::vector<PeriodState>& newest_last) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("budget_id").String(budget.id).Key("currency").String(budget.limit.currency.str());
  json.Key("periods").BeginArray();
  for (auto state = newest_last.rbegin(); state != newest_last.rend(); ++state) {
    json.BeginObject().Key("limit_minor").Int(budget.limit.minor);
    WriteState(json, *state);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

std::string IdsJson(std::string_view name, const std::vector<std::string>& ids) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  WriteTexts(json, name, ids);
  json.EndObject();
  return out;
}

std::string AlertsJson(const std::vector<Alert>& alerts, ledger::Date today) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("alerts").BeginArray();
  for (const Alert& alert : alerts) {
    json.BeginObject().Key("id").String(alert.id).Key("kind").String(alert.kind);
    json.Key("budget_id").String(alert.budget_id).Key("threshold").Int(alert.threshold);
    json.Key("period").String(alert.period).Key("message").String(alert.message);
    WriteTexts(json, "transactions", alert.transactions);
    json.Key("trace_id").String(alert.trace_id);
    const bool sleeps = alert.state == AlertState::kOpen && alert.snoozed_until > today;
    json.Key("state").String(alert.state == AlertState::kAcknowledged ? "acked" : sleeps ? "snoozed" : "open");
    if (sleeps) json.Key("snoozed_until").String(alert.snoozed_until.ToString());
    json.Key("severity").String(alert.severity).Key("import_id").String(alert.import_id);
    json.Key("raised_at_ns").Int(alert.raised_at_ns).Key("subject").String(alert.subject);
    json.Key("detail").Raw(alert.detail).EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

base::Result<std::vector<Insight>> ParseInsights(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  std::vector<Insight> insights;
  for (const JsonValue item : document.root().Find("insights").items()) {
    Insight insight;
    ASSIGN_OR_RETURN(insight.key, TextField(item, "key"));
    ASSIGN_OR_RETURN(insight.kind, TextField(item, "kind"));
    ASSIGN_OR_RETURN(insight.severity, TextField(item, "severity"));
    ASSIGN_OR_RETURN(insight.subject, TextField(item, "subject"));
    ASSIGN_OR_RETURN(insight.message, TextField(item, "message"));
    JsonWriter(insight.detail).Value(item.Find("detail"));
    for (const JsonValue id : item.Find("transactions").items()) insight.transactions.emplace_back(id.AsString().value_or(""));
    insights.push_back(std::move(insight));
  }
  return insights;
}

base::Result<std::vector<ExpectedPayment>> ParseForecast(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  std::vector<ExpectedPayment> payments;
  for (const JsonValue forecast : document.root().Find("forecasts").items()) {
    ASSIGN_OR_RETURN(const std::string code, TextField(forecast, "currency"));
    ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(code));
    for (const JsonValue item : forecast.Find("upcoming").items()) {
      ASSIGN_OR_RETURN(const std::string date, TextField(item, "date"));
      ASSIGN_OR_RETURN(const Date day, Date::Parse(date));
      ASSIGN_OR_RETURN(const int64_t minor, IntField(item, "amount_minor"));
      ASSIGN_OR_RETURN(const std::string category, TextField(item, "category"));
      ASSIGN_OR_RETURN(CategoryRef ref, CategoryRef::Parse(category));
      ASSIGN_OR_RETURN(std::string merchant, TextField(item, "merchant"));
      payments.push_back({day, {minor, currency}, std::move(ref), std::move(merchant)});
    }
  }
  return payments;
}

}  // namespace finance::budget_manager
