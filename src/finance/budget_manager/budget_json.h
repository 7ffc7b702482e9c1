// The JSON of budgets, alerts and spending. Private to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/budget_manager/budget_table.h"

namespace finance::budget_manager {

// {budgets:[{id?, categories, period: "month", limit_minor, currency}]}
base::Result<std::vector<Budget>> ParseBudgets(std::string_view json);

struct ParsedSpending {
  SpentRow row;
  int64_t revision = 0;
};
// {date, amount_minor, currency, category, revision?}
base::Result<ParsedSpending> ParseSpending(std::string_view json);

// `spent` has one sum for each budget.
std::string BudgetsJson(const std::vector<Budget>& budgets, const std::string& month, const std::vector<int64_t>& spent);

// `transactions` has one list for each alert.
std::string AlertsJson(const std::vector<Alert>& alerts, const std::vector<std::vector<std::string>>& transactions);

}  // namespace finance::budget_manager
