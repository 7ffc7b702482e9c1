#include "awry/why/confounders.h"

#include <algorithm>
#include <unordered_map>

#include "awry/why/statistics.h"

namespace awry::why {
namespace {

constexpr size_t kStrataMax = 12;
constexpr double kToldMin = 0.5;

class Confounders {
 public:
  Confounders(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow, const std::vector<Fact>& facts,
              const Groups& groups)
      : corpus_(corpus), relations_(relations), flow_(flow), facts_(facts), groups_(groups) {}

  bool Run(const Fact& fact) const {
    for (uint32_t c = 0; c < corpus_.columns().size(); ++c) {
      const Column& column = corpus_.columns()[c];
      if (column.numeric || column.distinct < 2 || column.distinct > kStrataMax || flow_.outcome[c]) continue;
      if (column.origin == Origin::kDerived || column.origin == Origin::kEvent) continue;
      if (flow_.position[column.span_class] > PositionOf(corpus_, flow_, fact) + 0.1) continue;
      if (InvolvedIn(c, fact) || static_cast<double>(column.count) < 0.8 * static_cast<double>(corpus_.size())) continue;
      if (LosesEffect(fact, column)) return true;
    }
    return false;
  }

 private:
  std::vector<uint32_t> ColumnsOf(const Fact& fact) const {
    if (fact.kind != FactKind::kRelation) return {fact.column};
    const Relation& r = relations_[fact.relation];
    return {r.a, r.b};
  }

  bool InvolvedIn(uint32_t column, const Fact& fact) const {
    if (fact.kind == FactKind::kBoth) {
      return InvolvedIn(column, facts_[fact.parts[0]]) || InvolvedIn(column, facts_[fact.parts[1]]);
    }
    const auto columns = ColumnsOf(fact);
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) return true;
    // A column that says nearly the same is no confounder but another name.
    return fact.column != kNoText && corpus_.columns()[fact.column].origin == Origin::kResource &&
           corpus_.columns()[column].origin == Origin::kResource &&
           corpus_.columns()[column].span_class == fact.span_class;
  }

  bool LosesEffect(const Fact& fact, const Column& column) const {
    std::unordered_map<uint64_t, Table> strata;
    double met = 0, told = 0;  // traces with the fact, and of these those that have the attribute
    const auto count = [&](const Bits& rows, bool cases) {
      rows.ForEach([&](size_t i) {
        if (!fact.known.Test(i)) return;
        const bool with = fact.with.Test(i);
        const uint64_t key = ValueKey(column, i);
        met += with ? 1 : 0;
        told += with && key != 0 ? 1 : 0;
        if (key == 0) return;
        Table& t = strata[key];
        (cases ? (with ? t.a : t.b) : (with ? t.c : t.d)) += 1;
      });
    };
    count(groups_.cases, true);
    count(groups_.controls, false);
    // An attribute that goes missing where the fact is met, or that is another name for it, is no confounder.
    if (told < kToldMin * met || IsAlias(strata)) return false;
    std::vector<Table> tables;
    for (const auto& [value, table] : strata) tables.push_back(table);
    const Stratified s = MantelHaenszel(tables);
    return s.odds_ratio.value < 2 || s.odds_ratio.ci.lo < 1.3;
  }

  // In each value nearly all traces meet the fact, or nearly none.
  static bool IsAlias(const std::unordered_map<uint64_t, Table>& strata) {
    double odd = 0, all = 0;
    for (const auto& [value, t] : strata) {
      odd += std::min(t.a + t.c, t.b + t.d);
      all += t.total();
    }
    return odd <= 0.03 * all;
  }

  const Corpus& corpus_;
  const std::vector<Relation>& relations_;
  const Flow& flow_;
  const std::vector<Fact>& facts_;
  const Groups& groups_;
};

}  // namespace

bool IsConfounded(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow,
                  const std::vector<Fact>& facts, const Groups& groups, const Fact& fact) {
  return Confounders(corpus, relations, flow, facts, groups).Run(fact);
}

}  // namespace awry::why
