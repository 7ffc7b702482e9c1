#include "finance/category_predictor/category_model.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "codec/crc32c.h"
#include "finance/category_predictor/evaluation.h"
#include "finance/category_predictor/inputs.h"
#include "finance/category_predictor/label_counts.h"
#include "finance/category_predictor/model_file.h"
#include "finance/category_predictor/model_trainer.h"
#include "finance/category_predictor/training_set.h"

namespace finance::category_predictor {
namespace {

using awry::base::StatusCode;
using ledger::Category;
using ledger::Date;

constexpr uint32_t kSmallRows = 1U << 12;

// A made world of two kinds of people: at "corner" one buys groceries, the other dines; every other
// shop is what its name says.
std::vector<LabelledRow> SmallWorld(int people, int rows_each, uint64_t seed = 7) {
  awry::base::Random random(seed);
  std::vector<LabelledRow> rows;
  for (int day = 0; day < rows_each; ++day) {
    for (int p = 0; p < people; ++p) {
      const bool cook = p % 2 == 0;
      const uint64_t kind = random.Below(5);
      LabelledRow row;
      row.user = "person" + std::to_string(p);
      row.date = Date::FromDays(17000 + day);
      row.amount_minor = -static_cast<int64_t>(500 + random.Below(3000));
      const bool groceries = kind == 0 ? cook : random.Chance(cook ? 0.8 : 0.2);
      row.category = groceries ? Category::kGroceries : Category::kDining;
      row.text = kind == 0 ? "corner" : groceries ? "fresh market" : "pizza house";
      if (kind == 4) {
        row.category = Category::kTransport;
        row.text = "petrol station";
      }
      rows.push_back(row);
    }
  }
  return rows;
}

TrainerOptions SmallOptions() {
  return {.seed = 3, .hashed_rows = kSmallRows, .text_epochs = 3, .calibration_epochs = 3};
}

CategoryModel SmallModel() {
  return CategoryModel(TrainModel(SmallWorld(20, 60), SmallOptions()), "small");
}

Features At(std::string text, std::array<double, kClasses> shares = {}, int64_t count = 0) {
  Features features;
  features.text = std::move(text);
  features.amount_minor = -1234;
  features.currency = "EUR";
  features.context.shares = shares;
  features.context.count = count;
  return features;
}

std::array<double, kClasses> Shares(double groceries, double dining) {
  std::array<double, kClasses> shares{};
  shares[ClassOfCategory(Category::kGroceries)] = groceries;
  shares[ClassOfCategory(Category::kDining)] = dining;
  return shares;
}

std::string TempPath(const std::string& name) {
  return (std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()))).string();
}

TEST(CategoryModel, LearnsWhatNamesSayAndReadsTheContextWhereTheyDoNot) {
  const CategoryModel model = SmallModel();
  EXPECT_EQ(model.Predict(At("petrol station")).category, Category::kTransport);
  EXPECT_EQ(model.Predict(At("fresh market")).category, Category::kGroceries);
  EXPECT_EQ(model.Predict(At("corner", Shares(0.7, 0.1), 50)).category, Category::kGroceries);
  EXPECT_EQ(model.Predict(At("corner", Shares(0.1, 0.7), 50)).category, Category::kDining);
}

TEST(CategoryModel, TheSameSeedGivesTheSameBytesAndAnotherSeedDoesNot) {
  const std::vector<LabelledRow> rows = SmallWorld(10, 30);
  TrainerOptions options = SmallOptions();
  const std::string first = EncodeModel({TrainModel(rows, options), "v"});
  EXPECT_EQ(first, EncodeModel({TrainModel(rows, options), "v"}));
  options.seed = 4;
  EXPECT_NE(first, EncodeModel({TrainModel(rows, options), "v"}));
}

TEST(CategoryModel, ProbabilitiesSumToOneAndTheConfidenceIsTheHighest) {
  const CategoryModel model = SmallModel();
  for (const char* text :
       {"corner", "", "never seen before", "pizza petrol market", "東京 ラーメン"}) {
    const Prediction prediction = model.Predict(At(text));
    double sum = 0;
    for (const double p : prediction.probabilities) {
      EXPECT_GE(p, 0);
      EXPECT_LE(p, prediction.confidence);
      sum += p;
    }
    EXPECT_NEAR(sum, 1, 1e-9) << text;
  }
}

TEST(CategoryModel, ConfidenceIsCalibratedOnPeopleItHasNotSeen) {
  const CategoryModel model = SmallModel();
  const Quality quality = EvaluateDayByDay(model, SmallWorld(20, 60, 99));
  EXPECT_LT(quality.calibration_error, 0.05) << QualityLine(quality);
  EXPECT_GT(quality.accuracy, 0.9) << QualityLine(quality);
}

