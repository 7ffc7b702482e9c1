#include "awry/why/range_cut.h"

#include <gtest/gtest.h>

namespace awry::why {
namespace {

TEST(RangeCut, FindsWhereTheTwoPart) {
  std::vector<double> cases{1, 2, 9, 10, 11, 12}, controls{1, 2, 2, 3, 3, 4};
  const RangeCut cut = BestRangeCut(cases, controls, true, 0);
  EXPECT_GT(cut.threshold, 4);
  EXPECT_LE(cut.threshold, 9);
  EXPECT_EQ(cut.scarcity, 1);
}

TEST(RangeCut, ATimeFarBeyondAllControlsCountsAsIfManyMoreHadBeenSeen) {
  std::vector<double> far{5, 5, 50, 50, 50}, near{5, 5, 11, 11, 11}, controls{4, 4, 5, 5};
  const RangeCut cut = BestRangeCut(far, controls, true, 10);
  EXPECT_EQ(cut.threshold, 50);
  EXPECT_DOUBLE_EQ(cut.scarcity, 5) << "beside what would be slow, which is more than the longest";
  EXPECT_GT(cut.g, BestRangeCut(near, controls, true, 10).g);
  std::vector<double> endless{1e9, 1e9, 1e9};
  EXPECT_EQ(BestRangeCut(endless, controls, true, 10).scarcity, 100);
}

TEST(RangeCut, NothingIsNone) {
  std::vector<double> cases{1, 2, 3}, controls{1, 2, 3};
  EXPECT_EQ(BestRangeCut(cases, controls, true, 100).g, 0) << "no time is slow";
}

TEST(RangeCut, OneSlowTimeStandsForTheOtherSlowOnesAboveTheGap) {
  const std::vector<double> usual{9, 10, 10.5, 11, 17, 18, 95, 120, 180, 260};
  EXPECT_EQ(SlowFromGap(usual, 200, 16), 95);
  EXPECT_EQ(SlowFromGap(usual, 17.5, 16), 17);
  EXPECT_EQ(SlowFromGap(usual, 9'000, 16), 9'000) << "far beyond all others it stands for itself";
  EXPECT_EQ(SlowFromGap(usual, 12, 16), 12) << "not slow";
  EXPECT_EQ(SlowFromGap({}, 40, 16), 40);
}

}  // namespace
}  // namespace awry::why
