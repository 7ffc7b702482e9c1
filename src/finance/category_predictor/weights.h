// The numbers that a model is made of, and how they are laid out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/category_predictor/class_trees.h"
#include "finance/category_predictor/features.h"
#include "finance/category_predictor/known_names.h"
#include "finance/category_predictor/text_net.h"

namespace finance::category_predictor {

// Rows of the small, unhashed part; each row has one weight per class.
namespace rows {
inline constexpr uint16_t kBias = 0;
inline constexpr uint16_t kAmount = 1;  // sign × size
inline constexpr uint16_t kAmountSizes = 16;
inline constexpr uint16_t kWhole = kAmount + 2 * kAmountSizes;  // no pence, out and in
inline constexpr uint16_t kRound = kWhole + 2;                  // a multiple of ten
inline constexpr uint16_t kMonth = kRound + 1;
inline constexpr uint16_t kWeekday = kMonth + 12;
inline constexpr uint16_t kDay = kWeekday + 7;  // part of the month
inline constexpr uint16_t kDayParts = 5;
inline constexpr uint16_t kNoContext = kDay + kDayParts;
inline constexpr uint16_t kContextCount = kNoContext + 1;
inline constexpr uint16_t kCountBins = 6;
inline constexpr uint16_t kGroceryFrequency = kContextCount + kCountBins;
inline constexpr uint16_t kGroceryAverage = kGroceryFrequency + 1;
inline constexpr uint16_t kGroceryRatio = kGroceryAverage + 1;
inline constexpr uint16_t kRatioBins = 10;
inline constexpr uint16_t kMccHint = kGroceryRatio + kRatioBins;
inline constexpr uint16_t kShare = kMccHint + kClasses;
inline constexpr uint16_t kMemoryTop = kShare + kClasses;
inline constexpr uint16_t kMerchantTop = kMemoryTop + kClasses;
inline constexpr uint16_t kName = kMerchantTop + kClasses;  // known beforehand, to an office and to all others
inline constexpr uint16_t kCount = kName + 2 * kClasses;
}  // namespace rows

// What the user's labels know: nothing at all, nothing of this merchant, one label there, a few, many.
inline constexpr size_t kMemoryLevels = 5;
inline constexpr size_t kMerchantLevels = 3;  // none, few, many
inline constexpr size_t kOwnerKinds = 2;      // a person's account, or not known to be one
inline constexpr size_t kStates = kMemoryLevels * kMerchantLevels * kOwnerKinds;
inline constexpr size_t kLabelBins = 20;  // labels so far × how much they agree

// Weights that all classes share: how far to believe a share, or a label seen before.
struct TiedWeights {
  std::array<float, kMemoryLevels * kOwnerKinds * rows::kCountBins> share{};
  struct Labels {
    std::array<float, kLabelBins> top{};
    std::array<float, kLabelBins> second{};
    std::array<float, kLabelBins> last{};
  };
  Labels memory;
  std::array<float, kLabelBins> merchant_top{};
  std::array<float, kStates> learned_all{};
  std::array<float, kStates> learned_own{};
  std::array<float, kStates> net{};
};

// Value type.
struct Weights {
  uint32_t hashed_rows = 1U << 17;  // a power of two
  std::vector<float> hashed;        // hashed_rows × kClasses
  std::vector<float> dense;         // rows::kCount × kClasses
  TiedWeights tied;
  std::array<float, kStates> text_scale{};  // trust in the text, by what the memories know
  std::array<float, kStates> temperature{};
  std::array<float, kClasses> prior{};  // shares of the classes in the training rows
  KnownNames names;                     // may be none
  TextNet net;                          // a second opinion of the text; may be none
  std::vector<ClassTree> trees;         // correct the tempered sum; may be none

  // All zero, scales, temperatures and trust in what is learned 1, prior uniform, no network, no trees.
  static Weights Zero(uint32_t hashed_rows = 1U << 17);

  const float* HashedRow(uint32_t row) const { return &hashed[size_t{row} * kClasses]; }
  float* HashedRow(uint32_t row) { return &hashed[size_t{row} * kClasses]; }
  const float* DenseRow(size_t row) const { return &dense[row * kClasses]; }
  float* DenseRow(size_t row) { return &dense[row * kClasses]; }
};

}  // namespace finance::category_predictor
