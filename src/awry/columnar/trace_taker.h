// Holds the spans of one trace while they are found, as long as they are not too many.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "awry/columnar/row.h"
#include "awry/columnar/schema.h"
#include "awry/store/trace_store.h"
#include "base/release.h"
#include "trace/span.h"

namespace awry::columnar {

// Used by one thread.
class TraceTaker {
 public:
  // `limits` must outlive this.
  TraceTaker(const trace::TraceId& id, size_t bytes_max, const store::ReadLimits& limits)
      : bytes_max_(bytes_max), limits_(limits) {
    trace_.id = id;
  }

  const trace::TraceId& id() const { return trace_.id; }
  // False once the trace is too large: then nothing is held any more.
  bool Take(const Schema& schema, const Row& row) {
    ++spans_seen_;
    if (too_large_) return false;
    // One span alone may be too large, which is seen before it is made.
    if (row.values.size() > kManyValues && !MayTake(row.values.size() * sizeof(trace::Attribute))) {
      GiveUp();
      return false;
    }
    trace_.spans.push_back(ToSpan(schema, row));
    bytes_ += trace::HeldBytes(trace_.spans.back()) + sizeof(trace::Span);  // lists grow by doubling
    if (bytes_ <= allowed_bytes_) return true;
    allowed_bytes_ = bytes_ + bytes_ / 4;
    if (!MayTake(0)) GiveUp();
    return !too_large_;
  }
  // Whether so many bytes may be taken beside the spans.
  bool MayTake(size_t bytes) const {
    bytes += allowed_bytes_;
    return bytes <= bytes_max_ && (!limits_.may_hold || limits_.may_hold(bytes));
  }
  // From now on the trace is too large: some of it cannot be read.
  void GiveUp() {
    spans_seen_ = std::max<uint64_t>(spans_seen_, 1);
    too_large_ = true;
    base::Release(trace_.spans);
  }
  bool too_large() const { return too_large_; }
  uint64_t spans_seen() const { return spans_seen_; }
  // What was taken, by start, then span id, exact duplicates once.
  trace::Trace Finish() {
    SortAndDeduplicate(trace_.spans);
    return std::move(trace_);
  }

 private:
  static constexpr size_t kManyValues = 1'000;
  const size_t bytes_max_;
  const store::ReadLimits& limits_;
  trace::Trace trace_;
  size_t bytes_ = 0;
  size_t allowed_bytes_ = store::kTraceBytesFree;
  uint64_t spans_seen_ = 0;
  bool too_large_ = false;
};

}  // namespace awry::columnar
