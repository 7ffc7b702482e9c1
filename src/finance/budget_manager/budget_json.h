// The JSON of budgets, alerts and spending. Private to the room; shapes: docs/finance.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/budget_manager/alert_table.h"
#include "finance/budget_manager/budget.h"
#include "finance/budget_manager/budget_periods.h"

namespace finance::budget_manager {

// {budgets: [budget, …]}
base::Result<std::vector<Budget>> ParseBudgets(std::string_view json);

// One budget as DefinitionJson writes it, or as a caller sends it.
base::Result<Budget> ParseBudget(std::string_view json);
// What the user decides about a budget, without its id.
std::string DefinitionJson(const Budget& budget);

struct ParsedSpending {
  std::string id;  // of a batch's row
  std::optional<SpentRow> row;  // nothing: removed
  int64_t revision = 0;
  std::string import_id;
};
// {date, amount_minor, currency, category, description?, revision?, status?, tags?, transfer?, import_id?}
base::Result<ParsedSpending> ParseSpending(std::string_view json);

inline constexpr size_t kBatchRowsMax = 5'000;
// {transactions: [{id, as above} | {id, revision, removed: true}]}
base::Result<std::vector<ParsedSpending>> ParseBatch(std::string_view json);

struct BudgetView {
  Budget budget;
  PeriodState state;
  Pace pace;
  bool closed = false;
};
std::string BudgetsJson(const std::vector<BudgetView>& budgets, const std::string& month);

std::string PeriodsJson(const Budget& budget, const std::vector<PeriodState>& newest_last);

std::string IdsJson(std::string_view name, const std::vector<std::string>& ids);

// The alerts' `transactions` are filled.
std::string AlertsJson(const std::vector<Alert>& alerts, ledger::Date today);

// The answers of the Spending Analyzer: GET /insights and GET /forecast.
base::Result<std::vector<Insight>> ParseInsights(std::string_view json);
base::Result<std::vector<ExpectedPayment>> ParseForecast(std::string_view json);

}  // namespace finance::budget_manager
