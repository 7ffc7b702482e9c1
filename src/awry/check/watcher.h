// Judges every trace when it is complete, keeps what it finds, and tells of it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "awry/check/check_book.h"
#include "awry/check/ledger.h"
#include "awry/check/open_traces.h"
#include "awry/check/webhook.h"
#include "awry/store/trace_store.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace awry::check {

// A finding as the webhook tells of it.
struct FindingNews {
  std::string id;
  std::string state;  // "new", "confirmed", "fixed", "dismissed"
  std::string json;
};

struct WatcherOptions {
  OpenTracesOptions open;
  std::chrono::milliseconds housekeeping{2'000};  // between looks at the file and at the findings
  const base::Clock* clock = &base::SystemClock();
  // Sees every complete trace, and once more when late spans came; a sample of them at a high rate while no check is in
  // force. May be empty.
  std::function<void(const trace::Trace& trace)> on_trace;
  std::function<std::vector<FindingNews>()> findings;  // may be empty
  std::function<void()> on_housekeeping;                 // may be empty
  bool background = true;  // false: only JudgeDue and KeepHouse do anything
};

struct WatcherCounts {
  uint64_t open = 0;       // traces that wait to be quiet, or to be judged
  int64_t lag_ms = 0;      // how long the first of them has been due
  uint64_t evaluated = 0;  // traces judged, since the start
  uint64_t skipped = 0;    // traces not judged: too many were open
  uint64_t late = 0;       // arrivals of spans after the second judgement
  uint64_t unsaved = 0;    // violations that could not be kept
  int64_t quiet_ms = 0;
  std::vector<std::string> problems;
};

// Thread-safe.
class Watcher {
 public:
  // All must outlive this; `webhook` may be null. Traces that arrived shortly before the last end and
  // were not judged then are looked for in the store.
  Watcher(store::TraceStore& store, CheckBook& book, Ledger& ledger, Webhook* webhook,
          const WatcherOptions& options);
  ~Watcher();

  // Spans of these traces were committed. Quick: nothing is read or written.
  void Note(std::span<const trace::TraceId> ids);

  // Labels of these traces were put or deleted: they are judged again when a check in force asks for labels,
  // however often they were before. Those that are still open wait for their last span as ever.
  void NoteLabels(std::span<const trace::TraceId> ids);

  // Judges what is due now. Returns how many traces that was. Used by one thread.
  size_t JudgeDue();
  // Reads the file of checks again, tells of new findings, notes how far it is. Used by one thread.
  void KeepHouse();

  CheckBook& book() { return book_; }
  Ledger& ledger() { return ledger_; }
  Webhook* webhook() { return webhook_; }
  WatcherCounts counts();
  // Prometheus lines.
  std::string ToMetrics();

 private:
  struct Totals {
    uint64_t checked = 0;
    uint64_t violations = 0;
  };
  void Run(const std::stop_token& stop);
  void Resume();
  size_t Allow(size_t wanted);
  void JudgeTrace(const trace::Trace& trace, const InForce& in_force);
  void Keep();
  void Tell(const std::vector<Violation>& violations, const InForce& in_force);
  void TellFindings();
  void SetProblem(const std::string& problem);

  store::TraceStore& store_;
  CheckBook& book_;
  Ledger& ledger_;
  Webhook* const webhook_;
  const WatcherOptions options_;
  std::atomic<bool> stopping_{false};  // set once by the destructor, read by the judging thread
  std::atomic<uint64_t> evaluated_{0};
  std::atomic<uint64_t> unsaved_{0};
  Round round_;             // judged, not kept yet; used by the judging thread
  int64_t marked_ns_ = 0;   // likewise
  int64_t second_ns_ = std::numeric_limits<int64_t>::min() / 2;  // likewise: of `allowed_`
  size_t allowed_ = 0;      // likewise

  base::Mutex mutex_;
  base::CondVar wake_;
  OpenTraces open_ GUARDED_BY(mutex_);
  std::map<std::string, Totals> totals_ GUARDED_BY(mutex_);  // by check, since the start
  std::string problem_ GUARDED_BY(mutex_);  // of keeping what was found; "" when it works
  std::jthread thread_;  // last: stops before the rest goes
};

}  // namespace awry::check
