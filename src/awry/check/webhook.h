// Tells an address of violations and findings: a durable outbox, signed, tried again until it works.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "sql/database.h"

namespace awry::check {

// Sends one request. Thread-safe.
class WebhookTransport {
 public:
  virtual ~WebhookTransport() = default;
  struct Header {
    std::string name;
    std::string value;
  };
  // The HTTP status; kUnavailable, kDeadlineExceeded or kCancelled when there was no answer. Never
  // follows a redirect.
  virtual base::Result<int> Post(const std::vector<Header>& headers, const std::string& body) = 0;
  // Ends a Post that is running.
  virtual void Cancel() = 0;
};

// `url` is http or https with a host, without user and password. kInvalidArgument.
base::Result<std::unique_ptr<WebhookTransport>> MakeWebhookTransport(const std::string& url);
// "hooks.example.com:8443": what may be shown and logged; the path may hold a secret.
base::Result<std::string> WebhookHost(const std::string& url);

struct WebhookOptions {
  std::string host;    // for people
  std::string secret;  // "": not signed
  std::chrono::milliseconds first_delay{2'000};  // after the first failure; doubles, ± half by chance
  std::chrono::milliseconds longest_delay{3'600'000};
  int attempts_max = 14;      // then it is a dead letter
  std::chrono::seconds age_max{86'400};  // or when an attempt fails this long after it was made
  size_t pending_max = 1'000;  // deliveries; beyond it the oldest becomes a dead letter
  size_t dead_max = 100;      // kept to be looked at, the newest
  const base::Clock* clock = &base::SystemClock();
  bool background = true;  // false: only DeliverDue sends
};

struct WebhookCounts {
  uint64_t pending = 0;
  uint64_t delivered = 0;  // since the start
  uint64_t failed = 0;     // attempts, since the start
  uint64_t dead = 0;       // kept
  uint64_t died = 0;       // since the start
};

// Thread-safe.
class Webhook {
 public:
  // `database` (with a ledger's tables) must outlive this.
  Webhook(sql::Database& database, std::unique_ptr<WebhookTransport> transport,
          const WebhookOptions& options);
  ~Webhook();

  // Puts a delivery with these JSON objects into the outbox; durable on return.
  base::Status Enqueue(const std::vector<std::string>& events);
  // Sends what is due, until nothing is or the address seems to be away. Returns how many were delivered.
  base::Result<size_t> DeliverDue();
  WebhookCounts counts();
  const std::string& host() const { return options_.host; }

 private:
  void Run(const std::stop_token& stop);
  base::Result<int64_t> NextDueNs();
  struct Attempt {
    int64_t id;
    int64_t number;  // from 1
    int64_t made_ns;
  };
  base::Result<int> Send(const std::string& delivery, int64_t attempt, const std::string& body);
  base::Status Failed(const Attempt& attempt, bool away, const std::string& problem);
  int64_t DelayNs(int64_t failures) const;
  base::Status Bound(sql::Connection& db);

  sql::Database& database_;
  const std::unique_ptr<WebhookTransport> transport_;
  const WebhookOptions options_;
  std::atomic<uint64_t> delivered_{0};
  std::atomic<uint64_t> failed_{0};
  std::atomic<uint64_t> died_{0};
  std::atomic<int64_t> failures_{0};  // in a row, of the address
  base::Mutex sending_;  // one delivery at a time; taken before mutex_
  base::Mutex mutex_;
  base::CondVar wake_;
  bool woken_ GUARDED_BY(mutex_) = false;
  std::jthread thread_;  // last: stops before the rest goes
};

}  // namespace awry::check
