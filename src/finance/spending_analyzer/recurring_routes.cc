// What is told about series: the list, the forecast, the insights; and rows that come in batches.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "codec/json.h"
#include "finance/jobs/traced_sql.h"
#include "finance/spending_analyzer/forecast.h"
#include "finance/spending_analyzer/insights.h"
#include "finance/spending_analyzer/row_json.h"
#include "finance/spending_analyzer/spending_analyzer.h"

namespace finance::spending_analyzer {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using ledger::Date;
using ledger::UserId;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

namespace {

constexpr int kSeriesDays = 1'200;  // of history: a yearly payment needs two
constexpr int kSeriesRowsMax = 50'000;
constexpr size_t kViewsMax = 1'000;
constexpr size_t kBatchRowsMax = 5'000;
constexpr size_t kSeriesIdBytesMax = 64;
constexpr int64_t kBalanceMinorMax = 1'000 * kAmountMinorMax;

base::Result<UserId> UserOf(const HttpRequest& request) { return UserId::Parse(request.path_param("user_id")); }

base::Result<int64_t> IntParam(const HttpRequest& request, std::string_view name, int64_t fallback, int64_t low, int64_t high) {
  const std::string* text = request.query_param(name);
  if (text == nullptr || text->empty()) return fallback;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < low || value > high) {
    return base::InvalidArgument(fmt::format("{} must be an integer from {} to {}: {}", name, low, high, text->substr(0, 20)));
  }
  return value;
}

std::string TextParam(const HttpRequest& request, std::string_view name) {
  const std::string* text = request.query_param(name);
  return text == nullptr ? std::string() : *text;
}

void WriteStep(JsonWriter& json, const PriceStep& step) {
  json.BeginObject().Key("date").String(step.date.ToString()).Key("old_minor").Int(step.old_minor);
  json.Key("new_minor").Int(step.new_minor).EndObject();
}

void WriteSeries(JsonWriter& json, const RecurringSeries& series) {
  json.BeginObject().Key("merchant").String(series.merchant).Key("currency").String(series.currency);
  json.Key("cadence").String(series.rhythm.cadence().name).Key("amount_kind").String(series.amount_kind);
  json.Key("state").String(SeriesStateName(series.state)).Key("last_amount_minor").Int(series.last_amount_minor);
  json.Key("last_date").String(series.last_date.ToString()).Key("next_date").String(series.next_date.ToString());
  json.Key("category").String(ledger::CategoryId(series.category)).Key("count").Int(series.count());
  json.Key("id").String(series.id).Key("account").String(series.account);
  json.Key("name").String(series.name.empty() ? series.merchant : series.name);
  json.Key("direction").String(series.out() ? "out" : "in").Key("next_amount_minor").Int(series.next_amount_minor);
  json.Key("monthly_minor").Int(series.monthly_minor()).Key("first_date").String(series.first_date.ToString());
  json.Key("steps").BeginArray();
  for (const PriceStep& step : series.steps) WriteStep(json, step);
  json.EndArray().Key("missed").Int(series.missed).Key("doubled").BeginArray();
  for (const Date day : series.doubled) json.String(day.ToString());
  json.EndArray().Key("trial").Bool(series.trial.has_value()).Key("transactions").BeginArray();
  for (const auto& payment : series.payments) json.String(payment.transaction);
  json.EndArray().EndObject();
}

void WriteWeek(JsonWriter& json, const ForecastWeek& week) {
  json.BeginObject().Key("from").String(week.from.ToString()).Key("until").String(week.until.ToString());
  json.Key("in_minor").Int(week.recurring_in_minor + week.usual_in_minor);
  json.Key("out_minor").Int(week.recurring_out_minor + week.usual_out_minor);
  json.Key("recurring_in_minor").Int(week.recurring_in_minor).Key("recurring_out_minor").Int(week.recurring_out_minor);
  json.Key("usual_in_minor").Int(week.usual_in_minor).Key("usual_out_minor").Int(week.usual_out_minor);
  json.Key("net_minor").Int(week.net_minor()).Key("low_minor").Int(week.low_minor).Key("high_minor").Int(week.high_minor);
  json.Key("balance_minor").Int(week.balance_minor).Key("balance_low_minor").Int(week.balance_low_minor);
  json.Key("balance_high_minor").Int(week.balance_high_minor).EndObject();
}

void WriteForecast(JsonWriter& json, const Forecast& forecast, bool with_balance, int64_t balance_minor) {
  json.BeginObject().Key("currency").String(forecast.currency).Key("start_balance_minor");
  with_balance ? json.Int(balance_minor) : json.Null();
  json.Key("weeks").BeginArray();
  for (const ForecastWeek& week : forecast.weeks) WriteWeek(json, week);
  json.EndArray().Key("upcoming").BeginArray();
  for (const Upcoming& payment : forecast.upcoming) {
    json.BeginObject().Key("date").String(payment.date.ToString()).Key("merchant").String(payment.series->merchant);
    json.Key("name").String(payment.series->name).Key("amount_minor").Int(payment.amount_minor);
    json.Key("series_id").String(payment.series->id).Key("account").String(payment.series->account);
    json.Key("category").String(ledger::CategoryId(payment.series->category)).Key("late").Bool(payment.late).EndObject();
  }
  json.EndArray().Key("lowest").BeginObject().Key("date").String(forecast.lowest_date.ToString());
  json.Key("balance_minor").Int(forecast.lowest_minor).EndObject();
  json.Key("history_days").Int(forecast.history_days).EndObject();
}

void ApplyMarks(const std::vector<SeriesMark>& marks, std::vector<RecurringSeries>& series) {
  for (const SeriesMark& mark : marks) {
    const auto marked = [&](const RecurringSeries& one) { return one.id == mark.series_id; };
    if (mark.mark == "ignored") std::erase_if(series, marked);
    const auto found = std::find_if(series.begin(), series.end(), marked);
    if (found != series.end() && mark.mark == "cancelled") found->state = SeriesState::kCancelled;
  }
}

}  // namespace

