// What makes a charge suspicious: rules over the user's own past, each with a reason in words.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace finance::fraud_detector {

struct Charge {
  std::string merchant;  // folded; "" when unknown
  std::string terminal;  // "" when unknown
  std::string currency;
  int64_t amount_minor = 0;  // our sign
  int64_t at_ns = 0;         // Unix time; noon UTC when only the day is known
  bool day_only = false;     // the time of day is unknown
};

// What confirmed frauds say about the places of a charge.
struct PlaceRisk {
  int64_t merchant_frauds = 0;  // confirmed in the 30 days before the charge, any user's
  int64_t terminal_frauds = 0;
};

struct Reason {
  std::string code;     // "amount_outlier", "velocity", "duplicate", "card_testing", "foreign", "dormant", "time_of_day", "terminal_risk", "merchant_risk"
  std::string message;  // for people
  double weight = 0;    // 0…1: the score if this were the only reason
};

struct Assessment {
  double score = 0;  // 0…1
  bool suspicious = false;
  std::vector<Reason> reasons;  // heaviest first
};

inline constexpr size_t kOutlierRowsMin = 8;
inline constexpr double kSuspiciousScore = 0.5;

// Judges `charge` by `past`: the user's earlier charges, oldest first, without confirmed frauds. Rows
// at or after the charge's time other than those before it in arrival do not belong into `past`.
Assessment Assess(const Charge& charge, std::span<const Charge> past, const PlaceRisk& risk);

}  // namespace finance::fraud_detector
