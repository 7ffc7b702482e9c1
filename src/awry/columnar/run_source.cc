// A run's candidates come newest first by their trace's bound. The group of the first candidate is
// read, as much of it as is needed, and the candidate is settled; matches wait in a heap until no
// candidate that is still open could be newer. When a group's turn comes again, or an attribute is
// asked for, all its candidates are settled at once. A run that nobody steps is never read. Where
// the attribute index leaves few groups of a run, they are settled without its trace index.
#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

#include "awry/columnar/match_source.h"

namespace awry::columnar {

namespace {

constexpr size_t kFewGroups = 2;

// Sixteen at a time, since no pointer is looked up again.
void AndInto(const uint8_t* with, size_t count, uint8_t* bytes) {
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<uint8_t>(bytes[i] & with[i]);
}

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
      SettleTrace(index_->order()[next_]);
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

  // Settles a trace, wherever it stands in the run.
  void SettleTrace(uint32_t ordinal) {
    for (const uint32_t group : run_.GroupsOfOrdinal(ordinal)) {
      if (open_groups_[group] == 0) continue;
      const GroupRef& ref = run_.footer().groups[group];
      const bool alone = filter_.equals_count() == 0 && open_groups_[group] == kUntouched;
      open_groups_[group] = alone ? kTouched : 0;
      const base::Status settled =
          alone ? Settle(group, {ordinal - ref.first_ordinal, ordinal - ref.first_ordinal + 1})
                : Settle(group, {0, ref.traces});
      if (!settled.ok()) {
        problems_(settled);
        open_groups_[group] = 0;
      }
      if (open_groups_[group] == 0) CloseTracesInside(ref);
    }
    candidates_[ordinal] = 0;
  }

