// Rows of one merchant are looked at as a whole first; when they have no rhythm, or their amounts no
// pattern, the amounts that repeat are looked at one by one, and joined where one price followed the other.
#include "finance/spending_analyzer/recurring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

#include "finance/ledger/sha256.h"

namespace finance::spending_analyzer {
namespace {

using ledger::Category;
using ledger::Date;
using Rows = std::vector<MerchantRow>;

constexpr size_t kGroupRowsMax = 400;   // the newest of a merchant
constexpr double kSamePrice = 1.02;     // "fixed"
constexpr double kStepMax = 3;          // a price that changes by more is another thing
constexpr double kVariableMax = 2;
constexpr double kTrialMax = 0.34;      // of the price
// How probable it may be that rows on random days fit as well. Where people buy as they need it,
// a rhythm is chance more often.
constexpr double kChanceFixed = 0.1;
constexpr double kChanceVariable = 0.02;
constexpr double kChanceEveryday = 0.0005;
constexpr size_t kClustersJoinedMax = 12;  // of a merchant with more prices nothing can be told about steps

double Magnitude(const MerchantRow& row) { return std::abs(static_cast<double>(row.amount_minor)); }

bool SamePrice(double a, double b) { return std::max(a, b) <= std::min(a, b) * kSamePrice; }

bool Counts(const MerchantRow& row) {
  return row.amount_minor != 0 && row.category != Category::kTransfer && row.category != Category::kCash;
}

bool IsEveryday(Category category) {
  return category == Category::kGroceries || category == Category::kDining || category == Category::kShopping ||
         category == Category::kTransport;
}

// --- amounts ---

struct Amounts {
  std::string_view kind;  // "" when they have no pattern
  std::vector<PriceStep> steps;
};

PriceStep StepAt(const Rows& rows, size_t i) {
  return {rows[i].date, rows[i - 1].amount_minor, rows[i].amount_minor, rows[i].id};
}

// Prices that stay: each for two rows at least, but the newest may have come once, after three.
std::optional<std::vector<PriceStep>> FindSteps(const Rows& rows) {
  std::vector<PriceStep> steps;
  size_t run = 1;
  for (size_t i = 1; i < rows.size(); ++i) {
    const double before = Magnitude(rows[i - run]);
    const double now = Magnitude(rows[i]);
    if (SamePrice(before, now)) {
      ++run;
      continue;
    }
    const bool newest = i + 1 == rows.size();
    if (run < (newest ? 3U : 2U) || std::max(before, now) > std::min(before, now) * kStepMax) return std::nullopt;
    steps.push_back(StepAt(rows, i));
    run = 1;
  }
  if (steps.size() > 1 + rows.size() / 4) return std::nullopt;
  return steps;
}

Amounts AmountsOf(const Rows& rows) {
  double low = Magnitude(rows.front());
  double high = low;
  for (const MerchantRow& row : rows) {
    low = std::min(low, Magnitude(row));
    high = std::max(high, Magnitude(row));
  }
  if (high <= low * kSamePrice) return {"fixed", {}};
  if (auto steps = FindSteps(rows)) return {"stepped", std::move(*steps)};
  return {high <= low * kVariableMax ? "variable" : "", {}};
}

// --- chance ---

// The probability that rows on random days are as near to their slots.
double Chance(const Rhythm& rhythm, size_t rows) {
  const double window = std::min(1.0, (2.0 * rhythm.max_error_days() + 1) / rhythm.cadence().days);
  return std::pow(window, static_cast<double>(rows) - 1);
}

// `tries`: how many sets of rows of the merchant were looked at; one of many fits by chance more easily.
bool IsBeyondChance(const Rhythm& rhythm, const Rows& rows, std::string_view kind, size_t tries) {
  const bool everyday = IsEveryday(rows.back().category);
  if (tries > 1) {
    return Chance(rhythm, rows.size()) * static_cast<double>(tries) <= (everyday ? kChanceEveryday : kChanceVariable / 10);
  }
  if (kind == "variable") return Chance(rhythm, rows.size()) <= (everyday ? kChanceEveryday : kChanceVariable);
  // Two purchases a year apart prove little at a shop.
  if (rows.size() < 3 && everyday) return false;
  return Chance(rhythm, rows.size()) <= (everyday ? kChanceVariable : kChanceFixed);
}

// --- one series ---

int64_t UsualAmount(const Rows& rows) {
  std::vector<int64_t> newest;
  for (size_t i = rows.size() - std::min<size_t>(rows.size(), 6); i < rows.size(); ++i) newest.push_back(rows[i].amount_minor);
  std::nth_element(newest.begin(), newest.begin() + static_cast<std::ptrdiff_t>(newest.size() / 2), newest.end());
  return newest[newest.size() / 2];
}

SeriesState StateOf(const Rhythm& rhythm, int32_t next_slot, Date today, bool early) {
  const int32_t jitter = JitterDays(rhythm.cadence());
  if (DaysBetween(rhythm.DayOf(next_slot + 1), today) > jitter) return SeriesState::kStopped;
  if (DaysBetween(rhythm.DayOf(next_slot), today) > jitter) return SeriesState::kLate;
  return early ? SeriesState::kEarly : SeriesState::kActive;
}

void CountSlots(const Rows& rows, RecurringSeries& series) {
  std::set<int32_t> slots;
  for (const MerchantRow& row : rows) {
    if (!slots.insert(series.rhythm.SlotOf(row.date)).second) series.doubled.push_back(row.date);
  }
  series.missed = *slots.rbegin() - *slots.begin() + 1 - static_cast<int>(slots.size());
  series.next_slot = *slots.rbegin() + 1;
}

RecurringSeries MakeSeries(const Rows& rows, const Rhythm& rhythm, Amounts amounts, Date today, bool early) {
  const MerchantRow& last = rows.back();
  RecurringSeries series{.account = last.account,
                         .merchant = last.merchant,
                         .name = last.name,
                         .currency = last.currency,
                         .rhythm = rhythm,
                         .amount_kind = amounts.kind,
                         .last_amount_minor = last.amount_minor,
                         .next_amount_minor = amounts.kind == "variable" ? UsualAmount(rows) : last.amount_minor,
                         .first_date = rows.front().date,
                         .last_date = last.date,
                         .next_date = last.date,
                         .category = last.category,
                         .steps = std::move(amounts.steps)};
  CountSlots(rows, series);
  series.next_date = rhythm.DayOf(series.next_slot);
  series.state = StateOf(rhythm, series.next_slot, today, early);
  for (const MerchantRow& row : rows) series.payments.push_back({row.id, row.date, row.amount_minor});
  return series;
}

std::vector<Date> DaysOf(const Rows& rows) {
  std::vector<Date> days;
  for (const MerchantRow& row : rows) days.push_back(row.date);
  return days;
}

std::optional<RecurringSeries> SeriesOf(const Rows& rows, Date today, size_t tries = 1) {
  const auto rhythm = FitRhythm(DaysOf(rows));
  if (!rhythm) return std::nullopt;
  Amounts amounts = AmountsOf(rows);
  if (amounts.kind.empty() || !IsBeyondChance(*rhythm, rows, amounts.kind, tries)) return std::nullopt;
  return MakeSeries(rows, *rhythm, std::move(amounts), today, false);
}

// Two equal payments a month (or more) apart, where such a thing is usual.
std::optional<RecurringSeries> EarlySeriesOf(const Rows& rows, Date today) {
  if (rows.size() != 2 || !SamePrice(Magnitude(rows[0]), Magnitude(rows[1])) || IsEveryday(rows[1].category)) return std::nullopt;
  const auto rhythm = FitRhythm(DaysOf(rows), 1);
  if (!rhythm || rhythm->cadence().step_months != 1 || rhythm->SlotOf(rows[1].date) != 1) return std::nullopt;
  RecurringSeries series = MakeSeries(rows, *rhythm, {"fixed", {}}, today, true);
  // Two rows that were not followed by a third were no series.
  if (series.state != SeriesState::kEarly) return std::nullopt;
  return series;
}

// A first row far below a price that stays afterwards is left out of the series, and remembered.
std::optional<RecurringSeries> TrialSeriesOf(const Rows& rows, Date today) {
  if (rows.size() < 2 || Magnitude(rows[0]) > kTrialMax * Magnitude(rows[1])) return std::nullopt;
  const Rows paid(rows.begin() + 1, rows.end());
  auto series = paid.size() == 1 ? std::nullopt : SeriesOf(paid, today);
  if (!series) series = EarlySeriesOf(paid, today);
  if (series && series->amount_kind != "variable") series->trial = StepAt(rows, 1);
  return series;
}

// --- several series of a merchant ---

std::vector<Rows> AmountClusters(const Rows& rows) {
  Rows by_amount = rows;
  std::stable_sort(by_amount.begin(), by_amount.end(),
                   [](const MerchantRow& a, const MerchantRow& b) { return Magnitude(a) < Magnitude(b); });
  std::vector<Rows> clusters;
  for (MerchantRow& row : by_amount) {
    if (clusters.empty() || !SamePrice(Magnitude(clusters.back().front()), Magnitude(row))) clusters.emplace_back();
    clusters.back().push_back(std::move(row));
  }
  for (Rows& cluster : clusters) {
    std::stable_sort(cluster.begin(), cluster.end(), [](const MerchantRow& a, const MerchantRow& b) { return a.date < b.date; });
  }
  return clusters;
}

// Clusters whose rows together keep the rhythm of both are one series with a price step.
void JoinSteps(std::vector<Rows>& clusters) {
  std::sort(clusters.begin(), clusters.end(), [](const Rows& a, const Rows& b) { return a.front().date < b.front().date; });
  for (size_t i = 0; i < clusters.size(); ++i) {
    for (size_t j = i + 1; j < clusters.size();) {
      const bool follows = clusters[i].size() >= 2 && clusters[j].front().date > clusters[i].back().date;
      Rows joined = clusters[i];
      joined.insert(joined.end(), clusters[j].begin(), clusters[j].end());
      const auto rhythm = follows ? FitRhythm(DaysOf(joined)) : std::nullopt;
      if (rhythm && FindSteps(joined) && Chance(*rhythm, joined.size()) <= kChanceFixed) {
        clusters[i] = std::move(joined);
        clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(j));
      } else {
        ++j;
      }
    }
  }
}

void FindInGroup(const Rows& rows, Date today, std::vector<RecurringSeries>& found) {
  const size_t before = found.size();
  if (auto whole = SeriesOf(rows, today)) {
    found.push_back(std::move(*whole));
  } else if (auto trial = TrialSeriesOf(rows, today)) {
    found.push_back(std::move(*trial));
  } else if (auto early = EarlySeriesOf(rows, today)) {
    found.push_back(std::move(*early));
  } else if (rows.size() > 3) {
    std::vector<Rows> clusters = AmountClusters(rows);
    std::erase_if(clusters, [](const Rows& cluster) { return cluster.size() < 2; });
    // The prices that repeat, and the rows as a whole before them.
    const size_t tries = clusters.size() + 1;
    if (clusters.size() <= kClustersJoinedMax) JoinSteps(clusters);
    for (const Rows& cluster : clusters) {
      if (cluster.size() < 3) continue;
      if (auto series = SeriesOf(cluster, today, tries)) found.push_back(std::move(*series));
    }
  }
  for (size_t i = before; i < found.size(); ++i) {
    const RecurringSeries& series = found[i];
    const std::string text = fmt::format("{}\n{}\n{}\n{}\n{}", series.account, series.merchant, series.out() ? "out" : "in",
                                         series.currency, i - before);
    found[i].id = "series-" + ledger::Sha256Hex(text).substr(0, 16);
  }
}

}  // namespace

