#include "awry/why/rank_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace awry::why {
namespace {

constexpr double kAll = -1e300;

// Fisher's best p over all thresholds, without paying for the choice.
double Least(const std::vector<double>& cases, const std::vector<double>& controls, double from) {
  double least = 0;
  std::vector<double> all = cases;
  all.insert(all.end(), controls.begin(), controls.end());
  for (double cut : all) {
    const auto reach = [&](const std::vector<double>& v) { return static_cast<double>(std::ranges::count_if(v, [&](double x) { return x >= cut; })); };
    const double a = reach(cases), c = reach(controls);
    if (cut < from || 2 * (a + c) > static_cast<double>(all.size())) continue;
    const Table table{.a = a, .b = static_cast<double>(cases.size()) - a, .c = c, .d = static_cast<double>(controls.size()) - c};
    if (table.a * table.d > table.b * table.c) least = std::min(least, LogFisherGreater(table));
  }
  return least;
}

// Deals the cases out in every way.
double ByEnumeration(const std::vector<double>& cases, const std::vector<double>& controls, double from) {
  std::vector<double> all = cases;
  all.insert(all.end(), controls.begin(), controls.end());
  const double seen = Least(cases, controls, from);
  std::vector<char> is_case(all.size(), 0);
  std::fill(is_case.begin(), is_case.begin() + static_cast<long>(cases.size()), 1);
  std::sort(is_case.begin(), is_case.end());
  double as_small = 0, ways = 0;
  do {
    std::vector<double> some, others;
    for (size_t k = 0; k < all.size(); ++k) (is_case[k] ? some : others).push_back(all[k]);
    as_small += Least(some, others, from) <= seen + 1e-9 ? 1 : 0;
    ++ways;
  } while (std::next_permutation(is_case.begin(), is_case.end()));
  return as_small / ways;
}

TEST(RankScan, ThreeSlowCallsOfThree) {
  std::vector<double> controls(311, 3);
  controls.insert(controls.end(), 5, 2'000);
  const RankScan scan = ScanRanks({2'009, 2'012, 2'020}, controls, 10);
  EXPECT_EQ(scan.table.a, 3);
  EXPECT_EQ(scan.threshold, 2'009) << "those beyond all others";
  EXPECT_NEAR(scan.log_p, std::log(1.0 / (319.0 * 318 * 317 / 6)), 0.1);
}

TEST(RankScan, IsWhatCountingAllWaysGives) {
  base::Random random(11);
  for (int round = 0; round < 60; ++round) {
    std::vector<double> cases, controls;
    // Few different numbers, so that many are equal; the cases tend to be larger.
    const size_t few = 2 + random.Below(3), many = 6 + random.Below(6), kinds = 2 + random.Below(12);
    for (size_t k = 0; k < few; ++k) cases.push_back(static_cast<double>(random.Below(kinds) + random.Below(4)));
    for (size_t k = 0; k < many; ++k) controls.push_back(static_cast<double>(random.Below(kinds)));
    const double from = round % 2 == 0 ? kAll : static_cast<double>(kinds) / 2;
    const RankScan scan = ScanRanks(cases, controls, from);
    if (scan.log_p == 0) {
      EXPECT_EQ(Least(cases, controls, from), 0);
      continue;
    }
    EXPECT_NEAR(std::exp(scan.log_p), ByEnumeration(cases, controls, from), 1e-9) << "round " << round;
  }
}

TEST(RankScan, SeldomCallsWhatIsDrawnByLot) {
  base::Random random(12);
  constexpr int kRounds = 4'000;
  int below[2] = {0, 0};  // 0.05, 0.01
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> cases, controls;
    for (int k = 0; k < 6; ++k) cases.push_back(std::exp(random.Normal(0, 2)));
    for (int k = 0; k < 120; ++k) controls.push_back(std::exp(random.Normal(0, 2)));
    const double p = std::exp(ScanRanks(cases, controls, kAll).log_p);
    below[0] += p <= 0.05 ? 1 : 0;
    below[1] += p <= 0.01 ? 1 : 0;
  }
  EXPECT_LE(below[0], static_cast<int>(0.05 * kRounds) + 3 * 14);  // three standard errors
  EXPECT_LE(below[1], static_cast<int>(0.01 * kRounds) + 3 * 7);
  EXPECT_GE(below[0], static_cast<int>(0.03 * kRounds)) << "not much stricter than it says";
}

TEST(RankScan, SaysNothingWithoutNumbersOrBelowTheLeastThreshold) {
  EXPECT_EQ(ScanRanks({}, {1, 2}, kAll).log_p, 0);
  EXPECT_EQ(ScanRanks({1}, {}, kAll).log_p, 0);
  EXPECT_EQ(ScanRanks({5, 6}, {1, 2, 3, 1}, 10).log_p, 0);
  EXPECT_EQ(ScanRanks({1, 1}, {1, 1, 1}, kAll).log_p, 0) << "all are alike";
  EXPECT_EQ(ScanRanks({1, 2}, {5, 6, 7}, kAll).log_p, 0) << "the cases are the smaller ones";
  EXPECT_EQ(ScanRanks(std::vector<double>(kScanCasesMax + 1, 9), std::vector<double>(500, 1), kAll).log_p, 0);
  EXPECT_LT(ScanRanks(std::vector<double>(kScanCasesMax, 9), std::vector<double>(20'000, 1), kAll).log_p, -300);
}

}  // namespace
}  // namespace awry::why
