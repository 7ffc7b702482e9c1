#include "awry/stats/dependencies.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "awry/query/topology.h"

namespace awry::stats {
namespace {

constexpr int64_t kTimeMaxNs = 60'000'000'000;  // of counting what is not counted yet

bool StartsIn(const trace::Span& span, const query::Window& window) {
  return span.start_ns >= window.from_ns && span.start_ns <= window.until_ns;
}

store::SpanFilter FilterOf(const query::Window& window) {
  return {.start_from_ns = window.from_ns, .start_until_ns = window.until_ns};
}

}  // namespace

base::Result<std::vector<Dependency>> Dependencies(store::TraceStore& store,
                                                   const query::Window& window,
                                                   const std::string& service) {
  std::map<std::pair<std::string, std::string>, uint64_t> calls;
  const auto count = [&](trace::Trace& trace) {
    const query::Topology topology(trace);
    for (size_t i = 0; i < trace.spans.size(); ++i) {
      const size_t parent = topology.parent(i);
      if (parent == query::kNone || !StartsIn(trace.spans[i], window)) continue;
      const std::string& from = trace.spans[parent].resource->service;
      const std::string& to = trace.spans[i].resource->service;
      if (from == to || (!service.empty() && from != service && to != service)) continue;
      ++calls[{from, to}];
    }
    return true;
  };
  RETURN_IF_ERROR(store.VisitTraces(FilterOf(window), count));
  std::vector<Dependency> out;
  for (const auto& [pair, number] : calls) out.push_back({pair.first, pair.second, number});
  return out;
}

base::Result<std::vector<Dependency>> Dependencies(Rollup& rollup, const query::Window& window,
                                                   const std::string& service) {
  const store::ReadLimits limits{.deadline_monotonic_ns =
                                     base::SystemClock().MonotonicNs() + kTimeMaxNs};
  ASSIGN_OR_RETURN(const std::vector<BlockPtr> blocks, rollup.Cover(window, limits));
  std::map<std::pair<uint32_t, uint32_t>, uint64_t> calls;
  for (const BlockPtr& block : blocks) {
    for (const Block::Edge& edge : block->edges) calls[{edge.parent, edge.child}] += edge.calls.calls;
  }
  std::vector<Dependency> out;
  for (const auto& [pair, number] : calls) {
    Dependency link{rollup.names().ServiceName(pair.first),
                    rollup.names().ServiceName(pair.second), number};
    if (service.empty() || link.parent == service || link.child == service)
      out.push_back(std::move(link));
  }
  std::ranges::sort(out, [](const Dependency& a, const Dependency& b) {
    return std::tie(a.parent, a.child) < std::tie(b.parent, b.child);
  });
  return out;
}

base::Result<std::vector<OperationCount>> CountOperations(store::TraceStore& store,
                                                          const query::Window& window) {
  std::map<std::tuple<std::string, std::string, trace::SpanKind>, OperationCount> counts;
  const auto count = [&](trace::Trace& trace) {
    for (const trace::Span& span : trace.spans) {
      if (!StartsIn(span, window)) continue;
      OperationCount& row = counts[{span.resource->service, span.name, span.kind}];
      ++row.spans;
      row.errors += span.status == trace::SpanStatus::kError ? 1 : 0;
    }
    return true;
  };
  RETURN_IF_ERROR(store.VisitTraces(FilterOf(window), count));
  std::vector<OperationCount> out;
  for (auto& [key, row] : counts) {
    std::tie(row.service, row.name, row.kind) = key;
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace awry::stats
