// Made predictions with a weekly season, for tests of drift.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "awry/stats/drift.h"
#include "base/random.h"

namespace awry::stats {

inline constexpr int64_t kSimulatedHourNs = 3'600'000'000'000;
inline constexpr int64_t kSimulatedWeekNs = 168 * kSimulatedHourNs;
inline constexpr int64_t kSimulatedStartNs = 2'700 * kSimulatedWeekNs;  // of the tested window

struct DriftScenario {
  uint64_t seed = 1;
  int weeks_before = 4;
  int weeks_tested = 1;
  double per_hour = 8;
  double week_noise = 0;          // standard deviation of a week's own shift, in deviations
  int64_t change_after_ns = -1;   // into the tested window; below 0: nothing changes
  double category_shift = 0;      // added to the share of "food"
  double confidence_shift = 0;    // in deviations
  double feature_shift = 0;       // of features.amount, in deviations
};

// A day's course and a quiet weekend, in what is predicted as well as in how much.
inline DriftSeries Simulate(const DriftScenario& scenario) {
  base::Random random(scenario.seed);
  DriftSeries out{.service = "predictor", .span = "model_prediction", .version = "v1"};
  const int64_t from_ns = kSimulatedStartNs - scenario.weeks_before * kSimulatedWeekNs;
  const int64_t until_ns = kSimulatedStartNs + scenario.weeks_tested * kSimulatedWeekNs;
  double of_week = 0;
  for (int64_t hour = 0; from_ns + hour * kSimulatedHourNs < until_ns; ++hour) {
    if (hour % 168 == 0) of_week = random.Normal(0, scenario.week_noise);
    const double day = std::sin(static_cast<double>(hour % 24) / 24 * 2 * M_PI);
    const double weekend = hour % 168 >= 120 ? 1 : 0;
    const double rate = scenario.per_hour * (1 + 0.7 * day) * (1 - 0.5 * weekend);
    const auto count = static_cast<int>(rate + random.Uniform());
    const int64_t hour_ns = from_ns + hour * kSimulatedHourNs;
    for (int i = 0; i < count; ++i) {
      const int64_t at_ns =
          hour_ns + static_cast<int64_t>(random.Uniform() * static_cast<double>(kSimulatedHourNs));
      const bool changed = scenario.change_after_ns >= 0 &&
                           at_ns >= kSimulatedStartNs + scenario.change_after_ns;
      const auto number = static_cast<uint32_t>(out.start_ns.size());
      out.start_ns.push_back(at_ns);
      out.random.push_back(random.Next());
      const double food = 0.3 + 0.1 * day + 0.15 * weekend + 0.05 * of_week +
                          (changed ? scenario.category_shift : 0);
      const double draw = random.Uniform();
      out.attributes["prediction.category"].Add(
          number, draw < food ? std::string("food") : draw < 0.8 ? "travel" : "rent");
      const auto add = [&](const char* key, double value) {
        DriftAttribute& attribute = out.attributes[key];
        attribute.numeric = true;
        attribute.Add(number, value);
      };
      add("prediction.confidence",
          random.Normal(0.8 - 0.05 * weekend + 0.03 * day, 0.08) + 0.08 * of_week +
              (changed ? 0.08 * scenario.confidence_shift : 0));
      add("features.amount", std::exp(random.Normal(3 + 0.4 * weekend, 1) + of_week +
                                      (changed ? scenario.feature_shift : 0)));
      add("features.hour", static_cast<double>(hour % 24));
      add("features.count", std::floor(random.Uniform() * 4));
    }
  }
  return out;
}

inline DriftOptions SimulatedOptions(const DriftScenario& scenario) {
  return {.start_ns = kSimulatedStartNs,
          .end_ns = kSimulatedStartNs + scenario.weeks_tested * kSimulatedWeekNs,
          .step_ns = 6 * kSimulatedHourNs};
}

}  // namespace awry::stats
