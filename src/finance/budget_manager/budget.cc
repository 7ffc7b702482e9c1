#include "finance/budget_manager/budget.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace finance::budget_manager {
namespace {

using ledger::Date;

constexpr int32_t kFirstMonday = 4;  // 1970-01-05
constexpr size_t kChildBytesMax = 64;

int32_t FloorDiv(int32_t a, int32_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Day `day` of month `index` (months since year 0); the ends of the calendar when there is none.
Date DayOfMonth(int32_t index, int day) {
  const int year = FloorDiv(index, 12);
  const auto date = Date::FromYmd(year, index - year * 12 + 1, day);
  if (date) return *date;
  return Date::FromDays(year < 1 ? -800'000 : 3'000'000);
}

Period ByDays(Date anchor, int32_t length, Date day) {
  const int32_t steps = FloorDiv(DaysBetween(anchor, day), length);
  const Date from = anchor.AddDays(steps * length);
  return {from.ToString(), from, from.AddDays(length)};
}

std::string CalendarId(Date from, int months) {
  if (from.day() == 1 && months == 1) return from.MonthText();
  if (from.day() == 1 && months == 3 && from.month() % 3 == 1) return fmt::format("{:04}-Q{}", from.year(), (from.month() + 2) / 3);
  if (from.day() == 1 && months == 12 && from.month() == 1) return fmt::format("{:04}", from.year());
  return from.ToString();
}

Period ByMonths(Date anchor, int months, Date day) {
  const int32_t anchor_index = anchor.year() * 12 + anchor.month() - 1;
  const int32_t day_index = day.year() * 12 + day.month() - 1 - (day.day() < anchor.day() ? 1 : 0);
  const int32_t start = anchor_index + FloorDiv(day_index - anchor_index, months) * months;
  const Date from = DayOfMonth(start, anchor.day());
  return {CalendarId(from, months), from, DayOfMonth(start + months, anchor.day())};
}

bool IsChildText(std::string_view text) {
  if (text.empty() || text.size() > kChildBytesMax || text.front() == '.' || text.back() == '.') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
}

}  // namespace

base::Result<CategoryRef> CategoryRef::Parse(std::string_view text) {
  const size_t dot = text.find('.');
  const auto category = ledger::CategoryFromId(text.substr(0, dot));
  if (!category) return base::InvalidArgument(fmt::format("category is unknown: {}", text.substr(0, 40)));
  if (dot == std::string_view::npos) return CategoryRef{*category, ""};
  if (!IsChildText(text.substr(dot + 1))) {
    return base::InvalidArgument(fmt::format("child of a category must be 1 to 64 of a-z 0-9 _ - and dots inside: {}", text.substr(0, 100)));
  }
  return CategoryRef{*category, std::string(text.substr(dot + 1))};
}

std::string CategoryRef::ToString() const {
  std::string text(ledger::CategoryId(category));
  if (!child.empty()) text += "." + child;
  return text;
}

bool CategoryRef::Covers(const CategoryRef& other) const {
  if (category != other.category) return false;
  return child.empty() || child == other.child || other.child.starts_with(child + ".");
}

std::string_view PeriodKindName(PeriodKind kind) {
  switch (kind) {
    case PeriodKind::kWeek: return "week";
    case PeriodKind::kMonth: return "month";
    case PeriodKind::kQuarter: return "quarter";
    case PeriodKind::kYear: return "year";
    case PeriodKind::kDays: return "days";
  }
  return "";
}

std::string_view CarryName(Carry carry) {
  switch (carry) {
    case Carry::kNone: return "none";
    case Carry::kSurplus: return "surplus";
    case Carry::kFull: return "full";
  }
  return "";
}

std::optional<PeriodKind> PeriodKindFromName(std::string_view name) {
  if (name == "monthly") return PeriodKind::kMonth;
  for (const PeriodKind kind : {PeriodKind::kWeek, PeriodKind::kMonth, PeriodKind::kQuarter, PeriodKind::kYear, PeriodKind::kDays}) {
    if (PeriodKindName(kind) == name) return kind;
  }
  return std::nullopt;
}

std::optional<Carry> CarryFromName(std::string_view name) {
  for (const Carry carry : {Carry::kNone, Carry::kSurplus, Carry::kFull}) {
    if (CarryName(carry) == name) return carry;
  }
  return std::nullopt;
}

Period PeriodAt(const Budget& budget, Date day) {
  const Date first_of_year = *Date::FromYmd(1970, 1, 1);
  switch (budget.period) {
    case PeriodKind::kWeek: return ByDays(budget.starts_on.value_or(Date::FromDays(kFirstMonday)), 7, day);
    case PeriodKind::kDays: return ByDays(budget.starts_on.value_or(first_of_year), std::max(budget.days, 1), day);
    case PeriodKind::kMonth: return ByMonths(budget.starts_on.value_or(first_of_year), 1, day);
    case PeriodKind::kQuarter: return ByMonths(budget.starts_on.value_or(first_of_year), 3, day);
    case PeriodKind::kYear: return ByMonths(budget.starts_on.value_or(first_of_year), 12, day);
  }
  return ByMonths(first_of_year, 1, day);
}

bool IsActive(const Budget& budget, const Period& period) {
  if (budget.active_from && period.until <= *budget.active_from) return false;
  return !budget.active_until || period.from <= *budget.active_until;
}

int64_t CarryOut(const Budget& budget, int64_t available_minor, int64_t spent_minor) {
  if (budget.carry == Carry::kNone) return 0;
  int64_t left = available_minor - spent_minor;
  if (budget.carry == Carry::kSurplus) left = std::max<int64_t>(left, 0);
  if (budget.carry_cap_minor) left = std::min(left, *budget.carry_cap_minor);
  // Sums of at most kAmountMinorMax each may grow over many periods.
  return std::clamp(left, -1'000 * kAmountMinorMax, 1'000 * kAmountMinorMax);
}

std::string TitleOf(const Budget& budget) {
  if (!budget.name.empty()) return budget.name;
  std::vector<std::string> parts;
  for (const CategoryRef& category : budget.categories) parts.push_back(category.ToString());
  parts.insert(parts.end(), budget.merchants.begin(), budget.merchants.end());
  for (const std::string& tag : budget.tags) parts.push_back("#" + tag);
  return fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace finance::budget_manager
