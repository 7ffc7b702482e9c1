// A difference of differences. Sureness is taken as its rank among all traces, so that no odd value counts for more
// than being the least. For a fact F: (mean with F since - before) - (mean without F since - before), over its
// standard error. What changed for all answers alike cancels, as does what was always so with F.
#include "awry/why/worse_since.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "awry/why/sentence.h"
#include "awry/why/signals.h"
#include "awry/why/statistics.h"

namespace awry::why {
namespace {

constexpr double kCellMin = 20;         // traces with the fact, before and since
constexpr double kOthersMin = 40;       // and without it
constexpr double kDropMin = 0.08;       // of the ranks: 0.3 of a normal spread
constexpr double kOwnMin = 0.5 * kDropMin;  // of the traces with the fact themselves
constexpr double kPartShareMin = 0.05;  // of the traces
constexpr double kPartZ = 1;            // halves of a pair do some harm, diluted
constexpr size_t kPartsMax = 40;
constexpr double kChosen = 1.5;         // ln of what a pair gains by its halves being chosen for what they do alone
constexpr double kPairGain = 12;        // z² that a pair must have over its better half
constexpr double kContrastErrors = 2.5;
constexpr double kCourseSlack = 2;
constexpr double kMomentSlack = 3;      // z² that the best of all moments has over the right one by luck
constexpr double kUpstream = 0.9;       // of the leader's z²: what stands further upstream and is met by the same traces
constexpr double kSameTraces = 0.9;

struct Mean {
  double n = 0, sum = 0, squares = 0;
  void Add(double x) { n += 1, sum += x, squares += x * x; }
  double mean() const { return n == 0 ? 0 : sum / n; }
  // Of the mean; not less than where each has the variance `usual`, as a few may be alike by luck.
  double variance(double usual) const { return n == 0 ? 1 : std::max(squares / n - mean() * mean(), usual) / n; }
};

struct Outcome {
  std::vector<double> rank;  // by trace, 0…1; NaN: not told
  Bits known;
  double variance = 0;          // of all ranks
  uint32_t column = kNoText;    // that tells how sure; kNoText:
  uint32_t relation = kNoText;  // a rule of the answer
};

struct Drop {
  double z = 0;     // positive: less sure since
  double rank = 0;  // how much more than without the fact
  double own = 0;   // how much
};

class Search {
 public:
  Search(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow, Facts& facts, const Groups& groups,
         const std::function<bool(const Fact&)>& eligible)
      : corpus_(corpus), relations_(relations), flow_(flow), facts_(facts), groups_(groups), eligible_(eligible), by_time_(ByTime(corpus)) {
    everyone_ = groups.cases;
    everyone_ |= groups.controls;
  }

  std::optional<Worsened> Run() {
    ListOutcomes();
    std::optional<Worsened> best;
    for (const Outcome& outcome : outcomes_) {
      std::optional<Worsened> found = Of(outcome);
      if (found && (!best || found->score > best->score)) best = std::move(found);
    }
    return best;
  }

 private:
  struct Found {
    uint32_t fact = 0;
    Drop drop;
  };

  void ListOutcomes() {
    for (uint32_t c = 0; c < corpus_.columns().size(); ++c) {
      if (flow_.confidence[c] != 0 && corpus_.columns()[c].numeric && !IsCopy(c)) AddRanks(c);
    }
    // What answers usually are for the same input: that they are not is a symptom.
    for (uint32_t r = 0; r < relations_.size(); ++r) {
      const Relation& relation = relations_[r];
      if (flow_.outcome[relation.a] == 0 || flow_.outcome[relation.b] != 0) continue;
      if (relation.kind != RelationKind::kDetermines && relation.kind != RelationKind::kKeeps) continue;
      Outcome outcome{.rank = std::vector<double>(corpus_.size(), kNoNumber), .known = And(relation.known, everyone_), .relation = r};
      outcome.known.ForEach([&](size_t i) { outcome.rank[i] = relation.violated.Test(i) ? 0 : 1; });
      if (static_cast<double>(CountAnd(relation.violated, everyone_)) >= kCellMin) Add(std::move(outcome));
    }
  }

  // The same number as one that is listed, rounded or not.
  bool IsCopy(uint32_t c) const {
    const Column& column = corpus_.columns()[c];
    return std::ranges::any_of(outcomes_, [&](const Outcome& outcome) {
      const Column& other = corpus_.columns()[outcome.column];
      size_t same = 0, both = 0;
      And(column.present, other.present).ForEach([&](size_t i) {
        ++both;
        same += std::abs(column.number[i] - other.number[i]) <= 0.01 * std::abs(other.number[i]) ? 1 : 0;
      });
      return both > 0 && same * 10 >= both * 9;
    });
  }

