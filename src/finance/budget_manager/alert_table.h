// Alerts: what stands, and the rules that tie them to what was spent and to what the Spending Analyzer
// has noticed. One alert stands for each (budget, period, threshold), and one for each insight's key.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "finance/budget_manager/budget_periods.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::budget_manager {

enum class AlertState : int64_t { kOpen = 0, kAcknowledged = 1, kWithdrawn = 2 };

inline constexpr std::string_view kBudgetAlert = "budget";
inline constexpr std::string_view kWillExceedAlert = "budget_will_exceed";

struct Alert {
  std::string id;
  std::string kind;       // one of the two above, or an insight's
  std::string budget_id;  // "" for an insight
  int threshold = 0;      // percent; 0 unless the kind is kBudgetAlert
  std::string period;     // "2026-01"; an insight's key
  std::string message;
  std::string trace_id;
  AlertState state = AlertState::kOpen;
  std::string severity = "warning";  // "info", "warning", "high"
  std::string import_id;             // the import that raised it
  int64_t raised_at_ns = 0;
  std::string subject;
  std::string detail = "{}";             // JSON, by kind
  std::vector<std::string> transactions;  // of an insight; a budget's are read when asked for
  ledger::Date period_from = ledger::Date::FromDays(0);  // of an insight: the day it was noticed
  ledger::Date snoozed_until = ledger::Date::FromDays(0);  // the day it is shown again
};

struct AlertContext {
  ledger::Date today;
  bool alert_closed = false;  // for periods that are over, too
  std::string trace_id;       // of the request that made the change
  std::string import_id;
  int64_t now_ns = 0;
};

struct AlertChanges {
  std::vector<Alert> raised;
  std::vector<std::string> withdrawn;  // ids
};

// Brings the alerts of a budget, in the periods from the one of `from` to the one of `until`, into line
// with what was spent: raised when the sum reaches a threshold, withdrawn when it falls below, raised
// again after that. Periods that are over never raise. Adds to `changes`.
base::Status UpdateAlerts(sql::Connection& connection, const ledger::UserId& user, const Budget& budget, ledger::Date from,
                          ledger::Date until, const AlertContext& context, AlertChanges& changes);

// Something that the Spending Analyzer reports as long as it holds.
struct Insight {
  std::string key;  // the same for the same event
  std::string kind;
  std::string severity;
  std::string subject;
  std::string message;
  std::string detail;
  std::vector<std::string> transactions;
};

// Raises what is new, withdraws what is no longer reported; what was acknowledged stays so.
base::Status SyncInsights(sql::Connection& connection, const ledger::UserId& user, const std::vector<Insight>& insights,
                          const AlertContext& context, AlertChanges& changes);

// Their steps that go behind all other tables'.
std::vector<std::string> LaterAlertSteps();

// Those that stand (open and acknowledged), the newest period first.
base::Result<std::vector<Alert>> ReadAlerts(sql::Connection& connection, const ledger::UserId& user);

inline constexpr int kSnoozeDaysMax = 366;
// An open alert sleeps until the day; one that was acknowledged is open again, then. Withdrawn and raised anew it is
// awake. kNotFound as below.
base::Status SnoozeAlert(sql::Connection& connection, const std::string& id, const std::string& user, ledger::Date until);

// kNotFound when no alert of the user has this id, or it was withdrawn. Without `user`, of anyone.
base::Status AcknowledgeAlert(sql::Connection& connection, const std::string& id, const std::string& user);

}  // namespace finance::budget_manager
