#include "awry/why/explain.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "awry/why/cause.h"
#include "awry/why/flow.h"
#include "awry/why/scoring.h"
#include "awry/why/sentence.h"
#include "awry/why/suspects.h"

namespace awry::why {
namespace {

constexpr int64_t kOnsetSlackNs = int64_t{12} * 60 * 1'000'000'000;
constexpr size_t kOnsetSideMin = 40;    // traces needed before and after
constexpr size_t kComparableMin = 60;   // traces needed beside the one asked about
constexpr size_t kWrongMin = 4;
constexpr size_t kRightMin = 20;

bool Tell(const Progress& progress, std::string_view step, double done) {
  return !progress || progress(step, done);
}

base::Status Cancelled() { return {base::StatusCode::kCancelled, "why was stopped by its caller"}; }

std::vector<uint32_t> FactsOf(const std::vector<Scored>& scored) {
  std::vector<uint32_t> out;
  for (const Scored& s : scored) out.push_back(s.fact);
  return out;
}

std::vector<uint32_t> FactsOf(const std::vector<Suspect>& suspects) {
  std::vector<uint32_t> out;
  for (const Suspect& s : suspects) out.push_back(s.fact);
  return out;
}

void AddCuts(const Corpus& corpus, const Mined& mined, const Facts& facts, Searched& searched) {
  searched.left_out = corpus.left_out();
  if (mined.cut) searched.left_out.push_back("relations between attributes beyond the limit");
  if (facts.cut) searched.left_out.push_back("facts beyond the limit");
}

void NumberCauses(Answer& answer, size_t limit) {
  if (answer.causes.size() > limit) answer.causes.resize(limit);
  for (size_t k = 0; k < answer.causes.size(); ++k) answer.causes[k].rank = k + 1;
}

std::string ReplayText(const ReplayProof& proof) {
  return fmt::format(" Replayed with what the same asker had before, {} of {} answers flip, {} to the expected one.",
                     WithThousands(proof.flipped), WithThousands(proof.of), WithThousands(proof.flipped_to_expected));
}

void AddSuspects(const CauseInput& input, const Suspicion& suspicion, Answer& answer) {
  for (const SuspectGroup& group : suspicion.causes) {
    Cause cause = MakeCause(input, group.lead.fact, FactsOf(group.same), FactsOf(group.explained));
    cause.score = group.lead.score;
    cause.p_value = std::exp(-std::max(0.0, group.lead.score));
    if (!group.lead.got_worse.empty()) cause.statement = WeakText(input, group.lead.fact) + "; " + group.lead.got_worse + ".";
    answer.causes.push_back(std::move(cause));
  }
  for (const Suspect& s : suspicion.too_weak) answer.searched.too_weak.push_back(WeakText(input, s.fact));
}

}  // namespace

Bits ComparableTo(const Corpus& corpus, const Bits& anchors) {
  Bits out(corpus.size());
  const size_t count = anchors.Count();
  const auto& classes = corpus.classes();
  // The entry: what most anchors have and what stands first. A path that ends early (a cache hit) is
  // comparable all the same.
  const SpanClass* entry = nullptr;
  std::vector<size_t> hits(corpus.size(), 0);
  size_t wanted = 0;
  for (const SpanClass& span_class : classes) {
    const size_t have = CountAnd(span_class.present, anchors);
    if (have * 2 <= count) continue;
    ++wanted;
    span_class.present.ForEach([&](size_t i) { ++hits[i]; });
    if (have * 10 >= count * 7 && (entry == nullptr || span_class.position < entry->position)) entry = &span_class;
  }
  for (size_t i = 0; i < corpus.size(); ++i) {
    const bool enters = entry != nullptr && entry->present.Test(i);
    if (enters || (wanted > 0 && hits[i] * 2 >= wanted)) out.Set(i);
  }
  out |= anchors;
  return out;
}

base::Result<Answer> ExplainLabelled(const Corpus& corpus, const Groups& given, const Surroundings& around) {
  Groups groups = given;
  Answer answer;
  answer.traces_bad = groups.cases.Count();
  if (answer.traces_bad > 0) groups.controls &= ComparableTo(corpus, groups.cases);
  groups.controls.Subtract(groups.cases);
  answer.traces_good = groups.controls.Count();
  if (answer.traces_bad < kWrongMin || answer.traces_good < kRightMin) {
    answer.searched.notes.push_back(fmt::format(
        "Too few traces to tell wrong from right: {} wrong (at least {} needed) and {} right (at least {} needed). "
        "Label more answers, or ask about one trace or a moment.",
        WithThousands(answer.traces_bad), kWrongMin, WithThousands(answer.traces_good), kRightMin));
    return answer;
  }
  if (!Tell(around.progress, "mining relations", 0.5)) return Cancelled();
  const Mined mined = MineRelations(corpus, groups.controls, {.held_min = 0.75});
  if (!Tell(around.progress, "weighing facts", 0.7)) return Cancelled();
  Facts facts = BuildFacts(corpus, mined.relations, groups);
  const Flow flow = MakeFlow(corpus, mined.relations);
  const Ranking ranking = Rank(corpus, mined.relations, flow, facts, groups);
  if (!Tell(around.progress, "writing the answer", 0.9)) return Cancelled();
  const CauseInput input{corpus, mined.relations, facts.facts, flow, groups, {"wrong", "right"}};
  for (const Ranked& ranked : ranking.causes) {
    if (answer.causes.size() >= around.limit) break;
    Cause cause = MakeCause(input, ranked.lead.fact, FactsOf(ranked.same), FactsOf(ranked.explained));
    cause.score = ranked.lead.g;
    cause.p_value = std::exp(ranked.lead.log_p_corrected);
    if (around.send && answer.causes.empty()) {
      cause.replay = Replay({corpus, mined.relations, facts.facts, groups, around.fetch, around.expected, around.replays_max},
                            ranked.lead.fact, around.send);
      if (cause.replay) cause.statement += ReplayText(*cause.replay);
    }
    answer.causes.push_back(std::move(cause));
  }
  for (const Scored& s : ranking.too_weak) answer.searched.too_weak.push_back(WeakText(input, s.fact));
  answer.searched.facts = ranking.tested;
  answer.searched.relations = mined.tried;
  AddCuts(corpus, mined, facts, answer.searched);
  NumberCauses(answer, around.limit);
  return answer;
}

base::Result<Answer> ExplainSingle(const Corpus& corpus, size_t trace, const Surroundings& around) {
  Groups groups{Bits(corpus.size()), Bits(corpus.size())};
  groups.cases.Set(trace);
  groups.controls = ComparableTo(corpus, groups.cases);
  groups.controls.Subtract(groups.cases);
  Answer answer;
  answer.traces_bad = 1;
  answer.traces_good = groups.controls.Count();
  if (answer.traces_good < kComparableMin) {
    answer.searched.notes.push_back(fmt::format("Only {} comparable traces: at least {} are needed to say what is unusual.",
                                                answer.traces_good, kComparableMin));
    return answer;
  }
  if (!Tell(around.progress, "mining relations", 0.5)) return Cancelled();
  const Mined mined = MineRelations(corpus, groups.controls, {.held_min = 0.7});
  if (!Tell(around.progress, "weighing facts", 0.7)) return Cancelled();
  const Facts facts = BuildFacts(corpus, mined.relations, groups, {.support_min = 1});
  const Flow flow = MakeFlow(corpus, mined.relations);
  const Suspicion suspicion = SuspectsOfTrace(corpus, mined.relations, flow, facts, groups, trace);
  const CauseInput input{corpus, mined.relations, facts.facts, flow, groups, {"trace asked about", "comparable ones"}};
  AddSuspects(input, suspicion, answer);
  if (around.send && !answer.causes.empty()) {
    const uint32_t lead = suspicion.causes.front().lead.fact;
    Cause& cause = answer.causes.front();
    cause.replay = Replay({corpus, mined.relations, facts.facts, groups, around.fetch, around.expected, around.replays_max},
                          lead, around.send);
  }
  answer.searched.facts = facts.tried;
  answer.searched.relations = mined.tried;
  AddCuts(corpus, mined, facts, answer.searched);
  NumberCauses(answer, around.limit);
  return answer;
}

base::Result<Answer> ExplainOnset(const Corpus& corpus, int64_t onset_ns, const Surroundings& around) {
  Groups groups{Bits(corpus.size()), Bits(corpus.size())};
  for (size_t i = 0; i < corpus.size(); ++i) {
    (corpus.start_ns()[i] >= onset_ns ? groups.cases : groups.controls).Set(i);
  }
  Answer answer;
  answer.traces_bad = groups.cases.Count();
  answer.traces_good = groups.controls.Count();
  if (answer.traces_bad < kOnsetSideMin || answer.traces_good < kOnsetSideMin) {
    answer.searched.notes.push_back(fmt::format("{} traces before and {} after: at least {} of each are needed.",
                                                WithThousands(answer.traces_good), WithThousands(answer.traces_bad), kOnsetSideMin));
    return answer;
  }
  if (!Tell(around.progress, "mining relations", 0.5)) return Cancelled();
  const Mined mined = MineRelations(corpus, groups.controls, {.held_min = 0.9});
  if (!Tell(around.progress, "weighing facts", 0.7)) return Cancelled();
  Facts facts = BuildFacts(corpus, mined.relations, groups);
  const Flow flow = MakeFlow(corpus, mined.relations);
  const Suspicion suspicion = SuspectsOfMoment(corpus, mined.relations, flow, facts, groups, onset_ns, kOnsetSlackNs);
  const CauseInput input{corpus, mined.relations, facts.facts, flow, groups, {"traces since", "before"}};
  AddSuspects(input, suspicion, answer);
  NumberCauses(answer, around.limit);
  for (size_t k = 0; k < std::min<size_t>(suspicion.context.size(), 5); ++k) {
    Cause context = MakeCause(input, suspicion.context[k].fact, {}, {});
    context.kind = "context";
    context.rank = answer.causes.size() + 1;
    answer.causes.push_back(std::move(context));
  }
  answer.searched.facts = facts.tried;
  answer.searched.relations = mined.tried;
  AddCuts(corpus, mined, facts, answer.searched);
  return answer;
}

}  // namespace awry::why
