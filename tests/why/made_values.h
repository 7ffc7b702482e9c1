// Values of made spans.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "trace/value.h"

namespace awry::made {

inline constexpr int64_t kMs = 1'000'000;
inline constexpr int64_t kHour = int64_t{3'600} * 1'000 * kMs;
inline constexpr std::array kLocales{"en-GB", "de-DE", "fr-FR", "pt-BR", "ja-JP"};
inline constexpr std::array kSegments{"new", "regular", "power", "guest"};
inline constexpr std::array kPlatforms{"web", "ios", "android", "partner"};
inline constexpr std::array kAnswers{"alpha", "bravo", "delta", "gamma", "kappa", "sigma"};

inline trace::Value Text(const std::string& text) { return trace::Value(trace::ValueView::String(text)); }
inline trace::Value Int(int64_t value) { return trace::Value(trace::ValueView::Int(value)); }
inline trace::Value Real(double value, double unit = 100) {
  return trace::Value(trace::ValueView::Double(std::round(value * unit) / unit));
}

// OTLP's ArrayValue of short strings: field 1 (AnyValue) of field 1 (string_value).
inline trace::Value List(const std::vector<std::string>& items) {
  std::string bytes;
  for (const std::string& item : items) {
    bytes += {'\n', static_cast<char>(item.size() + 2), '\n', static_cast<char>(item.size())};
    bytes += item;
  }
  return trace::Value(trace::ValueView::Array(bytes));
}

inline uint64_t Hash(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}
inline double Unit(uint64_t x) { return static_cast<double>(Hash(x) >> 11) * 0x1p-53; }

}  // namespace awry::made
