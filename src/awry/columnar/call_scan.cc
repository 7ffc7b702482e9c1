// The ids of traces are cut into stretches of some thousand spans, so that what a stretch needs stays
// in the processor's cache. All runs walk through a stretch, then its calls are settled: a parent that
// stands in another run or in a table is found there. A trace that stands in one place alone is counted
// where it stands. Only shapes, parents and span ids are read, and times where a run lies across the window's ends. A trace whose parents may stand in a run that lies
// outside of the window is left to the caller, as are those in which a span id stands twice.
#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "awry/columnar/call_counter.h"
#include "awry/columnar/snapshot.h"

namespace awry::columnar {

using base::Result;
using base::Status;
using trace::TraceId;

namespace {

constexpr size_t kStretchSpans = 12 * 1024;

struct Window {
  int64_t from_ns = 0;
  int64_t until_ns = 0;
  bool Has(int64_t start_ns) const { return start_ns >= from_ns && start_ns <= until_ns; }
  bool Meets(int64_t first_ns, int64_t last_ns) const {
    return first_ns <= until_ns && last_ns >= from_ns;
  }
};

// Tells which traces of a stretch stand in one place alone. Used by one thread.
class Places {
 public:
  void Clear() { once_ = twice_ = {}; }
  // Says that the trace stands in one place more.
  void Add(const TraceId& id) {
    const auto [word, bit] = Of(id);
    twice_[word] |= once_[word] & bit;
    once_[word] |= bit;
  }
  // True: in one alone. May be wrong when it is false.
  bool IsOne(const TraceId& id) const {
    const auto [word, bit] = Of(id);
    return (twice_[word] & bit) == 0;
  }

 private:
  static constexpr int kHashBits = 15;
  static std::pair<size_t, uint64_t> Of(const TraceId& id) {
    const uint64_t hash = (id.high ^ id.low * 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL >> (64 - kHashBits);
    return {hash / 64, uint64_t{1} << (hash % 64)};
  }
  using Bits = std::array<uint64_t, (size_t{1} << kHashBits) / 64>;
  Bits once_{}, twice_{};
};

// Tells whether all span ids of a trace differ. Used by one thread.
class Distinct {
 public:
  void Begin() {
    if (++trace_ == 0) {  // the numbers went round
      met_ = {};
      ++trace_;
    }
  }
  // False: perhaps it was added since Begin.
  bool Add(trace::SpanId id) {
    uint16_t& met = met_[id * 0x9e3779b97f4a7c15ULL >> 52];
    return std::exchange(met, trace_) != trace_;
  }

 private:
  std::array<uint16_t, 4096> met_{};  // the last trace that had an id of this hash
  uint16_t trace_ = 0;
};

// What all walks share.
struct Scan {
  Window window;
  CallCounter counter;
  Places places;  // of the stretch
  Distinct distinct;
  std::string scratch;
  bool all_runs_walk = true;  // false: parents may stand in a run outside of the window
};

// Walks through a run. Used by one thread.
class RunWalk {
 public:
  RunWalk(const SegmentRun& run, Scan& scan, const ProblemSink& problems)
      : run_(run), scan_(scan), problems_(problems) {
    const Schema& schema = run.schema();
    for (uint32_t s = 0; s < schema.shape_count(); ++s)
      services_.push_back(scan.counter.ServiceNumber(schema.service(schema.shape(s))));
    const RunFooter& footer = run.footer();
    all_in_window_ = scan.window.Has(footer.start_min_ns) && scan.window.Has(footer.start_max_ns);
  }

  // Reads what has traces below `end`, all that is left when it is null, and adds these to the places.
  void Gather(const TraceId* end) {
    const auto& groups = run_.footer().groups;
    for (; next_group_ < groups.size() && (!end || groups[next_group_].first_trace < *end); ++next_group_)
      Load(next_group_);
    size_t from = trace_;
    for (const Held& held : held_) {
      const Group& group = *held.group;
      for (size_t t = std::exchange(from, 0); t < group.traces().size(); ++t) {
        const TraceId id = group.trace_id(t);
        if (end && !(id < *end)) break;
        scan_.places.Add(id);
      }
    }
  }

  // Takes what was gathered up to the same `end`.
  void TakeUntil(const TraceId* end) {
    for (; !held_.empty(); held_.pop_front(), trace_ = 0) {
      const auto& traces = held_.front().group->traces();
      for (; trace_ < traces.size(); ++trace_) {
        if (end && !(held_.front().group->trace_id(trace_) < *end)) return;
        TakeTrace(held_.front(), trace_);
      }
    }
  }

