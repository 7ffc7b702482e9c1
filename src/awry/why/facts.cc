#include "awry/why/facts.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "awry/why/blame.h"
#include "awry/why/range_cut.h"
#include "awry/why/service_time.h"
#include "awry/why/signals.h"

namespace awry::why {
namespace {

constexpr double kTextsAgainMax = 0.15;    // of values that stand in an earlier trace too, where they should be unique
constexpr size_t kLookBackMin = 200;      // traces
constexpr double kSlower = 1.6;           // times the usual
constexpr double kTimeFloorMs = 0.2;      // shorter times differ by what else the machine does
constexpr double kTimeShare = 0.02;       // of what the whole request usually takes: less is not why it is slow
constexpr double kClockMs = 0.001;        // what rounding does to two times of one process
constexpr double kNumbersAgainMax = 0.1;
constexpr double kApartMax = 0.07;
constexpr size_t kServiceSupportMin = 2;  // cases: what is true of a whole service has an exact test
constexpr double kUsual = 0.8;   // an order that holds in so many traces is one

class Builder {
 public:
  Builder(const Corpus& corpus, const std::vector<Relation>& relations, const Groups& groups,
          const FactLimits& limits)
      : corpus_(corpus), relations_(relations), groups_(groups), limits_(limits) {
    everyone_ = groups.cases;
    everyone_ |= groups.controls;
    by_time_ = ByTime(corpus);
    blamed_ = BlamedColumns(corpus, relations, groups.cases);
    whole_ms_ = WholeTimes(corpus);
  }

  Facts Run() {
    for (uint32_t r = 0; r < relations_.size(); ++r) AddRelation(r);
    for (uint32_t c = 0; c < corpus_.classes().size(); ++c) AddClass(c);
    for (uint32_t c = 0; c < corpus_.columns().size(); ++c) AddColumn(c);
    AddServiceTimes();
    AddOrders();
    return std::move(out_);
  }

 private:
  void Add(Fact&& fact) { Add(std::move(fact), limits_.support_min); }

  void Add(Fact&& fact, size_t support_min) {
    ++out_.tried;
    if (CountAnd(fact.with, groups_.cases) < support_min) return;
    if (out_.facts.size() >= limits_.facts_max) {
      out_.cut = true;
      return;
    }
    out_.facts.push_back(std::move(fact));
  }

  void AddRelation(uint32_t r) {
    const Relation& relation = relations_[r];
    const uint32_t blamed = blamed_[r];
    const Column& a = corpus_.columns()[blamed];
    const Column& b = corpus_.columns()[blamed == relation.a ? relation.b : relation.a];
    Fact fact{.kind = FactKind::kRelation, .span_class = a.span_class, .column = blamed, .relation = r};
    if (b.span_class != a.span_class) fact.other_class = b.span_class;
    fact.with = relation.violated;
    fact.known = relation.known;
    Add(std::move(fact));
  }

  void AddClass(uint32_t c) {
    const SpanClass& span_class = corpus_.classes()[c];
    const size_t present = CountAnd(span_class.present, everyone_);
    const size_t all = everyone_.Count();
    if (present < limits_.support_min) return;
    Bits with = everyone_;
    if (present * 2 > all) {
      with.Subtract(span_class.present);
      Add({.kind = FactKind::kSpanMissing, .span_class = c, .with = std::move(with), .known = everyone_});
    } else {
      with &= span_class.present;
      Add({.kind = FactKind::kSpanPresent, .span_class = c, .with = std::move(with), .known = everyone_});
    }
    Bits errors(corpus_.size());
    uint16_t least = 65'535, greatest = 0;
    everyone_.ForEach([&](size_t i) {
      if (span_class.errors[i] > 0) errors.Set(i);
      if (span_class.count[i] > 0) {
        least = std::min(least, span_class.count[i]);
        greatest = std::max(greatest, span_class.count[i]);
      }
    });
    Add({.kind = FactKind::kSpanError, .span_class = c, .with = std::move(errors), .known = span_class.present});
    for (uint16_t k = least; k < greatest && k < least + 12; ++k) {
      for (const bool above : {true, false}) {
        Bits rows(corpus_.size());
        everyone_.ForEach([&](size_t i) {
          const uint16_t count = span_class.count[i];
          if (count > 0 && (above ? count > k : count <= k)) rows.Set(i);
        });
        Add({.kind = FactKind::kSpanCount, .span_class = c, .threshold = static_cast<double>(above ? k + 1 : k),
             .above = above, .with = std::move(rows), .known = span_class.present});
      }
    }
  }

