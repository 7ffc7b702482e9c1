#include "awry/why/scoring.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "awry/why/blame.h"
#include "awry/why/break_off.h"
#include "awry/why/callee_first.h"
#include "awry/why/confounders.h"
#include "awry/why/correction.h"
#include "awry/why/seldom_called.h"
#include "awry/why/signals.h"
#include "awry/why/slow_service.h"

namespace awry::why {
namespace {

constexpr double kPeerOverlap = 0.55;   // Jaccard over cases that meet them
constexpr size_t kPairFacts = 40;       // facts whose pairs are tried
constexpr size_t kNamesMax = 100;       // more different texts are names of things
constexpr double kSlowShare = 0.2;      // of the leader's G: what is slow beside it
constexpr double kOddShare = 0.4;       // of the leader's G: what a call did otherwise than ever
constexpr double kSuddenG = 30;
constexpr double kHardCaseShareMin = 0.2;  // of the wrong answers
constexpr double kContrastErrors = 2.5;   // standard errors below the contrast of a pair
constexpr double kContrastMin = 1.5;
constexpr double kPairShareMin = 0.08;  // of the wrong answers
constexpr double kPairGain = 12;        // G that a pair must have over its better half
constexpr double kRegimeEdge = 0.02;      // of the traces before and since that a regime may miss
constexpr double kRegimeOddsMin = 1.3;    // that a fact must have within a regime to lead in its place
constexpr double kRegimeCaseShare = 0.5;  // of the wrong answers that it must explain

double Jaccard(const Bits& x, const Bits& y, const Bits& within) {
  const double both = static_cast<double>(CountAnd(x, y, within));
  const double all = static_cast<double>(CountAnd(x, within) + CountAnd(y, within)) - both;
  return all == 0 ? 0 : both / all;
}

class Ranker {
 public:
  Ranker(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow, Facts& facts,
         const Groups& groups, const ScoringOptions& options)
      : corpus_(corpus), relations_(relations), flow_(flow), facts_(facts), groups_(groups), options_(options) {
    everyone_ = groups.cases;
    everyone_ |= groups.controls;
    by_time_ = ByTime(corpus);
  }

  Ranking Run() {
    ScoreAll();
    AddPairs();
    CorrectForAllTried(corpus_, facts_, relations_.size(), scored_);
    out_.tested = facts_.tried;
    std::vector<Scored> open;
    for (const Scored& s : scored_) {
      if (MayLead(s)) {
        open.push_back(s);
      } else if (s.log_p < -3 && !IsSymptom(corpus_, flow_, relations_, facts_.facts[s.fact])) {
        out_.too_weak.push_back(s);
      }
    }
    while (!open.empty() && out_.causes.size() < options_.causes_max) {
      Ranked cause = TakeCause(open);
      if (IsConfounded(corpus_, relations_, flow_, facts_.facts, groups_, FactOf(cause.lead))) {
        out_.too_weak.push_back(cause.lead);
        continue;
      }
      out_.causes.push_back(std::move(cause));
    }
    AskServices();
    PutSlowCalleeFirst(corpus_, facts_.facts, out_.causes);
    ExplainSymptoms();
    std::sort(out_.too_weak.begin(), out_.too_weak.end(), [](const Scored& x, const Scored& y) { return x.g > y.g; });
    if (out_.too_weak.size() > options_.too_weak_max) out_.too_weak.resize(options_.too_weak_max);
    return std::move(out_);
  }

 private:
  const Fact& FactOf(const Scored& s) const { return facts_.facts[s.fact]; }
  const std::string& ServiceOf(const Scored& s) const { return corpus_.classes()[FactOf(s).span_class].ref.service; }

  Scored Score(uint32_t f) const {
    Scored s{.fact = f, .table = WeightedTableOf(facts_.facts[f], groups_)};
    if (s.table.a * s.table.d <= s.table.b * s.table.c) return s;
    s.g = GStatistic(s.table);
    s.log_p = std::min(0.0, LogPValueCommonerInWrong(s.table) + facts_.facts[f].log_choices);
    s.odds = OddsRatioOf(s.table);
    return s;
  }

  void ScoreAll() {
    for (uint32_t f = 0; f < facts_.facts.size(); ++f) {
      Scored s = Score(f);
      if (s.g > 0) scored_.push_back(s);
    }
    std::sort(scored_.begin(), scored_.end(), [](const Scored& x, const Scored& y) { return x.g > y.g; });
  }

