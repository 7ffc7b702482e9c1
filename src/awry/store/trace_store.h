// Keeps spans and labels, and gives traces back. Every engine passes store/store_suite.h.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "trace/label.h"
#include "trace/span.h"
#include "trace/span_sink.h"

namespace awry::store {

// Takes the spans of one request. Used by one thread.
class SpanBatch : public trace::SpanSink {
 public:
  virtual size_t span_count() const = 0;
  // Makes the batch durable as the store's fsync policy says, then visible to every reader; all or
  // nothing. Call once. kResourceExhausted (memory or disk limit, named) and kUnavailable: nothing
  // was kept, send it again later.
  virtual base::Status Commit() = 0;
};

inline constexpr int64_t kTimeMin = std::numeric_limits<int64_t>::min();
inline constexpr int64_t kTimeMax = std::numeric_limits<int64_t>::max();

// What one and the same span of a trace must satisfy. Empty fields ask nothing.
struct SpanFilter {
  int64_t start_from_ns = kTimeMin;  // inclusive
  int64_t start_until_ns = kTimeMax;  // inclusive
  std::string service;
  std::string name;
  int64_t duration_min_ns = 0;
  int64_t duration_max_ns = kTimeMax;
  bool errors_only = false;
  // Key and trace::ToText of the value; looked for in span, scope, resource, event and link
  // attributes. An engine may give traces that satisfy all but these (the caller checks again),
  // never leave one out.
  std::vector<std::pair<std::string, std::string>> equals;
};

struct Operation {
  std::string name;
  trace::SpanKind kind = trace::SpanKind::kUnspecified;
  auto operator<=>(const Operation&) const = default;
};

struct StoreStats {
  uint64_t spans = 0;
  uint64_t traces = 0;  // may be an estimate
  uint64_t disk_bytes = 0;
  uint64_t memory_bytes = 0;
  uint64_t segments = 0;
  uint64_t spans_dropped_by_retention = 0;
  int64_t oldest_ns = 0;  // start of the oldest span; 0 when empty
  int64_t newest_ns = 0;
  std::vector<std::string> problems;  // "corrupt, set aside: 000017.seg, offset 4096"
};

// When a long read gives up. A store asks now and then, at least every few milliseconds of its work.
struct ReadLimits {
  // True: the read ends with kCancelled. Empty: never. May be called by several threads at once.
  std::function<bool()> cancelled;
  int64_t deadline_monotonic_ns = kTimeMax;  // base::Clock::MonotonicNs; then kDeadlineExceeded
  unsigned threads = 1;  // at most, for scans; `visit` is called by the caller's thread alone
  // Asked while a trace is read, with about the bytes that it takes so far, once it is larger than
  // kTraceBytesFree: false leaves the trace out. Empty: only the store's own limit counts.
  std::function<bool(size_t bytes)> may_hold;
  // Told of each trace that was left out because it is too large to be held whole. May be empty.
  std::function<void(const trace::TraceId& id)> left_out;
};

// Smaller traces are always held whole.
inline constexpr size_t kTraceBytesFree = 256 << 10;

// `calls` spans of the service `child` had a parent span of another service, `parent`.
struct ServiceCalls {
  std::string parent;
  std::string child;
  uint64_t calls = 0;
  bool operator==(const ServiceCalls&) const = default;
};

// Return false to stop.
using TraceVisitor = std::function<bool(trace::Trace& trace)>;
using TraceIdVisitor = std::function<bool(const trace::TraceId& id)>;
using SpanVisitor = std::function<bool(trace::Span& span)>;

// One trace at the moment when it was opened, read span by span: for those too large to be held
// whole. Its store must outlive it. Used by one thread.
class TraceView {
 public:
  virtual ~TraceView() = default;
  // Visits all spans by start, then span id, exact duplicates once; every time the same spans in the
  // same order. Where thousands start in the same nanosecond, those are in no order, and duplicates
  // among them may stay. kResourceExhausted: `limits.may_hold` refused what reading itself needs.
  virtual base::Status Visit(const ReadLimits& limits, const SpanVisitor& visit) = 0;
};

// kCancelled or kDeadlineExceeded when a limit is met.
inline base::Status CheckLimits(const ReadLimits& limits) {
  if (limits.cancelled && limits.cancelled())
    return {base::StatusCode::kCancelled, "read was cancelled"};
  if (limits.deadline_monotonic_ns != kTimeMax &&
      base::SystemClock().MonotonicNs() >= limits.deadline_monotonic_ns) {
    return {base::StatusCode::kDeadlineExceeded,
            "read took longer than its time limit, narrow it or raise the limit"};
  }
  return base::OkStatus();
}

// Thread-safe. A reader sees every batch whose Commit returned before the read began.
class TraceStore {
 public:
  virtual ~TraceStore() = default;

  // The store must outlive the batch.
  virtual std::unique_ptr<SpanBatch> NewBatch() = 0;

