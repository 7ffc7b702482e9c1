#include "finance/spending_analyzer/recurring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "base/random.h"
#include "codec/json.h"
#include "finance/spending_analyzer/forecast.h"
#include "finance/spending_analyzer/insights.h"

namespace finance::spending_analyzer {
namespace {

using awry::base::Random;
using ledger::Category;
using ledger::Date;

Date Day(const std::string& text) { return Date::Parse(text).value(); }

// One row a day named, all of one merchant.
std::vector<MerchantRow> Rows(const std::string& merchant, const std::vector<std::pair<std::string, int64_t>>& payments,
                              Category category = Category::kEntertainment) {
  std::vector<MerchantRow> rows;
  for (const auto& [day, minor] : payments) rows.push_back({merchant + day, "main", merchant, merchant, "EUR", Day(day), minor, category});
  return rows;
}

std::vector<MerchantRow> Equal(const std::string& merchant, int64_t minor, const std::vector<std::string>& days,
                               Category category = Category::kHousing) {
  std::vector<std::pair<std::string, int64_t>> payments;
  for (const std::string& day : days) payments.emplace_back(day, minor);
  return Rows(merchant, payments, category);
}

TEST(FindRecurring, FindsAMonthlyRentAndItsNextDate) {
  const auto found = FindRecurring(Equal("rent", -80000, {"2026-01-01", "2026-02-01", "2026-03-02", "2026-04-01"}), Day("2026-04-10"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rhythm.cadence().name, "monthly");
  EXPECT_EQ(found[0].amount_kind, "fixed");
  EXPECT_EQ(found[0].state, SeriesState::kActive);
  EXPECT_EQ(found[0].next_date.ToString(), "2026-05-01");
  EXPECT_EQ(found[0].monthly_minor(), -80000);
}

TEST(FindRecurring, LeavesIrregularAndTooFewRowsAlone) {
  EXPECT_TRUE(FindRecurring(Equal("shop", -500, {"2026-01-01", "2026-01-03", "2026-02-20", "2026-02-21"}), Date::FromDays(20'600)).empty());
  EXPECT_TRUE(FindRecurring(Equal("gym", -500, {"2026-01-01", "2026-02-01"}), Date::FromDays(20'600)).empty());
}

TEST(FindRecurring, KeepsToTheMonthsEnd) {
  const auto found = FindRecurring(Equal("loan", -9900, {"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"}), Day("2026-05-02"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rhythm.cadence().name, "monthly");
  EXPECT_EQ(found[0].next_date.ToString(), "2026-05-31");
}

TEST(FindRecurring, TellsAFortnightFromHalfAMonth) {
  const auto pay = FindRecurring(Equal("pay", 150000, {"2026-01-01", "2026-01-15", "2026-02-01", "2026-02-15", "2026-03-01"}, Category::kIncome), Day("2026-03-02"));
  ASSERT_EQ(pay.size(), 1U);
  EXPECT_EQ(pay[0].rhythm.cadence().name, "semimonthly");
  EXPECT_EQ(pay[0].next_date.ToString(), "2026-03-15");
  const auto wages = FindRecurring(Equal("pay", 150000, {"2026-01-02", "2026-01-16", "2026-01-30", "2026-02-13", "2026-02-27"}, Category::kIncome), Day("2026-03-02"));
  ASSERT_EQ(wages.size(), 1U);
  EXPECT_EQ(wages[0].rhythm.cadence().name, "biweekly");
  EXPECT_EQ(wages[0].next_date.ToString(), "2026-03-13");
}

TEST(FindRecurring, IsLateAfterTheJitterAndStoppedAfterTwoMisses) {
  const auto rows = Equal("gym", -3000, {"2026-01-05", "2026-02-05", "2026-03-05"});
  const auto state = [&](const char* today) { return FindRecurring(rows, Day(today))[0].state; };
  EXPECT_EQ(state("2026-04-08"), SeriesState::kActive);
  EXPECT_EQ(state("2026-04-09"), SeriesState::kLate);
  EXPECT_EQ(state("2026-05-08"), SeriesState::kLate);
  EXPECT_EQ(state("2026-05-09"), SeriesState::kStopped);
}

TEST(FindRecurring, ShowsTwoEqualMonthlyPaymentsAsEarlyUntilTheThirdIsMissed) {
  const auto rows = Equal("stream", -999, {"2026-01-05", "2026-02-05"}, Category::kEntertainment);
  const auto found = FindRecurring(rows, Day("2026-02-20"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].state, SeriesState::kEarly);
  EXPECT_TRUE(FindRecurring(rows, Day("2026-03-20")).empty());
  EXPECT_TRUE(FindRecurring(Equal("grocer", -999, {"2026-01-05", "2026-02-05"}, Category::kGroceries), Day("2026-02-20")).empty());
}

TEST(FindRecurring, SeesAPriceThatRoseAndOneThatOnlyOnceWasHigher) {
  const auto risen = Rows("stream", {{"2026-01-05", -1299}, {"2026-02-05", -1299}, {"2026-03-05", -1299}, {"2026-04-05", -1599}});
  const auto found = FindRecurring(risen, Day("2026-04-10"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].amount_kind, "stepped");
  ASSERT_EQ(found[0].steps.size(), 1U);
  EXPECT_EQ(found[0].steps[0].new_minor, -1599);
  EXPECT_EQ(found[0].next_amount_minor, -1599);
  auto back = risen;
  back.push_back(Rows("stream", {{"2026-05-05", -1299}})[0]);
  back.push_back(Rows("stream", {{"2026-06-05", -1299}})[0]);
  const auto variable = FindRecurring(back, Day("2026-06-10"));
  ASSERT_EQ(variable.size(), 1U);
  EXPECT_EQ(variable[0].amount_kind, "variable");
}

TEST(FindRecurring, FindsASubscriptionAmongPurchasesAtTheSameMerchant) {
  auto rows = Rows("amazon", {{"2026-01-08", -899}, {"2026-01-11", -4312}, {"2026-02-08", -899}, {"2026-02-19", -1250}, {"2026-02-21", -9900},
                              {"2026-03-08", -899}, {"2026-03-30", -2745}, {"2026-04-08", -899}, {"2026-04-09", -665}},
                   Category::kShopping);
  const auto found = FindRecurring(rows, Day("2026-04-20"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].last_amount_minor, -899);
  EXPECT_EQ(found[0].count(), 4);
}

TEST(FindRecurring, RemembersATrialAndADoubledPayment) {
  const auto trial = FindRecurring(Rows("app", {{"2026-01-05", -100}, {"2026-02-05", -1000}, {"2026-03-05", -1000}, {"2026-04-05", -1000}}), Day("2026-04-10"));
  ASSERT_EQ(trial.size(), 1U);
  ASSERT_TRUE(trial[0].trial.has_value());
  EXPECT_EQ(trial[0].trial->date, Day("2026-02-05"));
  const auto twice = FindRecurring(Equal("gym", -3000, {"2026-01-05", "2026-02-05", "2026-03-05", "2026-04-05", "2026-04-06"}), Day("2026-04-10"));
  ASSERT_EQ(twice.size(), 1U);
  EXPECT_EQ(twice[0].doubled, std::vector<Date>{Day("2026-04-06")});
}

TEST(FindRecurring, KeepsAccountsDirectionsAndCurrenciesApart) {
  auto rows = Equal("club", -2000, {"2026-01-05", "2026-02-05", "2026-03-05"});
  auto other = rows;
  for (MerchantRow& row : other) row.account = "zweit";
  rows.insert(rows.end(), other.begin(), other.end());
  const auto found = FindRecurring(rows, Day("2026-03-10"));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NE(found[0].id, found[1].id);
}

// --- measured on generated ledgers ---

struct Truth {
  std::string merchant;
  std::string cadence;
  std::optional<Date> next;  // nothing when it ended before today
  std::optional<Date> step;
};

struct Ledger {
  std::vector<MerchantRow> rows;
  std::vector<Truth> truths;
};

const Date kFirst = Day("2024-11-25");
const Date kToday = Day("2026-11-23");

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  Ledger Make() {
    for (const Cadence& cadence : Cadences()) {
      const int n = cadence.name == "monthly" ? 4 : 1;
      for (int i = 0; i < n; ++i) AddSeries(cadence, i);
    }
    for (int i = 0; i < 12; ++i) AddShop(i);
    AddCoffee();
    std::sort(ledger_.rows.begin(), ledger_.rows.end(), [](const MerchantRow& a, const MerchantRow& b) {
      return std::tie(a.account, a.merchant, a.currency, a.date, a.id) < std::tie(b.account, b.merchant, b.currency, b.date, b.id);
    });
    return std::move(ledger_);
  }

 private:
  void Add(const std::string& merchant, Date date, int64_t minor, Category category) {
    ledger_.rows.push_back({"t" + std::to_string(ledger_.rows.size()), "main", merchant, merchant, "EUR", date, minor, category});
  }

  // The ideal day of payment `slot`, by plain counting: independent of Rhythm.
  Date Ideal(const Cadence& cadence, Date start, int slot) const {
    if (cadence.step_days > 0) return start.AddDays(slot * cadence.step_days);
    const int months = cadence.step_months > 0 ? slot * cadence.step_months : slot / 2;
    const int day = cadence.step_months > 0 ? start.day() : (slot % 2 == 0 ? 1 : 15);
    const int index = start.year() * 12 + start.month() - 1 + months;
    for (int d = day;; --d) {
      if (const auto date = Date::FromYmd(index / 12, index % 12 + 1, d)) return *date;
    }
  }

  // Banks book on working days.
  static Date Booked(Date day) { return day.weekday() >= 6 ? day.AddDays(8 - day.weekday()) : day; }

  void AddSeries(const Cadence& cadence, int number) {
    const std::string merchant = std::string(cadence.name) + std::to_string(number);
    const int32_t spread = cadence.name == "annually" ? 300 : 60;
    const Date start = kFirst.AddDays(static_cast<int32_t>(random_.Below(static_cast<uint64_t>(spread))));
    const bool ends = number == 3;
    const Date end = ends ? kToday.AddDays(-200) : kToday;
    const bool variable = number == 1;
    const int64_t price = 500 + static_cast<int64_t>(random_.Below(20'000));
    const bool steps = number == 2;
    Truth truth{merchant, std::string(cadence.name), std::nullopt, std::nullopt};
    int64_t now = price;
    for (int slot = 0;; ++slot) {
      const Date day = Booked(Ideal(cadence, start, slot));
      if (day > end) {
        if (!ends) truth.next = Ideal(cadence, start, slot);
        break;
      }
      if (steps && slot == 14) {
        now = price + price * static_cast<int64_t>(5 + random_.Below(25)) / 100;
        truth.step = day;
      }
      const int64_t amount = variable ? std::llround(static_cast<double>(price) * (0.8 + 0.4 * random_.Uniform())) : now;
      if (slot > 3 && slot != 14 && random_.Chance(0.02)) continue;  // it did not come
      Add(merchant, day, cadence.name == "semimonthly" ? amount : -amount, Category::kServices);
    }
    ledger_.truths.push_back(std::move(truth));
  }

  void AddShop(int number) {
    const double a_month = 0.4 + 10 * random_.Uniform();
    const double typical = 8 + 40 * random_.Uniform();
    const Category category = number % 3 == 0 ? Category::kGroceries : (number % 3 == 1 ? Category::kDining : Category::kUncategorized);
    for (Date day = kFirst; day <= kToday; day = day.AddDays(1)) {
      if (!random_.Chance(a_month / 30)) continue;
      Add("shop" + std::to_string(number), day, -std::llround(100 * typical * std::exp(random_.Normal(0, 0.6))), category);
    }
  }

  void AddCoffee() {
    for (Date day = kFirst; day <= kToday; day = day.AddDays(1)) {
      if (random_.Chance(0.15)) Add("coffee", day, -350, Category::kDining);
    }
  }

  Random random_;
  Ledger ledger_;
};

struct Measured {
  int truths = 0, found = 0, hits = 0, right_cadence = 0, steps = 0, steps_found = 0, nexts = 0;
  double next_error_days = 0;
};

void Compare(const Ledger& ledger, const std::vector<RecurringSeries>& found, Measured& measured) {
  std::map<std::string, const Truth*> truths;
  for (const Truth& truth : ledger.truths) truths[truth.merchant] = &truth;
  measured.truths += static_cast<int>(truths.size());
  std::set<std::string> hit;
  for (const RecurringSeries& series : found) {
    if (series.state == SeriesState::kEarly) continue;
    ++measured.found;
    const auto truth = truths.find(series.merchant);
    if (truth == truths.end() || !hit.insert(series.merchant).second) continue;
    ++measured.hits;
    measured.right_cadence += series.rhythm.cadence().name == truth->second->cadence ? 1 : 0;
    if (truth->second->step) {
      ++measured.steps;
      measured.steps_found += !series.steps.empty() && series.steps.back().date == *truth->second->step ? 1 : 0;
    }
    if (truth->second->next && series.next_date > kToday.AddDays(-5)) {
      ++measured.nexts;
      measured.next_error_days += std::abs(DaysBetween(*truth->second->next, series.next_date));
    }
  }
}

TEST(FindRecurring, MeasuredOnGeneratedLedgersKeepsItsBounds) {
  Measured measured;
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    const Ledger ledger = Generator(seed).Make();
    Compare(ledger, FindRecurring(ledger.rows, kToday), measured);
  }
  const double precision = static_cast<double>(measured.hits) / measured.found;
  const double recall = static_cast<double>(measured.hits) / measured.truths;
  const double cadence = static_cast<double>(measured.right_cadence) / measured.hits;
  const double step = static_cast<double>(measured.steps_found) / std::max(measured.steps, 1);
  const double next = measured.next_error_days / measured.nexts;
  printf("recurring: precision %.3f, recall %.3f, cadence %.3f, price steps %.3f, next date off by %.2f days (%d series, %d found)\n",
         precision, recall, cadence, step, next, measured.truths, measured.found);
  EXPECT_GE(precision, 0.97);
  EXPECT_GE(recall, 0.95);
  EXPECT_GE(cadence, 0.98);
  EXPECT_GE(step, 0.95);
  EXPECT_LE(next, 1.5);
}

// --- insights ---

std::vector<std::string> Kinds(const std::vector<Insight>& insights) {
  std::vector<std::string> kinds;
  for (const Insight& insight : insights) {
    kinds.push_back(insight.kind);
    EXPECT_TRUE(awry::codec::JsonDocument::Parse(insight.detail).ok()) << insight.detail;
  }
  return kinds;
}

TEST(SeriesInsights, TellsANewSubscriptionOnlyWhenThereIsAHistoryBeforeIt) {
  const auto found = FindRecurring(Equal("stream", -999, {"2026-01-05", "2026-02-05", "2026-03-05"}), Day("2026-03-10"));
  EXPECT_EQ(Kinds(SeriesInsights(found, Day("2025-01-01"), Day("2026-03-10"))), std::vector<std::string>{"recurring_new"});
  EXPECT_TRUE(SeriesInsights(found, Day("2026-01-01"), Day("2026-03-10")).empty());
}

TEST(SeriesInsights, TellsAPriceRiseWithOldNewAndSinceButNoFall) {
  const auto insights_of = [](int64_t newest) {
    const auto rows = Rows("stream", {{"2025-10-05", -1299}, {"2025-11-05", -1299}, {"2025-12-05", -1299}, {"2026-01-05", newest}});
    return SeriesInsights(FindRecurring(rows, Day("2026-01-10")), Day("2025-10-01"), Day("2026-01-10"));
  };
  const auto risen = insights_of(-1599);
  ASSERT_EQ(Kinds(risen), std::vector<std::string>{"recurring_price"});
  EXPECT_EQ(risen[0].message, "stream costs 15.99 EUR instead of 12.99 EUR since 2026-01-05");
  EXPECT_EQ(risen[0].transactions, std::vector<std::string>{"stream2026-01-05"});
  EXPECT_TRUE(insights_of(-999).empty());
}

TEST(SeriesInsights, TellsAMissedPaymentWithOneKeyForAsLongAsItIsMissing) {
  const auto rows = Equal("pay", 250000, {"2025-10-01", "2025-11-01", "2025-12-01"}, Category::kIncome);
  const auto at = [&](const char* today) { return SeriesInsights(FindRecurring(rows, Day(today)), Day("2025-01-01"), Day(today)); };
  EXPECT_TRUE(at("2026-01-03").empty());
  ASSERT_EQ(Kinds(at("2026-01-06")), std::vector<std::string>{"recurring_missed"});
  EXPECT_EQ(at("2026-01-06")[0].key, at("2026-02-10")[0].key);
  EXPECT_EQ(at("2026-01-06")[0].severity, "warning");
  EXPECT_TRUE(at("2026-03-01").empty());
}

CategorySum Sum(const std::string& month, int64_t out) { return {month, Category::kDining, "EUR", out, 0, 3}; }

TEST(CategoryInsights, ComparesTheProjectedMonthWithThreeFullOnes) {
  const std::vector<CategorySum> base = {Sum("2026-01", 10'000), Sum("2026-02", 10'000), Sum("2026-03", 10'000)};
  const auto at = [&](int64_t spent, const char* today, const char* first = "2025-06-01") {
    auto sums = base;
    sums.push_back(Sum("2026-04", spent));
    return CategoryInsights(sums, {}, Day(first), Day(today));
  };
  EXPECT_TRUE(at(9'000, "2026-04-06").empty()) << "too few days";
  EXPECT_TRUE(at(6'000, "2026-04-15").empty()) << "20 % more";
  EXPECT_TRUE(at(9'000, "2026-04-15", "2026-02-10").empty()) << "no three full months";
  const auto more = at(7'000, "2026-04-15");
  ASSERT_EQ(Kinds(more), std::vector<std::string>{"category_anomaly"});
  EXPECT_EQ(more[0].severity, "warning");
  EXPECT_EQ(more[0].key, at(7'100, "2026-04-15")[0].key) << "the key holds a bucket";
  EXPECT_EQ(at(9'000, "2026-04-15")[0].severity, "high");
  EXPECT_TRUE(at(1'000, "2026-04-15").empty()) << "spending less is no alarm";
  EXPECT_TRUE(at(0, "2026-04-15").empty());
}

// --- forecast ---

TEST(Forecast, PutsRecurringPaymentsOnTheirDaysAndSpreadsTheUsual) {
  const Date today = Day("2026-03-31");
  const auto series = FindRecurring(Equal("rent", -80'000, {"2026-01-03", "2026-02-03", "2026-03-03"}), today);
  std::vector<DayFlow> flows;
  for (int age = 0; age < kHistoryDays; ++age) flows.push_back({"EUR", today.AddDays(-age), 1'000, 0});
  for (const char* day : {"2026-01-03", "2026-02-03", "2026-03-03"}) {
    if (DaysBetween(Day(day), today) < kHistoryDays) flows.push_back({"EUR", Day(day), 80'000, 0});
  }
  const Forecast forecast = MakeForecast("EUR", series, flows, {.today = today, .weeks = 2, .balance_minor = 100'000, .first_day = Day("2025-01-01")});
  ASSERT_EQ(forecast.weeks.size(), 2U);
  EXPECT_EQ(forecast.weeks[0].usual_out_minor, -7'000) << "the rent is not counted as usual";
  EXPECT_EQ(forecast.weeks[0].recurring_out_minor, -80'000);
  EXPECT_EQ(forecast.weeks[1].recurring_out_minor, 0);
  EXPECT_EQ(forecast.weeks[1].balance_minor, 100'000 - 80'000 - 14'000);
  ASSERT_EQ(forecast.upcoming.size(), 1U);
  EXPECT_EQ(forecast.upcoming[0].date, Day("2026-04-03"));
  EXPECT_EQ(forecast.lowest_minor, 6'000);
}

TEST(Forecast, ExpectsALatePaymentTomorrowAndNoneOfWhatStopped) {
  const auto rows = Equal("gym", -3000, {"2026-01-05", "2026-02-05", "2026-03-05"});
  const auto upcoming = [&](const char* text) {
    const Date today = Day(text);
    const auto series = FindRecurring(rows, today);
    std::vector<std::string> days;
    for (const Upcoming& one : FindUpcoming(series, today.AddDays(1), today.AddDays(29))) days.push_back(one.date.ToString() + (one.late ? " late" : ""));
    return days;
  };
  EXPECT_EQ(upcoming("2026-04-10"), (std::vector<std::string>{"2026-04-11 late", "2026-05-05"}));
  EXPECT_TRUE(upcoming("2026-05-20").empty());
}

TEST(Forecast, WithoutHistoryIsFlat) {
  const Forecast forecast = MakeForecast("EUR", {}, {}, {.today = Day("2026-03-31"), .weeks = 1, .balance_minor = 5});
  EXPECT_EQ(forecast.weeks[0].balance_minor, 5);
  EXPECT_EQ(forecast.history_days, 0);
}

}  // namespace
}  // namespace finance::spending_analyzer
