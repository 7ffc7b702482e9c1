// Gives the matching traces of one table or run, newest match first, doing as little as it can.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "awry/columnar/mem_table.h"
#include "awry/columnar/row.h"
#include "awry/columnar/segment_run.h"

namespace awry::columnar {

// Told of every corrupt block that a scan had to leave out.
using ProblemSink = std::function<void(const base::Status& problem)>;

// The order in which matches are given, the last first.
inline bool Older(const TraceMatch& a, const TraceMatch& b) {
  return a.start_ns != b.start_ns ? a.start_ns < b.start_ns : a.trace_id < b.trace_id;
}

// Used by one thread.
class MatchSource {
 public:
  virtual ~MatchSource() = default;
  // No match that is still to come starts later. Only meaningful while !done().
  virtual int64_t Bound() const = 0;
  virtual bool done() const = 0;
  // Works one step: true gives a match that starts at the bound, false only lowered the bound.
  virtual bool Step(TraceMatch& match) = 0;
};

// Groups of a segment that may satisfy the equalities of a filter: for each equality a sorted list,
// or nothing when every group may (docs/formats/segment.md says what the index leaves out).
using EqualGroups = std::vector<std::optional<std::vector<uint32_t>>>;

// What is given must outlive the source.
std::unique_ptr<MatchSource> MakeTableSource(const MemTable& table, size_t spans,
                                             const RowFilter& filter);
// Reads nothing before its first step.
std::unique_ptr<MatchSource> MakeRunSource(const SegmentRun& run, const EqualGroups& groups,
                                           const RowFilter& filter, const ProblemSink& problems);

}  // namespace awry::columnar
