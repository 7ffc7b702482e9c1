#include "finance/ledger/at_time.h"

#include <fmt/format.h>

#include <optional>

#include "finance/ledger/date.h"

namespace finance::ledger {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

std::optional<int64_t> TwoDigits(std::string_view text, size_t at) {
  if (at + 2 > text.size() || text[at] < '0' || text[at] > '9' || text[at + 1] < '0' || text[at + 1] > '9') return {};
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

// "HH:MM" as minutes.
std::optional<int64_t> Minutes(std::string_view text, size_t at) {
  const auto hours = TwoDigits(text, at);
  const auto minutes = TwoDigits(text, at + 3);
  if (!hours || !minutes || *hours > 23 || *minutes > 59 || text[at + 2] != ':') return {};
  return *hours * 60 + *minutes;
}

// Nanoseconds of ".5", nine digits at most count; moves `at` behind them.
int64_t Fraction(std::string_view text, size_t& at) {
  if (at >= text.size() || text[at] != '.') return 0;
  int64_t unit = kSecondNs / 10;
  int64_t ns = 0;
  for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) ns += (text[at] - '0') * unit;
  return ns;
}

std::optional<int64_t> ZoneMinutes(std::string_view text, size_t at) {
  if (at + 1 == text.size() && (text[at] == 'Z' || text[at] == 'z')) return 0;
  if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-')) return {};
  const auto minutes = Minutes(text, at + 1);
  if (!minutes) return {};
  return text[at] == '-' ? -*minutes : *minutes;
}

std::optional<int64_t> ParseTime(std::string_view text, int32_t days) {
  const auto minutes = Minutes(text, 11);
  const auto seconds = TwoDigits(text, 17);
  if (!minutes || !seconds || *seconds > 60 || text[16] != ':') return {};
  size_t at = 19;
  const int64_t ns = Fraction(text, at);
  const auto zone = ZoneMinutes(text, at);
  if (!zone) return {};
  const int64_t total_seconds = int64_t{days} * 86'400 + (*minutes - *zone) * 60 + *seconds;
  return total_seconds * kSecondNs + ns;
}

}  // namespace

awry::base::Result<AtTime> ParseAt(std::string_view text) {
  const auto bad = [&] {
    return awry::base::InvalidArgument(
        fmt::format("at is neither RFC 3339 nor a day as YYYY-MM-DD: {}", text.substr(0, 40)));
  };
  const auto date = Date::Parse(text.substr(0, 10));
  // Within 1677 to 2262 nanoseconds fit into 64 bits.
  if (!date.ok() || date->year() < 1900 || date->year() > 2200) return bad();
  if (text.size() == 10) return AtTime{(int64_t{date->days()} * 86'400 + 43'200) * kSecondNs, true};
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) return bad();
  const auto time = ParseTime(text, date->days());
  if (!time) return bad();
  return AtTime{*time, false};
}

}  // namespace finance::ledger
