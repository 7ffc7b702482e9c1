// Candidates come newest first; they are read in small lots, evaluated, and kept until the page is
// full. Counting then goes on as long as it is allowed to.
#include "awry/query/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>
#include <unordered_set>

#include "awry/query/evaluator.h"
#include "awry/query/print.h"

namespace awry::query {
namespace {

constexpr size_t kLot = 64;  // traces read at once

// "start_ns.hits.id.id…": the sort key of the last hit, how many hits came before, and the hits
// that have exactly that key.
struct CursorPlace {
  int64_t newest_ns = store::kTimeMax;
  uint64_t hits_before = 0;
  std::vector<trace::TraceId> seen;
};

std::pair<const char*, std::errc> NumberAt(const char* begin, const char* end, auto& out) {
  const auto [at, problem] = std::from_chars(begin, end, out);
  return {at, problem};
}

base::Result<CursorPlace> ParseCursor(const std::string& text) {
  CursorPlace place;
  if (text.empty()) return place;
  const auto bad = [] {
    return base::InvalidArgument(
        "cursor is not one that a search gave: leave it out to begin anew");
  };
  const char* end = text.data() + text.size();
  auto [at, problem] = NumberAt(text.data(), end, place.newest_ns);
  if (problem != std::errc() || at == end || *at != '.') return bad();
  std::tie(at, problem) = NumberAt(at + 1, end, place.hits_before);
  if (problem != std::errc()) return bad();
  while (at != end) {
    if (*at != '.') return bad();
    const char* next = std::find(at + 1, end, '.');
    const auto id =
        trace::TraceIdFromHex(std::string_view(at + 1, static_cast<size_t>(next - at - 1)));
    if (!id.has_value()) return bad();
    place.seen.push_back(*id);
    at = next;
  }
  return place;
}

std::string CursorText(const SearchResult& result, const CursorPlace& before) {
  const int64_t key = result.hits.back().newest_ns;
  std::string out = fmt::format("{}.{}", key, before.hits_before + result.hits.size());
  if (before.newest_ns == key) {
    for (const trace::TraceId& id : before.seen) out += "." + trace::ToHex(id);
  }
  for (const Hit& hit : result.hits) {
    if (hit.newest_ns == key) out += "." + trace::ToHex(hit.trace.id);
  }
  return out;
}

// Roughly what a trace holds in memory.
size_t BytesOf(const trace::Trace& trace) {
  size_t bytes = sizeof(trace);
  for (const trace::Span& span : trace.spans) {
    bytes += sizeof(span) + span.name.size() + span.attributes.size() * sizeof(trace::Attribute);
    for (const trace::Attribute& attribute : span.attributes) {
      bytes += attribute.key.size() + attribute.value.view().bytes.size();
    }
    bytes += (span.events.size() + span.links.size()) * 256;
  }
  return bytes;
}

// Ids of labelled traces, each once.
std::vector<trace::TraceId> LabelledIds(store::TraceStore& store, trace::Verdict verdict) {
  std::vector<trace::TraceId> ids;
  std::unordered_set<trace::TraceId> seen;
  for (const trace::Label& label : store.Labels()) {
    if (label.verdict == verdict && seen.insert(label.trace_id).second)
      ids.push_back(label.trace_id);
  }
  return ids;
}

bool InWindow(const trace::Trace& trace, const std::vector<size_t>& matched, const Window& window) {
  return std::ranges::any_of(matched, [&](size_t index) {
    const int64_t start = trace.spans[index].start_ns;
    return start >= window.from_ns && start <= window.until_ns;
  });
}

// One run of one query. Used by one thread.
class Run {
 public:
  Run(store::TraceStore& store, const Query& query, const Window& window,
      const SearchLimits& limits)
      : store_(store),
        query_(query),
        window_(window),
        limits_(limits),
        plan_(MakePlan(query, window)),
        deadline_ns_(limits.clock->MonotonicNs() + limits.time.count() * 1'000'000) {}

  const Plan& plan() const { return plan_; }
  void SetUntil(int64_t until_ns) { scan_until_ns_ = until_ns; }

