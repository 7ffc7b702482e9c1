#include "finance/category_predictor/features.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

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
  kMemorySecondLast,
  kMerchantCategory,
  kMerchantCount,
  kMerchantTotal,
  kLearned,
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
                                                                   "memory_second_last",
                                                                   "merchant_category",
                                                                   "merchant_count",
                                                                   "merchant_total",
                                                                   "learned"};

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
constexpr float kLogitMax = 100;

// "+0.35": a sign, and two digits of a logit that is whole hundredths.
void AppendHundredths(float logit, std::string& out) {
  const auto hundredths = std::lround(std::abs(logit) * 100);
  out += std::signbit(logit) ? '-' : '+';
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), hundredths / 100);
  out.append(digits, end);
  out += {'.', static_cast<char>('0' + hundredths / 10 % 10), static_cast<char>('0' + hundredths % 10)};
}

// By everybody's labels, by the user's, and the votes.
constexpr size_t kLearnedNumbers = 2 + kVotes;
float& LearnedNumber(Learned& learned, size_t index, size_t c) {
  return index == 0 ? learned.all[c] : index == 1 ? learned.own[c] : learned.votes[index - 2][c];
}

// "dining +0.35 -0.10 +1.00 groceries -1.20 +0.00": in the order of the classes, without those that have
// nothing but zeros; two numbers at least, the zeros behind the last other number left out.
void WriteLearned(const Learned& learned, std::string& out) {
  out.clear();
  for (size_t c = 0; c < kClasses; ++c) {
    const auto number = [&](size_t i) {
      return i == 0 ? learned.all[c] : i == 1 ? learned.own[c] : learned.votes[i - 2][c];
    };
    size_t count = kLearnedNumbers;
    while (count > 0 && number(count - 1) == 0) --count;
    if (count == 0) continue;
    if (!out.empty()) out += ' ';
    out += ledger::CategoryId(CategoryOfClass(c));
    for (size_t i = 0; i < std::max<size_t>(2, count); ++i) {
      out += ' ';
      AppendHundredths(number(i), out);
    }
  }
}

// "dining/groceries"; "" for none of both.
void WriteSecondLast(const LabelMemory& memory, std::string& out) {
  out.clear();
  if (memory.second == Category::kUncategorized && memory.last == Category::kUncategorized) return;
  out = fmt::format("{}/{}", LabelId(memory.second), LabelId(memory.last));
}

std::string_view NextWord(std::string_view& text) {
  const size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && (text[0] == '+' || text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
}

bool ReadLogit(std::string_view number, float& out) {
  if (number.starts_with('+')) number.remove_prefix(1);
  float logit = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), logit);
  if (error != std::errc() || end != number.data() + number.size()) return false;
  if (!(std::abs(logit) <= kLogitMax)) return false;
  out = WholeHundredths(logit);
  return true;
}

base::Status SetLearned(size_t index, const FeatureValue& value, Learned& out) {
  constexpr std::string_view kWanted =
      "category ids, each with two numbers from -100 to 100 and at most six from 0 to 100";
  const auto* text = std::get_if<std::string_view>(&value);
  if (text == nullptr) return Refused(index, kWanted);
  Learned learned;
  for (std::string_view left = *text; !left.empty();) {
    const auto category = ledger::CategoryFromId(NextWord(left));
    if (!category || *category == Category::kUncategorized) return Refused(index, kWanted);
    const size_t c = ClassOfCategory(*category);
    size_t count = 0;
    for (; count < kLearnedNumbers && IsNumber(left); ++count) {
      float& number = LearnedNumber(learned, count, c);
      if (!ReadLogit(NextWord(left), number)) return Refused(index, kWanted);
      if (count >= 2 && number < 0) return Refused(index, kWanted);
    }
    if (count < 2) return Refused(index, kWanted);
  }
  out = learned;
  return base::OkStatus();
}

base::Status SetSecondLast(size_t index, const FeatureValue& value, LabelMemory& out) {
  const auto* text = std::get_if<std::string_view>(&value);
  if (text != nullptr && text->empty()) {
    out.second = out.last = Category::kUncategorized;
    return base::OkStatus();
  }
  const size_t slash = text == nullptr ? std::string_view::npos : text->find('/');
  if (slash == std::string_view::npos) return Refused(index, "two category ids around a '/'");
  RETURN_IF_ERROR(SetCategory(index, text->substr(0, slash), out.second));
  return SetCategory(index, text->substr(slash + 1), out.last);
}

}  // namespace

float WholeHundredths(float logit) {
  return std::round(std::clamp(logit, -kLogitMax, kLogitMax) * 100) / 100;
}

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
    case kMemorySecondLast:
      WriteSecondLast(f.memory, f.shown_second_last);
      return std::string_view(f.shown_second_last);
    case kMerchantCategory:
      return LabelId(f.merchant.top);
    case kMerchantCount:
      return f.merchant.count;
    case kMerchantTotal:
      return f.merchant.total;
    case kLearned:
      WriteLearned(f.learned, f.shown_learned);
      return std::string_view(f.shown_learned);
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
    case kMemorySecondLast:
      return SetSecondLast(index, value, f.memory);
    case kMerchantCategory:
      return SetCategory(index, value, f.merchant.top);
    case kMerchantCount:
      return SetInt(index, value, 0, kAny, f.merchant.count);
    case kMerchantTotal:
      return SetInt(index, value, 0, kAny, f.merchant.total);
    case kLearned:
      return SetLearned(index, value, f.learned);
    default:
      return SetReal(index, value, f.context.shares[index - kFixedCount]);
  }
}

}  // namespace finance::category_predictor
