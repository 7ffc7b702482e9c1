// A trace on its way to a client within the memory that questions share: held when it is small, else
// read from the store span by span, as often as it takes.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "awry/api/query_source.h"
#include "awry/api/span_heads.h"
#include "base/byte_budget.h"
#include "base/status.h"
#include "trace/span.h"

namespace awry::api {

// Used by one thread.
class OutgoingTrace {
 public:
  // Finds a trace in the store, or else in the archive. What `source` names must outlive it. kNotFound:
  // "trace not found"; kResourceExhausted: even its ids and times take more than --memory leaves.
  static base::Result<std::unique_ptr<OutgoingTrace>> Open(const QuerySource& source,
                                                           const trace::TraceId& id, bool raw);
  // One that is held; `share` counts it.
  OutgoingTrace(trace::Trace trace, std::shared_ptr<base::BudgetShare> share, bool raw);

  const trace::TraceId& id() const { return trace_.id; }
  // About what it holds; what is not held counts as much as can be.
  size_t bytes() const;
  // Gives the spans, adjusted unless it is raw (wire-contract 7). Call once.
  base::Status VisitSpans(const store::SpanVisitor& visit);
  // Gives back what reading took, before the end is sent: who has it may ask the next question at once.
  void EndReading() { share_->ShrinkTo(heads_.held_bytes()); }

 private:
  OutgoingTrace(const QuerySource& source, const trace::TraceId& id, bool raw);
  base::Status OpenView(const QuerySource& source);
  store::ReadLimits ViewLimits();
  base::Status TooLarge() const;

  trace::Trace trace_;  // without spans when there is a view
  const query::SearchLimits limits_;
  const bool raw_;
  std::shared_ptr<base::BudgetShare> share_;
  std::unique_ptr<store::TraceView> view_;
  SpanHeads heads_;
};

using OutgoingTraces = std::vector<std::unique_ptr<OutgoingTrace>>;

// The hits of a search, newest first.
OutgoingTraces Outgoing(query::SearchResult& result, bool raw);

// Whether an answer with all of them is so small that it may be made at once.
bool FitsAtOnce(const OutgoingTraces& traces);

}  // namespace awry::api
