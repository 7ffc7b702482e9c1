#include "finance/spending_analyzer/insights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "codec/json.h"
#include "finance/spending_analyzer/forecast.h"

namespace finance::spending_analyzer {
namespace {

using awry::codec::JsonWriter;
using ledger::Category;
using ledger::Date;

constexpr int kNewDays = 100;        // a series that began before is not new
constexpr int kHistoryDaysMin = 60;  // of the user before it: else all is new
constexpr int kElapsedDaysMin = 7;
constexpr int64_t kBaselineUnitsMin = 50;
constexpr double kChangeMin = 0.25;
constexpr double kChangeHigh = 0.5;
constexpr size_t kAnomaliesMax = 3;

bool IsRecent(Date day, Date today) { return day <= today && DaysBetween(day, today) <= kInsightDays; }

std::string Amount(int64_t minor, const std::string& currency) {
  const auto parsed = ledger::Currency::Parse(currency);
  if (!parsed.ok()) return std::to_string(minor);
  return fmt::format("{} {}", ledger::FormatMoney({minor < 0 ? -minor : minor, *parsed}), currency);
}

const std::string& NameOf(const RecurringSeries& series) { return series.name.empty() ? series.merchant : series.name; }

// An insight about a series; the caller fills key, message and the rest of the open `json` object.
Insight About(const RecurringSeries& series, std::string kind, std::string severity) {
  return {.kind = std::move(kind), .severity = std::move(severity), .subject = NameOf(series)};
}

std::string StepDetail(const RecurringSeries& series, const PriceStep& step) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("series_id").String(series.id).Key("old_minor").Int(step.old_minor).Key("new_minor").Int(step.new_minor);
  json.Key("currency").String(series.currency).Key("since").String(step.date.ToString()).EndObject();
  return out;
}

std::string PaymentDetail(const RecurringSeries& series, std::string_view day_name, Date day) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("series_id").String(series.id).Key("amount_minor").Int(series.next_amount_minor);
  json.Key("currency").String(series.currency).Key("cadence").String(series.rhythm.cadence().name);
  json.Key(day_name).String(day.ToString()).EndObject();
  return out;
}

void AddNew(const RecurringSeries& series, Date first_day, Date today, std::vector<Insight>& out) {
  const bool began = DaysBetween(series.first_date, today) <= kNewDays && DaysBetween(first_day, series.first_date) >= kHistoryDaysMin;
  const bool runs = series.state == SeriesState::kActive || series.state == SeriesState::kEarly;
  if (!began || !runs || !series.out() || series.trial) return;
  Insight insight = About(series, "recurring_new", "info");
  insight.key = "new|" + series.id;
  insight.message = fmt::format("A new payment comes again: {}, {} {}", NameOf(series), Amount(series.next_amount_minor, series.currency),
                                series.rhythm.cadence().name);
  insight.detail = PaymentDetail(series, "since", series.first_date);
  for (const auto& payment : series.payments) insight.transactions.push_back(payment.transaction);
  out.push_back(std::move(insight));
}

void AddPrice(const RecurringSeries& series, Date today, std::vector<Insight>& out) {
  if (series.steps.empty() || !series.out()) return;
  const PriceStep& step = series.steps.back();
  if (!IsRecent(step.date, today) || step.new_minor >= step.old_minor) return;  // both below 0: rises fall
  Insight insight = About(series, "recurring_price", "warning");
  insight.key = fmt::format("price|{}|{}", series.id, step.date.ToString());
  insight.message = fmt::format("{} costs {} instead of {} since {}", NameOf(series), Amount(step.new_minor, series.currency),
                                Amount(step.old_minor, series.currency), step.date.ToString());
  insight.detail = StepDetail(series, step);
  insight.transactions = {step.transaction};
  out.push_back(std::move(insight));
}

