// The Budget Manager: limits for what is spent, how they stand, and one alert for each threshold.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "finance/budget_manager/alert_table.h"
#include "finance/budget_manager/background.h"
#include "finance/budget_manager/budget_json.h"
#include "finance/budget_manager/budget_table.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::budget_manager {

namespace net = awry::net;

struct BudgetManagerOptions {
  bool alert_closed_months = false;  // also for periods that are over: to look at old data
  net::HttpClient* spending_analyzer = nullptr;  // asked by Refresh; null: no recurring payments are known
  net::Headers headers;                          // of those questions: the services' token
  bool background = false;  // refresh and send by itself; else only Refresh does
  delivery::DeskOptions delivery;  // its `weekly` and `clock` are set by the service
  const base::Clock* clock = &base::SystemClock();  // must outlive the service
};

// Thread-safe.
class BudgetManager {
 public:
  // Brings the schema up to date. `database` must outlive the service.
  static base::Result<std::unique_ptr<BudgetManager>> Create(sql::Database& database,
                                                             const BudgetManagerOptions& options = {});

  // GET and PUT /budgets/{user_id} (?month= or ?date=), GET /budgets/{user_id}/{id}/periods and
  // /transactions, GET /alerts/{user_id}, POST /alerts/{id}/ack (?user_id=), …/snooze (?days=), and for the Transaction
  // Processor PUT /spending/{user_id}/transactions/{id}, DELETE of the same with ?revision=, and POST
  // /spending/{user_id}/batch: {"changed", "alerts": raised}; the routes of delivery::Desk and of the job queue.
  // Shapes: docs/finance.md.
  void AddRoutes(net::Router& router);
  base::Status Ready();
  std::string Metrics() const;

  // Asks the Spending Analyzer what recurs and what it has noticed about the user, and brings the
  // alerts into line with it and with today's date. kUnavailable when it does not answer: then the
  // alerts of budgets follow what was known before.
  base::Status Refresh(const ledger::UserId& user);

 private:
  BudgetManager(sql::Database& database, const BudgetManagerOptions& options);

  net::HttpResponse GetBudgets(const net::HttpRequest& request);
  net::HttpResponse PutBudgets(const net::HttpRequest& request);
  net::HttpResponse GetPeriods(const net::HttpRequest& request);
  net::HttpResponse GetRows(const net::HttpRequest& request);
  net::HttpResponse GetAlerts(const net::HttpRequest& request);
  net::HttpResponse Acknowledge(const net::HttpRequest& request);
  net::HttpResponse Snooze(const net::HttpRequest& request);
  net::HttpResponse PutTransaction(const net::HttpRequest& request);
  net::HttpResponse DeleteTransaction(const net::HttpRequest& request);
  net::HttpResponse PutBatch(const net::HttpRequest& request);

  net::HttpResponse BudgetsAnswer(const ledger::UserId& user, ledger::Date day);
  base::Result<std::vector<BudgetView>> ReadViews(sql::Connection& connection, const ledger::UserId& user, ledger::Date day);
  base::Result<Budget> FindBudget(sql::Connection& connection, const ledger::UserId& user, std::string_view id);
  base::Status FillRows(sql::Connection& connection, const ledger::UserId& user, std::vector<Alert>& alerts);

  struct Applied {
    size_t changed = 0;
    size_t raised = 0;
  };
  net::HttpResponse OneRow(const net::HttpRequest& request, ParsedSpending row);
  base::Result<Applied> Apply(const ledger::UserId& user, const std::vector<ParsedSpending>& rows);
  base::Status CheckTouched(sql::Connection& connection, const ledger::UserId& user, const std::vector<SpentRow>& touched,
                            const AlertContext& context, AlertChanges& changes);
  base::Status CheckAll(sql::Connection& connection, const ledger::UserId& user, const std::vector<Budget>& budgets,
                        const AlertContext& context, AlertChanges& changes);
  base::Result<std::string> Ask(const std::string& target);
  base::Result<std::vector<ledger::UserId>> Everyone();
  // In the transaction that made the changes.
  base::Status Tell(sql::Connection& connection, const ledger::UserId& user, const AlertChanges& changes, const std::string& import_id);

  ledger::Date Today() const { return ledger::Date::FromUnixNs(options_.clock->NowUnixNs()); }
  AlertContext Context(std::string import_id = "") const;

  sql::Database& database_;
  const BudgetManagerOptions options_;
  delivery::Desk desk_;
  std::atomic<uint64_t> raised_{0};
  std::unique_ptr<Background> background_;  // last: its threads use the rest
};

}  // namespace finance::budget_manager
