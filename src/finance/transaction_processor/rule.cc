#include "finance/transaction_processor/rule.h"

#include <algorithm>
#include <tuple>

#include "finance/ledger/clean_description.h"

namespace finance::transaction_processor {
namespace {

using ledger::FoldText;

bool MatchesText(const RuleCondition& condition, std::string_view value) {
  const std::string folded = FoldText(value);
  const std::string wanted = condition.folded.empty() ? FoldText(condition.text) : condition.folded;
  if (condition.op == RuleOp::kIs) return folded == wanted;
  if (condition.op == RuleOp::kStartsWith) return folded.starts_with(wanted);
  return folded.find(wanted) != std::string::npos;
}

bool MatchesNumber(const RuleCondition& condition, int64_t value) {
  switch (condition.op) {
    case RuleOp::kAbove: return value > condition.number;
    case RuleOp::kBelow: return value < condition.number;
    case RuleOp::kFrom: return value >= condition.number;
    case RuleOp::kUntil: return value <= condition.number;
    default: return value == condition.number;
  }
}

bool Holds(const RuleCondition& condition, const StoredTransaction& stored) {
  const ledger::Transaction& row = stored.row;
  switch (condition.field) {
    case RuleField::kDescription: return MatchesText(condition, row.raw_description);
    case RuleField::kMerchant: return MatchesText(condition, row.description);
    case RuleField::kAccount: return row.account == condition.text;
    case RuleField::kStatus: return ledger::BankStatusName(row.status) == condition.text;
    case RuleField::kAmount: return MatchesNumber(condition, row.amount.minor);
    case RuleField::kDirection: return (row.amount.minor < 0) == (condition.text == "out");
    case RuleField::kDate: return MatchesNumber(condition, row.date.days());
  }
  return false;
}

int Specificity(const Rule& rule) {
  int best = 0;
  for (const RuleCondition& condition : rule.conditions) {
    const bool is_text = condition.field == RuleField::kDescription || condition.field == RuleField::kMerchant;
    if (is_text) best = std::max(best, condition.op == RuleOp::kIs ? 3 : condition.op == RuleOp::kStartsWith ? 2 : 1);
  }
  return best;
}

}  // namespace

bool Matches(const Rule& rule, const StoredTransaction& stored) {
  const auto holds = [&](const RuleCondition& condition) { return Holds(condition, stored); };
  return rule.match_all ? std::all_of(rule.conditions.begin(), rule.conditions.end(), holds)
                        : std::any_of(rule.conditions.begin(), rule.conditions.end(), holds);
}

void SortRules(std::vector<Rule>& rules) {
  const auto key = [](const Rule& rule) {
    return std::tuple(rule.origin == RuleOrigin::kUser, rule.stage, Specificity(rule), rule.conditions.size(), rule.rank, rule.id);
  };
  std::sort(rules.begin(), rules.end(), [&](const Rule& a, const Rule& b) { return key(a) < key(b); });
}

std::optional<Change> ApplyRules(const std::vector<Rule>& sorted, const StoredTransaction& stored, std::vector<size_t>* matched) {
  std::optional<Change> change;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const Rule& rule = sorted[i];
    if (rule.state != RuleState::kActive || !Matches(rule, stored)) continue;
    if (matched != nullptr) matched->push_back(i);
    if (!change) change.emplace();
    change->source = ledger::CategorySource::kRule;
    if (rule.category) {
      change->category = rule.category;
      change->rule_id = rule.id;
    }
    if (rule.note) change->note = rule.note;
    if (rule.merchant) change->merchant = rule.merchant;
    if (rule.tag) change->add_tags.push_back(*rule.tag);
  }
  return change;
}

std::optional<Change> Permitted(Change change, const StoredTransaction& stored) {
  const bool own_category = stored.row.category_source == ledger::CategorySource::kUser || !stored.transfer_id.empty() || stored.reconciled;
  if (own_category || change.category == stored.row.category) {
    const bool same = change.category == stored.row.category && stored.row.category_source == ledger::CategorySource::kRule;
    // A rule that agrees with the model still takes the decision over.
    if (own_category || same) change.category.reset();
  }
  if (change.note && (!stored.note.empty() || stored.reconciled)) change.note.reset();
  if (change.merchant && (stored.reconciled || *change.merchant == stored.row.description)) change.merchant.reset();
  std::erase_if(change.add_tags, [&](const std::string& tag) {
    return std::find(stored.tags.begin(), stored.tags.end(), tag) != stored.tags.end();
  });
  if (!change.category && !change.note && !change.merchant && change.add_tags.empty()) return std::nullopt;
  return change;
}

}  // namespace finance::transaction_processor
