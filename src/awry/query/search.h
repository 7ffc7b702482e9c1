// Runs a query over a store.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "awry/query/plan.h"
#include "awry/query/query.h"
#include "awry/store/trace_store.h"
#include "base/byte_budget.h"
#include "base/clock.h"

namespace awry::query {

struct SearchLimits {
  std::chrono::milliseconds time{10'000};     // kDeadlineExceeded when hits are still missing then
  std::chrono::milliseconds counting{2'000};  // after the last hit, for a true total
  size_t memory_bytes = 512u << 20;           // of traces held at once; kResourceExhausted
  // Shared by all questions, which together hold no more; must outlive their results. May be null.
  base::ByteBudget* budget = nullptr;
  unsigned threads = 1;                       // of the store's scan, and of evaluation, at most
  // Asked now and then, by several threads: true ends the search with kCancelled. May be empty.
  std::function<bool()> cancelled;
  const base::Clock* clock = &base::SystemClock();
};

// One trace that matches.
struct Hit {
  trace::Trace trace;
  std::vector<size_t> matched;  // indexes into trace.spans
  std::vector<trace::Label> labels;
  int64_t newest_ns = 0;  // start of the newest span that the plan's filter takes: the sort key
};

struct SearchResult {
  std::vector<Hit> hits;       // newest first
  uint64_t total = 0;          // matching traces in the window
  bool total_is_exact = true;  // false: counting stopped at `total`
  std::string next_cursor;     // "" when there are no more
  // Candidates that were not looked at since they are too large to be held whole: the first few of
  // them. The total is then not exact.
  std::vector<trace::TraceId> left_out;
  std::shared_ptr<base::BudgetShare> held;  // counts the traces of the hits; null when none is
};

inline constexpr size_t kLeftOutMax = 20;

// How far matches beyond the page are counted: not at all, as far as it costs no more than the page itself does, or
// to the end within SearchLimits::counting.
enum class Counting { kNone, kCheap, kAll };
// Matches that kCheap counts at least: by the store's indexes alone, or by reading traces.
inline constexpr size_t kCheapIds = 200;
inline constexpr size_t kCheapTraces = 32;

struct SearchOptions {
  Window window;
  size_t limit = 20;   // 1 … kSearchLimitMax
  std::string cursor;  // next_cursor of the page before; "" for the first
  Counting count = Counting::kAll;
  SearchLimits limits;
};

inline constexpr size_t kSearchLimitMax = 10'000;

// kInvalidArgument: a bad limit or cursor.
base::Result<SearchResult> Search(store::TraceStore& store, const Query& query,
                                  const SearchOptions& options);

// Visits every matching trace once, in any order, until `visit` returns false: for those who read
// many (why, checks, export). Only the time limit and the window of `options` count.
using MatchVisitor = std::function<bool(trace::Trace& trace, const std::vector<size_t>& matched)>;
base::Status VisitMatches(store::TraceStore& store, const Query& query, const Window& window,
                          const SearchLimits& limits, const MatchVisitor& visit);

// The values that `| select(…)` asks for, of one matched span: (field text, value text).
std::vector<std::pair<std::string, std::string>> SelectedValues(const Query& query, const Hit& hit,
                                                                size_t span_index);

}  // namespace awry::query
