// What the store is asked before a query is evaluated trace by trace.
#pragma once

#include <string>
#include <vector>

#include "awry/query/query.h"
#include "awry/store/trace_store.h"

namespace awry::query {

// Both ends inclusive, of a span's start, Unix ns.
struct Window {
  int64_t from_ns = store::kTimeMin;
  int64_t until_ns = store::kTimeMax;
};

// Where candidate traces come from.
struct Plan {
  enum class Source {
    kSpans,   // store::FindTraces with `filter`
    kLabels,  // the traces that are labelled `verdict`
    kIds      // `ids`
  };
  Source source = Source::kSpans;
  // One span of every matching trace satisfies it, whatever the source.
  store::SpanFilter filter;
  trace::Verdict verdict = trace::Verdict::kWrong;
  std::vector<trace::TraceId> ids;
  // Whether every trace that passes the filter matches: then counting needs no reading.
  bool exact = false;
  // The same of a store that SettlesEquals.
  bool exact_with_equals = false;
  std::string rest;  // what is evaluated after reading; "" when exact

  // For people (`--explain`) and tests, one line per step.
  std::string ToText() const;
};

// A trace matches in a window when a span that the query matches starts in it. Where the query
// names several spansets, their spans are looked for up to this far around the window.
inline constexpr int64_t kTraceLengthMaxNs = 3'600'000'000'000;

Plan MakePlan(const Query& query, const Window& window);

// Whether one span of `trace` satisfies all of `filter`. The newest such span's start goes to
// `newest_ns` when given.
bool Satisfies(const store::SpanFilter& filter, const trace::Trace& trace,
               int64_t* newest_ns = nullptr);

}  // namespace awry::query
