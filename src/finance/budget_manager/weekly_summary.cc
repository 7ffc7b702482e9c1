#include "finance/budget_manager/weekly_summary.h"

#include "finance/budget_manager/budget_periods.h"
#include "finance/budget_manager/budget_table.h"

namespace finance::budget_manager {
namespace {

using delivery::DayText;
using delivery::Language;
using delivery::Line;
using delivery::MoneyText;
using delivery::Say;
using delivery::Word;
using ledger::Date;

constexpr int kDays = 7;

base::Result<std::vector<Line>> SpentLines(sql::Connection& connection, const ledger::UserId& user, Date from, Date until, Language language) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT currency, category, SUM(minor) FROM spent_days WHERE user_id = $1 AND day >= $2 AND day < $3"
                                    " GROUP BY currency, category HAVING SUM(minor) <> 0 ORDER BY currency, SUM(minor) DESC",
                                    {user.str(), int64_t{from.days()}, int64_t{until.days()}}));
  std::vector<Line> lines;
  for (const sql::Row& row : rows) {
    const auto category = ledger::CategoryFromNumber(row.Int(1)).value_or(ledger::Category::kUncategorized);
    if (category == ledger::Category::kIncome) continue;
    lines.push_back({std::string(CategoryText(language, category)), MoneyText(language, row.Int(2), row.Text(0))});
  }
  return lines;
}

// The name that was given, else the categories in the reader's words.
std::string TitleIn(Language language, const Budget& budget) {
  std::string out = budget.name;
  if (!out.empty() || budget.categories.empty()) return out.empty() ? TitleOf(budget) : out;
  for (const CategoryRef& one : budget.categories) {
    out += (out.empty() ? "" : ", ") + std::string(CategoryText(language, one.category)) + (one.child.empty() ? "" : "." + one.child);
  }
  return out;
}

base::Result<std::vector<Line>> BudgetLines(sql::Connection& connection, const ledger::UserId& user, Date today, Language language) {
  ASSIGN_OR_RETURN(const std::vector<Budget> budgets, ReadBudgets(connection, user));
  std::vector<Line> lines;
  for (const Budget& budget : budgets) {
    ASSIGN_OR_RETURN(const std::vector<PeriodState> states, ReadPeriods(connection, user, budget, today, today));
    if (states.empty()) continue;
    const PeriodState& state = states.back();
    const auto amount = [&](int64_t minor) { return MoneyText(language, minor, budget.limit.currency.str()); };
    const int64_t left = state.left_minor();
    lines.push_back({TitleIn(language, budget) + " (" + PeriodText(language, state.period.id) + ")",
                     Say(language, left < 0 ? Word::kBudgetOverspent : Word::kBudgetLine,
                         {{"spent", amount(state.spent_minor)}, {"limit", amount(state.available_minor)}, {"left", amount(left)}, {"over", amount(-left)}})});
  }
  return lines;
}

base::Result<std::vector<Line>> ExpectedLines(sql::Connection& connection, const ledger::UserId& user, Date today, Language language) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT day, merchant, amount_minor, currency FROM expected_payments WHERE user_id = $1"
                                    " AND day > $2 AND day <= $3 ORDER BY day, merchant",
                                    {user.str(), int64_t{today.days()}, int64_t{today.days() + kDays}}));
  std::vector<Line> lines;
  for (const sql::Row& row : rows) {
    lines.push_back({DayText(language, Date::FromDays(static_cast<int32_t>(row.Int(0)))),
                     row.Text(1) + ", " + MoneyText(language, row.Int(2), row.Text(3))});
  }
  return lines;
}

}  // namespace

base::Result<delivery::Letter> ComposeWeekly(sql::Connection& connection, const ledger::UserId& user, Date today, Language language) {
  const Date from = today.AddDays(-kDays);
  ASSIGN_OR_RETURN(std::vector<Line> spent, SpentLines(connection, user, from, today, language));
  ASSIGN_OR_RETURN(std::vector<Line> budgets, BudgetLines(connection, user, today, language));
  ASSIGN_OR_RETURN(std::vector<Line> expected, ExpectedLines(connection, user, today, language));
  delivery::Letter letter;
  if (spent.empty() && budgets.empty() && expected.empty()) return letter;
  letter.subject = Say(language, Word::kWeekSubject, {{"from", DayText(language, from)}, {"until", DayText(language, today.AddDays(-1))}});
  if (spent.empty()) spent.push_back({Say(language, Word::kNothingSpent), ""});
  letter.sections.push_back({Say(language, Word::kSpent), std::move(spent)});
  if (!budgets.empty()) letter.sections.push_back({Say(language, Word::kBudgets), std::move(budgets)});
  if (!expected.empty()) letter.sections.push_back({Say(language, Word::kExpected), std::move(expected)});
  return letter;
}

}  // namespace finance::budget_manager
