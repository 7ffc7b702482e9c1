// The parts of the calibration that need no trainer: temperatures, and what the class trees learn from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "finance/category_predictor/class_trees.h"
#include "finance/category_predictor/inputs.h"

namespace finance::category_predictor {

struct LabelledLogits {
  Logits logits{};
  uint8_t label = 0;
};

// The temperature, 0.5 to 3, with the least cross entropy of softmax(logits / temperature), by golden
// section.
float BestTemperature(std::span<const LabelledLogits> rows);

// Adds the row's candidates; nothing when the label is not among them.
void AddToClassTable(const Weights& weights, const std::vector<TextGram>& grams,
                     const Features& features, const Inputs& inputs, uint8_t label, float weight,
                     ClassTable& table);

}  // namespace finance::category_predictor
