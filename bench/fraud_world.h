// Card transactions with fraud, made from a seed after the description of the simulator in
// "Reproducible Machine Learning for Credit Card Fraud Detection: Practical Handbook" (Le Borgne, Siblini,
// Lebichot, Bontempi), chapter 3, and the baseline that it is measured against.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fraud_world {

struct WorldOptions {
  uint64_t seed = 1;
  int customers = 2500;
  int terminals = 5000;
  int days = 62;
  double radius = 7.0710678118654755;
};

struct Row {
  int64_t at_s = 0;  // since the first midnight
  int customer = 0;
  int terminal = 0;
  int64_t amount_minor = 0;
  int scenario = 0;  // 0: right; 1: over 220; 2: compromised terminal; 3: compromised card
  int day() const { return static_cast<int>(at_s / 86'400); }
  bool fraud() const { return scenario != 0; }
};

// In time order.
std::vector<Row> MakeWorld(const WorldOptions& options);

inline constexpr int kLabelDelayDays = 7;
inline constexpr size_t kBookFeatures = 15;
using BookFeatures = std::array<double, kBookFeatures>;

// The Handbook's fifteen features of each row, terminal risk delayed by seven days.
std::vector<BookFeatures> MakeBookFeatures(const std::vector<Row>& rows);

// Logistic regression on standardised features, L2 as scikit-learn's default (C = 1), by Newton's method.
// Trained on the rows `train`; returns the probability for the rows `test`.
std::vector<double> LogisticRegression(const std::vector<BookFeatures>& features, const std::vector<Row>& rows,
                                       const std::vector<size_t>& train, const std::vector<size_t>& test);

// What one could know at best: 1 for each fraud except those at a terminal of whose compromise no label has
// come yet, else 0.
std::vector<double> Oracle(const std::vector<Row>& rows, const std::vector<size_t>& test);

struct Figures {
  double auc = 0;
  double average_precision = 0;
  double card_precision_50 = 0;
  double card_precision_100 = 0;
};

// Scores of the rows `test`. Cards found on one day leave the later days.
Figures Measure(const std::vector<Row>& rows, const std::vector<size_t>& test, const std::vector<double>& scores);

// The rows of days `first` to `last`, without cards that are known as defrauded: by frauds from
// `known_from` on whose label has come by the row's day.
std::vector<size_t> TestRows(const std::vector<Row>& rows, int known_from, int first, int last);

}  // namespace fraud_world
