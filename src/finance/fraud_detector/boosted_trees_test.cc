#include "finance/fraud_detector/boosted_trees.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "base/random.h"

namespace finance::fraud_detector {
namespace {

using awry::base::Random;

// Yes exactly where both of the first two columns are high: no sum of the columns says that.
LabelledTable BothHigh(size_t rows, uint64_t seed) {
  Random random(seed);
  LabelledTable table{.columns = 3, .values = {}, .labels = {}, .weights = {}};
  for (size_t i = 0; i < rows; ++i) {
    const auto a = static_cast<float>(random.Uniform());
    const auto b = static_cast<float>(random.Uniform());
    table.values.insert(table.values.end(), {a, b, static_cast<float>(random.Uniform())});
    table.labels.push_back(a > 0.5F && b > 0.5F ? 1 : 0);
    table.weights.push_back(1);
  }
  return table;
}

BoostedTrees Trained() {
  auto trees = BoostedTrees::Train(BothHigh(2000, 1), {.trees = 30, .depth = 3});
  EXPECT_TRUE(trees.ok());
  return std::move(*trees);
}

TEST(BoostedTrees, LearnWhatNeedsTwoColumnsTogether) {
  const BoostedTrees trees = Trained();
  const LabelledTable fresh = BothHigh(1000, 2);
  size_t right = 0;
  for (size_t i = 0; i < fresh.rows(); ++i) {
    const double p = trees.Predict(std::span(fresh.values).subspan(i * 3, 3));
    EXPECT_GT(p, 0);
    EXPECT_LT(p, 1);
    right += (p > 0.5) == (fresh.labels[i] != 0) ? 1 : 0;
  }
  EXPECT_GT(right, 970u);
}

TEST(BoostedTrees, AWeightCountsLikeThatManyRows) {
  LabelledTable once = BothHigh(300, 3);
  LabelledTable twice = once;
  for (size_t i = 0; i < once.rows(); ++i) {
    once.weights[i] = 2;
    const std::vector<float> row(twice.values.begin() + static_cast<std::ptrdiff_t>(i * 3),
                                 twice.values.begin() + static_cast<std::ptrdiff_t>(i * 3 + 3));
    twice.values.insert(twice.values.end(), row.begin(), row.end());
    twice.labels.push_back(once.labels[i]);
    twice.weights.push_back(1);
  }
  // 40 bins of 300 rows fall on the same values when every row stands twice.
  const BoostingOptions options{.trees = 5, .depth = 2, .bins = 30};
  const auto a = BoostedTrees::Train(once, options);
  const auto b = BoostedTrees::Train(twice, options);
  ASSERT_TRUE(a.ok() && b.ok());
  for (size_t i = 0; i < once.rows(); ++i) {
    const auto row = std::span(once.values).subspan(i * 3, 3);
    EXPECT_NEAR(a->Predict(row), b->Predict(row), 0.02);
  }
}

TEST(BoostedTrees, TheBaseAndAllPartsSumToTheLogOdds) {
  const BoostedTrees trees = Trained();
  const LabelledTable fresh = BothHigh(50, 4);
  std::vector<double> parts(3);
  std::vector<double> none(3);
  const double base = BoostedTrees(3, 0.0).Explain(std::span(fresh.values).first(3), none);
  EXPECT_EQ(base, 0);
  std::optional<double> constant;
  for (size_t i = 0; i < fresh.rows(); ++i) {
    const auto row = std::span(fresh.values).subspan(i * 3, 3);
    const double odds = trees.Explain(row, parts);
    EXPECT_NEAR(1 / (1 + std::exp(-odds)), trees.Predict(row), 1e-9);
    const double rest = odds - parts[0] - parts[1] - parts[2];
    if (!constant) constant = rest;
    EXPECT_NEAR(rest, *constant, 1e-4) << "the same base for every row";
  }
}

TEST(BoostedTrees, TextComesBackBitForBitAndTrainingIsDeterministic) {
  const BoostedTrees trees = Trained();
  const std::string text = trees.Serialise();
  EXPECT_EQ(text, Trained().Serialise());
  const auto read = BoostedTrees::Parse(text);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->Serialise(), text);
}

TEST(BoostedTrees, RefuseEveryCutAndGarbage) {
  LabelledTable table = BothHigh(200, 5);
  const auto trees = BoostedTrees::Train(table, {.trees = 2, .depth = 2});
  ASSERT_TRUE(trees.ok());
  const std::string text = trees->Serialise();
  for (size_t length = 0; length + 8 < text.size(); ++length) {
    EXPECT_FALSE(BoostedTrees::Parse(std::string_view(text).substr(0, length)).ok()) << length;
  }
  Random random(6);
  const std::vector<float> row = {0.1F, 0.9F, 0.5F};
  for (int i = 0; i < 2000; ++i) {
    std::string bent = text;
    bent[random.Below(bent.size())] = static_cast<char>(random.Below(256));
    const auto read = BoostedTrees::Parse(bent);
    if (!read.ok() || read->columns() != 3) continue;
    EXPECT_TRUE(std::isfinite(read->Predict(row)));
  }
}

TEST(BoostedTrees, RefuseRowsThatDoNotFitTogether) {
  LabelledTable table = BothHigh(10, 7);
  table.weights.pop_back();
  EXPECT_FALSE(BoostedTrees::Train(table, {}).ok());
  EXPECT_FALSE(BoostedTrees::Train(LabelledTable{}, {}).ok());
}

TEST(BoostedTrees, OneKindOfLabelIsAnsweredWithoutFailing) {
  LabelledTable table = BothHigh(100, 8);
  table.labels.assign(100, 0);
  const auto trees = BoostedTrees::Train(table, {.trees = 3});
  ASSERT_TRUE(trees.ok());
  EXPECT_LT(trees->Predict(std::span(table.values).first(3)), 0.01);
}

}  // namespace
}  // namespace finance::fraud_detector
