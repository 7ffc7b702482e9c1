// A row counts with its amount in `in_minor` or `out_minor` and as one of `rows` unless it was split, and in
// `balance_minor` and `balance_rows` unless it is a part. An update takes the old row out of its sums and
// puts the new one in; changes of other columns cost nothing.
#include "finance/transaction_processor/sum_tables.h"

#include <fmt/format.h>

namespace finance::transaction_processor {
namespace {

using ledger::Date;

constexpr std::string_view kSums = "account, currency, category, in_minor, out_minor, rows, balance_minor, balance_rows";
constexpr std::string_view kSumColumns = "user_id, day, account, currency, category, amount_minor, part_count, parent, deleted_ns";

// One of the two tables: its name, its column of time, and that column of a row.
struct Table {
  std::string_view name;
  std::string_view time;
  std::string time_of_row;
};
Table Days(std::string_view row) { return {"day_sums", "day", fmt::format("{}.day", row)}; }
Table Months(std::string_view row) { return {"month_sums", "month", "(" + MonthNumberSql(fmt::format("{}.day", row)) + ")"}; }

std::string Create(std::string_view table, std::string_view time, std::string_view options = "") {
  return fmt::format(
      "CREATE TABLE {} (user_id TEXT NOT NULL, {} INTEGER NOT NULL, account TEXT NOT NULL, currency TEXT NOT NULL,"
      " category INTEGER NOT NULL, in_minor BIGINT NOT NULL, out_minor BIGINT NOT NULL, rows BIGINT NOT NULL,"
      " balance_minor BIGINT NOT NULL, balance_rows BIGINT NOT NULL,"
      " PRIMARY KEY (user_id, {}, account, currency, category)){}",
      table, time, time, options);
}

std::string AddSums(const Table& table, std::string_view row) {
  return fmt::format(
      "INSERT INTO {1} (user_id, {2}, account, currency, category, in_minor, out_minor, rows, balance_minor, balance_rows)"
      " VALUES ({0}.user_id, {3}, {0}.account, {0}.currency, {0}.category,"
      " CASE WHEN {0}.amount_minor > 0 AND {0}.part_count = 0 THEN {0}.amount_minor ELSE 0 END,"
      " CASE WHEN {0}.amount_minor < 0 AND {0}.part_count = 0 THEN {0}.amount_minor ELSE 0 END,"
      " CASE WHEN {0}.part_count = 0 THEN 1 ELSE 0 END,"
      " CASE WHEN {0}.parent = '' THEN {0}.amount_minor ELSE 0 END,"
      " CASE WHEN {0}.parent = '' THEN 1 ELSE 0 END)"
      " ON CONFLICT (user_id, {2}, account, currency, category) DO UPDATE SET in_minor = {1}.in_minor + excluded.in_minor,"
      " out_minor = {1}.out_minor + excluded.out_minor, rows = {1}.rows + excluded.rows,"
      " balance_minor = {1}.balance_minor + excluded.balance_minor,"
      " balance_rows = {1}.balance_rows + excluded.balance_rows;",
      row, table.name, table.time, table.time_of_row);
}

std::string TakeSums(const Table& table, std::string_view row) {
  return fmt::format(
      "UPDATE {1} SET"
      " in_minor = in_minor - CASE WHEN {0}.amount_minor > 0 AND {0}.part_count = 0 THEN {0}.amount_minor ELSE 0 END,"
      " out_minor = out_minor - CASE WHEN {0}.amount_minor < 0 AND {0}.part_count = 0 THEN {0}.amount_minor ELSE 0 END,"
      " rows = rows - CASE WHEN {0}.part_count = 0 THEN 1 ELSE 0 END,"
      " balance_minor = balance_minor - CASE WHEN {0}.parent = '' THEN {0}.amount_minor ELSE 0 END,"
      " balance_rows = balance_rows - CASE WHEN {0}.parent = '' THEN 1 ELSE 0 END"
      " WHERE user_id = {0}.user_id AND {2} = {3} AND account = {0}.account AND currency = {0}.currency"
      " AND category = {0}.category;",
      row, table.name, table.time, table.time_of_row);
}

// Of databases from before rows could be split or deleted.
constexpr std::string_view kFillDays =
    "INSERT INTO day_sums SELECT user_id, day, account, currency, category,"
    " SUM(CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END), SUM(CASE WHEN amount_minor < 0 THEN amount_minor ELSE 0 END),"
    " COUNT(*), SUM(amount_minor), COUNT(*) FROM transactions GROUP BY user_id, day, account, currency, category";

std::string FillMonths() {
  return "INSERT INTO month_sums SELECT user_id, " + MonthNumberSql("day") +
         ", account, currency, category, SUM(in_minor), SUM(out_minor), SUM(rows), SUM(balance_minor), SUM(balance_rows)"
         " FROM day_sums GROUP BY 1, 2, 3, 4, 5";
}

// SQLite turns a sum that leaves 64 bits into a float without a word: the guard refuses the row.
std::string Guard(std::string_view table, std::string_view event) {
  return fmt::format(
      "CREATE TRIGGER {0}_guard_{1} AFTER {1} ON {0} WHEN typeof(new.in_minor) <> 'integer' OR"
      " typeof(new.out_minor) <> 'integer' OR typeof(new.balance_minor) <> 'integer'"
      " BEGIN SELECT RAISE(ABORT, 'sum of amounts is beyond 64 bits'); END",
      table, event);
}

// SQLite: the statements of triggers that keep `tables`.
void AddTriggers(std::vector<std::string>& steps, const std::string& add_new, const std::string& take_old) {
  steps.push_back("CREATE TRIGGER transactions_sum_insert AFTER INSERT ON transactions WHEN new.deleted_ns = 0 BEGIN " + add_new + " END");
  steps.push_back("CREATE TRIGGER transactions_sum_delete AFTER DELETE ON transactions WHEN old.deleted_ns = 0 BEGIN " + take_old + " END");
  steps.push_back(fmt::format("CREATE TRIGGER transactions_sum_take AFTER UPDATE OF {} ON transactions WHEN old.deleted_ns = 0 BEGIN {} END",
                              kSumColumns, take_old));
  steps.push_back(fmt::format("CREATE TRIGGER transactions_sum_add AFTER UPDATE OF {} ON transactions WHEN new.deleted_ns = 0 BEGIN {} END",
                              kSumColumns, add_new));
}

// PostgreSQL: the function that its trigger calls.
std::string CountFunction(const std::string& add_new, const std::string& take_old) {
  return "CREATE OR REPLACE FUNCTION count_transaction() RETURNS trigger AS $$ BEGIN"
         " IF TG_OP <> 'INSERT' THEN IF OLD.deleted_ns = 0 THEN " + take_old + " END IF; END IF;"
         " IF TG_OP <> 'DELETE' THEN IF NEW.deleted_ns = 0 THEN " + add_new + " END IF; END IF;"
         " RETURN NULL; END $$ LANGUAGE plpgsql";
}

// WHERE of one of the two tables, whose placeholders go on from those of `source`.
class Where {
 public:
  Where(SumSource& source, std::string text) : source_(source), text_(std::move(text)) {}
  Where& And(std::string_view condition, sql::SqlValue value) {
    source_.values.push_back(std::move(value));
    text_ += fmt::format(" AND {} ${}", condition, source_.values.size());
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  SumSource& source_;
  std::string text_;
};

}  // namespace

int64_t MonthNumber(Date date) { return int64_t{date.year()} * 12 + date.month() - 1; }

Date FirstDayOfMonth(int64_t month_number) {
  const auto date = Date::FromYmd(static_cast<int>(month_number / 12), static_cast<int>(month_number % 12) + 1, 1);
  return date ? *date : Date::FromDays(month_number <= 12 ? INT32_MIN : INT32_MAX);
}

// Days since 0000-03-01 in centuries of 146,097 quarters of days, in them years of 1,461, in them months of 153
// fifths of days from March on.
std::string MonthNumberSql(std::string_view day) {
  const std::string quarters = fmt::format("(4 * ({} + 719468) + 3)", day);
  const std::string in_century = fmt::format("(({} % 146097) | 3)", quarters);
  return fmt::format("({0} / 146097 * 100 + {1} / 1461) * 12 + (5 * ({1} % 1461 / 4) + 2) / 153 + 2", quarters, in_century);
}

SumSource SumsOf(const SumRange& range, std::optional<ledger::Category> category, int month_start) {
  SumSource source{"", {range.user.str()}};
  std::string shared = "user_id = $1";
  if (!range.account.empty()) {
    source.values.emplace_back(range.account);
    shared += fmt::format(" AND account = ${}", source.values.size());
  }
  if (category) shared += fmt::format(" AND category = {}", static_cast<int>(*category));
  const auto add = [&source](const std::string& select) { source.table += (source.table.empty() ? "(" : " UNION ALL ") + select; };
  const auto add_days = [&](std::optional<Date> from, std::optional<Date> to) {
    Where where(source, shared);
    if (from) where.And("day >=", int64_t{from->days()});
    if (to) where.And("day <=", int64_t{to->days()});
    const std::string day = month_start == 1 ? "day" : fmt::format("day - {}", month_start - 1);
    add(fmt::format("SELECT {} AS month, {} FROM day_sums WHERE {}", MonthNumberSql(day), kSums, where.text()));
  };
  std::optional<int64_t> first, last;  // whole months
  if (range.from) first = MonthNumber(*range.from) + (range.from->day() == 1 ? 0 : 1);
  if (range.to) last = MonthNumber(*range.to) - (range.to->AddDays(1).day() == 1 ? 0 : 1);
  if (month_start != 1 || (first && last && *first > *last)) {
    add_days(range.from, range.to);
  } else {
    Where where(source, shared);
    if (first) where.And("month >=", *first);
    if (last) where.And("month <=", *last);
    add(fmt::format("SELECT month, {} FROM month_sums WHERE {}", kSums, where.text()));
    if (range.from && range.from->day() != 1) add_days(range.from, FirstDayOfMonth(*first).AddDays(-1));
    if (range.to && range.to->AddDays(1).day() != 1) add_days(FirstDayOfMonth(*last + 1), range.to);
  }
  source.table += ") AS sums";
  return source;
}

SumSource DaySumsOf(const SumRange& range) {
  SumSource source{"", {range.user.str()}};
  Where where(source, "user_id = $1");
  if (range.from) where.And("day >=", int64_t{range.from->days()});
  if (range.to) where.And("day <=", int64_t{range.to->days()});
  if (!range.account.empty()) where.And("account =", range.account);
  source.table = fmt::format("(SELECT day, {} FROM day_sums WHERE {}) AS sums", kSums, where.text());
  return source;
}

std::vector<std::string> DaySumSteps(std::string_view sql_system) {
  std::vector<std::string> steps;
  if (sql_system == "sqlite") {
    steps.emplace_back(kFillDays);
    AddTriggers(steps, AddSums(Days("new"), "new"), TakeSums(Days("old"), "old"));
    steps.push_back(Guard("day_sums", "insert"));
    steps.push_back(Guard("day_sums", "update"));
  } else {
    steps.emplace_back(kFillDays);
    steps.push_back(CountFunction(AddSums(Days("NEW"), "NEW"), TakeSums(Days("OLD"), "OLD")));
    steps.push_back(fmt::format("CREATE TRIGGER transactions_sum AFTER INSERT OR DELETE OR UPDATE OF {} ON transactions"
                                " FOR EACH ROW EXECUTE FUNCTION count_transaction()", kSumColumns));
  }
  return steps;
}

std::vector<std::string> MonthSumSteps(std::string_view sql_system) {
  std::vector<std::string> steps;
  if (sql_system == "sqlite") {
    for (const std::string_view trigger : {"insert", "delete", "take", "add"}) {
      steps.push_back(fmt::format("DROP TRIGGER transactions_sum_{}", trigger));
    }
    // Without a second tree for the key a question reads half as much, and a write changes half as much.
    steps.push_back(Create("day_sums_by_key", "day", " WITHOUT ROWID"));
    steps.emplace_back("INSERT INTO day_sums_by_key SELECT * FROM day_sums WHERE rows <> 0 OR balance_rows <> 0"
                       " ORDER BY user_id, day, account, currency, category");
    steps.emplace_back("DROP TABLE day_sums");
    steps.emplace_back("ALTER TABLE day_sums_by_key RENAME TO day_sums");
    steps.push_back(Create("month_sums", "month", " WITHOUT ROWID"));
    steps.push_back(FillMonths());
    AddTriggers(steps, AddSums(Days("new"), "new") + " " + AddSums(Months("new"), "new"),
                TakeSums(Days("old"), "old") + " " + TakeSums(Months("old"), "old"));
    for (const std::string_view table : {"day_sums", "month_sums"}) {
      steps.push_back(Guard(table, "insert"));
      steps.push_back(Guard(table, "update"));
    }
  } else {
    steps.push_back(Create("month_sums", "month"));
    steps.push_back(FillMonths());
    steps.push_back(CountFunction(AddSums(Days("NEW"), "NEW") + " " + AddSums(Months("NEW"), "NEW"),
                                  TakeSums(Days("OLD"), "OLD") + " " + TakeSums(Months("OLD"), "OLD")));
  }
  // For totals over amounts and over hits of a search, and for rows of rare amounts, without the table.
  steps.emplace_back("CREATE INDEX transactions_amounts ON transactions (user_id, amount_minor, deleted_ns, part_count, category, currency, day, account)");
  steps.emplace_back("CREATE INDEX transactions_unsure ON transactions (user_id, day, id, parent, part_count, category, currency, amount_minor, account)"
                     " WHERE category_source = 3 AND confidence < 0.6 AND transfer_id = '' AND deleted_ns = 0");
  steps.emplace_back("DROP INDEX transactions_by_seq");
  steps.emplace_back("CREATE INDEX transactions_by_seq ON transactions (seq, user_id, deleted_ns, part_count, category, currency, amount_minor)");
  return steps;
}

}  // namespace finance::transaction_processor
