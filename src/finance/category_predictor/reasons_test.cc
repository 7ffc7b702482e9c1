#include "finance/category_predictor/reasons.h"

#include <gtest/gtest.h>

namespace finance::category_predictor {
namespace {

using ledger::Category;

ExplainedPrediction Groceries(std::vector<Contribution> parts) {
  ExplainedPrediction explained;
  explained.prediction.category = Category::kGroceries;
  explained.why.contributions = std::move(parts);
  return explained;
}

Features At(std::string text) {
  Features features;
  features.text = std::move(text);
  return features;
}

std::string Words(const Features& features, std::vector<Contribution> parts) {
  return JoinReasons(ReasonsOf(features, Groceries(std::move(parts))));
}

TEST(Reasons, CountsTheUsersOwnLabels) {
  Features features = At("corner 0");
  features.memory = {.top = Category::kGroceries, .second = Category::kDining, .count = 14, .total = 15};
  EXPECT_EQ(Words(features, {{"memory", 3}}), "14 of your 15 purchases at “corner” were groceries");
  features.memory = {.top = Category::kGroceries, .count = 1, .total = 1};
  EXPECT_EQ(Words(features, {{"memory", 3}}), "your one purchase at “corner” was groceries");
}

TEST(Reasons, LabelsForAnotherCategoryAreNoReason) {
  Features features = At("corner");
  features.memory = {.top = Category::kDining, .count = 3, .total = 3};
  const auto reasons = ReasonsOf(features, Groceries({{"memory", 1}}));
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_EQ(reasons[0].code, "together");
}

TEST(Reasons, NamesWordsCodeAndShareHeaviestFirst) {
  Features features = At("tesco stores 0");
  features.mcc = 5411;
  features.context.shares[ClassOfCategory(Category::kGroceries)] = 0.314;
  EXPECT_EQ(Words(features, {{"mcc", 4}, {"text:tesco", 2}, {"text:stores", 1}, {"share_groceries", 0.5}}),
            "the bank's code 5411 says groceries; the words “tesco” and “stores” in the description say groceries; "
            "31 % of your rows are groceries");
}

TEST(Reasons, WhatSpeaksAgainstOrHardlyIsLeftOut) {
  EXPECT_EQ(Words(At("tesco"), {{"text:tesco", 5}, {"amount", -3}, {"date", 0.01}}),
            "the word “tesco” in the description says groceries");
}

TEST(Reasons, ThereIsAlwaysOne) {
  const auto reasons = ReasonsOf(At(""), Groceries({{"amount", -1}}));
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_FALSE(reasons[0].text.empty());
}

}  // namespace
}  // namespace finance::category_predictor