  void AddRanks(uint32_t c) {
    const Column& column = corpus_.columns()[c];
    std::vector<size_t> rows;
    everyone_.ForEach([&](size_t i) {
      if (!std::isnan(column.number[i])) rows.push_back(i);
    });
    if (static_cast<double>(rows.size()) < 2 * (kCellMin + kOthersMin)) return;
    std::ranges::sort(rows, {}, [&](size_t i) { return column.number[i]; });
    Outcome out{.rank = std::vector<double>(corpus_.size(), kNoNumber), .known = Bits(corpus_.size()), .column = c};
    for (size_t from = 0; from < rows.size();) {
      size_t until = from;
      while (until < rows.size() && column.number[rows[until]] == column.number[rows[from]]) ++until;
      const double rank = static_cast<double>(from + until) / 2 / static_cast<double>(rows.size());
      for (; from < until; ++from) out.rank[rows[from]] = rank;
    }
    for (size_t i : rows) out.known.Set(i);
    Add(std::move(out));
  }

  void Add(Outcome&& outcome) {
    Mean all;
    outcome.known.ForEach([&](size_t i) { all.Add(outcome.rank[i]); });
    outcome.variance = all.squares / all.n - all.mean() * all.mean();
    outcomes_.push_back(std::move(outcome));
  }

  Drop DropOf(const Outcome& outcome, const Bits& with, const Bits& known) const {
    Mean cells[2][2];  // without and with; before and since
    And(known, outcome.known).ForEach([&](size_t i) { cells[with.Test(i)][groups_.cases.Test(i)].Add(outcome.rank[i]); });
    for (const Mean& cell : cells[1]) {
      if (cell.n < kCellMin) return {};
    }
    for (const Mean& cell : cells[0]) {
      if (cell.n < kOthersMin) return {};
    }
    Drop out;
    double variance = 0;
    for (const auto& side : cells) variance += side[0].variance(outcome.variance) + side[1].variance(outcome.variance);
    out.rank = (cells[1][0].mean() - cells[1][1].mean()) - (cells[0][0].mean() - cells[0][1].mean());
    out.own = cells[1][0].mean() - cells[1][1].mean();
    out.z = out.rank / std::sqrt(variance);
    return out;
  }

  std::optional<Worsened> Of(const Outcome& outcome) {
    std::vector<Found> alone;
    for (uint32_t f = 0; f < facts_.facts.size(); ++f) {
      const Fact& fact = facts_.facts[f];
      if (!eligible_(fact)) continue;
      const Drop drop = DropOf(outcome, fact.with, fact.known);
      if (drop.z == 0) continue;
      alone.push_back({f, drop});
    }
    std::ranges::sort(alone, {}, [](const Found& f) { return -f.drop.z; });
    const std::optional<Found> pair = BestPair(outcome, alone);
    Found best;
    double choices = std::log(static_cast<double>(std::max<size_t>(1, alone.size())));
    // That the others got surer is no harm.
    std::erase_if(alone, [](const Found& f) { return f.drop.own < kOwnMin; });
    if (pair) {
      best = *pair;
      choices = std::log(static_cast<double>(pairs_tried_)) + kChosen;
    } else if (!alone.empty()) {
      best = Topmost(alone);
    }
    if (best.drop.z <= 0 || best.drop.rank < kDropMin || best.drop.own < kOwnMin) return std::nullopt;
    const Bits rows = And(And(facts_.facts[best.fact].with, facts_.facts[best.fact].known), outcome.known);
    const double log_p = LogNormalTail(best.drop.z) + choices + std::log(static_cast<double>(outcomes_.size())) + 0.5 * Misfit(outcome, rows);
    return Worsened{.fact = best.fact, .score = -log_p, .text = Text(outcome, facts_.facts[best.fact])};
  }

  // Of those that say the same as the strongest the one furthest upstream.
  Found Topmost(const std::vector<Found>& alone) const {
    Found best = alone.front();
    const Bits& top = facts_.facts[alone.front().fact].with;
    for (const Found& found : alone) {
      const Bits& with = facts_.facts[found.fact].with;
      const auto both = static_cast<double>(CountAnd(with, top));
      if (found.drop.z * found.drop.z < kUpstream * alone.front().drop.z * alone.front().drop.z) break;
      if (both < kSameTraces * static_cast<double>(std::max(with.Count(), top.Count()))) continue;
      if (PositionOf(corpus_, flow_, facts_.facts[found.fact]) < PositionOf(corpus_, flow_, facts_.facts[best.fact]) - 0.2) best = found;
    }
    return best;
  }

  bool MayBePart(const Fact& fact) const {
    if (fact.kind != FactKind::kValue && fact.kind != FactKind::kAtLeast && fact.kind != FactKind::kAtMost) return false;
    // Of processes there are many, each with its own mix.
    if (corpus_.columns()[fact.column].origin != Origin::kSpan) return false;
    return static_cast<double>(CountAnd(fact.with, everyone_)) >= kPartShareMin * static_cast<double>(everyone_.Count());
  }

