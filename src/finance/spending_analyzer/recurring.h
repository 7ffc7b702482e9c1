// Payments that come again: rent, salaries, subscriptions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "finance/ledger/category.h"
#include "finance/ledger/date.h"
#include "finance/spending_analyzer/cadence.h"
#include "finance/spending_analyzer/statistics_table.h"

namespace finance::spending_analyzer {

enum class SeriesState { kEarly, kActive, kLate, kStopped, kCancelled };
std::string_view SeriesStateName(SeriesState state);  // "early", "active", "late", "stopped", "cancelled"

struct PriceStep {
  ledger::Date date;  // of the first row at the new price
  int64_t old_minor = 0;
  int64_t new_minor = 0;
  std::string transaction;
};

struct RecurringSeries {
  std::string id;  // the same as long as account, merchant, direction and currency are
  std::string account;
  std::string merchant;
  std::string name;  // as the newest row has it
  std::string currency;
  Rhythm rhythm;
  std::string_view amount_kind;  // "fixed" (within 2 %), "stepped" (a price that stays), "variable" (within a factor 2)
  SeriesState state = SeriesState::kActive;
  int64_t last_amount_minor = 0;
  int64_t next_amount_minor = 0;
  ledger::Date first_date;
  ledger::Date last_date;
  ledger::Date next_date;
  int32_t next_slot = 0;
  ledger::Category category = ledger::Category::kUncategorized;
  std::vector<PriceStep> steps;         // oldest first
  std::optional<PriceStep> trial;       // a first row far below the price
  std::vector<ledger::Date> doubled;    // days of rows that came into a slot again
  int missed = 0;                       // empty slots between the first and the last row
  struct Payment {
    std::string transaction;
    ledger::Date date;
    int64_t amount_minor = 0;
  };
  std::vector<Payment> payments;  // oldest first

  int64_t count() const { return static_cast<int64_t>(payments.size()); }
  bool out() const { return last_amount_minor < 0; }
  int64_t monthly_minor() const;
};

// Finds the series in rows that are sorted by account, merchant, currency and date, seen from `today`:
// per (account, merchant, direction, currency) one over all rows, else one for each amount that
// repeats. Transfers and cash are left out. Rows that would fit by chance are no series.
std::vector<RecurringSeries> FindRecurring(const std::vector<MerchantRow>& rows, ledger::Date today);

}  // namespace finance::spending_analyzer
