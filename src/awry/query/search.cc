// Candidates come newest first; they are read in lots, evaluated, and kept until the page is full. Counting then goes on as long as it is allowed to.
#include "awry/query/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <span>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "awry/query/evaluator.h"
#include "awry/query/print.h"
#include "base/mutex.h"

namespace awry::query {
namespace {

constexpr size_t kLot = 64;  // traces read at once, at first
// Traces lie sorted by id, candidates come by time: reading few at once opens a block for each of them.
// Where hits are rare, or are only counted, lots grow to this; their traces are not held.
constexpr size_t kLotMax = 16'384;
constexpr size_t kLotGrowth = 4;
constexpr size_t kLotShared = 32;  // from this size on by several threads
constexpr size_t kThreadsMax = 16;

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

size_t BytesOf(const trace::Trace& trace) {
  size_t bytes = sizeof(trace);
  for (const trace::Span& span : trace.spans) bytes += trace::HeldBytes(span);
  return bytes;
}

// What the hits of one search hold, and which traces were too large to be held. Thread-safe.
class HeldTraces {
 public:
  explicit HeldTraces(const SearchLimits& limits)
      : limits_(limits), share_(std::make_shared<base::BudgetShare>(limits.budget)) {}

  base::Status Hold(size_t bytes) {
    const base::MutexLock lock(mutex_);
    bytes_ += bytes;
    if (bytes_ <= limits_.memory_bytes && share_->GrowTo(bytes_)) return base::OkStatus();
    return base::ResourceExhausted(
        fmt::format("query's answer needs more than {} MiB, or than other questions leave of it: ask "
                    "for fewer traces at once",
                    limits_.memory_bytes >> 20));
  }
  void Drop(size_t bytes) {
    const base::MutexLock lock(mutex_);
    bytes_ -= bytes;
    share_->ShrinkTo(bytes_);
  }
  void LeaveOut(const trace::TraceId& id) {
    const base::MutexLock lock(mutex_);
    any_left_out_ = true;
    if (left_out_.size() < kLeftOutMax && std::ranges::find(left_out_, id) == left_out_.end())
      left_out_.push_back(id);
  }
  void Finish(SearchResult& result) {
    const base::MutexLock lock(mutex_);
    result.held = share_;
    result.left_out = left_out_;
    if (any_left_out_) result.total_is_exact = false;
  }

 private:
  const SearchLimits& limits_;
  base::Mutex mutex_;
  const std::shared_ptr<base::BudgetShare> share_ GUARDED_BY(mutex_);
  size_t bytes_ GUARDED_BY(mutex_) = 0;
  std::vector<trace::TraceId> left_out_ GUARDED_BY(mutex_);
  bool any_left_out_ GUARDED_BY(mutex_) = false;
};

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
        deadline_ns_(limits.clock->MonotonicNs() + limits.time.count() * 1'000'000),
        scan_ends_ns_(deadline_ns_) {}

  const Plan& plan() const { return plan_; }
  // Whether a candidate is a match without a look at it.
  bool candidates_match() const { return plan_.exact || (plan_.exact_with_equals && store_.SettlesEquals()); }
  void SetUntil(int64_t until_ns) { scan_until_ns_ = until_ns; }
  // From here on candidates are only counted.
  void BeginCounting() {
    const int64_t ends_ns =
        limits_.clock->MonotonicNs() + limits_.counting.count() * int64_t{1'000'000};
    scan_ends_ns_ = std::min(deadline_ns_, ends_ns);
  }
  bool CountingIsUp() const { return limits_.clock->MonotonicNs() >= scan_ends_ns_; }

  // The spans that match in the window; empty when the trace does not.
  std::vector<size_t> Evaluate(const trace::Trace& trace,
                               std::vector<trace::Label>* labels) const {
    std::vector<trace::Label> own;
    if (labels != nullptr || query_.uses_labels()) own = store_.LabelsOf(trace.id);
    std::vector<size_t> matched = Match(query_, trace, own);
    if (!InWindow(trace, matched, window_)) matched.clear();
    if (labels != nullptr && !matched.empty()) *labels = std::move(own);
    return matched;
  }

  bool IsCancelled() const { return limits_.cancelled && limits_.cancelled(); }
  static base::Status CancelledStatus() {
    return {base::StatusCode::kCancelled, "query was cancelled: its client is gone"};
  }
  bool TimeIsUp() const { return limits_.clock->MonotonicNs() >= deadline_ns_; }
  base::Status TimeIsUpStatus() const {
    return base::DeadlineExceeded(
        fmt::format("query took longer than {} ms: narrow the time window, add a service or a "
                    "name, or ask for fewer traces",
                    limits_.time.count()));
  }

