#include "awry/stats/instrumentation.h"

#include <algorithm>
#include <map>
#include <set>

#include "awry/query/topology.h"

namespace awry::stats {
namespace {

using Counts = std::map<std::string, uint64_t>;

std::vector<std::string> MostFrequent(const Counts& counts) {
  std::vector<std::pair<uint64_t, std::string>> sorted;
  for (const auto& [service, count] : counts) sorted.emplace_back(count, service);
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::vector<std::string> out;
  for (size_t i = 0; i < std::min<size_t>(3, sorted.size()); ++i) out.push_back(sorted[i].second);
  return out;
}

struct Tally {
  InstrumentationHealth health;
  Counts orphans;
  Counts skewed;
  std::set<std::string> heard;
};

void Count(const trace::Trace& trace, Tally& tally) {
  const query::Topology topology(trace);
  uint64_t roots = 0;
  for (size_t i = 0; i < trace.spans.size(); ++i) {
    const trace::Span& span = trace.spans[i];
    tally.heard.insert(span.resource->service);
    roots += span.parent_id == 0 ? 1 : 0;
    tally.health.spans_with_warnings += span.warnings.empty() ? 0 : 1;
    const size_t parent = topology.parent(i);
    if (parent == query::kNone) {
      if (span.parent_id == 0) continue;
      ++tally.health.orphan_spans;
      ++tally.orphans[span.resource->service];
    } else if (const trace::Span& above = trace.spans[parent];
               above.resource->service != span.resource->service &&
               span.start_ns < above.start_ns) {
      ++tally.health.skewed_spans;
      ++tally.skewed[span.resource->service];
    }
  }
  ++tally.health.traces;
  tally.health.spans += trace.spans.size();
  tally.health.split_traces += roots > 1 ? 1 : 0;
}

}  // namespace

base::Result<InstrumentationHealth> MeasureInstrumentation(store::TraceStore& store,
                                                           const query::Window& window) {
  Tally tally;
  const store::SpanFilter filter{.start_from_ns = window.from_ns,
                                 .start_until_ns = window.until_ns};
  RETURN_IF_ERROR(store.VisitTraces(filter, [&](trace::Trace& trace) {
    if (tally.health.traces == InstrumentationHealth::kTracesMax) {
      tally.health.cut = true;
      return false;
    }
    Count(trace, tally);
    return true;
  }));
  tally.health.orphan_services = MostFrequent(tally.orphans);
  tally.health.skewed_services = MostFrequent(tally.skewed);
  if (!tally.health.cut) {
    for (const std::string& service : store.Services()) {
      if (!tally.heard.contains(service)) tally.health.quiet_services.push_back(service);
    }
  }
  return tally.health;
}

}  // namespace awry::stats
