// A training set of twenty texts, the model of it, and users who speak of a shop that it does not have.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "finance/category_predictor/model_file.h"
#include "finance/category_predictor/retraining.h"

namespace finance::category_predictor {

inline TrainingSet SmallTrainingSet() {
  static constexpr std::array<std::string_view, kClasses> kTexts = {
      "salary acme",  "transfer own",  "atm cash",       "fresh market",   "pizza house",  "clothes shop",  "rent flat",
      "power water",  "furniture inn", "petrol station", "hotel flight",   "cinema music", "pharmacy",      "hairdresser",
      "college book", "insurance co",  "lawyer office",  "bank fee",       "loan payment", "tax charity"};
  TrainingSet set;
  for (size_t c = 0; c < kClasses; ++c) {
    set.household.push_back({.category = CategoryOfClass(c), .money_in = c == 0, .low_minor = 300, .high_minor = 9000, .weight = 1,
                             .text = std::string(kTexts[c]) + " {n3}"});
  }
  return set;
}

inline RetrainingOptions SmallRetraining() {
  RetrainingOptions options{.labels_min = 200, .held_out_min = 50, .guard_loss_max = 0.05};
  options.rows.households = 20;
  options.rows.rows_per_household = 60;
  options.trainer = {.seed = 3, .hashed_rows = 1U << 12, .text_epochs = 2, .calibration_epochs = 2};
  return options;
}

inline CategoryModel ShippedModel(const TrainingSet& set) {
  const RetrainingOptions options = SmallRetraining();
  Weights weights = TrainModel(MakeTrainingRows(set, options.rows), options.trainer);
  RoundToFilePrecision(weights);
  return CategoryModel(std::move(weights), "1.shipped");
}

// Each label is of another user, so that only the text can tell; in the order in which they were given.
inline std::vector<FeedbackExample> WhatUsersSay(int count, ledger::Category category) {
  std::vector<FeedbackExample> said;
  for (int i = 0; i < count; ++i) {
    said.push_back({.sequence = 10 + i,
                    .row = {.text = "zorblatt " + std::string{static_cast<char>('a' + i % 26), static_cast<char>('a' + i / 26 % 26)},
                            .user = "user-" + std::to_string(i),
                            .date = ledger::Date::FromDays(20'000 + i / 4),
                            .amount_minor = -1500,
                            .category = category}});
  }
  return said;
}

}  // namespace finance::category_predictor
