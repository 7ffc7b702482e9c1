#include "finance/budget_manager/weekly_summary.h"

#include <fmt/format.h>

#include "finance/budget_manager/budget_periods.h"
#include "finance/budget_manager/budget_table.h"

namespace finance::budget_manager {
namespace {

using ledger::Date;

constexpr int kDays = 7;

std::string Amount(int64_t minor, const std::string& code) {
  const auto currency = ledger::Currency::Parse(code);
  return currency.ok() ? fmt::format("{} {}", ledger::FormatMoney({minor, *currency}), code) : fmt::format("{} {}", minor, code);
}

base::Result<std::string> SpentText(sql::Connection& connection, const ledger::UserId& user, Date from, Date until) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT currency, category, SUM(minor) FROM spent_days WHERE user_id = $1 AND day >= $2 AND day < $3"
                                    " GROUP BY currency, category HAVING SUM(minor) <> 0 ORDER BY currency, SUM(minor) DESC",
                                    {user.str(), int64_t{from.days()}, int64_t{until.days()}}));
  std::string text;
  for (const sql::Row& row : rows) {
    const auto category = ledger::CategoryFromNumber(row.Int(1)).value_or(ledger::Category::kUncategorized);
    if (category == ledger::Category::kIncome) continue;
    text += fmt::format("  {}: {}\n", ledger::CategoryId(category), Amount(row.Int(2), row.Text(0)));
  }
  return text;
}

base::Result<std::string> BudgetText(sql::Connection& connection, const ledger::UserId& user, Date today) {
  ASSIGN_OR_RETURN(const std::vector<Budget> budgets, ReadBudgets(connection, user));
  std::string text;
  for (const Budget& budget : budgets) {
    ASSIGN_OR_RETURN(const std::vector<PeriodState> states, ReadPeriods(connection, user, budget, today, today));
    if (states.empty()) continue;
    const PeriodState& state = states.back();
    const std::string code(budget.limit.currency.str());
    text += fmt::format("  {} ({}): {} of {} spent, {} left\n", TitleOf(budget), state.period.id, Amount(state.spent_minor, code),
                        Amount(state.available_minor, code), Amount(state.left_minor(), code));
  }
  return text;
}

base::Result<std::string> ExpectedText(sql::Connection& connection, const ledger::UserId& user, Date today) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT day, merchant, amount_minor, currency FROM expected_payments WHERE user_id = $1"
                                    " AND day > $2 AND day <= $3 ORDER BY day, merchant",
                                    {user.str(), int64_t{today.days()}, int64_t{today.days() + kDays}}));
  std::string text;
  for (const sql::Row& row : rows) {
    text += fmt::format("  {}: {}, {}\n", Date::FromDays(static_cast<int32_t>(row.Int(0))).ToString(), row.Text(1),
                        Amount(row.Int(2), row.Text(3)));
  }
  return text;
}

}  // namespace

base::Result<delivery::Summary> ComposeWeekly(sql::Connection& connection, const ledger::UserId& user, Date today) {
  const Date from = today.AddDays(-kDays);
  ASSIGN_OR_RETURN(const std::string spent, SpentText(connection, user, from, today));
  ASSIGN_OR_RETURN(const std::string budgets, BudgetText(connection, user, today));
  ASSIGN_OR_RETURN(const std::string expected, ExpectedText(connection, user, today));
  if (spent.empty() && budgets.empty() && expected.empty()) return delivery::Summary{};
  delivery::Summary summary{fmt::format("Your week from {} to {}", from.ToString(), today.AddDays(-1).ToString()), ""};
  summary.text = "Spent\n" + (spent.empty() ? "  nothing\n" : spent);
  if (!budgets.empty()) summary.text += "\nBudgets\n" + budgets;
  if (!expected.empty()) summary.text += "\nExpected in the next seven days\n" + expected;
  return summary;
}

}  // namespace finance::budget_manager
