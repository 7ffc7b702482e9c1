#include "sample/sample.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/file.h"
#include "codec/json.h"
#include "finance/category_predictor/text_features.h"
#include "sample/statement_writer.h"

namespace sample {
namespace {

namespace predictor = finance::category_predictor;
using awry::codec::JsonDocument;
using finance::ledger::Date;

const predictor::TrainingSet& Training() {
  static const auto* set = [] {
    auto loaded = predictor::LoadTrainingSet(AWRY_SOURCE_DIR "/training");
    CHECK(loaded.ok());
    return new predictor::TrainingSet(std::move(*loaded));
  }();
  return *set;
}

SampleOptions Options() { return {.end = *Date::FromYmd(2026, 2, 28)}; }

const std::vector<PersonRows>& Sample() {
  static const auto* people = new std::vector<PersonRows>(MakePeople(Training(), Options(), true));
  return *people;
}

std::string KeyOf(const std::string& description) {
  return predictor::MerchantKeyOf(predictor::NormaliseText(description));
}

TEST(Sample, IsAYearOfAtLeastSixtyPeopleAndFiftyThousandRows) {
  size_t rows = 0;
  for (const PersonRows& person : Sample()) {
    rows += person.year.size();
    ASSERT_FALSE(person.year.empty());
    EXPECT_GE(person.year.front().date, *Date::FromYmd(2025, 3, 1));
    EXPECT_LE(person.year.back().date, *Date::FromYmd(2026, 2, 28));
    for (size_t i = 1; i < person.year.size(); ++i)
      ASSERT_LE(person.year[i - 1].date, person.year[i].date);
  }
  EXPECT_GE(Sample().size(), 60u);
  EXPECT_GE(rows, 50'000u);
}

TEST(Sample, HasIdsOfManyLengthsOfWhichManyAgreeInSixBytes) {
  std::set<std::string> ids;
  std::set<size_t> lengths;
  std::map<std::string, std::set<size_t>> profiles;
  for (const Person& person : People()) {
    ids.insert(person.id);
    lengths.insert(person.id.size());
    profiles[person.id.substr(0, 6)].insert(person.profile);
  }
  EXPECT_EQ(ids.size(), People().size());
  EXPECT_GE(lengths.size(), 5u);
  for (const char* id : {"user1", "user12", "user123", "user124", "user1234"})
    EXPECT_TRUE(ids.contains(id)) << id;
  EXPECT_GE(profiles["user12"].size(), 5u);
}

TEST(Sample, MostPeopleEarnWhatTheySpendInAYear) {
  size_t poorer = 0;
  for (const PersonRows& person : Sample()) {
    int64_t balance_minor = 0;
    for (const Row& row : person.year) balance_minor += row.amount_minor;
    poorer += balance_minor < 0 ? 1 : 0;
  }
  EXPECT_LE(poorer * 4, Sample().size()) << poorer << " of " << Sample().size();
}

TEST(Sample, OneMerchantInFiveIsAbsentFromTheTrainingData) {
  std::set<std::string> trained;
  for (const predictor::LabelledRow& row : predictor::MakeTrainingRows(Training(), {})) {
    trained.insert(predictor::MerchantKeyOf(row.text));
  }
  std::set<std::string> all;
  std::set<std::string> made_up;
  for (const PersonRows& person : Sample()) {
    for (const Row& row : person.year) {
      const std::string key = KeyOf(row.description);
      all.insert(key);
      if (row.kind != Kind::kMadeUp) continue;
      made_up.insert(key);
      ASSERT_FALSE(trained.contains(key)) << row.description;
    }
  }
  EXPECT_GE(static_cast<double>(made_up.size()), 0.2 * static_cast<double>(all.size()))
      << made_up.size() << " of " << all.size();
}

TEST(Sample, AmbiguousMerchantsMeanDifferentThingsToDifferentPeopleAndOneThingToEach) {
  std::map<std::string, std::set<Category>> by_text;
  std::map<std::string, Category> by_person;
  size_t rows = 0;
  for (const PersonRows& person : Sample()) {
    for (const Row& row : person.year) {
      if (row.kind != Kind::kAmbiguous) continue;
      ++rows;
      by_text[KeyOf(row.description)].insert(row.category);
      const auto [known, added] =
          by_person.emplace(person.person.id + "|" + row.description, row.category);
      EXPECT_EQ(known->second, row.category) << row.description;
    }
  }
  size_t several = 0;
  for (const auto& [text, meanings] : by_text) several += meanings.size() > 1 ? 1 : 0;
  EXPECT_GE(rows, 5'000u);
  EXPECT_GE(several, 20u);
}

TEST(Sample, TheSameSeedGivesTheSameRowsAndAnotherSeedOthers) {
  const auto text = [](uint64_t seed) {
    SampleOptions options = Options();
    options.seed = seed;
    options.months = 1;
    std::string all;
    for (const PersonRows& person : MakePeople(Training(), options, false)) {
      all += WriteTruth(person.person.id, person.year);
    }
    return all;
  };
  EXPECT_EQ(text(1), text(1));
  EXPECT_NE(text(1), text(2));
}

TEST(Sample, AFurtherMonthFollowsTheYearWithoutGapOrOverlap) {
  SampleOptions options = Options();
  options.months_after = 1;
  EXPECT_EQ(PeriodOf(options).first.ToString(), "2026-03-01");
  EXPECT_EQ(PeriodOf(options).last.ToString(), "2026-03-28");
  options.months_after = 2;
  EXPECT_EQ(PeriodOf(options).first.ToString(), "2026-03-29");
  for (const PersonRows& person : Sample()) {
    ASSERT_FALSE(person.after.empty()) << person.person.id;
    EXPECT_GE(person.after.front().date, *Date::FromYmd(2026, 3, 1));
  }
}

TEST(Sample, WritesWhatTheImportReads) {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("sample-" + std::to_string(::getpid()))).string();
  SampleOptions options = Options();
  options.months = 2;
  const auto rows = WriteSample(Training(), options, folder);
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  awry::base::FileSystem& files = awry::base::RealFileSystem();
  const auto users = JsonDocument::Parse(*files.ReadAll(folder + "/users.json"));
  ASSERT_TRUE(users.ok());
  EXPECT_EQ(users->root().size(), People().size());
  size_t statement_rows = 0;
  for (const auto user : users->root().items()) {
    const std::string csv =
        *files.ReadAll(folder + "/statements/" + std::string(*user.AsString()) + ".csv");
    statement_rows += static_cast<size_t>(std::count(csv.begin(), csv.end(), '\n')) - 1;
  }
  EXPECT_EQ(statement_rows, *rows);
  const std::string truth = *files.ReadAll(folder + "/truth.jsonl");
  EXPECT_EQ(static_cast<size_t>(std::count(truth.begin(), truth.end(), '\n')), *rows);
  const auto budgets = JsonDocument::Parse(*files.ReadAll(folder + "/budgets.json"));
  ASSERT_TRUE(budgets.ok());
  EXPECT_GE(budgets->root().Find("user123").Find("budgets").size(), 3u);
  std::filesystem::remove_all(folder);
}

TEST(Statement, EachLayoutKeepsEveryAmountToTheCent) {
  const std::vector<Row> rows = {
      {*Date::FromYmd(2026, 1, 31), "CAFE \"A\", B", -1205, Category::kDining},
      {*Date::FromYmd(2026, 2, 1), "PAY", 250'000, Category::kIncome}};
  EXPECT_EQ(WriteStatement(rows, Layout::kIsoSigned, 0),
            "Date,Description,Amount\n2026-01-31,\"CAFE \"\"A\"\", "
            "B\",-12.05\n2026-02-01,\"PAY\",2500.00\n");
  EXPECT_NE(
      WriteStatement(rows, Layout::kGerman, 0).find("31.01.2026;\"CAFE \"\"A\"\", B\";-12,05\n"),
      std::string::npos);
  EXPECT_NE(WriteStatement(rows, Layout::kDebitCredit, 1205)
                .find("01/02/2026,\"PAY\",,2500.00,2500.00\n"),
            std::string::npos);
}

// The model that the build made, on the sample.
TEST(Rehearsal, OwnContextIsRightAndAnothersMisleads) {
  const auto model =
      predictor::CategoryModel::Load(AWRY_BINARY_DIR "/share/awry/category-model.bin");
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  const Rehearsal result = Rehearse(*model, Sample());
  EXPECT_GE(static_cast<double>(result.right), 0.88 * static_cast<double>(result.rows));
  EXPECT_GE(static_cast<double>(result.after_right), 0.88 * static_cast<double>(result.after_rows));
  EXPECT_GE(result.turned_wrong, 60u);
  EXPECT_LT(result.turned_right * 2, result.turned_wrong);
  // An import outruns the Spending Analyzer's cache: contexts are old.
  const Rehearsal hurried = Rehearse(*model, Sample(), {.context_every = 400});
  EXPECT_GE(static_cast<double>(hurried.right), 0.88 * static_cast<double>(hurried.rows));
  EXPECT_GE(hurried.turned_wrong, 60u);
}

}  // namespace
}  // namespace sample
