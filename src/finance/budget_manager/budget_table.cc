#include "finance/budget_manager/budget_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"

namespace finance::budget_manager {
namespace {

__extension__ typedef __int128 Wide;

constexpr std::string_view kSteps[] = {
    "CREATE TABLE spent_rows (user_id TEXT NOT NULL, id TEXT NOT NULL, revision BIGINT NOT NULL,"
    " removed INTEGER NOT NULL, day INTEGER NOT NULL, month TEXT NOT NULL, amount_minor BIGINT NOT NULL,"
    " currency TEXT NOT NULL, category INTEGER NOT NULL, PRIMARY KEY (user_id, id))",
    "CREATE INDEX spent_rows_by_month ON spent_rows (user_id, month, category)",
    "CREATE TABLE spent (user_id TEXT NOT NULL, month TEXT NOT NULL, category INTEGER NOT NULL,"
    " currency TEXT NOT NULL, minor BIGINT NOT NULL, PRIMARY KEY (user_id, month, category, currency))",
    "CREATE TABLE budgets (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, place INTEGER NOT NULL,"
    " categories TEXT NOT NULL, limit_minor BIGINT NOT NULL, currency TEXT NOT NULL)",
    "CREATE INDEX budgets_by_user ON budgets (user_id, place)",
    "CREATE TABLE alerts (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, budget_id TEXT NOT NULL,"
    " period TEXT NOT NULL, threshold INTEGER NOT NULL, state INTEGER NOT NULL, message TEXT NOT NULL,"
    " trace_id TEXT NOT NULL, UNIQUE (budget_id, period, threshold))",
    "CREATE INDEX alerts_by_user ON alerts (user_id, state)"};

std::string NewId(std::string_view prefix) { return fmt::format("{}-{:016x}", prefix, base::EntropySeed()); }

std::string CategoryText(const std::vector<ledger::Category>& categories) {
  std::string text;
  for (const ledger::Category category : categories) {
    if (!text.empty()) text += ',';
    text += ledger::CategoryId(category);
  }
  return text;
}

std::vector<ledger::Category> ReadCategories(std::string_view text) {
  std::vector<ledger::Category> categories;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    if (const auto category = ledger::CategoryFromId(text.substr(0, comma))) categories.push_back(*category);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return categories;
}

base::Status GiveIds(std::vector<Budget>& budgets, const std::vector<Budget>& former) {
  for (Budget& budget : budgets) {
    const auto same = [&](const Budget& f) {
      return budget.id.empty() ? f.categories == budget.categories && f.limit.currency == budget.limit.currency : f.id == budget.id;
    };
    const auto known = std::find_if(former.begin(), former.end(), same);
    if (known == former.end() && !budget.id.empty()) {
      return base::InvalidArgument("budget id is not one of this user's, leave it out for a new one: " + budget.id);
    }
    budget.id = known == former.end() ? NewId("budget") : known->id;
    const auto twice = std::count_if(budgets.begin(), budgets.end(), [&](const Budget& b) { return b.id == budget.id; });
    if (twice > 1) return base::InvalidArgument("two budgets are the same one: " + budget.id);
  }
  return {};
}

base::Status DeleteBudget(sql::Connection& connection, const std::string& id) {
  RETURN_IF_ERROR(connection.Execute("DELETE FROM alerts WHERE budget_id = $1", {id}).status());
  return connection.Execute("DELETE FROM budgets WHERE id = $1", {id}).status();
}

std::string MessageOf(const Budget& budget, int64_t spent_minor, int threshold, const std::string& month) {
  return fmt::format("{} % of the budget for {} is spent in {}: {} of {} {}", threshold, CategoryText(budget.categories),
                     month, ledger::FormatMoney({spent_minor, budget.limit.currency}),
                     ledger::FormatMoney(budget.limit), budget.limit.currency.str());
}

}  // namespace

base::Status MigrateBudgets(sql::Database& database) { return database.Migrate(kSteps); }

base::Result<std::vector<Budget>> ReadBudgets(sql::Connection& connection, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT id, categories, limit_minor, currency FROM budgets WHERE user_id = $1"
                                    " ORDER BY place",
                                    {user.str()}));
  std::vector<Budget> budgets;
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(row.Text(3)));
    budgets.push_back({row.Text(0), ReadCategories(row.Text(1)), {row.Int(2), currency}});
  }
  return budgets;
}

