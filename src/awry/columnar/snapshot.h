// What a reader sees: tables and segments at one moment, and the ways through them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "awry/columnar/match_source.h"
#include "awry/columnar/mem_table.h"
#include "awry/columnar/row.h"
#include "awry/columnar/segment_reader.h"
#include "awry/columnar/trace_taker.h"
#include "awry/store/trace_store.h"
#include "base/status.h"

namespace awry::columnar {

// Immutable but for the newest table, which only grows.
struct State {
  std::vector<std::shared_ptr<MemTable>> tables;  // oldest first; the last one takes batches
  std::vector<std::shared_ptr<const SegmentReader>> segments;  // oldest first
};

// One reader's view. Used by one thread; `state` is kept alive.
class Snapshot {
 public:
  // A trace that takes more than `trace_bytes_max` is not held whole.
  Snapshot(std::shared_ptr<const State> state, size_t trace_bytes_max, ProblemSink problems);

  // kNotFound, kDataLoss when a block that may hold spans of the trace is corrupt, kResourceExhausted
  // when it is too large.
  base::Result<trace::Trace> GetTrace(const trace::TraceId& id,
                                      const store::ReadLimits& limits) const;
  // `ids` sorted and unique. Visits those that exist, in order. Those too large are left out.
  base::Status VisitTraces(std::span<const trace::TraceId> ids, const store::ReadLimits& limits,
                           const store::TraceVisitor& visit) const;
  base::Status VisitAll(const store::ReadLimits& limits, const store::TraceVisitor& visit) const;
  // As TraceView::Visit; kNotFound, kDataLoss. trace_spans.cc.
  base::Status VisitSpans(const trace::TraceId& id, const store::ReadLimits& limits,
                          const store::SpanVisitor& visit) const;
  // False may be wrong only where a block is corrupt.
  bool HasTrace(const trace::TraceId& id) const;
  // Newest match first, each trace once. kCancelled or kDeadlineExceeded over `limits`.
  base::Status Find(const store::SpanFilter& filter, const store::ReadLimits& limits,
                    const store::TraceIdVisitor& visit) const;
  // As TraceStore::CountServiceCalls; `uncounted` gets its traces after the counting.
  base::Result<std::vector<store::ServiceCalls>> CountCalls(
      int64_t from_ns, int64_t until_ns, const store::ReadLimits& limits,
      const store::TraceIdVisitor& uncounted) const;

 private:
  struct Table {
    const MemTable* table = nullptr;
    size_t spans = 0;
  };
  EqualGroups GroupsOf(const SegmentReader& segment, const RowFilter& filter) const;
  bool Give(TraceTaker& taker, const store::ReadLimits& limits,
            const store::TraceVisitor& visit) const;

  std::shared_ptr<const State> state_;
  std::vector<Table> tables_;
  std::vector<const SegmentRun*> runs_;  // of all segments, oldest first
  size_t trace_bytes_max_;
  ProblemSink problems_;
};

}  // namespace awry::columnar
