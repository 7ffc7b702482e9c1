// The shops of the made world: most from the training data with their labels, some made up, and
// those whose meaning depends on who buys.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "finance/category_predictor/training_set.h"
#include "sample/profile.h"

namespace sample {

struct Shop {
  std::string text;  // a household text with braces, or a plain one
  Category category = Category::kUncategorized;
  int64_t low_minor = 300;
  int64_t high_minor = 10'000;
  bool made_up = false;  // absent from the training data
};

// A text that carries several categories in the training data.
struct AmbiguousShop {
  std::string text;
  std::vector<std::pair<Category, double>> meanings;  // with weights
};

class Market {
 public:
  // `set` must outlive the market.
  explicit Market(const finance::category_predictor::TrainingSet& set);

  // A shop of that category; made up with the given chance where such names exist.
  Shop DrawShop(Category category, double made_up_chance, awry::base::Random& random) const;
  // A text for rows of the category that come by contract: salary, rent, energy. Money in or out.
  const finance::category_predictor::HouseholdText& DrawText(Category category, bool money_in,
                                                             awry::base::Random& random) const;
  const std::vector<AmbiguousShop>& ambiguous() const { return ambiguous_; }
  // What an ambiguous text most likely is to somebody with these rows a month; nothing when two
  // meanings are nearly as likely.
  Category MeaningTo(const AmbiguousShop& shop, const Profile& profile) const;

 private:
  void AddHousehold();
  void AddPurchases();

  const finance::category_predictor::TrainingSet& set_;
  std::array<std::vector<const finance::category_predictor::HouseholdText*>, kClasses> out_;
  std::array<std::vector<const finance::category_predictor::HouseholdText*>, kClasses> in_;
  std::array<std::vector<Shop>, kClasses> purchases_;
  std::array<std::vector<const finance::category_predictor::Brand*>, kClasses> brands_;
  std::array<double, kClasses> texts_{};  // weight of all texts of a class
  std::vector<AmbiguousShop> ambiguous_;
};

}  // namespace sample
