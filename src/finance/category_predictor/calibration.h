// The parts of the calibration that need no trainer: temperatures, and what the class trees learn from.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "finance/category_predictor/class_trees.h"
#include "finance/category_predictor/inputs.h"
#include "finance/category_predictor/weights.h"

namespace finance::category_predictor {

struct LabelledLogits {
  Logits logits{};
  uint8_t label = 0;
};

using LogitsByState = std::array<std::vector<LabelledLogits>, kStates>;

// Adds the row as it is, and without memories. Temperatures are still 1.
void AddToStates(const Weights& weights, const std::vector<TextGram>& grams, const TextKeys& keys,
                 const Features& features, bool has_amount, uint8_t label, LogitsByState& rows);

// One temperature for each state of the memories that has rows enough.
void FitTemperatures(const LogitsByState& rows, Weights& weights);

// The rows hold few users with hundreds of rows of their own; where none came by, more rows are as
// good as fewer.
void TrustLongHistories(Weights& weights);

// The temperature, 0.5 to 3, with the least cross entropy of softmax(logits / temperature), by golden
// section.
float BestTemperature(std::span<const LabelledLogits> rows);

// Adds the row's candidates; nothing when the label is not among them.
void AddToClassTable(const Weights& weights, const std::vector<TextGram>& grams,
                     const Features& features, const Inputs& inputs, uint8_t label, float weight,
                     ClassTable& table);

}  // namespace finance::category_predictor
