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

class TableSpans final : public SpanSource {
 public:
  TableSpans(const MemTable& table, size_t spans, const trace::TraceId& id)
      : table_(table), places_(table.PlacesOf(id, spans)) {}
  bool done() const override { return next_ == places_.size(); }
  int64_t start_ns() const override { return places_[next_].start_ns; }
  base::Result<trace::Span> Take() override {
    table_.ReadRowAt(places_[next_++], row_);
    return ToSpan(table_.schema(), row_);
  }
  size_t held_bytes() const override { return places_.capacity() * sizeof(places_[0]); }

 private:
  const MemTable& table_;
  const std::vector<MemTable::RowPlace> places_;
  size_t next_ = 0;
  Row row_;
};

class RunSpans final : public SpanSource {
 public:
  RunSpans(const SegmentRun& run, const trace::TraceId& id)
      : run_(run), id_(id), groups_(run.GroupsOf(id)) {}
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
    trace::Span span = ToSpan(run_.schema(), row_);
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
      const auto& traces = group->traces();
      const auto rows = std::find_if(traces.begin(), traces.end(),
                                     [this](const Group::TraceRows& r) { return r.id == id_; });
      if (rows == traces.end()) continue;
      if (!group->ReadTimes(*rows)) return run_.file().Malformed("group", group->ref().offset);
      next_ = rows->first;
      end_ = rows->end;
      group_ = std::move(group);
    }
    return base::OkStatus();
  }

  const SegmentRun& run_;
  const trace::TraceId id_;
  std::pair<uint32_t, uint32_t> groups_;  // not yet loaded
  std::unique_ptr<Group> group_;
  uint32_t next_ = 0, end_ = 0;
  Row row_;
};

bool Later(const SpanSource* a, const SpanSource* b) { return a->start_ns() > b->start_ns(); }

Status CheckHeld(const std::vector<std::unique_ptr<SpanSource>>& sources,
                 const store::ReadLimits& limits) {
  RETURN_IF_ERROR(store::CheckLimits(limits));
  if (!limits.may_hold) return base::OkStatus();
  size_t bytes = 0;
  for (const auto& source : sources) bytes += source->held_bytes();
  if (limits.may_hold(bytes)) return base::OkStatus();
  return base::ResourceExhausted(
      "reading the trace needs more than is left of --memory: try again when fewer questions are "
      "asked, or raise it");
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
    RunSpans spans(*run, id);
    return !spans.Open().ok() || !spans.done();
  });
}

Status Snapshot::VisitSpans(const trace::TraceId& id, const store::ReadLimits& limits,
                            const store::SpanVisitor& visit) const {
  std::vector<std::unique_ptr<SpanSource>> sources;
  for (const Table& table : tables_)
    sources.push_back(std::make_unique<TableSpans>(*table.table, table.spans, id));
  const uint64_t hash = TraceFilter::Hash(id);
  for (const SegmentRun* run : runs_) {
    if (!run->MayContain(hash)) continue;
    auto spans = std::make_unique<RunSpans>(*run, id);
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
