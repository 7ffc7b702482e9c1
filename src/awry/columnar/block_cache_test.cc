#include "awry/columnar/block_cache.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace awry::columnar {
namespace {

constexpr size_t kBytes = 100'000;

// Misses the block, as a reader does that then reads it from the file.
void Miss(BlockCache& cache, uint64_t file, uint64_t offset, const std::string& bytes) {
  EXPECT_EQ(cache.Get(file, offset), nullptr);
  cache.Put(file, offset, std::make_shared<const std::string>(bytes));
}

TEST(BlockCache, KeepsWhatIsMissedTwice) {
  BlockCache cache(kBytes);
  Miss(cache, 1, 16, "block");
  Miss(cache, 1, 16, "block");
  ASSERT_NE(cache.Get(1, 16), nullptr);
  EXPECT_EQ(*cache.Get(1, 16), "block");
  EXPECT_EQ(cache.Get(2, 16), nullptr);  // another file
  EXPECT_EQ(cache.Get(1, 17), nullptr);
}

TEST(BlockCache, StaysWithinItsLimitAndPutsOutWhatWasUsedLongestAgo) {
  BlockCache cache(kBytes);
  const std::string block(5'000, 'x');
  for (uint64_t i = 0; i < 100; ++i) {
    Miss(cache, 1, i, block);
    Miss(cache, 1, i, block);
    EXPECT_LE(cache.bytes(), kBytes);
    EXPECT_NE(cache.Get(1, 0), nullptr);  // used all the time
  }
  EXPECT_GT(cache.bytes(), kBytes / 2);
  EXPECT_NE(cache.Get(1, 99), nullptr);
  EXPECT_EQ(cache.Get(1, 50), nullptr);
}

TEST(BlockCache, ABlockThatWouldPutOutManyIsNotKept) {
  BlockCache cache(kBytes);
  const std::string large(kBytes / 16 + 1, 'x');
  Miss(cache, 1, 0, large);
  Miss(cache, 1, 0, large);
  EXPECT_EQ(cache.Get(1, 0), nullptr);
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(BlockCache, WhatWasDecodedStandsBesideTheBytesOfTheSameBlock) {
  BlockCache cache(kBytes);
  const auto decoded = std::make_shared<const int>(7);
  for (int time = 0; time < 2; ++time) cache.PutDecoded(1, 16, decoded, sizeof(int));
  EXPECT_EQ(cache.Get(1, 16), nullptr);
  Miss(cache, 1, 16, "block");
  Miss(cache, 1, 16, "block");
  EXPECT_EQ(*cache.Get(1, 16), "block");
  EXPECT_EQ(cache.GetDecoded<int>(1, 16), decoded);
}

TEST(BlockCache, WhoReadsEverythingPutsNothingOut) {
  BlockCache cache(kBytes);
  Miss(cache, 1, 16, "block");
  Miss(cache, 1, 16, "block");
  const auto decoded = std::make_shared<const int>(7);
  for (uint64_t i = 100; i < 10'000; ++i) cache.AddDecoded(1, i, decoded, 100);
  EXPECT_LE(cache.bytes(), kBytes / 2);
  EXPECT_EQ(cache.GetDecoded<int>(1, 100), decoded);
  EXPECT_NE(cache.Get(1, 16), nullptr);
}

TEST(BlockCache, GivesWhatWasPutThereWhateverCameAndWentBetween) {
  base::Random random(1);
  for (const size_t bytes_max : {2'000u, 20'000u, 200'000u}) {
    BlockCache cache(bytes_max);
    size_t found = 0;
    for (int step = 0; step < 20'000; ++step) {
      const uint64_t file = 1 + random.Below(3), offset = random.Below(200);
      const std::string expected = std::to_string(file) + ":" + std::to_string(offset);
      if (const BlockBytes kept = cache.Get(file, offset)) {
        ASSERT_EQ(*kept, expected);
        ++found;
      } else {
        cache.Put(file, offset, std::make_shared<const std::string>(expected));
      }
      ASSERT_LE(cache.bytes(), bytes_max);
    }
    EXPECT_GT(found, 100u);
  }
}

}  // namespace
}  // namespace awry::columnar
