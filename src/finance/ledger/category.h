// The 21 categories of the tracker. Ids and their order are stable: numbers are stored, never re-used.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace finance::ledger {

enum class Category : uint8_t {
  kUncategorized = 0,
  kIncome = 1,
  kTransfer = 2,
  kCash = 3,
  kGroceries = 4,
  kDining = 5,
  kShopping = 6,
  kHousing = 7,
  kUtilities = 8,
  kHome = 9,
  kTransport = 10,
  kTravel = 11,
  kEntertainment = 12,
  kHealth = 13,
  kPersonalCare = 14,
  kEducation = 15,
  kInsurance = 16,
  kServices = 17,
  kFees = 18,
  kDebt = 19,
  kTaxesGiving = 20,
};

inline constexpr size_t kCategoryCount = 21;

// Every id ("groceries"), in the order of the numbers.
const std::array<std::string_view, kCategoryCount>& CategoryIds();

// "groceries" for kGroceries. The view lives as long as the program.
std::string_view CategoryId(Category category);

// Nothing when no category has that id.
std::optional<Category> CategoryFromId(std::string_view id);

// Nothing when the number is not one of ours.
std::optional<Category> CategoryFromNumber(int64_t number);

// The category that an ISO 18245 merchant category code hints at; nothing for codes that say
// nothing. Single codes win over ranges.
std::optional<Category> CategoryOfMcc(int mcc);

}  // namespace finance::ledger
