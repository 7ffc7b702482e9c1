// A run's candidates come newest first by their trace's bound. The group of the first candidate is
// read, as much of it as is needed, and all its candidates are settled at once; matches wait in a
// heap until no candidate that is still open could be newer. A run that nobody steps is never read.
// Where the attribute index leaves few groups of a run, they are settled without its trace index.
#include "awry/columnar/match_source.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

namespace awry::columnar {

namespace {

constexpr size_t kFewGroups = 2;

bool Older(const TraceMatch& a, const TraceMatch& b) {
  return a.start_ns != b.start_ns ? a.start_ns < b.start_ns : a.trace_id < b.trace_id;
}

class TableSource final : public MatchSource {
 public:
  TableSource(const MemTable& table, size_t spans, const RowFilter& filter)
      : scan_(table, filter, spans), blocks_(scan_.Blocks()) {}

  int64_t Bound() const override {
    const int64_t to_come = blocks_.empty() ? INT64_MIN : blocks_.back().newest_ns;
    return found_.empty() ? to_come : std::max(to_come, found_.front().start_ns);
  }
  bool done() const override { return found_.empty() && blocks_.empty(); }
  bool Step(TraceMatch& match) override {
    if (!blocks_.empty() && (found_.empty() || found_.front().start_ns < blocks_.back().newest_ns)) {
      const MemTable::Matches::Block block = blocks_.back();
      blocks_.pop_back();
      scan_.FindIn(block, found_);
      std::make_heap(found_.begin(), found_.end(), Older);
      return false;
    }
    std::pop_heap(found_.begin(), found_.end(), Older);
    match = found_.back();
    found_.pop_back();
    return true;
  }

 private:
  MemTable::Matches scan_;
  std::vector<MemTable::Matches::Block> blocks_;  // that were not looked at yet, the newest last
  std::vector<TraceMatch> found_;                 // a heap
};

class RunSource final : public MatchSource {
 public:
  RunSource(const SegmentRun& run, const EqualGroups& groups, const RowFilter& filter,
            const ProblemSink& problems)
      : run_(run), equal_groups_(groups), filter_(filter), problems_(problems) {
    const RunFooter& footer = run.footer();
    done_ = footer.start_min_ns > filter.filter().start_until_ns ||
            footer.start_max_ns < filter.filter().start_from_ns || !RestrictGroups();
  }

  bool done() const override { return done_; }
  int64_t Bound() const override {
    if (!opened_) return run_.footer().start_max_ns;
    const int64_t open = has_candidate() ? index_->NewestBound(index_->order()[next_]) : INT64_MIN;
    return matches_.empty() ? open : std::max(open, matches_.front().start_ns);
  }
  bool Step(TraceMatch& match) override {
    if (!opened_) {
      opened_ = true;
      Open();
      return false;
    }
    if (has_candidate() && (matches_.empty() || matches_.front().start_ns <
                                                    index_->NewestBound(index_->order()[next_]))) {
      for (const uint32_t group : run_.GroupsOfOrdinal(index_->order()[next_])) {
        if (open_groups_[group] == 0) continue;
        open_groups_[group] = 0;
        if (const base::Status settled = Settle(group); !settled.ok()) problems_(settled);
        CloseTracesInside(run_.footer().groups[group]);
      }
      candidates_[index_->order()[next_]] = 0;
      SkipSettled();
      return false;
    }
    std::pop_heap(matches_.begin(), matches_.end(), Older);
    match = matches_.back();
    matches_.pop_back();
    done_ = matches_.empty() && !has_candidate();
    return true;
  }

 private:
  bool has_candidate() const { return index_ != nullptr && next_ < index_->order().size(); }

  // Closes the groups that cannot satisfy an equality. False when none is left.
  bool RestrictGroups() {
    const size_t groups = run_.footer().groups.size();
    open_groups_.assign(groups, 1);
    for (size_t e = 0; e < equal_groups_.size(); ++e) {
      if (!equal_groups_[e].has_value() || AnyShapeHas(e)) continue;
      const std::vector<uint32_t>& all = *equal_groups_[e];
      const auto first = std::lower_bound(all.begin(), all.end(), run_.first_group());
      std::vector<uint8_t> allowed(groups);
      bool any = false;
      for (auto it = first; it != all.end() && *it - run_.first_group() < groups; ++it) {
        uint8_t& group = allowed[*it - run_.first_group()];
        group = open_groups_[*it - run_.first_group()];
        any = any || group != 0;
      }
      if (!any) return false;
      open_groups_ = std::move(allowed);
      restricted_ = true;
    }
    return true;
  }