std::string_view SeriesStateName(SeriesState state) {
  switch (state) {
    case SeriesState::kEarly: return "early";
    case SeriesState::kActive: return "active";
    case SeriesState::kLate: return "late";
    case SeriesState::kStopped: return "stopped";
    case SeriesState::kCancelled: return "cancelled";
  }
  return "";
}

int64_t RecurringSeries::monthly_minor() const {
  return std::llround(static_cast<double>(next_amount_minor) * rhythm.cadence().per_month);
}

std::vector<RecurringSeries> FindRecurring(const std::vector<MerchantRow>& rows, Date today) {
  std::vector<RecurringSeries> found;
  const auto key = [](const MerchantRow& row) { return std::tie(row.account, row.merchant, row.currency); };
  for (size_t from = 0; from < rows.size();) {
    Rows out, in;
    size_t until = from;
    for (; until < rows.size() && key(rows[until]) == key(rows[from]); ++until) {
      if (Counts(rows[until])) (rows[until].amount_minor < 0 ? out : in).push_back(rows[until]);
    }
    for (Rows* side : {&out, &in}) {
      if (side->size() < 2) continue;
      if (side->size() > kGroupRowsMax) side->erase(side->begin(), side->end() - kGroupRowsMax);
      FindInGroup(*side, today, found);
    }
    from = until;
  }
  return found;
}

}  // namespace finance::spending_analyzer
