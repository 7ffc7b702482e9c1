// Services and the calls between them in a window.
#pragma once

#include <string>
#include <vector>

#include "awry/stats/rollup.h"
#include "base/status.h"

namespace awry::stats {

struct RedFigures {
  uint64_t calls = 0;
  uint64_t errors = 0;
  double p50_ns = 0;  // NaN without calls
  double p95_ns = 0;
};

struct ServiceGraph {
  struct Node {
    std::string service;
    uint64_t spans = 0;
    RedFigures entries;  // spans that are not called from the same service
  };
  struct Edge {
    std::string parent;
    std::string child;
    RedFigures calls;  // durations of the called side
  };
  std::vector<Node> nodes;  // by name
  std::vector<Edge> edges;  // by parent, child
};

base::Result<ServiceGraph> ReadServiceGraph(Rollup& rollup, const query::Window& window,
                                            const store::ReadLimits& limits = {});

}  // namespace awry::stats
