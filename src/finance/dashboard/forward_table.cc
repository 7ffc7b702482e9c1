#include "finance/dashboard/forward_table.h"

namespace finance::dashboard {
namespace {

using enum Service;

// Beyond any API token, and written to the audit log.
const RouteRule kByHand{.scope = Scope::kLogin};
// What concerns everybody's categories.
const RouteRule kOwner{.scope = Scope::kAdmin, .reach = Reach::kPerson, .owner_only = true};
const RouteRule kFile{.body = {.json = false, .bytes_max = kImportBytesMax}};

std::vector<Forward> LedgerForwards() {
  return {
      {"GET", "/api/totals", kProcessor, "/totals",
       {"from", "to", "category", "q", "account", "processing", "import_id", "amount_min",
        "amount_max", "tag", "status", "source", "reconciled", "transfer", "review", "deleted"}},
      {"POST", "/api/transactions/bulk", kProcessor, "/transactions/bulk"},
      {"POST", "/api/transactions/undo", kProcessor, "/transactions/undo"},
      {"GET", "/api/transactions/{id}/audit", kProcessor, "/transactions/{id}/audit"},
      {"GET", "/api/transfers", kProcessor, "/transfers", {"state", "limit"}},
      {"POST", "/api/transfers", kProcessor, "/transfers"},
      {"POST", "/api/transfers/{id}/confirm", kProcessor, "/transfers/{id}/confirm"},
      {"POST", "/api/transfers/{id}/reject", kProcessor, "/transfers/{id}/reject"},
      {"GET", "/api/sums", kProcessor, "/sums", {"from", "to", "account", "by", "month_start"}},
      {"GET", "/api/cash-flow", kProcessor, "/cash-flow", {"from", "to", "account"}},
      {"GET", "/api/balances", kProcessor, "/balances"},
      {"GET", "/api/net-worth", kProcessor, "/net-worth", {"from", "to", "step"}},
      {"GET", "/api/rules", kProcessor, "/rules"},
      {"POST", "/api/rules", kProcessor, "/rules"},
      {"POST", "/api/rules/preview", kProcessor, "/rules/preview"},
      {"PUT", "/api/rules/{id}", kProcessor, "/rules/{id}"},
      {"DELETE", "/api/rules/{id}", kProcessor, "/rules/{id}"},
      {"POST", "/api/rules/{id}/apply", kProcessor, "/rules/{id}/apply"},
      {.method = "GET",
       .pattern = "/api/ledger",
       .service = kProcessor,
       .target = "/export",
       .query = {"format", "account", "from", "to"},
       .audit = "ledger.exported"},
      {.method = "POST",
       .pattern = "/api/ledger",
       .service = kProcessor,
       .target = "/ledger",
       .rule = kFile,
       .audit = "ledger.restored"},
      {.method = "DELETE",
       .pattern = "/api/ledger",
       .service = kProcessor,
       .target = "/ledger",
       .rule = kByHand,
       .audit = "ledger.deleted"},
      {"GET", "/api/connections", kProcessor, "/connections"},
      {.method = "POST",
       .pattern = "/api/connections",
       .service = kProcessor,
       .target = "/connections",
       .rule = kByHand,
       .user_in_body = true,
       .audit = "connection.made"},
      {"POST", "/api/connections/{id}/sync", kProcessor, "/connections/{id}/sync"},
      {.method = "DELETE",
       .pattern = "/api/connections/{id}",
       .service = kProcessor,
       .target = "/connections/{id}",
       .rule = kByHand,
       .audit = "connection.deleted"},
  };
}

std::vector<Forward> PlanningForwards() {
  return {
      {"GET", "/api/statistics", kAnalyzer, "/statistics/{user}", {"month"}},
      {"GET", "/api/recurring", kAnalyzer, "/recurring/{user}"},
      {"PUT", "/api/recurring/{id}", kAnalyzer, "/recurring/{user}/{id}"},
      {"GET", "/api/forecast", kAnalyzer, "/forecast/{user}",
       {"weeks", "balance_minor", "currency", "account"}},
      {"GET", "/api/insights", kAnalyzer, "/insights/{user}"},
      {"GET", "/api/budgets", kBudgets, "/budgets/{user}", {"month", "date"}},
      {"PUT", "/api/budgets", kBudgets, "/budgets/{user}"},
      {"GET", "/api/budgets/{id}/periods", kBudgets, "/budgets/{user}/{id}/periods", {"count"}},
      {"GET", "/api/budgets/{id}/transactions", kBudgets, "/budgets/{user}/{id}/transactions",
       {"date"}},
      {"GET", "/api/alerts", kBudgets, "/alerts/{user}"},
      {"POST", "/api/alerts/{id}/ack", kBudgets, "/alerts/{id}/ack"},
      {"POST", "/api/alerts/{id}/snooze", kBudgets, "/alerts/{id}/snooze", {"days"}},
      {"GET", "/api/channels", kBudgets, "/channels/{user}"},
      {.method = "PUT",
       .pattern = "/api/channels",
       .service = kBudgets,
       .target = "/channels/{user}",
       .audit = "channels.changed"},
      {"POST", "/api/channels/test", kBudgets, "/channels/{user}/test"},
      {"GET", "/api/deliveries", kBudgets, "/deliveries/{user}"},
      {.method = "POST",
       .pattern = "/api/fraud/cases/{id}",
       .service = kFraud,
       .target = "/cases/{user}/{id}",
       .audit = "fraud.decided"},
      {"GET", "/api/fraud/models", kFraud, "/models"},
      {.method = "GET",
       .pattern = "/api/category/models",
       .service = kPredictor,
       .target = "/models",
       .rule = kOwner},
      {.method = "POST",
       .pattern = "/api/category/models/train",
       .service = kPredictor,
       .target = "/models/train",
       .rule = kOwner,
       .audit = "model.training_asked"},
      {.method = "POST",
       .pattern = "/api/category/models/{version}/promote",
       .service = kPredictor,
       .target = "/models/{version}/promote",
       .rule = kOwner,
       .audit = "model.promoted"},
  };
}

}  // namespace

std::span<const Forward> ForwardTable() {
  static const std::vector<Forward> table = [] {
    std::vector<Forward> all = LedgerForwards();
    for (Forward& forward : PlanningForwards()) all.push_back(std::move(forward));
    return all;
  }();
  return table;
}

}  // namespace finance::dashboard