  void AddColumn(uint32_t c) {
    const Column& column = corpus_.columns()[c];
    if (column.key == "@start" || IsSpelledOut(corpus_, column)) return;
    if (column.origin == Origin::kDerived && column.aggregate != Aggregate::kLast) return AddAggregate(c);
    if (column.origin != Origin::kDerived) AddPresence(c);
    // Texts that look like numbers are ids: their size means nothing.
    const bool reading = column.numeric;
    if (!column.is_time()) AddValues(c);
    if (reading && column.distinct >= 5) AddRanges(c);
    if (column.distinct > 20 && column.origin == Origin::kSpan) AddReused(c);
  }

  void AddAggregate(uint32_t c) {
    const Column& column = corpus_.columns()[c];
    if (column.aggregate == Aggregate::kSum) {
      if (column.distinct >= 5) AddRanges(c);
      return;
    }
    Bits with(corpus_.size());
    everyone_.ForEach([&](size_t i) {
      if (column.number[i] > 0) with.Set(i);
    });
    if (CountAnd(with, groups_.controls) * 4 > CountAnd(column.present, groups_.controls)) return;
    const FactKind kind = column.aggregate == Aggregate::kRepeats    ? FactKind::kRepeated
                          : column.aggregate == Aggregate::kDisorder ? FactKind::kDisorder
                                                                     : FactKind::kGaps;
    Add({.kind = kind, .span_class = column.span_class, .column = c, .with = std::move(with),
         .known = column.present});
  }

  void AddPresence(uint32_t c) {
    const Column& column = corpus_.columns()[c];
    const SpanClass& span_class = corpus_.ClassOf(column);
    if (column.origin == Origin::kResource) return;
    const size_t there = CountAnd(span_class.present, groups_.controls);
    const size_t has = CountAnd(column.present, groups_.controls);
    const bool event = column.origin == Origin::kEvent;
    if (has * 2 > there && (!event || column.key.starts_with("@event:"))) {
      // An attempt that failed has other attributes; only fine spans count.
      Bits fine(corpus_.size());
      everyone_.ForEach([&](size_t i) {
        if (span_class.count[i] > 0) fine.Set(i);
      });
      Bits with = fine;
      with.Subtract(column.present);
      Add({.kind = FactKind::kAttributeMissing, .span_class = column.span_class, .column = c,
           .with = std::move(with), .known = std::move(fine)});
    } else {
      Add({.kind = FactKind::kAttributePresent, .span_class = column.span_class, .column = c,
           .with = And(column.present, everyone_), .known = span_class.present});
    }
  }

  void AddValues(uint32_t c) {
    const Column& column = corpus_.columns()[c];
    std::unordered_map<uint64_t, std::pair<size_t, size_t>> counts;  // cases, a trace
    groups_.cases.ForEach([&](size_t i) {
      if (const uint64_t key = ValueKey(column, i)) {
        auto& [count, trace] = counts[key];
        ++count;
        trace = i;
      }
    });
    out_.tried += column.distinct > counts.size() ? column.distinct - counts.size() : 0;
    std::vector<std::pair<size_t, uint64_t>> common;
    for (const auto& [key, entry] : counts) {
      ++out_.tried;
      if (entry.first >= limits_.support_min) common.emplace_back(entry.first, key);
    }
    std::sort(common.begin(), common.end(), std::greater<>());
    if (common.size() > limits_.values_of_column_max) common.resize(limits_.values_of_column_max);
    if (common.empty()) return;
    std::unordered_map<uint64_t, Bits> rows;
    for (const auto& [count, key] : common) rows.emplace(key, Bits(corpus_.size()));
    everyone_.ForEach([&](size_t i) {
      const auto found = rows.find(ValueKey(column, i));
      if (found != rows.end()) found->second.Set(i);
    });
    for (const auto& [count, key] : common) {
      --out_.tried;
      Add({.kind = FactKind::kValue, .span_class = column.span_class, .column = c, .value = key,
           .value_trace = counts[key].second, .with = std::move(rows[key]), .known = column.present});
    }
  }

