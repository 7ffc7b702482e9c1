// Pairs are tried on a sample, first on a few rows, so that the many that do not hold cost little; the
// survivors are evaluated over all traces.
#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "awry/why/relation_keeps.h"
#include "awry/why/relation_triples.h"
#include "awry/why/relations.h"

namespace awry::why {
namespace {

constexpr size_t kFewRows = 48;
constexpr double kChanceMax = 0.7;
constexpr double kStrongChance = 0.1;   // what luck seldom gives may be broken more often
constexpr double kWeakHeldMin = 0.9;
constexpr double kGainMin = 0.8;  // of what luck leaves, this much must hold
constexpr size_t kLowDistinct = 60;

class Miner {
 public:
  Miner(const Corpus& corpus, const Bits& good, const MiningOptions& options)
      : corpus_(corpus), good_(good), options_(options) {
    good.ForEach([&](size_t i) { rows_.push_back(i); });
    const size_t take = std::min(options.sample_max, rows_.size());
    for (size_t k = 0; k < take; ++k) sample_.push_back(rows_[k * rows_.size() / take]);
    // Neighbours in time look alike; a fixed permutation spreads the first few over the window.
    std::stable_sort(sample_.begin(), sample_.end(), [](size_t a, size_t b) {
      return a * 0x9e3779b97f4a7c15ULL < b * 0x9e3779b97f4a7c15ULL;
    });
  }

  Mined Run() {
    PickColumns();
    for (size_t i = 0; i < picked_.size(); ++i) {
      for (size_t j = i + 1; j < picked_.size(); ++j) TryPair(picked_[i], picked_[j]);
    }
    for (Relation& relation : FindKeeps(corpus_, sample_, rows_, picked_, related_)) Keep(std::move(relation));
    for (Relation& relation : FindTriples(corpus_, sample_, picked_, related_)) Keep(std::move(relation));
    return std::move(mined_);
  }

 private:
  const Column& At(uint32_t column) const { return corpus_.columns()[column]; }

  void PickColumns() {
    std::vector<uint32_t> all;
    for (uint32_t c = 0; c < corpus_.columns().size(); ++c) {
      const Column& column = At(c);
      const bool derived = column.origin == Origin::kDerived && column.aggregate != Aggregate::kSum;
      if (derived || column.origin == Origin::kResource || column.distinct == 0) continue;
      if (column.distinct < 2 && !HasManyDigits(c)) continue;
      if (CountAnd(column.present, good_) < options_.support_min) continue;
      all.push_back(c);
    }
    if (all.size() > options_.columns_max) {
      mined_.cut = true;
      std::stable_sort(all.begin(), all.end(),
                       [&](uint32_t x, uint32_t y) { return At(x).count > At(y).count; });
      all.resize(options_.columns_max);
    }
    // Upstream first: the second of a pair is the one that copies.
    std::stable_sort(all.begin(), all.end(), [&](uint32_t x, uint32_t y) {
      const double px = corpus_.ClassOf(At(x)).position, py = corpus_.ClassOf(At(y)).position;
      if (px != py) return px < py;
      if (At(x).span_class != At(y).span_class) return At(x).span_class < At(y).span_class;
      return At(x).attribute_order < At(y).attribute_order;
    });
    picked_ = std::move(all);
    tolerance_.resize(corpus_.columns().size());
    for (uint32_t c : picked_) tolerance_[c] = RoundingOf(At(c), sample_);
  }

