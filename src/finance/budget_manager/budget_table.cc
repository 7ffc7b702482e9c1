#include "finance/budget_manager/budget_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "finance/budget_manager/budget_json.h"

namespace finance::budget_manager {
namespace {

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
    "CREATE INDEX alerts_by_user ON alerts (user_id, state)",
    // Periods other than months, children, merchants and tags.
    "ALTER TABLE spent_rows ADD COLUMN child TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE spent_rows ADD COLUMN merchant TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE spent_rows ADD COLUMN tags TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE spent_rows ADD COLUMN pending INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE spent_rows ADD COLUMN transfer INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX spent_rows_by_day ON spent_rows (user_id, currency, day)",
    "CREATE TABLE spent_days (user_id TEXT NOT NULL, currency TEXT NOT NULL, day INTEGER NOT NULL,"
    " category INTEGER NOT NULL, child TEXT NOT NULL, minor BIGINT NOT NULL, pending_minor BIGINT NOT NULL,"
    " PRIMARY KEY (user_id, currency, day, category, child))",
    "INSERT INTO spent_days (user_id, currency, day, category, child, minor, pending_minor)"
    " SELECT user_id, currency, day, category, '', -SUM(amount_minor), 0 FROM spent_rows"
    " WHERE removed = 0 AND category <> 2 GROUP BY user_id, currency, day, category",
    "DROP TABLE spent",
    "ALTER TABLE budgets ADD COLUMN definition TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE budgets ADD COLUMN created_day INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE expected_payments (user_id TEXT NOT NULL, day INTEGER NOT NULL, amount_minor BIGINT NOT NULL,"
    " currency TEXT NOT NULL, category INTEGER NOT NULL, child TEXT NOT NULL, merchant TEXT NOT NULL)",
    "CREATE INDEX expected_payments_by_user ON expected_payments (user_id, day)",
    // Alerts of other kinds, with what they are about.
    "ALTER TABLE alerts ADD COLUMN kind TEXT NOT NULL DEFAULT 'budget'",
    "ALTER TABLE alerts ADD COLUMN period_from INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE alerts ADD COLUMN severity TEXT NOT NULL DEFAULT 'warning'",
    "ALTER TABLE alerts ADD COLUMN import_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE alerts ADD COLUMN raised_at_ns BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE alerts ADD COLUMN subject TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE alerts ADD COLUMN detail TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE alerts ADD COLUMN transactions TEXT NOT NULL DEFAULT '[]'"};

// Sums of merchants over a year, and rows with tags, without the rows between.
constexpr std::string_view kLaterSteps[] = {
    "CREATE INDEX spent_rows_by_merchant ON spent_rows (user_id, merchant, currency, day, category, child, removed,"
    " transfer, pending, amount_minor)",
    "CREATE INDEX spent_rows_tagged ON spent_rows (user_id, currency, day) WHERE tags <> ''"};

std::string NewBudgetId() { return fmt::format("budget-{:016x}", base::EntropySeed()); }

std::string CategoryText(const Budget& budget) {
  std::string text;
  for (const CategoryRef& category : budget.categories) text += (text.empty() ? "" : ",") + category.ToString();
  return text;
}

// Budgets that were stored before they had a definition have categories, a limit and a month.
base::Result<Budget> ReadStored(const sql::Row& row) {
  if (!row.Text(4).empty()) return ParseBudget(row.Text(4));
  ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(row.Text(3)));
  Budget budget{.limit = {row.Int(2), currency}};
  std::string_view text = row.Text(1);
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    ASSIGN_OR_RETURN(CategoryRef category, CategoryRef::Parse(text.substr(0, comma)));
    budget.categories.push_back(std::move(category));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  std::sort(budget.categories.begin(), budget.categories.end());
  return budget;
}

bool SameKind(const Budget& a, const Budget& b) {
  return a.categories == b.categories && a.merchants == b.merchants && a.tags == b.tags && a.period == b.period &&
         a.days == b.days && a.limit.currency == b.limit.currency;
}

// Otherwise its alerts are about periods that it does not have.
bool SamePeriods(const Budget& a, const Budget& b) {
  return a.period == b.period && a.days == b.days && a.starts_on == b.starts_on;
}

