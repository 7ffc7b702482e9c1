// Two tables: `counted` has each transaction as it is counted now, `monthly` the sums by month,
// category and currency. A change takes the old row out of its sum and puts the new one in, in one
// transaction, so the sums always are what a recomputation would give.
#include "finance/spending_analyzer/statistics_table.h"

#include <algorithm>
#include <map>

namespace finance::spending_analyzer {
namespace {

using ledger::Category;

constexpr std::string_view kSteps[] = {
    "CREATE TABLE counted (user_id TEXT NOT NULL, id TEXT NOT NULL, revision BIGINT NOT NULL,"
    " removed INTEGER NOT NULL, day INTEGER NOT NULL, amount_minor BIGINT NOT NULL, currency TEXT NOT NULL,"
    " category INTEGER NOT NULL, merchant TEXT NOT NULL, PRIMARY KEY (user_id, id))",
    "CREATE TABLE monthly (user_id TEXT NOT NULL, month TEXT NOT NULL, category INTEGER NOT NULL,"
    " currency TEXT NOT NULL, out_minor BIGINT NOT NULL, in_minor BIGINT NOT NULL, n BIGINT NOT NULL,"
    " PRIMARY KEY (user_id, month, category, currency))",
    // Series are of an account, and have a name for people.
    "ALTER TABLE counted ADD COLUMN account TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE counted ADD COLUMN name TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX counted_by_day ON counted (user_id, day)",
    "CREATE INDEX counted_by_merchant ON counted (user_id, merchant, day)",
    "CREATE TABLE changes (user_id TEXT PRIMARY KEY, n BIGINT NOT NULL)",
    "CREATE TABLE series_marks (user_id TEXT NOT NULL, series_id TEXT NOT NULL, mark TEXT NOT NULL,"
    " PRIMARY KEY (user_id, series_id))"};

// Adds the row to its sum, or with `sign` -1 takes it out.
base::Status AddToSum(sql::Connection& connection, const ledger::UserId& user, const CountedRow& row, int64_t sign) {
  const int64_t minor = row.amount.minor;
  const auto changed = connection.Execute(
      "INSERT INTO monthly (user_id, month, category, currency, out_minor, in_minor, n)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (user_id, month, category, currency) DO UPDATE SET"
      " out_minor = monthly.out_minor + excluded.out_minor, in_minor = monthly.in_minor + excluded.in_minor,"
      " n = monthly.n + excluded.n",
      {user.str(), row.date.MonthText(), static_cast<int64_t>(row.category), std::string(row.amount.currency.str()),
       minor < 0 ? sign * -minor : int64_t{0}, minor > 0 ? sign * minor : int64_t{0}, sign});
  return changed.status();
}

struct Known {
  int64_t revision;
  std::optional<CountedRow> row;
};

base::Result<std::optional<Known>> ReadKnown(sql::Connection& connection, const ledger::UserId& user,
                                             const std::string& id) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT revision, removed, day, amount_minor, currency, category"
                                    " FROM counted WHERE user_id = $1 AND id = $2",
                                    {user.str(), id}));
  if (rows.empty()) return std::optional<Known>();
  Known known{rows[0].Int(0), std::nullopt};
  if (rows[0].Int(1) == 0) {
    ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(rows[0].Text(4)));
    known.row = CountedRow{ledger::Date::FromDays(static_cast<int32_t>(rows[0].Int(2))),
                           {rows[0].Int(3), currency},
                           ledger::CategoryFromNumber(rows[0].Int(5)).value_or(Category::kUncategorized),
                           "", "", ""};
  }
  return std::optional<Known>(std::move(known));
}

