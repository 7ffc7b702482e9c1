// Counts calls between services over the heads of spans, stretch by stretch.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "awry/store/trace_store.h"
#include "trace/ids.h"

namespace awry::columnar {

// Takes spans in any order between two calls of Settle; all spans of a trace between the same two.
// Used by one thread.
class CallCounter {
 public:
  // A number for the service; equal names have equal numbers.
  uint32_t ServiceNumber(const std::string& service);

  // The spans that follow are of this trace. It may be said again.
  void BeginTrace(const trace::TraceId& id);
  // Returns the place of the span, until Settle.
  uint32_t AddSpan(trace::SpanId id, uint32_t service) {
    if (row_count_ == rows_.size()) rows_.resize(rows_.size() * 2 + 1024);
    rows_[row_count_] = {KeyOf(id), static_cast<uint32_t>(traces_.size() - 1), service};
    return row_count_++;
  }
  // A call that counts: `child` is a place, its parent another one or known by its id alone.
  void AddCall(uint32_t child, uint32_t parent) { calls_.push_back({child, parent, 0}); }
  void AddFarCall(uint32_t child, trace::SpanId parent) {
    calls_.push_back({child, kFar, KeyOf(parent)});
  }
  uint32_t span_count() const { return row_count_; }
  // Counts a call at once, by the numbers of the two services.
  void CountCall(uint32_t parent, uint32_t child) {
    const uint64_t pair = uint64_t{parent} << 32 | child;
    Count& count = recent_[(parent * 32 + child) % recent_.size()];
    if (count.pair != pair) {
      if (count.calls > 0) counts_[count.pair] += count.calls;
      count = {pair, 0};
    }
    ++count.calls;
  }

  // Counts what was added and forgets the spans. `has_more`: whether a trace may have spans that were
  // not added; asked when a parent is missing.
  void Settle(const std::function<bool(const trace::TraceId&)>& has_more);
  // Sorted by parent, then child.
  std::vector<store::ServiceCalls> Finish();
  // Traces in which a span id stands twice, and those that have more; none of their calls is counted.
  const std::unordered_set<trace::TraceId>& uncounted() const { return uncounted_; }

 private:
  static constexpr uint32_t kFar = UINT32_MAX;
  struct Row {
    uint64_t key = 0;  // of trace and span; that two are equal by chance costs time, no count
    uint32_t trace = 0;
    uint32_t service = 0;
  };
  struct Call {
    uint32_t child = 0;
    uint32_t parent = 0;  // or kFar
    uint64_t parent_key = 0;
  };
  struct Count {
    uint64_t pair = 0;  // parent << 32 | child
    uint64_t calls = 0;
  };
  uint64_t KeyOf(trace::SpanId id) const { return (trace_hash_ + id) * 0x9e3779b97f4a7c15ULL; }
  void Enter();
  uint32_t Find(uint64_t key) const;  // kFar: it is not here

  std::vector<std::string> services_;
  std::unordered_map<std::string, uint32_t> numbers_;
  // Pairs that came last, by their lower bits; one that makes room goes to the others.
  std::array<Count, 1024> recent_{};
  std::unordered_map<uint64_t, uint64_t> counts_;
  std::unordered_set<trace::TraceId> uncounted_;
  // Of the stretch.
  std::vector<trace::TraceId> traces_;
  uint64_t trace_hash_ = 0;
  std::vector<Row> rows_;  // the first row_count_
  uint32_t row_count_ = 0;
  std::vector<Call> calls_;
  std::vector<uint32_t> slots_;  // of rows, + 1, by the upper bits of their keys
  int slot_shift_ = 64;
};

}  // namespace awry::columnar
