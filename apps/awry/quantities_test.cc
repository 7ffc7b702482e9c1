#include "quantities.h"

#include <gtest/gtest.h>

namespace awry::app {
namespace {

TEST(ParseBytes, KnowsPowersOfThousandAndOf1024) {
  const std::pair<const char*, uint64_t> rows[] = {{"0", 0},
                                                   {"1048576", 1048576},
                                                   {"5B", 5},
                                                   {"50GB", 50'000'000'000},
                                                   {"64MiB", 64 << 20},
                                                   {"1.5kB", 1500},
                                                   {"2KiB", 2048},
                                                   {"1TB", 1'000'000'000'000},
                                                   {"3M", 3'000'000}};
  for (const auto& [text, bytes] : rows) {
    const auto parsed = ParseBytes(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, bytes) << text;
  }
  for (const char* text : {"", "GB", "-1", "5XB", "5GBB", "1e30TB", "99999999999TB", "5 GB"})
    EXPECT_FALSE(ParseBytes(text).ok()) << text;
}

TEST(ParseAge, KnowsDays) {
  EXPECT_EQ(ParseAge("30d")->count(), 30 * 86'400);
  EXPECT_EQ(ParseAge("12h")->count(), 43'200);
  EXPECT_EQ(ParseAge("")->count(), 0);
  EXPECT_EQ(ParseAge("0")->count(), 0);
  for (const char* text : {"30", "d", "-1d", "1y"}) EXPECT_FALSE(ParseAge(text).ok()) << text;
}

TEST(ParsePort, KnowsOffAndAuto) {
  EXPECT_FALSE(ParsePort("0")->has_value());
  EXPECT_FALSE(ParsePort("")->has_value());
  EXPECT_EQ(**ParsePort("auto"), 0);
  EXPECT_EQ(**ParsePort("65535"), 65535);
  for (const char* text : {"65536", "-1", "x", "80x"}) EXPECT_FALSE(ParsePort(text).ok()) << text;
}

}  // namespace
}  // namespace awry::app
