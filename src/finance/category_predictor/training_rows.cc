// The made households: each has shares of its own (general household shares, bent at random), shops
// of its own per category, and draws first a category, then a shop, then a text. So a text that may
// mean several things goes with the household's shares, as it does in life.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "finance/category_predictor/text_features.h"
#include "finance/category_predictor/training_set.h"

namespace finance::category_predictor {
namespace {

using awry::base::Random;

// Shares of rows by class, in the order of the categories from income on.
constexpr std::array<double, kClasses> kHouseholdShares = {.030, .050, .030, .220, .140, .140, .015,
                                                           .060, .030, .120, .020, .070, .030, .030,
                                                           .020, .020, .030, .015, .012, .018};

constexpr float kNamesWeight = 0.3F;  // of brands and codes, in what is said of those who have a history
constexpr size_t kShopsMax = 12;  // per household and category

struct Source {
  std::string text;  // with braces
  bool money_in = false;
  int64_t low_minor = 0;
  int64_t high_minor = 0;
};

// What can be drawn for one class.
struct Shelf {
  std::vector<const HouseholdText*> household;
  std::vector<double> household_sums;  // running sums of the weights
  std::vector<const Brand*> brands;
  std::vector<const Purchase*> purchases;
  std::vector<int> mccs;
  int64_t low_minor = 300;
  int64_t high_minor = 10000;
};

using Shelves = std::array<Shelf, kClasses>;

template <typename T>
const T& PickOf(const std::vector<T>& list, Random& random) {
  return list[random.Below(list.size())];
}

Shelves MakeShelves(const TrainingSet& set, const RowsOptions& options) {
  Shelves shelves;
  for (const HouseholdText& text : set.household) {
    Shelf& shelf = shelves[ClassOfCategory(text.category)];
    const double before = shelf.household_sums.empty() ? 0 : shelf.household_sums.back();
    shelf.household.push_back(&text);
    shelf.household_sums.push_back(before + text.weight);
    if (!text.money_in) {
      shelf.low_minor = text.low_minor;
      shelf.high_minor = text.high_minor;
    }
  }
  for (const Brand& brand : set.brands)
    shelves[ClassOfCategory(brand.category)].brands.push_back(&brand);
  for (const Purchase& purchase : set.purchases) {
    if (purchase.date >= options.until || purchase.amount_minor >= 0) continue;
    shelves[ClassOfCategory(purchase.category)].purchases.push_back(&purchase);
  }
  for (const MccEntry& entry : set.mccs) {
    if (entry.category == ledger::Category::kUncategorized) continue;
    if (entry.mcc >= 3000 && entry.mcc <= 3999 && entry.mcc % 40 != 0) continue;
    shelves[ClassOfCategory(entry.category)].mccs.push_back(entry.mcc);
  }
  return shelves;
}

Source DrawSource(const Shelf& shelf, Random& random) {
  const double kind = random.Uniform();
  if (kind > 0.55 && kind <= 0.78 && !shelf.brands.empty()) {
    return {StatementForm(PickOf(shelf.brands, random)->name, random), false, shelf.low_minor,
            shelf.high_minor};
  }
  if (kind > 0.78 && shelf.purchases.size() >= 30) {
    const Purchase& purchase = *PickOf(shelf.purchases, random);
    const int64_t amount = -purchase.amount_minor;
    return {purchase.description, false, std::max<int64_t>(1, amount / 2),
            std::max<int64_t>(2, amount * 2)};
  }
  const double at = random.Uniform() * shelf.household_sums.back();
  const auto found = std::upper_bound(shelf.household_sums.begin(), shelf.household_sums.end(), at);
  const HouseholdText& text = *shelf.household[std::min<size_t>(
      static_cast<size_t>(found - shelf.household_sums.begin()), shelf.household.size() - 1)];
  return {text.text, text.money_in, text.low_minor, text.high_minor};
}

class Household {
 public:
  Household(const Shelves& shelves, std::string user, Random& random)
      : shelves_(shelves), user_(std::move(user)), random_(random) {
    double all = 0;
    for (size_t c = 0; c < kClasses; ++c) {
      all += kHouseholdShares[c] * std::exp(random_.Normal(0, 1.0));
      sums_[c] = all;
    }
    shop_count_ = 3 + random_.Below(kShopsMax - 2);
  }

