// Rules as JSON and as rows.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/random.h"
#include "codec/json.h"
#include "finance/ledger/clean_description.h"
#include "finance/transaction_processor/rule.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;

constexpr std::array<std::string_view, 7> kFields = {"description", "merchant", "account", "status", "amount", "direction", "date"};
constexpr std::array<std::string_view, 7> kOps = {"is", "contains", "starts_with", "above", "below", "from", "until"};
constexpr std::array<std::string_view, 3> kStages = {"pre", "normal", "post"};
constexpr std::array<std::string_view, 4> kStates = {"active", "off", "proposed", "declined"};
constexpr size_t kTextBytesMax = 500;

template <typename Enum, size_t N>
base::Result<Enum> ReadName(const std::array<std::string_view, N>& names, std::string_view what, JsonValue value) {
  const std::string_view name = value.AsString().value_or("");
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return base::InvalidArgument(fmt::format("{} of the rule is unknown: {}", what, name.substr(0, 40)));
  return static_cast<Enum>(found - names.begin());
}

bool Fits(RuleField field, RuleOp op) {
  switch (field) {
    case RuleField::kDescription:
    case RuleField::kMerchant: return op == RuleOp::kIs || op == RuleOp::kContains || op == RuleOp::kStartsWith;
    case RuleField::kAmount: return op == RuleOp::kIs || op == RuleOp::kAbove || op == RuleOp::kBelow;
    case RuleField::kDate: return op == RuleOp::kIs || op == RuleOp::kFrom || op == RuleOp::kUntil;
    default: return op == RuleOp::kIs;
  }
}

base::Status ReadValue(JsonValue value, RuleCondition& condition) {
  if (condition.field == RuleField::kAmount) {
    const auto minor = value.AsInt64();
    if (!minor) return base::InvalidArgument("condition on the amount needs a whole number of minor units");
    condition.number = *minor;
    return {};
  }
  const auto text = value.AsString();
  if (!text || text->empty() || text->size() > kTextBytesMax) {
    return base::InvalidArgument(fmt::format("condition needs a text of 1 to {} bytes", kTextBytesMax));
  }
  condition.text = *text;
  condition.folded = ledger::FoldText(*text);
  if (condition.field == RuleField::kDirection && *text != "in" && *text != "out") return base::InvalidArgument("direction is neither in nor out");
  if (condition.field == RuleField::kStatus && *text != "pending" && *text != "booked") return base::InvalidArgument("status is neither pending nor booked");
  if (condition.field != RuleField::kDate) return {};
  ASSIGN_OR_RETURN(const ledger::Date date, ledger::Date::Parse(*text));
  condition.number = date.days();
  return {};
}

base::Result<RuleCondition> ReadCondition(JsonValue item) {
  RuleCondition condition;
  ASSIGN_OR_RETURN(condition.field, ReadName<RuleField>(kFields, "field", item.Find("field")));
  ASSIGN_OR_RETURN(condition.op, ReadName<RuleOp>(kOps, "op", item.Find("op")));
  if (!Fits(condition.field, condition.op)) {
    return base::InvalidArgument(fmt::format("op does not fit the field of the rule: {} {}", kFields[static_cast<size_t>(condition.field)],
                                             kOps[static_cast<size_t>(condition.op)]));
  }
  RETURN_IF_ERROR(ReadValue(item.Find("value"), condition));
  return condition;
}

base::Status ReadAction(JsonValue item, Rule& rule) {
  const std::string_view set = item.Find("set").AsString().value_or("");
  std::string body;
  JsonWriter json(body);
  json.BeginObject();
  if (set == "tag") {
    json.Key("tags").BeginArray().Value(item.Find("value")).EndArray();
  } else if (set == "category" || set == "note" || set == "merchant") {
    json.Key(set).Value(item.Find("value"));
  } else {
    return base::InvalidArgument(fmt::format("action of the rule is unknown: {}", set.substr(0, 40)));
  }
  json.EndObject();
  // The same checks as for an edit by hand.
  ASSIGN_OR_RETURN(const Change change, ParseChange(body));
  if (change.category) rule.category = change.category;
  if (change.note) rule.note = change.note;
  if (change.merchant) rule.merchant = change.merchant;
  if (change.tags) rule.tag = change.tags->front();
  return {};
}

