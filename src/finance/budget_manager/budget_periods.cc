#include "finance/budget_manager/budget_periods.h"

#include <algorithm>
#include <cmath>

namespace finance::budget_manager {
namespace {

using ledger::Date;

// The day from which periods have to be walked so that what is carried into `from` is known.
Date WalkFrom(const Budget& budget, Date from) {
  if (budget.carry == Carry::kNone) return from;
  const auto begin = budget.active_from ? budget.active_from : budget.created_on;
  return begin ? std::min(*begin, from) : from;
}

// Whether carrying has begun in that period.
bool Carries(const Budget& budget, const Period& period) {
  if (budget.carry == Carry::kNone) return false;
  const auto begin = budget.active_from ? budget.active_from : budget.created_on;
  return !begin || period.until > *begin;
}

int32_t Elapsed(const Period& period, Date today) {
  return std::clamp(DaysBetween(period.from, today) + 1, 0, DaysBetween(period.from, period.until));
}

}  // namespace

base::Result<std::vector<PeriodState>> ReadPeriods(sql::Connection& connection, const ledger::UserId& user,
                                                   const Budget& budget, Date from, Date until) {
  const Period first = PeriodAt(budget, from);
  const Period last = PeriodAt(budget, std::max(from, until));
  Period period = PeriodAt(budget, WalkFrom(budget, first.from));
  ASSIGN_OR_RETURN(const std::vector<DaySum> days, ReadDays(connection, user, budget, period.from, last.until));
  std::vector<PeriodState> states;
  size_t next_day = 0;
  int64_t carried = 0;
  for (; period.from <= last.from; period = PeriodAt(budget, period.until)) {
    PeriodState state{period, 0, 0, carried, budget.limit.minor + carried};
    for (; next_day < days.size() && days[next_day].day < period.until; ++next_day) {
      state.spent_minor += days[next_day].spent_minor;
      state.pending_minor += days[next_day].pending_minor;
    }
    const bool active = IsActive(budget, period);
    carried = active && Carries(budget, period) ? CarryOut(budget, state.available_minor, state.spent_minor) : 0;
    if (active && period.from >= first.from) states.push_back(std::move(state));
    if (period.until <= period.from) break;  // the calendar's end
  }
  if (states.size() > kPeriodsMax) states.erase(states.begin(), states.end() - kPeriodsMax);
  return states;
}

std::string_view PaceStateName(PaceState state) {
  switch (state) {
    case PaceState::kOnPace: return "on_pace";
    case PaceState::kOverPace: return "over_pace";
    case PaceState::kWillExceed: return "will_exceed";
    case PaceState::kExceeded: return "exceeded";
  }
  return "";
}

Pace PaceOf(const PeriodState& state, const RecurringShare& recurring, Date today) {
  Pace pace;
  pace.length_days = DaysBetween(state.period.from, state.period.until);
  pace.elapsed_days = Elapsed(state.period, today);
  pace.elapsed_share = static_cast<double>(pace.elapsed_days) / std::max(pace.length_days, 1);
  const auto available = static_cast<double>(state.available_minor);
  const auto spent = static_cast<double>(state.spent_minor);
  pace.spent_share = available > 0 ? spent / available : (spent > 0 ? 1 : 0);
  pace.expected_minor = recurring.to_come_minor;
  if (pace.elapsed_days >= std::min(kPaceDaysMin, pace.length_days)) {
    const double usual = spent - static_cast<double>(recurring.paid_minor);
    const double projected = usual / pace.elapsed_share + static_cast<double>(recurring.paid_minor + recurring.to_come_minor);
    pace.projected_minor = std::llround(projected);
  }
  if (state.spent_minor > 0 && state.spent_minor > state.available_minor) {
    pace.state = PaceState::kExceeded;
  } else if (pace.projected_minor && *pace.projected_minor > state.available_minor && state.spent_minor > 0) {
    pace.state = PaceState::kWillExceed;
  } else if (pace.spent_share > pace.elapsed_share) {
    pace.state = PaceState::kOverPace;
  }
  return pace;
}

}  // namespace finance::budget_manager