  // Two attributes that do harm only together: both values are common, their meeting is not.
  void AddPairs() {
    std::vector<Scored> parts;
    for (const Scored& s : scored_) {
      const Fact& fact = FactOf(s);
      if (fact.kind != FactKind::kValue && fact.kind != FactKind::kAtLeast && fact.kind != FactKind::kAtMost) continue;
      if (s.g < 6 || s.table.a < 2 * options_.support_min || IsSymptom(corpus_, flow_, relations_, fact)) continue;
      if (corpus_.columns()[fact.column].origin == Origin::kDerived) continue;
      parts.push_back(s);
      if (parts.size() >= kPairFacts) break;
    }
    const double best = BestLead();
    std::vector<Scored> pairs;
    for (size_t i = 0; i < parts.size(); ++i) {
      for (size_t j = i + 1; j < parts.size(); ++j) {
        const Fact& x = FactOf(parts[i]);
        const Fact& y = FactOf(parts[j]);
        if (x.column == y.column) continue;
        ++facts_.tried;
        Bits with = And(x.with, y.with);
        Bits known = And(x.known, y.known);
        const Fact probe{.kind = FactKind::kBoth, .with = with, .known = known};
        const Table t = TableOf(probe, groups_);
        const double g = t.a * t.d > t.b * t.c ? GStatistic(t) : 0;
        if (g < std::max(parts[i].g, parts[j].g) + kPairGain || g < 1.15 * best || !MoreThanParts(x, y)) continue;
        const bool first = PositionOf(corpus_, flow_, x) >= PositionOf(corpus_, flow_, y);
        Fact both{.kind = FactKind::kBoth, .span_class = first ? x.span_class : y.span_class,
                  .parts = {parts[first ? i : j].fact, parts[first ? j : i].fact},
                  .log_choices = std::log(static_cast<double>(parts.size() * parts.size()) / 2) + x.log_choices +
                                 y.log_choices,
                  .with = std::move(with), .known = std::move(known)};
        if (x.span_class != y.span_class) both.other_class = first ? y.span_class : x.span_class;
        facts_.facts.push_back(std::move(both));
        pairs.push_back(Score(static_cast<uint32_t>(facts_.facts.size() - 1)));
      }
    }
    std::sort(pairs.begin(), pairs.end(), [](const Scored& x, const Scored& y) { return x.g > y.g; });
    if (pairs.size() > 5) pairs.resize(5);
    scored_.insert(scored_.end(), pairs.begin(), pairs.end());
    std::stable_sort(scored_.begin(), scored_.end(), [](const Scored& x, const Scored& y) { return x.g > y.g; });
  }

  // Odds multiply where two things do harm each for itself: together they must be worse than that. The
  // logarithm of (odds with both · odds with none) / (odds with each alone), 0.5 added to each cell.
  bool MoreThanParts(const Fact& x, const Fact& y) const {
    double cells[2][2][2];
    const Bits known = And(x.known, y.known);
    for (const bool with_x : {false, true}) {
      for (const bool with_y : {false, true}) {
        Bits rows = known;
        with_x ? rows &= x.with : rows.Subtract(x.with);
        with_y ? rows &= y.with : rows.Subtract(y.with);
        cells[with_x][with_y][0] = static_cast<double>(CountAnd(rows, groups_.controls)) + 0.5;
        cells[with_x][with_y][1] = static_cast<double>(CountAnd(rows, groups_.cases)) + 0.5;
      }
    }
    double contrast = 0, variance = 0;
    for (const int i : {0, 1}) {
      for (const int j : {0, 1}) {
        contrast += (i == j ? 1 : -1) * std::log(cells[i][j][1] / cells[i][j][0]);
        variance += 1 / cells[i][j][1] + 1 / cells[i][j][0];
      }
    }
    return contrast - kContrastErrors * std::sqrt(variance) >= std::log(kContrastMin);
  }

  double BestLead() const {
    for (const Scored& s : scored_) {
      if (!IsSymptom(corpus_, flow_, relations_, FactOf(s)) && s.odds.ci.lo >= options_.odds_lower_min) return s.g;
    }
    return 0;
  }

