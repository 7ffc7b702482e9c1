// The rhythm of a series of days: which cadence it keeps, and when it comes next.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "finance/ledger/date.h"

namespace finance::spending_analyzer {

struct Cadence {
  std::string_view name;
  double days;   // the middle gap
  int step_days;     // of a cadence in days; 0: in months
  int step_months;   // 0 with step_days, and for semimonthly
  size_t rows_min;   // fewer are no series yet
  double per_month;  // payments in a month
};

// weekly, biweekly, semimonthly, monthly, quarterly, semiannually, annually.
std::span<const Cadence> Cadences();

// How far from its day a payment may come: max(2 days, 10 % of the gap).
int32_t JitterDays(const Cadence& cadence);

// A cadence laid over days. Slot 0, 1, … are the expected payments; the first day is near slot 0.
class Rhythm {
 public:
  const Cadence& cadence() const { return *cadence_; }
  // The day on which payment number `slot` is expected.
  ledger::Date DayOf(int32_t slot) const;
  // The slot whose day is nearest.
  int32_t SlotOf(ledger::Date day) const;
  double mean_error_days() const { return mean_error_days_; }
  int32_t max_error_days() const { return max_error_days_; }

 private:
  friend std::optional<Rhythm> FitCadence(std::span<const ledger::Date> days, const Cadence& cadence);
  int32_t RawSlotOf(ledger::Date day) const;
  ledger::Date RawDayOf(int32_t slot) const;
  void Measure(std::span<const ledger::Date> days);

  const Cadence* cadence_ = nullptr;
  int32_t anchor_ = 0;  // day of the week or fortnight, or month within the step
  int day_ = 1;         // of the month; 29 to 31 mean the last one where there is none
  int second_day_ = 0;  // semimonthly
  int32_t first_slot_ = 0;
  double mean_error_days_ = 0;
  int32_t max_error_days_ = 0;
};

// The best placing of `cadence` over `days` (sorted, at least two): none when a day lies further from
// its slot than the jitter, or when more than a fifth of the slots between the first and the last is empty.
std::optional<Rhythm> FitCadence(std::span<const ledger::Date> days, const Cadence& cadence);

// The cadence that fits best, of those with at most `days.size()` rows needed less `missing_rows`.
std::optional<Rhythm> FitRhythm(std::span<const ledger::Date> days, size_t missing_rows = 0);

}  // namespace finance::spending_analyzer
