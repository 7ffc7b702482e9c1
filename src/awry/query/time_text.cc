#include "awry/query/time_text.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <optional>

#include "awry/query/tag_search.h"

namespace awry::query {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

base::Status BadTime(std::string_view text) {
  return base::InvalidArgument(fmt::format(
      "time needs RFC 3339 (2026-01-31T12:00:00Z), a date, a duration ago (1h) or Unix time: '{}'",
      text));
}

// Takes exactly `digits` digits from the front of `rest`.
bool TakeDigits(std::string_view& rest, size_t digits, int& out) {
  if (rest.size() < digits) return false;
  const auto [end, problem] = std::from_chars(rest.data(), rest.data() + digits, out);
  if (problem != std::errc() || end != rest.data() + digits || rest.front() == '-') return false;
  rest.remove_prefix(digits);
  return true;
}

bool TakeSign(std::string_view& rest, std::string_view any_of) {
  if (rest.empty() || any_of.find(rest.front()) == std::string_view::npos) return false;
  rest.remove_prefix(1);
  return true;
}

std::optional<int64_t> TakeDate(std::string_view& rest) {
  int year = 0, month = 0, day = 0;
  if (!TakeDigits(rest, 4, year) || !TakeSign(rest, "-") || !TakeDigits(rest, 2, month) ||
      !TakeSign(rest, "-") || !TakeDigits(rest, 2, day)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// "12:00:00.5", in ns since midnight.
std::optional<int64_t> TakeClock(std::string_view& rest) {
  int hour = 0, minute = 0, second = 0;
  if (!TakeDigits(rest, 2, hour) || !TakeSign(rest, ":") || !TakeDigits(rest, 2, minute) ||
      !TakeSign(rest, ":") || !TakeDigits(rest, 2, second) || hour > 23 || minute > 59 ||
      second > 60) {
    return std::nullopt;
  }
  int64_t ns = ((hour * 60 + minute) * int64_t{60} + second) * kSecond;
  if (!TakeSign(rest, ".")) return ns;
  int64_t unit = kSecond;
  if (rest.empty() || rest.front() < '0' || rest.front() > '9') return std::nullopt;
  while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
    unit /= 10;
    ns += (rest.front() - '0') * unit;
    rest.remove_prefix(1);
  }
  return ns;
}

// "Z" or "+02:00", in seconds.
std::optional<int64_t> TakeOffset(std::string_view& rest) {
  if (TakeSign(rest, "Zz")) return 0;
  const int sign = !rest.empty() && rest.front() == '-' ? -1 : 1;
  int hours = 0, minutes = 0;
  if (!TakeSign(rest, "+-") || !TakeDigits(rest, 2, hours) || !TakeSign(rest, ":") ||
      !TakeDigits(rest, 2, minutes) || hours > 23 || minutes > 59) {
    return std::nullopt;
  }
  return sign * (hours * 3600 + minutes * 60);
}

base::Result<int64_t> Assemble(int64_t days, int64_t clock_ns, int64_t offset_s,
                               std::string_view text) {
  int64_t out = 0;
  if (__builtin_mul_overflow(days * 86'400 - offset_s, kSecond, &out) ||
      __builtin_add_overflow(out, clock_ns, &out)) {
    return base::InvalidArgument(fmt::format("time does not fit in 64 bits of ns: '{}'", text));
  }
  return out;
}

// Seconds until the year 5138, ms until 1973 in ns of … : each unit has its own size.
base::Result<int64_t> FromUnix(int64_t number, std::string_view text) {
  const uint64_t size =
      number < 0 ? uint64_t{0} - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
  const int64_t unit = size < 100'000'000'000           ? kSecond
                       : size < 100'000'000'000'000     ? 1'000'000
                       : size < 100'000'000'000'000'000 ? 1'000
                                                        : 1;
  int64_t out = 0;
  if (__builtin_mul_overflow(number, unit, &out)) return BadTime(text);
  return out;
}

}  // namespace

std::string TimeToText(int64_t unix_ns) {
  const auto time =
      std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(unix_ns));
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const int64_t clock = (time - day).count();
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock / (3600 * kSecond), clock / (60 * kSecond) % 60, clock / kSecond % 60);
  if (const int64_t part = clock % kSecond; part != 0) {
    std::string digits = fmt::format("{:09}", part);
    digits.erase(digits.find_last_not_of('0') + 1);
    out += "." + digits;
  }
  return out + "Z";
}

base::Result<int64_t> ParseRfc3339(std::string_view text) {
  std::string_view rest = text;
  const auto days = TakeDate(rest);
  if (!days.has_value() || !TakeSign(rest, "Tt ")) return BadTime(text);
  const auto clock = TakeClock(rest);
  if (!clock.has_value()) return BadTime(text);
  const auto offset = TakeOffset(rest);
  if (!offset.has_value() || !rest.empty()) return BadTime(text);
  return Assemble(*days, *clock, *offset, text);
}

base::Result<int64_t> ParseTime(std::string_view text, int64_t now_ns) {
  if (text.empty() || text == "now")
    return text.empty() ? base::Result<int64_t>(BadTime(text)) : now_ns;
  int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem == std::errc() && end == text.data() + text.size()) return FromUnix(number, text);
  if (problem == std::errc() && std::string_view(end, 1) == "d" &&
      end + 1 == text.data() + text.size() && number >= 0 && number < 100'000) {
    return now_ns - number * 86'400 * kSecond;
  }
  if (const auto duration = ParseDuration(text); duration.ok()) return now_ns - *duration;
  std::string_view rest = text;
  if (const auto days = TakeDate(rest); days.has_value() && rest.empty())
    return Assemble(*days, 0, 0, text);
  return ParseRfc3339(text);
}

}  // namespace awry::query
