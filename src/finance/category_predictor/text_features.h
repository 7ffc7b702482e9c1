// Text to numbers: normal form, merchant key, and hashed n-grams.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace finance::category_predictor {

inline constexpr size_t kTextCodePointsMax = 80;

// The normal form that the model reads: masked (unless `mask` is false) and cleaned as the ledger
// does it, lower case, accents folded, each run of digits one '0', everything but letters, '0', '&'
// and mask words ("[name]") one blank; at most kTextCodePointsMax code points. Idempotent.
std::string NormaliseText(std::string_view description, bool mask = true);

// What label memories are kept by: the words of a normalised text without digits, or the whole text
// when none is left.
std::string MerchantKeyOf(std::string_view normalised);

// One hashed feature of a text. `word` is the word it belongs to (0-based), for explanations.
struct TextGram {
  uint32_t row;     // into the hashed part of the weights
  uint16_t word;    // kWholeText for the key of the whole text
  bool whole_word;  // a word, a pair of words or the key; else a piece of a word
};
inline constexpr uint16_t kWholeText = 0xFFFF;

// Appends the rows of `normalised`: character n-grams of 2 to 5 code points bounded by words,
// words, pairs of words, and the merchant key. `rows` is a power of two.
void AppendTextGrams(std::string_view normalised, uint32_t rows, std::vector<TextGram>& out);

// A 64-bit hash that is the same on every machine and in every version of a model file.
uint64_t StableHash(std::string_view bytes, uint64_t seed = 0);

// The words of a normalised text; views into it.
std::vector<std::string_view> WordsOf(std::string_view normalised);

}  // namespace finance::category_predictor