  // All spans of the trace, exact duplicates once. kNotFound when there is none, kResourceExhausted
  // when it is too large to be held whole.
  virtual base::Result<trace::Trace> GetTrace(const trace::TraceId& id) = 0;
  // The same within limits: kResourceExhausted also when `limits.may_hold` refuses.
  virtual base::Result<trace::Trace> GetTraceWithin(const trace::TraceId& id,
                                                    const ReadLimits& limits) {
    RETURN_IF_ERROR(CheckLimits(limits));
    return GetTrace(id);
  }
  // kNotFound.
  virtual base::Result<std::unique_ptr<TraceView>> OpenTrace(const trace::TraceId& id);
  // Visits the traces of `ids` that exist, in any order, but those too large to be held whole.
  virtual base::Status GetTraces(std::span<const trace::TraceId> ids, const TraceVisitor& visit) = 0;
  // The same within limits. An engine that knows none asks them between traces.
  virtual base::Status GetTracesWithin(std::span<const trace::TraceId> ids, const ReadLimits& limits,
                                       const TraceVisitor& visit) {
    base::Status over;
    RETURN_IF_ERROR(GetTraces(ids, [&](trace::Trace& trace) {
      over = CheckLimits(limits);
      return over.ok() && visit(trace);
    }));
    return over;
  }
  // Visits ids of traces with a span that satisfies `filter`, each once, newest matching span first.
  virtual base::Status FindTraces(const SpanFilter& filter, const TraceIdVisitor& visit) = 0;
  // The same within limits. An engine that knows none asks them between ids.
  virtual base::Status FindTracesWithin(const SpanFilter& filter, const ReadLimits& limits,
                                        const TraceIdVisitor& visit) {
    base::Status over;
    RETURN_IF_ERROR(FindTraces(filter, [&](const trace::TraceId& id) {
      over = CheckLimits(limits);
      return over.ok() && visit(id);
    }));
    return over;
  }
  // Whether what FindTraces gives satisfies `equals` as well, so that nobody need look again.
  virtual bool SettlesEquals() const { return false; }
  // Visits whole traces with a span that satisfies `filter`, each once, in any order, but those too
  // large to be held whole: the way to read many.
  virtual base::Status VisitTraces(const SpanFilter& filter, const TraceVisitor& visit) = 0;
  virtual base::Status VisitTracesWithin(const SpanFilter& filter, const ReadLimits& limits,
                                         const TraceVisitor& visit) {
    base::Status over;
    RETURN_IF_ERROR(VisitTraces(filter, [&](trace::Trace& trace) {
      over = CheckLimits(limits);
      return over.ok() && visit(trace);
    }));
    return over;
  }

  // Counts the calls of spans that start in [from_ns, until_ns], wherever their parents start, sorted by
  // parent, then child; a circle of parents is not cut. Traces that it cannot count so (a span id
  // stands twice) are left out and given to `uncounted`, which may find nothing to count in them.
  // kUnimplemented: this store has no faster way than VisitTraces.
  virtual base::Result<std::vector<ServiceCalls>> CountServiceCalls(
      int64_t /*from_ns*/, int64_t /*until_ns*/, const ReadLimits& /*limits*/,
      const TraceIdVisitor& /*uncounted*/) {
    return base::Unimplemented("this store counts no calls");
  }

  virtual std::vector<std::string> Services() = 0;  // sorted
  virtual std::vector<Operation> Operations(const std::string& service) = 0;  // sorted

  // Durable on return. Returns how many were new; a label that is there already (same id) changes
  // nothing. Fills in `id` and `created_ns`.
  virtual base::Result<size_t> PutLabels(std::vector<trace::Label>& labels) = 0;
  virtual base::Status DeleteLabel(const std::string& label_id) = 0;  // kNotFound
  virtual std::vector<trace::Label> LabelsOf(const trace::TraceId& id) = 0;
  virtual std::vector<trace::Label> Labels() = 0;  // oldest first

  // Small named documents (findings, checks) beside the spans; durable on return.
  virtual base::Status PutDocument(const std::string& name, const std::string& contents) = 0;
  virtual base::Result<std::string> GetDocument(const std::string& name) = 0;  // kNotFound

  virtual StoreStats Stats() = 0;
  // Grows with every commit; equal numbers mean that nothing was added in between.
  virtual uint64_t generation() const = 0;
  // Writes all that is in memory to files.
  virtual base::Status Flush() = 0;
  // Makes a consistent copy of all that is acknowledged in the new folder `path`, while others read
  // and write; it opens as a store. kAlreadyExists: the folder holds something.
  virtual base::Status Backup(const std::string& path) {
    return base::Unimplemented("this store makes no backups: " + path);
  }
};

// A trace that is held, read as if it were not.
class HeldTraceView final : public TraceView {
 public:
  explicit HeldTraceView(trace::Trace trace) : trace_(std::move(trace)) {}
  base::Status Visit(const ReadLimits& limits, const SpanVisitor& visit) override {
    for (const trace::Span& span : trace_.spans) {
      RETURN_IF_ERROR(CheckLimits(limits));
      trace::Span copy = span;
      if (!visit(copy)) break;
    }
    return base::OkStatus();
  }

 private:
  const trace::Trace trace_;
};

inline base::Result<std::unique_ptr<TraceView>> TraceStore::OpenTrace(const trace::TraceId& id) {
  ASSIGN_OR_RETURN(trace::Trace trace, GetTrace(id));
  return std::unique_ptr<TraceView>(std::make_unique<HeldTraceView>(std::move(trace)));
}

}  // namespace awry::store
