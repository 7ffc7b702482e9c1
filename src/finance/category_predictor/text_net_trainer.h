// Steps of AdaGrad on a TextNet. Deterministic.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "finance/category_predictor/text_net.h"

namespace finance::category_predictor {

struct TextNetOptions {
  double learning_rate = 0.05;
  double dropped_grams = 0.2;  // share of a text's n-grams that a step does not see
};

// Used by one thread. `net` must outlive it.
class TextNetTrainer {
 public:
  // Fills `net` with small numbers drawn from `seed`.
  TextNetTrainer(TextNet& net, const TextNetOptions& options, uint64_t seed);

  // Moves `net` towards `label` for this row.
  void Step(const std::vector<TextGram>& grams, const NetContext& context, size_t label, float weight);

 private:
  struct Slopes {
    std::array<float, kClasses> logits{};
    HiddenRow hidden{};
    TextVector vector{};
  };
  void DropGrams(const std::vector<TextGram>& grams);
  void UpdateOut(Slopes& slopes);
  void UpdateHidden(const NetContext& context, Slopes& slopes);
  void UpdateVectors(const Slopes& slopes);
  void Move(float slope, float& value, float& sum) const;
  void MoveRow(const HiddenRow& slope, float value, HiddenRow& row, HiddenRow& sums) const;

  TextNet& net_;
  TextNetOptions options_;
  awry::base::Random random_;
  TextNet sums_;                    // of squared slopes
  std::vector<float> vector_sums_;  // one per n-gram
  std::vector<TextGram> seen_;
  NetPass pass_;
};

}  // namespace finance::category_predictor
