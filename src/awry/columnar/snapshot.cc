#include "awry/columnar/snapshot.h"

#include <algorithm>
#include <deque>
#include <queue>
#include <unordered_set>

#include "awry/columnar/match_source.h"
#include "awry/columnar/segment_cursor.h"

namespace awry::columnar {

using base::Result;
using base::Status;

Snapshot::Snapshot(std::shared_ptr<const State> state, ProblemSink problems)
    : state_(std::move(state)), problems_(std::move(problems)) {
  for (const auto& table : state_->tables) tables_.push_back({table.get(), table->span_count()});
  for (const auto& segment : state_->segments) {
    for (const auto& run : segment->runs()) runs_.push_back(run.get());
  }
}

namespace {

SegmentCursor::OnRow AppendTo(const SegmentRun& run, std::vector<trace::Span>& spans) {
  return [&run, &spans](const Row& row) {
    spans.push_back(ToSpan(run.schema(), row));
    return base::OkStatus();
  };
}

}  // namespace

Result<trace::Trace> Snapshot::GetTrace(const trace::TraceId& id) const {
  trace::Trace trace{.id = id, .spans = {}};
  for (const Table& table : tables_) table.table->AppendTrace(id, table.spans, trace.spans);
  Status problem;
  for (const SegmentRun* run : runs_) {
    if (!run->MayContain(id)) continue;
    SegmentCursor cursor(*run, [&](const Status& status) {
      problem = status;
      problems_(status);
    });
    if (cursor.Seek(id)) RETURN_IF_ERROR(cursor.TakeRows(AppendTo(*run, trace.spans)));
  }
  RETURN_IF_ERROR(problem);
  if (trace.spans.empty()) return base::NotFound("trace not found: " + trace::ToHex(id));
  SortAndDeduplicate(trace.spans);
  return trace;
}

Status Snapshot::VisitTraces(std::span<const trace::TraceId> ids,
                             const store::TraceVisitor& visit) const {
  std::vector<SegmentCursor> cursors;
  cursors.reserve(runs_.size());
  for (const SegmentRun* run : runs_) cursors.emplace_back(*run, problems_);
  for (const trace::TraceId& id : ids) {
    trace::Trace trace{.id = id, .spans = {}};
    for (const Table& table : tables_) table.table->AppendTrace(id, table.spans, trace.spans);
    for (size_t i = 0; i < cursors.size(); ++i) {
      if (!cursors[i].Seek(id)) continue;
      RETURN_IF_ERROR(cursors[i].TakeRows(AppendTo(*runs_[i], trace.spans)));
    }
    if (trace.spans.empty()) continue;
    SortAndDeduplicate(trace.spans);
    if (!visit(trace)) break;
  }
  return base::OkStatus();
}

Status Snapshot::VisitAll(const store::TraceVisitor& visit) const {
  struct Source {
    std::vector<trace::TraceId> ids;  // of a table
    size_t next = 0;
  };
  std::vector<Source> sources;
  for (const Table& table : tables_) sources.push_back({table.table->SortedTraces(table.spans)});
  std::vector<SegmentCursor> cursors;
  cursors.reserve(runs_.size());
  for (const SegmentRun* run : runs_) {
    cursors.emplace_back(*run, problems_);
    cursors.back().SeekToFirst();
  }
  while (true) {
    const trace::TraceId* lowest = nullptr;
    for (const Source& source : sources) {
      if (source.next == source.ids.size()) continue;
      if (lowest == nullptr || source.ids[source.next] < *lowest) lowest = &source.ids[source.next];
    }
    for (const SegmentCursor& cursor : cursors) {
      if (cursor.valid() && (lowest == nullptr || cursor.trace_id() < *lowest))
        lowest = &cursor.trace_id();
    }
    if (lowest == nullptr) return base::OkStatus();
    trace::Trace trace{.id = *lowest, .spans = {}};
    for (size_t i = 0; i < sources.size(); ++i) {
      Source& source = sources[i];
      if (source.next == source.ids.size() || source.ids[source.next] != trace.id) continue;
      ++source.next;
      tables_[i].table->AppendTrace(trace.id, tables_[i].spans, trace.spans);
    }
    for (size_t i = 0; i < cursors.size(); ++i) {
      if (!cursors[i].valid() || cursors[i].trace_id() != trace.id) continue;
      RETURN_IF_ERROR(cursors[i].TakeRows(AppendTo(*runs_[i], trace.spans)));
    }
    if (trace.spans.empty()) continue;
    SortAndDeduplicate(trace.spans);
    if (!visit(trace)) return base::OkStatus();
  }
}

EqualGroups Snapshot::GroupsOf(const SegmentReader& segment, const RowFilter& filter) const {
  EqualGroups all(filter.equals_count());
  for (size_t e = 0; e < all.size(); ++e) {
    if (segment.version() > 1 && filter.MayBeUnindexed(e)) continue;
    auto groups = segment.GroupsWithAttribute(filter.hashes(e));
    if (groups.ok()) {
      all[e] = *std::move(groups);
    } else {
      problems_(groups.status());  // the index is of no help: all groups stay open
    }
  }
  return all;
}

Status Snapshot::Find(const store::SpanFilter& filter, const store::ReadLimits& limits,
                      const store::TraceIdVisitor& visit) const {
  const RowFilter prepared(filter);
  std::vector<std::unique_ptr<MatchSource>> sources;
  for (const Table& table : tables_) {
    if (table.spans > 0) sources.push_back(MakeTableSource(*table.table, table.spans, prepared));
  }
  std::deque<EqualGroups> groups;  // sources keep references
  for (const auto& segment : state_->segments) {
    RETURN_IF_ERROR(store::CheckLimits(limits));
    groups.push_back(GroupsOf(*segment, prepared));
    for (const auto& run : segment->runs())
      sources.push_back(MakeRunSource(*run, groups.back(), prepared, problems_));
  }
  const auto lower = [](const MatchSource* a, const MatchSource* b) {
    return a->Bound() < b->Bound();
  };
  std::priority_queue<MatchSource*, std::vector<MatchSource*>, decltype(lower)> queue(lower);
  for (const auto& source : sources) {
    if (!source->done()) queue.push(source.get());
  }
  std::unordered_set<trace::TraceId> seen;
  while (!queue.empty()) {
    RETURN_IF_ERROR(store::CheckLimits(limits));
    MatchSource* source = queue.top();
    queue.pop();
    TraceMatch match;
    if (source->Step(match) && seen.insert(match.trace_id).second && !visit(match.trace_id)) break;
    if (!source->done()) queue.push(source);
  }
  return base::OkStatus();
}

}  // namespace awry::columnar
