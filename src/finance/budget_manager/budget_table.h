// The user's budgets, as stored. Beside them the room's schema.
#pragma once

#include <vector>

#include "base/status.h"
#include "finance/budget_manager/budget.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::budget_manager {

namespace sql = awry::sql;

inline constexpr size_t kBudgetsMax = 200;  // per user

// Steps of the schema, for sql::Database::Migrate.
std::vector<std::string> BudgetSteps();
// The same, after the steps of the queue and of the messages.
std::vector<std::string> LaterBudgetSteps();

base::Result<std::vector<Budget>> ReadBudgets(sql::Connection& connection, const ledger::UserId& user);

// Makes `budgets` the user's only ones; those that are new are created on `today`. One without id
// keeps the id of a former budget of the same kind (what it counts, period, currency), else gets a new
// one. kInvalidArgument for an id that is not the user's.
base::Status ReplaceBudgets(sql::Connection& connection, const ledger::UserId& user, std::vector<Budget>& budgets,
                            ledger::Date today);

// Everyone who has a budget or has spent.
base::Result<std::vector<ledger::UserId>> ReadUsers(sql::Connection& connection);

}  // namespace finance::budget_manager
