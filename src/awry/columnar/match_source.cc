// A segment's candidates come newest first by their trace's bound. The group of the first candidate
// is read and all its candidates are settled at once; matches wait in a heap until no candidate
// that is still open could be newer.
#include "awry/columnar/match_source.h"

#include <algorithm>

namespace awry::columnar {

namespace {

bool Older(const TraceMatch& a, const TraceMatch& b) {
  return a.start_ns != b.start_ns ? a.start_ns < b.start_ns : a.trace_id < b.trace_id;
}

class TableSource final : public MatchSource {
 public:
  TableSource(const MemTable& table, size_t spans, const RowFilter& filter)
      : matches_(table.Find(filter, spans)) {
    std::make_heap(matches_.begin(), matches_.end(), Older);
  }
  int64_t Bound() const override { return matches_.front().start_ns; }
  bool done() const override { return matches_.empty(); }
  bool Step(TraceMatch& match) override {
    std::pop_heap(matches_.begin(), matches_.end(), Older);
    match = matches_.back();
    matches_.pop_back();
    return true;
  }

 private:
  std::vector<TraceMatch> matches_;
};

class SegmentSource final : public MatchSource {
 public:
  SegmentSource(const SegmentReader& segment, const RowFilter& filter, const ProblemSink& problems)
      : segment_(segment), filter_(filter), problems_(problems) {
    const SegmentFooter& footer = segment.footer();
    if (footer.start_min_ns > filter.filter().start_until_ns ||
        footer.start_max_ns < filter.filter().start_from_ns) {
      return;
    }
    MatchShapes();
    if (std::find(shape_fits_.begin(), shape_fits_.end(), 1) == shape_fits_.end()) return;
    auto index = segment.LoadTraceIndex();
    if (!index.ok()) {
      problems_(index.status());
      return;
    }
    index_ = *std::move(index);
    open_groups_.assign(footer.groups.size(), 1);
    for (size_t e = 0; e < filter.equals_count(); ++e) RestrictGroups(e);
    candidates_ = index_->Candidates(filter.filter());
    CloseTracesOfClosedGroups();
    SkipSettled();
  }

  bool done() const override { return !index_ || (matches_.empty() && !has_candidate()); }
  int64_t Bound() const override {
    const int64_t open = has_candidate() ? index_->NewestBound(index_->order()[next_]) : INT64_MIN;
    return matches_.empty() ? open : std::max(open, matches_.front().start_ns);
  }
  bool Step(TraceMatch& match) override {
    if (has_candidate() && (matches_.empty() || matches_.front().start_ns <
                                                    index_->NewestBound(index_->order()[next_]))) {
      for (const uint32_t group : segment_.GroupsOfOrdinal(index_->order()[next_])) {
        if (open_groups_[group] == 0) continue;
        Settle(group);
        CloseTracesInside(segment_.footer().groups[group]);
      }
      candidates_[index_->order()[next_]] = 0;
      SkipSettled();
      return false;
    }
    std::pop_heap(matches_.begin(), matches_.end(), Older);
    match = matches_.back();
    matches_.pop_back();
    return true;
  }

 private:
  bool has_candidate() const { return next_ < index_->order().size(); }

  void SkipSettled() {
    const auto& order = index_->order();
    while (next_ < order.size() &&
           (candidates_[order[next_]] == 0 ||
            index_->NewestBound(order[next_]) < filter_.filter().start_from_ns)) {
      ++next_;
    }
  }

  void MatchShapes() {
    const Schema& schema = segment_.schema();
    for (uint32_t s = 0; s < schema.shape_count(); ++s) {
      shape_fits_.push_back(filter_.MatchesShape(schema, schema.shape(s)));
    }
  }

  // Closes the groups that cannot satisfy equality `e`.
  void RestrictGroups(size_t e) {
    const Schema& schema = segment_.schema();
    for (uint32_t s = 0; s < schema.shape_count(); ++s) {
      if (shape_fits_[s] != 0 && filter_.SharedHas(e, schema, schema.shape(s))) return;
    }
    auto groups = segment_.GroupsWithAttribute(filter_.hashes(e));
    if (!groups.ok()) {
      problems_(groups.status());  // the index is of no help: all groups stay open
      return;
    }
    std::vector<uint8_t> allowed(open_groups_.size());
    for (const uint32_t group : *groups) allowed[group] = open_groups_[group];
    open_groups_ = std::move(allowed);
  }

  void CloseTracesOfClosedGroups() {
    std::vector<uint8_t> open(candidates_.size());
    for (size_t g = 0; g < open_groups_.size(); ++g) {
      if (open_groups_[g] == 0) continue;
      const GroupRef& group = segment_.footer().groups[g];
      std::fill_n(open.begin() + group.first_ordinal, group.traces, uint8_t{1});
    }
    for (size_t t = 0; t < open.size(); ++t)
      candidates_[t] = static_cast<uint8_t>(candidates_[t] & open[t]);
  }

  // Closes the traces that stand in this group alone: those at its ends may go on in a neighbour.
  void CloseTracesInside(const GroupRef& group) {
    if (group.traces > 2)
      std::fill_n(candidates_.begin() + group.first_ordinal + 1, group.traces - 2, uint8_t{0});
  }

  void Settle(uint32_t number) {
    open_groups_[number] = 0;
    auto loaded = segment_.LoadGroup(number, filter_.has_equals());
    if (!loaded.ok()) {
      problems_(loaded.status());
      return;
    }
    Group& group = **loaded;
    const uint32_t first_ordinal = segment_.footer().groups[number].first_ordinal;
    Row row;
    for (size_t t = 0; t < group.traces().size(); ++t) {
      if (candidates_[first_ordinal + t] == 0 && !filter_.has_equals()) continue;
      const Group::TraceRows& rows = group.traces()[t];
      bool found = false;
      int64_t newest_ns = 0;
      for (uint32_t i = rows.first; i < rows.end; ++i) {
        const Group::Core& core = group.rows()[i];
        if (shape_fits_[core.shape] == 0 || !filter_.MatchesTimes(core.start_ns, core.duration_ns))
          continue;
        if (found && core.start_ns <= newest_ns) continue;
        if (filter_.has_equals()) {
          if (!group.ReadRow(i, row)) {
            problems_(base::DataLoss("segment group values are corrupt: " + segment_.path()));
            return;
          }
          if (!filter_.MatchesAttributes(segment_.schema(), row)) continue;
        }
        found = true;
        newest_ns = core.start_ns;
      }
      if (!found) continue;
      matches_.push_back({rows.id, newest_ns});
      std::push_heap(matches_.begin(), matches_.end(), Older);
    }
  }

  const SegmentReader& segment_;
  const RowFilter& filter_;
  const ProblemSink& problems_;
  std::shared_ptr<const TraceIndex> index_;  // null: nothing can match here
  std::vector<uint8_t> shape_fits_, open_groups_, candidates_;
  size_t next_ = 0;  // in the index's order
  std::vector<TraceMatch> matches_;
};

}  // namespace

std::unique_ptr<MatchSource> MakeTableSource(const MemTable& table, size_t spans,
                                             const RowFilter& filter) {
  return std::make_unique<TableSource>(table, spans, filter);
}

std::unique_ptr<MatchSource> MakeSegmentSource(const SegmentReader& segment,
                                               const RowFilter& filter,
                                               const ProblemSink& problems) {
  return std::make_unique<SegmentSource>(segment, filter, problems);
}

}  // namespace awry::columnar