  bool MayLead(const Scored& s) const {
    const double cases = s.table.a + s.table.b;
    return s.log_p_corrected <= options_.log_p_max && s.odds.ci.lo >= options_.odds_lower_min &&
           s.table.a >= options_.support_min && s.table.a >= options_.share_min * cases &&
           !IsSymptom(corpus_, flow_, relations_, FactOf(s)) && !IsHardCase(FactOf(s), s.table.a / cases) &&
           !(options_.excluded && options_.excluded(FactOf(s)));
  }

  // An unseen merchant, a new customer: models err there without any fault, so a value of what is asked
  // is a cause only when it began at a moment and explains a good part of the wrong answers, `share`:
  // in an import every statement's merchants begin at a moment. One value among hundreds is a case,
  // not a cause.
  bool IsHardCase(const Fact& fact, double share) const {
    if (fact.kind == FactKind::kBoth) {
      return share < kPairShareMin ||
             (IsHardCase(facts_.facts[fact.parts[0]], share) && IsHardCase(facts_.facts[fact.parts[1]], share));
    }
    if (fact.kind != FactKind::kValue && fact.kind != FactKind::kAtLeast && fact.kind != FactKind::kAtMost) return false;
    const Column& column = corpus_.columns()[fact.column];
    const bool rare_name = fact.kind == FactKind::kValue && !column.numeric && column.distinct > kNamesMax &&
                           column.origin == Origin::kSpan;
    if (flow_.request[fact.column] == 0 && !rare_name) return false;
    if (share < kHardCaseShareMin) return true;
    const Step step = BestStep(corpus_, by_time_, fact.with, fact.known);
    return step.g < kSuddenG || !step.sharp || step.before > 0.2 * step.after;
  }

  // How much of the leader's G a peer of this kind needs to take its place.
  double LeadShare(const Scored& s) const {
    const Fact& fact = FactOf(s);
    switch (fact.kind) {
      case FactKind::kRelation: {
        const RelationKind kind = relations_[fact.relation].kind;
        return kind == RelationKind::kDetermines ? 0.9 : 0.72;
      }
      case FactKind::kValue:
      case FactKind::kAtLeast:
      case FactKind::kAtMost: return 0.8;
      default: return 0.75;
    }
  }

  int KindRank(const Scored& s) const {
    const Fact& fact = FactOf(s);
    if (fact.kind == FactKind::kRelation) {
      return relations_[fact.relation].kind == RelationKind::kDetermines ? 1 : 0;
    }
    if (fact.kind == FactKind::kBoth) return 3;
    if (IsSlow(corpus_, fact)) return 2;
    return fact.column != kNoText && (corpus_.columns()[fact.column].is_time() || corpus_.columns()[fact.column].is_summary()) ? 2 : 1;
  }

  static bool IsOrder(const Fact& fact) { return fact.kind == FactKind::kOrder || fact.kind == FactKind::kOverlap; }
  bool IsSequel(const Fact& fact) const { return fact.kind == FactKind::kValue && corpus_.columns()[fact.column].is_sequel(); }

  // Of two facts that say the same: relations first, then the one further upstream, then within one
  // span, then the stronger.
  bool Before(const Scored& x, const Scored& y) const {
    const int kx = KindRank(x), ky = KindRank(y);
    if (kx != ky) return kx < ky;
    // What comes out of its order leaves something else as the last.
    if (IsOrder(FactOf(x)) && IsSequel(FactOf(y))) return true;
    if (IsSequel(FactOf(x)) && IsOrder(FactOf(y))) return false;
    const double px = PositionOf(corpus_, flow_, FactOf(x)), py = PositionOf(corpus_, flow_, FactOf(y));
    if (std::abs(px - py) > 0.2) return px < py;
    const bool ox = FactOf(x).other_class != kNoText, oy = FactOf(y).other_class != kNoText;
    if (ox != oy && std::min(x.g, y.g) > 0.8 * std::max(x.g, y.g)) return !ox;
    return x.g > y.g;
  }

  bool IsRegime(const Scored& s) const {
    return why::IsRegime(by_time_, And(FactOf(s).with, everyone_), And(FactOf(s).known, everyone_), kRegimeEdge);
  }

  // What everything meets since a moment says when, hardly why: what still tells wrong from right since
  // then leads in its place.
  Scored TopOf(const std::vector<Scored>& open) const {
    const Scored& first = open.front();
    if (!IsRegime(first)) return first;
    const auto cases = static_cast<double>(groups_.cases.Count());
    for (const Scored& s : open) {
      if (KindRank(s) == 0 && s.table.a >= kRegimeCaseShare * cases && TellsWithin(s, first, kRegimeOddsMin) && !IsRegime(s)) return s;
    }
    return first;
  }