void WriteCondition(JsonWriter& json, const RuleCondition& condition) {
  json.BeginObject().Key("field").String(kFields[static_cast<size_t>(condition.field)]);
  json.Key("op").String(kOps[static_cast<size_t>(condition.op)]).Key("value");
  if (condition.field == RuleField::kAmount) {
    json.Int(condition.number);
  } else {
    json.String(condition.text);
  }
  json.EndObject();
}

void WriteAction(JsonWriter& json, std::string_view set, std::string_view value) {
  json.BeginObject().Key("set").String(set).Key("value").String(value).EndObject();
}

base::Result<Rule> ReadRule(const sql::Row& row) {
  ASSIGN_OR_RETURN(Rule rule, ParseRule(row.Text(1)));
  rule.id = row.Text(0);
  rule.origin = static_cast<RuleOrigin>(row.Int(2));
  rule.state = static_cast<RuleState>(row.Int(3));
  rule.learned_merchant = row.Text(4);
  rule.hits = row.Int(5);
  return rule;
}

constexpr std::string_view kRuleColumns = "id, body, origin, state, merchant, hits";

}  // namespace

base::Result<Rule> ParseRule(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  const JsonValue root = document.root();
  if (!root.is_object()) return base::InvalidArgument("body is no JSON object");
  Rule rule;
  rule.name = root.Find("name").AsString().value_or("");
  if (rule.name.size() > kTextBytesMax) return base::InvalidArgument("name of the rule is too long");
  if (root.Find("stage").exists()) {
    ASSIGN_OR_RETURN(rule.stage, ReadName<RuleStage>(kStages, "stage", root.Find("stage")));
  }
  if (root.Find("state").exists()) {
    ASSIGN_OR_RETURN(rule.state, ReadName<RuleState>(kStates, "state", root.Find("state")));
  } else if (root.Find("active").AsBool() == false) {
    rule.state = RuleState::kOff;
  }
  rule.rank = root.Find("rank").AsInt64().value_or(0);
  rule.match_all = root.Find("match").AsString().value_or("all") != "any";
  for (const JsonValue item : root.Find("conditions").items()) {
    ASSIGN_OR_RETURN(RuleCondition condition, ReadCondition(item));
    rule.conditions.push_back(std::move(condition));
  }
  if (rule.conditions.empty() || rule.conditions.size() > kRuleConditionsMax) {
    return base::InvalidArgument(fmt::format("rule needs 1 to {} conditions", kRuleConditionsMax));
  }
  for (const JsonValue item : root.Find("actions").items()) RETURN_IF_ERROR(ReadAction(item, rule));
  if (!rule.category && !rule.note && !rule.merchant && !rule.tag) return base::InvalidArgument("rule has no action");
  return rule;
}

std::string RuleJson(const Rule& rule) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("id").String(rule.id).Key("name").String(rule.name);
  json.Key("stage").String(kStages[static_cast<size_t>(rule.stage)]).Key("rank").Int(rule.rank);
  json.Key("match").String(rule.match_all ? "all" : "any").Key("conditions").BeginArray();
  for (const RuleCondition& condition : rule.conditions) WriteCondition(json, condition);
  json.EndArray().Key("actions").BeginArray();
  if (rule.category) WriteAction(json, "category", ledger::CategoryId(*rule.category));
  if (rule.note) WriteAction(json, "note", *rule.note);
  if (rule.tag) WriteAction(json, "tag", *rule.tag);
  if (rule.merchant) WriteAction(json, "merchant", *rule.merchant);
  json.EndArray().Key("active").Bool(rule.state == RuleState::kActive);
  json.Key("origin").String(rule.origin == RuleOrigin::kUser ? "user" : "learned");
  json.Key("state").String(kStates[static_cast<size_t>(rule.state)]).Key("hits").Int(rule.hits).EndObject();
  return out;
}

