#include "wire/propagation.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace awry::wire {
namespace {

constexpr std::string_view kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceParent, IsReadAndWrittenBack) {
  const auto parent = ParseTraceParent(kParent);
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->trace_id, (trace::TraceId{0x0af7651916cd43dd, 0x8448eb211c80319c}));
  EXPECT_EQ(parent->span_id, 0xb7ad6b7169203331u);
  EXPECT_EQ(parent->flags, 1);
  EXPECT_EQ(FormatTraceParent(*parent), kParent);
}

TEST(TraceParent, IgnoresWhatTheStandardForbids) {
  for (const std::string_view bad : {"", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                                     "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                     "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                                     "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                     "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
                                     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
                                     "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
    EXPECT_FALSE(ParseTraceParent(bad)) << bad;
  }
  EXPECT_TRUE(ParseTraceParent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"))
      << "later versions";
}

TEST(TraceState, IsNormalizedOrRefused) {
  EXPECT_EQ(NormalizeTraceState(" a=1 ,, b@c=2"), "a=1,b@c=2");
  EXPECT_EQ(NormalizeTraceState(""), "");
  EXPECT_FALSE(NormalizeTraceState("a=1,a=2")) << "a key twice";
  EXPECT_FALSE(NormalizeTraceState("A=1"));
  EXPECT_FALSE(NormalizeTraceState("a"));
  std::string many;
  for (int i = 0; i < 33; ++i) many += "k" + std::to_string(i) + "=v,";
  EXPECT_FALSE(NormalizeTraceState(many)) << "33 members";
}

TEST(UberTraceId, TakesShortIdsAndEncodedColons) {
  const auto parent = ParseUberTraceId("1%3A2%3a0%3A3");
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->trace_id, (trace::TraceId{0, 1}));
  EXPECT_EQ(parent->span_id, 2u);
  EXPECT_EQ(parent->flags, 1);
  EXPECT_EQ(ParseUberTraceId(FormatUberTraceId(*parent)), parent);
  for (const std::string_view bad :
       {"", ":", "1:2:3", "0:1:0:1", "1:0:0:1", "g:1:0:1", "1:2:0:1:5", "1:2:0:fff"}) {
    EXPECT_FALSE(ParseUberTraceId(bad)) << bad;
  }
}

TEST(Baggage, AnyTextComesBack) {
  base::Random random(9);
  for (int i = 0; i < 500; ++i) {
    std::vector<BaggageEntry> entries;
    for (uint64_t k = random.Below(5); k > 0; --k) {
      std::string value;
      for (uint64_t n = random.Below(20); n > 0; --n) value += static_cast<char>(random.Next());
      entries.push_back({"key" + std::to_string(k), value, {}});
    }
    EXPECT_EQ(ParseBaggage(FormatBaggage(entries)), entries);
  }
}

TEST(Baggage, KeepsMetadataAndLeavesOutMalformedMembers) {
  const auto entries = ParseBaggage("a=1;ttl=5 , =x, b = two%20words ,c,\"q\"=1,a=3");
  const std::vector<BaggageEntry> expected = {{"a", "3", ""}, {"b", "two words", ""}};
  EXPECT_EQ(entries, expected);
  EXPECT_EQ(ParseBaggage("k=v;p=1")[0].metadata, "p=1");
  EXPECT_LE(FormatBaggage({{"k", std::string(9000, 'x'), ""}, {"b", "1", ""}}), "b=1")
      << "beyond the limit of 8192";
}

TEST(Propagation, GarbageNeverCrashes) {
  base::Random random(3);
  const std::string_view characters = "0123456789abcdef-:=,;% \t\"\xff";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (uint64_t n = random.Below(70); n > 0; --n)
      text += characters[random.Below(characters.size())];
    (void)ParseTraceParent(text);
    (void)NormalizeTraceState(text);
    (void)ParseUberTraceId(text);
    (void)ParseBaggage(text);
  }
}

}  // namespace
}  // namespace awry::wire