  bool FewGroups() const {
    return restricted_ && static_cast<size_t>(std::count(open_groups_.begin(), open_groups_.end(),
                                                         uint8_t{1})) <= kFewGroups;
  }

  bool AnyShapeHas(size_t e) const {
    if (!run_.SharedHaveKey(filter_.filter().equals[e].first)) return false;
    const Schema& schema = run_.schema();
    for (uint32_t s = 0; s < schema.shape_count(); ++s) {
      if (filter_.SharedHas(e, schema, schema.shape(s))) return true;
    }
    return false;
  }

  void Open() {
    const Schema& schema = run_.schema();
    bool any = false;
    for (uint32_t s = 0; s < schema.shape_count(); ++s) {
      shape_fits_.push_back(filter_.MatchesShape(schema, schema.shape(s)));
      any = any || shape_fits_.back() != 0;
    }
    if (any && FewGroups()) {
      SettleOpenGroups();
      return;
    }
    auto index = any ? run_.LoadTraceIndex() : base::Result<std::shared_ptr<const TraceIndex>>(nullptr);
    if (!index.ok()) problems_(index.status());
    if (!index.ok() || *index == nullptr) {
      done_ = true;
      return;
    }
    index_ = *std::move(index);
    candidates_ = index_->Candidates(filter_.filter());
    CloseTracesOfClosedGroups();
    SkipSettled();
  }

  void SettleOpenGroups() {
    for (uint32_t g = 0; g < open_groups_.size(); ++g) {
      if (open_groups_[g] == 0) continue;
      if (const base::Status settled = Settle(g); !settled.ok()) problems_(settled);
    }
    done_ = matches_.empty();
  }

  void SkipSettled() {
    const auto& order = index_->order();
    while (next_ < order.size() &&
           (candidates_[order[next_]] == 0 ||
            index_->NewestBound(order[next_]) < filter_.filter().start_from_ns)) {
      ++next_;
    }
    done_ = next_ == order.size() && matches_.empty();
  }

