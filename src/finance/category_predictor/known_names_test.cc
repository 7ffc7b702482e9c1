#include "finance/category_predictor/known_names.h"

#include <gtest/gtest.h>

namespace finance::category_predictor {
namespace {

KnownNames Some() {
  const std::pair<std::string_view, size_t> names[] = {
      {"lidl", 3}, {"green man", 4}, {"green", 8}, {"green", 8}, {"premier", 3}, {"premier inn", 10}, {"total", 7}, {"total", 5}, {"bp", 9}, {"boots", 12}, {"boots", 12}};
  return MakeKnownNames(names);
}

TEST(KnownNames, ATextIsKnownByTheNameThatItBeginsWith) {
  const KnownNames names = Some();
  EXPECT_EQ(FindName(names, "lidl"), 3);
  EXPECT_EQ(FindName(names, "lidl dienstl gmbh 0 berlin"), 3);
  EXPECT_EQ(FindName(names, "boots 0"), 12);
}

TEST(KnownNames, NoNameIsFoundInsideAWordOrLaterInTheText) {
  const KnownNames names = Some();
  for (const char* text : {"", " ", "lidlx", "the lidl", "gree", "green0"}) EXPECT_EQ(FindName(names, text), -1) << text;
}

TEST(KnownNames, TheLongestNameCounts) {
  EXPECT_EQ(FindName(Some(), "green man leeds"), 4);
  EXPECT_EQ(FindName(Some(), "green dog"), 8);
}

TEST(KnownNames, ANameOfSeveralClassesOrOfTwoLettersIsNone) {
  EXPECT_EQ(FindName(Some(), "total 0"), -1);
  EXPECT_EQ(FindName(Some(), "premier farnell"), -1);
  EXPECT_EQ(FindName(Some(), "premier inn"), 10);
  EXPECT_EQ(FindName(Some(), "bp 0"), -1);
}

}  // namespace
}  // namespace finance::category_predictor
