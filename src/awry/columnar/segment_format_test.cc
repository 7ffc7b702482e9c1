#include "awry/columnar/segment_format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"

namespace awry::columnar {
namespace {

// Bytes below `limit`.
std::string RandomBytes(base::Random& random, size_t count, uint64_t limit) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes += static_cast<char>(random.Below(limit));
  return bytes;
}

TEST(Block, WithCutsIsReadAsOne) {
  base::Random random(1);
  BlockEncoder encoder(5);
  for (int round = 0; round < 300; ++round) {
    std::string raw;
    std::vector<size_t> cuts;
    for (uint64_t parts = 1 + random.Below(5); parts > 0; --parts) {
      const uint64_t most = round % 10 == 0 ? 40'000 : 300;
      raw += RandomBytes(random, random.Below(most), 1 + random.Below(256));
      cuts.push_back(raw.size());
    }
    std::string block = "before";
    encoder.Append(raw, true, block, cuts);
    std::string back;
    ASSERT_TRUE(DecodeBlock(std::string_view(block).substr(6), "f", 0, back).ok());
    EXPECT_EQ(back, raw);
  }
}

TEST(Block, CutWhereBytesChangeIsSmaller) {
  base::Random random(2);
  const std::string raw = RandomBytes(random, 4'000, 4) + RandomBytes(random, 4'000, 256);
  BlockEncoder encoder(5);
  std::string whole, cut;
  encoder.Append(raw, true, whole);
  encoder.Append(raw, true, cut, std::vector<size_t>{4'000});
  EXPECT_LT(cut.size(), whole.size() * 19 / 20);
}

// 1,000 bytes of information each, of chance and of repetition.
TEST(Block, IsSmallWhereBytesAreFewAndWhereTheyRepeat) {
  base::Random random(3);
  BlockEncoder encoder(1);
  std::string few, repeated;
  encoder.Append(RandomBytes(random, 4'000, 4), true, few);
  const std::string once = RandomBytes(random, 1'000, 256);
  encoder.Append(once + once + once + once, true, repeated);
  EXPECT_LT(few.size(), 1'100u);
  EXPECT_LT(repeated.size(), 1'100u);
}

}  // namespace
}  // namespace awry::columnar
