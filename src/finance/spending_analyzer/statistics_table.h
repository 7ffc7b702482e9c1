// What is counted, and the sums over it. Every transaction is counted once whatever arrives twice,
// late or in another order: each has a revision, and the highest wins.
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
#include "finance/spending_analyzer/patterns.h"
#include "sql/database.h"

namespace finance::spending_analyzer {

namespace sql = awry::sql;

struct CountedRow {
  ledger::Date date;
  ledger::Money amount;
  ledger::Category category;
  std::string merchant;  // folded, see ledger::MerchantKey
};

// Brings `id` to `row` (nothing: not counted any more) unless a higher or equal revision is known.
// Returns whether anything changed.
base::Result<bool> CountTransaction(sql::Connection& connection, const ledger::UserId& user, const std::string& id,
                                    int64_t revision, const std::optional<CountedRow>& row);

struct CategorySum {
  std::string month;  // "2026-01"
  ledger::Category category = ledger::Category::kUncategorized;
  std::string currency;
  int64_t out_minor = 0;  // money out, as a magnitude
  int64_t in_minor = 0;   // money in
  int64_t count = 0;
};

// Oldest month first, by category and currency inside a month. `month` "" means all.
base::Result<std::vector<CategorySum>> ReadSums(sql::Connection& connection, const ledger::UserId& user,
                                                const std::string& month);

base::Result<Patterns> ReadPatterns(sql::Connection& connection, const ledger::UserId& user);

struct MerchantRow {
  std::string merchant;
  std::string currency;
  ledger::Date date;
  int64_t amount_minor = 0;
  ledger::Category category = ledger::Category::kUncategorized;
};

// The newest `limit` rows with a merchant, by merchant, currency and date.
base::Result<std::vector<MerchantRow>> ReadMerchantRows(sql::Connection& connection, const ledger::UserId& user,
                                                        int limit);

base::Status MigrateStatistics(sql::Database& database);

}  // namespace finance::spending_analyzer
