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
  std::string name;      // the same as people read it
  std::string account;
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
  std::string id;
  std::string account;
  std::string merchant;
  std::string name;
  std::string currency;
  ledger::Date date;
  int64_t amount_minor = 0;
  ledger::Category category = ledger::Category::kUncategorized;
};

// The newest `limit` rows from `from` on whose merchant has 2 to kMerchantRowsMax of them, by account,
// merchant, currency and date. Who is paid more often than that is not paid by a rhythm.
inline constexpr int kMerchantRowsMax = 1'200;
base::Result<std::vector<MerchantRow>> ReadMerchantRows(sql::Connection& connection, const ledger::UserId& user,
                                                        ledger::Date from, int limit);

struct DayFlow {
  std::string currency;
  ledger::Date date;
  int64_t out_minor = 0;  // money out, as a magnitude
  int64_t in_minor = 0;
};
// Money in and out by day and currency from `from` to `until`, transfers left out; of one account, or of
// all with "".
base::Result<std::vector<DayFlow>> ReadDayFlows(sql::Connection& connection, const ledger::UserId& user, ledger::Date from,
                                                ledger::Date until, const std::string& account);

// The day of the user's first row; nothing without rows.
base::Result<std::optional<ledger::Date>> ReadFirstDay(sql::Connection& connection, const ledger::UserId& user);

// Counts the changes of a user's rows, so that what was computed from them can be kept until the next.
base::Status NoteChange(sql::Connection& connection, const ledger::UserId& user);
base::Result<int64_t> ReadChanges(sql::Connection& connection, const ledger::UserId& user);

// What the user said about a series: "cancelled", "ignored"; "auto" forgets it.
struct SeriesMark {
  std::string series_id;
  std::string mark;
};
base::Status StoreMark(sql::Connection& connection, const ledger::UserId& user, const SeriesMark& mark);
base::Result<std::vector<SeriesMark>> ReadMarks(sql::Connection& connection, const ledger::UserId& user);

base::Status MigrateStatistics(sql::Database& database);

}  // namespace finance::spending_analyzer
