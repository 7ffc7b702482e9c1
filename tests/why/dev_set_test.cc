// The development set: AWRY_WHY_DEV names its folder; by default it is looked for beside the checkout.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "dev_set.h"
#include "judge.h"

namespace awry::made {
namespace {

constexpr double kRightMin[] = {0.92, 0.85, 0.80};  // labelled, single, onset: right first, or silent where nothing is wrong

std::string Root() {
  const char* given = std::getenv("AWRY_WHY_DEV");
  return given != nullptr ? given : std::string(AWRY_SOURCE_DIR) + "/../shared/data/why";
}

TEST(DevelopmentSet, IsAnsweredAsWellAsTheGoalsSay) {
  const auto folders = ScenariosOf(Root());
  if (folders.empty()) GTEST_SKIP() << "development set is not there: set AWRY_WHY_DEV to its folder";
  size_t asked[3] = {}, fine[3] = {};
  std::string missed;
  for (const std::string& folder : folders) {
    auto scenario = ReadScenario(folder);
    ASSERT_TRUE(scenario.ok()) << folder << ": " << scenario.status().ToString();
    for (const why::Question& question : scenario->questions) {
      auto traces = scenario->traces;
      const auto answer = why::ExplainTraces(std::move(traces), scenario->labels, question);
      ASSERT_TRUE(answer.ok()) << folder << ": " << answer.status().ToString();
      const Verdict verdict = Judge(scenario->culprits, answer->causes);
      const bool right = scenario->culprits.empty() ? verdict.named == 0 : verdict.attribute == 1;
      const auto mode = static_cast<size_t>(question.kind);
      ++asked[mode];
      fine[mode] += right ? 1 : 0;
      if (!right) missed += scenario->name + " " + std::to_string(mode) + ": " + (answer->causes.empty() ? "silent" : answer->causes[0].statement) + "\n";
    }
  }
  for (size_t mode = 0; mode < 3; ++mode) {
    if (mode == 0) std::cout << missed;
    std::cout << "way " << mode << ": " << ShareText(fine[mode], asked[mode]) << "\n";
    EXPECT_GE(static_cast<double>(fine[mode]), kRightMin[mode] * static_cast<double>(asked[mode])) << ShareText(fine[mode], asked[mode]) << "\n" << missed;
  }
}

}  // namespace
}  // namespace awry::made
