// Trace context as it travels in headers: W3C traceparent, tracestate and baggage, and Jaeger's
// uber-trace-id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/ids.h"

namespace awry::wire {

struct TraceParent {
  trace::TraceId trace_id;
  trace::SpanId span_id = 0;
  uint8_t flags = 0;  // bit 0: sampled
  bool operator==(const TraceParent&) const = default;
};

// Level 1 and 2; a higher version is read by its first four fields. nullopt when it must be
// ignored.
std::optional<TraceParent> ParseTraceParent(std::string_view header);
std::string FormatTraceParent(const TraceParent& parent);

// Returns the header with blanks taken off and empty members removed; nullopt when a member is
// malformed, a key stands twice, or there are more than 32 members.
std::optional<std::string> NormalizeTraceState(std::string_view header);

// "{trace}:{span}:{parent}:{flags}", each hex of any case without leading zeros needed, plain or
// percent-encoded colons. Flags: 1 sampled, 2 debug (which means sampled).
std::optional<TraceParent> ParseUberTraceId(std::string_view header);
std::string FormatUberTraceId(const TraceParent& parent);

struct BaggageEntry {
  std::string key;
  std::string value;     // decoded
  std::string metadata;  // what follows the first ';', as it came
  bool operator==(const BaggageEntry&) const = default;
};
inline constexpr size_t kBaggageBytesMax = 8192;
inline constexpr size_t kBaggageEntriesMax = 180;

// Malformed members are left out, as are those beyond the limits; of a key that stands twice the
// last value counts.
std::vector<BaggageEntry> ParseBaggage(std::string_view header);
// Entries that would pass the limits are left out.
std::string FormatBaggage(const std::vector<BaggageEntry>& entries);

}  // namespace awry::wire
