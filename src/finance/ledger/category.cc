#include "finance/ledger/category.h"

#include <algorithm>

namespace finance::ledger {
namespace {

constexpr std::array<std::string_view, kCategoryCount> kIds = {
    "uncategorized", "income",    "transfer", "cash",          "groceries", "dining",
    "shopping",      "housing",   "utilities", "home",         "transport", "travel",
    "entertainment", "health",    "personal_care", "education", "insurance", "services",
    "fees",          "debt",      "taxes_giving"};

struct MccRange {
  int first;
  int last;
  Category category;
};

using enum Category;

// Sorted by first code; ranges may contain single codes, which are looked for first.
constexpr MccRange kMccRanges[] = {
    {1520, 1799, kHome},     {3000, 3299, kTravel},        {3351, 3441, kTravel},
    {3501, 3999, kTravel},   {4812, 4816, kUtilities},     {5044, 5085, kShopping},
    {5094, 5199, kShopping}, {5200, 5271, kHome},          {5300, 5399, kShopping},
    {5511, 5599, kTransport}, {5611, 5699, kShopping},     {5712, 5722, kHome},
    {5811, 5814, kDining},   {5815, 5818, kEntertainment}, {5931, 5999, kShopping},
    {7011, 7033, kTravel},   {7210, 7216, kPersonalCare},  {7273, 7277, kServices},
    {7296, 7299, kPersonalCare}, {7311, 7399, kServices},  {7512, 7519, kTravel},
    {7523, 7549, kTransport}, {7622, 7629, kHome},         {7800, 7802, kEntertainment},
    {7829, 7999, kEntertainment}, {8011, 8099, kHealth},   {8211, 8299, kEducation},
    {8641, 8661, kTaxesGiving}, {9211, 9223, kTaxesGiving}};

struct MccCode {
  int code;
  Category category;
};

// Sorted by code.
constexpr MccCode kMccCodes[] = {
    {742, kHealth},       {780, kHome},         {2741, kServices},    {2791, kServices},
    {2842, kHome},        {4011, kTravel},      {4111, kTransport},   {4112, kTravel},
    {4119, kHealth},      {4121, kTransport},   {4131, kTransport},   {4214, kServices},
    {4215, kServices},    {4225, kHome},        {4411, kTravel},      {4457, kTravel},
    {4468, kTravel},      {4511, kTravel},      {4582, kTravel},      {4722, kTravel},
    {4723, kTravel},      {4784, kTransport},   {4789, kTransport},   {4821, kUtilities},
    {4829, kTransfer},    {4899, kUtilities},   {4900, kUtilities},   {5013, kTransport},
    {5021, kHome},        {5039, kHome},        {5047, kHealth},      {5072, kHome},
    {5074, kHome},        {5122, kHealth},      {5198, kHome},        {5411, kGroceries},
    {5422, kGroceries},   {5441, kGroceries},   {5451, kGroceries},   {5462, kGroceries},
    {5499, kGroceries},   {5732, kShopping},    {5733, kEntertainment}, {5734, kShopping},
    {5735, kEntertainment}, {5832, kShopping},  {5912, kHealth},      {5921, kGroceries},
    {5960, kInsurance},   {5962, kTravel},      {5968, kServices},    {5975, kHealth},
    {5976, kHealth},      {5977, kPersonalCare}, {5983, kUtilities},  {6010, kCash},
    {6011, kCash},        {6012, kFees},        {6051, kFees},        {6211, kTransfer},
    {6300, kInsurance},   {6381, kInsurance},   {6399, kInsurance},   {6513, kHousing},
    {7217, kHome},        {7221, kServices},    {7230, kPersonalCare}, {7251, kPersonalCare},
    {7261, kServices},    {7278, kShopping},    {7342, kHome},        {7349, kHome},
    {7511, kTransport},   {7631, kServices},    {7641, kHome},        {7692, kServices},
    {7699, kServices},    {8111, kServices},    {8351, kEducation},   {8398, kTaxesGiving},
    {8675, kTransport},   {8699, kTaxesGiving}, {8734, kServices},    {8911, kServices},
    {8931, kServices},    {8999, kServices},    {9311, kTaxesGiving}, {9399, kTaxesGiving},
    {9402, kServices}};

}  // namespace

const std::array<std::string_view, kCategoryCount>& CategoryIds() { return kIds; }

std::string_view CategoryId(Category category) { return kIds[static_cast<size_t>(category)]; }

std::optional<Category> CategoryFromId(std::string_view id) {
  const auto found = std::find(kIds.begin(), kIds.end(), id);
  if (found == kIds.end()) return std::nullopt;
  return static_cast<Category>(found - kIds.begin());
}

std::optional<Category> CategoryFromNumber(int64_t number) {
  if (number < 0 || number >= static_cast<int64_t>(kCategoryCount)) return std::nullopt;
  return static_cast<Category>(number);
}

std::optional<Category> CategoryOfMcc(int mcc) {
  const auto* code = std::lower_bound(std::begin(kMccCodes), std::end(kMccCodes), mcc,
                                      [](const MccCode& c, int value) { return c.code < value; });
  if (code != std::end(kMccCodes) && code->code == mcc) return code->category;
  for (const MccRange& range : kMccRanges) {
    if (range.first <= mcc && mcc <= range.last) return range.category;
  }
  return std::nullopt;
}

}  // namespace finance::ledger
