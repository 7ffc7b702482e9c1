// The Budget Manager: monthly limits for sets of categories, and one alert at 80 % and at 100 %.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "finance/budget_manager/budget_table.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::budget_manager {

namespace net = awry::net;

struct BudgetManagerOptions {
  bool alert_closed_months = false;  // also for months that are over: to look at old data
  const base::Clock* clock = &base::SystemClock();  // must outlive the service
};

// Thread-safe.
class BudgetManager {
 public:
  // Brings the schema up to date. `database` must outlive the service.
  static base::Result<std::unique_ptr<BudgetManager>> Create(sql::Database& database,
                                                             const BudgetManagerOptions& options = {});

  // GET and PUT /budgets/{user_id} (?month= for what is spent), GET /alerts/{user_id},
  // POST /alerts/{id}/ack, and for the Transaction Processor PUT /spending/{user_id}/transactions/{id}
  // {date, amount_minor, currency, category, revision?} and DELETE of the same with ?revision=:
  // {"changed": bool, "alerts": raised}.
  void AddRoutes(net::Router& router);
  base::Status Ready();
  std::string Metrics() const;

 private:
  BudgetManager(sql::Database& database, const BudgetManagerOptions& options) : database_(database), options_(options) {}

  net::HttpResponse GetBudgets(const net::HttpRequest& request);
  net::HttpResponse PutBudgets(const net::HttpRequest& request);
  net::HttpResponse GetAlerts(const net::HttpRequest& request);
  net::HttpResponse Acknowledge(const net::HttpRequest& request);
  net::HttpResponse PutTransaction(const net::HttpRequest& request);
  net::HttpResponse DeleteTransaction(const net::HttpRequest& request);

  net::HttpResponse BudgetsAnswer(const ledger::UserId& user, const std::string& month);
  net::HttpResponse Spend(const net::HttpRequest& request, int64_t revision, const std::optional<SpentRow>& row);
  base::Status CheckBudgets(sql::Connection& connection, const ledger::UserId& user,
                            const std::vector<TouchedSum>& touched, int& raised);
  base::Status CheckAllMonths(sql::Connection& connection, const ledger::UserId& user, const std::vector<Budget>& budgets);
  std::string Today() const;
  AlertContext Context() const;

  sql::Database& database_;
  const BudgetManagerOptions options_;
  std::atomic<uint64_t> raised_{0};
};

}  // namespace finance::budget_manager