base::Result<std::vector<Rule>> ReadRules(sql::Connection& connection, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(fmt::format("SELECT {} FROM rules WHERE user_id = $1 ORDER BY stage, rank, id", kRuleColumns), {user.str()}));
  std::vector<Rule> rules;
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(Rule rule, ReadRule(row));
    rules.push_back(std::move(rule));
  }
  return rules;
}

base::Result<std::optional<Rule>> FindRule(sql::Connection& connection, const ledger::UserId& user, const std::string& id) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(fmt::format("SELECT {} FROM rules WHERE id = $1 AND user_id = $2", kRuleColumns), {id, user.str()}));
  if (rows.empty() || static_cast<RuleState>(rows[0].Int(3)) == RuleState::kDeclined) return std::optional<Rule>();
  ASSIGN_OR_RETURN(Rule rule, ReadRule(rows[0]));
  return std::optional<Rule>(std::move(rule));
}

base::Status StoreRule(sql::Connection& connection, const ledger::UserId& user, const Rule& rule) {
  ASSIGN_OR_RETURN(const sql::Rows count,
                   connection.Query("SELECT COUNT(*) FROM rules WHERE user_id = $1 AND id <> $2 AND state <> 3", {user.str(), rule.id}));
  if (count[0].Int(0) >= static_cast<int64_t>(kRulesMax)) return base::ResourceExhausted(fmt::format("rules are too many: at most {}", kRulesMax));
  return connection
      .Execute("INSERT INTO rules (id, user_id, stage, rank, body, origin, state, merchant, hits)"
               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET stage = excluded.stage,"
               " rank = excluded.rank, body = excluded.body, state = excluded.state, hits = excluded.hits",
               {rule.id, user.str(), static_cast<int64_t>(rule.stage), rule.rank, RuleJson(rule), static_cast<int64_t>(rule.origin),
                static_cast<int64_t>(rule.state), rule.learned_merchant, rule.hits})
      .status();
}

base::Status DeleteRule(sql::Connection& connection, const Rule& rule) {
  if (rule.origin == RuleOrigin::kUser) return connection.Execute("DELETE FROM rules WHERE id = $1", {rule.id}).status();
  return connection.Execute("UPDATE rules SET state = 3 WHERE id = $1", {rule.id}).status();
}

base::Status CountHits(sql::Connection& connection, const std::string& id, int64_t hits) {
  return connection.Execute("UPDATE rules SET hits = hits + $2 WHERE id = $1", {id, hits}).status();
}

base::Status LearnRule(sql::Connection& connection, const StoredTransaction& corrected) {
  constexpr int kEqualCorrections = 2;
  const ledger::Transaction& row = corrected.row;
  const std::string key = ledger::MerchantKey(row.description);
  if (key.empty() || !corrected.transfer_id.empty()) return {};
  ASSIGN_OR_RETURN(const sql::Rows known, connection.Query("SELECT 1 FROM rules WHERE user_id = $1 AND merchant = $2 LIMIT 1", {row.user_id.str(), key}));
  if (!known.empty()) return {};
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT description, COUNT(*) FROM transactions WHERE user_id = $1 AND category = $2 AND category_source = 1"
                                    " AND parent = '' AND transfer_id = '' GROUP BY description",
                                    {row.user_id.str(), static_cast<int64_t>(row.category)}));
  int64_t equal = 0;
  for (const sql::Row& other : rows) equal += ledger::MerchantKey(other.Text(0)) == key ? other.Int(1) : 0;
  if (equal < kEqualCorrections) return {};
  Rule rule{.id = fmt::format("rule-{:016x}", base::EntropySeed()), .name = row.description, .category = row.category,
            .origin = RuleOrigin::kLearned, .state = RuleState::kProposed, .learned_merchant = key};
  // The key has lost digits and marks; where the merchant's name has them inside, the name itself is looked for.
  const bool found = ledger::FoldText(row.description).find(key) != std::string::npos;
  rule.conditions.push_back({RuleField::kMerchant, RuleOp::kContains, found ? key : row.description, 0});
  return StoreRule(connection, row.user_id, rule);
}

}  // namespace finance::transaction_processor
