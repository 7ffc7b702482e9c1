// A short run over made systems: every class of fault, and calm systems of every kind. Long runs with
// figures: why_score.
#include <gtest/gtest.h>

#include <string>

#include "awry/why/why.h"
#include "judge.h"
#include "made_world.h"

namespace awry::made {
namespace {

constexpr size_t kTraces = 900;

why::Question QuestionFor(const World& world, why::QuestionKind kind) {
  return {.kind = kind, .trace = world.wrong, .onset_ns = world.moment_ns};
}

Verdict Ask(World world, why::QuestionKind kind) {
  const why::Question question = QuestionFor(world, kind);
  const auto answer = why::ExplainTraces(std::move(world.traces), world.labels, question);
  EXPECT_TRUE(answer.ok()) << answer.status().ToString();
  return answer.ok() ? Judge(world.culprits, answer->causes) : Verdict{};
}

TEST(MadeSystems, TheSameSeedsGiveTheSameWorld) {
  const World one = MakeWorld({.system = 3, .seed = 4, .traces = 50, .fault = Fault::kKeyCut});
  const World two = MakeWorld({.system = 3, .seed = 4, .traces = 50, .fault = Fault::kKeyCut});
  ASSERT_EQ(one.traces.size(), two.traces.size());
  for (size_t k = 0; k < one.traces.size(); ++k) {
    ASSERT_EQ(one.traces[k].spans.size(), two.traces[k].spans.size());
    EXPECT_EQ(one.traces[k].spans.back().attributes, two.traces[k].spans.back().attributes);
  }
  EXPECT_EQ(one.wrong, two.wrong);
}

TEST(MadeSystems, EveryFaultIsMetAndDoesHarm) {
  for (const FaultInfo& info : AllFaults()) {
    const World world = MakeWorld({.system = 11, .seed = 2, .traces = 600, .fault = info.fault});
    EXPECT_GT(world.wrong_by_fault, 0u) << info.name;
    EXPECT_FALSE(world.culprits.empty()) << info.name;
  }
}

TEST(MadeSystems, FaultsAreNamedAndCalmIsLeftInPeace) {
  size_t asked[3] = {}, right[3] = {}, calm[3] = {}, alarms[3] = {};
  std::string missed;
  constexpr why::QuestionKind kKinds[] = {why::QuestionKind::kLabelled, why::QuestionKind::kSingle, why::QuestionKind::kOnset};
  size_t turn = 0;
  for (const FaultInfo& info : AllFaults()) {
    // Each fault is asked in one way here: a third of the time, the same coverage of faults and ways.
    const size_t mode = turn++ % 3;
    World world = MakeWorld({.system = 7'000 + turn, .seed = turn, .traces = kTraces, .fault = info.fault});
    if ((mode == 1 && world.undecidable) || (mode == 2 && (world.moment_ns == 0 || info.visible == 'I'))) continue;
    ++asked[mode];
    const bool fine = Ask(std::move(world), kKinds[mode]).attribute == 1;
    right[mode] += fine ? 1 : 0;
    if (!fine) missed += std::string(info.name) + ", ";
  }
  for (size_t k = 0; k < 12; ++k) {
    World world = MakeWorld({.system = 8'000 + k, .seed = k, .traces = kTraces, .calm = static_cast<Calm>(k % 4)});
    const size_t mode = k % 3;
    ++calm[mode];
    alarms[mode] += Ask(std::move(world), kKinds[mode]).named > 0 ? 1 : 0;
  }
  for (size_t mode = 0; mode < 3; ++mode) {
    EXPECT_GE(static_cast<double>(right[mode]), 0.75 * static_cast<double>(asked[mode])) << "way " << mode << ": " << ShareText(right[mode], asked[mode]) << " " << missed;
    EXPECT_LE(alarms[mode], 1u) << "way " << mode << " of " << calm[mode];
  }
}

}  // namespace
}  // namespace awry::made
