// From named features to the rows of the weights that they switch on: shared by prediction,
// explanation and training, so that the three cannot differ.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "finance/category_predictor/features.h"
#include "finance/category_predictor/text_features.h"
#include "finance/category_predictor/weights.h"

namespace finance::category_predictor {

// What a contribution is summed under. Words of the text follow their own numbering.
enum class Group : uint8_t {
  kBias,
  kAmount,
  kDate,
  kMcc,
  kContextCount,
  kGroceryAmount,
  kGroceryFrequency,
  kMemory,
  kMerchant,
  kLearnedAll,
  kLearnedOwn,
  kName,      // known beforehand; a part of the text
  kTogether,  // what the class trees make of several things at once
};
inline constexpr size_t kGroups = 13;

struct DenseInput {
  float value;
  uint16_t row;
  Group group;
};

// Labels seen before, as classes; -1 for none.
struct LabelInput {
  int8_t top = -1;
  int8_t second = -1;
  int8_t last = -1;
  uint8_t bin = 0;  // below kLabelBins
};

// Whose account it looks like. "Boots" is a chemist's to a person and a stationer's to an office.
enum class Owner : uint8_t {
  kUnknown,   // no history
  kPerson,    // there were pay, rent, transfers, cash or a doctor
  kBusiness,  // there was none of these
};

inline constexpr size_t kDenseInputsMax = 24;

// Everything but the text's own n-grams.
struct Inputs {
  std::array<DenseInput, kDenseInputsMax> dense{};
  uint8_t dense_count = 0;
  bool has_context = false;
  Owner owner = Owner::kUnknown;
  uint8_t kind = 0;  // the owner, and what stands out in its spending; 0: not known
  uint8_t share_bin = 0;    // into TiedWeights::share
  uint8_t state = 0;        // into Weights::text_scale
  uint32_t amount_key = 0;  // hashed row: this merchant at this size of amount
  uint32_t mcc_row = 0;     // hashed row of the code; only with has_mcc
  bool has_amount = true;
  uint8_t amount_bin = 0;   // its sign and size; only with has_amount
  bool has_mcc = false;
  LabelInput memory;
  LabelInput merchant;
  Learned learned;
  float log_amount = 0;  // log10 of 1 and the major units
  std::array<float, kClasses> share_logits{};  // log(share / prior), smoothed; 0 without context

  void Add(size_t row, float value, Group group) {
    if (dense_count < kDenseInputsMax) {
      dense[dense_count++] = {value, static_cast<uint16_t>(row), group};
    }
  }
};

// How a row may be shown with less than is known of it: training needs that, so that each part
// learns to stand alone.
struct Hide {
  bool name = false;
  bool amount = false;
  bool date = false;
  bool mcc = false;
  bool context = false;
  bool memory = false;
  bool merchant = false;
  bool learned = false;
};

// What the inputs need to know of a text as a whole.
struct TextKeys {
  uint64_t merchant = 0;  // KeyHash
  int8_t name = -1;       // class of the known name that it begins with; -1: none
};
TextKeys KeysOf(std::string_view normalised, const Weights& weights);

// `keys` are those of features.text.
Inputs MakeInputs(const Features& features, const TextKeys& keys, const Weights& weights,
                  const Hide& hide = {});

uint64_t KeyHash(std::string_view normalised);

// What one n-gram of a text with `grams` n-grams counts.
float TextValue(size_t grams);

inline constexpr float kAmountKeyValue = 0.5F;
inline constexpr float kMccRowValue = 1.0F;

// The row that a whole word has beside its own, for this kind of owner; who is not known is a kind, too.
inline uint32_t OwnersRow(uint32_t row, uint8_t kind, uint32_t hashed_rows) {
  return ((row ^ (uint32_t{kind} << 20)) * 0x9E3779B1U >> 7) & (hashed_rows - 1);
}

using Logits = std::array<float, kClasses>;

NetContext NetContextOf(const Inputs& inputs);

// What the network says of the text; nothing when there is none.
Logits NetLogits(const Weights& weights, const std::vector<TextGram>& grams, const Inputs& inputs);

// Sum over the text's rows, unscaled.
void AddText(const Weights& weights, const std::vector<TextGram>& grams, const Inputs& inputs,
             Logits& out);
// Everything else, bias included.
void AddRest(const Weights& weights, const Inputs& inputs, Logits& out);

// The logits of the scaled text, and of everything, tempered, before the trees.
struct RowLogits {
  Logits net{};   // of the network, unscaled
  Logits text{};  // both opinions of the text
  Logits all{};
};
RowLogits SumLogits(const Weights& weights, const std::vector<TextGram>& grams, const Inputs& inputs);

// The tempered logits by text, amount, date and MCC alone, as nobody's row.
Logits LogitsOfRow(const Weights& weights, const std::vector<TextGram>& grams, const Features& features);
// … and by the text alone.
Logits LogitsOfText(const Weights& weights, const std::vector<TextGram>& grams, const TextKeys& keys);

}  // namespace finance::category_predictor
