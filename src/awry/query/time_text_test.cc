#include "awry/query/time_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace awry::query {
namespace {

constexpr int64_t kNow = 1'600'000'000'000'000'000;

TEST(ParseTime, TakesWhatPeopleWrite) {
  const std::pair<const char*, int64_t> rows[] = {
      {"now", kNow},
      {"1h", kNow - 3'600'000'000'000},
      {"2d", kNow - 2 * 86'400'000'000'000},
      {"2020-09-13T12:26:40Z", kNow},
      {"2020-09-13T14:26:40.5+02:00", kNow + 500'000'000},
      {"2020-09-13t12:26:40z", kNow},
      {"2020-09-13", kNow - 44'800'000'000'000},
      {"1600000000", kNow},
      {"1600000000000", kNow},
      {"1600000000000000", kNow},
      {"1600000000000000000", kNow},
  };
  for (const auto& [text, ns] : rows) {
    const auto parsed = ParseTime(text, kNow);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, ns) << text;
  }
}

TEST(ParseTime, RefusesTheRest) {
  for (const char* text :
       {"", "yesterday", "2020-13-01", "2020-02-30", "2020-09-13T25:00:00Z", "2020-09-13T12:00:00",
        "2020-09-13T12:00:00.Z", "1h ", "2020-09-13T12:00:00Zz", "9999-01-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseTime(text, kNow).ok()) << text;
  }
}

RC_GTEST_PROP(TimeToText, ReadsBack, ()) {
  const auto ns = *rc::gen::inRange<int64_t>(0, INT64_MAX);
  RC_ASSERT(*ParseRfc3339(TimeToText(ns)) == ns);
}

TEST(TimeToText, WritesAsManyDecimalsAsNeeded) {
  EXPECT_EQ(TimeToText(kNow), "2020-09-13T12:26:40Z");
  EXPECT_EQ(TimeToText(kNow + 5'000'000), "2020-09-13T12:26:40.005Z");
  EXPECT_EQ(TimeToText(-1), "1969-12-31T23:59:59.999999999Z");
}

}  // namespace
}  // namespace awry::query
