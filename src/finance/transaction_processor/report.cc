#include "finance/transaction_processor/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace finance::transaction_processor {
namespace {

using ledger::Category;
using ledger::Date;

// A sum in 64 bits, or kOutOfRange.
base::Status Add(int64_t& sum, int64_t more) {
  ASSIGN_OR_RETURN(sum, ledger::AddMinor(sum, more));
  return {};
}

base::Result<Date> EndOfStep(Date date, Step step) {
  if (step == Step::kDay) return date;
  if (step == Step::kWeek) return date.AddDays(7 - date.weekday());
  const bool december = date.month() == 12;
  const auto next = Date::FromYmd(date.year() + (december ? 1 : 0), december ? 1 : date.month() + 1, 1);
  if (!next) return base::InvalidArgument("range ends beyond the calendar: " + date.ToString());
  return next->AddDays(-1);
}

// The day of the account's newest row, which lies in month `month_number`.
base::Result<std::optional<Date>> NewestDay(sql::Connection& connection, const ledger::UserId& user, const Account& account, int64_t month_number) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT MAX(day) FROM day_sums WHERE user_id = $1 AND day >= $2 AND day < $3 AND account = $4"
                                    " AND currency = $5 AND balance_rows > 0",
                                    {user.str(), int64_t{FirstDayOfMonth(month_number).days()}, int64_t{FirstDayOfMonth(month_number + 1).days()},
                                     account.id, std::string(account.currency.str())}));
  if (rows.empty() || rows[0].is_null(0)) return std::optional<Date>();
  return std::optional<Date>(Date::FromDays(static_cast<int32_t>(rows[0].Int(0))));
}

// What an account's balance changes by, on a day or in the days from it until the step's end.
struct Movement {
  Date date;
  std::string account, currency;
  int64_t minor;
};

base::Status AppendMovements(sql::Connection& connection, const SumSource& source, std::string_view time, Date first, std::vector<Movement>& out) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(fmt::format("SELECT {0}, account, currency, SUM(balance_minor) FROM {1} WHERE balance_rows > 0"
                                                " GROUP BY 1, account, currency ORDER BY 1",
                                                time, source.table),
                                    source.values));
  for (const sql::Row& row : rows) {
    const Date date = time == "day" ? Date::FromDays(static_cast<int32_t>(row.Int(0))) : time == "month" ? FirstDayOfMonth(row.Int(0)) : first;
    out.push_back({std::max(date, first), row.Text(1), row.Text(2), row.Int(3)});
  }
  return {};
}

// From the oldest; what lies before `from` stands at `from`.
base::Result<std::vector<Movement>> ReadMovements(sql::Connection& connection, const ledger::UserId& user, Date from, Date to, Step step) {
  std::vector<Movement> movements;
  const Date before = from.AddDays(-1);
  if (before < from) {
    RETURN_IF_ERROR(AppendMovements(connection, SumsOf({.user = user, .from = {}, .to = before, .account = ""}), "0", from, movements));
  }
  const SumRange range{.user = user, .from = from, .to = to, .account = ""};
  const bool months = step == Step::kMonth;
  RETURN_IF_ERROR(AppendMovements(connection, months ? SumsOf(range) : DaySumsOf(range), months ? "month" : "day", from, movements));
  return movements;
}

}  // namespace

base::Result<std::vector<CategorySum>> SumsByPeriod(sql::Connection& connection, const SumRange& range, bool by_day, int month_start) {
  // What is asked by day comes from the days as they are.
  const SumSource source = by_day ? DaySumsOf(range) : SumsOf(range, {}, month_start);
  const std::string_view time = by_day ? "day" : "month";
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(fmt::format("SELECT {0}, category, currency, SUM(in_minor), SUM(out_minor), SUM(rows) FROM {1}"
                                                " GROUP BY {0}, category, currency HAVING SUM(rows) <> 0 ORDER BY {0}, category, currency",
                                                time, source.table),
                                    source.values));
  std::vector<CategorySum> sums;
  int64_t last_time = INT64_MIN;
  std::string period;
  for (const sql::Row& row : rows) {
    if (row.Int(0) != last_time) {
      last_time = row.Int(0);
      period = by_day ? Date::FromDays(static_cast<int32_t>(last_time)).ToString() : FirstDayOfMonth(last_time).MonthText();
    }
    sums.push_back({.period = period,
                    .category = ledger::CategoryFromNumber(row.Int(1)).value_or(Category::kUncategorized),
                    .currency = row.Text(2),
                    .in_minor = row.Int(3),
                    .out_minor = row.Int(4),
                    .rows = row.Int(5)});
  }
  return sums;
}

