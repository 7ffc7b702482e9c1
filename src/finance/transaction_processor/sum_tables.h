// Sums that triggers keep beside the rows, in the transaction of each write: `day_sums`, and `month_sums`
// for what spans years. A range reads whole months from the latter and its first and last days from the former.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "finance/ledger/category.h"
#include "finance/ledger/date.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::transaction_processor {

namespace base = awry::base;
namespace sql = awry::sql;

struct SumRange {
  ledger::UserId user;
  std::optional<ledger::Date> from, to;  // included
  std::string account;                   // "": all
};

// Months since year 0; a month begins on its 1st.
int64_t MonthNumber(ledger::Date date);
// Its first day. Clamped to the calendar.
ledger::Date FirstDayOfMonth(int64_t month_number);
// The same in SQL, of both engines: the number of the month in which day `day` (days since 1970-01-01) lies.
std::string MonthNumberSql(std::string_view day);

// A table expression for FROM, and the values of its placeholders $1 … $n. Its columns: month, account,
// currency, category, in_minor, out_minor, rows, balance_minor, balance_rows; any number of rows of one month.
struct SumSource {
  std::string table;
  std::vector<sql::SqlValue> values;
};
// The sums of `range`, of `category` only when it is given. With `month_start` (2 to 28) `month` is the one that
// begins on this day, and everything comes from the days.
SumSource SumsOf(const SumRange& range, std::optional<ledger::Category> category = {}, int month_start = 1);
// The same of single days, with column `day` in place of month.
SumSource DaySumsOf(const SumRange& range);

// The steps that make the tables and keep them; `sql_system` as in LedgerSteps. First the days alone, as
// databases out there have them; then the months, which takes the first ones' triggers over.
std::vector<std::string> DaySumSteps(std::string_view sql_system);
std::vector<std::string> MonthSumSteps(std::string_view sql_system);

}  // namespace finance::transaction_processor
