// A cadence in days is placed by its day in the cycle, one in months by a day of the month (the last
// days meet at the month's end) and the month in the cycle. Candidates come from the days themselves;
// the one with the smallest sum of distances wins.
#include "finance/spending_analyzer/cadence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <set>

namespace finance::spending_analyzer {
namespace {

using ledger::Date;

constexpr Cadence kCadences[] = {{"weekly", 7, 7, 0, 3, 30.4375 / 7},     {"biweekly", 14, 14, 0, 3, 30.4375 / 14},
                                 {"semimonthly", 15.2, 0, 0, 3, 2},       {"monthly", 30.4, 0, 1, 3, 1},
                                 {"quarterly", 91.3, 0, 3, 3, 1.0 / 3},   {"semiannually", 182.6, 0, 6, 3, 1.0 / 6},
                                 {"annually", 365.25, 0, 12, 2, 1.0 / 12}};

int32_t FloorDiv(int32_t a, int32_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// The day of that month, or its last one.
Date DayIn(int32_t month_index, int day) {
  const int year = FloorDiv(month_index, 12);
  const int month = month_index - year * 12 + 1;
  for (int d = day; d > 28; --d) {
    if (const auto date = Date::FromYmd(year, month, d)) return *date;
  }
  return Date::FromYmd(year, month, std::min(day, 28)).value_or(Date::FromDays(0));
}

int32_t MonthIndex(Date day) { return day.year() * 12 + day.month() - 1; }

int32_t MedianGap(std::span<const Date> days) {
  std::vector<int32_t> gaps;
  for (size_t i = 1; i < days.size(); ++i) {
    if (const int32_t gap = DaysBetween(days[i - 1], days[i]); gap > 0) gaps.push_back(gap);
  }
  if (gaps.empty()) return 0;
  std::nth_element(gaps.begin(), gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2), gaps.end());
  return gaps[gaps.size() / 2];
}

bool IsLastOfMonth(Date day) { return day.AddDays(1).day() == 1; }

// Days of the month worth trying: those that occur, and the 31st when a month's end does.
std::set<int> CandidateDays(std::span<const Date> days) {
  std::set<int> candidates;
  for (const Date day : days) {
    candidates.insert(day.day());
    if (IsLastOfMonth(day)) candidates.insert(31);
  }
  return candidates;
}

}  // namespace

std::span<const Cadence> Cadences() { return kCadences; }

int32_t JitterDays(const Cadence& cadence) { return static_cast<int32_t>(std::max(2.0, cadence.days / 10)); }

Date Rhythm::RawDayOf(int32_t slot) const {
  if (cadence_->step_days > 0) return Date::FromDays(anchor_ + slot * cadence_->step_days);
  if (cadence_->step_months > 0) return DayIn(anchor_ + slot * cadence_->step_months, day_);
  const int32_t month = FloorDiv(slot, 2);
  return DayIn(month, slot == month * 2 ? day_ : second_day_);
}

int32_t Rhythm::RawSlotOf(Date day) const {
  int32_t guess = 0;
  if (cadence_->step_days > 0) {
    guess = FloorDiv(day.days() - anchor_, cadence_->step_days);
  } else if (cadence_->step_months > 0) {
    guess = FloorDiv(MonthIndex(day) - anchor_, cadence_->step_months);
  } else {
    guess = MonthIndex(day) * 2;
  }
  int32_t best = guess;
  for (int32_t slot = guess - 1; slot <= guess + 2; ++slot) {
    if (std::abs(DaysBetween(RawDayOf(slot), day)) < std::abs(DaysBetween(RawDayOf(best), day))) best = slot;
  }
  return best;
}

Date Rhythm::DayOf(int32_t slot) const { return RawDayOf(first_slot_ + slot); }
int32_t Rhythm::SlotOf(Date day) const { return RawSlotOf(day) - first_slot_; }

void Rhythm::Measure(std::span<const Date> days) {
  int64_t sum = 0;
  max_error_days_ = 0;
  for (const Date day : days) {
    const int32_t error = std::abs(DaysBetween(RawDayOf(RawSlotOf(day)), day));
    sum += error;
    max_error_days_ = std::max(max_error_days_, error);
  }
  mean_error_days_ = static_cast<double>(sum) / static_cast<double>(days.size());
  first_slot_ = RawSlotOf(days.front());
}

std::optional<Rhythm> FitCadence(std::span<const Date> days, const Cadence& cadence) {
  const double gap = MedianGap(days);
  if (gap < cadence.days * 0.7 || gap > cadence.days * 1.4) return std::nullopt;
  std::optional<Rhythm> best;
  const auto offer = [&](Rhythm rhythm) {
    rhythm.cadence_ = &cadence;
    rhythm.Measure(days);
    if (!best || rhythm.mean_error_days_ < best->mean_error_days_) best = rhythm;
  };
  Rhythm rhythm;
  if (cadence.step_days > 0) {
    std::set<int32_t> anchors;
    for (const Date day : days) anchors.insert(day.days() - FloorDiv(day.days(), cadence.step_days) * cadence.step_days);
    for (const int32_t anchor : anchors) {
      rhythm.anchor_ = anchor;
      offer(rhythm);
    }
  } else if (cadence.step_months > 0) {
    std::set<int32_t> anchors;
    for (const Date day : days) anchors.insert(MonthIndex(day) % cadence.step_months);
    for (const int32_t anchor : anchors) {
      for (const int day : CandidateDays(days)) {
        rhythm.anchor_ = anchor;
        rhythm.day_ = day;
        offer(rhythm);
      }
    }
  } else {
    const std::set<int> candidates = CandidateDays(days);
    for (const int first : candidates) {
      for (const int second : candidates) {
        if (second - first < 13 || second - first > 17) continue;
        rhythm.day_ = first;
        rhythm.second_day_ = second;
        offer(rhythm);
      }
    }
  }
  if (!best || best->max_error_days_ > JitterDays(cadence)) return std::nullopt;
  std::set<int32_t> slots;
  for (const Date day : days) slots.insert(best->SlotOf(day));
  const auto span = static_cast<size_t>(*slots.rbegin() - *slots.begin() + 1);
  const size_t doubled = days.size() - slots.size();
  if (slots.size() < 2 || (span - slots.size()) * 5 > span || doubled > 1 + days.size() / 10) return std::nullopt;
  return best;
}

std::optional<Rhythm> FitRhythm(std::span<const Date> days, size_t missing_rows) {
  std::optional<Rhythm> best;
  for (const Cadence& cadence : kCadences) {
    if (days.size() < 2 || days.size() + missing_rows < cadence.rows_min) continue;
    const auto fit = FitCadence(days, cadence);
    if (fit && (!best || fit->mean_error_days() < best->mean_error_days())) best = fit;
  }
  return best;
}

}  // namespace finance::spending_analyzer
