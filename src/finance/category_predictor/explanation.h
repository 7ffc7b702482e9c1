// Which inputs made the answer: the margin over the runner-up, split among them.
#pragma once

#include <span>
#include <vector>

#include "finance/category_predictor/category_model.h"
#include "finance/category_predictor/class_sights.h"
#include "finance/category_predictor/class_trees.h"
#include "finance/category_predictor/inputs.h"

namespace finance::category_predictor {

// What a prediction is made of. Borrows the n-grams.
struct ScoredRow {
  const std::vector<TextGram>& grams;
  Inputs inputs;
  RowLogits sum;  // before the trees
  Candidates candidates;
  Logits logits;
};

size_t BestClass(const Logits& logits);

// At most `top` contributions. `means` are those of `weights.trees`; `row` was made of `features`.
Explanation ExplainRow(const Weights& weights, std::span<const TreeMeans> means, const Features& features,
                       const ScoredRow& row, size_t top);

}  // namespace finance::category_predictor