  // The best threshold in each direction, among quantiles of cases and of all.
  void AddRanges(uint32_t c) {
    const Column& column = corpus_.columns()[c];
    std::vector<double> cases, controls;
    groups_.cases.ForEach([&](size_t i) { if (!std::isnan(column.number[i])) cases.push_back(column.number[i]); });
    groups_.controls.ForEach([&](size_t i) { if (!std::isnan(column.number[i])) controls.push_back(column.number[i]); });
    if (cases.size() < limits_.support_min || controls.empty()) return;
    std::sort(controls.begin(), controls.end());
    const double slow = column.is_time() ? SlowFrom(column, controls[controls.size() / 2]) : 0;
    for (const bool above : {true, false}) {
      // A time is a fault when it is much longer; all get a little longer or shorter over a day.
      if (column.is_time() && !above) continue;
      RangeCut cut = BestRangeCut(cases, controls, above, slow);
      // One slow time is told from the usual ones, not from those that are slow for the same reason.
      if (column.is_time() && cases.size() == 1 && cut.g > 0) cut.threshold = SlowFromGap(controls, cases.front(), slow);
      out_.tried += cut.choices - 1;
      if (cut.g <= 0) continue;
      Fact fact = RangeFact(corpus_, c, cut.threshold, above);
      fact.log_choices = std::log(static_cast<double>(cut.choices));
      fact.scarcity = cut.scarcity;
      Add(std::move(fact));
    }
  }

  void AddServiceTimes() {
    for (Fact& fact : ServiceTimeFacts(corpus_, groups_)) {
      Add(std::move(fact), std::min(limits_.support_min, kServiceSupportMin));
    }
  }

  // The least time that is long beside its `usual` and beside the requests that it is a part of.
  double SlowFrom(const Column& column, double usual) const {
    std::vector<double> wholes;
    And(column.present, groups_.controls).ForEach([&](size_t i) { wholes.push_back(whole_ms_[i]); });
    const auto middle = wholes.begin() + static_cast<long>(wholes.size() / 2);
    std::nth_element(wholes.begin(), middle, wholes.end());
    const double whole = wholes.empty() ? 0 : *middle;
    return std::max(kSlower * std::max(kTimeFloorMs, usual), usual + kTimeShare * whole);
  }

  // A value that is nearly always unique, met in one of the traces shortly before too: looking back over
  // all would find more and more that is the same by luck.
  void AddReused(uint32_t c) {
    const Column& column = corpus_.columns()[c];
    const size_t reach = std::max(kLookBackMin, by_time_.size() / 10);
    std::unordered_map<uint64_t, size_t> seen;  // value → last place
    Bits with(corpus_.size());
    size_t again = 0;
    for (size_t k = 0; k < by_time_.size(); ++k) {
      const size_t i = by_time_[k];
      const uint64_t key = ValueKey(column, i);
      if (key == 0) continue;
      const auto [place, added] = seen.emplace(key, k);
      const bool recent = !added && k - place->second <= reach;
      place->second = k;
      if (!recent) continue;
      ++again;
      if (everyone_.Test(i)) with.Set(i);
    }
    if (static_cast<double>(again) > (column.numeric ? kNumbersAgainMax : kTextsAgainMax) * static_cast<double>(column.count)) return;
    Add({.kind = FactKind::kReused, .span_class = column.span_class, .column = c, .with = std::move(with),
         .known = column.present});
  }

  const Column* DerivedOf(uint32_t span_class, std::string_view key) const {
    for (uint32_t c : corpus_.classes()[span_class].columns) {
      const Column& column = corpus_.columns()[c];
      if (column.origin == Origin::kDerived && column.key == key) return &column;
    }
    return nullptr;
  }

