#include "awry/stats/dependencies.h"

#include <map>
#include <tuple>
#include <utility>

#include "awry/query/topology.h"

namespace awry::stats {
namespace {

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
