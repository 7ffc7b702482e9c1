#include "awry/stats/arrival_log.h"

#include <algorithm>

namespace awry::stats {

void ArrivalLog::Note(std::span<const int64_t> minutes, uint64_t generation) {
  const base::MutexLock lock(mutex_);
  for (const int64_t minute : minutes) {
    uint64_t& newest = newest_[minute];
    newest = std::max(newest, generation);
  }
  if (newest_.size() <= kMinutesMax) return;
  for (const auto& [minute, of_minute] : newest_) floor_ = std::max(floor_, of_minute);
  newest_.clear();
}

uint64_t ArrivalLog::Changed(int64_t from_ns, int64_t until_ns) const {
  const base::MutexLock lock(mutex_);
  uint64_t newest = floor_;
  for (auto at = newest_.lower_bound(MinuteOf(from_ns));
       at != newest_.end() && at->first <= MinuteOf(until_ns); ++at) {
    newest = std::max(newest, at->second);
  }
  return newest;
}

}  // namespace awry::stats
