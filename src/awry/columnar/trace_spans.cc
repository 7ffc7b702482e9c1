// Gives the spans of one trace by start: tables and runs each have theirs in that order, so that no more
// than one group of each run, and the spans of one nanosecond, are held at once. A group is opened when its
// turn comes: of runs that follow each other in time one is open.
#include <algorithm>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

#include "awry/columnar/group_reader.h"
#include "awry/columnar/snapshot.h"

namespace awry::columnar {

using base::Status;

namespace {

constexpr size_t kTiesMax = 4'096;  // spans of one nanosecond that are sorted together
constexpr size_t kSpansACheck = 256;

// Used by one thread.
class SpanSource {
 public:
  virtual ~SpanSource() = default;
  virtual bool done() const = 0;
  // Of the next span, or no later while it is not open.
  virtual int64_t start_ns() const = 0;
  virtual bool open() const { return true; }
  // Call when it is not open; it may be done afterwards.
  virtual base::Status Open() { return base::OkStatus(); }
  virtual base::Result<trace::Span> Take() = 0;
  virtual size_t held_bytes() const = 0;
};

Status TooMuch() {
  return base::ResourceExhausted(
      "reading the trace needs more than is left of --memory: try again when fewer questions are "
      "asked, or raise it");
}

// One span alone may be too large, which is seen before it is made. Who sends it holds it more than once, and as JSON.
base::Result<trace::Span> MakeSpan(const Schema& schema, const Row& row, const MayTake& may_take) {
  constexpr size_t kManyValues = 1'000;
  constexpr size_t kValueBytes = 256;
  if (row.values.size() > kManyValues && !may_take(row.values.size() * kValueBytes)) return TooMuch();
  return ToSpan(schema, row);
}

class TableSpans final : public SpanSource {
 public:
  TableSpans(const MemTable& table, size_t spans, const trace::TraceId& id, MayTake may_take)
      : table_(table), places_(table.PlacesOf(id, spans)), may_take_(std::move(may_take)) {}
  bool done() const override { return next_ == places_.size(); }
  int64_t start_ns() const override { return places_[next_].start_ns; }
  base::Result<trace::Span> Take() override {
    table_.ReadRowAt(places_[next_++], row_);
    return MakeSpan(table_.schema(), row_, may_take_);
  }
  size_t held_bytes() const override { return places_.capacity() * sizeof(places_[0]); }

 private:
  const MemTable& table_;
  const std::vector<MemTable::RowPlace> places_;
  const MayTake may_take_;
  size_t next_ = 0;
  Row row_;
};

class RunSpans final : public SpanSource {
 public:
  RunSpans(const SegmentRun& run, const trace::TraceId& id, MayTake may_take)
      : run_(run), id_(id), groups_(run.GroupsOf(id)), may_take_(std::move(may_take)) {}
  bool done() const override { return group_ == nullptr && groups_.first == groups_.second; }
  int64_t start_ns() const override {
    if (group_ != nullptr) return group_->start_ns(next_);
    // Of a group that begins with the trace, its first span is the trace's.
    const GroupRef& next = run_.footer().groups[groups_.first];
    return next.first_trace == id_ ? next.base_start_ns : run_.footer().start_min_ns;
  }
  bool open() const override { return group_ != nullptr; }
  Status Open() override { return LoadNext(); }
  base::Result<trace::Span> Take() override {
    if (!group_->ReadRow(next_, row_))
      return run_.file().Malformed("group values", group_->ref().offset);
    base::Result<trace::Span> span = MakeSpan(run_.schema(), row_, may_take_);
    if (++next_ == end_) group_.reset();
    return span;
  }
  size_t held_bytes() const override { return group_ == nullptr ? 0 : group_->held_bytes(); }

 private:
  Status LoadNext() {
    group_.reset();
    while (group_ == nullptr && groups_.first < groups_.second) {
      ASSIGN_OR_RETURN(std::unique_ptr<Group> group, run_.LoadGroupOf(groups_.first++, id_));
      if (group == nullptr) continue;
      size_t trace = 0;
      while (trace < group->traces().size() && group->trace_id(trace) != id_) ++trace;
      if (trace == group->traces().size()) continue;
      if (!group->ReadTimes(trace)) return run_.file().Malformed("group", group->ref().offset);
      next_ = group->traces()[trace].first;
      end_ = group->traces()[trace].end;
      RETURN_IF_ERROR(run_.OpenColumnsOf(*group, trace, may_take_));
      group_ = std::move(group);
    }
    return base::OkStatus();
  }

