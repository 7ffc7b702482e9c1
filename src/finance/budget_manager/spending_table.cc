#include "finance/budget_manager/spending_table.h"

#include <algorithm>

namespace finance::budget_manager {
namespace {

struct Known {
  int64_t revision;
  std::optional<SpentRow> row;
};

base::Result<std::optional<Known>> ReadKnown(sql::Connection& connection, const ledger::UserId& user,
                                             const std::string& id) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT revision, removed, day, amount_minor, currency, category FROM spent_rows"
                                    " WHERE user_id = $1 AND id = $2",
                                    {user.str(), id}));
  if (rows.empty()) return std::optional<Known>();
  Known known{rows[0].Int(0), std::nullopt};
  if (rows[0].Int(1) == 0) {
    ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(rows[0].Text(4)));
    known.row = SpentRow{ledger::Date::FromDays(static_cast<int32_t>(rows[0].Int(2))),
                         {rows[0].Int(3), currency},
                         ledger::CategoryFromNumber(rows[0].Int(5)).value_or(ledger::Category::kUncategorized)};
  }
  return std::optional<Known>(std::move(known));
}

TouchedSum SumOf(const SpentRow& row) {
  return {row.date.MonthText(), row.category, std::string(row.amount.currency.str())};
}

base::Status AddToSum(sql::Connection& connection, const ledger::UserId& user, const SpentRow& row, int64_t sign) {
  const TouchedSum sum = SumOf(row);
  return connection
      .Execute("INSERT INTO spent (user_id, month, category, currency, minor) VALUES ($1, $2, $3, $4, $5)"
               " ON CONFLICT (user_id, month, category, currency) DO UPDATE SET minor = spent.minor + excluded.minor",
               {user.str(), sum.month, static_cast<int64_t>(sum.category), sum.currency, -sign * row.amount.minor})
      .status();
}

base::Status Store(sql::Connection& connection, const ledger::UserId& user, const std::string& id, int64_t revision,
                   const std::optional<SpentRow>& row) {
  return connection
      .Execute("INSERT INTO spent_rows (user_id, id, revision, removed, day, amount_minor, currency, category, month)"
               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (user_id, id) DO UPDATE SET"
               " revision = excluded.revision, removed = excluded.removed, day = excluded.day,"
               " amount_minor = excluded.amount_minor, currency = excluded.currency,"
               " category = excluded.category, month = excluded.month",
               {user.str(), id, revision, int64_t{row ? 0 : 1}, int64_t{row ? row->date.days() : 0},
                row ? row->amount.minor : int64_t{0}, row ? std::string(row->amount.currency.str()) : std::string(),
                row ? static_cast<int64_t>(row->category) : int64_t{0}, row ? row->date.MonthText() : std::string()})
      .status();
}

// "4,5": numbers that need no quoting.
std::string NumberList(const std::vector<ledger::Category>& categories) {
  std::string list;
  for (const ledger::Category category : categories) {
    if (!list.empty()) list += ',';
    list += std::to_string(static_cast<int>(category));
  }
  return list;
}

}  // namespace

base::Result<std::vector<TouchedSum>> SpendTransaction(sql::Connection& connection, const ledger::UserId& user,
                                                       const std::string& id, int64_t revision,
                                                       const std::optional<SpentRow>& row) {
  std::vector<TouchedSum> touched;
  ASSIGN_OR_RETURN(const std::optional<Known> known, ReadKnown(connection, user, id));
  if (known && known->revision >= revision) return touched;
  if (known && known->row) {
    RETURN_IF_ERROR(AddToSum(connection, user, *known->row, -1));
    touched.push_back(SumOf(*known->row));
  }
  if (row) {
    RETURN_IF_ERROR(AddToSum(connection, user, *row, 1));
    touched.push_back(SumOf(*row));
  }
  RETURN_IF_ERROR(Store(connection, user, id, revision, row));
  return touched;
}

base::Result<int64_t> SpentMinor(sql::Connection& connection, const ledger::UserId& user, const std::string& month,
                                 const std::vector<ledger::Category>& categories, std::string_view currency) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT COALESCE(SUM(minor), 0) FROM spent WHERE user_id = $1 AND month = $2"
                                    " AND currency = $3 AND category IN (" + NumberList(categories) + ")",
                                    {user.str(), month, std::string(currency)}));
  return rows[0].Int(0);
}

base::Result<std::vector<std::string>> SpentRows(sql::Connection& connection, const ledger::UserId& user,
                                                 const std::string& month,
                                                 const std::vector<ledger::Category>& categories,
                                                 std::string_view currency, int limit) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT id FROM spent_rows WHERE user_id = $1 AND month = $2 AND currency = $3"
                                    " AND removed = 0 AND category IN (" + NumberList(categories) + ")"
                                    " ORDER BY day DESC, id LIMIT $4",
                                    {user.str(), month, std::string(currency), int64_t{limit}}));
  std::vector<std::string> ids;
  for (const sql::Row& row : rows) ids.push_back(row.Text(0));
  return ids;
}

}  // namespace finance::budget_manager