  // Closes the groups that cannot satisfy an equality. False when none is left.
  bool RestrictGroups() {
    const size_t groups = run_.footer().groups.size();
    open_groups_.assign(groups, kUntouched);
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

  size_t OpenGroups() const {
    return static_cast<size_t>(std::count(open_groups_.begin(), open_groups_.end(), kUntouched));
  }
  bool FewGroups() const { return restricted_ && OpenGroups() <= kFewGroups; }
  // Whether the attribute index tells so much that finding the traces with an operation costs more
  // than it spares: shapes of rows tell the same.
  bool OfFewGroups() const { return restricted_ && OpenGroups() * 2 < open_groups_.size(); }
  static store::SpanFilter WithoutOperation(store::SpanFilter filter) {
    filter.service.clear();
    filter.name.clear();
    return filter;
  }

  bool AnyShapeHas(size_t e) const {
    if (!run_.SharedHaveKey(filter_.filter().equals[e].first)) return false;
    const Schema& schema = run_.schema();
    for (uint32_t s = 0; s < schema.shape_count(); ++s)
      if (filter_.SharedHas(e, schema, schema.shape(s))) return true;
    return false;
  }

  void Open() {
    const Schema& schema = run_.schema();
    bool any = false;
    for (uint32_t s = 0; s < schema.shape_count(); ++s) {
      shape_fits_.push_back(filter_.MatchesShape(schema, schema.shape(s)));
      any = any || shape_fits_.back() != 0;
    }
    if (any && FewGroups()) return SettleOpenGroups();
    auto index =
        any ? run_.LoadTraceIndex() : base::Result<std::shared_ptr<const TraceIndex>>(nullptr);
    if (!index.ok()) problems_(index.status());
    if (!index.ok() || *index == nullptr) {
      done_ = true;
      return;
    }
    index_ = *std::move(index);
    candidates_ =
        index_->Candidates(OfFewGroups() ? WithoutOperation(filter_.filter()) : filter_.filter());
    CloseTracesOfClosedGroups();
    SkipSettled();
  }

  void SettleOpenGroups() {
    for (uint32_t g = 0; g < open_groups_.size(); ++g) {
      if (open_groups_[g] == 0) continue;
      const base::Status settled = Settle(g, {0, run_.footer().groups[g].traces});
      if (!settled.ok()) problems_(settled);
    }
    done_ = matches_.empty();
  }

  void SkipSettled() {
    const std::vector<uint32_t>& order = index_->order();
    const uint32_t* const ordinals = order.data();
    const uint8_t* const candidates = candidates_.data();
    size_t next = next_;
    while (next < order.size() &&
           (candidates[ordinals[next]] == 0 ||
            index_->NewestBound(ordinals[next]) < filter_.filter().start_from_ns)) {
      ++next;
    }
    next_ = next;
    done_ = next_ == order.size() && matches_.empty();
  }

  void CloseTracesOfClosedGroups() {
    std::vector<uint8_t> open(candidates_.size());
    for (size_t g = 0; g < open_groups_.size(); ++g) {
      if (open_groups_[g] == 0) continue;
      const GroupRef& group = run_.footer().groups[g];
      std::fill_n(open.begin() + group.first_ordinal, group.traces, uint8_t{1});
    }
    AndInto(open.data(), open.size(), candidates_.data());
  }

  // Closes the traces that stand in this group alone: those at its ends may go on in a neighbour.
  void CloseTracesInside(const GroupRef& group) {
    if (group.traces > 2)
      std::fill_n(candidates_.begin() + group.first_ordinal + 1, group.traces - 2, uint8_t{0});
  }

  // The first marked row from `row` on; rows_.size() when there is none.
  size_t NextMarked(size_t row) const {
    const void* const at = std::memchr(rows_.data() + row, 1, rows_.size() - row);
    return at == nullptr ? rows_.size()
                         : static_cast<size_t>(static_cast<const uint8_t*>(at) - rows_.data());
  }

  struct Traces {
    size_t first = 0, end = 0;  // places in a group
  };

  // Marks the rows of these traces that may match by what is cheap: shape and whether their trace
  // is a candidate. Or all rows, where an equality is cheaper: then SieveRows looks at those that
  // it leaves.
  bool MarkRows(const Group& group, const Traces& traces) {
    const std::vector<uint32_t>& used = group.used_shapes();
    fits_.resize(used.size());
    bool any = false;
    for (size_t n = 0; n < used.size(); ++n) {
      fits_[n] = shape_fits_[used[n]];
      any = any || fits_[n] != 0;
    }
    if (!any || traces.first == traces.end) return false;
    if (EqualIsTextIn(group)) {  // which is soon found, and leaves few rows to look at
      rows_.assign(group.row_count(), 1);
      return true;
    }
    rows_.assign(group.row_count(), 0);
    // Bytes may be anything's: through members they would be looked up anew after each that is
    // written.
    const uint16_t* const numbers = group.shape_numbers().data();
    const uint8_t* const fits = fits_.data();
    uint8_t* const rows = rows_.data();
    const uint32_t rows_end = group.traces()[traces.end - 1].end;
    for (uint32_t i = group.traces()[traces.first].first; i < rows_end; ++i)
      rows[i] = fits[numbers[i]];
    if (!candidates_.empty()) {
      const uint8_t* const candidates = candidates_.data() + group.ref().first_ordinal;
      for (size_t t = traces.first; t < traces.end; ++t) {
        const Group::TraceRows& trace = group.traces()[t];
        if (candidates[t] == 0) std::memset(rows + trace.first, 0, trace.end - trace.first);
      }
    }
    return NextMarked(0) < rows_.size();
  }

  // Unmarks the rows whose shape or trace rules them out, where MarkRows left them marked.
  bool SieveRows(const Group& group) {
    const uint16_t* const numbers = group.shape_numbers().data();
    const uint8_t* const candidates =
        candidates_.empty() ? nullptr : candidates_.data() + group.ref().first_ordinal;
    bool any = false;
    size_t t = 0;
    for (size_t row = NextMarked(0); row < rows_.size(); row = NextMarked(row + 1)) {
      while (group.traces()[t].end <= row) ++t;
      const bool fits = fits_[numbers[row]] != 0 && (candidates == nullptr || candidates[t] != 0);
      rows_[row] = fits ? 1 : 0;
      any = any || fits;
    }
    return any;
  }

  // For each column of the schema, whether it has the key of equality `e`.
  const std::vector<uint8_t>& ColumnsOf(size_t e) {
    columns_of_.resize(filter_.equals_count());
    std::vector<uint8_t>& columns = columns_of_[e];
    if (columns.empty()) {
      for (uint32_t c = 0; c < run_.schema().column_count(); ++c)
        columns.push_back(run_.schema().column(c).key == filter_.filter().equals[e].first ? 1 : 0);
    }
    return columns;
  }

  // Whether the first equality is asked of texts alone in this group.
  bool EqualIsTextIn(const Group& group) {
    if (filter_.equals_count() == 0 || run_.SharedHaveKey(filter_.filter().equals[0].first))
      return false;
    const std::vector<uint8_t>& asked = ColumnsOf(0);
    return std::all_of(group.columns().begin(), group.columns().end(),
                       [&](const Group::ColumnRef& ref) {
                         return asked[ref.column] == 0 ||
                                run_.schema().column(ref.column).kind == trace::ValueKind::kString;
                       });
  }

  // Leaves marked the rows that are `equal`, or whose resource or scope satisfies equality `e`.
  void KeepEqual(const Group& group, size_t e) {
    const Schema& schema = run_.schema();
    if (!run_.SharedHaveKey(filter_.filter().equals[e].first)) {
      AndInto(equal_.data(), rows_.size(), rows_.data());
      return;
    }
    std::vector<uint8_t> shared(schema.shape_count(), 2);
    for (size_t i = NextMarked(0); i < rows_.size(); i = NextMarked(i + 1)) {
      if (equal_[i] != 0) continue;
      const uint32_t shape = group.shape(static_cast<uint32_t>(i));
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
    for (uint32_t s = 0; s < schema.shape_count(); ++s)
      times.push_back(schema.shape(s).TimesOf(column));
    return times;
  }

  // Leaves marked the rows that satisfy equality `e`; opens the columns of its key.
  base::Status MarkEqual(Group& group, size_t e, bool& any) {
    const std::string& text = filter_.filter().equals[e].second;
    const std::vector<uint8_t>& asked = ColumnsOf(e);
    equal_.assign(rows_.size(), 0);
    for (size_t at = 0; at < group.columns().size(); ++at) {
      if (asked[group.columns()[at].column] == 0) continue;
      RETURN_IF_ERROR(run_.OpenColumn(group, at, &TimesInShape(group.columns()[at].column)));
      if (!group.MarkEqual(at, text, rows_, equal_))
        return run_.file().Malformed("group values", group.ref().offset);
    }
    if (group.ref().extras_bytes > 0) {
      RETURN_IF_ERROR(run_.OpenExtras(group));
      const bool good = group.VisitRowExtras([&](uint32_t row, std::string_view extras) {
        if (rows_[row] != 0 && equal_[row] == 0)
          equal_[row] = filter_.ExtrasHave(e, extras) ? 1 : 0;
        return true;
      });
      if (!good) return run_.file().Malformed("group values", group.ref().offset);
    }
    KeepEqual(group, e);
    any = NextMarked(0) < rows_.size();
    return base::OkStatus();
  }

  // Finds the matches among these traces of a group, opening as little of it as is needed.
  base::Status Settle(uint32_t number, const Traces& traces) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Group> group, run_.LoadGroupCore(number));
    if (!MarkRows(*group, traces)) return base::OkStatus();
    for (size_t e = 0; e < filter_.equals_count(); ++e) {
      bool any = false;
      RETURN_IF_ERROR(MarkEqual(*group, e, any));
      if (!any) return base::OkStatus();
    }
    if (filter_.equals_count() > 0 && !SieveRows(*group)) return base::OkStatus();
    RETURN_IF_ERROR(run_.OpenTimes(*group));
    size_t t = traces.first;
    for (size_t marked = NextLong(*group, 0); marked < rows_.size();) {
      while (group->traces()[t].end <= marked) ++t;
      const Group::TraceRows& trace = group->traces()[t];
      if (!group->ReadTimes(t)) return run_.file().Malformed("group", group->ref().offset);
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
      marked = NextLong(*group, trace.end);
      if (!found) continue;
      RETURN_IF_ERROR(run_.OpenIds(*group));
      matches_.push_back({group->trace_id(t), newest_ns});
      std::push_heap(matches_.begin(), matches_.end(), Older);
    }
    return base::OkStatus();
  }