TEST(CategoryModel, AllContributionsAndTheBiasSumToTheMargin) {
  const CategoryModel model = SmallModel();
  Features features = At("corner market 0", Shares(0.4, 0.3), 80);
  features.mcc = 5411;
  features.context.avg_grocery_amount_minor = 3000;
  features.context.grocery_frequency = 0.4;
  features.memory = {.top = Category::kDining,
                     .second = Category::kGroceries,
                     .last = Category::kDining,
                     .count = 2,
                     .total = 3};
  features.merchant = {
      .top = Category::kGroceries, .last = Category::kGroceries, .count = 5, .total = 5};
  features.learned.all[ClassOfCategory(Category::kDining)] = 0.75F;
  features.learned.own[ClassOfCategory(Category::kGroceries)] = -0.5F;
  for (ClassVotes& votes : features.learned.votes) votes[ClassOfCategory(Category::kDining)] = 3;
  ASSERT_FALSE(model.weights().trees.empty());
  const auto [prediction, why] = model.Explain(features, SIZE_MAX);
  EXPECT_EQ(prediction.probabilities, model.Predict(features).probabilities);
  double sum = why.bias;
  for (const Contribution& part : why.contributions) sum += part.weight;
  EXPECT_NEAR(sum, why.margin, 1e-4);
  EXPECT_GE(why.margin, 0);
  EXPECT_NE(why.runner_up, prediction.category);
}

TEST(CategoryModel, ExplainsWithTheWordAndTheShareThatDecided) {
  const CategoryModel model = SmallModel();
  const Features petrol = At("petrol station");
  EXPECT_TRUE(model.Explain(petrol, 1).why.contributions.at(0).feature.starts_with("text"));
  const Features corner = At("corner", Shares(0.02, 0.9), 200);
  const Explanation why = model.Explain(corner, 3).why;
  EXPECT_EQ(why.contributions.size(), 3u);
  bool share = false;
  for (const Contribution& part : why.contributions)
    share = share || part.feature.starts_with("share_");
  EXPECT_TRUE(share);
}

TEST(CategoryModel, NothingButTheNamedFeaturesDecides) {
  const CategoryModel model = SmallModel();
  awry::base::Random random(21);
  const auto any = [&] { return static_cast<Category>(random.Below(21)); };
  for (int i = 0; i < 500; ++i) {
    Features features =
        At(random.Chance(0.5) ? "corner" : "pizza petrol",
           Shares(random.Uniform(), random.Uniform()), static_cast<int64_t>(random.Below(300)));
    features.mcc = random.Chance(0.5) ? 5812 : 0;
    features.memory = {any(), any(), any(), static_cast<int64_t>(random.Below(5)), 5};
    features.merchant = {any(), any(), any(), static_cast<int64_t>(random.Below(5)), 5};
    features.context.grocery_frequency = random.Uniform();
    features.learned.all[random.Below(kClasses)] =
        WholeHundredths(static_cast<float>(random.Uniform() * 4 - 2));
    features.learned.own[random.Below(kClasses)] =
        WholeHundredths(static_cast<float>(random.Uniform() * 4 - 2));
    for (ClassVotes& votes : features.learned.votes) {
      votes[random.Below(kClasses)] = WholeHundredths(static_cast<float>(random.Uniform() * 100));
    }
    features.context.avg_grocery_amount_minor = static_cast<int64_t>(random.Below(9000));
    Features replayed;
    for (size_t f = 0; f < FeatureCount(); ++f) {
      ASSERT_TRUE(SetFeature(replayed, f, GetFeature(features, f)).ok());
    }
    ASSERT_EQ(model.Predict(features).probabilities, model.Predict(replayed).probabilities);
  }
}

TEST(CategoryModel, AFileAnswersBitForBitLikeTheModelItCameFrom) {
  Weights weights = TrainModel(SmallWorld(10, 30), SmallOptions());
  RoundToFilePrecision(weights);
  const CategoryModel model(std::move(weights), "1.test");
  const std::string path = TempPath("model");
  ASSERT_TRUE(model.Save(path).ok());
  const auto loaded = CategoryModel::Load(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status().ToString();
  EXPECT_EQ(loaded->version(), "1.test");
  for (const char* text : {"corner", "fresh market 0", "zzz"}) {
    EXPECT_EQ(model.Predict(At(text)).probabilities, loaded->Predict(At(text)).probabilities);
  }
  std::filesystem::remove(path);
}

TEST(CategoryModel, RefusesADamagedFileByName) {
  const std::string path = TempPath("damaged");
  std::string bytes = EncodeModel({Weights::Zero(kSmallRows), "1.x"});
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_TRUE(awry::base::RealFileSystem().WriteAtomically(path, bytes).ok());
  const auto loaded = CategoryModel::Load(path);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.status().code(), StatusCode::kDataLoss);
  EXPECT_NE(loaded.status().message().find(path), std::string::npos) << loaded.status().message();
  std::filesystem::remove(path);
  EXPECT_EQ(CategoryModel::Load(path).status().code(), StatusCode::kNotFound);
}