void AddTrial(const RecurringSeries& series, Date today, std::vector<Insight>& out) {
  if (!series.trial || !series.out() || !IsRecent(series.trial->date, today)) return;
  Insight insight = About(series, "trial_paid", "warning");
  insight.key = "trial|" + series.id;
  insight.message = fmt::format("The trial of {} is over: {} since {}", NameOf(series), Amount(series.trial->new_minor, series.currency),
                                series.trial->date.ToString());
  insight.detail = StepDetail(series, *series.trial);
  insight.transactions = {series.trial->transaction};
  out.push_back(std::move(insight));
}

void AddMissed(const RecurringSeries& series, Date today, std::vector<Insight>& out) {
  const bool missed = series.state == SeriesState::kLate || series.state == SeriesState::kStopped;
  if (!missed || !IsRecent(series.next_date, today)) return;
  Insight insight = About(series, "recurring_missed", series.out() ? "info" : "warning");
  insight.key = fmt::format("missed|{}|{}", series.id, series.next_date.ToString());
  insight.message = fmt::format("{} did not come: {} was expected on {}", NameOf(series),
                                Amount(series.next_amount_minor, series.currency), series.next_date.ToString());
  insight.detail = PaymentDetail(series, "expected_on", series.next_date);
  insight.transactions = {series.payments.back().transaction};
  out.push_back(std::move(insight));
}

void AddDoubled(const RecurringSeries& series, Date today, std::vector<Insight>& out) {
  if (series.doubled.empty() || !series.out() || !IsRecent(series.doubled.back(), today)) return;
  const Date day = series.doubled.back();
  Insight insight = About(series, "recurring_doubled", "warning");
  insight.key = fmt::format("doubled|{}|{}", series.id, day.ToString());
  insight.message = fmt::format("{} came twice in a period: again on {}", NameOf(series), day.ToString());
  insight.detail = PaymentDetail(series, "date", day);
  for (const auto& payment : series.payments) {
    if (series.rhythm.SlotOf(payment.date) == series.rhythm.SlotOf(day)) insight.transactions.push_back(payment.transaction);
  }
  out.push_back(std::move(insight));
}

// --- categories ---

using CategoryKey = std::pair<std::string, Category>;  // currency

// "2026-11" minus `months`.
std::string MonthBefore(Date month_start, int months) {
  Date day = month_start;
  for (int i = 0; i < months; ++i) {
    day = day.AddDays(-1);
    day = day.AddDays(1 - day.day());
  }
  return day.MonthText();
}

struct MonthFlows {
  int64_t now = 0;       // this month so far
  int64_t before = 0;    // three full months
  int64_t recurring = 0;  // of this month: paid
  int64_t coming = 0;     // of this month: expected
};

std::map<CategoryKey, MonthFlows> FlowsOf(const std::vector<CategorySum>& sums, const std::vector<RecurringSeries>& series,
                                          Date start, Date end, Date today) {
  std::map<CategoryKey, MonthFlows> flows;
  const std::string now = start.MonthText();
  const std::string oldest = MonthBefore(start, 3);
  for (const CategorySum& sum : sums) {
    if (sum.month < oldest || sum.month > now) continue;
    MonthFlows& flow = flows[{sum.currency, sum.category}];
    (sum.month == now ? flow.now : flow.before) += sum.out_minor - sum.in_minor;
  }
  for (const RecurringSeries& one : series) {
    for (const auto& payment : one.payments) {
      if (payment.date >= start && payment.date <= today) flows[{one.currency, one.category}].recurring -= payment.amount_minor;
    }
  }
  for (const Upcoming& payment : FindUpcoming(series, today.AddDays(1), end)) {
    flows[{payment.series->currency, payment.series->category}].coming -= payment.amount_minor;
  }
  return flows;
}

struct Anomaly {
  CategoryKey key;
  int64_t projected = 0;
  int64_t baseline = 0;
  double change = 0;  // above 0: less than usual is nothing to be told of
};

// "2026-11|up|25": the event, not its figure.
std::string BucketOf(const Anomaly& anomaly, const std::string& month) {
  return fmt::format("{}|up|{}", month, anomaly.change >= 1 ? 100 : (anomaly.change >= kChangeHigh ? 50 : 25));
}