  // The first marked row from `row` on that may last long enough.
  size_t NextLong(const Group& group, size_t row) const {
    const auto least_ns =
        static_cast<uint64_t>(std::max<int64_t>(filter_.filter().duration_min_ns, 0));
    row = NextMarked(row);
    while (row < rows_.size() && !group.MayLast(static_cast<uint32_t>(row), least_ns))
      row = NextMarked(row + 1);
    return row;
  }

  static constexpr uint8_t kUntouched = 1,
                           kTouched = 2;  // of open groups: no candidate of it was settled, or one

  const SegmentRun& run_;
  const EqualGroups& equal_groups_;
  const RowFilter& filter_;
  const ProblemSink& problems_;
  std::shared_ptr<const TraceIndex> index_;  // null where few groups are open
  bool opened_ = false, done_ = false;
  bool restricted_ = false;  // some groups were closed by the attribute index
  std::vector<uint8_t> shape_fits_, open_groups_;
  std::deque<std::pair<uint32_t, std::vector<uint32_t>>>
      times_in_shape_;                            // of columns that were asked for
  std::vector<std::vector<uint8_t>> columns_of_;  // of each equality
  std::vector<uint8_t> candidates_;               // by ordinal; empty without the index: all
  std::vector<uint8_t> rows_;                     // of the group that is being settled: 1 may match
  std::vector<uint8_t> fits_, equal_;             // of its shapes; of its rows
  size_t next_ = 0;                               // in the index's order
  std::vector<TraceMatch> matches_;
};

}  // namespace

std::unique_ptr<MatchSource> MakeRunSource(const SegmentRun& run, const EqualGroups& groups,
                                           const RowFilter& filter, const ProblemSink& problems) {
  return std::make_unique<RunSource>(run, groups, filter, problems);
}

}  // namespace awry::columnar
