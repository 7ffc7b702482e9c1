#include "finance/category_predictor/online_learner.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "finance/category_predictor/history.h"

namespace finance::category_predictor {
namespace {

using ledger::Category;
using ledger::Date;

const Weights& Blank() {
  static const auto* weights = new Weights(Weights::Zero(1U << 10));
  return *weights;
}

Features Row(std::string text) {
  LabelledRow row;
  row.text = std::move(text);
  row.amount_minor = -1000;
  return FeaturesOf(row);
}

Category Best(const std::array<float, kClasses>& logits) {
  return CategoryOfClass(static_cast<size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
}

TEST(OnlineLearner, KnowsNothingBeforeTheFirstLabel) {
  EXPECT_EQ(OnlineLearner(Blank()).Look("anna", "corner shop"), Learned{});
}

TEST(OnlineLearner, OneLabelTurnsTheTextForItsUserAtOnceAndForOthersToo) {
  OnlineLearner learner(Blank());
  learner.Learn("anna", Row("blue door studio"), Category::kHealth);
  const Learned anna = learner.Look("anna", "blue door studio");
  EXPECT_EQ(Best(anna.all), Category::kHealth);
  EXPECT_EQ(Best(anna.own), Category::kHealth);
  const Learned ben = learner.Look("ben", "blue door studio");
  EXPECT_EQ(ben.all, anna.all);
  EXPECT_EQ(ben.own, Learned{}.own);
}

TEST(OnlineLearner, ANewSpellingIsLearnedFromItsPieces) {
  OnlineLearner learner(Blank());
  for (int i = 0; i < 5; ++i) learner.Learn("anna", Row("amznmktplace"), Category::kShopping);
  EXPECT_EQ(Best(learner.Look("ben", "amznmktplce").all), Category::kShopping);
}

TEST(OnlineLearner, UsersMayGiveOneShopDifferentCategories) {
  OnlineLearner learner(Blank());
  for (int i = 0; i < 8; ++i) {
    learner.Learn("anna", Row("boots"), Category::kHealth);
    learner.Learn("office", Row("boots"), Category::kShopping);
  }
  EXPECT_EQ(Best(learner.Look("anna", "boots").own), Category::kHealth);
  EXPECT_EQ(Best(learner.Look("office", "boots").own), Category::kShopping);
}

TEST(OnlineLearner, AUserWithMoreWordsThanAreKeptLosesTheOldest) {
  OnlineLearner learner(Blank());
  const auto word = [](int i) { return "shop" + std::string{static_cast<char>('a' + i % 26), static_cast<char>('a' + i / 26)}; };
  learner.Learn("anna", Row("bakery"), Category::kHealth);
  const Learned first = learner.Look("anna", "bakery");
  for (int i = 0; i < 300; ++i) learner.Learn("anna", Row(word(i)), Category::kDining);
  const Learned last = learner.Look("anna", "bakery");
  EXPECT_GT(first.own[ClassOfCategory(Category::kHealth)], 0);
  EXPECT_EQ(last.own, learner.Look("anna", "never seen").own);
}

TEST(OnlineLearner, EveryLogitIsAWholeHundredthAndSurvivesTheSpan) {
  OnlineLearner learner(Blank());
  for (int i = 0; i < 40; ++i) {
    learner.Learn("anna", Row("shop " + std::string(static_cast<size_t>(i % 7) + 1, 'x')),
                  static_cast<Category>(1 + i % 20));
  }
  Features features = Row("shop xxx");
  features.learned = learner.Look("anna", "shop xxx");
  Features replayed;
  const size_t index = *FeatureIndex("learned");
  ASSERT_TRUE(SetFeature(replayed, index, GetFeature(features, index)).ok());
  EXPECT_EQ(features.learned, replayed.learned);
  EXPECT_NE(features.learned, Learned{});
}

TEST(OnlineLearner, ALearnedFeatureThatIsNoListOfLogitsIsRefused) {
  Features features;
  const size_t index = *FeatureIndex("learned");
  for (const char* text : {"dining", "dining +1", "dining +x +1", "nothing +1.00 +0", "dining +101 +0", "dining nan +1",
                           "uncategorized +1 +1", " dining +1 +1", "dining +1 +1  groceries +1 +1", "dining +1 +1 -0.01",
                           "dining +1 +1 +1 +1 +1 +1 +1 +1 +1", "dining +1 +1 +1 x"}) {
    EXPECT_FALSE(SetFeature(features, index, std::string_view(text)).ok()) << text;
  }
  EXPECT_FALSE(SetFeature(features, index, int64_t{3}).ok());
  EXPECT_TRUE(SetFeature(features, index, std::string_view("dining +0.35 +0.00 groceries -1.20 +2.00")).ok());
  EXPECT_EQ(features.learned.all[ClassOfCategory(Category::kGroceries)], -1.2F);
  EXPECT_EQ(features.learned.own[ClassOfCategory(Category::kGroceries)], 2.0F);
}

TEST(OnlineLearner, ADaysLabelsAreNotKnownOnItsOwnDay) {
  std::vector<LabelledRow> rows(4);
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].text = "blue door";
    rows[i].user = "anna";
    rows[i].category = Category::kHealth;
    rows[i].date = Date::FromDays(17000 + static_cast<int32_t>(i / 2));
  }
  const std::vector<Features> features = ReplayDays(rows, &Blank());
  EXPECT_EQ(features[0].learned, Learned{});
  EXPECT_EQ(features[1].learned, Learned{});
  EXPECT_NE(features[2].learned, Learned{});
  EXPECT_EQ(features[2].learned, features[3].learned);
}

}  // namespace
}  // namespace finance::category_predictor
