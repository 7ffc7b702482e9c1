// The Spending Analyzer: patterns for the model, monthly statistics, recurring payments.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "finance/spending_analyzer/pattern_cache.h"
#include "finance/spending_analyzer/recurring.h"
#include "finance/spending_analyzer/statistics_table.h"
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
  // PUT /recurring/{user_id}/{series_id} {state}, GET /forecast/{user_id}, GET /insights/{user_id},
  // PUT and GET /admin/faults/cache-key, DELETE /admin/cache, and for the Transaction Processor
  // PUT /statistics/{user_id}/transactions/{id} {date, amount_minor, currency, category, description?,
  // revision?} and DELETE of the same with ?revision=: {"changed": bool}; POST /statistics/{user_id}/batch
  // {transactions: [the same with id]}: {"changed": n}. Shapes: docs/finance.md.
  void AddRoutes(net::Router& router);
  base::Status Ready();
  std::string Metrics() const;

 private:
  SpendingAnalyzer(awry::sql::Database& database, std::unique_ptr<PatternCache> cache,
                   const SpendingAnalyzerOptions& options);

  net::HttpResponse Patterns(const net::HttpRequest& request);
  net::HttpResponse Statistics(const net::HttpRequest& request);
  net::HttpResponse Recurring(const net::HttpRequest& request);
  net::HttpResponse PutMark(const net::HttpRequest& request);
  net::HttpResponse Forecasts(const net::HttpRequest& request);
  net::HttpResponse Insights(const net::HttpRequest& request);
  net::HttpResponse PutBatch(const net::HttpRequest& request);
  net::HttpResponse PutTransaction(const net::HttpRequest& request);
  net::HttpResponse DeleteTransaction(const net::HttpRequest& request);
  net::HttpResponse PutFault(const net::HttpRequest& request);
  net::HttpResponse GetFault(const net::HttpRequest& request) const;
  net::HttpResponse ClearCache(const net::HttpRequest& request);

  // The fields of the user's patterns, computed now.
  base::Result<std::string> Compute(const ledger::UserId& user, int64_t& count);

  // The user's series as of today, from memory while no row has changed.
  struct SeriesView {
    int64_t changes = -1;
    ledger::Date today = ledger::Date::FromDays(0);
    std::vector<RecurringSeries> series;
    std::optional<ledger::Date> first_day;
  };
  using SeriesViewPtr = std::shared_ptr<const SeriesView>;
  base::Result<SeriesViewPtr> ReadSeries(awry::sql::Connection& connection, const ledger::UserId& user);
  ledger::Date Today() const { return ledger::Date::FromUnixNs(options_.clock->NowUnixNs()); }

  awry::sql::Database& database_;
  const std::unique_ptr<PatternCache> cache_;
  const SpendingAnalyzerOptions options_;
  std::atomic<bool> cache_key_fault_;
  std::atomic<uint64_t> hits_{0};
  std::atomic<uint64_t> misses_{0};

  base::Mutex views_mutex_;
  std::map<std::string, SeriesViewPtr> views_ GUARDED_BY(views_mutex_);
};

}  // namespace finance::spending_analyzer
