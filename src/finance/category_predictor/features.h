// The model's inputs: exactly what stands on the span of prepare_features, and nothing else, so
// that a replay of the recorded values sees what the model saw.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/status.h"
#include "finance/ledger/category.h"

namespace finance {
namespace base = awry::base;
}

namespace finance::category_predictor {

// The 20 categories that the model can answer are classes 0…19: Category 1…20.
inline constexpr size_t kClasses = ledger::kCategoryCount - 1;
inline ledger::Category CategoryOfClass(size_t index) {
  return static_cast<ledger::Category>(index + 1);
}
inline size_t ClassOfCategory(ledger::Category category) {
  return static_cast<size_t>(category) - 1;
}

// What the Spending Analyzer knows of a user. `count` 0: no history.
struct UserContext {
  int64_t count = 0;
  int64_t avg_grocery_amount_minor = 0;
  double grocery_frequency = 0;
  std::array<double, kClasses> shares{};  // by class, each 0…1
};

// How a merchant was labelled so far, by one user or by all.
struct LabelMemory {
  ledger::Category top = ledger::Category::kUncategorized;  // most frequent; none when count is 0
  ledger::Category second = ledger::Category::kUncategorized;  // the next; none when there was one
  ledger::Category last = ledger::Category::kUncategorized;
  int64_t count = 0;  // labels for `top`
  int64_t total = 0;  // all labels
};

// Who votes for the class of a row; see label_votes.h.
enum class Vote : uint8_t {
  kNearest,    // the user's rows that read alike
  kNewest,     // the user's newest labels
  kCalls,      // what the user calls what the text alone takes for something: 100 in all
  kAgreeing,   // the merchant's other users, by how far they agree with this one elsewhere
  kMerchant,   // everybody's newest labels at the merchant
  kFirstWord,  // … where the text begins with the same word
};
inline constexpr size_t kVotes = 6;
using ClassVotes = std::array<float, kClasses>;

// What the labels given so far say of this row, in whole hundredths, so that what stands on a span is
// what was used. See online_learner.h.
struct Learned {
  // What they change in the model's judgement, as logits by class:
  std::array<float, kClasses> all{};  // by everybody's labels for texts like this one
  std::array<float, kClasses> own{};  // by this user's labels
  std::array<ClassVotes, kVotes> votes{};  // each from 0 to 100
  const ClassVotes& Of(Vote vote) const { return votes[static_cast<size_t>(vote)]; }
  bool operator==(const Learned&) const = default;
};

// The nearest logit that a span can hold, from -100 to 100.
float WholeHundredths(float logit);

struct Features {
  std::string text;          // masked and normalised, see text_features.h
  int64_t amount_minor = 0;  // money out is negative
  std::string currency;      // ISO 4217
  int64_t mcc = 0;           // 0: the request had none
  int64_t month = 1;         // 1…12
  int64_t day = 1;           // 1…31
  int64_t weekday = 1;       // 1 = Monday
  UserContext context;
  LabelMemory memory;    // this user at this merchant
  LabelMemory merchant;  // all users at this merchant; `second` and `last` play no part

  Learned learned;

  // What GetFeature shows of parts that are no text.
  mutable std::string shown_second_last;
  mutable std::string shown_learned;

  bool has_context() const { return context.count > 0; }
};

using FeatureValue = std::variant<int64_t, double, std::string_view>;

// Number of named features; with count and has_context beside them at most 40.
size_t FeatureCount();

// The names in the order of the walk below, without "features.". Views live as long as the program.
std::string_view FeatureName(size_t index);

// The value of one feature; text views live as long as `features` and its values. Not
// for several threads at once. `index` < FeatureCount().
FeatureValue GetFeature(const Features& features, size_t index);

// Sets one feature from a recorded value. kInvalidArgument names the feature when the value has
// the wrong type or lies outside its range; an integer is taken where a real number is expected.
base::Status SetFeature(Features& features, size_t index, const FeatureValue& value);

// The index of a name, nothing when there is none.
std::optional<size_t> FeatureIndex(std::string_view name);

}  // namespace finance::category_predictor
