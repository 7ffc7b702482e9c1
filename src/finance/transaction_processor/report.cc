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

// WHERE of a range, with its values.
struct Where {
  std::string text;
  std::vector<sql::SqlValue> values;
};

Where WhereOf(const SumRange& range) {
  Where where{"user_id = $1", {range.user.str()}};
  const auto add = [&where](std::string_view condition, sql::SqlValue value) {
    where.values.push_back(std::move(value));
    where.text += fmt::format(" AND {} ${}", condition, where.values.size());
  };
  if (range.from) add("day >=", int64_t{range.from->days()});
  if (range.to) add("day <=", int64_t{range.to->days()});
  if (!range.account.empty()) add("account =", range.account);
  return where;
}

// The month that a day belongs to when months begin on `month_start`.
std::string MonthOf(Date date, int month_start) { return date.AddDays(1 - month_start).MonthText(); }

base::Result<Date> EndOfStep(Date date, Step step) {
  if (step == Step::kDay) return date;
  if (step == Step::kWeek) return date.AddDays(7 - date.weekday());
  const bool december = date.month() == 12;
  const auto next = Date::FromYmd(date.year() + (december ? 1 : 0), december ? 1 : date.month() + 1, 1);
  if (!next) return base::InvalidArgument("range ends beyond the calendar: " + date.ToString());
  return next->AddDays(-1);
}

}  // namespace

base::Result<std::vector<CategorySum>> SumsByPeriod(sql::Connection& connection, const SumRange& range, bool by_day, int month_start) {
  const Where where = WhereOf(range);
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT day, category, currency, SUM(in_minor), SUM(out_minor), SUM(rows) FROM day_sums WHERE " +
                                        where.text + " GROUP BY day, category, currency ORDER BY day",
                                    where.values));
  std::map<std::tuple<std::string, int64_t, std::string>, CategorySum> sums;
  int64_t last_day = INT64_MIN;
  std::string period;
  for (const sql::Row& row : rows) {
    if (row.Int(5) == 0) continue;
    if (row.Int(0) != last_day) {
      last_day = row.Int(0);
      const Date date = Date::FromDays(static_cast<int32_t>(last_day));
      period = by_day ? date.ToString() : MonthOf(date, month_start);
    }
    CategorySum& sum = sums[{period, row.Int(1), row.Text(2)}];
    sum.period = period;
    sum.category = ledger::CategoryFromNumber(row.Int(1)).value_or(Category::kUncategorized);
    sum.currency = row.Text(2);
    RETURN_IF_ERROR(Add(sum.in_minor, row.Int(3)));
    RETURN_IF_ERROR(Add(sum.out_minor, row.Int(4)));
    sum.rows += row.Int(5);
  }
  std::vector<CategorySum> result;
  for (auto& [key, sum] : sums) result.push_back(std::move(sum));
  return result;
}

base::Result<std::vector<Flow>> CashFlow(sql::Connection& connection, const SumRange& range) {
  const Where where = WhereOf(range);
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT currency, category, SUM(in_minor), SUM(out_minor) FROM day_sums WHERE " + where.text +
                                        " AND category <> 2 AND rows <> 0 GROUP BY currency, category ORDER BY currency, category",
                                    where.values));
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
                   connection.Query("SELECT account, currency, SUM(balance_minor), SUM(balance_rows), MAX(day) FROM day_sums"
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
      balance.newest = Date::FromDays(static_cast<int32_t>(row.Int(4)));
    }
    balances.push_back(std::move(balance));
  }
  return balances;
}

base::Result<std::vector<NetWorthPoint>> NetWorth(sql::Connection& connection, const ledger::UserId& user, Date from, Date to, Step step) {
  ASSIGN_OR_RETURN(const std::vector<Account> accounts, ReadAccounts(connection, user));
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT day, account, currency, SUM(balance_minor) FROM day_sums WHERE user_id = $1 AND day <= $2"
                                    " AND balance_rows > 0 GROUP BY day, account, currency ORDER BY day",
                                    {user.str(), int64_t{to.days()}}));
  std::map<std::string, const Account*> by_id;
  std::map<std::string, int64_t> balance;
  for (const Account& account : accounts) by_id[account.id] = &account;
  std::vector<NetWorthPoint> series;
  size_t next = 0;
  for (Date at = from; at <= to;) {
    ASSIGN_OR_RETURN(const Date full, EndOfStep(at, step));
    const Date end = std::min(full, to);
    for (; next < rows.size() && rows[next].Int(0) <= end.days(); ++next) {
      const auto account = by_id.find(rows[next].Text(1));
      if (account == by_id.end() || account->second->currency.str() != rows[next].Text(2)) continue;
      RETURN_IF_ERROR(Add(balance[account->first], rows[next].Int(3)));
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
