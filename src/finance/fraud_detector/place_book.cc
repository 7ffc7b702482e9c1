#include "finance/fraud_detector/place_book.h"

#include <algorithm>

namespace finance::fraud_detector {

PlaceBook::Day* PlaceBook::At(std::string_view place, int32_t day) {
  auto found = places_.find(place);
  if (found == places_.end()) {
    if (places_.size() >= kPlacesMax) return nullptr;
    found = places_.emplace(std::string(place), std::vector<Day>()).first;
  }
  std::vector<Day>& days = found->second;
  const auto at = std::lower_bound(days.begin(), days.end(), day,
                                   [](const Day& known, int32_t wanted) { return known.day < wanted; });
  if (at != days.end() && at->day == day) return &*at;
  if (!days.empty() && day <= days.back().day - kPlaceDaysMax) return nullptr;
  Day* const made = &*days.insert(at, Day{.day = day});
  if (days.front().day > days.back().day - kPlaceDaysMax) return made;
  const int32_t oldest = days.back().day - kPlaceDaysMax;
  days.erase(days.begin(), std::find_if(days.begin(), days.end(),
                                        [&](const Day& known) { return known.day > oldest; }));
  return At(place, day);
}

void PlaceBook::AddRow(std::string_view place, int32_t day) {
  if (place.empty()) return;
  if (Day* at = At(place, day)) ++at->rows;
}

void PlaceBook::AddFraud(std::string_view place, int32_t day, bool unexplained, int sign) {
  if (place.empty()) return;
  Day* at = At(place, day);
  if (at == nullptr) return;
  at->frauds = std::max(0, at->frauds + sign);
  if (unexplained) at->unexplained = std::max(0, at->unexplained + sign);
}

PlaceView PlaceBook::View(std::string_view place, int32_t day, int32_t known_day) const {
  PlaceView view;
  const auto found = places_.find(place);
  if (place.empty() || found == places_.end()) return view;
  constexpr int32_t kWindows[3] = {1, 7, 30};
  constexpr int32_t kRunDays = 45;
  double frauds[3] = {};
  double known_since_first = 0;
  double unexplained_since_first = 0;
  for (const Day& entry : found->second) {
    if (entry.day > known_day || entry.day > day) break;
    for (size_t w = 0; w < 3; ++w) {
      if (entry.day <= known_day - kWindows[w]) continue;
      view.rows[w] += entry.rows;
      frauds[w] += entry.frauds;
    }
    if (entry.day > day - 30) view.frauds_30_days += entry.frauds;
    if (entry.day <= day - kRunDays) continue;
    if (entry.unexplained > 0) {
      if (view.days_since_first_unexplained < 0) view.days_since_first_unexplained = day - entry.day;
      view.days_since_last_unexplained = day - entry.day;
      view.right_after_last_unexplained = 0;
      if (entry.day > day - 28) view.unexplained_28_days += entry.unexplained;
    } else if (view.days_since_last_unexplained >= 0) {
      view.right_after_last_unexplained += entry.rows - entry.frauds;
    }
    if (view.days_since_first_unexplained >= 0) {
      known_since_first += entry.rows;
      unexplained_since_first += entry.unexplained;
    }
  }
  for (size_t w = 0; w < 3; ++w) {
    view.fraud_share[w] = view.rows[w] > 0 ? frauds[w] / view.rows[w] : 0;
  }
  if (known_since_first > 0) {
    view.share_since_first_unexplained = unexplained_since_first / known_since_first;
  }
  return view;
}

}  // namespace finance::fraud_detector
