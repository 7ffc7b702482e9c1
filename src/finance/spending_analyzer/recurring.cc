#include "finance/spending_analyzer/recurring.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <span>

namespace finance::spending_analyzer {
namespace {

using ledger::Category;

struct Cadence {
  std::string_view name;
  double days;
  size_t rows_min;
};
constexpr Cadence kCadences[] = {{"weekly", 7, 3},       {"biweekly", 14, 3},         {"monthly", 30.4, 3},
                                 {"quarterly", 91.3, 3}, {"semiannually", 182.6, 3}, {"annually", 365.25, 2}};

double Jitter(double days) { return std::max(2.0, days / 10); }

std::optional<Cadence> CadenceOf(std::vector<int32_t> gaps, size_t rows) {
  if (gaps.empty()) return std::nullopt;
  std::nth_element(gaps.begin(), gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2), gaps.end());
  const double median = gaps[gaps.size() / 2];
  for (const Cadence& cadence : kCadences) {
    if (rows < cadence.rows_min || std::abs(median - cadence.days) > Jitter(cadence.days)) continue;
    const bool regular = std::all_of(gaps.begin(), gaps.end(), [&](int32_t gap) {
      return std::abs(gap - cadence.days) <= Jitter(cadence.days);
    });
    if (regular) return cadence;
  }
  return std::nullopt;
}

// "" when the amounts differ by more than a factor of two.
std::string_view AmountKind(std::span<const MerchantRow> rows) {
  const auto magnitude = [](const MerchantRow& row) { return std::abs(static_cast<double>(row.amount_minor)); };
  const auto [low, high] = std::minmax_element(
      rows.begin(), rows.end(), [&](const MerchantRow& a, const MerchantRow& b) { return magnitude(a) < magnitude(b); });
  if (magnitude(*high) <= magnitude(*low) * 1.02) return "fixed";
  return magnitude(*high) <= magnitude(*low) * 2 ? "variable" : "";
}

std::string_view StateOf(ledger::Date next, ledger::Date today, const Cadence& cadence) {
  const double late_days = ledger::DaysBetween(next, today);
  if (late_days > cadence.days + Jitter(cadence.days)) return "stopped";
  return late_days > Jitter(cadence.days) ? "late" : "active";
}

std::optional<RecurringSeries> SeriesOf(std::span<const MerchantRow> rows, ledger::Date today) {
  std::vector<int32_t> gaps;
  for (size_t i = 1; i < rows.size(); ++i) gaps.push_back(ledger::DaysBetween(rows[i - 1].date, rows[i].date));
  const auto cadence = CadenceOf(gaps, rows.size());
  if (!cadence) return std::nullopt;
  const std::string_view kind = AmountKind(rows);
  if (kind.empty()) return std::nullopt;
  const MerchantRow& last = rows.back();
  const ledger::Date next = last.date.AddDays(static_cast<int32_t>(std::lround(cadence->days)));
  return RecurringSeries{last.merchant, last.currency, cadence->name, kind, StateOf(next, today, *cadence),
                         last.amount_minor, last.date, next, last.category, static_cast<int64_t>(rows.size())};
}

bool Counts(const MerchantRow& row) {
  return row.amount_minor != 0 && row.category != Category::kTransfer && row.category != Category::kCash;
}

}  // namespace

std::vector<RecurringSeries> FindRecurring(const std::vector<MerchantRow>& rows, ledger::Date today) {
  std::vector<RecurringSeries> found;
  for (size_t from = 0; from < rows.size();) {
    std::vector<MerchantRow> out, in;
    size_t until = from;
    for (; until < rows.size() && rows[until].merchant == rows[from].merchant && rows[until].currency == rows[from].currency; ++until) {
      if (Counts(rows[until])) (rows[until].amount_minor < 0 ? out : in).push_back(rows[until]);
    }
    for (const auto* side : {&out, &in}) {
      if (side->size() < 2) continue;
      if (auto series = SeriesOf(*side, today)) found.push_back(std::move(*series));
    }
    from = until;
  }
  return found;
}

}  // namespace finance::spending_analyzer
