// What a budget is, and the periods it is cut into. Pure: no tables, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "finance/ledger/category.h"
#include "finance/ledger/date.h"
#include "finance/ledger/money.h"

namespace finance::budget_manager {

namespace base = awry::base;

// "groceries", or a user's own child of it, "groceries.organic": `child` is what follows the first dot.
struct CategoryRef {
  ledger::Category category = ledger::Category::kUncategorized;
  std::string child;  // "" for the whole category

  // kInvalidArgument when the first part is no category of ours, or the child is not 1 to 64 of
  // a-z 0-9 _ - and dots inside.
  static base::Result<CategoryRef> Parse(std::string_view text);
  std::string ToString() const;
  // Whether a row of `other` counts for this one: the same, or a child of it.
  bool Covers(const CategoryRef& other) const;
  auto operator<=>(const CategoryRef&) const = default;
};

enum class PeriodKind { kWeek, kMonth, kQuarter, kYear, kDays };
enum class Carry { kNone, kSurplus, kFull };

std::string_view PeriodKindName(PeriodKind kind);  // "week", "month", "quarter", "year", "days"
std::string_view CarryName(Carry carry);           // "none", "surplus", "full"
std::optional<PeriodKind> PeriodKindFromName(std::string_view name);  // "monthly" is "month", too
std::optional<Carry> CarryFromName(std::string_view name);

inline constexpr int kPeriodDaysMax = 366;
// Of an amount or a limit: sums over all rows of a user stay inside int64.
inline constexpr int64_t kAmountMinorMax = 1'000'000'000'000'000;

// A row counts when it fits every list that is not empty; at least one is not.
struct Budget {
  std::string id;
  std::string name;  // "" : the categories say it
  std::vector<CategoryRef> categories;  // sorted, each once
  std::vector<std::string> merchants;   // as ledger::MerchantKey, sorted
  std::vector<std::string> tags;        // folded, sorted
  ledger::Money limit;                  // above 0; of one period

  PeriodKind period = PeriodKind::kMonth;
  int days = 0;                           // the length with kDays
  std::optional<ledger::Date> starts_on;  // some period starts on this day
  Carry carry = Carry::kNone;
  std::optional<int64_t> carry_cap_minor;   // at most this is added
  std::optional<ledger::Date> active_from;  // periods that end before have no budget
  std::optional<ledger::Date> active_until;  // as do those that start after
  std::vector<int> thresholds = {80, 100};  // percent, sorted, of 50, 80, 100
  bool will_exceed = false;

  std::optional<ledger::Date> created_on;  // where carrying begins without active_from
};

// Days from `from` up to, not including, `until`.
struct Period {
  std::string id;  // "2026-11", "2026-Q4", "2026", or its first day when it does not start with the calendar's
  ledger::Date from;
  ledger::Date until;

  bool Holds(ledger::Date day) const { return from <= day && day < until; }
};

Period PeriodAt(const Budget& budget, ledger::Date day);

// Whether the budget says anything about that period.
bool IsActive(const Budget& budget, const Period& period);

// What the period leaves to the next one: 0 without carry.
int64_t CarryOut(const Budget& budget, int64_t available_minor, int64_t spent_minor);

// The name, else what it counts.
std::string TitleOf(const Budget& budget);

}  // namespace finance::budget_manager
