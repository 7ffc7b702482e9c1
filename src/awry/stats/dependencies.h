// Who calls whom, and what there is: counts over the traces of a time range.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "awry/query/plan.h"
#include "awry/stats/rollup.h"
#include "awry/store/trace_store.h"
#include "base/status.h"
#include "trace/span.h"

namespace awry::stats {

// `calls` times a span of `child` had a parent span of another service `parent`.
struct Dependency {
  std::string parent;
  std::string child;
  uint64_t calls = 0;
  bool operator==(const Dependency&) const = default;
};

// Sorted by parent, then child. `service`, unless empty, must stand on either side. A span counts
// when it starts in `window`; its parent may have started before.
base::Result<std::vector<Dependency>> Dependencies(store::TraceStore& store,
                                                   const query::Window& window,
                                                   const std::string& service = "");
// The same, counting only what is not counted yet. kDeadlineExceeded after a minute.
base::Result<std::vector<Dependency>> Dependencies(Rollup& rollup, const query::Window& window,
                                                   const std::string& service = "");

struct OperationCount {
  std::string service;
  std::string name;
  trace::SpanKind kind = trace::SpanKind::kUnspecified;
  uint64_t spans = 0;
  uint64_t errors = 0;
  bool operator==(const OperationCount&) const = default;
};

// Sorted by service, name, kind.
base::Result<std::vector<OperationCount>> CountOperations(store::TraceStore& store,
                                                          const query::Window& window);

}  // namespace awry::stats