base::Result<SpendingAnalyzer::SeriesViewPtr> SpendingAnalyzer::ReadSeries(awry::sql::Connection& connection, const UserId& user) {
  ASSIGN_OR_RETURN(const int64_t changes, ReadChanges(connection, user));
  const Date today = Today();
  {
    base::MutexLock lock(views_mutex_);
    const auto known = views_.find(user.str());
    if (known != views_.end() && known->second->changes == changes && known->second->today == today) return known->second;
  }
  auto view = std::make_shared<SeriesView>();
  view->changes = changes;
  view->today = today;
  ASSIGN_OR_RETURN(view->first_day, ReadFirstDay(connection, user));
  ASSIGN_OR_RETURN(const std::vector<MerchantRow> rows, ReadMerchantRows(connection, user, today.AddDays(-kSeriesDays), kSeriesRowsMax));
  view->series = FindRecurring(rows, today);
  ASSIGN_OR_RETURN(const std::vector<SeriesMark> marks, ReadMarks(connection, user));
  ApplyMarks(marks, view->series);
  base::MutexLock lock(views_mutex_);
  if (views_.size() >= kViewsMax) views_.clear();
  views_[user.str()] = view;
  return SeriesViewPtr(std::move(view));
}

HttpResponse SpendingAnalyzer::Recurring(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  SeriesViewPtr view;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT counted", [&](awry::sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(view, ReadSeries(connection, *user));
        return {};
      });
  if (!status.ok()) return ErrorResponse(status);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("user_id").String(user->str()).Key("recurring").BeginArray();
  for (const RecurringSeries& series : view->series) WriteSeries(json, series);
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse SpendingAnalyzer::PutMark(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const std::string id(request.path_param("series_id"));
  if (!id.starts_with("series-") || id.size() > kSeriesIdBytesMax) {
    return ErrorResponse(base::InvalidArgument("series id is none of GET /recurring: " + id.substr(0, kSeriesIdBytesMax)));
  }
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  const auto mark = document->root().Find("state").AsString().value_or("");
  if (mark != "cancelled" && mark != "ignored" && mark != "auto") {
    return ErrorResponse(base::InvalidArgument("state must be cancelled, ignored or auto"));
  }
  const base::Status status = jobs::TracedWrite(database_, "UPSERT series_marks", [&](awry::sql::Connection& connection) {
    return StoreMark(connection, *user, {id, std::string(mark)});
  });
  return status.ok() ? net::JsonResponse(200, fmt::format(R"({{"id":"{}","state":"{}"}})", id, mark)) : ErrorResponse(status);
}

