#include "finance/category_predictor/class_trees.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.h"

namespace finance::category_predictor {
namespace {

using awry::base::Random;

constexpr size_t kShare = static_cast<size_t>(Sight::kShare);
constexpr size_t kUserRows = static_cast<size_t>(Sight::kUserRows);

// Of three classes the one with the highest share is right when many rows are known, else the first:
// no sum of the columns says that.
ClassTable Made(size_t rows, uint64_t seed) {
  Random random(seed);
  ClassTable table;
  for (size_t r = 0; r < rows; ++r) {
    const bool known = random.Chance(0.5);
    std::array<float, 3> shares;
    for (float& share : shares) share = static_cast<float>(random.Uniform());
    const auto top = static_cast<size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin());
    table.begins.push_back(static_cast<uint32_t>(table.sights.size()));
    table.weights.push_back(1);
    for (size_t c = 0; c < 3; ++c) {
      Sights sights{};
      sights[kShare] = shares[c] - shares[top];
      sights[kUserRows] = known ? 100 : 1;
      sights[static_cast<size_t>(Sight::kClass)] = static_cast<float>(c);
      table.sights.push_back(sights);
      table.logits.push_back(0);
      table.truth.push_back(c == (known ? top : 0) ? 1 : 0);
    }
  }
  return table;
}

size_t RightOf(const ClassTable& table, const std::vector<ClassTree>& trees) {
  size_t right = 0;
  for (const uint32_t begin : table.begins) {
    size_t best = begin;
    for (size_t i = begin; i < begin + 3; ++i) {
      if (SumOfTrees(trees, table.sights[i]) > SumOfTrees(trees, table.sights[best])) best = i;
    }
    right += table.truth[best];
  }
  return right;
}

TEST(ClassTrees, LearnWhatNoSumOfTheColumnsSays) {
  const auto trees = GrowClassTrees(Made(1500, 1), {.trees = 40, .learning_rate = 0.3});
  EXPECT_EQ(trees.size(), 40u);
  const ClassTable fresh = Made(500, 2);
  EXPECT_GT(RightOf(fresh, trees), 480u);
  EXPECT_LT(RightOf(fresh, {}), 400u);
}

TEST(ClassTrees, TheSameSeedGivesTheSameTreesAndAnotherSeedDoesNot) {
  const ClassTable table = Made(300, 3);
  const auto leaves = [&](uint64_t seed) {
    std::vector<float> all;
    for (const ClassTree& tree : GrowClassTrees(table, {.trees = 5, .seed = seed})) {
      all.insert(all.end(), tree.leaves.begin(), tree.leaves.end());
    }
    return all;
  };
  EXPECT_EQ(leaves(1), leaves(1));
  EXPECT_NE(leaves(1), leaves(2));
}

TEST(ClassTrees, ThePartsAndTheBaseSumToTheTrees) {
  const ClassTable table = Made(400, 4);
  const auto trees = GrowClassTrees(table, {.trees = 20});
  for (const Sights& sights : table.sights) {
    std::array<double, kSights> parts{};
    double base = 0;
    ExplainTrees(trees, MeansOf(trees), sights, base, parts);
    const double sum = std::accumulate(parts.begin(), parts.end(), base);
    ASSERT_NEAR(sum, SumOfTrees(trees, sights), 1e-4);
  }
}

TEST(ClassTrees, NothingGrowsFromNothingAndNothingAfterAStop) {
  EXPECT_TRUE(GrowClassTrees({}, {}).empty());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(GrowClassTrees(Made(50, 5), {}, stop.get_token()).empty());
}

}  // namespace
}  // namespace finance::category_predictor