  // The regime in which the cause's wrong answers lie, if there is one.
  const Scored* RegimeOf(const std::vector<Scored>& open, const Scored& lead) const {
    const Bits wrong = And(FactOf(lead).with, groups_.cases);
    const double least = (1 - kRegimeEdge) * static_cast<double>(wrong.Count());
    for (const Scored& s : open) {
      if (static_cast<double>(CountAnd(wrong, FactOf(s).with)) >= least && IsRegime(s)) return &s;
    }
    return nullptr;
  }

  Ranked TakeCause(std::vector<Scored>& open) {
    const Scored top = TopOf(open);
    Scored lead = top;
    for (const Scored& s : open) {
      if (s.g < LeadShare(s) * top.g || !Peers(s, top)) continue;
      if (Before(s, lead) && (top.fact == open.front().fact || !IsRegime(s))) lead = s;
    }
    lead = WhereItBreaks(WhereItIsSlow(open, lead));
    const Scored found = lead;
    lead = PlainestOf(relations_, facts_.facts, open, found, [](const Scored& s) { return s.g; },
                      [&](const Scored& s) { return Peers(s, found); });
    Ranked cause{.lead = lead};
    const Scored* regime = RegimeOf(open, lead);  // what it alone tells, the cause tells as well
    std::vector<Scored> rest;
    for (const Scored& s : open) {
      if (s.fact == lead.fact || s.fact == found.fact) continue;
      if (SaysTheSame(s, lead) || SaysTheSame(s, found)) continue;  // added below, with those that failed a gate
      if (!StandsBeside(s, lead) || !StandsBeside(s, found) || (regime != nullptr && (s.fact == regime->fact || !StandsBeside(s, *regime)))) {
        cause.explained.push_back(s);
      } else {
        rest.push_back(s);
      }
    }
    open = std::move(rest);
    for (const Scored& s : scored_) {
      if (s.fact != lead.fact && (s.fact == found.fact || SaysTheSame(s, lead))) cause.same.push_back(s);
    }
    return cause;
  }

  // A slow service shows at several places: the fact of the service that most of them have in common.
  Scored WhereItIsSlow(const std::vector<Scored>& open, const Scored& lead) {
    if (!IsSlow(corpus_, FactOf(lead))) return lead;
    std::vector<SlowPlace> places;
    for (const Scored& s : open) {
      if (IsSlow(corpus_, FactOf(s)) && s.g >= kSlowShare * lead.g) places.push_back({.fact = s.fact, .g = s.g});
    }
    const SlowService slow = SlowServiceOf(corpus_, facts_.facts, places);
    for (const Scored& s : open) {
      if (s.fact != slow.fact) continue;
      return slow.is_caller ? ToldOf(s, corpus_.classes()[FactOf(s).span_class].parent) : s;
    }
    return lead;
  }

  // The same fact, told of another span.
  Scored ToldOf(const Scored& s, uint32_t span_class) {
    Scored out = s;
    Fact fact = FactOf(s);
    fact.other_class = fact.span_class;
    fact.span_class = span_class;
    facts_.facts.push_back(std::move(fact));
    out.fact = static_cast<uint32_t>(facts_.facts.size() - 1);
    return out;
  }

  // What is missing with its caller was not left out by itself; what breaks off after a call that went well was
  // broken off by the caller.
  Scored WhereItBreaks(const Scored& lead) {
    const Fact& fact = FactOf(lead);
    uint32_t place = fact.span_class;
    if (fact.kind == FactKind::kSpanMissing) {
      place = TopmostMissing(corpus_, fact, groups_.cases);
    } else if (IsSequel(fact)) {
      std::vector<uint32_t> odd;  // span classes that did something else than ever in the same traces
      for (const Scored& s : scored_) {
        if (s.fact != lead.fact && s.g >= kOddShare * lead.g && !IsSlow(corpus_, FactOf(s)) && Peers(s, lead)) odd.push_back(FactOf(s).span_class);
      }
      place = WhoBrokeOff(corpus_, fact.span_class, odd);
    }
    return place == fact.span_class ? lead : ToldOf(lead, place);
  }

