// What was spent, by month, category and currency. Every transaction counts once whatever arrives
// twice, late or in another order: each has a revision, and the highest wins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/ledger/category.h"
#include "finance/ledger/date.h"
#include "finance/ledger/money.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::budget_manager {

namespace base = awry::base;
namespace sql = awry::sql;

struct SpentRow {
  ledger::Date date;
  ledger::Money amount;  // our sign: money out is negative
  ledger::Category category;
};

// A sum that a change touched.
struct TouchedSum {
  std::string month;  // "2026-01"
  ledger::Category category;
  std::string currency;
};

// Brings `id` to `row` (nothing: not counted any more) unless a higher or equal revision is known.
// Returns the sums that changed; none when nothing did.
base::Result<std::vector<TouchedSum>> SpendTransaction(sql::Connection& connection, const ledger::UserId& user,
                                                       const std::string& id, int64_t revision,
                                                       const std::optional<SpentRow>& row);

// Money out minus money back in, over the categories, in one month and currency.
base::Result<int64_t> SpentMinor(sql::Connection& connection, const ledger::UserId& user, const std::string& month,
                                 const std::vector<ledger::Category>& categories, std::string_view currency);

// Ids of the rows behind that sum, the newest first, at most `limit`.
base::Result<std::vector<std::string>> SpentRows(sql::Connection& connection, const ledger::UserId& user,
                                                 const std::string& month,
                                                 const std::vector<ledger::Category>& categories,
                                                 std::string_view currency, int limit);

}  // namespace finance::budget_manager
