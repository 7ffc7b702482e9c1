#include "finance/dashboard/login_limiter.h"

#include <algorithm>

namespace finance::dashboard {

using awry::base::MutexLock;

namespace {
const std::string kOthers = "";  // no peer has this address

std::string PairOf(const std::string& peer, const std::string& name) { return peer + "\n" + name; }
}  // namespace

void LoginLimiter::Renew(Count& count, int64_t now_ns) const {
  const int64_t window_ns = std::chrono::nanoseconds(limits_.window).count();
  if (count.attempts == 0 || now_ns - count.since_ns >= window_ns) count = {.since_ns = now_ns};
}

int64_t LoginLimiter::SecondsLeft(const Count& count, int64_t now_ns) const {
  const int64_t left_ns =
      count.since_ns + std::chrono::nanoseconds(limits_.window).count() - now_ns;
  return left_ns / 1'000'000'000 + 1;
}

void LoginLimiter::ForgetOld(Counts& counts, int64_t now_ns) const {
  const int64_t window_ns = std::chrono::nanoseconds(limits_.window).count();
  std::erase_if(counts,
                [&](const auto& entry) { return now_ns - entry.second.since_ns >= window_ns; });
}

LoginLimiter::Count& LoginLimiter::CountOf(Counts& counts, const std::string& key,
                                           int64_t now_ns) const {
  if (counts.size() >= limits_.peers_max) ForgetOld(counts, now_ns);
  const bool room = counts.contains(key) || counts.size() < limits_.peers_max;
  Count& count = counts[room ? key : kOthers];
  Renew(count, now_ns);
  return count;
}

std::optional<int64_t> LoginLimiter::Begin(const std::string& peer, const std::string& name) {
  const int64_t now_ns = clock_.MonotonicNs();
  MutexLock lock(mutex_);
  Count& of_peer = CountOf(peers_, peer, now_ns);
  Count& of_name = CountOf(names_, name, now_ns);
  Count& of_pair = CountOf(pairs_, PairOf(peer, name), now_ns);
  Renew(everyone_, now_ns);
  if (of_pair.attempts >= limits_.attempts_per_pair_max) return SecondsLeft(of_pair, now_ns);
  if (of_peer.attempts >= limits_.attempts_per_peer_max) return SecondsLeft(of_peer, now_ns);
  if (of_name.attempts >= limits_.attempts_per_name_max) return SecondsLeft(of_name, now_ns);
  if (everyone_.attempts >= limits_.attempts_max) return SecondsLeft(everyone_, now_ns);
  if (checks_running_ >= limits_.checks_at_once_max) return 1;
  ++of_peer.attempts;
  ++of_name.attempts;
  ++of_pair.attempts;
  ++everyone_.attempts;
  ++checks_running_;
  return std::nullopt;
}

int LoginLimiter::TakeBack(Counts& counts, const std::string& key) {
  const auto found = counts.find(counts.contains(key) ? key : kOthers);
  if (found == counts.end()) return 0;
  const int attempts = found->second.attempts;
  counts.erase(found);
  return attempts;
}

void LoginLimiter::Blame(const std::string& name) {
  const int64_t now_ns = clock_.MonotonicNs();
  MutexLock lock(mutex_);
  ++CountOf(names_, name, now_ns).attempts;
}

void LoginLimiter::Forgive(const std::string& name) {
  MutexLock lock(mutex_);
  TakeBack(names_, name);
}

void LoginLimiter::Finish(const std::string& peer, const std::string& name, bool success) {
  MutexLock lock(mutex_);
  --checks_running_;
  if (!success) return;
  const int attempts = TakeBack(pairs_, PairOf(peer, name));
  everyone_.attempts -= std::min(everyone_.attempts, attempts);
  const auto of_peer = peers_.find(peers_.contains(peer) ? peer : kOthers);
  if (of_peer != peers_.end()) of_peer->second.attempts -= std::min(of_peer->second.attempts, attempts);
  TakeBack(names_, name);
}

}  // namespace finance::dashboard