  // For the store's scan, which may find no candidate for long.
  store::ReadLimits ScanLimits() const {
    return {.cancelled = [this] { return IsCancelled() || CountingIsUp(); },
            .threads = limits_.threads};
  }
  // Why the store's scan ended early: OK when candidates were only counted any more.
  base::Status ScanStatus(const base::Status& status, bool counting) const {
    if (status.code() != base::StatusCode::kCancelled) return status;
    if (IsCancelled()) return CancelledStatus();
    return counting ? base::OkStatus() : TimeIsUpStatus();
  }

  // Calls `visit` with every candidate's id, newest first where the source has an order. kCancelled
  // when the scan was stopped: ScanStatus says why.
  base::Status VisitIds(const std::function<bool(const trace::TraceId&)>& visit) {
    if (plan_.source == Plan::Source::kSpans) {
      store::SpanFilter filter = plan_.filter;
      filter.start_until_ns = std::min(filter.start_until_ns, scan_until_ns_);
      return store_.FindTracesWithin(filter, ScanLimits(), visit);
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
      return !TimeIsUp() && !IsCancelled();
    }));
    if (IsCancelled()) return CancelledStatus();
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
  std::atomic<int64_t> scan_ends_ns_;  // read by the store's threads
  int64_t scan_until_ns_ = store::kTimeMax;
};

// Fills one page, then counts. Used by one thread.
class PageReader {
 public:
  PageReader(store::TraceStore& store, const SearchOptions& options, CursorPlace place, Run& run)
      : store_(store), options_(options), place_(std::move(place)), run_(run), held_(options.limits) {}

  base::Result<SearchResult> Read() {
    run_.SetUntil(place_.newest_ns);
    const base::Status visited =
        run_.VisitIds([this](const trace::TraceId& id) { return OnCandidate(id); });
    RETURN_IF_ERROR(failure_);
    RETURN_IF_ERROR(run_.ScanStatus(visited, Full()));
    if (!visited.ok()) {
      result_.total_is_exact = false;
      more_ = true;
    }
    if (visited.ok()) ReadLot();
    RETURN_IF_ERROR(failure_);
    if (more_) result_.next_cursor = CursorText(result_, place_);
    result_.total += place_.hits_before;
    held_.Finish(result_);
    return std::move(result_);
  }

 private:
  bool OnCandidate(const trace::TraceId& id) {
    lot_.push_back(id);
    return lot_.size() < LotSize() || ReadLot();
  }

  size_t LotSize() const {
    if (Full() && options_.count == Counting::kNone) return 1;  // whether there is more
    if (Full() && options_.count == Counting::kCheap) return run_.plan().exact ? kCheapIds : kCheapTraces;
    return Full() ? kLotMax : std::min(kLotMax, std::max(grown_, std::min(kLot, options_.limit - result_.hits.size())));
  }
  bool Full() const { return result_.hits.size() >= options_.limit; }

  // Returns false when reading should stop.
  bool ReadLot() {
    if (lot_.empty() || !failure_.ok()) return failure_.ok();
    if (Full() && run_.candidates_match() && place_.seen.empty()) {
      result_.total += lot_.size();
      counted_ += lot_.size();
      more_ = true;
      lot_.clear();
      return MayGoOn();
    }
    const bool counting = Full();
    const bool sieves = !counting && lot_.size() > kLot;
    std::vector<std::optional<Hit>> candidates(lot_.size());
    if (const base::Status read = Judge(counting || sieves, candidates); !read.ok()) failure_ = read;
    const bool none = std::ranges::none_of(candidates, [](const auto& hit) { return hit.has_value(); });
    grown_ = none ? kLotGrowth * lot_.size() : 0;
    lot_.clear();
    if (sieves && !none) return ReadAgain(candidates);
    for (auto& candidate : candidates) {
      if (candidate.has_value() && !Take(*std::move(candidate))) return false;
    }
    if (counting) counted_ += candidates.size();
    return MayGoOn();
  }

  // The matches of a grown lot once more, in small lots that are held until they are taken.
  bool ReadAgain(const std::vector<std::optional<Hit>>& matches) {
    for (const auto& match : matches) {
      if (match.has_value() && !OnCandidate(match->trace.id)) return false;
    }
    return ReadLot();
  }

