#include "awry/query/topology.h"

#include <cstdint>

namespace awry::query {

Topology::Topology(const trace::Trace& trace)
    : parents_(trace.spans.size(), kNone), children_(trace.spans.size()) {
  std::unordered_map<trace::SpanId, size_t> by_id;
  by_id.reserve(trace.spans.size());
  for (size_t i = 0; i < trace.spans.size(); ++i) by_id.emplace(trace.spans[i].span_id, i);
  for (size_t i = 0; i < trace.spans.size(); ++i) {
    const trace::SpanId parent = trace.spans[i].parent_id;
    if (parent == 0) continue;
    const auto found = by_id.find(parent);
    if (found != by_id.end() && found->second != i) parents_[i] = found->second;
  }
  CutCircles();
  for (size_t i = 0; i < parents_.size(); ++i) {
    if (parents_[i] == kNone) {
      by_level_.push_back(i);
    } else {
      children_[parents_[i]].push_back(i);
    }
  }
  for (size_t at = 0; at < by_level_.size(); ++at) {
    const auto& next = children_[by_level_[at]];
    by_level_.insert(by_level_.end(), next.begin(), next.end());
  }
}

// Walks up from every span; a walk that meets itself is cut where it began to repeat.
void Topology::CutCircles() {
  enum State : uint8_t { kNew, kOnPath, kDone };
  std::vector<State> states(parents_.size(), kNew);
  std::vector<size_t> path;
  for (size_t start = 0; start < parents_.size(); ++start) {
    path.clear();
    size_t at = start;
    while (at != kNone && states[at] == kNew) {
      states[at] = kOnPath;
      path.push_back(at);
      at = parents_[at];
    }
    if (at != kNone && states[at] == kOnPath) parents_[at] = kNone;
    for (const size_t index : path) states[index] = kDone;
  }
}

}  // namespace awry::query
