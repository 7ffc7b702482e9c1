// Changes to a trace when it is read, as Jaeger makes them (wire-contract 7). Reading twice gives
// the same result.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "trace/span.h"

namespace awry::api {

struct AdjustOptions {
  int64_t clock_skew_max_ns = 0;  // 0: warn only
};

// In this order: ids shared by client and server are parted, attributes and links sorted, clock
// skew, integer addresses become dotted quads, library attributes move to the resource, empty links
// go.
void Adjust(trace::Trace& trace, const AdjustOptions& options = {});

// The part of it that needs one span alone: all but ids, parents and warnings. Keeps changed resources,
// which spans share. Used by one thread.
class SpanAdjuster {
 public:
  void Adjust(trace::Span& span);

 private:
  using ResourcePtr = std::shared_ptr<const trace::Resource>;
  std::unordered_map<ResourcePtr, ResourcePtr> changed_;
};

// An id that is not in use, the same for every read. `is_used(id)`.
template <typename IsUsed>
trace::SpanId FreshId(trace::SpanId old, const IsUsed& is_used) {
  trace::SpanId id = old;
  do {
    id = id * 0x9E3779B97F4A7C15ULL + 0x632BE59BD9B4E019ULL;
  } while (id == 0 || is_used(id));
  return id;
}

// A duration as Go prints it, as it stands in the warnings: "1.5ms", "500µs", "1m0s".
std::string GoDuration(int64_t duration_ns);

}  // namespace awry::api
