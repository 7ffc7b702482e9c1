// Holds work back while what it needs is away, so that a backlog does not burn one failed attempt
// per job.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace finance::jobs {

// After `trip` attempts in a row that found a service away, nothing runs for a pause that doubles up
// to a limit; then one attempt probes. Used under the owner's lock.
class Brake {
 public:
  explicit Brake(unsigned trip) : trip_(trip) {}

  bool MayRun(int64_t now_ns) const { return failures_ < trip_ || (now_ns >= resume_at_ns_ && !probing_); }
  bool on() const { return failures_ >= trip_; }
  // 0 when something runs already and its end decides.
  int64_t resume_at_ns() const { return probing_ ? 0 : resume_at_ns_; }

  void Begin() {
    if (on()) probing_ = true;
  }
  void End(bool away, int64_t now_ns) {
    probing_ = false;
    if (!away) {
      failures_ = 0;
      pause_ns_ = kPauseFirstNs;
      return;
    }
    if (++failures_ < trip_) return;
    resume_at_ns_ = now_ns + pause_ns_;
    pause_ns_ = std::min(2 * pause_ns_, kPauseMaxNs);
  }

 private:
  static constexpr int64_t kPauseFirstNs = 200'000'000;
  static constexpr int64_t kPauseMaxNs = 5'000'000'000;
  const unsigned trip_;
  unsigned failures_ = 0;
  int64_t pause_ns_ = kPauseFirstNs;
  int64_t resume_at_ns_ = 0;
  bool probing_ = false;
};

}  // namespace finance::jobs
