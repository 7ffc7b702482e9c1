// Moves spans of other hosts into their parents, when their clocks differ (wire-contract 7).
#pragma once

#include <cstdint>
#include <string>

#include "trace/span.h"

namespace awry::api {

// A delta up to `max_ns` is applied to the span, its subtree on the same host and their events;
// above it, or with 0, there is only a warning on the span.
void AdjustClockSkew(trace::Trace& trace, int64_t max_ns);

// Its parts, for those who see a trace span by span.
inline constexpr char kDuplicateIdWarning[] = "duplicate span IDs; skipping clock skew adjustment";
std::string MissingParentWarning(trace::SpanId parent);
std::string SkewDisabledWarning(int64_t delta_ns);
// What tells the host of a resource; "" when nothing does.
std::string HostOf(const trace::Resource& resource);
// How far a child must move to lie in its parent.
struct Extent {
  int64_t start_ns = 0;
  int64_t end_ns = 0;
};
int64_t SkewDelta(const Extent& parent, const Extent& child);

}  // namespace awry::api
