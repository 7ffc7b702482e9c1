// Makes the weights of a category model from labelled rows. Deterministic: the same rows, options
// and compiler give the same weights.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "finance/category_predictor/class_trees.h"
#include "finance/category_predictor/history.h"
#include "finance/category_predictor/text_net_trainer.h"
#include "finance/category_predictor/weights.h"

namespace finance::category_predictor {

struct TrainerOptions {
  uint64_t seed = 1;
  uint32_t hashed_rows = 1U << 17;  // a power of two
  int text_epochs = 5;              // over the older rows: all weights
  int calibration_epochs =
      6;                 // over the newest rows, which the text has not seen: all but the text
  int fresh_epochs = 2;  // over the newest rows: the text catches up
  bool with_net = true;
  int net_epochs = 4;       // over the older rows
  TextNetOptions net;
  ClassTreesOptions trees;  // their seed is the trainer's
  double newest_share = 0.4;  // of the rows that have users, made ones apart
  double half_life_days = 1000;  // of the weight of a row that somebody lived
  int replays = 2;            // parts of the newest rows, each seen with empty memories at its begin
  double learning_rate = 0.15;
  double l2 = 2e-6;
  double pieces_only = 0;  // share of the steps in which a text is seen by pieces of words alone
  std::function<void(std::string_view)> progress;  // may be empty
  std::stop_token stop;  // when it asks to end, TrainModel returns soon, with weights of no use
};

// `rows` sorted by date; rows without a category are left out by the caller.
Weights TrainModel(std::span<const LabelledRow> rows, const TrainerOptions& options);

}  // namespace finance::category_predictor
