// A score adds, in natural-log units: how seldom facts of the kind are met for no reason, half the
// squared drop of the answers' confidence in standard errors (the log-likelihood ratio of a normal
// mean), the log-likelihood of a sudden begin, and half the surprise of the fact's share.
#include "awry/why/suspects.h"

#include <algorithm>
#include <cmath>

#include "awry/why/blame.h"
#include "awry/why/worse_since.h"

namespace awry::why {
namespace {

constexpr double kShareMax = 0.3;       // a fact met by more is no exception
constexpr double kStepFree = 16;        // G that the best of all moments reaches by luck
constexpr double kRequestPenalty = 10;
constexpr double kRareShare = 0.02;     // what is rarer is no more surprising: there are many rare things
constexpr double kFewOthers = 12;       // traces that meet the fact as well
constexpr double kDeployPenalty = 4;    // some pods and regions do a little worse all the time
constexpr double kDropSpread = 0.7;
constexpr double kWorseMin = 6.9;       // minus ln of the corrected p: 0.001
constexpr double kCourseSlack = 2;      // chi-square that a smooth course gains by following the noise
constexpr double kCourseSlackExact = 8;  // rules and spans do not drift with the hours
constexpr double kSpikeMin = 10;        // traces with one value of a number that varies
constexpr double kSpikeTimes = 8;       // as often as its values usually are met
constexpr double kPeerOverlap = 0.55;
constexpr double kDriftCourse = 14;     // chi-square of three degrees of freedom: the number goes with the hours
constexpr double kFarTimes = 0.5;       // of the way from the usual to the threshold, beyond it
constexpr double kExtremePenalty = 2;   // models are less sure of extreme inputs, without any fault
constexpr double kExceptionShare = 0.03;
constexpr double kExceptionShift = -1;
// A region or zone goes with who asks.
bool NamesAPlace(std::string_view key) { return key.ends_with("region") || key.ends_with("zone"); }

constexpr double kDeployShift = -2.6;   // a new pod or version is context unless answers got worse so much

class Suspecter {
 public:
  Suspecter(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow, const Facts& facts,
            const Groups& groups)
      : corpus_(corpus), relations_(relations), flow_(flow), facts_(facts), groups_(groups),
        by_time_(ByTime(corpus)) {
    everyone_ = groups.cases;
    everyone_ |= groups.controls;
  }

  Suspicion OfTrace(size_t trace) {
    std::vector<Suspect> all;
    for (uint32_t f = 0; f < facts_.facts.size(); ++f) {
      const Fact& fact = facts_.facts[f];
      if (!fact.with.Test(trace) || !Eligible(fact)) continue;
      const Table t = TableOf(fact, groups_);
      if (t.c + t.d < 30 || t.c < 2) continue;
      Suspect s{.fact = f, .share = t.c / (t.c + t.d)};
      if (s.share > kShareMax) continue;
      s.shift = OutcomeShift(corpus_, flow_, fact.with, fact.known, Peers(fact, trace));
      s.step = BestStep(corpus_, by_time_, fact.with, And(fact.known, groups_.controls));
      const double step = StepTerm(fact, s);
      s.score = Prior(fact) + 0.5 * std::log(1 / std::max(s.share, kRareShare)) + ShiftTerm(s.shift, t.c) + step;
      if (step == 0 && t.c < kFewOthers) s.score -= 1.5;
      if (step == 0 && IsRange(fact) && !corpus_.columns()[fact.column].is_time()) s.score -= kExtremePenalty;
      if (step == 0 && t.c >= kFewOthers && LooksHarmless(fact, s)) s.score -= 1;
      if (step == 0 && IsDeployment(corpus_, fact)) s.score -= kDeployPenalty;
      if (IsOfRequest(fact) && (s.step.before > 0.01 || StepTerm(fact, s) == 0)) s.score -= kRequestPenalty;
      all.push_back(s);
    }
    return Group(std::move(all));
  }