  // Siblings of one process: clocks of two machines cannot be compared so finely.
  void AddOrders() {
    const auto& classes = corpus_.classes();
    for (uint32_t x = 0; x < classes.size(); ++x) {
      for (uint32_t y = 0; y < classes.size(); ++y) {
        if (classes[x].parent != classes[y].parent || classes[x].parent == kNoText) continue;
        if (x == y || classes[x].ref.service != classes[y].ref.service) continue;
        AddOrder(x, y);
      }
    }
  }

  // x usually comes first, and has ended when y starts.
  void AddOrder(uint32_t x, uint32_t y) {
    const Column* first = DerivedOf(x, "@start");
    const Column* second = DerivedOf(y, "@start");
    const Column* length = DerivedOf(x, "@duration");
    if (first == nullptr || second == nullptr || length == nullptr) return;
    const Bits both = And(And(first->present, second->present), everyone_);
    Bits known(corpus_.size()), before(corpus_.size()), overlaps(corpus_.size());
    both.ForEach([&](size_t i) {
      if (corpus_.classes()[x].instance[i] == corpus_.classes()[y].instance[i]) known.Set(i);
    });
    // Where the two mostly run in different processes, clocks must agree so well that hardly any pair of the
    // controls is the wrong way round.
    const bool apart = 2 * CountAnd(known, groups_.controls) < CountAnd(both, groups_.controls);
    if (apart) known = both;
    known.ForEach([&](size_t i) {
      if (first->number[i] > second->number[i]) before.Set(i);
      if (first->number[i] <= second->number[i] && second->number[i] + kClockMs < first->number[i] + length->number[i]) overlaps.Set(i);
    });
    const double all = static_cast<double>(CountAnd(known, groups_.controls));
    if (all < 20) return;
    const auto usual = [&](const Bits& broken) {
      return static_cast<double>(CountAnd(broken, groups_.controls)) <= (apart ? kApartMax : 1 - kUsual) * all;
    };
    if (!usual(before)) return;
    Add({.kind = FactKind::kOrder, .span_class = y, .other_class = x, .with = std::move(before), .known = known});
    if (!usual(overlaps)) return;
    Add({.kind = FactKind::kOverlap, .span_class = y, .other_class = x, .with = std::move(overlaps), .known = std::move(known)});
  }

  const Corpus& corpus_;
  const std::vector<Relation>& relations_;
  const Groups& groups_;
  const FactLimits& limits_;
  Bits everyone_;
  std::vector<size_t> by_time_;
  std::vector<uint32_t> blamed_;  // by relation
  std::vector<double> whole_ms_;  // by trace
  Facts out_;
};

}  // namespace

Facts BuildFacts(const Corpus& corpus, const std::vector<Relation>& relations, const Groups& groups,
                 const FactLimits& limits) {
  return Builder(corpus, relations, groups, limits).Run();
}

Table TableOf(const Fact& fact, const Groups& groups) {
  Table t;
  t.a = static_cast<double>(CountAnd(fact.with, fact.known, groups.cases));
  t.b = static_cast<double>(CountAnd(fact.known, groups.cases)) - t.a;
  t.c = static_cast<double>(CountAnd(fact.with, fact.known, groups.controls));
  t.d = static_cast<double>(CountAnd(fact.known, groups.controls)) - t.c;
  return t;
}

Table WeightedTableOf(const Fact& fact, const Groups& groups) {
  Table t = TableOf(fact, groups);
  if (t.c == 0) t.d = std::round(t.d * fact.scarcity);
  return t;
}

Fact RangeFact(const Corpus& corpus, uint32_t column, double threshold, bool above) {
  const Column& source = corpus.columns()[column];
  Fact fact{.kind = above ? FactKind::kAtLeast : FactKind::kAtMost, .span_class = source.span_class,
            .column = column, .threshold = threshold, .above = above};
  if (source.origin == Origin::kDerived && source.key == "@gap") fact.other_class = corpus.ClassOf(source).parent;
  fact.with = Bits(corpus.size());
  fact.known = Bits(corpus.size());
  for (size_t i = 0; i < corpus.size(); ++i) {
    const double value = source.number[i];
    if (std::isnan(value)) continue;
    fact.known.Set(i);
    if (above ? value >= threshold : value <= threshold) fact.with.Set(i);
  }
  return fact;
}

}  // namespace awry::why
