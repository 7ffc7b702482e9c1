// Sums over many rows, out of the sums that are kept beside them (sum_tables.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "finance/transaction_processor/account_table.h"
#include "finance/transaction_processor/sum_tables.h"
#include "finance/ledger/category.h"
#include "sql/database.h"

namespace finance::transaction_processor {

struct CategorySum {
  std::string period;  // "2026-01" or "2026-01-31"
  ledger::Category category = ledger::Category::kUncategorized;
  std::string currency;
  int64_t in_minor = 0, out_minor = 0, rows = 0;
};
// By period, category and currency, the oldest first. A month begins on day `month_start` (1 to 28) and
// has the name of the month that it begins in.
base::Result<std::vector<CategorySum>> SumsByPeriod(sql::Connection& connection, const SumRange& range, bool by_day, int month_start);

struct Flow {
  std::string currency;
  std::vector<std::pair<ledger::Category, int64_t>> income, spending;  // above 0, the largest first
  int64_t income_minor = 0, spending_minor = 0;
};
// What came in and went out by category, transfers left out; a refund is less spending.
base::Result<std::vector<Flow>> CashFlow(sql::Connection& connection, const SumRange& range);

struct AccountBalance {
  Account account;
  int64_t balance_minor = 0;
  int64_t rows = 0;
  std::optional<ledger::Date> newest;
};
// Opening balance and rows in the account's currency; rows in others are left out.
base::Result<std::vector<AccountBalance>> Balances(sql::Connection& connection, const ledger::UserId& user);

enum class Step { kDay, kWeek, kMonth };
inline constexpr size_t kNetWorthPointsMax = 4000;
struct NetWorthPoint {
  ledger::Date date;
  std::map<std::string, int64_t> by_account;  // id
  std::map<std::string, int64_t> by_currency;
};
// The balances at the end of each step from `from` to `to`, both included. kInvalidArgument beyond
// kNetWorthPointsMax.
base::Result<std::vector<NetWorthPoint>> NetWorth(sql::Connection& connection, const ledger::UserId& user, ledger::Date from,
                                                  ledger::Date to, Step step);

}  // namespace finance::transaction_processor