  // The spans that match in the window; empty when the trace does not.
  std::vector<size_t> Evaluate(const trace::Trace& trace, std::vector<trace::Label>* labels) {
    std::vector<trace::Label> own;
    if (labels != nullptr || query_.uses_labels()) own = store_.LabelsOf(trace.id);
    std::vector<size_t> matched = Match(query_, trace, own);
    if (!InWindow(trace, matched, window_)) matched.clear();
    if (labels != nullptr && !matched.empty()) *labels = std::move(own);
    return matched;
  }

  bool TimeIsUp() const { return limits_.clock->MonotonicNs() >= deadline_ns_; }
  base::Status TimeIsUpStatus() const {
    return base::DeadlineExceeded(
        fmt::format("query took longer than {} ms: narrow the time window, add a service or a "
                    "name, or ask for fewer traces",
                    limits_.time.count()));
  }

  // Calls `visit` with every candidate's id, newest first where the source has an order.
  base::Status VisitIds(const std::function<bool(const trace::TraceId&)>& visit) {
    if (plan_.source == Plan::Source::kSpans) {
      store::SpanFilter filter = plan_.filter;
      filter.start_until_ns = std::min(filter.start_until_ns, scan_until_ns_);
      return store_.FindTraces(filter, visit);
    }
    ASSIGN_OR_RETURN(const Candidates candidates, Sorted());
    for (const auto& [newest_ns, id] : candidates) {
      if (newest_ns <= scan_until_ns_ && !visit(id)) break;
    }
    return base::OkStatus();
  }

 private:
  using Candidates = std::vector<std::pair<int64_t, trace::TraceId>>;

  // Those of a source without an order, newest first.
  base::Result<Candidates> Sorted() {
    const auto ids =
        plan_.source == Plan::Source::kIds ? plan_.ids : LabelledIds(store_, plan_.verdict);
    Candidates sorted;
    RETURN_IF_ERROR(store_.GetTraces(ids, [&](trace::Trace& trace) {
      int64_t newest_ns = 0;
      if (Satisfies(plan_.filter, trace, &newest_ns)) sorted.emplace_back(newest_ns, trace.id);
      return !TimeIsUp();
    }));
    if (TimeIsUp()) return TimeIsUpStatus();
    std::ranges::sort(sorted, std::greater<>());
    return sorted;
  }

  store::TraceStore& store_;
  const Query& query_;
  Window window_;
  SearchLimits limits_;
  Plan plan_;
  int64_t deadline_ns_;
  int64_t scan_until_ns_ = store::kTimeMax;
};

// Fills one page, then counts. Used by one thread.
class PageReader {
 public:
  PageReader(store::TraceStore& store, const SearchOptions& options, CursorPlace place, Run& run)
      : store_(store), options_(options), place_(std::move(place)), run_(run) {}

  base::Result<SearchResult> Read() {
    run_.SetUntil(place_.newest_ns);
    RETURN_IF_ERROR(run_.VisitIds([this](const trace::TraceId& id) { return OnCandidate(id); }));
    ReadLot();
    RETURN_IF_ERROR(failure_);
    if (more_) result_.next_cursor = CursorText(result_, place_);
    result_.total += place_.hits_before;
    return std::move(result_);
  }

 private:
  bool OnCandidate(const trace::TraceId& id) {
    lot_.push_back(id);
    return lot_.size() < LotSize() || ReadLot();
  }

  size_t LotSize() const {
    return Full() ? kLot : std::min(kLot, options_.limit - result_.hits.size());
  }
  bool Full() const { return result_.hits.size() >= options_.limit; }

  // Returns false when reading should stop.
  bool ReadLot() {
    if (lot_.empty() || !failure_.ok()) return failure_.ok();
    if (Full() && run_.plan().exact && place_.seen.empty()) {
      result_.total += lot_.size();
      more_ = true;
      lot_.clear();
      return MayGoOn();
    }
    std::vector<std::optional<trace::Trace>> traces(lot_.size());
    const base::Status read = store_.GetTraces(lot_, [&](trace::Trace& trace) {
      const auto at = std::ranges::find(lot_, trace.id);
      if (at != lot_.end()) traces[static_cast<size_t>(at - lot_.begin())] = std::move(trace);
      return true;
    });
    if (!read.ok()) failure_ = read;
    lot_.clear();
    for (auto& trace : traces) {
      if (trace.has_value() && !Consider(*std::move(trace))) return false;
    }
    return MayGoOn();
  }