  // A relation of the same span over one of the same attributes, broken in most of the lead's cases:
  // the wrong key beside the wrong row that it fetched.
  bool SaysTheSame(const Scored& s, const Scored& lead) const {
    const Fact& x = FactOf(s);
    const Fact& y = FactOf(lead);
    if (x.span_class != y.span_class || !SharesAttribute(relations_, x, y)) return false;
    const double both = static_cast<double>(CountAnd(x.with, y.with, groups_.cases));
    return both >= 0.6 * static_cast<double>(CountAnd(y.with, groups_.cases)) && s.g >= 0.1 * lead.g;
  }

  bool Peers(const Scored& x, const Scored& y) const {
    return x.fact == y.fact || Jaccard(FactOf(x).with, FactOf(y).with, groups_.cases) >= kPeerOverlap;
  }

  // Whether the fact still tells wrong from right among traces that are alike in `lead`.
  bool StandsBeside(const Scored& s, const Scored& lead) const { return TellsWithin(s, lead, options_.odds_lower_min); }

  bool TellsWithin(const Scored& s, const Scored& lead, double odds_lower_min) const {
    const Fact& fact = FactOf(s);
    const Fact& other = FactOf(lead);
    std::vector<Table> strata;
    for (const bool with : {true, false}) {
      Bits rows = And(everyone_, fact.known);
      with ? rows &= other.with : rows.Subtract(other.with);
      const Groups part{And(groups_.cases, rows), And(groups_.controls, rows)};
      strata.push_back(TableOf(fact, part));
    }
    const Stratified stratified = MantelHaenszel(strata);
    return stratified.log_p + fact.log_choices + std::log(static_cast<double>(facts_.facts.size())) <= options_.log_p_max &&
           stratified.odds_ratio.ci.lo >= odds_lower_min;
  }

  // Where no fact tells by itself, the services that few of the cases call are asked; and where few show that a service
  // took other steps than ever, those that it calls.
  void AskServices() {
    const Scored* first = out_.causes.empty() ? nullptr : &out_.causes.front().lead;
    if (first != nullptr && (first->table.a > static_cast<double>(kSeldomMax) || !TellsOfSteps(corpus_, FactOf(*first)))) return;
    const auto may_lead = [&](uint32_t f) {
      const Fact& fact = facts_.facts[f];
      const Table table = TableOf(fact, groups_);
      return !IsSymptom(corpus_, flow_, relations_, fact) && !IsHardCase(fact, table.a / (table.a + table.b)) &&
             !(options_.excluded && options_.excluded(fact)) && !IsConfounded(corpus_, relations_, flow_, facts_.facts, groups_, fact);
    };
    const auto found = SeldomCalledAtFault(corpus_, facts_.facts, groups_, may_lead);
    if (!found || (first != nullptr && !Calls(corpus_, ServiceOf(*first), corpus_.classes()[facts_.facts[found->fact].span_class].ref.service))) return;
    Scored lead = Score(found->fact);
    lead.log_p_corrected = found->log_p_corrected;
    std::erase_if(out_.too_weak, [&](const Scored& s) { return s.fact == found->fact; });
    std::erase_if(out_.causes, [&](const Ranked& cause) { return cause.lead.fact == found->fact; });
    out_.causes.insert(out_.causes.begin(), {.lead = lead});
  }

  // What the answer looks like when the cause is there: shown under the cause it goes with.
  void ExplainSymptoms() {
    for (const Scored& s : scored_) {
      if (s.log_p_corrected > options_.log_p_max || !IsSymptom(corpus_, flow_, relations_, FactOf(s))) continue;
      for (Ranked& cause : out_.causes) {
        if (cause.explained.size() < 20 && !StandsBeside(s, cause.lead)) {
          cause.explained.push_back(s);
          break;
        }
      }
    }
  }

  const Corpus& corpus_;
  const std::vector<Relation>& relations_;
  const Flow& flow_;
  Facts& facts_;
  const Groups& groups_;
  const ScoringOptions& options_;
  Bits everyone_;
  std::vector<size_t> by_time_;
  std::vector<Scored> scored_;  // commoner among the cases, largest G first
  Ranking out_;
};

}  // namespace

Ranking Rank(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow, Facts& facts,
             const Groups& groups, const ScoringOptions& options) {
  return Ranker(corpus, relations, flow, facts, groups, options).Run();
}

}  // namespace awry::why
