#include "finance/fraud_detector/rules.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace finance::fraud_detector {
namespace {

constexpr int64_t kMinuteNs = 60'000'000'000;
constexpr int64_t kDayNs = 24 * 60 * kMinuteNs;

Charge At(int64_t at_ns, int64_t minor, std::string merchant = "shop") {
  return {.merchant = std::move(merchant), .currency = "EUR", .amount_minor = minor, .at_ns = at_ns};
}

bool Has(const Assessment& assessment, std::string_view code) {
  for (const Reason& reason : assessment.reasons) {
    if (reason.code == code) return true;
  }
  return false;
}

// One charge about every three days of about the same amount.
std::vector<Charge> QuietPast(size_t charges) {
  awry::base::Random random(3);
  std::vector<Charge> past;
  for (size_t i = 0; i < charges; ++i) {
    past.push_back(At(static_cast<int64_t>(i) * 3 * kDayNs, -static_cast<int64_t>(2000 + random.Below(400)), "shop"));
  }
  return past;
}

TEST(Assess, QuietChargeIsNotSuspicious) {
  const auto past = QuietPast(30);
  const Assessment a = Assess(At(95 * kDayNs, -2100), past, {});
  EXPECT_FALSE(a.suspicious);
  EXPECT_TRUE(a.reasons.empty());
  EXPECT_EQ(a.score, 0);
}

TEST(Assess, AmountFarAboveTheUsualOneNeedsEightRows) {
  const Charge large = At(95 * kDayNs, -90'000);
  EXPECT_FALSE(Has(Assess(large, QuietPast(kOutlierRowsMin - 1), {}), "amount_outlier"));
  const Assessment a = Assess(large, QuietPast(kOutlierRowsMin), {});
  EXPECT_TRUE(Has(a, "amount_outlier"));
  EXPECT_TRUE(a.suspicious);
}

TEST(Assess, EqualAmountsOfAllTimeDoNotMakeTheNextCentAnOutlier) {
  std::vector<Charge> past;
  for (int i = 0; i < 20; ++i) past.push_back(At(i * 3 * kDayNs, -1000));
  EXPECT_FALSE(Has(Assess(At(90 * kDayNs, -1100), past, {}), "amount_outlier"));
}

TEST(Assess, SmallSumsAtNewPlacesWithinAnHourAreACardBeingTested) {
  auto past = QuietPast(30);
  past.push_back(At(100 * kDayNs, -100, "new-1"));
  past.push_back(At(100 * kDayNs + 5 * kMinuteNs, -199, "new-2"));
  const Assessment a = Assess(At(100 * kDayNs + 9 * kMinuteNs, -250, "new-3"), past, {});
  EXPECT_TRUE(Has(a, "card_testing"));
  EXPECT_TRUE(a.suspicious);
  // At a machine that the user knows it is a habit.
  EXPECT_FALSE(Has(Assess(At(100 * kDayNs + 9 * kMinuteNs, -250, "shop"), std::span(past).first(30), {}), "card_testing"));
  EXPECT_TRUE(Has(Assess(At(101 * kDayNs, -50'000, "new-1"), past, {}), "card_testing")) << "a small one first, then a large one";
  EXPECT_FALSE(Has(Assess(At(140 * kDayNs, -50'000, "new-1"), past, {}), "card_testing")) << "weeks later";
}

TEST(Assess, ASmallFirstPurchaseAndAnOrdinaryOneThereNextDayAreNoCardBeingTested) {
  awry::base::Random random(4);
  std::vector<Charge> past;  // groceries and the like, from 15.00 to 95.00
  for (int i = 0; i < 60; ++i) past.push_back(At(i * kDayNs, -static_cast<int64_t>(1500 + random.Below(8000)), "shop" + std::to_string(i % 7)));
  past.push_back(At(60 * kDayNs, -260, "bakery"));
  EXPECT_FALSE(Assess(At(61 * kDayNs, -5800, "bakery"), past, {}).suspicious);
  EXPECT_TRUE(Has(Assess(At(61 * kDayNs, -40'000, "bakery"), past, {}), "card_testing"));
  Charge small = At(60 * kDayNs, -200, "kiosk"), large = At(60 * kDayNs, -8000, "kiosk");
  small.day_only = large.day_only = true;  // which of the two came first nobody knows
  past.back() = small;
  EXPECT_FALSE(Has(Assess(large, past, {}), "card_testing"));
}

TEST(Assess, ACurrencyALongPauseAndAnOddHourAreHintsThatAloneOpenNoCase) {
  const auto past = QuietPast(70);  // all at midnight
  Charge abroad = At(211 * kDayNs, -2000, "shop");
  abroad.currency = "THB";
  EXPECT_TRUE(Has(Assess(abroad, past, {}), "foreign"));
  EXPECT_FALSE(Assess(abroad, past, {}).suspicious);
  EXPECT_TRUE(Has(Assess(At(400 * kDayNs, -2100), past, {}), "dormant"));
  EXPECT_FALSE(Assess(At(400 * kDayNs, -2100), past, {}).suspicious);
  EXPECT_TRUE(Has(Assess(At(211 * kDayNs + 720 * kMinuteNs, -2100), past, {}), "time_of_day"));
  EXPECT_FALSE(Has(Assess(At(211 * kDayNs + 60 * kMinuteNs, -2100), past, {}), "time_of_day"));
}

TEST(Assess, BurstWithinAnHourIsVelocity) {
  auto past = QuietPast(30);
  for (int i = 0; i < 5; ++i) past.push_back(At(100 * kDayNs + i * 5 * kMinuteNs, -2000 - i, "s" + std::to_string(i)));
  EXPECT_TRUE(Has(Assess(At(100 * kDayNs + 30 * kMinuteNs, -2100, "other"), past, {}), "velocity"));
}

// Rows of statements, without times of day: `counts[i]` on day i.
std::vector<Charge> Days(const std::vector<int>& counts) {
  std::vector<Charge> past;
  for (size_t day = 0; day < counts.size(); ++day) {
    for (int i = 0; i < counts[day]; ++i) {
      Charge charge = At(static_cast<int64_t>(day) * kDayNs, -2000 - 10 * i, "s" + std::to_string(i));
      charge.day_only = true;
      past.push_back(charge);
    }
  }
  return past;
}

TEST(Assess, SomebodyWhoGoesShoppingOnSaturdaysIsNotABurstEachWeek) {
  std::vector<int> counts;
  awry::base::Random random(9);
  for (int day = 0; day < 90; ++day) counts.push_back(day % 7 == 5 ? 6 + static_cast<int>(random.Below(4)) : static_cast<int>(random.Below(3)));
  const auto past = Days(counts);
  int alarms = 0;
  for (size_t i = past.size() / 2; i < past.size(); ++i) {
    alarms += Has(Assess(past[i], std::span(past).first(i), {}), "velocity") ? 1 : 0;
  }
  EXPECT_EQ(alarms, 0);
}

TEST(Assess, ADayWithFarTooManyRowsIsOneAlarm) {
  std::vector<int> counts(60, 1);
  counts.push_back(30);
  const auto past = Days(counts);
  int suspicious = 0, hints = 0;
  for (size_t i = 60; i < past.size(); ++i) {
    const Assessment assessment = Assess(past[i], std::span(past).first(i), {});
    suspicious += assessment.suspicious ? 1 : 0;
    hints += Has(assessment, "velocity") ? 1 : 0;
  }
  EXPECT_EQ(suspicious, 1);
  EXPECT_GT(hints, 10);
}

TEST(Assess, SameChargeTwiceWithinMinutesIsADuplicateAndMoneyInIsNot) {
  auto past = QuietPast(10);
  past.push_back(At(60 * kDayNs, -2345));
  const Assessment a = Assess(At(60 * kDayNs + 3 * kMinuteNs, -2345), past, {});
  EXPECT_TRUE(Has(a, "duplicate"));
  EXPECT_TRUE(a.suspicious);
  EXPECT_FALSE(Has(Assess(At(60 * kDayNs + 3 * kMinuteNs, 2345), past, {}), "duplicate"));
  EXPECT_FALSE(Has(Assess(At(62 * kDayNs, -2345), past, {}), "duplicate"));
}

TEST(Assess, TwoEqualRowsOfADayWithoutTimesAreAHintOnly) {
  Charge first = At(60 * kDayNs, -350);
  first.day_only = true;
  const Assessment a = Assess(first, std::vector<Charge>{first}, {});
  EXPECT_TRUE(Has(a, "duplicate"));
  EXPECT_FALSE(a.suspicious);
}

TEST(Assess, ScoreIsAlwaysAProbability) {
  awry::base::Random random(9);
  for (int round = 0; round < 300; ++round) {
    std::vector<Charge> past;
    int64_t at = 0;
    for (uint64_t i = random.Below(60); i > 0; --i) {
      at += static_cast<int64_t>(random.Below(2 * kDayNs));
      past.push_back(At(at, static_cast<int64_t>(random.Next()) >> random.Below(60), random.Chance(0.5) ? "" : "shop"));
    }
    const Assessment a = Assess(At(at, static_cast<int64_t>(random.Next()) >> random.Below(60)), past,
                                {static_cast<int64_t>(random.Below(5)), static_cast<int64_t>(random.Below(5))});
    EXPECT_GE(a.score, 0);
    EXPECT_LE(a.score, 1);
    EXPECT_EQ(a.suspicious, a.score >= kSuspiciousScore);
  }
}

}  // namespace
}  // namespace finance::fraud_detector
