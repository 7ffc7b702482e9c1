#include "awry/columnar/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <queue>
#include <unordered_set>

#include "awry/columnar/match_source.h"
#include "awry/columnar/segment_cursor.h"

namespace awry::columnar {

using base::Result;
using base::Status;

Snapshot::Snapshot(std::shared_ptr<const State> state, size_t trace_bytes_max, ProblemSink problems)
    : state_(std::move(state)), trace_bytes_max_(trace_bytes_max), problems_(std::move(problems)) {
  for (const auto& table : state_->tables) tables_.push_back({table.get(), table->span_count()});
  for (const auto& segment : state_->segments) {
    for (const auto& run : segment->runs()) runs_.push_back(run.get());
  }
}

namespace {

Status TakeRows(SegmentCursor& cursor, TraceTaker& taker, const SegmentCursor::OnRow& on_row) {
  const Status taken = cursor.TakeRows(on_row, [&](size_t bytes) { return taker.MayTake(bytes); });
  if (taken.code() == base::StatusCode::kResourceExhausted) taker.GiveUp();
  return taker.too_large() ? base::OkStatus() : taken;
}

// Goes on to the next trace behind it.
Status TakeAllFrom(SegmentCursor& cursor, TraceTaker& taker) {
  return TakeRows(cursor, taker, [&](const Row& row) {
    taker.Take(cursor.run().schema(), row);
    return base::OkStatus();
  });
}

// The rest of a trace that became too large is not read: the next id is sought.
Status TakeFrom(SegmentCursor& cursor, TraceTaker& taker) {
  return TakeRows(cursor, taker, [&](const Row& row) -> Status {
    if (taker.Take(cursor.run().schema(), row)) return base::OkStatus();
    return {base::StatusCode::kCancelled, "trace is too large"};
  });
}

void TakeFrom(const MemTable& table, size_t spans, TraceTaker& taker) {
  table.VisitTrace(taker.id(), spans, [&](const Row& row) { return taker.Take(table.schema(), row); });
}

}  // namespace

Result<trace::Trace> Snapshot::GetTrace(const trace::TraceId& id,
                                        const store::ReadLimits& limits) const {
  TraceTaker taker(id, trace_bytes_max_, limits);
  for (const Table& table : tables_) TakeFrom(*table.table, table.spans, taker);
  Status problem;
  const uint64_t hash = TraceFilter::Hash(id);
  for (const SegmentRun* run : runs_) {
    if (taker.too_large()) break;
    if (!run->MayContain(hash)) continue;
    SegmentCursor cursor(*run, [&](const Status& status) {
      problem = status;
      problems_(status);
    });
    if (cursor.Seek(id)) RETURN_IF_ERROR(TakeFrom(cursor, taker));
  }
  RETURN_IF_ERROR(problem);
  if (taker.too_large()) {
    return base::ResourceExhausted(
        fmt::format("trace is too large to be held whole within --memory: {}, {} spans or more",
                    trace::ToHex(id), taker.spans_seen()));
  }
  if (taker.spans_seen() == 0) return base::NotFound("trace not found: " + trace::ToHex(id));
  return taker.Finish();
}

bool Snapshot::Give(TraceTaker& taker, const store::ReadLimits& limits,
                    const store::TraceVisitor& visit) const {
  if (taker.spans_seen() == 0) return true;
  if (!taker.too_large()) {
    trace::Trace trace = taker.Finish();
    return visit(trace);
  }
  if (limits.left_out) {
    limits.left_out(taker.id());
  } else {
    // Without its id: many such traces must not hide other problems.
    problems_(base::ResourceExhausted(
        "left out of what reads many traces (why, checks, statistics): a trace too large to be held "
        "whole within --memory"));
  }
  return true;
}

Status Snapshot::VisitTraces(std::span<const trace::TraceId> ids, const store::ReadLimits& limits,
                             const store::TraceVisitor& visit) const {
  std::vector<SegmentCursor> cursors;
  cursors.reserve(runs_.size());
  for (const SegmentRun* run : runs_) cursors.emplace_back(*run, problems_);
  for (const trace::TraceId& id : ids) {
    RETURN_IF_ERROR(store::CheckLimits(limits));
    TraceTaker taker(id, trace_bytes_max_, limits);
    for (const Table& table : tables_) TakeFrom(*table.table, table.spans, taker);
    for (size_t i = 0; i < cursors.size(); ++i) {
      if (taker.too_large() || !cursors[i].Seek(id)) continue;
      RETURN_IF_ERROR(TakeFrom(cursors[i], taker));
    }
    if (!Give(taker, limits, visit)) break;
  }
  return base::OkStatus();
}

Status Snapshot::VisitAll(const store::ReadLimits& limits, const store::TraceVisitor& visit) const {
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
    RETURN_IF_ERROR(store::CheckLimits(limits));
    std::optional<trace::TraceId> lowest;
    for (const Source& source : sources) {
      if (source.next == source.ids.size()) continue;
      if (!lowest || source.ids[source.next] < *lowest) lowest = source.ids[source.next];
    }
    for (const SegmentCursor& cursor : cursors) {
      if (cursor.valid() && (!lowest || cursor.trace_id() < *lowest)) lowest = cursor.trace_id();
    }
    if (!lowest) return base::OkStatus();
    TraceTaker taker(*lowest, trace_bytes_max_, limits);
    for (size_t i = 0; i < sources.size(); ++i) {
      Source& source = sources[i];
      if (source.next == source.ids.size() || source.ids[source.next] != taker.id()) continue;
      ++source.next;
      TakeFrom(*tables_[i].table, tables_[i].spans, taker);
    }
    for (size_t i = 0; i < cursors.size(); ++i) {
      if (!cursors[i].valid() || cursors[i].trace_id() != taker.id()) continue;
      RETURN_IF_ERROR(TakeAllFrom(cursors[i], taker));
    }
    if (!Give(taker, limits, visit)) return base::OkStatus();
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

namespace {

// The runs that may have a match, as far as the segment's index tells: where a value is rare, most
// runs are not even looked at.
std::vector<const SegmentRun*> RunsFor(const SegmentReader& segment, const EqualGroups& groups,
                                       const store::SpanFilter& filter) {
  const std::vector<uint32_t>* rarest = nullptr;
  for (size_t e = 0; e < groups.size(); ++e) {
    if (!groups[e].has_value() || segment.SharedHaveKey(filter.equals[e].first)) continue;
    if (rarest == nullptr || groups[e]->size() < rarest->size()) rarest = &*groups[e];
  }
  if (rarest != nullptr) return segment.RunsOf(*rarest);
  std::vector<const SegmentRun*> all;
  for (const auto& run : segment.runs()) all.push_back(run.get());
  return all;
}

}  // namespace

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
    for (const SegmentRun* run : RunsFor(*segment, groups.back(), filter))
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
