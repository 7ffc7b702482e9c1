// `spent_rows` has each transaction as it counts now, `spent_days` the sums by day, category, child
// and currency. Budgets of categories read the sums, those of merchants or tags the rows.
#include "finance/budget_manager/spending_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace finance::budget_manager {
namespace {

using ledger::Date;
using ledger::UserId;

struct Known {
  int64_t revision;
  std::optional<SpentRow> row;
};

// ",food,holiday,": each tag stands between commas.
std::string TagText(const std::vector<std::string>& tags) {
  std::string text;
  for (const std::string& tag : tags) text += "," + tag;
  return text.empty() ? text : text + ",";
}

std::vector<std::string> ReadTags(std::string_view text) {
  std::vector<std::string> tags;
  while (text.size() > 1) {
    text.remove_prefix(1);
    const size_t comma = std::min(text.find(','), text.size());
    tags.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma);
  }
  return tags;
}

base::Result<std::optional<Known>> ReadKnown(sql::Connection& connection, const UserId& user, const std::string& id) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT revision, removed, day, amount_minor, currency, category, child, merchant, tags,"
                                    " pending, transfer FROM spent_rows WHERE user_id = $1 AND id = $2",
                                    {user.str(), id}));
  if (rows.empty()) return std::optional<Known>();
  const sql::Row& found = rows[0];
  Known known{found.Int(0), std::nullopt};
  if (found.Int(1) == 0) {
    ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(found.Text(4)));
    known.row = SpentRow{Date::FromDays(static_cast<int32_t>(found.Int(2))),
                         {found.Int(3), currency},
                         {ledger::CategoryFromNumber(found.Int(5)).value_or(ledger::Category::kUncategorized), found.Text(6)},
                         found.Text(7),
                         ReadTags(found.Text(8)),
                         found.Int(9) != 0,
                         found.Int(10) != 0};
  }
  return std::optional<Known>(std::move(known));
}

bool IsSpending(const SpentRow& row) { return !row.transfer && row.category.category != ledger::Category::kTransfer; }

base::Status AddToSum(sql::Connection& connection, const UserId& user, const SpentRow& row, int64_t sign) {
  if (!IsSpending(row)) return {};
  const int64_t minor = -sign * row.amount.minor;
  return connection
      .Execute("INSERT INTO spent_days (user_id, day, category, child, currency, minor, pending_minor)"
               " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, currency, day, category, child) DO UPDATE SET"
               " minor = spent_days.minor + excluded.minor, pending_minor = spent_days.pending_minor + excluded.pending_minor",
               {user.str(), int64_t{row.date.days()}, static_cast<int64_t>(row.category.category), row.category.child,
                std::string(row.amount.currency.str()), minor, row.pending ? minor : int64_t{0}})
      .status();
}

base::Status Store(sql::Connection& connection, const UserId& user, const std::string& id, int64_t revision,
                   const std::optional<SpentRow>& row) {
  const auto text = [&](const std::string& value) { return row ? value : std::string(); };
  return connection
      .Execute("INSERT INTO spent_rows (user_id, id, revision, removed, day, amount_minor, currency, category, month, child,"
               " merchant, tags, pending, transfer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
               " ON CONFLICT (user_id, id) DO UPDATE SET revision = excluded.revision, removed = excluded.removed,"
               " day = excluded.day, amount_minor = excluded.amount_minor, currency = excluded.currency,"
               " category = excluded.category, month = excluded.month, child = excluded.child, merchant = excluded.merchant,"
               " tags = excluded.tags, pending = excluded.pending, transfer = excluded.transfer",
               {user.str(), id, revision, int64_t{row ? 0 : 1}, int64_t{row ? row->date.days() : 0},
                row ? row->amount.minor : int64_t{0}, row ? std::string(row->amount.currency.str()) : std::string(),
                row ? static_cast<int64_t>(row->category.category) : int64_t{0},
                row ? row->date.MonthText() : std::string(), row ? text(row->category.child) : std::string(),
                row ? text(row->merchant) : std::string(), row ? TagText(row->tags) : std::string(),
                int64_t{row && row->pending ? 1 : 0}, int64_t{row && row->transfer ? 1 : 0}})
      .status();
}

// SQL that grows with its parameters.
struct Statement {
  std::string sql;
  std::vector<sql::SqlValue> params;

