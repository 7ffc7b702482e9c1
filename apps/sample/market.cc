#include "sample/market.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "finance/category_predictor/text_features.h"
#include "sample/made_up_names.h"

namespace sample {
namespace {

namespace predictor = finance::category_predictor;
using predictor::ClassOfCategory;
using predictor::HouseholdText;
using predictor::Purchase;

constexpr double kClearMargin = 1.0;  // logarithm of how much likelier the first meaning must be

std::string KeyOf(const std::string& description) {
  return predictor::MerchantKeyOf(predictor::NormaliseText(description));
}

// All purchases of one merchant.
struct Seen {
  std::array<size_t, kClasses> rows{};
  size_t all = 0;
  std::string description;
  std::vector<int64_t> amounts;
};

}  // namespace

Market::Market(const predictor::TrainingSet& set) : set_(set) {
  AddHousehold();
  AddPurchases();
  for (const predictor::Brand& brand : set.brands) {
    brands_[ClassOfCategory(brand.category)].push_back(&brand);
  }
}

void Market::AddHousehold() {
  std::map<std::string, std::vector<const HouseholdText*>> by_text;
  for (const HouseholdText& text : set_.household) {
    texts_[ClassOfCategory(text.category)] += text.weight;
    by_text[text.text].push_back(&text);
  }
  for (const auto& [text, lines] : by_text) {
    std::set<Category> meanings;
    for (const HouseholdText* line : lines) meanings.insert(line->category);
    if (meanings.size() == 1) {
      for (const HouseholdText* line : lines) {
        (line->money_in ? in_ : out_)[ClassOfCategory(line->category)].push_back(line);
      }
      continue;
    }
    AmbiguousShop shop{.text = text};
    for (const HouseholdText* line : lines)
      shop.meanings.emplace_back(line->category, line->weight);
    ambiguous_.push_back(std::move(shop));
  }
}

void Market::AddPurchases() {
  std::map<std::string, Seen> by_key;
  for (const Purchase& purchase : set_.purchases) {
    if (purchase.amount_minor >= 0 || purchase.currency != "GBP") continue;
    Seen& seen = by_key[KeyOf(purchase.description)];
    ++seen.rows[ClassOfCategory(purchase.category)];
    ++seen.all;
    seen.description = purchase.description;
    if (seen.amounts.size() < 50) seen.amounts.push_back(-purchase.amount_minor);
  }
  for (auto& [key, seen] : by_key) {
    if (seen.all < 8 || key.size() < 3) continue;
    const auto top = static_cast<size_t>(std::max_element(seen.rows.begin(), seen.rows.end()) -
                                         seen.rows.begin());
    const double purity = static_cast<double>(seen.rows[top]) / static_cast<double>(seen.all);
    if (purity < 0.93) continue;
    std::sort(seen.amounts.begin(), seen.amounts.end());
    const int64_t low = std::max<int64_t>(100, seen.amounts[seen.amounts.size() / 5]);
    const int64_t high = std::max(low + 1, seen.amounts[seen.amounts.size() * 4 / 5]);
    purchases_[top].push_back({seen.description, predictor::CategoryOfClass(top), low,
                               std::min<int64_t>(high, 40'000 + low), false});
  }
}

Shop Market::DrawShop(Category category, double made_up_chance, awry::base::Random& random) const {
  const size_t c = ClassOfCategory(category);
  const HouseholdText& text = DrawText(category, false, random);
  if (random.Chance(made_up_chance)) {
    std::string name = MakeUpName(category, random);
    if (!name.empty()) return {std::move(name), category, text.low_minor, text.high_minor, true};
  }
  const double kind = random.Uniform();
  if (kind < 0.25 && purchases_[c].size() >= 20)
    return purchases_[c][random.Below(purchases_[c].size())];
  if (kind < 0.40 && brands_[c].size() >= 20) {
    const predictor::Brand& brand = *brands_[c][random.Below(brands_[c].size())];
    return {predictor::StatementForm(brand.name, random), category, text.low_minor, text.high_minor,
            false};
  }
  return {text.text, category, text.low_minor, text.high_minor, false};
}

const HouseholdText& Market::DrawText(Category category, bool money_in,
                                      awry::base::Random& random) const {
  const auto& texts = (money_in ? in_ : out_)[ClassOfCategory(category)];
  CHECK(!texts.empty());
  return *texts[random.Below(texts.size())];
}

Category Market::MeaningTo(const AmbiguousShop& shop, const Profile& profile) const {
  double best = -1e9;
  double second = -1e9;
  Category meaning = Category::kUncategorized;
  for (const auto& [category, weight] : shop.meanings) {
    const size_t c = ClassOfCategory(category);
    const double score = std::log(weight * (profile.monthly[c] + 0.3) / texts_[c]);
    if (score > best) {
      second = best;
      best = score;
      meaning = category;
    } else {
      second = std::max(second, score);
    }
  }
  return best - second >= kClearMargin ? meaning : Category::kUncategorized;
}

}  // namespace sample
