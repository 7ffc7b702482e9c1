#include "finance/budget_manager/budget_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "finance/budget_manager/budget_json.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/trace_text.h"
#include "finance/jobs/traced_sql.h"

namespace finance::budget_manager {
namespace {

using ledger::UserId;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

constexpr int kAlertRowsMax = 100;

base::Result<UserId> UserOf(const HttpRequest& request) { return UserId::Parse(request.path_param("user_id")); }

}  // namespace

base::Result<std::unique_ptr<BudgetManager>> BudgetManager::Create(sql::Database& database,
                                                                   const BudgetManagerOptions& options) {
  RETURN_IF_ERROR(MigrateBudgets(database));
  return std::unique_ptr<BudgetManager>(new BudgetManager(database, options));
}

void BudgetManager::AddRoutes(net::Router& router) {
  const auto bind = [this](HttpResponse (BudgetManager::*handler)(const HttpRequest&)) {
    return [this, handler](const HttpRequest& request) { return (this->*handler)(request); };
  };
  router.Add("GET", "/budgets/{user_id}", bind(&BudgetManager::GetBudgets));
  router.Add("PUT", "/budgets/{user_id}", jobs::ForJson(bind(&BudgetManager::PutBudgets)));
  router.Add("GET", "/alerts/{user_id}", bind(&BudgetManager::GetAlerts));
  router.Add("POST", "/alerts/{id}/ack", bind(&BudgetManager::Acknowledge));
  router.Add("PUT", "/spending/{user_id}/transactions/{id}", jobs::ForJson(bind(&BudgetManager::PutTransaction)));
  router.Add("DELETE", "/spending/{user_id}/transactions/{id}", bind(&BudgetManager::DeleteTransaction));
}

base::Status BudgetManager::Ready() { return database_.Query("SELECT 1").status(); }

std::string BudgetManager::Today() const {
  return ledger::Date::FromUnixNs(options_.clock->NowUnixNs()).MonthText();
}

AlertContext BudgetManager::Context() const {
  return {options_.alert_closed_months ? std::string() : Today(), jobs::CurrentTraceId()};
}

HttpResponse BudgetManager::BudgetsAnswer(const UserId& user, const std::string& month) {
  std::vector<Budget> budgets;
  std::vector<int64_t> spent;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT budgets", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(budgets, ReadBudgets(connection, user));
        for (const Budget& budget : budgets) {
          ASSIGN_OR_RETURN(const int64_t sum, SpentMinor(connection, user, month, budget.categories,
                                                         budget.limit.currency.str()));
          spent.push_back(sum);
        }
        return {};
      });
  if (!status.ok()) return ErrorResponse(status);
  return net::JsonResponse(200, BudgetsJson(budgets, month, spent));
}

HttpResponse BudgetManager::GetBudgets(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const std::string* month = request.query_param("month");
  if (month != nullptr && !ledger::Date::Parse(*month + "-01").ok()) {
    return ErrorResponse(base::InvalidArgument("month is not YYYY-MM: " + month->substr(0, 20)));
  }
  return BudgetsAnswer(*user, month != nullptr ? *month : Today());
}

HttpResponse BudgetManager::PutBudgets(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const auto wanted = ParseBudgets(request.body);
  if (!wanted.ok()) return ErrorResponse(wanted.status());
  const base::Status status =
      jobs::TracedWrite(database_, "UPSERT budgets", [&](sql::Connection& connection) -> base::Status {
        std::vector<Budget> budgets = *wanted;
        RETURN_IF_ERROR(ReplaceBudgets(connection, *user, budgets));
        return CheckAllMonths(connection, *user, budgets);
      });
  if (!status.ok()) return ErrorResponse(status);
  return BudgetsAnswer(*user, Today());
}

// A changed limit can raise or withdraw in every month that has spending.
base::Status BudgetManager::CheckAllMonths(sql::Connection& connection, const UserId& user,
                                           const std::vector<Budget>& budgets) {
  ASSIGN_OR_RETURN(const sql::Rows months,
                   connection.Query("SELECT DISTINCT month FROM spent WHERE user_id = $1", {user.str()}));
  const AlertContext context = Context();
  for (const sql::Row& row : months) {
    for (const Budget& budget : budgets) {
      ASSIGN_OR_RETURN(const int raised, UpdateAlerts(connection, user, budget, row.Text(0), context));
      raised_ += static_cast<uint64_t>(raised);
    }
  }
  return {};
}

