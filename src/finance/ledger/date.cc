// Days ↔ civil dates by Howard Hinnant's algorithms "days_from_civil" and "civil_from_days".
#include "finance/ledger/date.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace finance::ledger {
namespace {

struct Ymd {
  int year;
  int month;
  int day;
};

constexpr int32_t DaysFromCivil(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int yoe = y - era * 400;
  const int doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

constexpr Ymd CivilFromDays(int32_t days) {
  const int z = days + 719468;
  const int era = (z >= 0 ? z : z - 146096) / 146097;
  const int doe = z - era * 146097;
  const int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int mp = (5 * doy + 2) / 153;
  const int month = mp < 10 ? mp + 3 : mp - 9;
  return {yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - (153 * mp + 2) / 5 + 1};
}

constexpr int32_t kFirstDay = DaysFromCivil(1, 1, 1);
constexpr int32_t kLastDay = DaysFromCivil(9999, 12, 31);
constexpr int64_t kNsPerDay = 86'400'000'000'000;

// -1 when a character is no digit.
int Digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

std::optional<Date> Date::FromYmd(int year, int month, int day) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return std::nullopt;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day > kDays[month - 1] + (month == 2 && leap ? 1 : 0)) return std::nullopt;
  return Date(DaysFromCivil(year, month, day));
}

base::Result<Date> Date::Parse(std::string_view text) {
  const auto bad = [&] {
    return base::InvalidArgument(fmt::format(
        "date is not a day as YYYY-MM-DD: {}", text.substr(0, 40)));
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return bad();
  const auto date = FromYmd(Digits(text.substr(0, 4)), Digits(text.substr(5, 2)), Digits(text.substr(8, 2)));
  if (!date) return bad();
  return *date;
}

Date Date::FromDays(int32_t days) { return Date(std::clamp(days, kFirstDay, kLastDay)); }

Date Date::FromUnixNs(int64_t unix_ns) {
  const int64_t days = unix_ns / kNsPerDay - (unix_ns % kNsPerDay < 0 ? 1 : 0);
  return FromDays(static_cast<int32_t>(days));
}

int Date::year() const { return CivilFromDays(days_).year; }
int Date::month() const { return CivilFromDays(days_).month; }
int Date::day() const { return CivilFromDays(days_).day; }

int Date::weekday() const {
  const int since_monday = (days_ + 3) % 7;  // 1970-01-01 was a Thursday
  return (since_monday < 0 ? since_monday + 7 : since_monday) + 1;
}

std::string Date::ToString() const {
  const Ymd civil = CivilFromDays(days_);
  return fmt::format("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day);
}

std::string Date::MonthText() const { return ToString().substr(0, 7); }

base::Status CheckTransactionDate(Date date, Date today) {
  if (date.days() < 0 || date > today.AddDays(5 * 365 + 2)) {
    return base::InvalidArgument(
        fmt::format("date is outside 1970-01-01 to five years from today: {}", date.ToString()));
  }
  return {};
}

}  // namespace finance::ledger
