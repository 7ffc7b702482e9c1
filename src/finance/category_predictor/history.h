// Replays rows day by day, so that each is seen with what was known on the morning of its day: its
// user's shares so far and the labels so far. Used to train, to measure and to check the sample.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "finance/category_predictor/features.h"
#include "finance/category_predictor/label_counts.h"
#include "finance/category_predictor/weights.h"
#include "finance/ledger/date.h"

namespace finance::category_predictor {

// One row with its label.
struct LabelledRow {
  std::string text;  // normalised
  std::string user;  // "" for a row that belongs to nobody (a brand's name): no context, no memory
  std::string currency = "GBP";
  ledger::Date date = ledger::Date::FromDays(0);
  int64_t amount_minor = 0;
  int mcc = 0;
  ledger::Category category = ledger::Category::kUncategorized;
  float weight = 1;
  float shared = 1;  // of it, for what the model says of persons and offices alike
  bool has_amount = true;
  std::string merchant;  // whom to count as one when purchases are counted; "": by the text
};

// Keeps a context as the Spending Analyzer does: shares of the user's rows by category.
// Used by one thread.
class History {
 public:
  UserContext ContextOf(const std::string& user) const;
  LabelMemory MemoryOf(const std::string& user, const std::string& key) const;
  LabelMemory MerchantOf(const std::string& key) const;

  // The row joins its user's context under `category`.
  void LearnContext(const std::string& user, ledger::Category category, int64_t amount_minor);
  // A label (a correction) was given for the row.
  void LearnLabel(const std::string& user, const std::string& key, ledger::Category category);

 private:
  struct User {
    std::array<int64_t, kClasses> rows{};
    int64_t count = 0;
    int64_t grocery_minor = 0;
  };
  std::unordered_map<std::string, User> users_;
  std::unordered_map<std::string, LabelCounts> memory_;  // user NUL key
  std::unordered_map<std::string, LabelCounts> merchants_;
};

// The row's own part of the features: text, amount, date, MCC.
Features FeaturesOf(const LabelledRow& row);

// The features of each of `rows` (sorted by date), as they were known before its day. All labels of
// a day are learned when the day is over. With `weights` the online learner of a model with these
// learns beside; without, nothing is `learned`.
std::vector<Features> ReplayDays(std::span<const LabelledRow> rows,
                                 const Weights* weights = nullptr);

}  // namespace finance::category_predictor
