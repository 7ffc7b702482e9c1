// Who is whose child in one trace. Copes with missing parents, repeated ids and circles.
#pragma once

#include <cstddef>
#include <limits>
#include <unordered_map>
#include <vector>

#include "trace/span.h"

namespace awry::query {

inline constexpr size_t kNone = std::numeric_limits<size_t>::max();

// Thread-compatible.
class Topology {
 public:
  // `trace` must outlive this.
  explicit Topology(const trace::Trace& trace);

  // Index of the parent span; kNone for a root, an orphan, and where a circle was cut.
  size_t parent(size_t index) const { return parents_[index]; }
  // All spans, those without a parent first, then level by level, each by start time.
  const std::vector<size_t>& by_level() const { return by_level_; }
  const std::vector<size_t>& children(size_t index) const { return children_[index]; }

 private:
  void CutCircles();

  std::vector<size_t> parents_;
  std::vector<std::vector<size_t>> children_;
  std::vector<size_t> by_level_;
};

}  // namespace awry::query