  bool Consider(trace::Trace trace) {
    Hit hit;
    if (!Satisfies(run_.plan().filter, trace, &hit.newest_ns)) return true;
    const bool passed = hit.newest_ns > place_.newest_ns ||
                        (hit.newest_ns == place_.newest_ns &&
                         std::ranges::find(place_.seen, trace.id) != place_.seen.end());
    if (passed) return true;
    hit.matched = run_.Evaluate(trace, Full() ? nullptr : &hit.labels);
    if (hit.matched.empty()) return true;
    ++result_.total;
    if (Full()) {
      more_ = true;
      return MayGoOn();
    }
    held_bytes_ += BytesOf(trace);
    if (held_bytes_ > options_.limits.memory_bytes) {
      failure_ = base::ResourceExhausted(
          fmt::format("query's answer needs more than {} MiB: ask for fewer traces at once",
                      options_.limits.memory_bytes >> 20));
      return false;
    }
    hit.trace = std::move(trace);
    result_.hits.push_back(std::move(hit));
    if (Full()) full_at_ns_ = options_.limits.clock->MonotonicNs();
    return true;
  }

  bool MayGoOn() {
    if (!failure_.ok()) return false;
    if (!Full()) {
      if (run_.TimeIsUp()) failure_ = run_.TimeIsUpStatus();
      return failure_.ok();
    }
    if (!options_.count && more_) {
      result_.total_is_exact = false;
      return false;
    }
    const int64_t counting_ns = options_.limits.clock->MonotonicNs() - full_at_ns_;
    if (!run_.TimeIsUp() && counting_ns < options_.limits.counting.count() * 1'000'000) return true;
    result_.total_is_exact = false;
    more_ = true;
    return false;
  }

  store::TraceStore& store_;
  const SearchOptions& options_;
  CursorPlace place_;
  Run& run_;
  SearchResult result_;
  std::vector<trace::TraceId> lot_;
  base::Status failure_;
  size_t held_bytes_ = 0;
  int64_t full_at_ns_ = 0;
  bool more_ = false;
};

}  // namespace

base::Result<SearchResult> Search(store::TraceStore& store, const Query& query,
                                  const SearchOptions& options) {
  if (options.limit == 0 || options.limit > kSearchLimitMax) {
    return base::InvalidArgument(
        fmt::format("limit must be 1 to {}: {}", kSearchLimitMax, options.limit));
  }
  ASSIGN_OR_RETURN(CursorPlace place, ParseCursor(options.cursor));
  Run run(store, query, options.window, options.limits);
  return PageReader(store, options, std::move(place), run).Read();
}

base::Status VisitMatches(store::TraceStore& store, const Query& query, const Window& window,
                          const SearchLimits& limits, const MatchVisitor& visit) {
  Run run(store, query, window, limits);
  base::Status failure;
  const auto consider = [&](trace::Trace& trace) {
    if (run.TimeIsUp()) {
      failure = run.TimeIsUpStatus();
      return false;
    }
    const std::vector<size_t> matched = run.Evaluate(trace, nullptr);
    return matched.empty() || visit(trace, matched);
  };
  if (run.plan().source == Plan::Source::kSpans) {
    RETURN_IF_ERROR(store.VisitTraces(run.plan().filter, consider));
    return failure;
  }
  const auto ids = run.plan().source == Plan::Source::kIds ? run.plan().ids
                                                           : LabelledIds(store, run.plan().verdict);
  RETURN_IF_ERROR(store.GetTraces(ids, consider));
  return failure;
}

std::vector<std::pair<std::string, std::string>> SelectedValues(const Query& query, const Hit& hit,
                                                                size_t span_index) {
  std::vector<std::pair<std::string, std::string>> out;
  Evaluator evaluator(hit.trace, hit.labels);
  for (const Stage& stage : query.pipeline().stages) {
    for (const Field& field : stage.select) {
      for (const Datum& datum : evaluator.Values(field, span_index)) {
        out.emplace_back(ToText(field), TextOf(datum));
      }
    }
  }
  return out;
}

}  // namespace awry::query