base::Status ReplaceBudgets(sql::Connection& connection, const ledger::UserId& user, std::vector<Budget>& budgets) {
  ASSIGN_OR_RETURN(const std::vector<Budget> former, ReadBudgets(connection, user));
  RETURN_IF_ERROR(GiveIds(budgets, former));
  for (const Budget& old : former) {
    const bool kept = std::any_of(budgets.begin(), budgets.end(), [&](const Budget& b) { return b.id == old.id; });
    if (!kept) RETURN_IF_ERROR(DeleteBudget(connection, old.id));
  }
  for (size_t place = 0; place < budgets.size(); ++place) {
    const Budget& budget = budgets[place];
    RETURN_IF_ERROR(connection
                        .Execute("INSERT INTO budgets (id, user_id, place, categories, limit_minor, currency)"
                                 " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET place = excluded.place,"
                                 " categories = excluded.categories, limit_minor = excluded.limit_minor,"
                                 " currency = excluded.currency",
                                 {budget.id, user.str(), static_cast<int64_t>(place), CategoryText(budget.categories),
                                  budget.limit.minor, std::string(budget.limit.currency.str())})
                        .status());
  }
  return {};
}

base::Result<int> UpdateAlerts(sql::Connection& connection, const ledger::UserId& user, const Budget& budget,
                               const std::string& month, const AlertContext& context) {
  ASSIGN_OR_RETURN(const int64_t spent,
                   SpentMinor(connection, user, month, budget.categories, budget.limit.currency.str()));
  int raised = 0;
  for (const int threshold : kThresholds) {
    const bool reached = static_cast<Wide>(spent) * 100 >= static_cast<Wide>(budget.limit.minor) * threshold;
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection.Query("SELECT id, state FROM alerts WHERE budget_id = $1 AND period = $2 AND threshold = $3",
                                      {budget.id, month, int64_t{threshold}}));
    const bool stands = !rows.empty() && rows[0].Int(1) != static_cast<int64_t>(AlertState::kWithdrawn);
    if (reached == stands) continue;
    if (!reached) {
      RETURN_IF_ERROR(connection
                          .Execute("UPDATE alerts SET state = $2 WHERE id = $1",
                                   {rows[0].Text(0), static_cast<int64_t>(AlertState::kWithdrawn)})
                          .status());
      continue;
    }
    if (month < context.open_month) continue;
    RETURN_IF_ERROR(connection
                        .Execute("INSERT INTO alerts (id, user_id, budget_id, period, threshold, state, message, trace_id)"
                                 " VALUES ($1, $2, $3, $4, $5, 0, $6, $7) ON CONFLICT (budget_id, period, threshold)"
                                 " DO UPDATE SET state = 0, message = excluded.message, trace_id = excluded.trace_id",
                                 {NewId("alert"), user.str(), budget.id, month, int64_t{threshold},
                                  MessageOf(budget, spent, threshold, month), context.trace_id})
                        .status());
    ++raised;
  }
  return raised;
}

base::Result<std::vector<Alert>> ReadAlerts(sql::Connection& connection, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT id, budget_id, threshold, period, message, trace_id, state FROM alerts"
                                    " WHERE user_id = $1 AND state <> 2 ORDER BY period DESC, budget_id, threshold DESC",
                                    {user.str()}));
  std::vector<Alert> alerts;
  for (const sql::Row& row : rows) {
    alerts.push_back({row.Text(0), row.Text(1), static_cast<int>(row.Int(2)), row.Text(3), row.Text(4), row.Text(5),
                      static_cast<AlertState>(row.Int(6))});
  }
  return alerts;
}

base::Status AcknowledgeAlert(sql::Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(const int64_t changed,
                   connection.Execute("UPDATE alerts SET state = 1 WHERE id = $1 AND state <> 2", {id}));
  return changed > 0 ? base::OkStatus() : base::NotFound("no alert stands under this id: " + id.substr(0, 128));
}

}  // namespace finance::budget_manager
