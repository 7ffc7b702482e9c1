#include "finance/category_predictor/text_features.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace finance::category_predictor {
namespace {

TEST(NormaliseText, FoldsCaseAccentsDigitsAndPunctuation) {
  EXPECT_EQ(NormaliseText("Café Müller*Nr 12/7 Süd"), "cafe mueller nr 0 0 sued");
  EXPECT_EQ(NormaliseText("McDonald's #1234 B&Q"), "mcdonalds 0 b&q");
  EXPECT_EQ(NormaliseText("ŻABKA Łódź"), "zabka lodz");
}

TEST(NormaliseText, MasksBeforeTheModelUnlessToldNotTo) {
  const std::string masked = NormaliseText("TRANSFER TO JANE DOE");
  EXPECT_EQ(masked.find("jane"), std::string::npos) << masked;
  EXPECT_NE(masked.find("[name]"), std::string::npos) << masked;
  EXPECT_NE(NormaliseText("TRANSFER TO JANE DOE", false).find("jane"), std::string::npos);
}

TEST(NormaliseText, StopsAtItsLimitAndTakesAnyBytes) {
  EXPECT_EQ(NormaliseText(std::string(5000, 'x')).size(), kTextCodePointsMax);
  awry::base::Random random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    for (uint64_t n = random.Below(60); n > 0; --n)
      bytes.push_back(static_cast<char>(random.Below(256)));
    const std::string text = NormaliseText(bytes);
    std::vector<TextGram> grams;
    AppendTextGrams(text, 1U << 10, grams);
    const size_t words = WordsOf(text).size();
    for (const TextGram& gram : grams) {
      ASSERT_LT(gram.row, 1U << 10);
      ASSERT_TRUE(gram.word == kWholeText || gram.word < words);
    }
  }
}

TEST(MerchantKey, LeavesNumbersOutUnlessNothingElseIsThere) {
  EXPECT_EQ(MerchantKeyOf("tesco stores 0"), "tesco stores");
  EXPECT_EQ(MerchantKeyOf("amzn mktp uk mx0ab"), "amzn mktp uk");
  EXPECT_EQ(MerchantKeyOf("0"), "0");
  EXPECT_EQ(MerchantKeyOf(""), "");
}

TEST(TextGrams, AreBoundedByWordsAndTheSameEverywhere) {
  std::vector<TextGram> one;
  AppendTextGrams("ab", 1U << 16, one);
  // " a", "ab", "b ", " ab", "ab ", " ab ", the word, the key.
  EXPECT_EQ(one.size(), 8u);
  std::vector<TextGram> two;
  AppendTextGrams("ab cd", 1U << 16, two);
  EXPECT_EQ(two.size(), 2 * 7u + 2);
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ(one[i].row, two[i].row);
  EXPECT_EQ(StableHash("tesco"), StableHash("tesco"));
  EXPECT_NE(StableHash("tesco"), StableHash("tesco", 1));
}

}  // namespace
}  // namespace finance::category_predictor
