// Trace and span ids as plain values. Text form: lower-case hex, 32 and 16 digits.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace awry::trace {

struct TraceId {
  uint64_t high = 0;  // first 8 bytes on the wire, big-endian
  uint64_t low = 0;

  bool valid() const { return (high | low) != 0; }
  auto operator<=>(const TraceId&) const = default;
};

// 0 means none.
using SpanId = uint64_t;

std::string ToHex(const TraceId& id);  // always 32 digits
std::string SpanIdToHex(SpanId id);    // always 16 digits

// 1 to 32 hex digits of any case, leading zeros optional.
std::optional<TraceId> TraceIdFromHex(std::string_view hex);
// 1 to 16 hex digits of any case.
std::optional<SpanId> SpanIdFromHex(std::string_view hex);

// Exactly 16 (or 8: the low half) and 8 big-endian bytes.
std::optional<TraceId> TraceIdFromBytes(std::string_view bytes);
std::optional<SpanId> SpanIdFromBytes(std::string_view bytes);
void AppendBytes(const TraceId& id, std::string& out);
void AppendBytes(SpanId id, std::string& out);

}  // namespace awry::trace

template <>
struct std::hash<awry::trace::TraceId> {
  size_t operator()(const awry::trace::TraceId& id) const noexcept {
    return static_cast<size_t>((id.high ^ (id.low >> 32)) * 0x9e3779b97f4a7c15ULL ^ id.low);
  }
};
