#include "finance/dashboard/login_limiter.h"

namespace finance::dashboard {

using awry::base::MutexLock;

namespace {
const std::string kOthers = "";  // no peer has this address
}

void LoginLimiter::Renew(Count& count, int64_t now_ns) const {
  const int64_t window_ns = std::chrono::nanoseconds(limits_.window).count();
  if (count.attempts == 0 || now_ns - count.since_ns >= window_ns) count = {.since_ns = now_ns};
}

int64_t LoginLimiter::SecondsLeft(const Count& count, int64_t now_ns) const {
  const int64_t left_ns =
      count.since_ns + std::chrono::nanoseconds(limits_.window).count() - now_ns;
  return left_ns / 1'000'000'000 + 1;
}

void LoginLimiter::ForgetOldPeers(int64_t now_ns) {
  const int64_t window_ns = std::chrono::nanoseconds(limits_.window).count();
  std::erase_if(peers_,
                [&](const auto& entry) { return now_ns - entry.second.since_ns >= window_ns; });
}

const std::string& LoginLimiter::KeyOf(const std::string& peer) {
  return peers_.contains(peer) || peers_.size() < limits_.peers_max ? peer : kOthers;
}

std::optional<int64_t> LoginLimiter::Begin(const std::string& peer) {
  const int64_t now_ns = clock_.MonotonicNs();
  MutexLock lock(mutex_);
  if (peers_.size() >= limits_.peers_max) ForgetOldPeers(now_ns);
  Count& count = peers_[KeyOf(peer)];
  Renew(count, now_ns);
  Renew(everyone_, now_ns);
  if (count.attempts >= limits_.attempts_per_peer_max) return SecondsLeft(count, now_ns);
  if (everyone_.attempts >= limits_.attempts_max) return SecondsLeft(everyone_, now_ns);
  if (checks_running_ >= limits_.checks_at_once_max) return 1;
  ++count.attempts;
  ++everyone_.attempts;
  ++checks_running_;
  return std::nullopt;
}

void LoginLimiter::Finish(const std::string& peer, bool success) {
  MutexLock lock(mutex_);
  --checks_running_;
  if (!success) return;
  const auto found = peers_.find(KeyOf(peer));
  if (found == peers_.end()) return;
  everyone_.attempts -= std::min(everyone_.attempts, found->second.attempts);
  peers_.erase(found);
}

}  // namespace finance::dashboard
