// Walks the traces of a run in the order of their ids.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "awry/columnar/group_reader.h"
#include "awry/columnar/segment_run.h"
#include "base/status.h"
#include "trace/span.h"

namespace awry::columnar {

// Used by one thread. `run` must outlive it. A group that is corrupt is told to `problem`, then
// passed over.
class SegmentCursor {
 public:
  using OnRow = std::function<base::Status(Row& row)>;

  SegmentCursor(const SegmentRun& run, std::function<void(const base::Status&)> problem)
      : run_(run), problem_(std::move(problem)) {}

  // Goes to the first trace; from now on TakeRows goes to the next one.
  void SeekToFirst() {
    walks_all_ = true;
    LoadFrom(0);
  }
  // Goes to the trace `id`; ids must rise from call to call. False when it is not here.
  bool Seek(const trace::TraceId& id);
  // False behind the last trace.
  bool valid() const { return group_ != nullptr && trace_ < group_->traces().size(); }
  const SegmentRun& run() const { return run_; }
  trace::TraceId trace_id() const { return group_->trace_id(trace_); }
  // Gives every row of the current trace; the callback may change it. Views live for the call.
  // kResourceExhausted when `may_take` refused what its columns take: then some rows were not given, and
  // the next trace is as good as ever.
  base::Status TakeRows(const OnRow& on_row, const MayTake& may_take = nullptr);

 private:
  void LoadFrom(uint32_t group);

  const SegmentRun& run_;
  std::function<void(const base::Status&)> problem_;
  uint32_t group_number_ = 0;
  std::unique_ptr<Group> group_;
  uint32_t trace_ = 0;
  bool walks_all_ = false;
  Row row_;
};

}  // namespace awry::columnar
