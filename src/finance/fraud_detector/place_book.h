// What is known of each place (a terminal, or a merchant where no terminal is named): rows and
// confirmed frauds by day.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace finance::fraud_detector {

inline constexpr int32_t kPlaceDaysMax = 60;     // days kept of a place, counted back from its newest
inline constexpr size_t kPlacesMax = 1'000'000;  // more are not told apart: they have no history

// Days are days since 1970-01-01, UTC.
struct PlaceView {
  // Over 1, 7 and 30 days that end with the newest day of which labels are known.
  double rows[3] = {};
  double fraud_share[3] = {};
  // Frauds that the amount did not explain: the place itself may be the cause. -1: none known.
  double unexplained_28_days = 0;
  double days_since_first_unexplained = -1;
  double days_since_last_unexplained = -1;
  double share_since_first_unexplained = 0;  // of the rows whose labels are known
  double right_after_last_unexplained = 0;   // rows known to be right, since the last one
  double frauds_30_days = 0;                 // all, explained or not
};

// Used by one thread.
class PlaceBook {
 public:
  void AddRow(std::string_view place, int32_t day);

  // A row of that day was confirmed as fraud (`sign` 1), or this is taken back (-1).
  void AddFraud(std::string_view place, int32_t day, bool unexplained, int sign);

  // What can be said on `day`, by rows before it and by labels for rows up to `known_day`.
  PlaceView View(std::string_view place, int32_t day, int32_t known_day) const;

 private:
  struct Day {
    int32_t day = 0;
    int32_t rows = 0;
    int32_t frauds = 0;
    int32_t unexplained = 0;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  // The day's entry, made when it is new and recent enough.
  Day* At(std::string_view place, int32_t day);

  std::unordered_map<std::string, std::vector<Day>, Hash, std::equal_to<>> places_;
};

}  // namespace finance::fraud_detector