Insight AnomalyInsight(const Anomaly& anomaly, const std::string& month) {
  const auto& [currency, category] = anomaly.key;
  const std::string id(ledger::CategoryId(category));
  std::string detail;
  JsonWriter json(detail);
  json.BeginObject().Key("category").String(id).Key("currency").String(currency).Key("projected_minor").Int(anomaly.projected);
  json.Key("baseline_minor").Int(anomaly.baseline).Key("change").Double(std::round(anomaly.change * 100) / 100).EndObject();
  return {.key = fmt::format("anomaly|{}|{}|{}", id, currency, BucketOf(anomaly, month)),
          .kind = "category_anomaly",
          .severity = anomaly.change >= kChangeHigh ? "high" : "warning",
          .subject = id,
          .message = fmt::format("{} in {} will be {}, {} is usual", id, month, Amount(anomaly.projected, currency),
                                 Amount(anomaly.baseline, currency)),
          .detail = std::move(detail)};
}

int64_t BaselineMin(const std::string& currency) {
  const auto parsed = ledger::Currency::Parse(currency);
  int64_t minor = kBaselineUnitsMin;
  for (int i = 0; parsed.ok() && i < parsed->exponent(); ++i) minor *= 10;
  return minor;
}

}  // namespace

std::vector<Insight> SeriesInsights(const std::vector<RecurringSeries>& series, Date first_day, Date today) {
  std::vector<Insight> insights;
  for (const RecurringSeries& one : series) {
    if (one.state == SeriesState::kCancelled) continue;
    AddNew(one, first_day, today, insights);
    AddPrice(one, today, insights);
    AddTrial(one, today, insights);
    AddMissed(one, today, insights);
    AddDoubled(one, today, insights);
  }
  return insights;
}

std::vector<Insight> CategoryInsights(const std::vector<CategorySum>& sums, const std::vector<RecurringSeries>& series,
                                      Date first_day, Date today) {
  const Date start = today.AddDays(1 - today.day());
  const Date end = start.AddDays(32).AddDays(1 - start.AddDays(32).day());
  const std::string oldest = MonthBefore(start, 3);
  if (today.day() < kElapsedDaysMin || first_day.ToString() > oldest + "-05") return {};
  const double elapsed_share = static_cast<double>(today.day()) / DaysBetween(start, end);
  std::vector<Anomaly> anomalies;
  for (const auto& [key, flow] : FlowsOf(sums, series, start, end, today)) {
    if (key.second == Category::kIncome || key.second == Category::kTransfer) continue;
    Anomaly anomaly{key, 0, flow.before / 3, 0};
    if (anomaly.baseline < BaselineMin(key.first)) continue;
    anomaly.projected = std::llround(static_cast<double>(flow.now - flow.recurring) / elapsed_share) + flow.recurring + flow.coming;
    anomaly.change = static_cast<double>(anomaly.projected) / static_cast<double>(anomaly.baseline) - 1;
    if (anomaly.change >= kChangeMin) anomalies.push_back(std::move(anomaly));
  }
  std::stable_sort(anomalies.begin(), anomalies.end(), [](const Anomaly& a, const Anomaly& b) {
    return a.projected - a.baseline > b.projected - b.baseline;
  });
  if (anomalies.size() > kAnomaliesMax) anomalies.resize(kAnomaliesMax);
  std::vector<Insight> insights;
  for (const Anomaly& anomaly : anomalies) insights.push_back(AnomalyInsight(anomaly, start.MonthText()));
  return insights;
}

std::string InsightsJson(const std::vector<Insight>& insights) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("insights").BeginArray();
  for (const Insight& insight : insights) {
    json.BeginObject().Key("key").String(insight.key).Key("kind").String(insight.kind).Key("severity").String(insight.severity);
    json.Key("subject").String(insight.subject).Key("message").String(insight.message).Key("transactions").BeginArray();
    for (const std::string& id : insight.transactions) json.String(id);
    json.EndArray().Key("detail").Raw(insight.detail).EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

}  // namespace finance::spending_analyzer
