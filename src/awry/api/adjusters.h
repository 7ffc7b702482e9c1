// Changes to a trace when it is read, as Jaeger makes them (wire-contract 7). Reading twice gives
// the same result.
#pragma once

#include <cstdint>

#include "trace/span.h"

namespace awry::api {

struct AdjustOptions {
  int64_t clock_skew_max_ns = 0;  // 0: warn only
};

// In this order: ids shared by client and server are parted, attributes and links sorted, clock
// skew, integer addresses become dotted quads, library attributes move to the resource, empty links
// go.
void Adjust(trace::Trace& trace, const AdjustOptions& options = {});

// A duration as Go prints it, as it stands in the warnings: "1.5ms", "500µs", "1m0s".
std::string GoDuration(int64_t duration_ns);

}  // namespace awry::api
