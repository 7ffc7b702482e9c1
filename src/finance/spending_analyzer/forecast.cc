#include "finance/spending_analyzer/forecast.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace finance::spending_analyzer {
namespace {

using ledger::Date;

struct Usual {
  double in_minor = 0;   // a week
  double out_minor = 0;  // a week, as a magnitude
  double low_minor = 0;  // below the mean of the net
  double high_minor = 0;  // above it
  int32_t days = 0;
};

// The value below which `share` of the sorted values lie, between neighbours by line.
double Quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

// What flows beside the series, by week, the newest week first.
Usual UsualOf(const std::vector<RecurringSeries>& series, const std::vector<DayFlow>& flows, const ForecastQuery& query) {
  constexpr size_t kWeeks = kHistoryDays / 7;
  Usual usual;
  if (!query.first_day) return usual;
  usual.days = std::clamp(DaysBetween(*query.first_day, query.today) + 1, 0, kHistoryDays);
  const auto weeks = static_cast<size_t>(usual.days / 7);
  if (weeks == 0) return usual;
  std::array<double, kWeeks> in{}, out{};
  const auto add = [&](Date date, double in_minor, double out_minor) {
    const int32_t age = DaysBetween(date, query.today);
    if (age < 0 || age >= static_cast<int32_t>(weeks) * 7) return;
    in[static_cast<size_t>(age / 7)] += in_minor;
    out[static_cast<size_t>(age / 7)] += out_minor;
  };
  for (const DayFlow& flow : flows) add(flow.date, static_cast<double>(flow.in_minor), static_cast<double>(flow.out_minor));
  for (const RecurringSeries& one : series) {
    for (const RecurringSeries::Payment& payment : one.payments) {
      const auto minor = static_cast<double>(payment.amount_minor);
      add(payment.date, minor > 0 ? -minor : 0, minor < 0 ? minor : 0);
    }
  }
  std::vector<double> nets;
  for (size_t week = 0; week < weeks; ++week) {
    usual.in_minor += in[week] / static_cast<double>(weeks);
    usual.out_minor += out[week] / static_cast<double>(weeks);
    nets.push_back(in[week] - out[week]);
  }
  std::sort(nets.begin(), nets.end());
  const double mean = usual.in_minor - usual.out_minor;
  usual.low_minor = std::max(0.0, mean - Quantile(nets, 0.1));
  usual.high_minor = std::max(0.0, Quantile(nets, 0.9) - mean);
  return usual;
}

// Day by day: recurring payments on theirs, usual flows in equal parts.
void FindLowest(const Usual& usual, const ForecastQuery& query, Forecast& forecast) {
  auto balance = static_cast<double>(query.balance_minor);
  double lowest = balance;
  forecast.lowest_date = query.today;
  auto next = forecast.upcoming.begin();
  for (int day = 1; day <= query.weeks * 7; ++day) {
    const Date date = query.today.AddDays(day);
    balance += (usual.in_minor - usual.out_minor) / 7;
    for (; next != forecast.upcoming.end() && next->date <= date; ++next) balance += static_cast<double>(next->amount_minor);
    if (balance < lowest) {
      lowest = balance;
      forecast.lowest_date = date;
    }
  }
  forecast.lowest_minor = std::llround(lowest);
}

}  // namespace

std::vector<Upcoming> FindUpcoming(const std::vector<RecurringSeries>& series, Date from, Date until) {
  std::vector<Upcoming> upcoming;
  for (const RecurringSeries& one : series) {
    if (one.state == SeriesState::kStopped || one.state == SeriesState::kCancelled) continue;
    for (int32_t slot = one.next_slot;; ++slot) {
      const Date day = one.rhythm.DayOf(slot);
      if (day >= until) break;
      const bool late = day < from;
      if (late && slot != one.next_slot) continue;
      upcoming.push_back({late ? from : day, &one, one.next_amount_minor, late});
    }
  }
  std::sort(upcoming.begin(), upcoming.end(), [](const Upcoming& a, const Upcoming& b) {
    return std::tie(a.date, a.series->merchant, a.series->id) < std::tie(b.date, b.series->merchant, b.series->id);
  });
  return upcoming;
}

Forecast MakeForecast(const std::string& currency, const std::vector<RecurringSeries>& series, const std::vector<DayFlow>& flows,
                      const ForecastQuery& query) {
  const Usual usual = UsualOf(series, flows, query);
  Forecast forecast{.currency = currency, .history_days = usual.days};
  const Date first = query.today.AddDays(1);
  forecast.upcoming = FindUpcoming(series, first, first.AddDays(7 * query.weeks));
  auto balance = static_cast<double>(query.balance_minor);
  auto next = forecast.upcoming.begin();
  for (int i = 0; i < query.weeks; ++i) {
    ForecastWeek week{.from = first.AddDays(7 * i), .until = first.AddDays(7 * (i + 1))};
    for (; next != forecast.upcoming.end() && next->date < week.until; ++next) {
      (next->amount_minor < 0 ? week.recurring_out_minor : week.recurring_in_minor) += next->amount_minor;
    }
    week.usual_in_minor = std::llround(usual.in_minor);
    week.usual_out_minor = -std::llround(usual.out_minor);
    week.low_minor = week.net_minor() - std::llround(usual.low_minor);
    week.high_minor = week.net_minor() + std::llround(usual.high_minor);
    balance += static_cast<double>(week.net_minor());
    // Weeks are taken as independent: their spread grows with the root of their number.
    const double root = std::sqrt(static_cast<double>(i + 1));
    week.balance_minor = std::llround(balance);
    week.balance_low_minor = std::llround(balance - usual.low_minor * root);
    week.balance_high_minor = std::llround(balance + usual.high_minor * root);
    forecast.weeks.push_back(week);
  }
  FindLowest(usual, query, forecast);
  return forecast;
}

}  // namespace finance::spending_analyzer