HttpResponse SpendingAnalyzer::Forecasts(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const auto weeks = IntParam(request, "weeks", 8, 1, kForecastWeeksMax);
  if (!weeks.ok()) return ErrorResponse(weeks.status());
  const auto balance = IntParam(request, "balance_minor", 0, -kBalanceMinorMax, kBalanceMinorMax);
  if (!balance.ok()) return ErrorResponse(balance.status());
  const std::string only = TextParam(request, "currency");
  const std::string account = TextParam(request, "account");
  SeriesViewPtr view;
  std::vector<DayFlow> flows;
  const Date today = Today();
  const base::Status status =
      jobs::TracedRead(database_, "SELECT counted", [&](awry::sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(view, ReadSeries(connection, *user));
        ASSIGN_OR_RETURN(flows, ReadDayFlows(connection, *user, today.AddDays(1 - kHistoryDays), today.AddDays(1), account));
        return {};
      });
  if (!status.ok()) return ErrorResponse(status);
  std::set<std::string> currencies;
  for (const DayFlow& flow : flows) currencies.insert(flow.currency);
  for (const RecurringSeries& series : view->series) currencies.insert(series.currency);
  const bool with_balance = request.query_param("balance_minor") != nullptr;
  const ForecastQuery query{today, static_cast<int>(*weeks), *balance, view->first_day};
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("user_id").String(user->str()).Key("from").String(today.AddDays(1).ToString());
  json.Key("until").String(today.AddDays(1 + 7 * query.weeks).ToString()).Key("forecasts").BeginArray();
  for (const std::string& currency : currencies) {
    if (!only.empty() && only != currency) continue;
    std::vector<RecurringSeries> series;
    std::copy_if(view->series.begin(), view->series.end(), std::back_inserter(series), [&](const RecurringSeries& one) {
      return one.currency == currency && (account.empty() || one.account == account);
    });
    std::vector<DayFlow> of_currency;
    std::copy_if(flows.begin(), flows.end(), std::back_inserter(of_currency), [&](const DayFlow& flow) { return flow.currency == currency; });
    WriteForecast(json, MakeForecast(currency, series, of_currency, query), with_balance, *balance);
  }
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse SpendingAnalyzer::Insights(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  SeriesViewPtr view;
  std::vector<CategorySum> sums;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT monthly", [&](awry::sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(view, ReadSeries(connection, *user));
        ASSIGN_OR_RETURN(sums, ReadSums(connection, *user, ""));
        return {};
      });
  if (!status.ok()) return ErrorResponse(status);
  std::vector<Insight> insights;
  if (view->first_day) {
    insights = SeriesInsights(view->series, *view->first_day, view->today);
    std::vector<Insight> of_categories = CategoryInsights(sums, view->series, *view->first_day, view->today);
    std::move(of_categories.begin(), of_categories.end(), std::back_inserter(insights));
  }
  return net::JsonResponse(200, InsightsJson(insights));
}

HttpResponse SpendingAnalyzer::PutBatch(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  const JsonValue list = document->root().Find("transactions");
  if (!list.is_array()) return ErrorResponse(base::InvalidArgument("send {\"transactions\": [...]}"));
  if (list.size() > kBatchRowsMax) {
    return ErrorResponse(base::ResourceExhausted(fmt::format("too many transactions in a batch: {}, at most {}", list.size(), kBatchRowsMax)));
  }
  struct Item {
    std::string id;
    int64_t revision;
    std::optional<CountedRow> row;
  };
  std::vector<Item> items;
  for (const JsonValue value : list.items()) {
    Item item{std::string(value.Find("id").AsString().value_or("")), value.Find("revision").AsInt64().value_or(0), std::nullopt};
    if (base::Status bad = ledger::CheckOpaqueId(item.id, "transaction id"); !bad.ok()) return ErrorResponse(bad);
    if (!value.Find("removed").AsBool().value_or(false)) {
      auto row = ReadCountedRow(value);
      if (!row.ok()) return ErrorResponse(row.status().WithContext(fmt::format("transaction {} of the batch", items.size() + 1)));
      item.row = std::move(*row);
    }
    items.push_back(std::move(item));
  }
  size_t changed = 0;
  const base::Status status =
      jobs::TracedWrite(database_, "UPSERT monthly", [&](awry::sql::Connection& connection) -> base::Status {
        changed = 0;
        for (const Item& item : items) {
          ASSIGN_OR_RETURN(const bool one, CountTransaction(connection, *user, item.id, item.revision, item.row));
          changed += one ? 1 : 0;
        }
        return changed > 0 ? NoteChange(connection, *user) : base::Status();
      });
  return status.ok() ? net::JsonResponse(200, fmt::format("{{\"changed\":{}}}", changed)) : ErrorResponse(status);
}

}  // namespace finance::spending_analyzer
