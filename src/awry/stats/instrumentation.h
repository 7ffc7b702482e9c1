// What the instrumentation of the watched system does not tell: true counts over recent traces.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "awry/query/plan.h"
#include "awry/store/trace_store.h"
#include "base/status.h"

namespace awry::stats {

struct InstrumentationHealth {
  uint64_t traces = 0;  // looked at
  uint64_t spans = 0;
  bool cut = false;                  // more traces than kTracesMax: the rest was not looked at
  uint64_t orphan_spans = 0;         // name a parent that is not in the trace
  uint64_t split_traces = 0;         // more than one span without a parent
  uint64_t skewed_spans = 0;         // of another service than the parent, and start before it
  uint64_t spans_with_warnings = 0;  // cleaned at intake: bad names, ends before starts …
  std::vector<std::string> orphan_services;  // the most frequent first, at most 3
  std::vector<std::string> skewed_services;
  std::vector<std::string> quiet_services;  // no span in the window
  static constexpr uint64_t kTracesMax = 20'000;
};

base::Result<InstrumentationHealth> MeasureInstrumentation(store::TraceStore& store,
                                                           const query::Window& window);

}  // namespace awry::stats
