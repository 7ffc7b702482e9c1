// Which minutes got spans when: what was counted of the others still holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

#include "base/mutex.h"

namespace awry::stats {

// Of the start of a span, in Unix minutes.
inline int64_t MinuteOf(int64_t start_ns) {
  constexpr int64_t kMinuteNs = 60'000'000'000;
  return start_ns / kMinuteNs - (start_ns % kMinuteNs < 0 ? 1 : 0);
}

// Thread-safe.
class ArrivalLog {
 public:
  static constexpr size_t kMinutesMax = 100'000;

  // `generation`: the store's, before anything is noted.
  explicit ArrivalLog(uint64_t generation) : floor_(generation) {}

  // Spans that start in `minutes` were committed; the store's generation is `generation` by now.
  // To be called before the commit is acknowledged.
  void Note(std::span<const int64_t> minutes, uint64_t generation);
  // As RollupOptions::changed.
  uint64_t Changed(int64_t from_ns, int64_t until_ns) const;

 private:
  mutable base::Mutex mutex_;
  std::map<int64_t, uint64_t> newest_ GUARDED_BY(mutex_);  // by minute
  uint64_t floor_ GUARDED_BY(mutex_);                      // of minutes that are not listed
};

}  // namespace awry::stats
