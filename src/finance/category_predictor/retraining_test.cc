#include "finance/category_predictor/retraining.h"

#include <gtest/gtest.h>

#include "finance/category_predictor/model_file.h"
#include "finance/category_predictor/small_training_test.h"

namespace finance::category_predictor {
namespace {

using awry::base::StatusCode;
using ledger::Category;

TEST(Retraining, LearnsWhatUsersSayOfAMerchantThatTheShippedRowsDoNotKnow) {
  const TrainingSet set = SmallTrainingSet();
  const CategoryModel current = ShippedModel(set);
  const std::vector<FeedbackExample> said = WhatUsersSay(400, Category::kEducation);
  const auto made = Retrain(set, said, current, 0, SmallRetraining());
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_TRUE(made->trial.better) << made->trial.verdict;
  EXPECT_EQ(made->trial.rows, 80u);
  EXPECT_EQ(made->trial.trained_until, said[319].sequence);
  EXPECT_GT(made->trial.accuracy, made->trial.current_accuracy);
  EXPECT_GT(made->trial.guard_rows, 0u);
}

TEST(Retraining, ACandidateWithNothingNewToLearnIsNotBetter) {
  const TrainingSet set = SmallTrainingSet();
  const CategoryModel current = ShippedModel(set);
  std::vector<FeedbackExample> said = WhatUsersSay(400, Category::kEducation);
  awry::base::Random random(3);
  for (FeedbackExample& example : said) {  // whims: nothing tells them beforehand
    example.row.user = "whim-" + std::to_string(example.sequence);
    example.row.category = CategoryOfClass(random.Below(kClasses));
  }
  const auto made = Retrain(set, said, current, 0, SmallRetraining());
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_FALSE(made->trial.better) << made->trial.verdict;
}

TEST(Retraining, HoldsOutOnlyLabelsThatTheCurrentModelWasNotTrainedOn) {
  const TrainingSet set = SmallTrainingSet();
  const CategoryModel current = ShippedModel(set);
  const std::vector<FeedbackExample> said = WhatUsersSay(400, Category::kEducation);
  const auto made = Retrain(set, said, current, said[339].sequence, SmallRetraining());
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->trial.rows, 60u);
  const auto too_few = Retrain(set, said, current, said[380].sequence, SmallRetraining());
  EXPECT_EQ(too_few.status().code(), StatusCode::kFailedPrecondition) << too_few.status().ToString();
}

TEST(Retraining, NeedsEnoughLabelsAndEndsWhenAsked) {
  const TrainingSet set = SmallTrainingSet();
  const CategoryModel current = ShippedModel(set);
  RetrainingOptions options = SmallRetraining();
  EXPECT_EQ(Retrain(set, {}, current, 0, options).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Retrain(set, WhatUsersSay(199, Category::kEducation), current, 0, options).status().code(), StatusCode::kFailedPrecondition);
  std::stop_source stop;
  stop.request_stop();
  options.trainer.stop = stop.get_token();
  EXPECT_EQ(Retrain(set, WhatUsersSay(400, Category::kEducation), current, 0, options).status().code(), StatusCode::kUnavailable);
}

TEST(Retraining, APromotionNeedsRowsWonRarerCategoriesAndTheRowsThatNobodyCorrects) {
  const RetrainingOptions options;
  Trial trial{.rows = 100, .accuracy = .9, .macro_f1 = .8, .current_accuracy = .8, .current_macro_f1 = .7, .only_candidate_right = 12,
              .only_current_right = 2, .guard_rows = 1000, .guard_accuracy = .9, .current_guard_accuracy = .905};
  Judge(trial, options);
  EXPECT_TRUE(trial.better) << trial.verdict;

  Trial close = trial;
  close.only_current_right = 7;  // 12 to 7 happens by chance
  Judge(close, options);
  EXPECT_FALSE(close.better);
  EXPECT_NE(close.verdict.find("not surely better"), std::string::npos) << close.verdict;

  Trial narrow = trial;
  narrow.macro_f1 = .69;
  Judge(narrow, options);
  EXPECT_FALSE(narrow.better);
  EXPECT_NE(narrow.verdict.find("rarer categories"), std::string::npos) << narrow.verdict;

  Trial forgetful = trial;
  forgetful.guard_accuracy = .89;
  Judge(forgetful, options);
  EXPECT_FALSE(forgetful.better);
  EXPECT_NE(forgetful.verdict.find("nobody corrects"), std::string::npos) << forgetful.verdict;
}

}  // namespace
}  // namespace finance::category_predictor
