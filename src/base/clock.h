// Time as an interface, so that tests and simulations decide what time it is.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace awry::base {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time, nanoseconds since the Unix epoch.
  virtual int64_t NowUnixNs() const = 0;
  // Never goes back; only differences mean something.
  virtual int64_t MonotonicNs() const = 0;
};

// The machine's clock; lives as long as the program.
const Clock& SystemClock();

// Stands still until it is moved.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(int64_t start_unix_ns) : now_ns_(start_unix_ns) {}
  int64_t NowUnixNs() const override { return now_ns_.load(); }
  int64_t MonotonicNs() const override { return now_ns_.load(); }
  void Advance(std::chrono::nanoseconds by) { now_ns_ += by.count(); }

 private:
  std::atomic<int64_t> now_ns_;
};

}  // namespace awry::base
