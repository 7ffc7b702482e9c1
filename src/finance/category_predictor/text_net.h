// A small network beside the sum of n-gram weights: the n-grams' vectors are pooled, so that names
// that look alike lie side by side, and a hidden layer sees them together with the amount and with
// what the user spends on. Trained on its own; how far to trust it is learned afterwards.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "finance/category_predictor/features.h"
#include "finance/category_predictor/text_features.h"

namespace finance::category_predictor {

inline constexpr size_t kNetWidth = 16;      // numbers of an n-gram's vector
inline constexpr size_t kNetHidden = 32;
inline constexpr uint32_t kNetGrams = 1U << 16;  // vectors; a hashed n-gram has the one of its lower bits
inline constexpr size_t kNetAmounts = 32;    // sign × size

using TextVector = std::array<float, kNetWidth>;
using HiddenRow = std::array<float, kNetHidden>;

// Value type. All zero, vectors empty: no network, which says nothing.
struct TextNet {
  std::vector<float> vectors;  // kNetGrams × kNetWidth, or none
  std::array<HiddenRow, kNetWidth> from_vector{};
  std::array<HiddenRow, kNetAmounts> from_amount{};
  std::array<HiddenRow, kClasses> from_share{};
  HiddenRow hidden_bias{};
  std::array<std::array<float, kClasses>, kNetHidden> from_hidden{};
  std::array<float, kClasses> bias{};

  bool empty() const { return vectors.empty(); }
};

// What the network is shown beside the text.
struct NetContext {
  int amount_bin = -1;               // below kNetAmounts; -1: not known
  const float* share_logits = nullptr;  // of kClasses; nullptr: no history
};

// A forward pass; kept whole, as training needs the steps in between.
struct NetPass {
  TextVector vector{};
  HiddenRow hidden{};
  std::array<float, kClasses> logits{};
};

// The pooled vector of a text, not of unit length. `net` is not empty.
TextVector PoolVectors(const TextNet& net, const std::vector<TextGram>& grams);

// Fills `pass` from its `vector` on.
void RunNet(const TextNet& net, const NetContext& context, NetPass& pass);

}  // namespace finance::category_predictor