  const SegmentRun& run_;
  const trace::TraceId id_;
  std::pair<uint32_t, uint32_t> groups_;  // not yet loaded
  const MayTake may_take_;
  std::unique_ptr<Group> group_;
  uint32_t next_ = 0, end_ = 0;
  Row row_;
};

bool Later(const SpanSource* a, const SpanSource* b) { return a->start_ns() > b->start_ns(); }

// And `more` bytes beside.
bool MayHold(const std::vector<std::unique_ptr<SpanSource>>& sources, const store::ReadLimits& limits, size_t more) {
  if (!limits.may_hold) return true;
  for (const auto& source : sources) more += source->held_bytes();
  return limits.may_hold(more);
}

Status CheckHeld(const std::vector<std::unique_ptr<SpanSource>>& sources,
                 const store::ReadLimits& limits) {
  RETURN_IF_ERROR(store::CheckLimits(limits));
  if (MayHold(sources, limits, 0)) return base::OkStatus();
  return TooMuch();
}

}  // namespace

bool Snapshot::HasTrace(const trace::TraceId& id) const {
  for (const Table& table : tables_) {
    bool found = false;
    table.table->VisitTrace(id, table.spans, [&](const Row&) {
      found = true;
      return false;
    });
    if (found) return true;
  }
  const uint64_t hash = TraceFilter::Hash(id);
  return std::any_of(runs_.begin(), runs_.end(), [&](const SegmentRun* run) {
    if (!run->MayContain(hash)) return false;
    RunSpans spans(*run, id, [](size_t) { return false; });
    return !spans.Open().ok() || !spans.done();
  });
}

Status Snapshot::VisitSpans(const trace::TraceId& id, const store::ReadLimits& limits,
                            const store::SpanVisitor& visit) const {
  std::vector<std::unique_ptr<SpanSource>> sources;
  const MayTake may_take = [&](size_t bytes) {
    return !limits.may_hold || MayHold(sources, limits, bytes);
  };
  for (const Table& table : tables_)
    sources.push_back(std::make_unique<TableSpans>(*table.table, table.spans, id, may_take));
  const uint64_t hash = TraceFilter::Hash(id);
  for (const SegmentRun* run : runs_) {
    if (!run->MayContain(hash)) continue;
    auto spans = std::make_unique<RunSpans>(*run, id, may_take);
    sources.push_back(std::move(spans));
  }
  std::priority_queue<SpanSource*, std::vector<SpanSource*>, decltype(&Later)> queue(&Later);
  for (const auto& source : sources) {
    if (!source->done()) queue.push(source.get());
  }
  bool found = false;
  std::vector<trace::Span> ties;
  const auto give = [&] {
    if (ties.size() > 1) SortAndDeduplicate(ties);
    const bool go_on = std::all_of(ties.begin(), ties.end(), visit);
    ties.clear();
    return go_on;
  };
  for (size_t taken = 0; !queue.empty(); ++taken) {
    if (taken % kSpansACheck == 0) RETURN_IF_ERROR(CheckHeld(sources, limits));
    SpanSource* source = queue.top();
    queue.pop();
    if (!source->open()) {
      RETURN_IF_ERROR(source->Open());
      RETURN_IF_ERROR(CheckHeld(sources, limits));
      if (!source->done()) queue.push(source);
      continue;
    }
    found = true;
    const bool other = !ties.empty() && ties.front().start_ns != source->start_ns();
    if ((other || ties.size() == kTiesMax) && !give()) return base::OkStatus();
    ASSIGN_OR_RETURN(trace::Span span, source->Take());
    ties.push_back(std::move(span));
    if (!source->done()) queue.push(source);
  }
  if (!found) return base::NotFound("trace not found: " + trace::ToHex(id));
  give();
  return base::OkStatus();
}

}  // namespace awry::columnar
