#include "sample/stream.h"

#include <algorithm>
#include <cmath>

#include "finance/category_predictor/text_features.h"

namespace sample {
namespace {

namespace predictor = finance::category_predictor;
using finance::ledger::Date;
using predictor::ClassOfCategory;

constexpr double kAmbiguousShare = 0.17;  // of a person's purchases
constexpr double kMadeUpChance = 0.36;    // of a new shop
constexpr size_t kAmbiguousShops = 14;    // that a person goes to
constexpr size_t kShopsPerCategory = 7;

int DaysInMonth(Date date) {
  for (int day = 31; day > 28; --day) {
    if (Date::FromYmd(date.year(), date.month(), day)) return day;
  }
  return 28;
}

int64_t Bend(int64_t amount_minor, double share, awry::base::Random& random) {
  if (share <= 0) return amount_minor;
  const double factor = 1 + random.Normal(0, share);
  return static_cast<int64_t>(
      std::llround(static_cast<double>(amount_minor) * std::clamp(factor, 0.3, 3.0)));
}

}  // namespace

Stream::Stream(const Market& market, const Person& person, uint64_t seed)
    : market_(market), person_(person), seed_(predictor::StableHash(person.id, seed)) {
  awry::base::Random random(seed_);
  SignContracts(random);
  ChooseShops(random);
  for (const double rows : Profiles()[person.profile].monthly) rows_a_day_ += rows / 30.4;
  rows_a_day_ *= 0.9 + 0.3 * random.Uniform();
  EarnEnough();
}

void Stream::SignContracts(awry::base::Random& random) {
  const auto sign = [&](Category category, bool money_in, int64_t low, int64_t high, int day,
                        double jitter) {
    const predictor::HouseholdText* drawn = &market_.DrawText(category, money_in, random);
    // A salary does not come from a text for small sums.
    for (int tries = 0; tries < 50 && drawn->high_minor < low; ++tries) {
      drawn = &market_.DrawText(category, money_in, random);
    }
    const predictor::HouseholdText& text = *drawn;
    const int64_t amount = predictor::DrawAmount(low, high, random) / 10 * 10;
    contracts_.push_back({text.text, category, money_in ? amount : -amount, day, jitter});
  };
  sign(Category::kIncome, true, 210'000, 430'000, 25 + static_cast<int>(random.Below(4)), 0);
  sign(Category::kHousing, false, 65'000, 140'000, 1 + static_cast<int>(random.Below(3)), 0);
  sign(Category::kUtilities, false, 5'000, 16'000, 5, 0.08);
  sign(Category::kUtilities, false, 1'500, 5'000, 12, 0);
  sign(Category::kUtilities, false, 2'000, 6'000, 18, 0);
  sign(Category::kInsurance, false, 1'500, 12'000, 3, 0);
  sign(Category::kTransfer, false, 5'000, 50'000, 28, 0);
  sign(Category::kEntertainment, false, 800, 1'800, 8, 0);
  sign(Category::kFees, false, 250, 900, 30, 0);
  if (random.Chance(0.4)) sign(Category::kDebt, false, 8'000, 35'000, 15, 0);
  if (random.Chance(0.4)) sign(Category::kInsurance, false, 2'000, 9'000, 10, 0);
  if (random.Chance(0.5)) sign(Category::kPersonalCare, false, 1'900, 4'500, 2, 0);
}

void Stream::EarnEnough() {
  constexpr int kYears = 2;  // of a time that nobody sees
  const Period rehearsal{*Date::FromYmd(2001, 1, 1), *Date::FromYmd(2000 + kYears, 12, 31)};
  int64_t balance_minor = 0;
  for (const Row& row : Rows(rehearsal)) balance_minor += row.amount_minor;
  const auto salary = std::find_if(contracts_.begin(), contracts_.end(),
                                   [](const Contract& contract) { return contract.category == Category::kIncome; });
  const int64_t spent_a_month = salary->amount_minor - balance_minor / (12 * kYears);
  awry::base::Random random(seed_ ^ predictor::StableHash(salary->text));
  const auto needed = static_cast<int64_t>(static_cast<double>(spent_a_month) * (1.04 + 0.12 * random.Uniform()));
  salary->amount_minor = std::max(salary->amount_minor, needed / 1'000 * 1'000);
}

void Stream::ChooseShops(awry::base::Random& random) {
  const Profile& profile = Profiles()[person_.profile];
  for (size_t c = 0; c < kClasses; ++c) {
    if (profile.monthly[c] <= 0) continue;
    for (size_t s = 0; s < kShopsPerCategory; ++s) {
      shops_[c].push_back(market_.DrawShop(predictor::CategoryOfClass(c), kMadeUpChance, random));
    }
  }
  const std::vector<AmbiguousShop>& all = market_.ambiguous();
  for (size_t tries = 0; tries < 400 && ambiguous_.size() < kAmbiguousShops; ++tries) {
    const AmbiguousShop& shop = all[random.Below(all.size())];
    const Category meaning = market_.MeaningTo(shop, profile);
    const auto known = [&](const auto& entry) { return entry.first == &shop; };
    if (meaning == Category::kUncategorized ||
        std::any_of(ambiguous_.begin(), ambiguous_.end(), known))
      continue;
    ambiguous_.emplace_back(&shop, meaning);
  }
}

std::vector<Row> Stream::Rows(const Period& period) const {
  std::vector<Row> rows;
  for (Date day = period.first; day <= period.last; day = day.AddDays(1)) {
    // Each day has numbers of its own, so that a longer period begins like a shorter one.
    awry::base::Random random(seed_ ^ (static_cast<uint64_t>(day.days()) * 0x9E3779B97F4A7C15ULL));
    AddContracts(day, random, rows);
    AddPurchases(day, random, rows);
  }
  return rows;
}

void Stream::AddContracts(Date day, awry::base::Random& random, std::vector<Row>& out) const {
  const int last = DaysInMonth(day);
  for (const Contract& contract : contracts_) {
    if (day.day() != std::min(contract.day, last)) continue;
    awry::base::Random same(seed_ ^
                            predictor::StableHash(contract.text));  // its references never change
    out.push_back({day, predictor::FillText(contract.text, same, day.month()),
                   Bend(contract.amount_minor, contract.jitter, random), contract.category,
                   Kind::kContract});
  }
}

void Stream::AddPurchases(Date day, awry::base::Random& random, std::vector<Row>& out) const {
  const double weekend = day.weekday() >= 6 ? 1.35 : 0.86;
  double left = rows_a_day_ * weekend;
  while (random.Uniform() < left / (1 + left)) {  // geometric, with that mean
    if (!ambiguous_.empty() && random.Chance(kAmbiguousShare)) {
      out.push_back(AmbiguousPurchase(day, random));
    } else {
      out.push_back(Purchase(day, DrawCategory(random), random));
    }
  }
}

Category Stream::DrawCategory(awry::base::Random& random) const {
  const std::array<double, kClasses>& monthly = Profiles()[person_.profile].monthly;
  double all = 0;
  for (const double rows : monthly) all += rows;
  double at = random.Uniform() * all;
  for (size_t c = 0; c < kClasses; ++c) {
    at -= monthly[c];
    if (at < 0) return predictor::CategoryOfClass(c);
  }
  return Category::kGroceries;
}

Row Stream::Purchase(Date day, Category category, awry::base::Random& random) const {
  const std::vector<Shop>& shops = shops_[ClassOfCategory(category)];
  // The first shops are visited most.
  const size_t index = random.Below(1 + random.Below(shops.size()));
  const Shop& shop = shops[index];
  const int64_t amount = predictor::DrawAmount(shop.low_minor, shop.high_minor, random);
  // A shop has its place: the same braces every time but for numbers that differ.
  awry::base::Random place(seed_ ^ predictor::StableHash(shop.text));
  return {day, predictor::FillText(shop.text, place, day.month()), -amount, category,
          shop.made_up ? Kind::kMadeUp : Kind::kKnown};
}

Row Stream::AmbiguousPurchase(Date day, awry::base::Random& random) const {
  const auto& [shop, meaning] = ambiguous_[random.Below(ambiguous_.size())];
  const predictor::HouseholdText& like = market_.DrawText(meaning, false, random);
  const int64_t amount =
      std::min<int64_t>(predictor::DrawAmount(like.low_minor, like.high_minor, random), 25'000);
  awry::base::Random place(seed_ ^ predictor::StableHash(shop->text));
  return {day, predictor::FillText(shop->text, place, day.month()), -amount, meaning,
          Kind::kAmbiguous};
}

}  // namespace sample
