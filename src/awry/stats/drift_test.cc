#include "awry/stats/drift.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "awry/stats/drift_bins.h"
#include "awry/stats/drift_simulation.h"
#include "awry/stats/drift_test_process.h"

namespace awry::stats {
namespace {

// The long form, as in docs/drift.md: AWRY_DRIFT_SERIES=600.
int SeriesCount(int short_form) {
  const char* text = std::getenv("AWRY_DRIFT_SERIES");
  return text == nullptr ? short_form : std::max(short_form, std::atoi(text));
}

struct Outcome {
  int alarms = 0;   // series with one at least
  int right = 0;    // of the attribute asked for
  int of = 0;
  int64_t hours_late = 0;  // from the change to `since`, summed over the right ones
  double rate() const { return static_cast<double>(alarms) / of; }
  double power() const { return static_cast<double>(right) / of; }
};

Outcome Play(DriftScenario scenario, int series, const std::string& attribute = "") {
  Outcome outcome{.of = series};
  for (int i = 0; i < series; ++i) {
    scenario.seed = static_cast<uint64_t>(1'000 + i);
    const DriftReport report = AnalyzeDrift({Simulate(scenario)}, SimulatedOptions(scenario));
    outcome.alarms += !report.tests.empty() && report.tests.front().alarm ? 1 : 0;
    for (const DriftFinding& finding : report.tests) {
      if (!finding.alarm || finding.attribute != attribute) continue;
      ++outcome.right;
      outcome.hours_late +=
          (finding.since_ns - kSimulatedStartNs - scenario.change_after_ns) / kSimulatedHourNs;
    }
  }
  return outcome;
}

TEST(DriftTest, EvidenceOfAPairIsExpectedToBeAtMostOne) {
  // All outcomes of 4 baseline and 3 newer observations over two bins, weighed by their chance.
  for (const double p : {0.1, 0.5, 0.9}) {
    for (const double guess : {0.2, 0.5, 0.8}) {
      for (const double factor : {0.2, 3.0, 10.0}) {
        double expected = 0;
        for (int m = 0; m <= 4; ++m) {
          for (int n = 0; n <= 3; ++n) {
            const auto chance = [p](int k, int of) {
              return std::exp(std::lgamma(of + 1) - std::lgamma(k + 1) - std::lgamma(of - k + 1)) *
                     std::pow(p, k) * std::pow(1 - p, of - k);
            };
            const double ratio = factor / (guess * factor + 1 - guess);
            const double rest = 1 / (guess * factor + 1 - guess);
            const auto g = [](double r) { return (4 + 3 * r) / 7; };
            const double evidence = std::pow(1 / g(ratio), m) * std::pow(1 / g(rest), 4 - m) *
                                    std::pow(ratio / g(ratio), n) * std::pow(rest / g(rest), 3 - n);
            expected += chance(m, 4) * chance(n, 3) * evidence;
          }
        }
        EXPECT_LE(expected, 1 + 1e-12) << p << " " << guess << " " << factor;
      }
    }
  }
}

TEST(DriftTest, FindsWhereAChangeBegan) {
  DriftTest test(CategoricalBets(2));
  for (int i = 0; i < 20; ++i) {
    const double now = i < 12 ? 50 : 75;
    test.Add({{100, 100}, {now, 100 - now}, {0.5, 0.5}});
  }
  EXPECT_GT(test.log_evidence(), 10);
  EXPECT_EQ(test.onset(), 12u);
}

TEST(DriftTest, TemperedEvidenceIsWeaker) {
  DriftTest plain(CategoricalBets(2));
  std::vector<DriftBet> bets = CategoricalBets(2);
  for (DriftBet& bet : bets) bet.tempering = 0.3;
  DriftTest tempered(std::move(bets));
  for (int i = 0; i < 10; ++i) {
    const DriftPair pair{{100, 100}, {65, 35}, {0.5, 0.5}};
    plain.Add(pair);
    tempered.Add(pair);
  }
  EXPECT_LT(tempered.log_evidence(), plain.log_evidence() * 0.5);
}

TEST(DriftTest, EmptyWindowsAreNoEvidence) {
  DriftTest test(CategoricalBets(2));
  for (int i = 0; i < 5; ++i) test.Add({{0, 0}, {5, 0}, {0.5, 0.5}});
  for (int i = 0; i < 5; ++i) test.Add({{9, 0}, {0, 0}, {0.5, 0.5}});
  EXPECT_NEAR(test.log_evidence(), 0, 1e-12);
}

TEST(Distances, AreZeroForEqualSharesAndGrowWithTheDifference) {
  EXPECT_NEAR(PopulationStabilityIndex({1'000, 1'000}, {500, 500}), 0, 1e-3);
  // (0.6 - 0.4) ln 1.5 twice.
  EXPECT_NEAR(PopulationStabilityIndex({4e6, 6e6}, {6e6, 4e6}), 0.4 * std::log(1.5), 1e-4);
  EXPECT_EQ(JensenShannonDistance({5, 0}, {0, 7}), 1);
  EXPECT_EQ(JensenShannonDistance({5, 5}, {7, 7}), 0);
  EXPECT_EQ(JensenShannonDistance({0, 0}, {7, 7}), 0);
}

TEST(Overdispersion, IsAboutOneForChanceAloneAndMoreForUnitsThatDiffer) {
  base::Random random(5);
  UnitCounts chance, differing;
  for (int s = 0; s < 50; ++s) {
    auto& a = chance.emplace_back();
    auto& b = differing.emplace_back();
    for (int unit = 0; unit < 8; ++unit) {
      std::vector<double> x(2), y(2);
      const double share = 0.5 + (unit - 3.5) * 0.04;
      for (int i = 0; i < 50; ++i) ++x[random.Chance(0.5)], ++y[random.Chance(share)];
      a.push_back(x);
      b.push_back(y);
    }
  }
  EXPECT_LT(Overdispersion(chance, {1, 2}, 1), 2);
  EXPECT_GT(Overdispersion(differing, {1, 2}, 1), 10);
  EXPECT_EQ(Overdispersion({}, {1, 2}, 1), 2);
  EXPECT_EQ(Overdispersion({{{5, 5}}}, {1, 2}, 1), 2);
}

TEST(DriftBins, SortsNumbersIntoTenthsAndNamesTheFrequentCategories) {
  DriftAttribute numbers{.numeric = true};
  std::vector<double> values;
  for (int i = 0; i < 1'000; ++i) values.push_back(i);
  const DriftBins tenths(numbers, values);
  EXPECT_EQ(tenths.size(), 10u);
  EXPECT_EQ(tenths.BinOf(numbers, -5), 0u);
  EXPECT_EQ(tenths.BinOf(numbers, 5e9), 9u);
  EXPECT_EQ(tenths.labels()[0], "< 100");
  const DriftBins equal(numbers, {7, 7, 7});
  EXPECT_NE(equal.BinOf(numbers, 7), equal.BinOf(numbers, 8));
  EXPECT_NE(equal.BinOf(numbers, 7), equal.BinOf(numbers, 6));
  DriftAttribute names;
  for (uint32_t i = 0; i < 300; ++i) names.Add(i, "unique " + std::to_string(i));
  values.clear();
  for (const auto& entry : names.entries) values.push_back(entry.value);
  EXPECT_FALSE(DriftBins(names, values).useful());
}

TEST(Drift, AWeeklySeasonIsNoAlarm) {
  const int series = SeriesCount(24);
  for (const DriftScenario& scenario :
       {DriftScenario{}, DriftScenario{.weeks_before = 2, .weeks_tested = 2},
        DriftScenario{.week_noise = 0.15}}) {
    const Outcome outcome = Play(scenario, series);
    RecordProperty("alarms", outcome.alarms);
    if (series > 24)
      fmt::print("null, {} weeks before, {} tested, noise {}: {} of {}\n", scenario.weeks_before,
                 scenario.weeks_tested, scenario.week_noise, outcome.alarms, outcome.of);
    EXPECT_LE(outcome.rate(), 0.05);
  }
}

TEST(Drift, FindsShiftsSoon) {
  const int series = SeriesCount(6);
  const int64_t day = 24 * kSimulatedHourNs;
  const std::pair<DriftScenario, const char*> cases[] = {
      {{.change_after_ns = 2 * day, .category_shift = 0.2}, "prediction.category"},
      {{.change_after_ns = 2 * day, .confidence_shift = -0.6}, "prediction.confidence"},
      {{.change_after_ns = 2 * day, .feature_shift = 0.6}, "features.amount"},
      {{.per_hour = 40, .change_after_ns = 5 * day, .category_shift = 0.12}, "prediction.category"}};
  for (const auto& [scenario, attribute] : cases) {
    const Outcome outcome = Play(scenario, series, attribute);
    if (series > 6)
      fmt::print("{} shifted, {}/hour: found {} of {}, since off by {} h on average\n", attribute,
                 scenario.per_hour, outcome.right, outcome.of,
                 outcome.right == 0 ? 0 : outcome.hours_late / outcome.right);
    EXPECT_GE(outcome.power(), 0.8) << attribute;
  }
}

TEST(Drift, SaysWhatItComparesWithWhenThereIsNoEarlierWeek) {
  const DriftScenario scenario{.weeks_before = 0};
  const DriftReport report = AnalyzeDrift({Simulate(scenario)}, SimulatedOptions(scenario));
  ASSERT_FALSE(report.tests.empty());
  EXPECT_THAT(report.tests[0].baseline.what, testing::HasSubstr("the same hours of the first 3 days"));
  EXPECT_EQ(report.tests[0].baseline.start_ns, kSimulatedStartNs);

  DriftSeries fresh = Simulate({.seed = 4, .weeks_before = 0});
  fresh.version = "v2";
  const DriftReport replaced =
      AnalyzeDrift({Simulate({.weeks_before = 3, .weeks_tested = 0}), fresh}, SimulatedOptions({}));
  ASSERT_FALSE(replaced.tests.empty());
  EXPECT_THAT(replaced.tests[0].baseline.what,
              testing::HasSubstr("3 earlier weeks of version v1: this version has no earlier week"));
  ASSERT_EQ(replaced.models.size(), 1u);
  EXPECT_EQ(replaced.models[0].version, "v2");
}

TEST(Drift, WindowsAddUpToAllPredictions) {
  const DriftScenario scenario;
  const DriftSeries series = Simulate(scenario);
  const DriftOptions options = SimulatedOptions(scenario);
  const DriftReport report = AnalyzeDrift({series}, options);
  uint64_t count = 0, categories = 0, expected = 0;
  for (const int64_t at : series.start_ns) expected += at >= options.start_ns ? 1 : 0;
  ASSERT_EQ(report.models.size(), 1u);
  for (const DriftModel::Window& window : report.models[0].windows) {
    count += window.count;
    for (const auto& [name, number] : window.categories) categories += number;
    if (window.confidence.has_value()) {
      EXPECT_LE(window.confidence->p10, window.confidence->p50);
      EXPECT_LE(window.confidence->p50, window.confidence->p90);
    }
  }
  EXPECT_EQ(count, expected);
  EXPECT_EQ(categories, expected);
  for (const DriftFinding& finding : report.tests) {
    double baseline = 0, now = 0;
    for (const DriftFinding::Bin& bin : finding.bins) baseline += bin.baseline, now += bin.now;
    EXPECT_NEAR(baseline, 1, 1e-9);
    EXPECT_NEAR(now, 1, 1e-9);
  }
}

TEST(Drift, ConfidencesThatAreNotFiniteAreLeftOutOfTheWindows) {
  const DriftScenario scenario;
  DriftSeries series = Simulate(scenario);
  auto& entries = series.attributes.at("prediction.confidence").entries;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i % 3 == 0) entries[i].value = i % 2 == 0 ? INFINITY : -INFINITY;
    if (i % 7 == 0) entries[i].value = NAN;
    if (i % 5 == 0) entries[i].value = 1.7e308;
  }
  const DriftReport report = AnalyzeDrift({series}, SimulatedOptions(scenario));
  ASSERT_EQ(report.models.size(), 1u);
  for (const DriftModel::Window& window : report.models[0].windows) {
    if (!window.confidence.has_value()) continue;
    EXPECT_TRUE(std::isfinite(window.confidence->mean));
    EXPECT_TRUE(std::isfinite(window.confidence->p10));
    EXPECT_TRUE(std::isfinite(window.confidence->p90));
  }
}

TEST(Drift, TooFewPredictionsAreSaidSo) {
  const DriftScenario scenario{.weeks_before = 0, .per_hour = 0.1};
  const DriftReport report = AnalyzeDrift({Simulate(scenario)}, SimulatedOptions(scenario));
  EXPECT_TRUE(report.tests.empty());
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_THAT(report.notes[0], testing::HasSubstr("too few predictions"));
}

}  // namespace
}  // namespace awry::stats