  Suspicion OfMoment(int64_t onset_ns, int64_t slack_ns) const {
    std::vector<Suspect> all;
    Suspicion out;
    for (uint32_t f = 0; f < facts_.facts.size(); ++f) {
      const Fact& fact = facts_.facts[f];
      if (!Eligible(fact)) continue;
      Suspect s{.fact = f};
      const Bits known = And(fact.known, everyone_);
      s.step = BestStep(corpus_, by_time_, fact.with, known, onset_ns - slack_ns, onset_ns + slack_ns);
      if (s.step.g < kStepFree || s.step.after <= s.step.before) continue;
      const Step anywhere = BestStep(corpus_, by_time_, fact.with, known);
      s.share = s.step.before;
      s.shift = OutcomeShift(corpus_, flow_, fact.with, fact.known, groups_.cases);
      s.score = Prior(fact) + ShiftTerm(s.shift, 0) + StepTerm(fact, s) - 0.5 * (anywhere.g - s.step.g);
      if (IsDeployment(corpus_, fact) && s.shift > kDeployShift) {
        s.context = true;
        if (s.step.sharp && s.step.before <= 0.1) out.context.push_back(s);
        continue;
      }
      if (!IsSudden(fact, s.step)) s.score -= 8;
      // Another mix of askers is no fault.
      if (IsOfRequest(fact) && s.step.before > 0.01) s.score -= kRequestPenalty;
      all.push_back(s);
    }
    Suspicion found = Group(std::move(all));
    found.context = std::move(out.context);
    std::sort(found.context.begin(), found.context.end(), [](const Suspect& x, const Suspect& y) { return x.step.g > y.step.g; });
    return found;
  }

  bool Eligible(const Fact& fact) const {
    if (IsSymptom(corpus_, flow_, relations_, fact)) return false;
    // Load and sizes drift with the hours.
    if (IsOfRequest(fact) && corpus_.columns()[fact.column].numeric) return false;
    // Askers come back, and what they are changes.
    if (fact.kind == FactKind::kReused && flow_.request[fact.column] != 0) return false;
    // What is asked need not be what was asked before: which import a row came by.
    if (fact.kind == FactKind::kRelation && relations_[fact.relation].kind == RelationKind::kKeeps &&
        flow_.request[relations_[fact.relation].a] != 0) {
      return false;
    }
    // Many operations together say sooner what each of them says alone; without labels that is noise, too.
    if (fact.kind == FactKind::kSlowSteps || fact.kind == FactKind::kSlowCalls) return false;
    if (fact.kind != FactKind::kValue) return true;
    const Column& column = corpus_.columns()[fact.column];
    // That the flow ends early is known by what is missing then.
    if (column.is_sequel()) return false;
    // A number that varies has no value that could be odd, only a range; but for one that returns again and
    // again: a default.
    const double usual = static_cast<double>(column.count) / static_cast<double>(std::max<size_t>(1, column.distinct));
    const auto met = static_cast<double>(fact.with.Count());
    if (column.numeric && column.distinct > 40 && usual < 40) return met >= kSpikeMin && met >= kSpikeTimes * usual;
    return column.distinct <= 200;
  }

 private:
  // Pods are compared with pods of the same place: a region may do worse as a whole.
  Bits Peers(const Fact& fact, size_t trace) const {
    if (!IsDeployment(corpus_, fact)) return groups_.controls;
    Bits out = groups_.controls;
    for (uint32_t c : corpus_.classes()[fact.span_class].columns) {
      const Column& column = corpus_.columns()[c];
      if (column.origin != Origin::kResource || column.numeric || !NamesAPlace(column.key)) continue;
      groups_.controls.ForEach([&](size_t i) {
        if (column.text[i] != column.text[trace]) out.Clear(i);
      });
    }
    return out;
  }

  // Some askers get worse answers than others: that is no fault unless it began at a moment.
  bool IsOfRequest(const Fact& fact) const {
    return (fact.kind == FactKind::kValue || fact.kind == FactKind::kAtLeast || fact.kind == FactKind::kAtMost) &&
           (flow_.request[fact.column] != 0 || NamesAPlace(corpus_.columns()[fact.column].key));
  }

