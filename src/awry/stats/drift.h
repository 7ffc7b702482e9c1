// Whether what a model predicts, how sure it is and what it is fed are as they were at the same
// hours and weekdays of earlier weeks. Method and figures: docs/drift.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace awry::stats {

// Values of one attribute. Those of a text or bool are numbers of `categories`.
struct DriftAttribute {
  bool numeric = false;
  struct Entry {
    uint32_t observation = 0;
    double value = 0;
  };
  std::vector<Entry> entries;  // in the order of observations
  std::vector<std::string> categories;
  std::map<std::string, uint32_t> numbers;  // of `categories`

  void Add(uint32_t observation, const std::string& category);
  void Add(uint32_t observation, double value) { entries.push_back({observation, value}); }
};

// Predictions by one version of a model: one observation a trace, in any order.
struct DriftSeries {
  std::string service;
  std::string span;
  std::string version;
  std::vector<int64_t> start_ns;
  std::vector<uint64_t> random;  // of each observation: even numbers, independent of its values
  std::map<std::string, DriftAttribute> attributes;  // by key
};

struct DriftOptions {
  int64_t start_ns = 0;  // a multiple of step_ns
  int64_t end_ns = 0;    // exclusive; a multiple of step_ns
  int64_t step_ns = 0;   // divides a week
  std::string version;   // the only one that is tested; "" tests all
  std::string category_key = "prediction.category";
  std::string confidence_key = "prediction.confidence";
  double level = 0.05;      // of any false alarm, over all windows and attributes
  double psi_min = 0.02;    // smaller changes are no alarm, however certain
  size_t baseline_min = 50;  // observations
  size_t now_min = 20;
};

struct DriftModel {
  struct Window {
    int64_t start_ns = 0;
    int64_t end_ns = 0;  // exclusive
    uint64_t count = 0;
    std::map<std::string, uint64_t> categories;
    struct Confidence {
      double mean = 0, p10 = 0, p50 = 0, p90 = 0;
    };
    std::optional<Confidence> confidence;
  };
  std::string service;
  std::string span;
  std::string version;
  std::vector<Window> windows;
};

struct DriftFinding {
  std::string service;
  std::string span;
  std::string version;
  std::string attribute;
  bool numeric = false;
  double psi = 0;
  double js = 0;
  double log_evidence = 0;  // natural logarithm of the e-value
  double p_value = 1;       // after correction, over all looks
  bool alarm = false;
  int64_t since_ns = 0;     // with an alarm: the window in which the change began
  struct Side {
    std::string what;
    int64_t start_ns = 0;
    int64_t end_ns = 0;
    uint64_t count = 0;
  };
  Side baseline;
  Side now;
  struct Bin {
    std::string label;
    double baseline = 0;  // share, 0…1
    double now = 0;
  };
  std::vector<Bin> bins;
};

struct DriftReport {
  std::vector<DriftModel> models;
  std::vector<DriftFinding> tests;  // alarms first, then the smallest p_value
  std::vector<std::string> notes;
};

// How far before `start_ns` earlier weeks are looked for.
inline constexpr int64_t kDriftHistoryNs = 28 * int64_t{86'400'000'000'000};

// `series`: of all versions, from `start_ns` - kDriftHistoryNs on.
DriftReport AnalyzeDrift(const std::vector<DriftSeries>& series, const DriftOptions& options);

}  // namespace awry::stats
