// Gives the matching traces of one table or segment, newest match first, doing as little as it can.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "awry/columnar/mem_table.h"
#include "awry/columnar/row.h"
#include "awry/columnar/segment_reader.h"
#include "awry/columnar/snapshot.h"

namespace awry::columnar {

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

// What is given must outlive the source.
std::unique_ptr<MatchSource> MakeTableSource(const MemTable& table, size_t spans,
                                             const RowFilter& filter);
std::unique_ptr<MatchSource> MakeSegmentSource(const SegmentReader& segment,
                                               const RowFilter& filter,
                                               const ProblemSink& problems);

}  // namespace awry::columnar