  // `alone`: largest z first. Adds the best pair that does more than its parts to the facts.
  std::optional<Found> BestPair(const Outcome& outcome, const std::vector<Found>& alone) {
    std::vector<Found> parts;
    for (const Found& found : alone) {
      if (found.drop.z > kPartZ && MayBePart(facts_.facts[found.fact]) && parts.size() < kPartsMax) parts.push_back(found);
    }
    pairs_tried_ = 1;
    std::optional<Found> best;
    size_t of[2] = {0, 0};
    for (size_t i = 0; i < parts.size(); ++i) {
      for (size_t j = i + 1; j < parts.size(); ++j) {
        const Fact& x = facts_.facts[parts[i].fact];
        const Fact& y = facts_.facts[parts[j].fact];
        if (x.column == y.column || (flow_.request[x.column] != 0 && flow_.request[y.column] != 0)) continue;
        ++pairs_tried_;
        const Drop drop = DropOf(outcome, And(x.with, y.with), And(x.known, y.known));
        const double better = std::max({parts[i].drop.z, parts[j].drop.z, alone.front().drop.z});
        if (drop.z <= 0 || drop.z * drop.z < better * better + kPairGain || (best && drop.z <= best->drop.z)) continue;
        if (!MoreThanParts(outcome, x, y)) continue;
        best = Found{0, drop};
        of[0] = i, of[1] = j;
      }
    }
    if (best) best->fact = AddBoth(parts[of[0]].fact, parts[of[1]].fact);
    return best;
  }

  // What both together add to what each does for itself is beyond luck.
  bool MoreThanParts(const Outcome& outcome, const Fact& x, const Fact& y) const {
    Mean cells[2][2][2];
    And(And(x.known, y.known), outcome.known).ForEach([&](size_t i) {
      cells[x.with.Test(i)][y.with.Test(i)][groups_.cases.Test(i)].Add(outcome.rank[i]);
    });
    double contrast = 0, variance = 0;
    for (const int i : {0, 1}) {
      for (const int j : {0, 1}) {
        contrast += (i == j ? 1 : -1) * (cells[i][j][0].mean() - cells[i][j][1].mean());
        variance += cells[i][j][0].variance(outcome.variance) + cells[i][j][1].variance(outcome.variance);
      }
    }
    return contrast >= kContrastErrors * std::sqrt(variance);
  }

  uint32_t AddBoth(uint32_t f, uint32_t g) {
    const bool first = PositionOf(corpus_, flow_, facts_.facts[f]) >= PositionOf(corpus_, flow_, facts_.facts[g]);
    const uint32_t late = first ? f : g, early = first ? g : f;
    const Fact& x = facts_.facts[late];
    const Fact& y = facts_.facts[early];
    Fact both{.kind = FactKind::kBoth, .span_class = x.span_class, .parts = {late, early}, .with = And(x.with, y.with), .known = And(x.known, y.known)};
    if (x.span_class != y.span_class) both.other_class = y.span_class;
    facts_.facts.push_back(std::move(both));
    return static_cast<uint32_t>(facts_.facts.size() - 1);
  }

  // z² by which a course of the day, or another moment, tells the change of `rows` better than the moment asked about.
  double Misfit(const Outcome& outcome, const Bits& rows) const {
    const StepFit fit = FitStep(corpus_, by_time_, outcome.rank, And(rows, everyone_), groups_.cases);
    return std::max(0.0, fit.course - fit.step - kCourseSlack) + std::max(0.0, fit.elsewhere - fit.step - kMomentSlack);
  }

  std::string Text(const Outcome& outcome, const Fact& fact) const {
    if (outcome.relation != kNoText) {
      const Relation& relation = relations_[outcome.relation];
      return fmt::format("since then {} more often is not what {} usually goes with in these traces, and not in the others",
                         corpus_.columns()[relation.a].key, corpus_.columns()[relation.b].key);
    }
    const Column& column = corpus_.columns()[outcome.column];
    Mean cells[2][2];
    And(fact.known, outcome.known).ForEach([&](size_t i) { cells[fact.with.Test(i)][groups_.cases.Test(i)].Add(column.number[i]); });
    return fmt::format("in these traces {} was {:.3g} on average before and is {:.3g} since, in all others {:.3g} and {:.3g}", column.key,
                       cells[1][0].mean(), cells[1][1].mean(), cells[0][0].mean(), cells[0][1].mean());
  }

  const Corpus& corpus_;
  const std::vector<Relation>& relations_;
  const Flow& flow_;
  Facts& facts_;
  const Groups& groups_;
  const std::function<bool(const Fact&)>& eligible_;
  std::vector<size_t> by_time_;
  Bits everyone_;
  std::vector<Outcome> outcomes_;
  size_t pairs_tried_ = 1;
};

}  // namespace

std::optional<Worsened> WorseSince(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow, Facts& facts,
                                   const Groups& groups, const std::function<bool(const Fact&)>& eligible) {
  return Search(corpus, relations, flow, facts, groups, eligible).Run();
}

}  // namespace awry::why
