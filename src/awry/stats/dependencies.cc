#include "awry/stats/dependencies.h"

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

namespace {

using CallsByPair = std::map<std::pair<std::string, std::string>, uint64_t>;

void CountTrace(const trace::Trace& trace, const query::Window& window, CallsByPair& calls) {
  const query::Topology topology(trace);
  for (size_t i = 0; i < trace.spans.size(); ++i) {
    const size_t parent = topology.parent(i);
    if (parent == query::kNone || !StartsIn(trace.spans[i], window)) continue;
    const std::string& from = trace.spans[parent].resource->service;
    const std::string& to = trace.spans[i].resource->service;
    if (from != to) ++calls[{from, to}];
  }
}

// By the store, where it can; the traces that it leaves out, or all, are looked at one by one.
base::Status CountCalls(store::TraceStore& store, const query::Window& window,
                        const store::ReadLimits& limits, CallsByPair& calls) {
  std::vector<trace::TraceId> uncounted;
  const auto counted = store.CountServiceCalls(window.from_ns, window.until_ns, limits,
                                               [&](const trace::TraceId& id) {
                                                 uncounted.push_back(id);
                                                 return true;
                                               });
  const auto count = [&](trace::Trace& trace) {
    CountTrace(trace, window, calls);
    return true;
  };
  if (counted.status().code() == base::StatusCode::kUnimplemented)
    return store.VisitTracesWithin(FilterOf(window), limits, count);
  RETURN_IF_ERROR(counted.status());
  for (const store::ServiceCalls& each : *counted) calls[{each.parent, each.child}] += each.calls;
  base::Status over;
  RETURN_IF_ERROR(store.GetTraces(uncounted, [&](trace::Trace& trace) {
    over = store::CheckLimits(limits);
    return over.ok() && count(trace);
  }));
  return over;
}

std::vector<Dependency> ToDependencies(const CallsByPair& calls, const std::string& service) {
  std::vector<Dependency> out;
  for (const auto& [pair, number] : calls) {
    if (service.empty() || pair.first == service || pair.second == service)
      out.push_back({pair.first, pair.second, number});
  }
  return out;
}

}  // namespace

base::Result<std::vector<Dependency>> Dependencies(store::TraceStore& store,
                                                   const query::Window& window,
                                                   const std::string& service) {
  CallsByPair calls;
  RETURN_IF_ERROR(CountCalls(store, window, {}, calls));
  return ToDependencies(calls, service);
}

// What the rollup knows is not counted again; what it does not know is counted without it, since a
// block needs every span's duration.
base::Result<std::vector<Dependency>> Dependencies(Rollup& rollup, const query::Window& window,
                                                   const std::string& service) {
  const store::ReadLimits limits{.deadline_monotonic_ns =
                                     base::SystemClock().MonotonicNs() + kTimeMaxNs};
  CallsByPair calls;
  std::vector<BlockPtr> blocks;
  for (const query::Window& open : rollup.CoverKept(window, blocks))
    RETURN_IF_ERROR(CountCalls(rollup.store(), open, limits, calls));
  for (const BlockPtr& block : blocks) {
    for (const Block::Edge& edge : block->edges) {
      calls[{rollup.names().ServiceName(edge.parent), rollup.names().ServiceName(edge.child)}] +=
          edge.calls.calls;
    }
  }
  return ToDependencies(calls, service);
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
