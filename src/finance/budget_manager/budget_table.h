// Budgets and the alerts about them, and the rule that ties alerts to what was spent.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "finance/budget_manager/spending_table.h"
#include "finance/ledger/category.h"
#include "finance/ledger/money.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::budget_manager {

struct Budget {
  std::string id;
  std::vector<ledger::Category> categories;  // sorted, each once, at least one
  ledger::Money limit;                       // above 0; a month's
};

enum class AlertState : int64_t { kOpen = 0, kAcknowledged = 1, kWithdrawn = 2 };

struct Alert {
  std::string id;
  std::string budget_id;
  int threshold = 0;   // percent
  std::string period;  // "2026-01"
  std::string message;
  std::string trace_id;
  AlertState state = AlertState::kOpen;
};

inline constexpr int kThresholds[] = {80, 100};
inline constexpr size_t kBudgetsMax = 200;  // per user

base::Status MigrateBudgets(sql::Database& database);

base::Result<std::vector<Budget>> ReadBudgets(sql::Connection& connection, const ledger::UserId& user);

// Makes `budgets` the user's only ones. One without id keeps the id of a former budget of the same
// categories and currency, else gets a new one. kInvalidArgument for an id that is not the user's.
base::Status ReplaceBudgets(sql::Connection& connection, const ledger::UserId& user, std::vector<Budget>& budgets);

struct AlertContext {
  std::string open_month;  // the first month that may alert: earlier ones are closed
  std::string trace_id;    // of the request that made the change
};

// Brings the alerts of one budget and month into line with what was spent: at most one alert for each
// threshold, raised when the sum reaches it, withdrawn when it falls below, raised again after that.
// Closed months never raise. Returns how many were raised.
base::Result<int> UpdateAlerts(sql::Connection& connection, const ledger::UserId& user, const Budget& budget,
                               const std::string& month, const AlertContext& context);

// Those that stand (open and acknowledged), the newest period first.
base::Result<std::vector<Alert>> ReadAlerts(sql::Connection& connection, const ledger::UserId& user);

// kNotFound when no alert has this id, or it was withdrawn.
base::Status AcknowledgeAlert(sql::Connection& connection, const std::string& id);

}  // namespace finance::budget_manager
