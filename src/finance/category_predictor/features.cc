#include "finance/category_predictor/features.h"

#include <fmt/format.h>

#include <cmath>

namespace finance::category_predictor {
namespace {

using ledger::Category;

enum Fixed : size_t {
  kText,
  kAmountMinor,
  kCurrency,
  kMcc,
  kMonth,
  kDay,
  kWeekday,
  kContextCount,
  kAvgGroceryAmountMinor,
  kGroceryFrequency,
  kMemoryCategory,
  kMemoryCount,
  kMemoryTotal,
  kMemorySecond,
  kMemoryLast,
  kMerchantCategory,
  kMerchantCount,
  kMerchantTotal,
  kFixedCount,
};

constexpr std::array<std::string_view, kFixedCount> kFixedNames = {"text",
                                                                   "amount_minor",
                                                                   "currency",
                                                                   "mcc",
                                                                   "month",
                                                                   "day",
                                                                   "weekday",
                                                                   "context_count",
                                                                   "avg_grocery_amount_minor",
                                                                   "grocery_frequency",
                                                                   "memory_category",
                                                                   "memory_count",
                                                                   "memory_total",
                                                                   "memory_second",
                                                                   "memory_last",
                                                                   "merchant_category",
                                                                   "merchant_count",
                                                                   "merchant_total"};

static_assert(kFixedCount + kClasses + 2 <= 40,
              "the span has 40 features, count and has_context included");

const std::array<std::string, kClasses>& ShareNames() {
  static const auto* names = [] {
    auto* made = new std::array<std::string, kClasses>;
    for (size_t c = 0; c < kClasses; ++c) {
      (*made)[c] = fmt::format("share_{}", ledger::CategoryId(CategoryOfClass(c)));
    }
    return made;
  }();
  return *names;
}

std::string_view LabelId(Category category) {
  return category == Category::kUncategorized ? std::string_view() : ledger::CategoryId(category);
}

base::Status Refused(size_t index, std::string_view wanted) {
  return base::InvalidArgument(fmt::format("feature has a value that it cannot have; give {}: {}",
                                           wanted, FeatureName(index)));
}

base::Status SetInt(size_t index, const FeatureValue& value, int64_t lowest, int64_t highest,
                    int64_t& out) {
  const auto* integer = std::get_if<int64_t>(&value);
  if (integer == nullptr || *integer < lowest || *integer > highest) {
    return Refused(index, fmt::format("an integer from {} to {}", lowest, highest));
  }
  out = *integer;
  return base::OkStatus();
}

base::Status SetReal(size_t index, const FeatureValue& value, double& out) {
  double number = 0;
  if (const auto* real = std::get_if<double>(&value)) {
    number = *real;
  } else if (const auto* integer = std::get_if<int64_t>(&value)) {
    number = static_cast<double>(*integer);
  } else {
    return Refused(index, "a number");
  }
  if (!std::isfinite(number) || number < 0) return Refused(index, "a number from 0 up");
  out = number;
  return base::OkStatus();
}

base::Status SetText(size_t index, const FeatureValue& value, size_t bytes_max, std::string& out) {
  const auto* text = std::get_if<std::string_view>(&value);
  if (text == nullptr || text->size() > bytes_max) {
    return Refused(index, fmt::format("a text of at most {} bytes", bytes_max));
  }
  out.assign(*text);
  return base::OkStatus();
}

base::Status SetCategory(size_t index, const FeatureValue& value, Category& out) {
  const auto* text = std::get_if<std::string_view>(&value);
  if (text == nullptr) return Refused(index, "a category id or an empty text");
  if (text->empty()) {
    out = Category::kUncategorized;
    return base::OkStatus();
  }
  const auto category = ledger::CategoryFromId(*text);
  if (!category) return Refused(index, "a category id or an empty text");
  out = *category;
  return base::OkStatus();
}

constexpr int64_t kAny = INT64_MAX;

}  // namespace

size_t FeatureCount() { return kFixedCount + kClasses; }

std::string_view FeatureName(size_t index) {
  return index < kFixedCount ? kFixedNames[index]
                             : std::string_view(ShareNames()[index - kFixedCount]);
}

std::optional<size_t> FeatureIndex(std::string_view name) {
  for (size_t i = 0; i < FeatureCount(); ++i) {
    if (FeatureName(i) == name) return i;
  }
  return std::nullopt;
}

FeatureValue GetFeature(const Features& f, size_t index) {
  switch (index) {
    case kText:
      return std::string_view(f.text);
    case kAmountMinor:
      return f.amount_minor;
    case kCurrency:
      return std::string_view(f.currency);
    case kMcc:
      return f.mcc;
    case kMonth:
      return f.month;
    case kDay:
      return f.day;
    case kWeekday:
      return f.weekday;
    case kContextCount:
      return f.context.count;
    case kAvgGroceryAmountMinor:
      return f.context.avg_grocery_amount_minor;
    case kGroceryFrequency:
      return f.context.grocery_frequency;
    case kMemoryCategory:
      return LabelId(f.memory.top);
    case kMemoryCount:
      return f.memory.count;
    case kMemoryTotal:
      return f.memory.total;
    case kMemorySecond:
      return LabelId(f.memory.second);
    case kMemoryLast:
      return LabelId(f.memory.last);
    case kMerchantCategory:
      return LabelId(f.merchant.top);
    case kMerchantCount:
      return f.merchant.count;
    case kMerchantTotal:
      return f.merchant.total;
    default:
      return f.context.shares[index - kFixedCount];
  }
}

base::Status SetFeature(Features& f, size_t index, const FeatureValue& value) {
  switch (index) {
    case kText:
      return SetText(index, value, 4096, f.text);
    case kAmountMinor:
      return SetInt(index, value, -kAny, kAny, f.amount_minor);
    case kCurrency:
      return SetText(index, value, 3, f.currency);
    case kMcc:
      return SetInt(index, value, 0, 9999, f.mcc);
    case kMonth:
      return SetInt(index, value, 1, 12, f.month);
    case kDay:
      return SetInt(index, value, 1, 31, f.day);
    case kWeekday:
      return SetInt(index, value, 1, 7, f.weekday);
    case kContextCount:
      return SetInt(index, value, 0, kAny, f.context.count);
    case kAvgGroceryAmountMinor:
      return SetInt(index, value, -kAny, kAny, f.context.avg_grocery_amount_minor);
    case kGroceryFrequency:
      return SetReal(index, value, f.context.grocery_frequency);
    case kMemoryCategory:
      return SetCategory(index, value, f.memory.top);
    case kMemoryCount:
      return SetInt(index, value, 0, kAny, f.memory.count);
    case kMemoryTotal:
      return SetInt(index, value, 0, kAny, f.memory.total);
    case kMemorySecond:
      return SetCategory(index, value, f.memory.second);
    case kMemoryLast:
      return SetCategory(index, value, f.memory.last);
    case kMerchantCategory:
      return SetCategory(index, value, f.merchant.top);
    case kMerchantCount:
      return SetInt(index, value, 0, kAny, f.merchant.count);
    case kMerchantTotal:
      return SetInt(index, value, 0, kAny, f.merchant.total);
    default:
      return SetReal(index, value, f.context.shares[index - kFixedCount]);
  }
}

}  // namespace finance::category_predictor
