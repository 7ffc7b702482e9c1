#include "awry/why/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace awry::why {
namespace {

TEST(Statistics, ChiSquareTailsAgreeWithTables) {
  EXPECT_NEAR(std::exp(LogChiSquareTail(3.841458820694124, 1)), 0.05, 1e-12);
  EXPECT_NEAR(std::exp(LogChiSquareTail(10.827566170662733, 1)), 0.001, 1e-12);
  EXPECT_NEAR(std::exp(LogChiSquareTail(18.307038053275146, 10)), 0.05, 1e-10);
  EXPECT_EQ(LogChiSquareTail(0, 1), 0);
}

TEST(Statistics, TailsKeepTheirOrderFarBelowWhatADoubleCanHold) {
  EXPECT_LT(LogChiSquareTail(5'000, 1), LogChiSquareTail(4'000, 1));
  // ln Q(1/2, x/2) ~ -x/2 - ln(sqrt(pi x / 2)) for large x.
  EXPECT_NEAR(LogChiSquareTail(4'000, 1), -2'000 - 0.5 * std::log(M_PI * 2'000), 1e-3);
  EXPECT_NEAR(LogNormalTail(1.959963984540054), std::log(0.025), 1e-9);
  EXPECT_NEAR(LogNormalTail(10), -53.23128515051247, 1e-6);
}

TEST(Statistics, GStatisticOfAWorkedTable) {
  // 2·(30 ln(30/21) + 20 ln(20/29) + 12 ln(12/21) + 38 ln(38/29))
  EXPECT_NEAR(GStatistic({.a = 30, .b = 20, .c = 12, .d = 38}), 13.649240528808, 1e-9);
  EXPECT_NEAR(GStatistic({.a = 10, .b = 10, .c = 20, .d = 20}), 0, 1e-9);
  EXPECT_EQ(GStatistic({.a = 0, .b = 0, .c = 5, .d = 5}), 0);
}

TEST(Statistics, FisherIsTheLadyTastingTea) {
  EXPECT_NEAR(std::exp(LogFisherGreater({.a = 3, .b = 1, .c = 1, .d = 3})), 17.0 / 70, 1e-12);
  EXPECT_NEAR(std::exp(LogFisherGreater({.a = 4, .b = 0, .c = 0, .d = 4})), 1.0 / 70, 1e-12);
  EXPECT_NEAR(std::exp(LogFisherGreater({.a = 0, .b = 4, .c = 4, .d = 0})), 1, 1e-12);
}

TEST(Statistics, SmallTablesAreTestedExactlyAndLargeOnesByG) {
  const Table small{.a = 4, .b = 0, .c = 0, .d = 4};
  EXPECT_DOUBLE_EQ(LogPValueCommonerInWrong(small), LogFisherGreater(small));
  const Table large{.a = 300, .b = 200, .c = 120, .d = 380};
  EXPECT_NEAR(LogPValueCommonerInWrong(large), LogChiSquareTail(GStatistic(large), 1) - std::log(2), 1e-9);
  EXPECT_EQ(LogPValueCommonerInWrong({.a = 1, .b = 9, .c = 5, .d = 5}), 0) << "rarer among the wrong";
}

TEST(Statistics, OddsRatioWithWoolfsInterval) {
  const OddsRatio odds = OddsRatioOf({.a = 30, .b = 20, .c = 12, .d = 38});
  EXPECT_NEAR(odds.value, 30.5 * 38.5 / (20.5 * 12.5), 1e-12);
  const double error = std::sqrt(1 / 30.5 + 1 / 20.5 + 1 / 12.5 + 1 / 38.5);
  EXPECT_NEAR(odds.ci.lo, odds.value * std::exp(-1.959963984540054 * error), 1e-12);
  EXPECT_NEAR(odds.ci.hi, odds.value * std::exp(1.959963984540054 * error), 1e-12);
}

TEST(Statistics, MantelHaenszelSeesThroughAConfounder) {
  // Within each stratum the fact does nothing; in the sum it seems to triple the odds.
  const Table strata[] = {{.a = 80, .b = 20, .c = 40, .d = 10}, {.a = 10, .b = 40, .c = 20, .d = 80}};
  const Stratified s = MantelHaenszel(strata);
  EXPECT_NEAR(s.odds_ratio.value, 1, 1e-9);
  EXPECT_GT(s.log_p, std::log(0.2));
  const Table sum{.a = 90, .b = 60, .c = 60, .d = 90};
  EXPECT_LT(LogPValueCommonerInWrong(sum), std::log(0.001));
}

TEST(Statistics, MantelHaenszelOfOneStratumIsItsOddsRatio) {
  const Table one[] = {{.a = 30, .b = 20, .c = 12, .d = 38}};
  EXPECT_NEAR(MantelHaenszel(one).odds_ratio.value, 30.0 * 38 / (20 * 12), 1e-9);
  // χ² with continuity correction: (|30·38 − 20·12| − 50)²·100·… over (n−1) margins.
  const double variance = 50.0 * 50 * 42 * 58 / (100.0 * 100 * 99);
  EXPECT_NEAR(MantelHaenszel(one).log_p, LogNormalTail((30 - 21 - 0.5) / std::sqrt(variance)), 1e-9);
}

TEST(Statistics, BenjaminiHochbergOfAWorkedExample) {
  const std::vector<double> log_p{std::log(0.01), std::log(0.04), std::log(0.03), std::log(0.005)};
  const std::vector<double> corrected = BenjaminiHochberg(log_p, 4);
  EXPECT_NEAR(std::exp(corrected[0]), 0.02, 1e-12);
  EXPECT_NEAR(std::exp(corrected[1]), 0.04, 1e-12);
  EXPECT_NEAR(std::exp(corrected[2]), 0.04, 1e-12);
  EXPECT_NEAR(std::exp(corrected[3]), 0.02, 1e-12);
  EXPECT_NEAR(std::exp(BenjaminiHochberg(log_p, 40)[3]), 0.2, 1e-12) << "tests not listed count too";
}

TEST(Statistics, YekutieliPaysTheHarmonicSum) {
  const std::vector<double> log_p{std::log(0.001)};
  EXPECT_NEAR(std::exp(BenjaminiYekutieli(log_p, 4)[0]), 0.001 * 4 * (1 + 0.5 + 1.0 / 3 + 0.25), 1e-12);
}

TEST(Statistics, ClopperPearsonAgreesWithPublishedIntervals) {
  EXPECT_NEAR(ClopperPearson(0, 10).hi, 1 - std::pow(0.025, 0.1), 1e-9);
  EXPECT_EQ(ClopperPearson(0, 10).lo, 0);
  EXPECT_NEAR(ClopperPearson(10, 10).lo, std::pow(0.025, 0.1), 1e-9);
  const Interval half = ClopperPearson(5, 10);
  EXPECT_NEAR(half.lo, 0.187086, 1e-6);
  EXPECT_NEAR(half.hi, 0.812914, 1e-6);
  EXPECT_EQ(ClopperPearson(0, 0).hi, 1);
}

TEST(Statistics, WilsonAgreesWithPublishedIntervals) {
  EXPECT_NEAR(Wilson(5, 10).lo, 0.236593, 1e-6);
  EXPECT_NEAR(Wilson(0, 10).hi, 0.277533, 1e-6);
}

}  // namespace
}  // namespace awry::why