  double Prior(const Fact& fact) const {
    switch (fact.kind) {
      case FactKind::kRelation: {
        const Relation& r = relations_[fact.relation];
        if (r.kind == RelationKind::kDetermines) return 0.5;
        if (r.kind == RelationKind::kKeeps) return 4;
        if (r.kind == RelationKind::kAtMost || r.kind == RelationKind::kWithin) return 4;
        return std::clamp(5.5 - 5 * (r.chance - 0.1), 3.0, 5.5);
      }
      case FactKind::kSpanPresent:
      case FactKind::kOverlap:
      case FactKind::kOrder: return 3;
      case FactKind::kSpanCount:
      case FactKind::kRepeated:
      case FactKind::kDisorder:
      case FactKind::kGaps:
      case FactKind::kReused: return 2;
      case FactKind::kValue: return corpus_.columns()[fact.column].numeric ? -1 : 0.5;
      case FactKind::kAttributeMissing: return 1;
      case FactKind::kSpanMissing:
      case FactKind::kAttributePresent: return 0.5;
      case FactKind::kAtLeast:
      case FactKind::kAtMost: return corpus_.columns()[fact.column].is_time() ? -1.5 : -0.5;
      default: return -1;
    }
  }

  // The log-likelihood ratio of the drop that a fault would bring, growing with the traces, against
  // none; answers that are as sure as any speak for a harmless exception.
  static double ShiftTerm(double shift, double traces) {
    if (shift <= -2.5 || traces < kFewOthers) {
      if (shift >= -1) return 0;
      // Averaged over drops that a fault may bring: a normal prior of kDropSpread of the answers' spread.
      const double known = std::max(traces, 4.0) * kDropSpread * kDropSpread;
      return std::clamp(0.5 * shift * shift * known / (1 + known) - 0.5 * std::log(1 + known), 0.0, 12.0);
    }
    const double expected = std::min(3.0, 0.3 * std::sqrt(traces));
    return shift == 0 ? 0 : std::max(-3.0, -expected * shift - expected * expected / 2);
  }

  // A jump, not a load that comes and goes with the hours.
  bool IsSudden(const Fact& fact, const Step& step) const {
    const bool drifts = fact.kind == FactKind::kValue || fact.kind == FactKind::kAtLeast || fact.kind == FactKind::kAtMost ||
                        (fact.kind == FactKind::kRelation && relations_[fact.relation].kind == RelationKind::kDetermines);
    // No course of the hours begins with nothing; since then, a fault may well come and go.
    if (step.IsNew() && (!drifts || IsTime(fact))) return step.sharp;
    return step.sharp && step.fit >= step.course - (drifts ? kCourseSlack : kCourseSlackExact);
  }

  bool IsTime(const Fact& fact) const { return IsRange(fact) && corpus_.columns()[fact.column].is_time(); }
  static bool IsRange(const Fact& fact) { return fact.kind == FactKind::kAtLeast || fact.kind == FactKind::kAtMost; }

  // Exceptions of a rule are rare, were always there, and do no harm.
  static bool LooksHarmless(const Fact& fact, const Suspect& s) {
    return fact.kind == FactKind::kRelation && s.share < kExceptionShare && s.shift > kExceptionShift;
  }

  // The tails of a number that goes with the hours fill and empty with them: only values far beyond began.
  bool IsTailOfDrift(const Fact& fact, bool new_then) const {
    if (!IsRange(fact) || (IsTime(fact) && new_then)) return false;
    const Column& column = corpus_.columns()[fact.column];
    const Bits rows = And(fact.known, everyone_);
    std::vector<double> usual, odd;
    rows.ForEach([&](size_t i) {
      if (!std::isnan(column.number[i])) (fact.with.Test(i) ? odd : usual).push_back(column.number[i]);
    });
    if (usual.size() < 2 * kStepEdge || odd.empty()) return false;
    const auto middle = [](std::vector<double>& v) {
      std::nth_element(v.begin(), v.begin() + static_cast<long>(v.size() / 2), v.end());
      return v[v.size() / 2];
    };
    const double centre = middle(usual);
    if (std::abs(middle(odd) - fact.threshold) > kFarTimes * std::abs(fact.threshold - centre)) return false;
    Bits above(corpus_.size());
    rows.ForEach([&](size_t i) {
      if (column.number[i] > centre) above.Set(i);
    });
    return SmoothCourse(corpus_, by_time_, above, rows) >= kDriftCourse;
  }

  double StepTerm(const Fact& fact, const Suspect& s) const {
    if (!IsSudden(fact, s.step) || s.step.before > 0.35 * s.step.after || IsTailOfDrift(fact, s.step.IsNew())) return 0;
    const double term = std::min(25.0, std::max(0.0, (s.step.g - kStepFree) / 4));
    if (IsDeployment(corpus_, fact)) return s.shift <= kDeployShift ? 0.5 * term : 0;
    const bool plain = fact.kind == FactKind::kValue || fact.kind == FactKind::kAtLeast || fact.kind == FactKind::kAtMost;
    return plain ? 0.6 * term : term;
  }