  // Reads and evaluates the lot, a large one by several threads. With `ids_only` hits have no spans.
  base::Status Judge(bool ids_only, std::vector<std::optional<Hit>>& out) {
    const size_t parts =
        lot_.size() < kLotShared ? 1 : std::clamp<size_t>(options_.limits.threads, 1, kThreadsMax);
    const size_t share = (lot_.size() + parts - 1) / parts;
    std::vector<base::Status> ended(parts);
    const auto judge = [&](size_t part) {
      const size_t from = std::min(part * share, lot_.size());
      const size_t count = std::min(share, lot_.size() - from);
      ended[part] = JudgePart(std::span(lot_).subspan(from, count), ids_only,
                              std::span(out).subspan(from, count));
    };
    {
      std::vector<std::jthread> others;
      for (size_t part = 1; part < parts; ++part) others.emplace_back(judge, part);
      judge(0);
    }
    for (const base::Status& status : ended) RETURN_IF_ERROR(status);
    return base::OkStatus();
  }

  base::Status JudgePart(std::span<const trace::TraceId> ids, bool ids_only,
                         std::span<std::optional<Hit>> out) {
    std::unordered_map<trace::TraceId, size_t> places;
    for (size_t i = 0; i < ids.size(); ++i) places.emplace(ids[i], i);
    base::BudgetShare reading(options_.limits.budget);  // the trace that is being read
    const store::ReadLimits limits{
        .may_hold =
            [&](size_t bytes) {
              return bytes <= options_.limits.memory_bytes && reading.GrowTo(bytes);
            },
        .left_out =
            [&](const trace::TraceId& id) {
              reading.Reset();
              held_.LeaveOut(id);
            }};
    base::Status over;
    RETURN_IF_ERROR(store_.GetTracesWithin(ids, limits, [&](trace::Trace& trace) {
      reading.Reset();
      const auto place = places.find(trace.id);
      Hit hit;
      const bool go_on = !run_.IsCancelled() && !(Full() ? run_.CountingIsUp() : run_.TimeIsUp());
      if (place == places.end() || !Satisfies(run_.plan().filter, trace, &hit.newest_ns)) return go_on;
      hit.matched = run_.Evaluate(trace, ids_only ? nullptr : &hit.labels);
      if (hit.matched.empty()) return go_on;
      if (ids_only) {
        hit.trace.id = trace.id;
      } else {
        over = held_.Hold(BytesOf(trace));
        if (!over.ok()) return false;
        hit.trace = std::move(trace);
      }
      out[place->second] = std::move(hit);
      return go_on;
    }));
    return over;
  }

  bool Take(Hit hit) {
    const bool passed = hit.newest_ns > place_.newest_ns ||
                        (hit.newest_ns == place_.newest_ns &&
                         std::ranges::find(place_.seen, hit.trace.id) != place_.seen.end());
    const bool full = Full();
    if ((passed || full) && !hit.trace.spans.empty()) held_.Drop(BytesOf(hit.trace));
    if (passed) return true;
    ++result_.total;
    if (full) {
      more_ = true;
      return MayGoOn();
    }
    result_.hits.push_back(std::move(hit));
    if (Full()) run_.BeginCounting();
    return true;
  }

  bool MayGoOn() {
    if (!failure_.ok()) return false;
    if (run_.IsCancelled()) {
      failure_ = Run::CancelledStatus();
      return false;
    }
    if (!Full()) {
      if (run_.TimeIsUp()) failure_ = run_.TimeIsUpStatus();
      return failure_.ok();
    }
    if (more_ && (options_.count == Counting::kNone || (options_.count == Counting::kCheap && counted_ >= LotSize()))) {
      result_.total_is_exact = false;
      return false;
    }
    if (!run_.CountingIsUp()) return true;
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
  HeldTraces held_;
  size_t grown_ = 0;  // what a lot may hold since the one before had no hit
  size_t counted_ = 0;  // candidates looked at since the page was full
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
    if (run.IsCancelled()) {
      failure = Run::CancelledStatus();
      return false;
    }
    if (run.TimeIsUp()) {
      failure = run.TimeIsUpStatus();
      return false;
    }
    const std::vector<size_t> matched = run.Evaluate(trace, nullptr);
    return matched.empty() || visit(trace, matched);
  };
  if (run.plan().source == Plan::Source::kSpans) {
    const base::Status visited =
        store.VisitTracesWithin(run.plan().filter, run.ScanLimits(), consider);
    RETURN_IF_ERROR(failure);
    return run.ScanStatus(visited, false);
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
