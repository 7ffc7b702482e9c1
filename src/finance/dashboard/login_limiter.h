// Slows down whoever tries passwords.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"

namespace finance::dashboard {

struct LoginLimits {
  int attempts_per_peer_max = 10;  // within `window`
  int attempts_max = 100;          // of all peers together
  std::chrono::seconds window{600};
  size_t peers_max = 4096;     // remembered at once; beyond it a new peer shares one count
  int checks_at_once_max = 2;  // each takes the memory of a hash
};

// Thread-safe.
class LoginLimiter {
 public:
  // `clock` must outlive the limiter.
  LoginLimiter(const awry::base::Clock& clock, const LoginLimits& limits)
      : clock_(clock), limits_(limits) {}

  // Counts an attempt before it is checked, so that many at once do not slip through. Returns the
  // seconds to wait when there were too many; otherwise Finish must follow.
  std::optional<int64_t> Begin(const std::string& peer);
  // A success takes the peer's attempts back.
  void Finish(const std::string& peer, bool success);

 private:
  struct Count {
    int64_t since_ns = 0;
    int attempts = 0;
  };
  // Starts a new window when the old one is over.
  void Renew(Count& count, int64_t now_ns) const;
  int64_t SecondsLeft(const Count& count, int64_t now_ns) const;
  void ForgetOldPeers(int64_t now_ns) REQUIRES(mutex_);
  const std::string& KeyOf(const std::string& peer) REQUIRES(mutex_);

  const awry::base::Clock& clock_;
  const LoginLimits limits_;

  awry::base::Mutex mutex_;
  std::map<std::string, Count> peers_ GUARDED_BY(mutex_);
  Count everyone_ GUARDED_BY(mutex_);
  int checks_running_ GUARDED_BY(mutex_) = 0;
};

}  // namespace finance::dashboard
