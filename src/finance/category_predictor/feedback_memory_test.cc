#include "finance/category_predictor/feedback_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "sql/test_servers.h"

namespace finance::category_predictor {
namespace {

using ledger::Category;

struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / ("feedback-memory-" + std::to_string(::getpid()))).string();
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

FeedbackEntry Said(const std::string& id, const std::string& user, const std::string& text, Category category) {
  return {.id = id,
          .user_id = *ledger::UserId::Parse(user),
          .merchant_key = text,
          .category = category,
          .text = text,
          .amount = {-1000, *ledger::Currency::Parse("EUR")},
          .date = ledger::Date::FromDays(20'000)};
}

TEST(FeedbackMemory, WhatWasLearnedIsTheSameAfterARestartAndLeavesWithItsUser) {
  const Folder folder;
  const auto model = std::make_shared<const CategoryModel>(Weights::Zero(1U << 10), "blank");
  const auto anna = *ledger::UserId::Parse("anna");
  const auto ben = *ledger::UserId::Parse("ben");
  auto database = awry::sql::Database::Open(awry::sql::TestDatabaseUrl(folder.path + "/memory.db"));
  ASSERT_TRUE(database.ok());
  Learned before;
  {
    auto memory = FeedbackMemory::Open(**database);
    ASSERT_TRUE(memory.ok());
    ASSERT_TRUE((*memory)->Rebase(model).ok());
    EXPECT_EQ((*memory)->LearnedOf(anna, "blue door"), Learned{});
    const FeedbackEntry entries[] = {Said("1", "anna", "blue door", Category::kHealth),
                                     Said("2", "ben", "red door", Category::kDining)};
    ASSERT_TRUE((*memory)->Learn(entries).ok());
    before = (*memory)->LearnedOf(anna, "blue door");
    EXPECT_GT(before.own[ClassOfCategory(Category::kHealth)], 0);
    EXPECT_EQ((*memory)->LearnedOf(ben, "blue door").all, before.all);
  }
  auto memory = FeedbackMemory::Open(**database);
  ASSERT_TRUE(memory.ok());
  ASSERT_TRUE((*memory)->Rebase(model).ok());
  EXPECT_EQ((*memory)->LearnedOf(anna, "blue door"), before);
  ASSERT_TRUE((*memory)->Erase("anna").ok());
  EXPECT_EQ((*memory)->LearnedOf(anna, "blue door").own, Learned{}.own);
  EXPECT_LE((*memory)->LearnedOf(ben, "blue door").all[ClassOfCategory(Category::kHealth)], 0);
  EXPECT_GT((*memory)->LearnedOf(ben, "red door").own[ClassOfCategory(Category::kDining)], 0);
}

}  // namespace
}  // namespace finance::category_predictor
