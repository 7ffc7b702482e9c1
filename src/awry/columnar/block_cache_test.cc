#include "awry/columnar/block_cache.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace awry::columnar
