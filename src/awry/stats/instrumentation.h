// What the instrumentation of the watched system does not tell: counted trace by trace, by the minute
// and by service, so that asking reads no trace.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "awry/store/trace_store.h"
#include "base/mutex.h"
#include "base/status.h"
#include "trace/span.h"

namespace awry::stats {

enum class Signal : uint8_t {
  kOrphanSpans,        // name a parent that is not in the trace
  kBrokenPropagation,  // begin a trace (or a second piece of one) where usually they have a caller
  kClockSkew,          // of another service than the parent, and start before it
  kRepairedSpans,      // cleaned at intake: bad names, ends before starts …
  kQuietServices,      // sent spans before, and none for much longer than usual
  kSpansRefused,
  kRequestsRefused
};
inline constexpr size_t kSignals = 7;
std::string_view SignalKey(Signal signal);   // "orphan_spans"
std::string_view SignalName(Signal signal);  // "orphan spans"

struct ServiceHealth {
  std::string service;
  uint64_t count = 0;
  uint64_t of = 0;     // spans of the service; 0: not told
  std::string detail;  // for people; may be empty
  std::vector<trace::TraceId> examples;  // newest first
};
struct SignalHealth {
  Signal signal = Signal::kOrphanSpans;
  uint64_t count = 0;
  uint64_t of = 0;  // spans, or traces, or services; 0: not told
  std::vector<uint64_t> series;     // one a step, oldest first
  std::vector<uint64_t> of_series;  // likewise; empty when `of` is not told
  std::vector<ServiceHealth> services;  // the most frequent first
};
struct InstrumentationHealth {
  int64_t start_ns = 0;  // of the first step
  int64_t step_ns = 0;
  uint64_t traces = 0;
  uint64_t spans = 0;
  bool complete = true;  // false: the window reaches back before what was looked at
  std::vector<SignalHealth> signals;  // by Signal
};

// Counts the last day by the minute of each trace's root. Thread-safe.
class InstrumentationBook {
 public:
  static constexpr int64_t kMinutes = 1'440;
  static constexpr size_t kServicesMax = 200;      // beyond: counted together as "…"
  static constexpr size_t kOperationsMax = 10'000;  // beyond: not looked at for broken propagation
  static constexpr size_t kExamplesMax = 5;
  static constexpr size_t kRememberedMax = 50'000;  // traces that may be added again

  // Counts a trace; what the same trace said before is taken back.
  void Add(const trace::Trace& trace, int64_t now_ns);
  // What was refused since the start of the program, in all.
  void NoteRefused(uint64_t spans, uint64_t requests, uint64_t spans_accepted, int64_t now_ns);
  // Adds at most `traces_max` of the newest traces since `from_ns`; `stop` may be null.
  base::Status Fill(store::TraceStore& store, int64_t from_ns, size_t traces_max, int64_t now_ns,
                    const std::function<bool()>& stop);
  // All that began at or after `from_ns` was added, or will be.
  void SetComplete(int64_t from_ns);

  InstrumentationHealth Report(int64_t window_ns, int64_t now_ns) const;

 private:
  struct Count {
    Signal signal;
    uint32_t service;
    uint32_t spans;
  };
  // What one trace said.
  struct Said {
    int64_t minute = 0;
    std::vector<std::pair<uint32_t, uint32_t>> spans;  // service, spans
    std::vector<Count> counts;
  };
  struct Minute {
    int64_t minute = -1;
    int64_t traces = 0;
    std::unordered_map<uint32_t, int64_t> spans;                  // by service
    std::unordered_map<uint32_t, int64_t> counts;                 // by service * kSignals + signal
    std::unordered_map<uint32_t, int64_t> skew_max_ns;            // by service
    uint64_t spans_refused = 0, requests_refused = 0, spans_accepted = 0;
  };
  struct Service {
    std::string name;
    int64_t first_ns = 0;
    int64_t last_ns = 0;   // start of its newest span
    double gap_ns = 0;     // usual time between two traces with it
    uint64_t traces = 0;
    std::array<std::deque<trace::TraceId>, kSignals> examples;
  };
  struct Operation {
    uint64_t with_parent = 0;
    uint64_t without = 0;
  };
  uint32_t ServiceOf(const std::string& name) REQUIRES(mutex_);
  bool UsuallyCalled(const trace::Span& span, bool has_parent) REQUIRES(mutex_);
  Said Look(const trace::Trace& trace, Minute& minute) REQUIRES(mutex_);
  Minute& MinuteAt(int64_t minute) REQUIRES(mutex_);
  void Apply(const Said& said, int64_t sign) REQUIRES(mutex_);
  void Remember(const trace::TraceId& id, Said said) REQUIRES(mutex_);
  void NoteHeard(uint32_t service, int64_t at_ns, int64_t now_ns) REQUIRES(mutex_);
  SignalHealth Counted(Signal signal, const InstrumentationHealth& frame) const REQUIRES(mutex_);
  SignalHealth QuietServices(const InstrumentationHealth& frame, int64_t now_ns) const REQUIRES(mutex_);
  SignalHealth Refused(Signal signal, const InstrumentationHealth& frame) const REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  std::vector<Minute> minutes_ GUARDED_BY(mutex_) = std::vector<Minute>(kMinutes);
  std::vector<Service> services_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, uint32_t> service_ids_ GUARDED_BY(mutex_);
  std::map<std::pair<uint32_t, std::string>, Operation> operations_ GUARDED_BY(mutex_);
  std::unordered_map<trace::TraceId, Said> remembered_ GUARDED_BY(mutex_);
  std::deque<trace::TraceId> remembered_order_ GUARDED_BY(mutex_);
  uint64_t spans_refused_ GUARDED_BY(mutex_) = 0;
  uint64_t requests_refused_ GUARDED_BY(mutex_) = 0;
  uint64_t spans_accepted_ GUARDED_BY(mutex_) = 0;
  int64_t complete_from_ns_ GUARDED_BY(mutex_) = INT64_MAX;
};

}  // namespace awry::stats