base::Status GiveIds(std::vector<Budget>& budgets, const std::vector<Budget>& former, ledger::Date today) {
  for (Budget& budget : budgets) {
    const auto known = std::find_if(former.begin(), former.end(), [&](const Budget& f) {
      return budget.id.empty() ? SameKind(f, budget) : f.id == budget.id;
    });
    if (known == former.end() && !budget.id.empty()) {
      return base::InvalidArgument("budget id is not one of this user's, leave it out for a new one: " + budget.id);
    }
    budget.created_on = known == former.end() ? today : known->created_on;
    budget.id = known == former.end() ? NewBudgetId() : known->id;
    const auto twice = std::count_if(budgets.begin(), budgets.end(), [&](const Budget& b) { return b.id == budget.id; });
    if (twice > 1) return base::InvalidArgument("two budgets are the same one: " + budget.id);
  }
  return {};
}

base::Status DeleteBudget(sql::Connection& connection, const std::string& id) {
  RETURN_IF_ERROR(connection.Execute("DELETE FROM alerts WHERE budget_id = $1", {id}).status());
  return connection.Execute("DELETE FROM budgets WHERE id = $1", {id}).status();
}

base::Status StoreBudget(sql::Connection& connection, const ledger::UserId& user, const Budget& budget, size_t place) {
  return connection
      .Execute("INSERT INTO budgets (id, user_id, place, categories, limit_minor, currency, definition, created_day)"
               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET place = excluded.place,"
               " categories = excluded.categories, limit_minor = excluded.limit_minor, currency = excluded.currency,"
               " definition = excluded.definition",
               {budget.id, user.str(), static_cast<int64_t>(place), CategoryText(budget), budget.limit.minor,
                std::string(budget.limit.currency.str()), DefinitionJson(budget),
                int64_t{budget.created_on ? budget.created_on->days() : 0}})
      .status();
}

}  // namespace

std::vector<std::string> BudgetSteps() { return {std::begin(kSteps), std::end(kSteps)}; }

std::vector<std::string> LaterBudgetSteps() { return {std::begin(kLaterSteps), std::end(kLaterSteps)}; }

base::Result<std::vector<Budget>> ReadBudgets(sql::Connection& connection, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT id, categories, limit_minor, currency, definition, created_day FROM budgets"
                                    " WHERE user_id = $1 ORDER BY place",
                                    {user.str()}));
  std::vector<Budget> budgets;
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(Budget budget, ReadStored(row));
    budget.id = row.Text(0);
    if (row.Int(5) != 0) budget.created_on = ledger::Date::FromDays(static_cast<int32_t>(row.Int(5)));
    budgets.push_back(std::move(budget));
  }
  return budgets;
}

base::Status ReplaceBudgets(sql::Connection& connection, const ledger::UserId& user, std::vector<Budget>& budgets,
                            ledger::Date today) {
  ASSIGN_OR_RETURN(const std::vector<Budget> former, ReadBudgets(connection, user));
  RETURN_IF_ERROR(GiveIds(budgets, former, today));
  for (const Budget& old : former) {
    const bool kept = std::any_of(budgets.begin(), budgets.end(), [&](const Budget& b) { return b.id == old.id; });
    if (!kept) RETURN_IF_ERROR(DeleteBudget(connection, old.id));
  }
  for (size_t place = 0; place < budgets.size(); ++place) {
    const auto old = std::find_if(former.begin(), former.end(), [&](const Budget& f) { return f.id == budgets[place].id; });
    if (old != former.end() && !SamePeriods(*old, budgets[place])) {
      RETURN_IF_ERROR(connection.Execute("DELETE FROM alerts WHERE budget_id = $1", {budgets[place].id}).status());
    }
    RETURN_IF_ERROR(StoreBudget(connection, user, budgets[place], place));
  }
  return {};
}

base::Result<std::vector<ledger::UserId>> ReadUsers(sql::Connection& connection) {
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT user_id FROM budgets UNION SELECT user_id FROM spent_days"));
  std::vector<ledger::UserId> users;
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(ledger::UserId user, ledger::UserId::Parse(row.Text(0)));
    users.push_back(std::move(user));
  }
  return users;
}

}  // namespace finance::budget_manager
