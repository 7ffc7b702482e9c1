// The readable form of a bank's raw description. The raw text itself is never altered.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace finance::ledger {

inline constexpr size_t kDescriptionBytesMax = 4096;

// Folds white space and control characters to single blanks and trims; drops leading booking words
// ("POS", "VISA", "Kartenzahlung", …) and trailing dates, times and reference numbers. Never empty
// when `raw` has a visible character. `raw` is UTF-8; its characters are never cut.
std::string CleanDescription(std::string_view raw);

// What duplicates and recurring payments are compared by: the cleaned text in lower case with only
// letters, '&' and single blanks ("Tesco Stores 3297" → "tesco stores").
std::string MerchantKey(std::string_view description);

// Lower case, white space folded: the text in a fingerprint.
std::string FoldText(std::string_view text);

}  // namespace finance::ledger
