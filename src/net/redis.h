// A Redis client for what the services need: a cache.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace awry::net {

// OnEnd follows every OnStart on the same thread. `command` is the name alone ("GET"): values may be private.
class RedisObserver {
 public:
  virtual ~RedisObserver() = default;
  virtual void* OnStart(std::string_view command, const std::string& host, uint16_t port) = 0;
  virtual void OnEnd(void* state, const base::Status& status) = 0;
};

struct RedisOptions {
  std::chrono::milliseconds timeout{500};
  RedisObserver* observer = nullptr;  // must outlive the client
};

// Thread-safe; reconnects by itself. kUnavailable while the server is away.
class RedisClient {
 public:
  // "redis://[:password@]host:port[/db]". Does not connect yet.
  static base::Result<std::unique_ptr<RedisClient>> Create(const std::string& url,
                                                           const RedisOptions& options = {});
  virtual ~RedisClient() = default;
  virtual base::Result<std::optional<std::string>> Get(std::string_view key) = 0;
  virtual base::Status Set(std::string_view key, std::string_view value, std::chrono::seconds ttl) = 0;
  virtual base::Status Delete(std::string_view key) = 0;
  // Deletes the keys that begin with `prefix` (SCAN, not KEYS); returns how many.
  virtual base::Result<int64_t> DeletePrefix(std::string_view prefix) = 0;
};

}  // namespace awry::net
