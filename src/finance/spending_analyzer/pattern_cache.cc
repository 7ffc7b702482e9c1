#include "finance/spending_analyzer/pattern_cache.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace finance::spending_analyzer {
namespace {

using std::chrono::seconds;

class MemoryCache final : public PatternCache {
 public:
  MemoryCache(const base::Clock& clock, size_t entries_max) : clock_(clock), entries_max_(entries_max) {}

  std::optional<std::string> Get(const std::string& key) override {
    const int64_t now = clock_.MonotonicNs();
    base::MutexLock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.until_ns <= now) return std::nullopt;
    return found->second.fields;
  }

  void Put(const std::string& key, std::string fields, seconds ttl) override {
    const int64_t until = clock_.MonotonicNs() + std::chrono::nanoseconds(ttl).count();
    base::MutexLock lock(mutex_);
    const auto [entry, added] = entries_.insert_or_assign(key, Entry{std::move(fields), until});
    if (added) order_.push_back(entry->first);
    while (entries_.size() > entries_max_) {
      entries_.erase(order_.front());
      order_.pop_front();
    }
  }

  base::Result<int64_t> Clear() override {
    const int64_t now = clock_.MonotonicNs();
    base::MutexLock lock(mutex_);
    const auto living = std::count_if(entries_.begin(), entries_.end(),
                                      [&](const auto& entry) { return entry.second.until_ns > now; });
    entries_.clear();
    order_.clear();
    return static_cast<int64_t>(living);
  }

 private:
  struct Entry {
    std::string fields;
    int64_t until_ns;
  };
  const base::Clock& clock_;
  const size_t entries_max_;
  base::Mutex mutex_;
  std::unordered_map<std::string, Entry> entries_ GUARDED_BY(mutex_);
  std::deque<std::string> order_ GUARDED_BY(mutex_);  // keys as they came; each once
};

class RedisCache final : public PatternCache {
 public:
  explicit RedisCache(std::unique_ptr<awry::net::RedisClient> redis) : redis_(std::move(redis)) {}

  std::optional<std::string> Get(const std::string& key) override {
    auto found = redis_->Get(key);
    Note(found.status());
    return found.ok() ? std::move(*found) : std::nullopt;
  }
  void Put(const std::string& key, std::string fields, seconds ttl) override { Note(redis_->Set(key, fields, ttl)); }
  base::Result<int64_t> Clear() override { return redis_->DeletePrefix(kCacheKeyPrefix); }

 private:
  // One line when the cache goes away, one when it is back.
  void Note(const base::Status& status) {
    if (status.ok() == !away_.exchange(!status.ok())) return;
    if (status.ok()) {
      base::LogInfo("Redis answers again");
    } else {
      base::LogWarning("Redis does not answer, patterns are computed each time: {}", status.ToString());
    }
  }
  const std::unique_ptr<awry::net::RedisClient> redis_;
  std::atomic<bool> away_{false};
};

constexpr seconds kEmptyTtl{1};
constexpr int64_t kFloorSeconds = 2;
constexpr int64_t kRowsPerSecond = 5;

}  // namespace

std::string PatternCacheKey(const ledger::UserId& user, bool cut_fault) {
  std::string key(kCacheKeyPrefix);
  key += cut_fault ? std::string_view(user.str()).substr(0, kFaultyIdBytes) : std::string_view(user.str());
  return key;
}

seconds PatternTtl(int64_t count, seconds ttl_max) {
  if (count == 0) return std::min(kEmptyTtl, ttl_max);
  return std::min(seconds(kFloorSeconds + count / kRowsPerSecond), ttl_max);
}

std::unique_ptr<PatternCache> MakeMemoryCache(const base::Clock& clock, size_t entries_max) {
  return std::make_unique<MemoryCache>(clock, entries_max);
}

std::unique_ptr<PatternCache> MakeRedisCache(std::unique_ptr<awry::net::RedisClient> redis) {
  return std::make_unique<RedisCache>(std::move(redis));
}

}  // namespace finance::spending_analyzer