  LabelledRow Draw(ledger::Date date) {
    const double at = random_.Uniform() * sums_.back();
    const auto c =
        static_cast<size_t>(std::upper_bound(sums_.begin(), sums_.end(), at) - sums_.begin());
    const size_t index = std::min(c, kClasses - 1);
    const Source source = DrawShop(index);
    LabelledRow row;
    row.text = NormaliseText(FillText(source.text, random_, date.month()));
    row.user = user_;
    row.currency = random_.Chance(0.5) ? "EUR" : "GBP";
    row.date = date;
    const int64_t amount = DrawAmount(source.low_minor, source.high_minor, random_);
    row.amount_minor = source.money_in ? amount : -amount;
    row.category = CategoryOfClass(index);
    if (random_.Chance(0.25)) row.mcc = DrawMcc(index);
    return row;
  }

 private:
  // A shop of this household, or a new one; the first are visited most.
  Source DrawShop(size_t index) {
    std::vector<Source>& shops = shops_[index];
    const size_t wanted = random_.Below(1 + random_.Below(shop_count_));
    if (wanted < shops.size() && random_.Chance(0.8)) return shops[wanted];
    Source made = DrawSource(shelves_[index], random_);
    if (shops.size() < shop_count_) shops.push_back(made);
    return made;
  }

  int DrawMcc(size_t index) {
    const std::vector<int>& own = shelves_[index].mccs;
    if (!own.empty() && !random_.Chance(0.1)) return PickOf(own, random_);
    const std::vector<int>& other = shelves_[random_.Below(kClasses)].mccs;
    return other.empty() ? 0 : PickOf(other, random_);
  }

  const Shelves& shelves_;
  std::string user_;
  Random& random_;
  std::array<double, kClasses> sums_{};
  std::array<std::vector<Source>, kClasses> shops_;
  size_t shop_count_ = 3;
};

void AddHouseholds(const TrainingSet& set, const RowsOptions& options, ledger::Date last,
                   std::vector<LabelledRow>& out) {
  const Shelves shelves = MakeShelves(set, options);
  Random random(options.seed);
  constexpr int32_t kSpanDays = 500;
  for (int h = 0; h < options.households; ++h) {
    Household household(shelves, fmt::format("household-{}", h), random);
    const auto begin = static_cast<int32_t>(random.Below(60));
    for (int r = 0; r < options.rows_per_household; ++r) {
      const int32_t day = begin + (kSpanDays - begin) * r / options.rows_per_household;
      out.push_back(household.Draw(last.AddDays(day - kSpanDays)));
      out.back().shared = options.household_weight;
    }
  }
}

LabelledRow NobodysRow(std::string text, ledger::Category category) {
  LabelledRow row;
  row.text = std::move(text);
  row.category = category;
  row.shared = kNamesWeight;
  row.has_amount = false;
  return row;
}

void AddNames(const TrainingSet& set, std::vector<LabelledRow>& out) {
  for (const HouseholdText& text : set.household) {
    const std::string name = NormaliseText(text.text.substr(0, text.text.find('{')));
    if (!text.money_in && !name.empty()) out.push_back(NobodysRow(name, text.category));
  }
  for (const Brand& brand : set.brands) {
    out.push_back(NobodysRow(NormaliseText(brand.name), brand.category));
  }
  for (const MccEntry& entry : set.mccs) {
    if (entry.category == ledger::Category::kUncategorized) continue;
    LabelledRow row = NobodysRow(NormaliseText(entry.description), entry.category);
    row.mcc = entry.mcc;
    out.push_back(std::move(row));
  }
}

}  // namespace

std::vector<LabelledRow> MakeTrainingRows(const TrainingSet& set, const RowsOptions& options) {
  std::vector<LabelledRow> out;
  AddNames(set, out);
  ledger::Date last = ledger::Date::FromDays(0);
  for (const Purchase& purchase : set.purchases) {
    if (purchase.date >= options.until) break;
    out.push_back(RowOf(purchase));
    last = std::max(last, purchase.date);
  }
  if (options.with_mcc_purchases) {
    for (const Purchase& purchase : set.mcc_purchases) {
      out.push_back(RowOf(purchase));
      out.back().date = std::min(purchase.date, last);
    }
  }
  if (options.households > 0) AddHouseholds(set, options, last, out);
  std::stable_sort(out.begin(), out.end(),
                   [](const LabelledRow& a, const LabelledRow& b) { return a.date < b.date; });
  return out;
}

}  // namespace finance::category_predictor
