// How good a model is, on rows it has not been trained on.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "finance/category_predictor/category_model.h"
#include "finance/category_predictor/history.h"

namespace finance::category_predictor {

struct Quality {
  size_t rows = 0;
  double accuracy = 0;
  double macro_f1 = 0;     // over the classes present
  // The user has bought at this merchant (letters and & of the text) on no earlier day.
  size_t unseen_rows = 0;
  double unseen_accuracy = 0;
  double seen_accuracy = 0;
  double calibration_error = 0;  // ten equal bins
  double answerable_at_95 = 0;   // largest share of rows, surest first, that is 95 % right
  // Accuracy at the 1st, 2nd, … 5th, and later purchase of a user at a merchant.
  std::array<double, 6> by_purchase{};
  double micros_per_row = 0;
  std::array<size_t, kClasses> class_rows{};
  std::array<double, kClasses> class_f1{};
};

// Predicts each day, then learns its labels; every user starts without history. `rows` sorted by
// date.
Quality EvaluateDayByDay(const CategoryModel& model, std::span<const LabelledRow> rows);

// Predicts each row with nothing known of users or merchants, nor of the code when `hide_mcc`.
Quality EvaluateWithoutHistory(const CategoryModel& model, std::span<const LabelledRow> rows,
                               bool hide_mcc);

std::string QualityLine(const Quality& quality);

// One line per class that is present: rows and F1.
std::string ClassLines(const Quality& quality);

}  // namespace finance::category_predictor
