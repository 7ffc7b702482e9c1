// Which traces still get spans, and which have been quiet long enough to be judged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "trace/ids.h"

namespace awry::check {

struct OpenTracesOptions {
  int64_t quiet_ns = 5'000'000'000;      // since a trace's last span
  int64_t longest_ns = 600'000'000'000;  // judged then although spans still come
  size_t open_max = 200'000;             // traces beyond are skipped, and counted
  size_t judged_max = 100'000;           // remembered, to judge late spans once more
};

// What is remembered of a judged trace.
struct Judged {
  int times = 0;
  uint64_t rules = 0;   // stands for the set of rules it was judged by
  std::string applied;  // one bit a rule
};

// Used by one thread, or under its owner's lock.
class OpenTraces {
 public:
  explicit OpenTraces(const OpenTracesOptions& options) : options_(options) {}

  // Spans of `ids` arrived at `now_ns` (any clock that does not go back).
  void Note(std::span<const trace::TraceId> ids, int64_t now_ns);
  // As Note, but of traces that may have been judged any number of times, whose spans are all there.
  void NoteAgain(std::span<const trace::TraceId> ids, int64_t now_ns);
  // Takes out up to `max` traces that are due; adds their ids to `out`.
  void TakeDue(int64_t now_ns, size_t max, std::vector<trace::TraceId>& out);
  // How long the first of those that are due has been; 0 when none is.
  int64_t LagNs(int64_t now_ns) const;

  // Null when the trace was not judged, or was forgotten.
  const Judged* Find(const trace::TraceId& id) const;
  void Remember(const trace::TraceId& id, Judged judged);

  size_t open() const { return open_.size(); }
  uint64_t skipped() const { return skipped_; }  // traces not looked at: too many were open
  uint64_t late() const { return late_; }        // arrivals after a trace was judged twice
  // When the first of those still open arrived; `now_ns` when none is.
  int64_t OldestArrival(int64_t now_ns) const;

 private:
  struct Open {
    int64_t first_ns;
    int64_t last_ns;
  };
  int64_t DueNs(const Open& open) const;
  void Add(const trace::TraceId& id, int64_t now_ns);

  const OpenTracesOptions options_;
  std::unordered_map<trace::TraceId, Open> open_;
  // One entry a trace that is open, at a time when it may be due: at its first span's, or later.
  using Entry = std::pair<int64_t, trace::TraceId>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> due_;
  std::unordered_map<trace::TraceId, Judged> judged_;
  std::deque<trace::TraceId> judged_order_;
  uint64_t skipped_ = 0;
  uint64_t late_ = 0;
};

}  // namespace awry::check