base::Status StoreCounted(sql::Connection& connection, const ledger::UserId& user, const std::string& id,
                          int64_t revision, const std::optional<CountedRow>& row) {
  const auto changed = connection.Execute(
      "INSERT INTO counted (user_id, id, revision, removed, day, amount_minor, currency, category, merchant, name, account)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (user_id, id) DO UPDATE SET"
      " revision = excluded.revision, removed = excluded.removed, day = excluded.day,"
      " amount_minor = excluded.amount_minor, currency = excluded.currency, category = excluded.category,"
      " merchant = excluded.merchant, name = excluded.name, account = excluded.account",
      {user.str(), id, revision, int64_t{row ? 0 : 1}, int64_t{row ? row->date.days() : 0},
       row ? row->amount.minor : int64_t{0}, row ? std::string(row->amount.currency.str()) : std::string(),
       row ? static_cast<int64_t>(row->category) : int64_t{0}, row ? row->merchant : std::string(),
       row ? row->name : std::string(), row ? row->account : std::string()});
  return changed.status();
}

Category ReadCategory(const sql::Row& row, size_t column) {
  return ledger::CategoryFromNumber(row.Int(column)).value_or(Category::kUncategorized);
}

}  // namespace

base::Status MigrateStatistics(sql::Database& database) { return database.Migrate(kSteps); }

base::Result<bool> CountTransaction(sql::Connection& connection, const ledger::UserId& user, const std::string& id,
                                    int64_t revision, const std::optional<CountedRow>& row) {
  ASSIGN_OR_RETURN(const std::optional<Known> known, ReadKnown(connection, user, id));
  if (known && known->revision >= revision) return false;
  if (known && known->row) RETURN_IF_ERROR(AddToSum(connection, user, *known->row, -1));
  if (row) RETURN_IF_ERROR(AddToSum(connection, user, *row, 1));
  RETURN_IF_ERROR(StoreCounted(connection, user, id, revision, row));
  return true;
}

base::Result<std::vector<CategorySum>> ReadSums(sql::Connection& connection, const ledger::UserId& user,
                                                const std::string& month) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT month, category, currency, out_minor, in_minor, n FROM monthly"
                                    " WHERE user_id = $1 AND n > 0 AND ($2 = '' OR month = $2)"
                                    " ORDER BY month, category, currency",
                                    {user.str(), month}));
  std::vector<CategorySum> sums;
  for (const sql::Row& row : rows) {
    sums.push_back({row.Text(0), ReadCategory(row, 1), row.Text(2), row.Int(3), row.Int(4), row.Int(5)});
  }
  return sums;
}

base::Result<Patterns> ReadPatterns(sql::Connection& connection, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT category, currency, SUM(out_minor), SUM(n) FROM monthly"
                                    " WHERE user_id = $1 GROUP BY category, currency ORDER BY category, currency",
                                    {user.str()}));
  Patterns patterns{.owner = user};
  int64_t grocery_rows = 0;  // of the currency with the most
  for (const sql::Row& row : rows) {
    const Category category = ReadCategory(row, 0);
    const int64_t n = row.Int(3);
    patterns.counts[static_cast<size_t>(category)] += n;
    patterns.count += n;
    if (category == Category::kGroceries && n > grocery_rows) {
      grocery_rows = n;
      patterns.currency = row.Text(1);
      patterns.avg_grocery_amount_minor = (row.Int(2) + n / 2) / n;
    }
  }
  if (patterns.count > 0) {
    patterns.grocery_frequency =
        static_cast<double>(patterns.counts[static_cast<size_t>(Category::kGroceries)]) / static_cast<double>(patterns.count);
  }
  return patterns;
}