  void CloseTracesOfClosedGroups() {
    std::vector<uint8_t> open(candidates_.size());
    for (size_t g = 0; g < open_groups_.size(); ++g) {
      if (open_groups_[g] == 0) continue;
      const GroupRef& group = run_.footer().groups[g];
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

  // The first marked row from `row` on; rows_.size() when there is none.
  size_t NextMarked(size_t row) const {
    const void* const at = std::memchr(rows_.data() + row, 1, rows_.size() - row);
    return at == nullptr ? rows_.size() : static_cast<size_t>(static_cast<const uint8_t*>(at) - rows_.data());
  }

  // Marks the rows that may match by what is cheap: shape and whether their trace is a candidate.
  bool MarkRows(const Group& group) {
    const uint32_t* const shapes = group.shapes().data();
    const uint8_t* const fits = shape_fits_.data();
    rows_.resize(group.shapes().size());
    for (size_t i = 0; i < rows_.size(); ++i) rows_[i] = fits[shapes[i]];
    if (!candidates_.empty()) {
      const uint8_t* const candidates = candidates_.data() + group.ref().first_ordinal;
      for (size_t t = 0; t < group.traces().size(); ++t) {
        const Group::TraceRows& trace = group.traces()[t];
        if (candidates[t] == 0) std::memset(rows_.data() + trace.first, 0, trace.end - trace.first);
      }
    }
    return NextMarked(0) < rows_.size();
  }

  // Leaves marked the rows that are `equal`, or whose resource or scope satisfies equality `e`.
  void KeepEqual(const Group& group, size_t e, const std::vector<uint8_t>& equal) {
    const Schema& schema = run_.schema();
    if (!run_.SharedHaveKey(filter_.filter().equals[e].first)) {
      for (size_t i = 0; i < rows_.size(); ++i) rows_[i] = static_cast<uint8_t>(rows_[i] & equal[i]);
      return;
    }
    std::vector<uint8_t> shared(schema.shape_count(), 2);
    for (size_t i = NextMarked(0); i < rows_.size(); i = NextMarked(i + 1)) {
      if (equal[i] != 0) continue;
      const uint32_t shape = group.shapes()[i];
      if (shared[shape] == 2) shared[shape] = filter_.SharedHas(e, schema, schema.shape(shape));
      rows_[i] = shared[shape];
    }
  }

  // How often the column stands in each shape of the run.
  const std::vector<uint32_t>& TimesInShape(uint32_t column) {
    for (const auto& [known, times] : times_in_shape_) {
      if (known == column) return times;
    }
    const Schema& schema = run_.schema();
    auto& times = times_in_shape_.emplace_back(column, std::vector<uint32_t>()).second;
    for (uint32_t s = 0; s < schema.shape_count(); ++s) times.push_back(schema.shape(s).TimesOf(column));
    return times;
  }

  // Leaves marked the rows that satisfy equality `e`; opens the columns of its key.
  base::Status MarkEqual(Group& group, size_t e, bool& any) {
    const Schema& schema = run_.schema();
    const auto& [key, text] = filter_.filter().equals[e];
    std::vector<uint8_t> equal(rows_.size());
    for (size_t at = 0; at < group.columns().size(); ++at) {
      if (schema.column(group.columns()[at].column).key != key) continue;
      RETURN_IF_ERROR(run_.OpenColumn(group, at, &TimesInShape(group.columns()[at].column)));
      if (!group.MarkEqual(at, text, rows_, equal))
        return run_.file().Malformed("group values", group.ref().offset);
    }
    if (group.ref().extras_bytes > 0) {
      RETURN_IF_ERROR(run_.OpenExtras(group));
      const bool good = group.VisitRowExtras([&](uint32_t row, std::string_view extras) {
        if (rows_[row] != 0 && equal[row] == 0) equal[row] = filter_.ExtrasHave(e, extras) ? 1 : 0;
        return true;
      });
      if (!good) return run_.file().Malformed("group values", group.ref().offset);
    }
    KeepEqual(group, e, equal);
    any = NextMarked(0) < rows_.size();
    return base::OkStatus();
  }

  // Finds the matches of a group, opening as little of it as is needed.
  base::Status Settle(uint32_t number) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Group> group, run_.LoadGroupCore(number));
    if (!MarkRows(*group)) return base::OkStatus();
    for (size_t e = 0; e < filter_.equals_count(); ++e) {
      bool any = false;
      RETURN_IF_ERROR(MarkEqual(*group, e, any));
      if (!any) return base::OkStatus();
    }
    RETURN_IF_ERROR(run_.OpenTimes(*group));
    size_t t = 0;
    for (size_t marked = NextMarked(0); marked < rows_.size();) {
      while (group->traces()[t].end <= marked) ++t;
      const Group::TraceRows& trace = group->traces()[t];
      if (!group->ReadTimes(trace)) return run_.file().Malformed("group", group->ref().offset);
      bool found = false;
      int64_t newest_ns = 0;
      for (auto i = static_cast<uint32_t>(marked); i < trace.end; ++i) {
        const int64_t start_ns = group->start_ns(i);
        if (rows_[i] == 0 || (found && start_ns <= newest_ns) ||
            !filter_.MatchesTimes(start_ns, group->duration_ns(i))) {
          continue;
        }
        found = true;
        newest_ns = start_ns;
      }
      marked = NextMarked(trace.end);
      if (!found) continue;
      RETURN_IF_ERROR(run_.OpenIds(*group));
      matches_.push_back({trace.id, newest_ns});
      std::push_heap(matches_.begin(), matches_.end(), Older);
    }
    return base::OkStatus();
  }

  const SegmentRun& run_;
  const EqualGroups& equal_groups_;
  const RowFilter& filter_;
  const ProblemSink& problems_;
  std::shared_ptr<const TraceIndex> index_;  // null where few groups are open
  bool opened_ = false, done_ = false;
  bool restricted_ = false;  // some groups were closed by the attribute index
  std::vector<uint8_t> shape_fits_, open_groups_;
  std::deque<std::pair<uint32_t, std::vector<uint32_t>>> times_in_shape_;  // of columns that were asked for
  std::vector<uint8_t> candidates_;  // by ordinal; empty without the index: all
  std::vector<uint8_t> rows_;  // of the group that is being settled: 1 may match
  size_t next_ = 0;            // in the index's order
  std::vector<TraceMatch> matches_;
};

}  // namespace

std::unique_ptr<MatchSource> MakeTableSource(const MemTable& table, size_t spans,
                                             const RowFilter& filter) {
  return std::make_unique<TableSource>(table, spans, filter);
}

std::unique_ptr<MatchSource> MakeRunSource(const SegmentRun& run, const EqualGroups& groups,
                                           const RowFilter& filter, const ProblemSink& problems) {
  return std::make_unique<RunSource>(run, groups, filter, problems);
}

}  // namespace awry::columnar
