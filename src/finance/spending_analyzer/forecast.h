// The coming weeks: what recurs on its days, and what is usually spent beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "finance/ledger/date.h"
#include "finance/spending_analyzer/recurring.h"
#include "finance/spending_analyzer/statistics_table.h"

namespace finance::spending_analyzer {

inline constexpr int kForecastWeeksMax = 53;
inline constexpr int kHistoryDays = 84;  // of usual spending: twelve weeks

struct Upcoming {
  ledger::Date date;
  const RecurringSeries* series = nullptr;
  int64_t amount_minor = 0;
  bool late = false;  // was due before today; expected on the first day
};

// The payments of series that run, in [from, until), by date. `series` must outlive the answer.
std::vector<Upcoming> FindUpcoming(const std::vector<RecurringSeries>& series, ledger::Date from, ledger::Date until);

// Money out is negative, in all of it.
struct ForecastWeek {
  ledger::Date from;
  ledger::Date until;
  int64_t recurring_in_minor = 0;
  int64_t recurring_out_minor = 0;
  int64_t usual_in_minor = 0;
  int64_t usual_out_minor = 0;
  int64_t low_minor = 0;   // of the week's net: four of five weeks of the past lie between
  int64_t high_minor = 0;
  int64_t balance_minor = 0;  // at the week's end
  int64_t balance_low_minor = 0;
  int64_t balance_high_minor = 0;

  int64_t net_minor() const { return recurring_in_minor + recurring_out_minor + usual_in_minor + usual_out_minor; }
};

struct Forecast {
  std::string currency;
  std::vector<ForecastWeek> weeks;
  std::vector<Upcoming> upcoming;
  ledger::Date lowest_date = ledger::Date::FromDays(0);  // where the balance is lowest, day by day
  int64_t lowest_minor = 0;
  int32_t history_days = 0;
};

struct ForecastQuery {
  ledger::Date today;
  int weeks = 8;  // from tomorrow on
  int64_t balance_minor = 0;  // today's
  std::optional<ledger::Date> first_day;  // of the user's rows
};

// `flows` are those of one currency in the kHistoryDays up to today; `series` those of the currency.
Forecast MakeForecast(const std::string& currency, const std::vector<RecurringSeries>& series, const std::vector<DayFlow>& flows,
                      const ForecastQuery& query);

}  // namespace finance::spending_analyzer
