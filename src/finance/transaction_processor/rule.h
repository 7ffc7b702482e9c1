// Rules: what a person wants done with rows that look so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/transaction_processor/edit.h"
#include "finance/transaction_processor/ledger_table.h"
#include "sql/database.h"

namespace finance::transaction_processor {

enum class RuleField { kDescription, kMerchant, kAccount, kStatus, kAmount, kDirection, kDate };
enum class RuleOp { kIs, kContains, kStartsWith, kAbove, kBelow, kFrom, kUntil };
enum class RuleStage : int64_t { kPre = 0, kNormal = 1, kPost = 2 };
enum class RuleOrigin : int64_t { kUser = 0, kLearned = 1 };
enum class RuleState : int64_t { kActive = 0, kOff = 1, kProposed = 2, kDeclined = 3 };

struct RuleCondition {
  RuleField field = RuleField::kMerchant;
  RuleOp op = RuleOp::kContains;
  std::string text;    // as written; folded when compared
  int64_t number = 0;  // minor units, or days
  std::string folded = {};  // the text so, once; "" : not yet
};

struct Rule {
  std::string id;
  std::string name;
  RuleStage stage = RuleStage::kNormal;
  int64_t rank = 0;
  bool match_all = true;
  std::vector<RuleCondition> conditions;
  std::optional<ledger::Category> category;
  std::optional<std::string> note, tag, merchant;
  RuleOrigin origin = RuleOrigin::kUser;
  RuleState state = RuleState::kActive;
  std::string learned_merchant;  // key of the merchant, for a learned rule
  int64_t hits = 0;
};

inline constexpr size_t kRulesMax = 1000;
inline constexpr size_t kRuleConditionsMax = 20;

// Reads RULE of docs/finance.md; kInvalidArgument names the part that is wrong.
base::Result<Rule> ParseRule(std::string_view json);
std::string RuleJson(const Rule& rule);

bool Matches(const Rule& rule, const StoredTransaction& stored);

// The order of application: the stages, then from general to specific, so that the last match wins;
// a learned rule comes before a person's own.
void SortRules(std::vector<Rule>& rules);

// What the rules say of a row: later ones win, tags add up. Nothing when no rule matches. Rules that
// are not active are passed over. `matched` gets their places; may be null.
std::optional<Change> ApplyRules(const std::vector<Rule>& sorted, const StoredTransaction& stored,
                                 std::vector<size_t>* matched = nullptr);

// Only what a rule may change: never what the user has decided, nothing of a linked transfer or a
// reconciled row. Nothing is left: no value.
std::optional<Change> Permitted(Change change, const StoredTransaction& stored);

// --- the table ---

base::Result<std::vector<Rule>> ReadRules(sql::Connection& connection, const ledger::UserId& user);
base::Result<std::optional<Rule>> FindRule(sql::Connection& connection, const ledger::UserId& user, const std::string& id);
// kResourceExhausted when the user has kRulesMax already.
base::Status StoreRule(sql::Connection& connection, const ledger::UserId& user, const Rule& rule);
// A learned rule stays, declined: it is not proposed again.
base::Status DeleteRule(sql::Connection& connection, const Rule& rule);
base::Status CountHits(sql::Connection& connection, const std::string& id, int64_t hits);

// Proposes a rule when the user has given this merchant this category twice and there is no rule for
// it, declined ones included. Call after a correction.
base::Status LearnRule(sql::Connection& connection, const StoredTransaction& corrected);

}  // namespace finance::transaction_processor