  // "$3" for the value that is added.
  std::string Param(sql::SqlValue value) {
    params.push_back(std::move(value));
    return "$" + std::to_string(params.size());
  }
};

// " AND (category = 4 OR …)". Children are of an alphabet that needs no escapes.
void AddCategories(Statement& statement, const std::vector<CategoryRef>& categories) {
  if (categories.empty()) return;
  statement.sql += " AND (";
  for (size_t i = 0; i < categories.size(); ++i) {
    if (i > 0) statement.sql += " OR ";
    statement.sql += fmt::format("(category = {}", static_cast<int>(categories[i].category));
    const std::string& child = categories[i].child;
    if (!child.empty()) {
      statement.sql += fmt::format(" AND (child = '{}' OR substr(child, 1, {}) = '{}.')", child, child.size() + 1, child);
    }
    statement.sql += ")";
  }
  statement.sql += ")";
}

void AddMerchants(Statement& statement, const std::vector<std::string>& merchants) {
  if (merchants.empty()) return;
  statement.sql += " AND merchant IN (";
  for (size_t i = 0; i < merchants.size(); ++i) statement.sql += (i > 0 ? ", " : "") + statement.Param(merchants[i]);
  statement.sql += ")";
}

void AddTags(Statement& statement, const std::vector<std::string>& tags) {
  if (tags.empty()) return;
  statement.sql += " AND tags <> '' AND (";
  for (size_t i = 0; i < tags.size(); ++i) {
    std::string pattern = "%,";
    for (const char c : tags[i]) {
      if (c == '%' || c == '_' || c == '\\') pattern += '\\';
      pattern += c;
    }
    statement.sql += (i > 0 ? " OR tags LIKE " : "tags LIKE ") + statement.Param(pattern + ",%") + " ESCAPE '\\'";
  }
  statement.sql += ")";
}

// What a budget counts in `spent_rows`, of days in [from, until).
Statement RowsOf(std::string select, const UserId& user, const Budget& budget, Date from, Date until) {
  Statement statement{std::move(select), {}};
  statement.sql += " FROM spent_rows WHERE user_id = " + statement.Param(user.str());
  statement.sql += " AND currency = " + statement.Param(std::string(budget.limit.currency.str()));
  statement.sql += fmt::format(" AND day >= {} AND day < {} AND removed = 0 AND transfer = 0 AND category <> {}", from.days(),
                               until.days(), static_cast<int>(ledger::Category::kTransfer));
  AddCategories(statement, budget.categories);
  AddMerchants(statement, budget.merchants);
  AddTags(statement, budget.tags);
  return statement;
}

Statement DaysOf(const UserId& user, const Budget& budget, Date from, Date until) {
  Statement statement{"SELECT day, SUM(minor), SUM(pending_minor)", {}};
  statement.sql += " FROM spent_days WHERE user_id = " + statement.Param(user.str());
  statement.sql += " AND currency = " + statement.Param(std::string(budget.limit.currency.str()));
  statement.sql += fmt::format(" AND day >= {} AND day < {}", from.days(), until.days());
  AddCategories(statement, budget.categories);
  return statement;
}

}  // namespace

base::Result<bool> SpendTransaction(sql::Connection& connection, const UserId& user, const std::string& id, int64_t revision,
                                    const std::optional<SpentRow>& row, std::vector<SpentRow>& touched) {
  ASSIGN_OR_RETURN(const std::optional<Known> known, ReadKnown(connection, user, id));
  if (known && known->revision >= revision) return false;
  if (known && known->row) {
    RETURN_IF_ERROR(AddToSum(connection, user, *known->row, -1));
    touched.push_back(*known->row);
  }
  if (row) {
    RETURN_IF_ERROR(AddToSum(connection, user, *row, 1));
    touched.push_back(*row);
  }
  RETURN_IF_ERROR(Store(connection, user, id, revision, row));
  return true;
}

bool Counts(const Budget& budget, const SpentRow& row) {
  const auto has = [](const std::vector<std::string>& list, const std::string& text) {
    return std::binary_search(list.begin(), list.end(), text);
  };
  if (!IsSpending(row) || row.amount.currency != budget.limit.currency) return false;
  if (!budget.categories.empty() && std::none_of(budget.categories.begin(), budget.categories.end(),
                                                 [&](const CategoryRef& c) { return c.Covers(row.category); })) {
    return false;
  }
  if (!budget.merchants.empty() && !has(budget.merchants, row.merchant)) return false;
  return budget.tags.empty() ||
         std::any_of(row.tags.begin(), row.tags.end(), [&](const std::string& tag) { return has(budget.tags, tag); });
}

