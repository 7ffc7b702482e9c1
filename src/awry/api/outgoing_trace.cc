#include "awry/api/outgoing_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "awry/api/adjusters.h"
#include "base/mutex.h"

namespace awry::api {

using base::Result;
using base::Status;
using base::StatusCode;

namespace {

constexpr size_t kHeldBytesMax = 16 << 20;  // of one trace; a larger one is read twice
constexpr size_t kHeldShare = 8;            // and so much of what all questions may take
constexpr size_t kSpansACheck = 1'024;
constexpr size_t kSentBytes = 2 << 20;  // of spans that became text or messages and are on their way
constexpr size_t kSentShare = 8;        // at most so much of what all questions may take

size_t BytesOf(const trace::Trace& trace) {
  size_t bytes = 0;
  for (const trace::Span& span : trace.spans) bytes += trace::HeldBytes(span);
  return bytes;
}

// `read(store)` of the store, and where that finds nothing, of the archive.
template <typename Read>
auto FromEither(const QuerySource& source, const Read& read) {
  auto found = read(source.store);
  if (found.status().code() != StatusCode::kNotFound || source.archive == nullptr) return found;
  return read(*source.archive);
}

}  // namespace

OutgoingTrace::OutgoingTrace(trace::Trace trace, std::shared_ptr<base::BudgetShare> share, bool raw)
    : trace_(std::move(trace)), raw_(raw), share_(std::move(share)) {}

OutgoingTrace::OutgoingTrace(const QuerySource& source, const trace::TraceId& id, bool raw)
    : limits_(source.limits),
      raw_(raw),
      share_(std::make_shared<base::BudgetShare>(source.limits.budget)) {
  trace_.id = id;
}

Result<std::unique_ptr<OutgoingTrace>> OutgoingTrace::Open(const QuerySource& source,
                                                           const trace::TraceId& id, bool raw) {
  std::unique_ptr<OutgoingTrace> out(new OutgoingTrace(source, id, raw));
  const size_t most = std::min(kHeldBytesMax, source.limits.memory_bytes / kHeldShare);
  const store::ReadLimits limits{
      .cancelled = source.limits.cancelled,
      .may_hold = [&](size_t bytes) { return bytes <= most && out->share_->GrowTo(bytes); }};
  auto found = FromEither(
      source, [&](store::TraceStore& store) { return store.GetTraceWithin(id, limits); });
  if (found.ok()) {
    out->trace_ = *std::move(found);
    return out;
  }
  if (found.status().code() == StatusCode::kNotFound) return base::NotFound("trace not found");
  if (found.status().code() != StatusCode::kResourceExhausted) return found.status();
  out->share_->Reset();
  RETURN_IF_ERROR(out->OpenView(source));
  return out;
}

Status OutgoingTrace::TooLarge() const {
  return base::ResourceExhausted(fmt::format(
      "trace needs more than what is left of the {} MiB that --memory gives to questions: ask again "
      "when fewer are under way, raise --memory, or search for the spans that matter: {}, {} spans "
      "or more",
      limits_.memory_bytes >> 20, trace::ToHex(trace_.id), heads_.size()));
}

// What reading needs beside the heads and what is being sent.
store::ReadLimits OutgoingTrace::ViewLimits() {
  return {.cancelled = limits_.cancelled, .may_hold = [this](size_t bytes) {
            bytes += heads_.held_bytes() + std::min(kSentBytes, limits_.memory_bytes / kSentShare);
            return bytes <= limits_.memory_bytes && share_->GrowTo(bytes);
          }};
}

Status OutgoingTrace::OpenView(const QuerySource& source) {
  ASSIGN_OR_RETURN(view_, FromEither(source, [&](store::TraceStore& store) {
                     return store.OpenTrace(trace_.id);
                   }));
  // Of many that are read at once, each would take a part and none would have enough.
  static base::Mutex one_opens;
  const base::MutexLock lock(one_opens);
  // Takes now what sending will take: once a part is sent, it is too late to refuse the rest. Where reading
  // needs the most, sending has all heads as well.
  const store::ReadLimits limits = ViewLimits();
  size_t most = 0;
  store::ReadLimits watched = limits;
  watched.may_hold = [&](size_t bytes) {
    most = std::max(most, bytes);
    return limits.may_hold(bytes);
  };
  bool fits = true;
  RETURN_IF_ERROR(view_->Visit(watched, [&](trace::Span& span) {
    if (raw_) return true;
    heads_.Add(span);
    if (heads_.size() % kSpansACheck == 0) fits = limits.may_hold(0);
    return fits;
  }));
  heads_.Settle();
  if (!fits || !limits.may_hold(most)) return TooLarge();
  return base::OkStatus();
}

size_t OutgoingTrace::bytes() const { return view_ != nullptr ? SIZE_MAX / 2 : BytesOf(trace_); }

Status OutgoingTrace::VisitSpans(const store::SpanVisitor& visit) {
  if (view_ == nullptr) {
    if (!raw_) Adjust(trace_);
    for (trace::Span& span : trace_.spans) {
      if (!visit(span)) break;
    }
    return base::OkStatus();
  }
  SpanAdjuster adjuster;
  size_t number = 0;
  return view_->Visit(ViewLimits(), [&](trace::Span& span) {
    if (!raw_) {
      heads_.Apply(number++, span);
      adjuster.Adjust(span);
    }
    return visit(span);
  });
}

OutgoingTraces Outgoing(query::SearchResult& result, bool raw) {
  OutgoingTraces traces;
  for (query::Hit& hit : result.hits)
    traces.push_back(std::make_unique<OutgoingTrace>(std::move(hit.trace), result.held, raw));
  return traces;
}

bool FitsAtOnce(const OutgoingTraces& traces) {
  size_t bytes = 0;
  for (const auto& trace : traces) {
    bytes += trace->bytes();
    if (bytes > store::kTraceBytesFree) return false;
  }
  return true;
}

}  // namespace awry::api
