// Rate, errors, duration over time: of Jaeger's monitor and of ours.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "awry/stats/rollup.h"
#include "base/status.h"
#include "trace/span.h"

namespace awry::stats {

inline constexpr int64_t kPointsMax = 11'000;  // of one series

struct TrailingQuery {
  std::vector<std::string> services;
  std::vector<trace::SpanKind> kinds;
  bool by_operation = false;
  int64_t from_ns = 0;  // points stand at the multiples of `step_ns` in [from_ns, until_ns]
  int64_t until_ns = 0;
  int64_t step_ns = 0;
  int64_t rate_ns = 0;    // a point counts what starts in [at - rate_ns, at)
  double quantile = 0.5;  // of the durations
};

struct TrailingSeries {
  struct Point {
    int64_t at_ns = 0;
    uint64_t calls = 0;
    uint64_t errors = 0;
    double quantile_ns = 0;  // NaN without calls
  };
  std::string service;
  std::string operation;  // "" unless by operation
  std::vector<Point> points;
};

// One series per service (or operation) that has a span in any point, by name.
// kInvalidArgument: more than kPointsMax points, or a step or rate below 1 ms.
base::Result<std::vector<TrailingSeries>> ReadTrailing(Rollup& rollup, const TrailingQuery& query,
                                                       const store::ReadLimits& limits = {});

struct MonitorQuery {
  std::string service;
  std::vector<trace::SpanKind> kinds;  // of operations; empty: all
  query::Window window;                // widened to whole steps
  int64_t step_ns = 0;
};

struct Monitor {
  struct Point {
    int64_t at_ns = 0;  // start of the step
    uint64_t calls = 0;
    uint64_t errors = 0;
    double p50_ns = 0;  // NaN without calls
    double p95_ns = 0;
  };
  struct Operation {
    std::string name;
    trace::SpanKind kind = trace::SpanKind::kUnspecified;
    uint64_t calls = 0;
    uint64_t errors = 0;
    double p50_ns = 0, p75_ns = 0, p95_ns = 0, p99_ns = 0;
    double sum_ns = 0;
    std::vector<Point> series;
  };
  query::Window window;               // as widened; both ends inclusive
  std::vector<Operation> operations;  // the largest sum_ns first
  std::vector<Point> series;          // spans that are not called from the same service
};

// kInvalidArgument: more than kPointsMax steps.
base::Result<Monitor> ReadMonitor(Rollup& rollup, const MonitorQuery& query,
                                  const store::ReadLimits& limits = {});

}  // namespace awry::stats