TEST(ModelFile, RefusesEveryCutAndAnotherVersion) {
  const std::string bytes = EncodeModel({Weights::Zero(16), "1.x"});
  ASSERT_TRUE(DecodeModel(bytes).ok());
  for (size_t length = 0; length < bytes.size(); length += 7) {
    EXPECT_EQ(DecodeModel(std::string_view(bytes).substr(0, length)).status().code(),
              StatusCode::kDataLoss);
  }
  std::string other = bytes;
  ++other[8];
  EXPECT_EQ(DecodeModel(other).status().code(), StatusCode::kUnimplemented);
  EXPECT_EQ(DecodeModel(bytes + "x").status().code(), StatusCode::kDataLoss);
}

TEST(ModelFile, RefusesANetworkThatIsCutOrOfAnotherSize) {
  Weights weights = Weights::Zero(16);
  weights.net.vectors.assign(size_t{kNetGrams} * kNetWidth, 0.5F);
  weights.net.from_hidden[3][4] = 2;
  const std::string bytes = EncodeModel({weights, "1.x"});
  const auto read = DecodeModel(bytes);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->weights.net.vectors, weights.net.vectors);
  EXPECT_EQ(read->weights.net.from_hidden, weights.net.from_hidden);
  // The count of the vectors stands before them, after which there are the counts of names and of trees, and the sum.
  const size_t count_at = bytes.size() - 16 - size_t{kNetGrams} * kNetWidth * 2;
  for (const uint32_t count : {1U, kNetGrams - 1, kNetGrams * 2, 0xFFFFFFFFU, 0U}) {
    std::string other = bytes.substr(0, bytes.size() - 4);
    for (unsigned i = 0; i < 4; ++i) other[count_at + i] = static_cast<char>(count >> (8 * i));
    const uint32_t sum = awry::codec::Crc32c(other);
    for (unsigned i = 0; i < 4; ++i) other.push_back(static_cast<char>(sum >> (8 * i)));
    EXPECT_EQ(DecodeModel(other).status().code(), StatusCode::kDataLoss) << count;
  }
}

TEST(ModelFile, RefusesNamesThatAreCutUnsortedOrOfNoClass) {
  const auto bytes_of = [](KnownNames names) {
    Weights weights = Weights::Zero(16);
    weights.names = std::move(names);
    return EncodeModel({weights, "1.x"});
  };
  const auto read = DecodeModel(bytes_of({{5, 1}, {uint64_t{7} << 40, 19}}));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  ASSERT_EQ(read->weights.names.size(), 2U);
  EXPECT_EQ(read->weights.names[1].hash, uint64_t{7} << 40);
  EXPECT_EQ(read->weights.names[1].label, 19);
  EXPECT_EQ(DecodeModel(bytes_of({{7, 1}, {5, 1}})).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodeModel(bytes_of({{5, 1}, {5, 1}})).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodeModel(bytes_of({{5, 20}})).status().code(), StatusCode::kDataLoss);
  std::string many = bytes_of({});
  many.resize(many.size() - 4);
  for (unsigned i = 1; i <= 4; ++i) many[many.size() - 4 - i] = '\xFF';
  const uint32_t sum = awry::codec::Crc32c(many);
  for (unsigned i = 0; i < 4; ++i) many.push_back(static_cast<char>(sum >> (8 * i)));
  EXPECT_EQ(DecodeModel(many).status().code(), StatusCode::kDataLoss);
}

TEST(LabelCounts, TheMostFrequentLeadsAndOfEqualsTheLastGiven) {
  LabelCounts counts;
  counts.Add(Category::kDining);
  counts.Add(Category::kGroceries);
  EXPECT_EQ(counts.Summary().top, Category::kGroceries);
  EXPECT_EQ(counts.Summary().second, Category::kDining);
  counts.Add(Category::kDining);
  EXPECT_EQ(counts.Summary().top, Category::kDining);
  EXPECT_EQ(counts.Summary().total, 3);
  counts.Remove(Category::kDining);
  counts.Remove(Category::kDining);
  EXPECT_EQ(counts.Summary().top, Category::kGroceries);
  EXPECT_EQ(counts.Summary().last, Category::kGroceries);
  EXPECT_EQ(counts.Summary().total, 1);
}

TEST(History, ARowKnowsTheDaysBeforeItsOwnAndNothingOfItsDay) {
  std::vector<LabelledRow> rows = SmallWorld(2, 3);
  const std::vector<Features> features = ReplayDays(rows);
  ASSERT_EQ(features.size(), 6u);
  EXPECT_EQ(features[0].context.count, 0);
  EXPECT_EQ(features[1].context.count, 0);
  EXPECT_EQ(features[2].context.count, 1);
  EXPECT_EQ(features[4].context.count, 2);
  EXPECT_EQ(features[1].merchant.total, 0);
}

}  // namespace
}  // namespace finance::category_predictor
