#include "awry/columnar/column_codec.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/random.h"

namespace awry::columnar {
namespace {

std::vector<std::string> RoundTrip(const std::vector<std::string>& texts, size_t& bytes) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  ByteWriter out;
  EncodeDictionary(views, out);
  bytes = out.size();
  DictionaryReader reader;
  EXPECT_TRUE(reader.Open(ByteReader(out.view()), texts.size()));
  // Backwards, so that no entry needs the one before it.
  std::vector<std::string> back(reader.size());
  for (size_t i = back.size(); i-- > 0;) {
    std::string_view entry;
    EXPECT_TRUE(reader.Entry(i, entry));
    back[i] = entry;
  }
  // One entry more than there may be is malformed.
  if (!texts.empty()) {
    EXPECT_FALSE(DictionaryReader().Open(ByteReader(out.view()), texts.size() - 1));
  }
  return back;
}

template <typename Number, typename Reader>
std::vector<Number> AllOf(const Reader& reader, size_t count) {
  std::vector<Number> out;
  for (size_t i = 0; i < count; ++i) out.push_back(reader.At(i));
  return out;
}

TEST(Dictionary, GivesBackStringsOfEveryForm) {
  const std::vector<std::vector<std::string>> cases = {
      {},
      {""},
      {"a", "", "bcd"},
      {"user1", "user20", "user300", "user0"},
      {"user1", "user02", "user3", "user4"},  // a needless zero is kept
      {"1", "2", "3", "999999999999999999"},
      {"1", "2", "3", "9999999999999999999999"},
      {"tx-0123456789abcdef", "tx-fedcba9876543210", "tx-0000000000000000", "tx-1111111111111111"},
      {"0001", "0002", "0030", "0400"},
      {"aaaa", "aaab", "aaac", "aaad", "aaae"},
      {"same-length-1x", "same-length-2y", "other-words-3z", "quite-another-"},
      {std::string("\0\1", 2), std::string("\0\2", 2), std::string("\1\1", 2), std::string("ü", 2)},
      {std::string(300, 'p') + "1", std::string(300, 'p') + "2", std::string(300, 'p') + "3",
       std::string(300, 'p') + "4"}};
  for (const auto& texts : cases) {
    size_t bytes = 0;
    EXPECT_EQ(RoundTrip(texts, bytes), texts);
  }
}

TEST(Dictionary, FindsWhatItHoldsAndNothingElse) {
  const std::vector<std::vector<std::string>> cases = {
      {"a", "", "bcd"},
      {"user1", "user20", "user300", "user0"},
      {"0001", "0002", "0030", "0400"},
      {"tx-0123456789abcdef", "tx-fedcba9876543210", "tx-0000000000000000", "tx-1111111111111111"}};
  for (const auto& texts : cases) {
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    ByteWriter out;
    EncodeDictionary(views, out);
    for (size_t wanted = 0; wanted < texts.size(); ++wanted) {
      DictionaryReader reader;
      ASSERT_TRUE(reader.Open(ByteReader(out.view()), texts.size()));
      std::vector<uint8_t> found(texts.size());
      EXPECT_TRUE(reader.Find(texts[wanted], found));
      for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(found[i] != 0, i == wanted) << texts[i];
    }
    for (const std::string_view other : {"user01", "user", "user2", "b", "00001", "tx-0123456789abcdee", "zzzz"}) {
      DictionaryReader reader;
      ASSERT_TRUE(reader.Open(ByteReader(out.view()), texts.size()));
      std::vector<uint8_t> found(texts.size());
      EXPECT_TRUE(reader.Find(other, found));
      EXPECT_EQ(found, std::vector<uint8_t>(texts.size())) << other;
    }
  }
}

TEST(Dictionary, PacksNumbersAndIdsTightly) {
  base::Random random(1);
  std::vector<std::string> users, ids;
  for (int i = 0; i < 1'000; ++i) {
    users.push_back("user" + std::to_string(random.Below(1'000)));
    std::string id = "tx-";
    for (int d = 0; d < 16; ++d) id += "0123456789abcdef"[random.Below(16)];
    ids.push_back(id);
  }
  size_t bytes = 0;
  EXPECT_EQ(RoundTrip(users, bytes), users);
  EXPECT_LT(bytes, 1'270u);  // 10 bits each
  EXPECT_EQ(RoundTrip(ids, bytes), ids);
  EXPECT_LT(bytes, 8'040u);  // 8 bytes each
}

TEST(Dictionary, GivesBackAnything) {
  const uint64_t seed = base::EntropySeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  base::Random random(seed);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> texts(random.Below(30));
    const std::string_view alphabet = random.Chance(0.5) ? "0123456789" : "ab0-\n";
    const size_t length = random.Below(9);
    for (std::string& text : texts) {
      const size_t own = random.Chance(0.9) ? length : random.Below(20);
      for (size_t i = 0; i < own; ++i) text += alphabet[random.Below(alphabet.size())];
    }
    size_t bytes = 0;
    EXPECT_EQ(RoundTrip(texts, bytes), texts);
  }
}

void ExpectSame(const std::vector<int64_t>& values) {
  ByteWriter out;
  EncodeIntegers(values, out);
  IntegerReader reader;
  ASSERT_TRUE(reader.Open(ByteReader(out.view()), values.size()));
  EXPECT_EQ(AllOf<int64_t>(reader, values.size()), values);
  EXPECT_FALSE(IntegerReader().Open(ByteReader(out.view()), values.size() + 9));
}

TEST(Integers, AreGivenBackOfEveryWidth) {
  base::Random random(2);
  ExpectSame({});
  ExpectSame({INT64_MIN, INT64_MAX, 0, -1, 1});
  for (uint32_t width = 1; width <= 64; ++width) {
    std::vector<int64_t> values;
    for (int i = 0; i < 50; ++i)
      values.push_back(static_cast<int64_t>(random.Next() >> (64 - width)) - 1'000);
    ExpectSame(values);
  }
}

void ExpectSame(const std::vector<double>& values, size_t bytes_max) {
  ByteWriter out;
  EncodeDoubles(values, out);
  EXPECT_LE(out.size(), bytes_max);
  DoubleReader reader;
  ASSERT_TRUE(reader.Open(ByteReader(out.view()), values.size()));
  const std::vector<double> back = AllOf<double>(reader, values.size());
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(std::bit_cast<uint64_t>(back[i]), std::bit_cast<uint64_t>(values[i])) << values[i];
}

TEST(Doubles, KeepEveryBit) {
  base::Random random(3);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ExpectSame({nan, -nan, 0.0, -0.0, std::numeric_limits<double>::infinity(), 5e-324, 1e308}, 80);
  std::vector<double> money, any, words;
  for (int i = 0; i < 1'000; ++i) {
    money.push_back(static_cast<double>(random.Below(20'000)) / 100);
    any.push_back(random.Uniform());
    words.push_back(std::bit_cast<double>(random.Next()));
  }
  ExpectSame(money, 1'900);  // 15 bits each
  ExpectSame(any, 7'300);
  ExpectSame(words, 8'020);
  money.push_back(-0.0);  // no decimal form has its sign
  ExpectSame(money, 8'020);
}

TEST(ColumnCodec, GarbageIsRefusedOrReadNeverMore) {
  const uint64_t seed = base::EntropySeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  base::Random random(seed);
  for (int round = 0; round < 3'000; ++round) {
    std::string bytes(random.Below(40), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.Below(random.Chance(0.5) ? 4 : 256));
    DictionaryReader dictionary;
    if (dictionary.Open(ByteReader(bytes), 50)) {
      ASSERT_LE(dictionary.size(), 50u);
      std::string_view entry;
      for (size_t i = 0; i < dictionary.size(); ++i) (void)dictionary.Entry(i, entry);
    }
    IntegerReader integers;
    if (integers.Open(ByteReader(bytes), 20)) (void)AllOf<int64_t>(integers, 20);
    DoubleReader doubles;
    if (doubles.Open(ByteReader(bytes), 20)) (void)AllOf<double>(doubles, 20);
  }
}

TEST(ShortDecimal, IsWhatPeopleType) {
  for (const double value : {0.0, 1.0, -12.5, 0.25, 1e9, 99.75}) EXPECT_TRUE(IsShortDecimal(value));
  for (const double value : {0.1 + 0.2, 1.0 / 3, 1e300, std::nan(""), 0.001})
    EXPECT_FALSE(IsShortDecimal(value)) << value;
}

TEST(Integers, ThatArePackedTakeTheBytesThatWereForetold) {
  base::Random random(11);
  for (const uint64_t range : {uint64_t{1}, uint64_t{32}, uint64_t{1} << 40, UINT64_MAX}) {
    std::vector<int64_t> values;
    for (int i = 0; i < 100; ++i) values.push_back(static_cast<int64_t>(random.Below(range)) - 7);
    ByteWriter out;
    PackIntegers(values, out);
    EXPECT_EQ(out.size(), PackedIntegersBytes(values));
    IntegerReader reader;
    ASSERT_TRUE(reader.Open(ByteReader(out.view()), values.size()));
    EXPECT_EQ(AllOf<int64_t>(reader, values.size()), values);
  }
}

}  // namespace
}  // namespace awry::columnar