base::Result<std::vector<Flow>> CashFlow(sql::Connection& connection, const SumRange& range) {
  const SumSource source = SumsOf(range);
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT currency, category, SUM(in_minor), SUM(out_minor) FROM " + source.table +
                                        " WHERE category <> 2 AND rows <> 0 GROUP BY currency, category ORDER BY currency, category",
                                    source.values));
  std::vector<Flow> flows;
  for (const sql::Row& row : rows) {
    if (flows.empty() || flows.back().currency != row.Text(0)) flows.push_back({.currency = row.Text(0), .income = {}, .spending = {}});
    Flow& flow = flows.back();
    ASSIGN_OR_RETURN(const int64_t net, ledger::AddMinor(row.Int(2), row.Int(3)));
    const Category category = ledger::CategoryFromNumber(row.Int(1)).value_or(Category::kUncategorized);
    if (net > 0) {
      flow.income.emplace_back(category, net);
      RETURN_IF_ERROR(Add(flow.income_minor, net));
    } else if (net < 0) {
      ASSIGN_OR_RETURN(const int64_t spent, ledger::NegateMinor(net));
      flow.spending.emplace_back(category, spent);
      RETURN_IF_ERROR(Add(flow.spending_minor, spent));
    }
  }
  for (Flow& flow : flows) {
    for (auto* side : {&flow.income, &flow.spending}) {
      std::stable_sort(side->begin(), side->end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    }
  }
  return flows;
}

base::Result<std::vector<AccountBalance>> Balances(sql::Connection& connection, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(std::vector<Account> accounts, ReadAccounts(connection, user));
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT account, currency, SUM(balance_minor), SUM(balance_rows), MAX(month) FROM month_sums"
                                    " WHERE user_id = $1 AND balance_rows > 0 GROUP BY account, currency",
                                    {user.str()}));
  std::vector<AccountBalance> balances;
  for (Account& account : accounts) {
    AccountBalance balance{std::move(account), 0, 0, {}};
    balance.balance_minor = balance.account.opening_minor.value_or(0);
    for (const sql::Row& row : rows) {
      if (row.Text(0) != balance.account.id || row.Text(1) != balance.account.currency.str()) continue;
      RETURN_IF_ERROR(Add(balance.balance_minor, row.Int(2)));
      balance.rows = row.Int(3);
      ASSIGN_OR_RETURN(balance.newest, NewestDay(connection, user, balance.account, row.Int(4)));
    }
    balances.push_back(std::move(balance));
  }
  return balances;
}

base::Result<std::vector<NetWorthPoint>> NetWorth(sql::Connection& connection, const ledger::UserId& user, Date from, Date to, Step step) {
  ASSIGN_OR_RETURN(const std::vector<Account> accounts, ReadAccounts(connection, user));
  ASSIGN_OR_RETURN(const std::vector<Movement> rows, ReadMovements(connection, user, from, to, step));
  std::map<std::string, const Account*> by_id;
  std::map<std::string, int64_t> balance;
  for (const Account& account : accounts) by_id[account.id] = &account;
  std::vector<NetWorthPoint> series;
  size_t next = 0;
  for (Date at = from; at <= to;) {
    ASSIGN_OR_RETURN(const Date full, EndOfStep(at, step));
    const Date end = std::min(full, to);
    for (; next < rows.size() && rows[next].date <= end; ++next) {
      const auto account = by_id.find(rows[next].account);
      if (account == by_id.end() || account->second->currency.str() != rows[next].currency) continue;
      RETURN_IF_ERROR(Add(balance[account->first], rows[next].minor));
    }
    if (series.size() == kNetWorthPointsMax) return base::InvalidArgument(fmt::format("range has too many steps: at most {}", kNetWorthPointsMax));
    NetWorthPoint point{.date = end, .by_account = {}, .by_currency = {}};
    for (const Account& account : accounts) {
      int64_t sum = balance[account.id];
      if (!account.opening_date || *account.opening_date <= end) RETURN_IF_ERROR(Add(sum, account.opening_minor.value_or(0)));
      point.by_account[account.id] = sum;
      RETURN_IF_ERROR(Add(point.by_currency[std::string(account.currency.str())], sum));
    }
    series.push_back(std::move(point));
    if (end == to) break;
    at = end.AddDays(1);
  }
  return series;
}

}  // namespace finance::transaction_processor
