// Moves spans of other hosts into their parents, when their clocks differ (wire-contract 7).
#pragma once

#include <cstdint>

#include "trace/span.h"

namespace awry::api {

// A delta up to `max_ns` is applied to the span, its subtree on the same host and their events;
// above it, or with 0, there is only a warning on the span.
void AdjustClockSkew(trace::Trace& trace, int64_t max_ns);

}  // namespace awry::api
