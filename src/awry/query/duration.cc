#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "awry/query/tag_search.h"
#include "base/status.h"
#include "trace/value.h"

namespace awry::query {
namespace {

struct Unit {
  std::string_view text;
  int64_t ns;
};
// Longer names stand before their beginnings.
constexpr std::array kUnits{Unit{"ns", 1},
                            Unit{"us", 1'000},
                            Unit{"\xC2\xB5s", 1'000},
                            Unit{"\xCE\xBCs", 1'000},
                            Unit{"ms", 1'000'000},
                            Unit{"s", 1'000'000'000},
                            Unit{"m", 60'000'000'000},
                            Unit{"h", 3'600'000'000'000}};

base::Status BadDuration(std::string_view text) {
  return base::InvalidArgument("duration needs numbers with units, as 1.2s, 100ms or 1h30m: '" +
                               std::string(text) + "'");
}

// Takes one number with its unit from `rest`; -1 when there is none.
int64_t TakePart(std::string_view& rest) {
  double number = 0;
  const auto [end, problem] =
      std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
  if (problem != std::errc() || number < 0) return -1;
  const std::string_view digits = rest.substr(0, static_cast<size_t>(end - rest.data()));
  rest.remove_prefix(digits.size());
  for (const Unit& unit : kUnits) {
    if (!rest.starts_with(unit.text)) continue;
    rest.remove_prefix(unit.text.size());
    int64_t whole = 0;
    const auto [stop, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
    if (bad == std::errc() && stop == digits.data() + digits.size()) {
      int64_t exact = 0;  // whole numbers stay exact
      return __builtin_mul_overflow(whole, unit.ns, &exact) ? -1 : exact;
    }
    const double ns = number * static_cast<double>(unit.ns);
    return ns < 9.2e18 ? std::llround(ns) : -1;
  }
  return -1;
}

}  // namespace

base::Result<int64_t> ParseDuration(std::string_view text) {
  std::string_view rest = text;
  if (rest.empty()) return BadDuration(text);
  if (rest == "0") return 0;
  int64_t total = 0;
  while (!rest.empty()) {
    const int64_t part = TakePart(rest);
    if (part < 0 || __builtin_add_overflow(total, part, &total)) return BadDuration(text);
  }
  return total;
}

std::string DurationToText(int64_t duration_ns) {
  const bool negative = duration_ns < 0;
  uint64_t rest = negative ? uint64_t{0} - static_cast<uint64_t>(duration_ns)
                           : static_cast<uint64_t>(duration_ns);
  std::string out = negative ? "-" : "";
  if (rest == 0) return "0s";
  const auto whole = [&](uint64_t unit, std::string_view name) {
    if (rest >= unit) out += std::to_string(rest / unit) + std::string(name);
    rest %= unit;
  };
  if (rest >= 3'600'000'000'000) whole(3'600'000'000'000, "h");
  if (rest >= 60'000'000'000) whole(60'000'000'000, "m");
  if (rest == 0) return out;
  const uint64_t unit = rest >= 1'000'000'000 ? 1'000'000'000
                        : rest >= 1'000'000   ? 1'000'000
                        : rest >= 1'000       ? 1'000
                                              : 1;
  out += std::to_string(rest / unit);
  if (const uint64_t part = rest % unit; part != 0) {
    std::string digits = std::to_string(unit + part).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    out += "." + digits;
  }
  return out + (unit == 1'000'000'000 ? "s"
                : unit == 1'000'000   ? "ms"
                : unit == 1'000       ? "us"
                                      : "ns");
}

}  // namespace awry::query
