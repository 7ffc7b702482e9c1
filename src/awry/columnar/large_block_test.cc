#include "awry/columnar/large_block.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "awry/columnar/stable_vector.h"

namespace awry::columnar {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

TEST(LargeBlock, IsMemoryToWriteOfAnySize) {
  for (const size_t bytes : {size_t{0}, size_t{1}, kMiB - 1, kMiB, 2 * kMiB, 3 * kMiB + 1}) {
    LargeBlock block(bytes);
    ASSERT_NE(block.data(), nullptr);
    std::memset(block.data(), 0x5a, bytes);
    LargeBlock moved = std::move(block);
    EXPECT_TRUE(bytes == 0 || moved.data()[bytes - 1] == 0x5a);
  }
  EXPECT_EQ(LargeBlock().data(), nullptr);
}

TEST(LargeBlock, GivesLargeMemoryToThePoolAndTakesItAgain) {
  BlockPool pool(16 * kMiB);
  char* before = nullptr;
  {
    LargeBlock block(6 * kMiB, &pool);
    before = block.data();
    LargeBlock small(100, &pool);
  }
  EXPECT_EQ(pool.kept_bytes(), 6 * kMiB);
  {
    // Far smaller ones would waste it.
    const LargeBlock other(kMiB, &pool);
    EXPECT_NE(other.data(), before);
    const LargeBlock again(5 * kMiB, &pool);
    EXPECT_EQ(again.data(), before);
    EXPECT_EQ(pool.kept_bytes(), 0u);
  }
  EXPECT_EQ(pool.kept_bytes(), 7 * kMiB);
}

TEST(BlockPool, KeepsNoMoreThanItsLimit) {
  BlockPool pool(4 * kMiB);
  { const LargeBlock a(2 * kMiB, &pool), b(2 * kMiB, &pool), c(2 * kMiB, &pool); }
  EXPECT_EQ(pool.kept_bytes(), 4 * kMiB);
  { const LargeBlock large(6 * kMiB, &pool); }
  EXPECT_EQ(pool.kept_bytes(), 4 * kMiB);
}

TEST(BlockPool, GivesBackWhatLiesTooLong) {
  BlockPool pool(16 * kMiB);
  { const LargeBlock block(2 * kMiB, &pool); }
  pool.Trim(0);
  EXPECT_EQ(pool.kept_bytes(), 2 * kMiB);
  pool.Trim(INT64_MAX);
  EXPECT_EQ(pool.kept_bytes(), 0u);
}

TEST(StableVector, ElementsStayWhereTheyAreAndAreDestroyed) {
  const auto witness = std::make_shared<int>(7);
  BlockPool pool(64 * kMiB);
  {
    StableVector<std::shared_ptr<int>> vector(&pool);
    vector.Push(witness);
    const auto* first = &vector[0];
    for (int i = 1; i < 300'000; ++i) vector.Push(witness);
    EXPECT_EQ(&vector[0], first);
    EXPECT_EQ(vector.size(), 300'000u);
    EXPECT_EQ(vector.memory_bytes(), 300'000 * sizeof(*first));
    EXPECT_EQ(witness.use_count(), 300'001);
  }
  EXPECT_EQ(witness.use_count(), 1);
  EXPECT_GT(pool.kept_bytes(), 0u);
  // Elements are new ones, also in memory that was used before.
  StableVector<std::shared_ptr<int>> again(&pool);
  for (int i = 0; i < 300'000; ++i) ASSERT_EQ(again.Add(), nullptr);
}

}  // namespace
}  // namespace awry::columnar
