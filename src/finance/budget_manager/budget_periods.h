// How a budget stands in its periods: what was carried in, spent, is left, and where it leads.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/status.h"
#include "finance/budget_manager/budget.h"
#include "finance/budget_manager/spending_table.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::budget_manager {

struct PeriodState {
  Period period;
  int64_t spent_minor = 0;
  int64_t pending_minor = 0;  // the part of it that is not booked
  int64_t carried_minor = 0;  // from the periods before; below 0 is a deficit
  int64_t available_minor = 0;  // the limit and what was carried

  int64_t left_minor() const { return available_minor - spent_minor; }
};

// The periods from the one that holds `from` to the one that holds `until`, oldest first, at most
// kPeriodsMax of the newest; those in which the budget is not active are left out.
inline constexpr size_t kPeriodsMax = 4'000;
base::Result<std::vector<PeriodState>> ReadPeriods(sql::Connection& connection, const ledger::UserId& user,
                                                   const Budget& budget, ledger::Date from, ledger::Date until);

enum class PaceState { kOnPace, kOverPace, kWillExceed, kExceeded };
std::string_view PaceStateName(PaceState state);  // "on_pace", "over_pace", "will_exceed", "exceeded"

inline constexpr int kPaceDaysMin = 7;  // a projection needs so many days

struct Pace {
  int32_t elapsed_days = 0;  // today included; the whole length once the period is over
  int32_t length_days = 0;
  double spent_share = 0;  // of what is available; 1 when nothing is
  double elapsed_share = 0;
  std::optional<int64_t> projected_minor;  // at the period's end
  int64_t expected_minor = 0;              // recurring payments still to come in it
  PaceState state = PaceState::kOnPace;
};

// The projection keeps the pace of what does not recur, and counts each recurring payment once:
// those paid in the period as they were, those to come as expected. Nothing before kPaceDaysMin days.
Pace PaceOf(const PeriodState& state, const RecurringShare& recurring, ledger::Date today);

}  // namespace finance::budget_manager
