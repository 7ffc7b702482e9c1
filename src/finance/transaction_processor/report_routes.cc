#include <charconv>

#include "codec/json.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/traced_sql.h"
#include "finance/transaction_processor/report.h"
#include "finance/transaction_processor/request_fields.h"
#include "finance/transaction_processor/transaction_processor.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonWriter;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

base::Result<SumRange> RangeOf(const HttpRequest& request) {
  ASSIGN_OR_RETURN(ledger::UserId user, UserOf(request));
  SumRange range{.user = std::move(user), .from = {}, .to = {}, .account = QueryText(request, "account")};
  RETURN_IF_ERROR(ReadDay(request, "from", range.from));
  RETURN_IF_ERROR(ReadDay(request, "to", range.to));
  return range;
}

base::Result<int> MonthStartOf(const HttpRequest& request) {
  const std::string text = QueryText(request, "month_start");
  if (text.empty()) return 1;
  int day = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), day);
  if (error != std::errc() || end != text.data() + text.size() || day < 1 || day > 28) {
    return base::InvalidArgument("month_start is no day from 1 to 28: " + text.substr(0, 20));
  }
  return day;
}

void WriteSide(JsonWriter& json, std::string_view key, const std::vector<std::pair<ledger::Category, int64_t>>& side) {
  json.Key(key).BeginArray();
  for (const auto& [category, minor] : side) {
    json.BeginObject().Key("category").String(ledger::CategoryId(category)).Key("amount_minor").Int(minor).EndObject();
  }
  json.EndArray();
}

void WritePoint(JsonWriter& json, const NetWorthPoint& point) {
  json.BeginObject().Key("date").String(point.date.ToString()).Key("totals").BeginArray();
  for (const auto& [currency, minor] : point.by_currency) {
    json.BeginObject().Key("currency").String(currency).Key("amount_minor").Int(minor).EndObject();
  }
  json.EndArray().Key("accounts").BeginObject();
  for (const auto& [account, minor] : point.by_account) json.Key(account).Int(minor);
  json.EndObject().EndObject();
}

void WriteBalance(JsonWriter& json, const AccountBalance& one) {
  json.BeginObject().Key("id").String(one.account.id).Key("name").String(one.account.name).Key("kind").String(one.account.kind);
  json.Key("currency").String(one.account.currency.str()).Key("closed").Bool(one.account.closed.value_or(false));
  json.Key("opening_minor").Int(one.account.opening_minor.value_or(0)).Key("balance_minor").Int(one.balance_minor);
  json.Key("rows").Int(one.rows).Key("newest");
  if (one.newest) {
    json.String(one.newest->ToString());
  } else {
    json.Null();
  }
  json.EndObject();
}

}  // namespace

void TransactionProcessor::AddReportRoutes(net::Router& router) {
  router.Add("GET", "/totals", jobs::Bound(this, &TransactionProcessor::GetTotals));
  router.Add("GET", "/sums", jobs::Bound(this, &TransactionProcessor::GetSums));
  router.Add("GET", "/cash-flow", jobs::Bound(this, &TransactionProcessor::GetCashFlow));
  router.Add("GET", "/balances", jobs::Bound(this, &TransactionProcessor::GetBalances));
  router.Add("GET", "/net-worth", jobs::Bound(this, &TransactionProcessor::GetNetWorth));
}

HttpResponse TransactionProcessor::GetTotals(const HttpRequest& request) {
  auto filter = FilterOf(request);
  if (!filter.ok()) return ErrorResponse(filter.status());
  filter->trigrams = database_.system() == "sqlite";
  filter->cursor.clear();
  std::vector<Total> totals;
  const base::Status status = jobs::TracedRead(database_, "SELECT transactions", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(totals, TotalsOf(connection, *filter));
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("totals").BeginArray();
  for (const Total& total : totals) {
    json.BeginObject().Key("currency").String(total.currency).Key("in_minor").Int(total.in_minor);
    json.Key("out_minor").Int(-total.out_minor).Key("rows").Int(total.rows).EndObject();
  }
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse TransactionProcessor::GetSums(const HttpRequest& request) {
  const auto range = RangeOf(request);
  if (!range.ok()) return ErrorResponse(range.status());
  const auto month_start = MonthStartOf(request);
  if (!month_start.ok()) return ErrorResponse(month_start.status());
  const std::string by = QueryText(request, "by");
  if (!by.empty() && by != "month" && by != "day") return ErrorResponse(base::InvalidArgument("by is neither month nor day: " + by.substr(0, 20)));
  std::vector<CategorySum> sums;
  const base::Status status = jobs::TracedRead(database_, "SELECT day_sums", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(sums, SumsByPeriod(connection, *range, by == "day", *month_start));
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("sums").BeginArray();
  for (const CategorySum& sum : sums) {
    json.BeginObject().Key("period").String(sum.period).Key("category").String(ledger::CategoryId(sum.category));
    json.Key("currency").String(sum.currency).Key("in_minor").Int(sum.in_minor).Key("out_minor").Int(-sum.out_minor);
    json.Key("rows").Int(sum.rows).EndObject();
  }
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse TransactionProcessor::GetCashFlow(const HttpRequest& request) {
  const auto range = RangeOf(request);
  if (!range.ok()) return ErrorResponse(range.status());
  std::vector<Flow> flows;
  const base::Status status = jobs::TracedRead(database_, "SELECT day_sums", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(flows, CashFlow(connection, *range));
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("flows").BeginArray();
  for (const Flow& flow : flows) {
    json.BeginObject().Key("currency").String(flow.currency);
    WriteSide(json, "income", flow.income);
    WriteSide(json, "spending", flow.spending);
    json.Key("income_minor").Int(flow.income_minor).Key("spending_minor").Int(flow.spending_minor);
    json.Key("saved_minor").Int(flow.income_minor - flow.spending_minor).EndObject();
  }
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse TransactionProcessor::GetBalances(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  std::vector<AccountBalance> balances;
  const base::Status status = jobs::TracedRead(database_, "SELECT day_sums", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(balances, Balances(connection, *user));
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("accounts").BeginArray();
  for (const AccountBalance& one : balances) WriteBalance(json, one);
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse TransactionProcessor::GetNetWorth(const HttpRequest& request) {
  const auto range = RangeOf(request);
  if (!range.ok()) return ErrorResponse(range.status());
  if (!range->from || !range->to || *range->from > *range->to) {
    return ErrorResponse(base::InvalidArgument("query parameters from and to are needed, in this order"));
  }
  const std::string step = QueryText(request, "step");
  if (!step.empty() && step != "day" && step != "week" && step != "month") {
    return ErrorResponse(base::InvalidArgument("step is none of day, week, month: " + step.substr(0, 20)));
  }
  std::vector<NetWorthPoint> series;
  const base::Status status = jobs::TracedRead(database_, "SELECT day_sums", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(series, NetWorth(connection, range->user, *range->from, *range->to,
                                      step == "day" ? Step::kDay : step == "week" ? Step::kWeek : Step::kMonth));
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("series").BeginArray();
  for (const NetWorthPoint& point : series) WritePoint(json, point);
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

}  // namespace finance::transaction_processor