HttpResponse BudgetManager::GetAlerts(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  std::vector<Alert> alerts;
  std::vector<std::vector<std::string>> transactions;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT alerts", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(const std::vector<Budget> budgets, ReadBudgets(connection, *user));
        ASSIGN_OR_RETURN(alerts, ReadAlerts(connection, *user));
        for (const Alert& alert : alerts) {
          transactions.emplace_back();
          const auto budget = std::find_if(budgets.begin(), budgets.end(), [&](const Budget& b) { return b.id == alert.budget_id; });
          if (budget == budgets.end()) continue;
          ASSIGN_OR_RETURN(transactions.back(), SpentRows(connection, *user, alert.period, budget->categories,
                                                          budget->limit.currency.str(), kAlertRowsMax));
        }
        return {};
      });
  return status.ok() ? net::JsonResponse(200, AlertsJson(alerts, transactions)) : ErrorResponse(status);
}

HttpResponse BudgetManager::Acknowledge(const HttpRequest& request) {
  const std::string id(request.path_param("id"));
  const base::Status status = jobs::TracedWrite(
      database_, "UPDATE alerts", [&](sql::Connection& connection) { return AcknowledgeAlert(connection, id); });
  return status.ok() ? net::JsonResponse(200, R"({"state":"acked"})") : ErrorResponse(status);
}

base::Status BudgetManager::CheckBudgets(sql::Connection& connection, const UserId& user,
                                         const std::vector<TouchedSum>& touched, int& raised) {
  raised = 0;
  if (touched.empty()) return {};
  ASSIGN_OR_RETURN(const std::vector<Budget> budgets, ReadBudgets(connection, user));
  const AlertContext context = Context();
  for (const Budget& budget : budgets) {
    std::set<std::string> months;
    for (const TouchedSum& sum : touched) {
      const bool counts = sum.currency == budget.limit.currency.str() &&
                          std::binary_search(budget.categories.begin(), budget.categories.end(), sum.category);
      if (counts) months.insert(sum.month);
    }
    for (const std::string& month : months) {
      ASSIGN_OR_RETURN(const int more, UpdateAlerts(connection, user, budget, month, context));
      raised += more;
    }
  }
  return {};
}

HttpResponse BudgetManager::Spend(const HttpRequest& request, int64_t revision, const std::optional<SpentRow>& row) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const std::string id(request.path_param("id"));
  if (base::Status bad = ledger::CheckOpaqueId(id, "transaction id"); !bad.ok()) return ErrorResponse(bad);
  bool changed = false;
  int raised = 0;
  const base::Status status =
      jobs::TracedWrite(database_, "UPSERT spent", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(const std::vector<TouchedSum> touched, SpendTransaction(connection, *user, id, revision, row));
        changed = !touched.empty();
        return CheckBudgets(connection, *user, touched, raised);
      });
  if (!status.ok()) return ErrorResponse(status);
  raised_ += static_cast<uint64_t>(raised);
  return net::JsonResponse(200, fmt::format(R"({{"changed":{},"alerts":{}}})", changed, raised));
}

HttpResponse BudgetManager::PutTransaction(const HttpRequest& request) {
  const auto spending = ParseSpending(request.body);
  if (!spending.ok()) return ErrorResponse(spending.status());
  return Spend(request, spending->revision, spending->row);
}

HttpResponse BudgetManager::DeleteTransaction(const HttpRequest& request) {
  int64_t revision = 0;
  if (const std::string* text = request.query_param("revision")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), revision);
    if (error != std::errc() || end != text->data() + text->size()) {
      return ErrorResponse(base::InvalidArgument("revision is no integer: " + text->substr(0, 20)));
    }
  }
  return Spend(request, revision, std::nullopt);
}

std::string BudgetManager::Metrics() const {
  return fmt::format("# TYPE budget_alerts_raised_total counter\nbudget_alerts_raised_total {}\n", raised_.load());
}

}  // namespace finance::budget_manager
