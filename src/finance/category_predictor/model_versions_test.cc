// The versions on SQLite, and on PostgreSQL where it is installed; and the service that retrains.
#include "finance/category_predictor/model_versions.h"

#include <gtest/gtest.h>

#include "finance/category_predictor/feedback_memory.h"
#include "finance/category_predictor/retrainer.h"
#include "finance/category_predictor/small_training_test.h"
#include "sql/test_servers.h"

namespace finance::category_predictor {
namespace {

using awry::base::StatusCode;
using ledger::Category;

constexpr int64_t kNow = 1'780'000'000'000'000'000;

std::shared_ptr<const CategoryModel> Model(const std::string& version, float bias = 0) {
  Weights weights = Weights::Zero(1U << 6);
  weights.HashedRow(0)[0] = bias;
  return std::make_shared<const CategoryModel>(std::move(weights), version);
}

Weights OtherWeights() {
  Weights weights = Weights::Zero(1U << 6);
  weights.HashedRow(1)[2] = 1.5F;
  return weights;
}

// Each test on both engines: the database as another start of the program finds it.
class ModelVersionsOn : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    url_ = "sqlite:" + folder_.path() + "/predictor.db";
    if (std::string_view(GetParam()) == "postgres") {
      server_ = awry::sql::TestPostgres::Start();
      if (server_ == nullptr) GTEST_SKIP() << "PostgreSQL is not installed";
      url_ = server_->url() + "#predictor";
    }
    Reopen();
  }
  void Reopen() {
    versions_.reset();
    memory_.reset();
    database_.reset();
    database_ = *awry::sql::Database::Open(url_);
    memory_ = *FeedbackMemory::Open(*database_);
    versions_ = std::make_unique<ModelVersions>(*database_);
  }
  std::string Answering(const std::string& shipped) {
    const auto model = versions_->Open(Model(shipped), kNow);
    EXPECT_TRUE(model.ok()) << model.status().ToString();
    return model.ok() ? (*model)->version() : "";
  }

  awry::sql::TestFolder folder_;
  std::unique_ptr<awry::sql::TestPostgres> server_;
  std::string url_;
  std::unique_ptr<awry::sql::Database> database_;
  std::unique_ptr<FeedbackMemory> memory_;
  std::unique_ptr<ModelVersions> versions_;
};

TEST_P(ModelVersionsOn, TheShippedModelAnswersAndANewerOneOfTheProgramTakesItsPlace) {
  EXPECT_EQ(Answering("1.a"), "1.a");
  Reopen();
  EXPECT_EQ(Answering("1.b"), "1.b");
  Reopen();
  EXPECT_EQ(Answering("1.a"), "1.a") << "the file that was given answers";
  const auto all = versions_->List(10);
  ASSERT_EQ(all->size(), 2u) << "both are kept";
  EXPECT_EQ(all->front().version, "1.b");
}

TEST_P(ModelVersionsOn, APromotedVersionAnswersAfterARestartAndCanBeRolledBack) {
  ASSERT_EQ(Answering("1.a"), "1.a");
  const Trial better{.trained_until = 7, .rows = 100, .accuracy = .9, .macro_f1 = .8, .current_accuracy = .8, .current_macro_f1 = .7,
                     .better = true, .verdict = "better"};
  const auto kept = versions_->Keep(OtherWeights(), better, "1.a", 500, kNow);
  ASSERT_TRUE(kept.ok()) << kept.status().ToString();
  const std::string version = (*kept)->version();
  EXPECT_EQ(versions_->Active()->version, version);
  EXPECT_EQ(versions_->Active()->trained_until, 7);
  Reopen();
  EXPECT_EQ(Answering("1.a"), version);
  EXPECT_EQ((*versions_->Load(version))->weights().HashedRow(1)[2], 1.5F);
  EXPECT_EQ(Answering("1.c"), version) << "a shipped model does not push a retrained one away";

  ASSERT_TRUE(versions_->Promote("1.a").ok());
  Reopen();
  EXPECT_EQ(Answering("1.c"), "1.a") << "what a person chose stays";
  EXPECT_TRUE(versions_->Active()->chosen);
  EXPECT_EQ(versions_->Promote("9.x").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(versions_->Active()->version, "1.a");
}

TEST_P(ModelVersionsOn, AWorseCandidateIsKeptAndDoesNotAnswer) {
  ASSERT_EQ(Answering("1.a"), "1.a");
  const Trial worse{.rows = 100, .accuracy = .7, .current_accuracy = .8, .verdict = "not surely better"};
  ASSERT_TRUE(versions_->Keep(OtherWeights(), worse, "1.a", 500, kNow).ok());
  // Better than a version that answers no more says nothing of the one that does.
  ASSERT_TRUE(versions_->Keep(OtherWeights(), {.rows = 9, .better = true}, "1.gone", 500, kNow).ok());
  EXPECT_EQ(versions_->Active()->version, "1.a");
  const auto all = versions_->List(10);
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[1].verdict, "not surely better");
  EXPECT_EQ((*all)[1].accuracy, .7);
}

