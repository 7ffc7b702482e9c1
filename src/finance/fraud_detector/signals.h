// The numbers by which a charge is judged: the fifteen of the Handbook's baseline
// (BaselineFeatureTransformation) and signals of our own. All are made when the charge arrives, from
// earlier rows and from labels known by then, and kept with it: what is learned later cannot change them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "finance/fraud_detector/place_book.h"
#include "finance/fraud_detector/rules.h"

namespace finance::fraud_detector {

namespace base = awry::base;

enum class Signal : uint8_t {
  kAmount,  // major units
  kWeekend,
  kNight,
  kUserRows1,  // of the user in 1, 7, 30 days, the charge included
  kUserRows7,
  kUserRows30,
  kUserMean1,  // mean amount of these
  kUserMean7,
  kUserMean30,
  kPlaceRows1,  // at the place, over days whose labels are known
  kPlaceRows7,
  kPlaceRows30,
  kPlaceRisk1,
  kPlaceRisk7,
  kPlaceRisk30,
  kAmountRatio,      // to the user's median; -1 when fewer than three rows are known
  kAmountDeviation,  // robust deviations of the amount from that median
  kAmountOfMax,      // to the highest amount of the user so far
  kLargeRows14,      // earlier rows over three medians in 14 days
  kLargeShare14,     // their share
  kDaysSinceLarge,
  kUserHistory,      // rows known of the user, at most 500
  kUserFrauds,       // confirmed of the user in 60 days
  kDaysSinceFirstFraud,
  kDaysSinceLastFraud,
  kPlaceUnexplained,
  kPlaceDaysSinceFirst,
  kPlaceDaysSinceLast,
  kPlaceShareSinceFirst,
  kPlaceRightSinceLast,
  kNewPlace,      // 1: the user's first row there
  kHoursSinceLast,
  kHourRows,      // rows of the user within an hour before
  kRuleScore,     // what the rules say
  kCount
};
inline constexpr size_t kSignals = static_cast<size_t>(Signal::kCount);

// Value type.
struct Signals {
  std::array<float, kSignals> values{};
  float& operator[](Signal signal) { return values[static_cast<size_t>(signal)]; }
  float operator[](Signal signal) const { return values[static_cast<size_t>(signal)]; }
};

// "amount", "user_rows_7d", …
std::string_view SignalName(Signal signal);

// Times of the user's confirmed frauds that are known when the charge arrives.
struct UserFrauds {
  int count = 0;
  int64_t first_ns = 0;  // of those within 60 days before the charge
  int64_t last_ns = 0;
};

// `past` as for Assess; `rule_score` is what Assess made of it.
Signals MakeSignals(const Charge& charge, std::span<const Charge> past, const UserFrauds& frauds,
                    const PlaceView& place, double rule_score);

// A fraud whose amount was usual for its user: the place is the likelier cause.
bool IsUnexplained(const Signals& signals);

// The place that counts: the terminal, else the merchant; "" when neither is known.
std::string PlaceOf(const Charge& charge);

// Days since 1970-01-01, rounded down.
int32_t DayOf(int64_t at_ns);

// As text of 8 hexadecimal digits each. Decode gives kDataLoss on anything else.
std::string EncodeSignals(const Signals& signals);
base::Result<Signals> DecodeSignals(std::string_view text);

}  // namespace finance::fraud_detector
