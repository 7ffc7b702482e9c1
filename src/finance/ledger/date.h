// Civil dates: no zone, no time of day.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace finance {
namespace base = awry::base;
}

namespace finance::ledger {

// A day of the Gregorian calendar, year 1 to 9999. Value type.
class Date {
 public:
  // Nothing when there is no such day.
  static std::optional<Date> FromYmd(int year, int month, int day);
  // "2026-01-31", nothing else.
  static base::Result<Date> Parse(std::string_view text);
  // Days since 1970-01-01, negative before; clamped to the range above.
  static Date FromDays(int32_t days);
  // The day in UTC of a Unix time in nanoseconds.
  static Date FromUnixNs(int64_t unix_ns);

  int year() const;
  int month() const;  // 1–12
  int day() const;    // 1–31
  // 1 = Monday … 7 = Sunday.
  int weekday() const;
  int32_t days() const { return days_; }

  Date AddDays(int32_t days) const { return FromDays(days_ + days); }
  std::string ToString() const;   // "2026-01-31"
  std::string MonthText() const;  // "2026-01"

  auto operator<=>(const Date&) const = default;

 private:
  explicit Date(int32_t days) : days_(days) {}
  int32_t days_;
};

inline int32_t DaysBetween(Date from, Date to) { return to.days() - from.days(); }

// kInvalidArgument unless 1970-01-01 <= date <= today + 5 years.
base::Status CheckTransactionDate(Date date, Date today);

}  // namespace finance::ledger
