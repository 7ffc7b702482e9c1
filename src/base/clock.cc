#include "base/clock.h"

namespace awry::base {
namespace {

class RealClock final : public Clock {
 public:
  int64_t NowUnixNs() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  int64_t MonotonicNs() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace

const Clock& SystemClock() {
  static const auto* const clock = new RealClock();  // never destroyed: threads may outlive main
  return *clock;
}

}  // namespace awry::base
