// Each rule gives at most one reason. Reasons are taken as independent: the score is the chance that
// at least one of them is right.
#include "finance/fraud_detector/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "finance/ledger/money.h"

namespace finance::fraud_detector {
namespace {

constexpr int64_t kHourNs = 3'600'000'000'000;
constexpr int64_t kDayNs = 24 * kHourNs;
constexpr double kMadToDeviation = 1.4826;  // of a normal distribution
constexpr double kDeviationMin = 0.1;       // of log amount: prices move by a tenth for no reason
constexpr double kMerchantLimit = 3.5;
constexpr double kUserLimit = 4.5;
constexpr double kTailLimit = 1e-4;

bool SameDirection(const Charge& a, const Charge& b) {
  return (a.amount_minor < 0) == (b.amount_minor < 0) && a.currency == b.currency;
}

double LogAmount(const Charge& charge) { return std::log(std::max(1.0, std::abs(static_cast<double>(charge.amount_minor)))); }

double Median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// How many deviations `value` lies above the median.
double RobustZ(double value, std::vector<double> values) {
  const double median = Median(values);
  for (double& v : values) v = std::abs(v - median);
  return (value - median) / std::max(kMadToDeviation * Median(values), kDeviationMin);
}

std::optional<Reason> OutlierIn(const Charge& charge, const std::vector<double>& amounts, double limit,
                                std::string_view whose) {
  if (amounts.size() < kOutlierRowsMin) return std::nullopt;
  const double z = RobustZ(LogAmount(charge), amounts);
  if (z <= limit) return std::nullopt;
  std::vector<double> copy = amounts;
  const double times = std::exp(LogAmount(charge) - Median(copy));
  return Reason{"amount_outlier",
                fmt::format("{:.1f} times the usual amount {} (over {} charges)", times, whose, amounts.size()),
                std::min(0.95, 0.5 + (z - limit) / 12)};
}

std::optional<Reason> AmountOutlier(const Charge& charge, std::span<const Charge> past) {
  std::vector<double> here, everywhere;
  for (const Charge& earlier : past) {
    if (!SameDirection(charge, earlier)) continue;
    everywhere.push_back(LogAmount(earlier));
    if (!charge.merchant.empty() && earlier.merchant == charge.merchant) here.push_back(LogAmount(earlier));
  }
  if (here.size() >= kOutlierRowsMin) return OutlierIn(charge, here, kMerchantLimit, "at this merchant");
  return OutlierIn(charge, everywhere, kUserLimit, "of this user");
}

// P(X >= n) for a negative binomial variable: counts of a mean whose variance is `dispersion` (over 1) times as large.
double CountTail(int64_t n, double mean, double dispersion) {
  const double shape = mean / (dispersion - 1);
  double term = std::pow(1 / dispersion, shape);
  double below = 0;
  for (int64_t k = 0; k < n; ++k) {
    below += term;
    term *= (static_cast<double>(k) + shape) / static_cast<double>(k + 1) * (1 - 1 / dispersion);
  }
  return std::max(0.0, 1 - below);
}

// Purchases come in trips, so that their counts vary more than a Poisson variable's: by how much, in windows of this length
// before `until_ns`. A person with little past is taken for a usual one.
double DispersionOf(std::span<const Charge> past, int64_t window_ns, int64_t until_ns, double mean) {
  constexpr double kUsual = 1.5, kUsualWindows = 30, kLeast = 1.05;
  const int64_t begin = past.front().at_ns;
  double squares = 0, windows = static_cast<double>(std::max<int64_t>((until_ns - begin) / window_ns, 1));
  for (size_t i = 0; i < past.size() && past[i].at_ns < until_ns;) {
    const int64_t window = (past[i].at_ns - begin) / window_ns;
    double count = 0;
    for (; i < past.size() && past[i].at_ns < until_ns && (past[i].at_ns - begin) / window_ns == window; ++i) ++count;
    squares += count * count;
  }
  const double own = std::max(squares / windows - mean * mean, 0.0) / mean;
  return std::max((own * windows + kUsual * kUsualWindows) / (windows + kUsualWindows), kLeast);
}

std::optional<Reason> Velocity(const Charge& charge, std::span<const Charge> past) {
  if (past.empty()) return std::nullopt;
  const int64_t window = charge.day_only ? kDayNs : kHourNs;
  int64_t recent = 1;
  for (const Charge& earlier : past) {
    if (earlier.at_ns > charge.at_ns - window && SameDirection(charge, earlier) && earlier.day_only == charge.day_only) ++recent;
  }
  constexpr int64_t kAtLeast = 4;
  if (recent < kAtLeast) return std::nullopt;
  // The user's own rate before the window; a week at least, so that a new user is not all burst.
  const int64_t begin = past.front().at_ns;
  const double span = static_cast<double>(std::max(charge.at_ns - window - begin, 7 * kDayNs));
  const auto before = static_cast<double>(static_cast<int64_t>(past.size()) - (recent - 1));
  const double mean = std::max(0.05, before * static_cast<double>(window) / span);
  const double dispersion = DispersionOf(past, window, charge.at_ns - window, mean);
  const double tail = CountTail(recent, mean, dispersion);
  if (tail >= kTailLimit) return std::nullopt;
  // Rows of a day come at once, and one case shows them all: what follows the one that was too many is a hint alone.
  const bool told_before = charge.day_only && recent > kAtLeast && CountTail(recent - 1, mean, dispersion) < kTailLimit;
  const double weight = std::min(0.9, 0.5 + 0.05 * (-std::log10(std::max(tail, 1e-12)) - 4));
  return Reason{"velocity",
                fmt::format("{} charges within {}, usually {:.1f}", recent, charge.day_only ? "a day" : "an hour", mean),
                told_before ? 0.3 : weight};
}

std::optional<Reason> Duplicate(const Charge& charge, std::span<const Charge> past) {
  if (charge.merchant.empty()) return std::nullopt;
  for (auto earlier = past.rbegin(); earlier != past.rend(); ++earlier) {
    const int64_t gap = charge.at_ns - earlier->at_ns;
    if (gap > kDayNs) break;
    const bool same = earlier->merchant == charge.merchant && earlier->amount_minor == charge.amount_minor &&
                      earlier->currency == charge.currency;
    if (!same) continue;
    const bool exact = !charge.day_only && !earlier->day_only;
    // Two equal coffees a day are common: without a time of day it is a hint, no more.
    if (!exact) return Reason{"duplicate", "the same merchant and amount on one day", gap == 0 ? 0.4 : 0.2};
    const double minutes = static_cast<double>(gap) / 60e9;
    return Reason{"duplicate", fmt::format("the same merchant and amount {:.0f} minutes before", minutes),
                  minutes <= 10 ? 0.8 : 0.55};
  }
  return std::nullopt;
}

// A count of the currency's whole units; two digits where the currency is unknown.
int64_t Units(const Charge& charge, int64_t units) {
  const auto currency = ledger::Currency::Parse(charge.currency);
  int64_t minor = units;
  for (int i = currency.ok() ? currency->exponent() : 2; i > 0; --i) minor *= 10;
  return minor;
}

bool IsSmall(const Charge& charge) { return charge.amount_minor < 0 && charge.amount_minor > -Units(charge, 5); }

// Deviations above the median from which on a charge is more than this user usually pays.
constexpr double kMoreThanUsual = 2;

bool IsMoreThanUsual(const Charge& charge, std::span<const Charge> past) {
  std::vector<double> amounts;
  for (const Charge& earlier : past) {
    if (SameDirection(charge, earlier)) amounts.push_back(LogAmount(earlier));
  }
  return amounts.size() >= kOutlierRowsMin && RobustZ(LogAmount(charge), std::move(amounts)) > kMoreThanUsual;
}

bool WasHere(const Charge& charge, std::span<const Charge> past) {
  return std::any_of(past.begin(), past.end(), [&](const Charge& earlier) { return earlier.merchant == charge.merchant; });
}

// Who has a stolen card tries it with small sums at shops that its owner does not know.
std::optional<Reason> CardTesting(const Charge& charge, std::span<const Charge> past) {
  constexpr int64_t kSmallOnes = 3, kNewPlaces = 2, kTimes = 20;
  if (charge.merchant.empty() || charge.amount_minor >= 0 || past.size() < kOutlierRowsMin) return std::nullopt;
  const auto since = [&](int64_t window_ns) {
    const auto first = std::find_if(past.begin(), past.end(), [&](const Charge& earlier) { return earlier.at_ns > charge.at_ns - window_ns; });
    return static_cast<size_t>(first - past.begin());
  };
  const std::span<const Charge> before_hour = past.first(since(kHourNs)), hour = past.subspan(before_hour.size());
  std::vector<double> usual;
  for (const Charge& earlier : before_hour) {
    if (earlier.amount_minor < 0) usual.push_back(LogAmount(earlier));
  }
  const bool small_is_unusual = usual.size() >= kOutlierRowsMin && Median(usual) > std::log(static_cast<double>(Units(charge, 10)));
  if (IsSmall(charge) && !charge.day_only && small_is_unusual) {
    int64_t small = 1, fresh = WasHere(charge, before_hour) ? 0 : 1;
    for (const Charge& earlier : hour) {
      if (earlier.day_only || !IsSmall(earlier)) continue;
      ++small;
      fresh += WasHere(earlier, before_hour) ? 0 : 1;
    }
    if (small >= kSmallOnes && fresh >= kNewPlaces) {
      return Reason{"card_testing", fmt::format("{} small charges within an hour, most at new places", small), 0.6};
    }
  }
  // Which of two rows of one day came first nobody knows, and most people go back to a place that they liked.
  if (charge.day_only || charge.amount_minor > -Units(charge, 50)) return std::nullopt;
  const std::span<const Charge> recent = past.subspan(since(2 * kDayNs)), older = past.first(past.size() - recent.size());
  const bool small_first = !WasHere(charge, older) && std::any_of(recent.begin(), recent.end(), [&](const Charge& earlier) {
    return earlier.merchant == charge.merchant && IsSmall(earlier) && earlier.amount_minor * kTimes >= charge.amount_minor;
  });
  if (!small_first || !IsMoreThanUsual(charge, older)) return std::nullopt;
  return Reason{"card_testing", "a small first charge at this new place, then a large one", 0.55};
}

// Hints that alone open no case.
std::optional<Reason> NewCurrency(const Charge& charge, std::span<const Charge> past) {
  constexpr size_t kRowsMin = 20;
  if (past.size() < kRowsMin || charge.amount_minor >= 0) return std::nullopt;
  const bool known = std::any_of(past.begin(), past.end(), [&](const Charge& earlier) { return earlier.currency == charge.currency; });
  if (known) return std::nullopt;
  return Reason{"foreign", "the first charge in this currency", 0.25};
}

std::optional<Reason> Dormant(const Charge& charge, std::span<const Charge> past) {
  constexpr int64_t kDays = 90;
  if (past.size() < kOutlierRowsMin || charge.amount_minor >= 0) return std::nullopt;
  const int64_t days = (charge.at_ns - past.back().at_ns) / kDayNs;
  if (days < kDays) return std::nullopt;
  return Reason{"dormant", fmt::format("no charge in the {} days before", days), 0.3};
}

// The share of the user's charges within an hour and a half of this time of day.
std::optional<Reason> UnusualHour(const Charge& charge, std::span<const Charge> past) {
  constexpr int64_t kNear = 3 * kHourNs / 2;
  constexpr double kRowsMin = 60, kShare = 0.01;
  if (charge.day_only || charge.amount_minor >= 0) return std::nullopt;
  double timed = 0, near = 0;
  for (const Charge& earlier : past) {
    if (earlier.day_only) continue;
    ++timed;
    const int64_t apart = std::abs(earlier.at_ns % kDayNs - charge.at_ns % kDayNs);
    near += std::min(apart, kDayNs - apart) <= kNear ? 1 : 0;
  }
  if (timed < kRowsMin || (near + 0.125) / (timed + 1) >= kShare) return std::nullopt;
  return Reason{"time_of_day", "an hour at which this user hardly ever pays", 0.2};
}

std::optional<Reason> RiskOf(std::string_view what, int64_t frauds) {
  if (frauds == 0) return std::nullopt;
  return Reason{fmt::format("{}_risk", what),
                fmt::format("{} confirmed frauds at this {} within 30 days", frauds, what),
                std::min(0.9, 0.4 + 0.1 * static_cast<double>(frauds))};
}

}  // namespace

Assessment Assess(const Charge& charge, std::span<const Charge> past, const PlaceRisk& risk) {
  Assessment assessment;
  double innocent = 1;
  for (std::optional<Reason> reason :
       {AmountOutlier(charge, past), Velocity(charge, past), Duplicate(charge, past), CardTesting(charge, past),
        NewCurrency(charge, past), Dormant(charge, past), UnusualHour(charge, past),
        RiskOf("terminal", risk.terminal_frauds), RiskOf("merchant", risk.merchant_frauds)}) {
    if (!reason) continue;
    innocent *= 1 - reason->weight;
    assessment.reasons.push_back(std::move(*reason));
  }
  std::stable_sort(assessment.reasons.begin(), assessment.reasons.end(),
                   [](const Reason& a, const Reason& b) { return a.weight > b.weight; });
  assessment.score = 1 - innocent;
  assessment.suspicious = assessment.score >= kSuspiciousScore;
  return assessment;
}

}  // namespace finance::fraud_detector
