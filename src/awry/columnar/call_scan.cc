// The ids of traces are cut into stretches of some thousand spans, so that what a stretch needs stays
// in the processor's cache. All runs walk through a stretch, then its calls are settled: a parent that
// stands in another run or in a table is found there. Only shapes, parents and span ids are read, and
// times where a run lies across the window's ends. A trace whose parents may stand in a run that lies
// outside of the window is left to the caller, as are those in which a span id stands twice.
#include <algorithm>
#include <memory>
#include <optional>
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

// Walks through a run. Used by one thread.
class RunWalk {
 public:
  RunWalk(const SegmentRun& run, const Window& window, CallCounter& counter,
          const ProblemSink& problems)
      : run_(run), window_(window), counter_(counter), problems_(problems) {
    const Schema& schema = run.schema();
    for (uint32_t s = 0; s < schema.shape_count(); ++s)
      services_.push_back(counter.ServiceNumber(schema.service(schema.shape(s))));
    const RunFooter& footer = run.footer();
    all_in_window_ = window.Has(footer.start_min_ns) && window.Has(footer.start_max_ns);
  }

  // Takes the traces below `end`; all that are left without one.
  void TakeUntil(const std::optional<TraceId>& end) {
    const auto& groups = run_.footer().groups;
    while (true) {
      if (!group_) {
        if (next_group_ == groups.size() || (end && !(groups[next_group_].first_trace < *end)))
          return;
        Load(next_group_++);
        continue;
      }
      const auto& traces = group_->traces();
      for (; trace_ < traces.size(); ++trace_) {
        if (end && !(traces[trace_].id < *end)) return;
        TakeTrace(traces[trace_]);
      }
      group_.reset();
    }
  }

 private:
  void Load(uint32_t number) {
    trace_ = far_ = 0;
    auto group = run_.LoadGroupCore(number);
    Status status = group.status();
    if (status.ok()) status = run_.OpenIds(**group);
    if (status.ok()) status = run_.OpenParents(**group);
    if (status.ok() && !all_in_window_) status = run_.OpenTimes(**group);
    if (status.ok()) {
      group_ = *std::move(group);
    } else {
      problems_(status);
    }
  }

  void TakeTrace(const Group::TraceRows& rows) {
    counter_.BeginTrace(rows.id);
    const auto base = counter_.span_count() - rows.first;
    for (uint32_t i = rows.first; i < rows.end; ++i)
      counter_.AddSpan(group_->span_id(i), services_[group_->shapes()[i]]);
    for (uint32_t i = rows.first; i < rows.end; ++i) {
      const uint32_t parent = group_->parent(i);
      if (parent == 0) continue;
      const bool far = parent == Group::kFarParent;
      const trace::SpanId far_id = far ? group_->far_parents()[far_++] : 0;
      if (!all_in_window_ && !window_.Has(group_->start_ns(i))) continue;
      if (far) {
        counter_.AddFarCall(base + i, far_id);
      } else if (services_[group_->shapes()[i]] != services_[group_->shapes()[parent - 1]]) {
        counter_.AddCall(base + i, base + parent - 1);
      }
    }
  }

  const SegmentRun& run_;
  const Window& window_;
  CallCounter& counter_;
  const ProblemSink& problems_;
  std::vector<uint32_t> services_;  // of each shape
  bool all_in_window_ = false;
  std::unique_ptr<Group> group_;
  uint32_t next_group_ = 0;
  size_t trace_ = 0, far_ = 0;
};

// The spans of a table, dealt out to the stretches.
class TableWalk {
 public:
  TableWalk(const MemTable& table, size_t spans, const std::vector<TraceId>& ends,
            const Window& window, CallCounter& counter)
      : stretches_(ends.size() + 1), window_(window), counter_(counter) {
    std::vector<uint32_t> services;
    table.VisitHeads(spans, [&](const SpanHead& head) {
      while (services.size() <= head.shape) {
        const Shape& shape = table.schema().shape(static_cast<uint32_t>(services.size()));
        services.push_back(counter.ServiceNumber(table.schema().service(shape)));
      }
      const auto stretch = std::upper_bound(ends.begin(), ends.end(), head.trace_id) - ends.begin();
      auto& heads = stretches_[static_cast<size_t>(stretch)];
      heads.push_back(head);
      heads.back().shape = services[head.shape];
    });
  }

  void Take(size_t stretch) {
    for (const SpanHead& head : stretches_[stretch]) {
      counter_.BeginTrace(head.trace_id);
      const uint32_t place = counter_.AddSpan(head.span_id, head.shape);
      if (head.parent_id != 0 && window_.Has(head.start_ns))
        counter_.AddFarCall(place, head.parent_id);
    }
    stretches_[stretch] = {};
  }

 private:
  std::vector<std::vector<SpanHead>> stretches_;  // their shape is the number of their service
  const Window& window_;
  CallCounter& counter_;
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
  const Window window{from_ns, until_ns};
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
  CallCounter counter;
  std::vector<TableWalk> tables;
  for (const Table& table : tables_) {
    RETURN_IF_ERROR(store::CheckLimits(limits));
    if (table.spans > 0) tables.emplace_back(*table.table, table.spans, ends, window, counter);
  }
  std::vector<RunWalk> walks;
  walks.reserve(runs.size());
  for (const SegmentRun* run : runs) walks.emplace_back(*run, window, counter, problems_);
  for (size_t stretch = 0; stretch <= ends.size(); ++stretch) {
    RETURN_IF_ERROR(store::CheckLimits(limits));
    const auto end = stretch < ends.size() ? std::optional(ends[stretch]) : std::nullopt;
    for (RunWalk& walk : walks) walk.TakeUntil(end);
    for (TableWalk& table : tables) table.Take(stretch);
    counter.Settle(may_be_outside);
  }
  for (const TraceId& id : counter.uncounted()) {
    if (!uncounted(id)) break;
  }
  return counter.Finish();
}

}  // namespace awry::columnar