base::Result<std::vector<DaySum>> ReadDays(sql::Connection& connection, const UserId& user, const Budget& budget, Date from,
                                           Date until) {
  const bool by_sums = budget.merchants.empty() && budget.tags.empty();
  Statement statement =
      by_sums ? DaysOf(user, budget, from, until)
              : RowsOf("SELECT day, -SUM(amount_minor), -SUM(CASE WHEN pending = 1 THEN amount_minor ELSE 0 END)", user, budget,
                       from, until);
  statement.sql += " GROUP BY day ORDER BY day";
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(statement.sql, statement.params));
  std::vector<DaySum> days;
  for (const sql::Row& row : rows) days.push_back({Date::FromDays(static_cast<int32_t>(row.Int(0))), row.Int(1), row.Int(2)});
  return days;
}

base::Result<std::optional<DayRange>> ReadRange(sql::Connection& connection, const UserId& user, std::string_view currency) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT MIN(day), MAX(day) FROM spent_days WHERE user_id = $1 AND currency = $2",
                                    {user.str(), std::string(currency)}));
  if (rows.empty() || rows[0].is_null(0)) return std::optional<DayRange>();
  return std::optional<DayRange>(DayRange{Date::FromDays(static_cast<int32_t>(rows[0].Int(0))),
                                          Date::FromDays(static_cast<int32_t>(rows[0].Int(1)))});
}

base::Result<std::vector<std::string>> SpentRows(sql::Connection& connection, const UserId& user, const Budget& budget,
                                                 const Period& period, int limit) {
  Statement statement = RowsOf("SELECT id", user, budget, period.from, period.until);
  statement.sql += fmt::format(" ORDER BY day DESC, id LIMIT {}", limit);
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(statement.sql, statement.params));
  std::vector<std::string> ids;
  for (const sql::Row& row : rows) ids.push_back(row.Text(0));
  return ids;
}

base::Status ReplaceExpected(sql::Connection& connection, const UserId& user, const std::vector<ExpectedPayment>& payments) {
  RETURN_IF_ERROR(connection.Execute("DELETE FROM expected_payments WHERE user_id = $1", {user.str()}).status());
  for (const ExpectedPayment& payment : payments) {
    RETURN_IF_ERROR(connection
                        .Execute("INSERT INTO expected_payments (user_id, day, amount_minor, currency, category, child, merchant)"
                                 " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                                 {user.str(), int64_t{payment.date.days()}, payment.amount.minor,
                                  std::string(payment.amount.currency.str()), static_cast<int64_t>(payment.category.category),
                                  payment.category.child, payment.merchant})
                        .status());
  }
  return {};
}

base::Result<RecurringShare> ReadRecurringShare(sql::Connection& connection, const UserId& user, const Budget& budget,
                                                const Period& period, Date today) {
  Statement paid = RowsOf("SELECT COALESCE(-SUM(amount_minor), 0)", user, budget, period.from, today.AddDays(1));
  paid.sql += " AND merchant IN (SELECT merchant FROM expected_payments WHERE user_id = $1)";
  ASSIGN_OR_RETURN(const sql::Rows sums, connection.Query(paid.sql, paid.params));
  RecurringShare share{sums[0].Int(0), 0};
  if (!budget.tags.empty()) return share;
  Statement coming{"SELECT COALESCE(-SUM(amount_minor), 0)", {}};
  coming.sql += " FROM expected_payments WHERE user_id = " + coming.Param(user.str());
  coming.sql += " AND currency = " + coming.Param(std::string(budget.limit.currency.str()));
  coming.sql += fmt::format(" AND day > {} AND day < {}", today.days(), period.until.days());
  AddCategories(coming, budget.categories);
  AddMerchants(coming, budget.merchants);
  ASSIGN_OR_RETURN(const sql::Rows later, connection.Query(coming.sql, coming.params));
  share.to_come_minor = later[0].Int(0);
  return share;
}

}  // namespace finance::budget_manager
