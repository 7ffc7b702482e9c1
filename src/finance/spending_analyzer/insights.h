// What is worth telling the user now: about series of payments, and about categories that run off.
#pragma once

#include <string>
#include <vector>

#include "finance/ledger/date.h"
#include "finance/spending_analyzer/recurring.h"
#include "finance/spending_analyzer/statistics_table.h"

namespace finance::spending_analyzer {

// Reported as long as it holds. The key is the same for the same event: it holds buckets, no figures.
struct Insight {
  std::string key;
  std::string kind;      // "recurring_new", "recurring_price", "recurring_missed", "recurring_doubled",
                         // "trial_paid", "category_anomaly"
  std::string severity;  // "info", "warning", "high"
  std::string subject;   // merchant or category id
  std::string message;
  std::string detail;  // JSON, by kind
  std::vector<std::string> transactions;
};

// Events of the last kInsightDays. `first_day` is the user's first row: what recurs since then is not new.
inline constexpr int kInsightDays = 45;
std::vector<Insight> SeriesInsights(const std::vector<RecurringSeries>& series, ledger::Date first_day, ledger::Date today);

// This month as it will end against the mean of the three before: at least 7 days of it have passed, the
// mean is 50 units or more, and they differ by a quarter (by half: high). At most three, the largest sums first.
// `sums` are those of ReadSums with every month.
std::vector<Insight> CategoryInsights(const std::vector<CategorySum>& sums, const std::vector<RecurringSeries>& series,
                                      ledger::Date first_day, ledger::Date today);

std::string InsightsJson(const std::vector<Insight>& insights);

}  // namespace finance::spending_analyzer
