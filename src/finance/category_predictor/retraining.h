// Learns a new model from the shipped training rows and what all users said since, and measures it
// beside the current one on labels that neither has been trained on.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "finance/category_predictor/category_model.h"
#include "finance/category_predictor/feedback_examples.h"
#include "finance/category_predictor/model_trainer.h"
#include "finance/category_predictor/training_set.h"

namespace finance::category_predictor {

struct RetrainingOptions {
  size_t labels_min = 500;       // with fewer there is nothing to learn from
  size_t held_out_min = 100;     // newest labels that are only measured on
  double held_out_share = 0.2;   // of all labels
  double deviations_min = 1.645; // of the rows where only one is right: 5 % chance for an equal candidate
  double guard_loss_max = 0.01;  // accuracy that may be lost on made households, which no one corrected
  float label_weight = 3;        // of a label against a shipped row
  RowsOptions rows;
  TrainerOptions trainer;
};

// Both models on the same rows.
struct Trial {
  int64_t trained_until = 0;  // sequence of the newest label that was trained on
  size_t rows = 0;            // labels held out
  double accuracy = 0;        // of the candidate
  double macro_f1 = 0;
  double current_accuracy = 0;
  double current_macro_f1 = 0;
  size_t only_candidate_right = 0;
  size_t only_current_right = 0;
  size_t guard_rows = 0;
  double guard_accuracy = 0;  // of the candidate
  double current_guard_accuracy = 0;
  bool better = false;
  std::string verdict;  // in words
};

struct Retrained {
  Weights weights;
  Trial trial;
};

// Candidate and current on `examples` from `held_out_begin` on, in the order in which they were given; each
// is predicted before it is learned by the memories. Sets the figures of the held-out rows only.
Trial Compare(const CategoryModel& candidate, const CategoryModel& current, std::span<const FeedbackExample> examples,
              size_t held_out_begin);

// Sets `better` and `verdict`: surely more right on the held-out labels, not a lower macro-F1, and no loss on
// rows that nobody corrects (corrections alone would favour any model that differs from the current one).
void Judge(Trial& trial, const RetrainingOptions& options);

// `examples` in the order in which they were given; `current_until`: the newest label that `current` was
// trained on. kFailedPrecondition when there are too few; kUnavailable when options.trainer.stop asked to end.
base::Result<Retrained> Retrain(const TrainingSet& set, std::span<const FeedbackExample> examples,
                                const CategoryModel& current, int64_t current_until, const RetrainingOptions& options);

}  // namespace finance::category_predictor
