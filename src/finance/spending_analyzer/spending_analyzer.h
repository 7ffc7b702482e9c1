// The Spending Analyzer: patterns for the model, monthly statistics, recurring payments.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "finance/spending_analyzer/pattern_cache.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::spending_analyzer {

namespace net = awry::net;

struct SpendingAnalyzerOptions {
  std::chrono::seconds cache_ttl_max{600};
  bool cache_key_fault = false;
  const base::Clock* clock = &base::SystemClock();  // must outlive the service
};

// Thread-safe.
class SpendingAnalyzer {
 public:
  // Brings the schema up to date. `database` must outlive the service.
  static base::Result<std::unique_ptr<SpendingAnalyzer>> Create(awry::sql::Database& database,
                                                                std::unique_ptr<PatternCache> cache,
                                                                const SpendingAnalyzerOptions& options);

  // GET /patterns/{user_id}, GET /statistics/{user_id}?month=, GET /recurring/{user_id},
  // PUT and GET /admin/faults/cache-key, DELETE /admin/cache, and for the Transaction Processor
  // PUT /statistics/{user_id}/transactions/{id} {date, amount_minor, currency, category, description?,
  // revision?} and DELETE of the same with ?revision=: {"changed": bool}.
  void AddRoutes(net::Router& router);
  base::Status Ready();
  std::string Metrics() const;

 private:
  SpendingAnalyzer(awry::sql::Database& database, std::unique_ptr<PatternCache> cache,
                   const SpendingAnalyzerOptions& options);

  net::HttpResponse Patterns(const net::HttpRequest& request);
  net::HttpResponse Statistics(const net::HttpRequest& request);
  net::HttpResponse Recurring(const net::HttpRequest& request);
  net::HttpResponse PutTransaction(const net::HttpRequest& request);
  net::HttpResponse DeleteTransaction(const net::HttpRequest& request);
  net::HttpResponse PutFault(const net::HttpRequest& request);
  net::HttpResponse GetFault(const net::HttpRequest& request) const;
  net::HttpResponse ClearCache(const net::HttpRequest& request);

  // The fields of the user's patterns, computed now.
  base::Result<std::string> Compute(const ledger::UserId& user, int64_t& count);

  awry::sql::Database& database_;
  const std::unique_ptr<PatternCache> cache_;
  const SpendingAnalyzerOptions options_;
  std::atomic<bool> cache_key_fault_;
  std::atomic<uint64_t> hits_{0};
  std::atomic<uint64_t> misses_{0};
};

}  // namespace finance::spending_analyzer
