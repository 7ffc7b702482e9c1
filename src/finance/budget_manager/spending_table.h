// What was spent: every row as it counts now, and its sums by day. Every transaction counts once
// whatever arrives twice, late or in another order: each has a revision, and the highest wins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/budget_manager/budget.h"
#include "finance/ledger/date.h"
#include "finance/ledger/money.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::budget_manager {

namespace sql = awry::sql;

struct SpentRow {
  ledger::Date date;
  ledger::Money amount;  // our sign: money out is negative
  CategoryRef category;
  std::string merchant;             // ledger::MerchantKey of the description
  std::vector<std::string> tags;    // folded
  bool pending = false;
  bool transfer = false;  // between own accounts: kept, never counted
};

// Brings `id` to `row` (nothing: not counted any more) unless a higher or equal revision is known.
// Adds to `touched` the rows whose sums changed: the former, the new one. Returns whether anything did.
base::Result<bool> SpendTransaction(sql::Connection& connection, const ledger::UserId& user, const std::string& id,
                                    int64_t revision, const std::optional<SpentRow>& row, std::vector<SpentRow>& touched);

// Whether the row is one that the budget counts, wherever its date.
bool Counts(const Budget& budget, const SpentRow& row);

struct DaySum {
  ledger::Date day;
  int64_t spent_minor = 0;    // money out minus money back in
  int64_t pending_minor = 0;  // the part of it that is not booked
};

// By day, oldest first, `from` <= day < `until`; days without rows are left out.
base::Result<std::vector<DaySum>> ReadDays(sql::Connection& connection, const ledger::UserId& user, const Budget& budget,
                                           ledger::Date from, ledger::Date until);

// The first and the last day with a row that may count; nothing without rows.
struct DayRange {
  ledger::Date first;
  ledger::Date last;
};
base::Result<std::optional<DayRange>> ReadRange(sql::Connection& connection, const ledger::UserId& user, std::string_view currency);

// Ids of the rows behind a sum, the newest first, at most `limit`.
base::Result<std::vector<std::string>> SpentRows(sql::Connection& connection, const ledger::UserId& user,
                                                 const Budget& budget, const Period& period, int limit);

// A recurring payment that is still to come, as the Spending Analyzer expects it.
struct ExpectedPayment {
  ledger::Date date;
  ledger::Money amount;
  CategoryRef category;
  std::string merchant;
};
base::Status ReplaceExpected(sql::Connection& connection, const ledger::UserId& user, const std::vector<ExpectedPayment>& payments);

// What recurring payments have taken from the budget in [from, today], and will take in (today, until).
struct RecurringShare {
  int64_t paid_minor = 0;
  int64_t to_come_minor = 0;
};
base::Result<RecurringShare> ReadRecurringShare(sql::Connection& connection, const ledger::UserId& user, const Budget& budget,
                                                const Period& period, ledger::Date today);

}  // namespace finance::budget_manager