  int KindRank(const Fact& fact) const {
    if (fact.kind == FactKind::kRelation) {
      return relations_[fact.relation].kind == RelationKind::kDetermines ? 2 : 0;
    }
    if (IsDeployment(corpus_, fact)) return 3;
    return fact.column != kNoText && (corpus_.columns()[fact.column].is_time() || corpus_.columns()[fact.column].is_summary()) ? 2 : 1;
  }

  bool Before(const Suspect& x, const Suspect& y) const {
    const Fact& fx = facts_.facts[x.fact];
    const Fact& fy = facts_.facts[y.fact];
    if (KindRank(fx) != KindRank(fy)) return KindRank(fx) < KindRank(fy);
    const double px = PositionOf(corpus_, flow_, fx), py = PositionOf(corpus_, flow_, fy);
    if (std::abs(px - py) > 0.2) return px < py;
    const bool ox = fx.other_class != kNoText, oy = fy.other_class != kNoText;
    if (ox != oy) return !ox;
    return x.score > y.score;
  }

  bool Peers(const Suspect& x, const Suspect& y) const {
    const Bits& a = facts_.facts[x.fact].with;
    const Bits& b = facts_.facts[y.fact].with;
    const double both = static_cast<double>(CountAnd(a, b, everyone_));
    const double all = static_cast<double>(CountAnd(a, everyone_) + CountAnd(b, everyone_)) - both;
    return all > 0 && both / all >= kPeerOverlap;
  }

  Suspicion Group(std::vector<Suspect> all) const {
    std::sort(all.begin(), all.end(), [](const Suspect& x, const Suspect& y) { return x.score > y.score; });
    Suspicion out;
    while (!all.empty() && all.front().score >= kSuspectMin && out.causes.size() < 5) {
      const Suspect top = all.front();
      SuspectGroup group{.lead = top};
      for (const Suspect& s : all) {
        if (s.score >= 0.7 * top.score && Peers(s, top) && Before(s, group.lead)) group.lead = s;
      }
      group.lead = PlainestOf(relations_, facts_.facts, all, Suspect(group.lead), [](const Suspect& s) { return s.score; },
                              [&](const Suspect& s) { return Peers(s, group.lead); });
      std::vector<Suspect> rest;
      for (const Suspect& s : all) {
        if (s.fact == group.lead.fact) continue;
        const Fact& fact = facts_.facts[s.fact];
        const Fact& lead = facts_.facts[group.lead.fact];
        if (!Peers(s, group.lead) && !Peers(s, top)) {
          rest.push_back(s);
        } else if (fact.span_class == lead.span_class && SharesAttribute(relations_, fact, lead)) {
          group.same.push_back(s);
        } else {
          group.explained.push_back(s);
        }
      }
      all = std::move(rest);
      out.causes.push_back(std::move(group));
    }
    for (const Suspect& s : all) {
      if (out.too_weak.size() < 8 && s.score > 2) out.too_weak.push_back(s);
    }
    return out;
  }

  const Corpus& corpus_;
  const std::vector<Relation>& relations_;
  const Flow& flow_;
  const Facts& facts_;
  const Groups& groups_;
  std::vector<size_t> by_time_;
  Bits everyone_;
};

}  // namespace

Suspicion SuspectsOfTrace(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow,
                          const Facts& facts, const Groups& groups, size_t trace) {
  return Suspecter(corpus, relations, flow, facts, groups).OfTrace(trace);
}

Suspicion SuspectsOfMoment(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow,
                           Facts& facts, const Groups& groups, int64_t onset_ns, int64_t slack_ns) {
  const Suspecter suspecter(corpus, relations, flow, facts, groups);
  Suspicion out = suspecter.OfMoment(onset_ns, slack_ns);
  if (!out.causes.empty()) return out;
  const auto worse = WorseSince(corpus, relations, flow, facts, groups, [&](const Fact& fact) { return suspecter.Eligible(fact); });
  if (worse && worse->score >= kWorseMin) {
    out.causes.push_back({.lead = {.fact = worse->fact, .score = worse->score, .got_worse = worse->text}});
  }
  return out;
}

}  // namespace awry::why
