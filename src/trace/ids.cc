#include "trace/ids.h"

namespace awry::trace {
namespace {

void AppendHex(uint64_t word, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(word >> shift) & 15];
}

std::optional<uint64_t> WordFromHex(std::string_view hex) {
  uint64_t word = 0;
  for (const char c : hex) {
    int digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else {
      return std::nullopt;
    }
    word = word << 4 | static_cast<uint64_t>(digit);
  }
  return word;
}

uint64_t WordFromBytes(std::string_view bytes) {
  uint64_t word = 0;
  for (const char c : bytes) word = word << 8 | static_cast<unsigned char>(c);
  return word;
}

}  // namespace

std::string ToHex(const TraceId& id) {
  std::string out;
  out.reserve(32);
  AppendHex(id.high, out);
  AppendHex(id.low, out);
  return out;
}

std::string SpanIdToHex(SpanId id) {
  std::string out;
  out.reserve(16);
  AppendHex(id, out);
  return out;
}

std::optional<TraceId> TraceIdFromHex(std::string_view hex) {
  if (hex.empty() || hex.size() > 32) return std::nullopt;
  const size_t low_at = hex.size() > 16 ? hex.size() - 16 : 0;
  const auto high = WordFromHex(hex.substr(0, low_at));
  const auto low = WordFromHex(hex.substr(low_at));
  if (!high || !low) return std::nullopt;
  return TraceId{*high, *low};
}

std::optional<SpanId> SpanIdFromHex(std::string_view hex) {
  if (hex.empty() || hex.size() > 16) return std::nullopt;
  return WordFromHex(hex);
}

std::optional<TraceId> TraceIdFromBytes(std::string_view bytes) {
  if (bytes.size() == 8) return TraceId{0, WordFromBytes(bytes)};
  if (bytes.size() != 16) return std::nullopt;
  return TraceId{WordFromBytes(bytes.substr(0, 8)), WordFromBytes(bytes.substr(8))};
}

std::optional<SpanId> SpanIdFromBytes(std::string_view bytes) {
  if (bytes.size() != 8) return std::nullopt;
  return WordFromBytes(bytes);
}

void AppendBytes(SpanId id, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(id >> shift & 255);
}

void AppendBytes(const TraceId& id, std::string& out) {
  AppendBytes(id.high, out);
  AppendBytes(id.low, out);
}

}  // namespace awry::trace