// The merchants are walked from one to the next by the index, and their rows counted only until it is clear that
// they are too many: a large shop costs no more than a small one.
base::Result<std::vector<MerchantRow>> ReadMerchantRows(sql::Connection& connection, const ledger::UserId& user,
                                                        ledger::Date from, int limit) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("WITH RECURSIVE merchants(merchant) AS ("
                                    "SELECT MIN(merchant) FROM counted WHERE user_id = $1 AND merchant > ''"
                                    " UNION ALL SELECT (SELECT MIN(c.merchant) FROM counted c WHERE c.user_id = $1 AND c.merchant > merchants.merchant)"
                                    " FROM merchants WHERE merchants.merchant IS NOT NULL),"
                                    " regular(merchant) AS (SELECT merchant FROM merchants WHERE merchant IS NOT NULL AND"
                                    " (SELECT COUNT(*) FROM (SELECT 1 FROM counted c WHERE c.user_id = $1 AND c.merchant = merchants.merchant"
                                    " AND c.day >= $2 LIMIT $3 + 1) AS counted_rows) BETWEEN 2 AND $3)"
                                    " SELECT id, account, c.merchant, name, currency, day, amount_minor, category FROM regular CROSS JOIN counted c"
                                    " WHERE c.user_id = $1 AND c.merchant = regular.merchant AND day >= $2 AND removed = 0"
                                    " ORDER BY day DESC, id LIMIT $4",
                                    {user.str(), int64_t{from.days()}, int64_t{kMerchantRowsMax}, int64_t{limit}}));
  std::vector<MerchantRow> out;
  for (const sql::Row& row : rows) {
    out.push_back({row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4),
                   ledger::Date::FromDays(static_cast<int32_t>(row.Int(5))), row.Int(6), ReadCategory(row, 7)});
  }
  std::sort(out.begin(), out.end(), [](const MerchantRow& a, const MerchantRow& b) {
    return std::tie(a.account, a.merchant, a.currency, a.date, a.id) < std::tie(b.account, b.merchant, b.currency, b.date, b.id);
  });
  return out;
}

base::Result<std::vector<DayFlow>> ReadDayFlows(sql::Connection& connection, const ledger::UserId& user, ledger::Date from,
                                                ledger::Date until, const std::string& account) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT currency, day, SUM(CASE WHEN amount_minor < 0 THEN -amount_minor ELSE 0 END),"
                                    " SUM(CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END) FROM counted"
                                    " WHERE user_id = $1 AND day >= $2 AND day < $3 AND removed = 0 AND category <> 2"
                                    " AND ($4 = '' OR account = $4) GROUP BY currency, day ORDER BY currency, day",
                                    {user.str(), int64_t{from.days()}, int64_t{until.days()}, account}));
  std::vector<DayFlow> flows;
  for (const sql::Row& row : rows) {
    flows.push_back({row.Text(0), ledger::Date::FromDays(static_cast<int32_t>(row.Int(1))), row.Int(2), row.Int(3)});
  }
  return flows;
}

base::Result<std::optional<ledger::Date>> ReadFirstDay(sql::Connection& connection, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT day FROM counted WHERE user_id = $1 AND removed = 0 ORDER BY day LIMIT 1", {user.str()}));
  if (rows.empty()) return std::optional<ledger::Date>();
  return std::optional<ledger::Date>(ledger::Date::FromDays(static_cast<int32_t>(rows[0].Int(0))));
}

base::Status NoteChange(sql::Connection& connection, const ledger::UserId& user) {
  return connection
      .Execute("INSERT INTO changes (user_id, n) VALUES ($1, 1) ON CONFLICT (user_id) DO UPDATE SET n = changes.n + 1", {user.str()})
      .status();
}

base::Result<int64_t> ReadChanges(sql::Connection& connection, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT n FROM changes WHERE user_id = $1", {user.str()}));
  return rows.empty() ? int64_t{0} : rows[0].Int(0);
}

base::Status StoreMark(sql::Connection& connection, const ledger::UserId& user, const SeriesMark& mark) {
  RETURN_IF_ERROR(NoteChange(connection, user));
  if (mark.mark == "auto") {
    return connection.Execute("DELETE FROM series_marks WHERE user_id = $1 AND series_id = $2", {user.str(), mark.series_id}).status();
  }
  return connection
      .Execute("INSERT INTO series_marks (user_id, series_id, mark) VALUES ($1, $2, $3)"
               " ON CONFLICT (user_id, series_id) DO UPDATE SET mark = excluded.mark",
               {user.str(), mark.series_id, mark.mark})
      .status();
}

base::Result<std::vector<SeriesMark>> ReadMarks(sql::Connection& connection, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT series_id, mark FROM series_marks WHERE user_id = $1", {user.str()}));
  std::vector<SeriesMark> marks;
  for (const sql::Row& row : rows) marks.push_back({row.Text(0), row.Text(1)});
  return marks;
}

}  // namespace finance::spending_analyzer
