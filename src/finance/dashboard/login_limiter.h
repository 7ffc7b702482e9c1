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
  int attempts_per_pair_max = 10;   // of one peer for one name, within `window`
  int attempts_per_peer_max = 100;  // several people may share an address
  int attempts_per_name_max = 30;   // from all peers together
  int attempts_max = 300;           // of all peers and names together
  std::chrono::seconds window{600};
  size_t peers_max = 4096;          // and names remembered at once; beyond it new ones share one count
  int checks_at_once_max = 2;       // each takes the memory of a hash
};

// Thread-safe.
class LoginLimiter {
 public:
  // `clock` must outlive the limiter.
  LoginLimiter(const awry::base::Clock& clock, const LoginLimits& limits)
      : clock_(clock), limits_(limits) {}

  // Counts an attempt to get in as `name` before it is checked, so that many at once do not slip
  // through. Returns the seconds to wait when there were too many; otherwise Finish must follow.
  // Whether the name exists makes no difference.
  std::optional<int64_t> Begin(const std::string& peer, const std::string& name);
  // A success takes the name's attempts back, and of the peer's those for this name.
  void Finish(const std::string& peer, const std::string& name, bool success);
  // The second step of a log-in, which knows its name only afterwards: a failure counts, a success
  // takes the name's attempts back.
  void Blame(const std::string& name);
  void Forgive(const std::string& name);

 private:
  struct Count {
    int64_t since_ns = 0;
    int attempts = 0;
  };
  // Starts a new window when the old one is over.
  void Renew(Count& count, int64_t now_ns) const;
  int64_t SecondsLeft(const Count& count, int64_t now_ns) const;
  using Counts = std::map<std::string, Count>;
  void ForgetOld(Counts& counts, int64_t now_ns) const;
  // The count of `key`, made when there is room for it.
  Count& CountOf(Counts& counts, const std::string& key, int64_t now_ns) const;
  // Returns how many attempts that were.
  static int TakeBack(Counts& counts, const std::string& key);

  const awry::base::Clock& clock_;
  const LoginLimits limits_;

  awry::base::Mutex mutex_;
  Counts peers_ GUARDED_BY(mutex_);
  Counts names_ GUARDED_BY(mutex_);
  Counts pairs_ GUARDED_BY(mutex_);
  Count everyone_ GUARDED_BY(mutex_);
  int checks_running_ GUARDED_BY(mutex_) = 0;
};

}  // namespace finance::dashboard