TEST_P(ModelVersionsOn, AVersionThatThisProgramCannotReadIsRefusedAndTheShippedOneAnswers) {
  ASSERT_EQ(Answering("1.a"), "1.a");
  const auto kept = versions_->Keep(OtherWeights(), {.rows = 9, .better = true}, "1.a", 500, kNow);
  const std::string version = (*kept)->version();
  ASSERT_TRUE(database_->Execute("UPDATE category_models SET content = 'bm9uc2Vuc2U=' WHERE version = $1", {version}).ok());
  Reopen();
  EXPECT_EQ(Answering("1.a"), "1.a");
  EXPECT_EQ(versions_->Promote(version).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(versions_->Active()->version, "1.a");
}

TEST_P(ModelVersionsOn, LabelsAreKeptAsRowsToTrainOnTheLastWordOnEach) {
  const auto user = *ledger::UserId::Parse("u");
  const auto euro = *ledger::Currency::Parse("EUR");
  const FeedbackEntry first{"t1", user, "shop", Category::kDining, "shop 7", {-1500, euro}, ledger::Date::FromDays(20'000), 5812};
  FeedbackEntry second{"t2", user, "shop", Category::kDining, "shop 8", {-900, euro}, ledger::Date::FromDays(20'001), 0};
  ASSERT_TRUE(memory_->Learn(std::vector{first, second}).ok());
  FeedbackEntry again = first;
  again.category = Category::kGroceries;
  ASSERT_TRUE(memory_->Learn(std::vector{again}).ok());
  const auto examples = ReadFeedbackExamples(*database_, 10);
  ASSERT_TRUE(examples.ok()) << examples.status().ToString();
  ASSERT_EQ(examples->size(), 2u);
  EXPECT_EQ((*examples)[0].row.text, "shop 8");
  EXPECT_EQ((*examples)[1].row.text, "shop 7");
  EXPECT_EQ((*examples)[1].row.category, Category::kGroceries);
  EXPECT_EQ((*examples)[1].row.amount_minor, -1500);
  EXPECT_EQ((*examples)[1].row.mcc, 5812);
  EXPECT_EQ((*examples)[1].row.date.ToString(), "2024-10-04");
  EXPECT_LT((*examples)[0].sequence, (*examples)[1].sequence);
  ASSERT_TRUE(memory_->Erase("u").ok());
  EXPECT_TRUE(ReadFeedbackExamples(*database_, 10)->empty());
}

INSTANTIATE_TEST_SUITE_P(Engines, ModelVersionsOn, testing::Values("sqlite", "postgres"),
                         [](const auto& engine) { return std::string(engine.param); });

TEST(Retrainer, LooksForAnotherReplicasPromotionAndSaysWhatStopsIt) {
  const awry::sql::TestFolder folder;
  const auto database = *awry::sql::Database::Open("sqlite:" + folder.path() + "/predictor.db");
  const auto memory = *FeedbackMemory::Open(*database);
  ModelVersions versions(*database);
  ModelSlot slot(*versions.Open(Model("1.a"), kNow));
  {
    Retrainer without(*database, versions, slot, {}, awry::base::SystemClock());
    EXPECT_EQ(without.Ask().code(), StatusCode::kFailedPrecondition);
    EXPECT_FALSE(without.State().available);
  }
  Retrainer retrainer(*database, versions, slot, {.training_folder = folder.path() + "/none", .retrain_after = 10}, awry::base::SystemClock());
  retrainer.NoteLabels(9);
  retrainer.WaitUntilIdle();
  EXPECT_EQ(retrainer.State().last_error, "");
  EXPECT_EQ(retrainer.State().labels_wanted, 10);
  retrainer.NoteLabels(10);
  retrainer.WaitUntilIdle();
  EXPECT_NE(retrainer.State().last_error, "") << "there is no such folder";
  EXPECT_GT(retrainer.State().labels_wanted, 10) << "it does not try again for the same labels";
  EXPECT_EQ(slot.Get()->version(), "1.a");
}

}  // namespace
}  // namespace finance::category_predictor
