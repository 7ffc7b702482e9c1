// Keeps computed patterns for a while, by a key made of the user's id. This is where the article's
// bug lives, as a fault that can be switched on: with it the key holds only the first six bytes of
// the id, so `user123` asks for `patterns:user12` and gets what `user12` (or any other user with the
// same beginning) has left there. Nothing else about the answer is wrong: status 200, a cache hit,
// and the honest owner inside. That is what Awry has to find.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "finance/ledger/user_id.h"
#include "net/redis.h"

namespace finance::spending_analyzer {

namespace base = awry::base;

inline constexpr std::string_view kCacheKeyPrefix = "patterns:";
inline constexpr size_t kFaultyIdBytes = 6;

// "patterns:user123"; with the fault "patterns:user12".
std::string PatternCacheKey(const ledger::UserId& user, bool cut_fault);

// How long patterns over `count` rows may be served: a second for every five rows above a small
// floor, so that a young history is looked at again soon, and at most `ttl_max`.
std::chrono::seconds PatternTtl(int64_t count, std::chrono::seconds ttl_max);

// Thread-safe. Entries are dropped by age alone: a new transaction does not touch them.
class PatternCache {
 public:
  virtual ~PatternCache() = default;
  // Nothing on a miss, and when the cache is away: a cache never fails a request.
  virtual std::optional<std::string> Get(const std::string& key) = 0;
  virtual void Put(const std::string& key, std::string fields, std::chrono::seconds ttl) = 0;
  // Removes every entry; returns how many.
  virtual base::Result<int64_t> Clear() = 0;
};

// In this process, at most `entries_max`; the oldest go first. `clock` must outlive it.
std::unique_ptr<PatternCache> MakeMemoryCache(const base::Clock& clock, size_t entries_max = 100'000);

// In Redis, shared by all replicas.
std::unique_ptr<PatternCache> MakeRedisCache(std::unique_ptr<awry::net::RedisClient> redis);

}  // namespace finance::spending_analyzer