  // Four digits or more in nearly all values: that two such numbers are the same is no luck, even if they
  // hardly change, as the day's number.
  bool HasManyDigits(uint32_t c) const {
    const Column& column = At(c);
    if (!column.numeric) return false;
    size_t known = 0, many = 0;
    for (size_t i : sample_) {
      double v = std::abs(column.number[i]);
      if (std::isnan(v)) continue;
      ++known;
      if (v < 1'000 || v > 1e15 || std::floor(v) != v) continue;
      while (std::fmod(v, 10) == 0) v /= 10;
      many += v >= 1'000 ? 1 : 0;
    }
    return known > 0 && many * 10 >= known * 9;
  }

  struct Tally {
    size_t known = 0;
    size_t holds = 0;
    double share() const { return known == 0 ? 0 : static_cast<double>(holds) / static_cast<double>(known); }
  };

  Tally Try(const Relation& relation, size_t from, size_t until) const {
    Tally tally;
    for (size_t k = from; k < until; ++k) {
      const Truth truth = Evaluate(corpus_, relation, sample_[k]);
      tally.known += truth != Truth::kUnknown ? 1 : 0;
      tally.holds += truth == Truth::kHolds ? 1 : 0;
    }
    return tally;
  }

  bool HoldsOnSample(const Relation& relation) const {
    const size_t few = std::min(kFewRows, sample_.size());
    const Tally first = Try(relation, 0, few);
    if (first.known >= 8 && first.share() < options_.held_min - 0.2) return false;
    const Tally rest = Try(relation, few, sample_.size());
    const Tally all{.known = first.known + rest.known, .holds = first.holds + rest.holds};
    return all.known >= std::min<size_t>(options_.support_min, 8) && all.share() >= options_.held_min - 0.03;
  }

  double Chance(const Relation& relation) const {
    Tally tally;
    for (size_t shift : {size_t{1}, size_t{7}, size_t{31}}) {
      for (size_t k = 0; k < sample_.size(); ++k) {
        const Truth truth =
            EvaluateAcross(corpus_, relation, sample_[k], sample_[(k + shift) % sample_.size()]);
        tally.known += truth != Truth::kUnknown ? 1 : 0;
        tally.holds += truth == Truth::kHolds ? 1 : 0;
      }
    }
    return tally.known == 0 ? 1 : tally.share();
  }

  // Evaluates over all traces and keeps the relation when the good ones hold it.
  bool Keep(Relation&& relation) {
    if (mined_.relations.size() >= options_.relations_max) {
      mined_.cut = true;
      return false;
    }
    ++mined_.tried;
    relation.chance = Chance(relation);
    if (relation.kind == RelationKind::kEqual && relation.chance > kStrongChance && HasManyDigits(relation.a)) {
      relation.chance = 0.5 * kStrongChance;
    }
    const bool bound = relation.kind == RelationKind::kAtMost;
    if (!bound && relation.chance > kChanceMax) return false;
    relation.known = Bits(corpus_.size());
    relation.violated = Bits(corpus_.size());
    for (size_t i = 0; i < corpus_.size(); ++i) {
      const Truth truth = Evaluate(corpus_, relation, i);
      if (truth == Truth::kUnknown) continue;
      relation.known.Set(i);
      if (truth == Truth::kBroken) relation.violated.Set(i);
    }
    const size_t known = CountAnd(relation.known, good_);
    if (known < options_.support_min) return false;
    const size_t broken = CountAnd(relation.violated, good_);
    relation.held = 1 - static_cast<double>(broken) / static_cast<double>(known);
    const bool strong = bound || relation.chance < kStrongChance;
    if (relation.held < (strong ? options_.held_min : std::max(options_.held_min, kWeakHeldMin))) return false;
    const double gain = (relation.held - relation.chance) / (1 - relation.chance);
    if (!bound && gain < (strong ? options_.held_min - 0.1 : kGainMin)) return false;
    // A bound says little: a sum may hold as well.
    if (!bound && relation.kind != RelationKind::kWithin) {
      related_.insert({std::min(relation.a, relation.b), std::max(relation.a, relation.b)});
    }
    mined_.relations.push_back(std::move(relation));
    return true;
  }

  bool KeepIf(RelationKind kind, uint32_t a, uint32_t b) {
    Relation relation{.kind = kind, .a = a, .b = b};
    return HoldsOnSample(relation) && Keep(std::move(relation));
  }

  void TryPair(uint32_t up, uint32_t down) {
    const Column& x = At(up);
    const Column& y = At(down);
    if (x.is_list || y.is_list) return TryList(up, down);
    if (x.numeric && y.numeric) return TryNumbers(up, down);
    if (x.numeric != y.numeric) {
      x.numeric ? TryTextNumber(down, up) : TryTextNumber(up, down);
      return;
    }
    TryTexts(up, down);
  }

  void TryTexts(uint32_t up, uint32_t down) {
    if (KeepIf(RelationKind::kEqual, down, up)) return;
    if (TryPart(down, up) || TryPart(up, down)) return;
    if (At(up).distinct > 8 && KeepIf(RelationKind::kSameNormalised, down, up)) return;
    TryDetermines(up, down);
  }

  // `whole` = constant + part + constant, or has the part as a segment.
  bool TryPart(uint32_t whole, uint32_t part) {
    if (At(whole).distinct < At(part).distinct / 2 || At(whole).distinct < 4) return false;
    if (const std::optional<Relation> exact = GuessTemplate(whole, part)) {
      Relation relation = *exact;
      if (HoldsOnSample(relation) && Keep(std::move(relation))) return true;
    }
    return KeepIf(RelationKind::kContains, whole, part);
  }

  // Takes prefix and suffix from the first rows, when two of them agree.
  std::optional<Relation> GuessTemplate(uint32_t whole, uint32_t part) const {
    std::vector<std::pair<std::string, std::string>> seen;
    for (size_t k = 0; k < std::min(kFewRows, sample_.size()); ++k) {
      const size_t i = sample_[k];
      const Column& w = At(whole);
      const Column& p = At(part);
      if (w.text[i] == kNoText || p.text[i] == kNoText) continue;
      const std::string_view text = corpus_.texts().Text(w.text[i]);
      const std::string_view piece = corpus_.texts().Text(p.text[i]);
      const size_t at = piece.empty() ? std::string_view::npos : text.find(piece);
      if (at == std::string_view::npos || text.size() == piece.size()) continue;
      std::pair<std::string, std::string> shape(text.substr(0, at), text.substr(at + piece.size()));
      if (std::find(seen.begin(), seen.end(), shape) != seen.end()) {
        return Relation{.kind = RelationKind::kTemplate, .a = whole, .b = part,
                        .prefix = std::move(shape.first), .suffix = std::move(shape.second)};
      }
      if (seen.size() < 4) seen.push_back(std::move(shape));
    }
    return std::nullopt;
  }

  void TryTextNumber(uint32_t text, uint32_t number) {
    if (At(number).distinct < 4 || At(text).distinct < 4) {
      const bool first = std::find(picked_.begin(), picked_.end(), text) < std::find(picked_.begin(), picked_.end(), number);
      return first ? TryDetermines(text, number) : TryDetermines(number, text);
    }
    if (KeepIf(RelationKind::kSameNumber, text, number)) return;
    if (KeepIf(RelationKind::kLength, text, number)) return;
  }

  void TryList(uint32_t up, uint32_t down) {
    for (const auto& [list, other] : {std::pair{up, down}, std::pair{down, up}}) {
      if (!At(list).is_list) continue;
      if (At(other).numeric) {
        if (KeepIf(RelationKind::kListCount, list, other)) return;
        continue;
      }
      if (At(other).text.empty()) continue;
      if (At(other).is_list) continue;
      if (KeepIf(RelationKind::kMember, list, other)) return;
      if (KeepIf(RelationKind::kItemsStartWith, list, other)) return;
    }
    if (At(up).is_list && At(down).is_list) (void)KeepIf(RelationKind::kEqual, down, up);
  }

  void TryNumbers(uint32_t up, uint32_t down) {
    if (KeepIf(RelationKind::kEqual, down, up)) return;
    if (At(up).distinct >= 8 && At(down).distinct >= 8) {
      for (Relation& relation : GuessLines(up, down)) {
        if (HoldsOnSample(relation) && Keep(std::move(relation))) return;
      }
    }
    const bool bound = TryAtMost(up, down) || TryAtMost(down, up);
    const bool near = TryWithin(up, down);
    if (!bound && !near) TryDetermines(up, down);
  }

  // Ratio, offset, and the line through two points, of the first rows.
  std::vector<Relation> GuessLines(uint32_t up, uint32_t down) const {
    std::vector<std::pair<double, double>> points;
    for (size_t i : sample_) {
      const double x = At(up).number[i], y = At(down).number[i];
      if (std::isnan(x) || std::isnan(y) || x == 0) continue;
      points.emplace_back(x, y);
      if (points.size() >= 9) break;
    }
    std::vector<Relation> out;
    if (points.size() < 5) return out;
    const auto middle = [](std::vector<double> values) {
      std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
      return values[values.size() / 2];
    };
    std::vector<double> ratios, offsets, slopes;
    for (size_t k = 0; k < points.size(); ++k) {
      ratios.push_back(points[k].second / points[k].first);
      offsets.push_back(points[k].second - points[k].first);
      const auto& next = points[(k + 1) % points.size()];
      if (next.first != points[k].first) {
        slopes.push_back((next.second - points[k].second) / (next.first - points[k].first));
      }
    }
    const auto add = [&](RelationKind kind, double factor, double offset) {
      if (factor == 0 || !std::isfinite(factor)) return;
      out.push_back({.kind = kind, .a = down, .b = up, .factor = factor, .offset = offset,
                     .tolerance = tolerance_[down] + std::abs(factor) * tolerance_[up]});
    };
    // A factor that people use is exact, the measured one is not.
    for (double unit : {1.0, 10.0, 60.0, 100.0, 1'000.0, 1'024.0, 3'600.0, 10'000.0, 86'400.0, 1e6, 1e9}) {
      for (double factor : {unit, 1 / unit}) {
        if (std::abs(middle(ratios) / factor - 1) < 0.005) add(RelationKind::kRatio, factor, 0);
      }
    }
    add(RelationKind::kRatio, middle(ratios), 0);
    add(RelationKind::kOffset, 1, middle(offsets));
    if (slopes.size() >= 5) {
      const double slope = middle(slopes);
      std::vector<double> rests;
      for (const auto& [x, y] : points) rests.push_back(y - slope * x);
      add(RelationKind::kLinear, slope, middle(rests));
    }
    return out;
  }

  // a <= b is worth keeping when values come close to the bound and hardly any cross it.
  bool TryAtMost(uint32_t a, uint32_t b) {
    if (!SameUnit(corpus_, a, b)) return false;
    Relation relation{.kind = RelationKind::kAtMost, .a = a, .b = b};
    if (!HoldsOnSample(relation)) return false;
    std::vector<double> gaps;
    for (size_t i : rows_) {
      const double gap = At(b).number[i] - At(a).number[i];
      if (!std::isnan(gap)) gaps.push_back(gap);
    }
    if (gaps.size() < options_.support_min) return false;
    std::sort(gaps.begin(), gaps.end());
    const double scale = gaps[gaps.size() * 9 / 10];
    if (scale <= 0) return false;
    const auto below = static_cast<double>(std::lower_bound(gaps.begin(), gaps.end(), 0.0) - gaps.begin());
    const auto close =
        static_cast<double>(std::upper_bound(gaps.begin(), gaps.end(), 0.2 * scale) - gaps.begin()) - below;
    const double all = static_cast<double>(gaps.size());
    if (close < 0.02 * all || close < 8) return false;
    // Only zeros at the bound say nothing of what happens near it.
    if (gaps[static_cast<size_t>(below + close) - 1] <= 0) return false;
    return Keep(std::move(relation));
  }

  // A copy that lags: the difference varies far less than the numbers do.
  bool TryWithin(uint32_t up, uint32_t down) {
    if (At(up).distinct < 8 || At(down).distinct < 8 || !SameUnit(corpus_, up, down)) return false;
    std::vector<double> gaps;
    for (size_t i : sample_) {
      const double gap = At(down).number[i] - At(up).number[i];
      if (!std::isnan(gap)) gaps.push_back(gap);
    }
    if (gaps.size() < options_.support_min) return false;
    std::sort(gaps.begin(), gaps.end());
    const double low = gaps[gaps.size() / 4], high = gaps[gaps.size() * 3 / 4];
    const double margin = 4 * (high - low);
    Relation relation{.kind = RelationKind::kWithin, .a = down, .b = up, .factor = low - margin,
                      .offset = high + margin};
    return HoldsOnSample(relation) && Keep(std::move(relation));
  }

  void TryDetermines(uint32_t up, uint32_t down) {
    const Column& x = At(up);
    const Column& y = At(down);
    if (x.distinct > kLowDistinct || y.distinct > kLowDistinct || x.distinct < 2 || y.distinct < 2) return;
    std::unordered_map<uint64_t, std::unordered_map<uint64_t, size_t>> counts;
    for (size_t i : rows_) {
      const uint64_t from = ValueKey(x, i), to = ValueKey(y, i);
      if (from != 0 && to != 0) ++counts[from][to];
    }
    Relation relation{.kind = RelationKind::kDetermines, .a = down, .b = up};
    size_t held = 0, all = 0;
    for (const auto& [from, targets] : counts) {
      size_t sum = 0;
      std::pair<size_t, uint64_t> best{0, 0};
      for (const auto& [to, times] : targets) {
        sum += times;
        best = std::max(best, {times, to});
      }
      if (sum < 8) continue;
      relation.map.emplace(from, best.second);
      held += best.first;
      all += sum;
    }
    if (all < options_.support_min || relation.map.size() < 2) return;
    if (static_cast<double>(held) < options_.held_min * static_cast<double>(all)) return;
    Keep(std::move(relation));
  }

  const Corpus& corpus_;
  const Bits& good_;
  const MiningOptions& options_;
  std::vector<size_t> rows_;    // good traces
  std::vector<size_t> sample_;  // of these
  std::vector<uint32_t> picked_;
  std::vector<double> tolerance_;  // by column
  std::set<std::pair<uint32_t, uint32_t>> related_;
  Mined mined_;
};

}  // namespace

Mined MineRelations(const Corpus& corpus, const Bits& good, const MiningOptions& options) {
  return Miner(corpus, good, options).Run();
}

}  // namespace awry::why