 private:
  struct Held {
    std::unique_ptr<Group> group;
    std::vector<uint32_t> services;  // of each shape that it uses
    size_t far = 0;                  // the next of its far parents
    uint32_t Service(uint32_t row) const { return services[group->shape_numbers()[row]]; }
  };

  void Load(uint32_t number) {
    auto group = run_.LoadGroupHeads(number, scan_.scratch);
    Status status = group.status();
    if (status.ok() && !all_in_window_) status = run_.OpenTimes(**group);
    if (status.ok()) {
      Held& held = held_.emplace_back();
      held.group = *std::move(group);
      for (const uint32_t shape : held.group->used_shapes()) held.services.push_back(services_[shape]);
    } else {
      problems_(status);
    }
  }

  // Counts the calls of a trace that stands here alone; false where that takes a closer look.
  bool TakeAlone(Held& held, const Group::TraceRows& rows) {
    const Group& group = *held.group;
    const uint16_t* const numbers = group.shape_numbers().data();
    const uint32_t* const services = held.services.data();
    scan_.distinct.Begin();
    if (calls_.size() < rows.end - rows.first) calls_.resize(rows.end - rows.first);
    bool distinct = true;
    size_t far = 0, calls = 0;
    for (uint32_t i = rows.first; i < rows.end; ++i) {
      distinct = scan_.distinct.Add(group.span_id(i)) & distinct;
      const uint32_t parent = group.parent(i);
      const bool is_far = parent == Group::kFarParent;
      far += is_far ? 1 : 0;
      // One without a parent here is its own. Most rows are no calls, which nothing would foretell.
      const uint32_t parent_row = ((parent == 0) | is_far) ? i : parent - 1;
      const uint32_t from = services[numbers[parent_row]], to = services[numbers[i]];
      calls_[calls] = {from, to};
      calls += ((from != to) & (all_in_window_ || scan_.window.Has(group.start_ns(i)))) ? 1 : 0;
    }
    if (!distinct || (far > 0 && !scan_.all_runs_walk)) return false;
    held.far += far;  // they stand nowhere
    for (size_t i = 0; i < calls; ++i) scan_.counter.CountCall(calls_[i].first, calls_[i].second);
    return true;
  }

  void TakeTrace(Held& held, size_t trace) {
    Group& group = *held.group;
    const Group::TraceRows& rows = group.traces()[trace];
    const TraceId id = group.trace_id(trace);
    if (!all_in_window_ && !group.ReadTimes(trace)) {
      problems_(run_.file().Malformed("group", group.ref().offset));
      return;
    }
    if (scan_.places.IsOne(id) && TakeAlone(held, rows)) return;
    CallCounter& counter = scan_.counter;
    counter.BeginTrace(id);
    const auto base = counter.span_count() - rows.first;
    for (uint32_t i = rows.first; i < rows.end; ++i)
      counter.AddSpan(group.span_id(i), held.Service(i));
    for (uint32_t i = rows.first; i < rows.end; ++i) {
      const uint32_t parent = group.parent(i);
      if (parent == 0) continue;
      const bool far = parent == Group::kFarParent;
      const trace::SpanId far_id = far ? group.far_parents()[held.far++] : 0;
      if (!all_in_window_ && !scan_.window.Has(group.start_ns(i))) continue;
      if (far) {
        counter.AddFarCall(base + i, far_id);
      } else if (held.Service(i) != held.Service(parent - 1)) {
        counter.AddCall(base + i, base + parent - 1);
      }
    }
  }

