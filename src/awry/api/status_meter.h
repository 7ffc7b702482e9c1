// How fast spans come in, from the store's growing totals.
#pragma once

#include <cstdint>
#include <deque>

#include "base/clock.h"
#include "base/mutex.h"

namespace awry::api {

// Thread-safe.
class StatusMeter {
 public:
  struct Rates {
    double spans_per_second = 0;
    double traces_per_minute = 0;
  };

  // `clock` must outlive this.
  explicit StatusMeter(const base::Clock& clock) : clock_(clock) {}

  // Notes the totals ever received and returns the rates over the last minute, or since the newest
  // look before that. 0 at the first look.
  Rates Note(uint64_t spans, uint64_t traces);

 private:
  struct Sample {
    int64_t at_ns;
    uint64_t spans;
    uint64_t traces;
  };
  const base::Clock& clock_;
  base::Mutex mutex_;
  std::deque<Sample> samples_ GUARDED_BY(mutex_);
};

}  // namespace awry::api
