#include "finance/fraud_detector/signals.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <vector>

#include "finance/ledger/money.h"

namespace finance::fraud_detector {
namespace {

constexpr int64_t kHourNs = 3'600'000'000'000;
constexpr int64_t kDayNs = 24 * kHourNs;
constexpr size_t kMedianRows = 100;  // the newest rows of which the median is taken
constexpr double kLarge = 3;         // medians
constexpr double kFarDays = 99;      // stands for "never"

constexpr std::array<std::string_view, kSignals> kNames = {
    "amount",           "weekend",        "night",           "user_rows_1d",      "user_rows_7d",
    "user_rows_30d",    "user_mean_1d",   "user_mean_7d",    "user_mean_30d",     "place_rows_1d",
    "place_rows_7d",    "place_rows_30d", "place_risk_1d",   "place_risk_7d",     "place_risk_30d",
    "amount_ratio",     "amount_deviation", "amount_of_max", "large_rows_14d",    "large_share_14d",
    "days_since_large", "user_history",   "user_frauds",     "days_since_first_fraud",
    "days_since_last_fraud", "place_unexplained", "place_days_since_first", "place_days_since_last",
    "place_share_since_first", "place_right_since_last", "new_place", "hours_since_last",
    "rows_1h",          "rule_score"};

double Major(const Charge& charge) {
  const auto currency = ledger::Currency::Parse(charge.currency);
  const int exponent = currency.ok() ? currency->exponent() : 2;
  return std::abs(static_cast<double>(charge.amount_minor)) / std::pow(10.0, exponent);
}

bool Comparable(const Charge& a, const Charge& b) {
  return (a.amount_minor < 0) == (b.amount_minor < 0) && a.currency == b.currency;
}

double Minor(const Charge& charge) { return std::abs(static_cast<double>(charge.amount_minor)); }

// Median and mean absolute distance to it of the newest comparable rows; 0 rows: unknown.
struct Usual {
  size_t rows = 0;
  double median = 0;
  double deviation = 0;
  double highest = 0;
};

Usual UsualOf(const Charge& charge, std::span<const Charge> past) {
  thread_local std::vector<double> amounts;
  amounts.clear();
  for (auto row = past.rbegin(); row != past.rend() && amounts.size() < kMedianRows; ++row) {
    if (Comparable(charge, *row)) amounts.push_back(Minor(*row));
  }
  Usual usual{.rows = amounts.size()};
  if (amounts.empty()) return usual;
  usual.highest = *std::max_element(amounts.begin(), amounts.end());
  const auto middle = amounts.begin() + static_cast<std::ptrdiff_t>(amounts.size() / 2);
  std::nth_element(amounts.begin(), middle, amounts.end());
  usual.median = std::max(1.0, *middle);
  for (double& amount : amounts) amount = std::abs(amount - usual.median);
  std::nth_element(amounts.begin(), middle, amounts.end());
  usual.deviation = std::max(1.4826 * *middle, 0.1 * usual.median);
  return usual;
}

void SetAmount(const Charge& charge, const Usual& usual, Signals& out) {
  out[Signal::kAmount] = static_cast<float>(Major(charge));
  const bool known = usual.rows >= 3;
  const double amount = Minor(charge);
  out[Signal::kAmountRatio] = known ? static_cast<float>(amount / usual.median) : -1.0F;
  out[Signal::kAmountDeviation] =
      known ? static_cast<float>((amount - usual.median) / usual.deviation) : 0.0F;
  out[Signal::kAmountOfMax] =
      known ? static_cast<float>(amount / std::max(1.0, usual.highest)) : -1.0F;
}

void SetTime(const Charge& charge, Signals& out) {
  const int32_t day = DayOf(charge.at_ns);
  const int weekday = ((day + 3) % 7 + 7) % 7;  // 1970-01-01 was a Thursday; 0 = Monday
  const int64_t hour = (charge.at_ns - int64_t{day} * kDayNs) / kHourNs;
  out[Signal::kWeekend] = weekday >= 5 ? 1 : 0;
  out[Signal::kNight] = !charge.day_only && hour <= 6 ? 1 : 0;
}

void SetUser(const Charge& charge, std::span<const Charge> past, const Usual& usual, Signals& out) {
  constexpr int64_t kWindows[3] = {kDayNs, 7 * kDayNs, 30 * kDayNs};
  double rows[3] = {1, 1, 1};
  double sums[3] = {Minor(charge), Minor(charge), Minor(charge)};
  double large = 0;
  double rows_14 = 0;
  double since_large = kFarDays;
  double hour_rows = 0;
  const std::string place = PlaceOf(charge);
  bool new_place = true;
  for (const Charge& row : past) {
    const bool comparable = Comparable(charge, row);
    const int64_t age = charge.at_ns - row.at_ns;
    if (!place.empty() && new_place && PlaceOf(row) == place) new_place = false;
    if (!comparable) continue;
    for (size_t w = 0; w < 3; ++w) {
      if (age >= kWindows[w]) continue;
      rows[w] += 1;
      sums[w] += Minor(row);
    }
    if (age < kHourNs && !row.day_only) hour_rows += 1;
    if (age >= 14 * kDayNs) continue;
    rows_14 += 1;
    if (usual.rows < 3 || Minor(row) <= kLarge * usual.median) continue;
    large += 1;
    since_large = static_cast<double>(age) / static_cast<double>(kDayNs);
  }
  const double minor_to_major = Minor(charge) > 0 ? Major(charge) / Minor(charge) : 0.01;
  constexpr Signal kRows[3] = {Signal::kUserRows1, Signal::kUserRows7, Signal::kUserRows30};
  constexpr Signal kMeans[3] = {Signal::kUserMean1, Signal::kUserMean7, Signal::kUserMean30};
  for (size_t w = 0; w < 3; ++w) {
    out[kRows[w]] = static_cast<float>(rows[w]);
    out[kMeans[w]] = static_cast<float>(sums[w] / rows[w] * minor_to_major);
  }
  out[Signal::kLargeRows14] = static_cast<float>(large);
  out[Signal::kLargeShare14] = static_cast<float>(rows_14 > 0 ? large / rows_14 : 0);
  out[Signal::kDaysSinceLarge] = static_cast<float>(since_large);
  out[Signal::kUserHistory] = static_cast<float>(past.size());
  out[Signal::kNewPlace] = new_place ? 1 : 0;
  out[Signal::kHourRows] = static_cast<float>(hour_rows);
  out[Signal::kHoursSinceLast] =
      past.empty() ? 999.0F
                   : static_cast<float>(std::min(
                         999.0, static_cast<double>(charge.at_ns - past.back().at_ns) / static_cast<double>(kHourNs)));
}

void SetFrauds(const Charge& charge, const UserFrauds& frauds, Signals& out) {
  const auto days = [&](int64_t at_ns) {
    return static_cast<float>(static_cast<double>(charge.at_ns - at_ns) / static_cast<double>(kDayNs));
  };
  out[Signal::kUserFrauds] = static_cast<float>(frauds.count);
  out[Signal::kDaysSinceFirstFraud] = frauds.count > 0 ? days(frauds.first_ns) : -1.0F;
  out[Signal::kDaysSinceLastFraud] = frauds.count > 0 ? days(frauds.last_ns) : -1.0F;
}

void SetPlace(const PlaceView& place, Signals& out) {
  constexpr Signal kRows[3] = {Signal::kPlaceRows1, Signal::kPlaceRows7, Signal::kPlaceRows30};
  constexpr Signal kRisks[3] = {Signal::kPlaceRisk1, Signal::kPlaceRisk7, Signal::kPlaceRisk30};
  for (size_t w = 0; w < 3; ++w) {
    out[kRows[w]] = static_cast<float>(place.rows[w]);
    out[kRisks[w]] = static_cast<float>(place.fraud_share[w]);
  }
  out[Signal::kPlaceUnexplained] = static_cast<float>(place.unexplained_28_days);
  out[Signal::kPlaceDaysSinceFirst] = static_cast<float>(place.days_since_first_unexplained);
  out[Signal::kPlaceDaysSinceLast] = static_cast<float>(place.days_since_last_unexplained);
  out[Signal::kPlaceShareSinceFirst] = static_cast<float>(place.share_since_first_unexplained);
  out[Signal::kPlaceRightSinceLast] = static_cast<float>(place.right_after_last_unexplained);
}

}  // namespace

std::string_view SignalName(Signal signal) { return kNames[static_cast<size_t>(signal)]; }

int32_t DayOf(int64_t at_ns) {
  const int64_t day = at_ns / kDayNs;
  return static_cast<int32_t>(at_ns % kDayNs < 0 ? day - 1 : day);
}

std::string PlaceOf(const Charge& charge) {
  if (!charge.terminal.empty()) return "t:" + charge.terminal;
  return charge.merchant.empty() ? std::string() : "m:" + charge.merchant;
}

Signals MakeSignals(const Charge& charge, std::span<const Charge> past, const UserFrauds& frauds,
                    const PlaceView& place, double rule_score) {
  Signals out;
  const Usual usual = UsualOf(charge, past);
  SetAmount(charge, usual, out);
  SetTime(charge, out);
  SetUser(charge, past, usual, out);
  SetFrauds(charge, frauds, out);
  SetPlace(place, out);
  out[Signal::kRuleScore] = static_cast<float>(rule_score);
  return out;
}

bool IsUnexplained(const Signals& signals) {
  const float ratio = signals[Signal::kAmountRatio];
  return ratio >= 0 && ratio < 2;
}

std::string EncodeSignals(const Signals& signals) {
  std::string out;
  out.reserve(kSignals * 8);
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const float value : signals.values) {
    uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    for (int shift = 28; shift >= 0; shift -= 4) out.push_back(kDigits[(bits >> shift) & 15]);
  }
  return out;
}

base::Result<Signals> DecodeSignals(std::string_view text) {
  const auto broken = [] { return base::DataLoss("stored signals of a charge are damaged"); };
  if (text.size() != kSignals * 8) return broken();
  Signals out;
  for (size_t i = 0; i < kSignals; ++i) {
    uint32_t bits = 0;
    const char* begin = text.data() + i * 8;
    const auto [end, error] = std::from_chars(begin, begin + 8, bits, 16);
    if (error != std::errc() || end != begin + 8) return broken();
    std::memcpy(&out.values[i], &bits, sizeof bits);
    if (!std::isfinite(out.values[i])) return broken();
  }
  return out;
}

}  // namespace finance::fraud_detector
