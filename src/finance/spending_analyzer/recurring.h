// Payments that come again: rent, salaries, subscriptions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "finance/ledger/date.h"
#include "finance/spending_analyzer/statistics_table.h"

namespace finance::spending_analyzer {

struct RecurringSeries {
  std::string merchant;
  std::string currency;
  std::string_view cadence;  // "weekly", "biweekly", "monthly", "quarterly", "semiannually", "annually"
  std::string_view amount_kind;  // "fixed" (within 2 %), "variable" (within a factor of 2)
  std::string_view state;    // "active", "late" (past the date by the jitter), "stopped" (two missed)
  int64_t last_amount_minor = 0;
  ledger::Date last_date;
  ledger::Date next_date;
  ledger::Category category = ledger::Category::kUncategorized;
  int64_t count = 0;
};

// Finds the series in rows that are sorted by merchant, currency and date, seen from `today`. A
// series needs 3 rows (2 when annual) of one direction whose gaps stay within max(2 days, 10 %) of
// their median, and amounts within a factor of 2. Transfers and cash are left out.
std::vector<RecurringSeries> FindRecurring(const std::vector<MerchantRow>& rows, ledger::Date today);

}  // namespace finance::spending_analyzer
