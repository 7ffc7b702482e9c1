// What the class trees see of a row: shared by prediction, explanation and training.
#pragma once

#include <array>
#include <span>

#include "finance/category_predictor/class_trees.h"
#include "finance/category_predictor/features.h"
#include "finance/category_predictor/inputs.h"

namespace finance::category_predictor {

// The classes of one row that the trees look at. The others keep their logits.
struct Candidates {
  std::array<uint8_t, kClasses> classes{};
  size_t count = 0;
  std::span<const uint8_t> span() const { return {classes.data(), count}; }
};

// None for a row that is sure already; else those that may be right by the logits, and those that
// were given as labels before.
Candidates CandidatesOf(const Inputs& inputs, const Logits& logits);

// What all classes of a row have in common, found once.
class ClassSights {
 public:
  // `logits`: before the trees. All must outlive it.
  ClassSights(const Features& features, const Inputs& inputs, const RowLogits& logits);
  Sights Of(size_t c) const;

 private:
  void AddVotes(size_t c, float probability, Sights& sights) const;

  const Inputs& inputs_;
  const Logits& net_;
  const Logits& text_;
  const Logits& logits_;
  Sights common_{};
  float log_sum_ = 0;
  float best_ = 0;
  float net_best_ = 0;
  float text_best_ = 0;
  float with_all_best_ = 0;
  std::array<float, 2> memory_{};  // labels for the top and for the second class
  float merchant_count_ = 0;
  std::array<float, kVotes> vote_sums_{};
};

}  // namespace finance::category_predictor