  const SegmentRun& run_;
  Scan& scan_;
  const ProblemSink& problems_;
  std::vector<uint32_t> services_;  // of each shape
  bool all_in_window_ = false;
  std::vector<std::pair<uint32_t, uint32_t>> calls_;  // of one trace: services of parent and child; room for all
  std::deque<Held> held_;  // not taken yet
  uint32_t next_group_ = 0;
  size_t trace_ = 0;  // of the first one
};

// The spans of a table, dealt out to the stretches.
class TableWalk {
 public:
  TableWalk(const MemTable& table, size_t spans, const std::vector<TraceId>& ends, Scan& scan)
      : stretches_(ends.size() + 1), scan_(scan) {
    std::vector<uint32_t> services;
    // By the first bits of an id, which are random: the first stretch that it may be in.
    constexpr int kBits = 10;
    std::vector<size_t> first_stretch;
    for (uint64_t bits = 0; bits < uint64_t{1} << kBits; ++bits) {
      const TraceId least{bits << (64 - kBits), 0};
      first_stretch.push_back(static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), least) - ends.begin()));
    }
    table.VisitHeads(spans, [&](const SpanHead& head) {
      while (services.size() <= head.shape) {
        const Shape& shape = table.schema().shape(static_cast<uint32_t>(services.size()));
        services.push_back(scan.counter.ServiceNumber(table.schema().service(shape)));
      }
      size_t stretch = first_stretch[head.trace_id.high >> (64 - kBits)];
      const auto from = ends.begin() + static_cast<std::ptrdiff_t>(stretch);
      if (from != ends.end() && !(head.trace_id < *from))
        stretch = static_cast<size_t>(std::upper_bound(from, ends.end(), head.trace_id) - ends.begin());
      auto& heads = stretches_[stretch];
      heads.push_back(head);
      heads.back().shape = services[head.shape];
    });
  }

  void Gather(size_t stretch) {
    for (const SpanHead& head : stretches_[stretch]) scan_.places.Add(head.trace_id);
  }
  void Take(size_t stretch) {
    CallCounter& counter = scan_.counter;
    for (const SpanHead& head : stretches_[stretch]) {
      counter.BeginTrace(head.trace_id);
      const uint32_t place = counter.AddSpan(head.span_id, head.shape);
      if (head.parent_id != 0 && scan_.window.Has(head.start_ns))
        counter.AddFarCall(place, head.parent_id);
    }
    stretches_[stretch] = {};
  }

 private:
  std::vector<std::vector<SpanHead>> stretches_;  // their shape is the number of their service
  Scan& scan_;
};

// Where stretches end: ids that begin the next one.
std::vector<TraceId> CutIntoStretches(const std::vector<const SegmentRun*>& runs) {
  std::vector<std::pair<TraceId, uint32_t>> groups;
  for (const SegmentRun* run : runs) {
    for (const GroupRef& group : run->footer().groups)
      groups.emplace_back(group.first_trace, group.spans);
  }
  std::sort(groups.begin(), groups.end());
  std::vector<TraceId> ends;
  size_t spans = 0;
  for (const auto& [first, count] : groups) {
    if (spans >= kStretchSpans && (ends.empty() || ends.back() < first)) {
      ends.push_back(first);
      spans = 0;
    }
    spans += count;
  }
  return ends;
}

}  // namespace

Result<std::vector<store::ServiceCalls>> Snapshot::CountCalls(
    int64_t from_ns, int64_t until_ns, const store::ReadLimits& limits,
    const store::TraceIdVisitor& uncounted) const {
  const auto scan = std::make_unique<Scan>();
  const Window& window = scan->window = {from_ns, until_ns};
  std::vector<const SegmentRun*> runs, outside;
  for (const SegmentRun* run : runs_) {
    const bool meets = window.Meets(run->footer().start_min_ns, run->footer().start_max_ns);
    (meets ? runs : outside).push_back(run);
  }
  const auto may_be_outside = [&](const TraceId& id) {
    const uint64_t hash = TraceFilter::Hash(id);
    return std::any_of(outside.begin(), outside.end(),
                       [&](const SegmentRun* run) { return run->MayContain(hash); });
  };
  const std::vector<TraceId> ends = CutIntoStretches(runs);
  scan->all_runs_walk = outside.empty();
  std::vector<TableWalk> tables;
  for (const Table& table : tables_) {
    RETURN_IF_ERROR(store::CheckLimits(limits));
    if (table.spans > 0) tables.emplace_back(*table.table, table.spans, ends, *scan);
  }
  std::deque<RunWalk> walks;
  for (const SegmentRun* run : runs) walks.emplace_back(*run, *scan, problems_);
  for (size_t stretch = 0; stretch <= ends.size(); ++stretch) {
    RETURN_IF_ERROR(store::CheckLimits(limits));
    const TraceId* const end = stretch < ends.size() ? &ends[stretch] : nullptr;
    scan->places.Clear();
    for (RunWalk& walk : walks) walk.Gather(end);
    for (TableWalk& table : tables) table.Gather(stretch);
    for (RunWalk& walk : walks) walk.TakeUntil(end);
    for (TableWalk& table : tables) table.Take(stretch);
    scan->counter.Settle(may_be_outside);
  }
  for (const TraceId& id : scan->counter.uncounted()) {
    if (!uncounted(id)) break;
  }
  return scan->counter.Finish();
}

}  // namespace awry::columnar
