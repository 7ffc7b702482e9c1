#include "finance/statement/csv_signs.h"

#include <algorithm>

#include "finance/statement/csv_names.h"
#include "finance/statement/row_collector.h"

namespace finance::statement {
namespace {

constexpr double kMost = 0.8;

// How many steps from row to row the balance goes along with.
struct Steps {
  size_t held = 0;
  size_t of = 0;
  std::optional<size_t> broken;  // row, the first that does not
  bool oldest_first = true;
  bool proven() const { return of >= 2 && static_cast<double>(held) >= kMost * static_cast<double>(of); }
};

Steps Walk(const Statement& statement, std::span<const std::optional<int64_t>> balances, int sign, bool oldest_first) {
  Steps steps;
  steps.oldest_first = oldest_first;
  for (size_t i = 1; i < statement.rows.size(); ++i) {
    const size_t before = oldest_first ? i - 1 : i;
    const size_t after = oldest_first ? i : i - 1;
    if (!balances[before] || !balances[after]) continue;
    ++steps.of;
    int64_t difference = 0;
    const bool overflow = __builtin_sub_overflow(*balances[after], *balances[before], &difference);
    const int64_t amount = statement.rows[after].amount.minor;
    const bool holds = !overflow && amount != INT64_MIN && difference == sign * amount;
    if (holds) ++steps.held;
    else if (!steps.broken) steps.broken = after;
  }
  return steps;
}

Steps BestWalk(const Statement& statement, std::span<const std::optional<int64_t>> balances, int sign) {
  const Steps down = Walk(statement, balances, sign, true);
  const Steps up = Walk(statement, balances, sign, false);
  return up.held > down.held ? up : down;
}

struct SignCounts {
  size_t negative = 0, positive = 0;
};

SignCounts Count(const Statement& statement) {
  SignCounts counts;
  for (const StatementRow& row : statement.rows) {
    counts.negative += row.amount.minor < 0 ? 1 : 0;
    counts.positive += row.amount.minor > 0 ? 1 : 0;
  }
  return counts;
}

// Most rows positive, none of them pay; what is negative pays the card, or is money back.
bool ReadsLikeACard(const Statement& statement) {
  bool payment = false;
  for (const StatementRow& row : statement.rows) {
    if (row.amount.minor > 0 && NamesIncome(row.description)) return false;
    if (row.amount.minor >= 0) continue;
    if (NamesCardPayment(row.description)) payment = true;
    else if (!NamesReturn(row.description)) return false;
  }
  return payment;
}

bool AnyIncome(const Statement& statement) {
  return std::any_of(statement.rows.begin(), statement.rows.end(), [](const StatementRow& row) { return NamesIncome(row.description); });
}

void TurnAll(Statement& statement) {
  for (StatementRow& row : statement.rows) TurnSign(row);
}

void NoteBalances(Statement& statement, std::span<const std::optional<int64_t>> balances, const Steps& steps) {
  const bool all = std::all_of(balances.begin(), balances.end(), [](const auto& balance) { return balance.has_value(); });
  if (!all || steps.held * 2 < steps.of || steps.held == 0) return;  // another balance than of this list
  const size_t first = steps.oldest_first ? 0 : statement.rows.size() - 1;
  const size_t last = steps.oldest_first ? statement.rows.size() - 1 : 0;
  const ledger::Currency currency = statement.rows[first].amount.currency;
  BalanceCheck check{.line = statement.rows[steps.broken.value_or(last)].line, .account = {}, .opening = {0, currency}, .closing = {*balances[last], currency}};
  if (__builtin_sub_overflow(*balances[first], statement.rows[first].amount.minor, &check.opening.minor)) return;
  for (const StatementRow& row : statement.rows) {
    const auto sum = ledger::AddMinor(check.rows_minor, row.amount.minor);
    if (!sum.ok() || row.amount.currency != currency) return;
    check.rows_minor = *sum;
  }
  statement.balances.push_back(std::move(check));
}

}  // namespace

void DecideSigns(Statement& statement, std::span<const std::optional<int64_t>> balances, std::optional<bool> flip) {
  constexpr size_t kRowsToAsk = 3;
  if (statement.rows.empty()) return;
  Steps steps = BestWalk(statement, balances, 1);
  const Steps turned = BestWalk(statement, balances, -1);
  bool turn = flip.value_or(turned.proven() && !steps.proven());
  if (!flip && !turn) {
    const SignCounts counts = Count(statement);
    turn = counts.positive >= counts.negative && counts.negative > 0 && ReadsLikeACard(statement);
    const bool all_positive = counts.negative == 0 && counts.positive >= kRowsToAsk && !steps.proven() && !AnyIncome(statement);
    statement.ambiguous_signs = turn || all_positive;
  }
  if (turn) TurnAll(statement);
  statement.signs_turned = turn;
  if (turn && turned.proven()) steps = turned;
  NoteBalances(statement, balances, steps);
}

}  // namespace finance::statement
