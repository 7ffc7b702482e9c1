// What stands, seen and put off.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "finance/budget_manager/budget_manager.h"
#include "finance/jobs/traced_sql.h"

namespace finance::budget_manager {

using ledger::Date;
using ledger::UserId;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

namespace {

constexpr int kAlertRowsMax = 100;
constexpr int kSnoozeDays = 7;  // when nothing is said

}  // namespace

// A budget's alert names the rows that are behind the sum now.
base::Status BudgetManager::FillRows(sql::Connection& connection, const UserId& user, std::vector<Alert>& alerts) {
  ASSIGN_OR_RETURN(const std::vector<Budget> budgets, ReadBudgets(connection, user));
  for (Alert& alert : alerts) {
    const auto budget = std::find_if(budgets.begin(), budgets.end(), [&](const Budget& b) { return b.id == alert.budget_id; });
    if (budget == budgets.end()) continue;
    const Period period = PeriodAt(*budget, alert.period_from);
    ASSIGN_OR_RETURN(alert.transactions, SpentRows(connection, user, *budget, period, kAlertRowsMax));
  }
  return {};
}

HttpResponse BudgetManager::GetAlerts(const HttpRequest& request) {
  const auto user = UserId::Parse(request.path_param("user_id"));
  if (!user.ok()) return ErrorResponse(user.status());
  std::vector<Alert> alerts;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT alerts", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(alerts, ReadAlerts(connection, *user));
        return FillRows(connection, *user, alerts);
      });
  return status.ok() ? net::JsonResponse(200, AlertsJson(alerts, Today())) : ErrorResponse(status);
}

HttpResponse BudgetManager::Acknowledge(const HttpRequest& request) {
  const std::string id(request.path_param("id"));
  const std::string* user = request.query_param("user_id");
  const base::Status status = jobs::TracedWrite(database_, "UPDATE alerts", [&](sql::Connection& connection) {
    return AcknowledgeAlert(connection, id, user == nullptr ? std::string() : *user);
  });
  return status.ok() ? net::JsonResponse(200, R"({"state":"acked"})") : ErrorResponse(status);
}

HttpResponse BudgetManager::Snooze(const HttpRequest& request) {
  const std::string id(request.path_param("id"));
  const std::string* user = request.query_param("user_id");
  const std::string* text = request.query_param("days");
  int days = kSnoozeDays;
  if (text != nullptr) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), days);
    if (error != std::errc() || end != text->data() + text->size() || days < 1 || days > kSnoozeDaysMax) {
      return ErrorResponse(base::InvalidArgument(fmt::format("days must be 1 to {}", kSnoozeDaysMax)));
    }
  }
  const Date until = Today().AddDays(days);
  const base::Status status = jobs::TracedWrite(database_, "UPDATE alerts", [&](sql::Connection& connection) {
    return SnoozeAlert(connection, id, user == nullptr ? std::string() : *user, until);
  });
  return status.ok() ? net::JsonResponse(200, fmt::format(R"({{"state":"snoozed","snoozed_until":"{}"}})", until.ToString())) : ErrorResponse(status);
}

}  // namespace finance::budget_manager
