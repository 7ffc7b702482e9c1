#include "finance/spending_analyzer/spending_analyzer.h"

#include <awry/sdk/span.h>
#include <fmt/format.h>

#include <charconv>

#include "codec/json.h"
#include "finance/jobs/erase_route.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/traced_sql.h"
#include "finance/spending_analyzer/patterns.h"
#include "finance/spending_analyzer/row_json.h"
#include "finance/spending_analyzer/statistics_table.h"

namespace finance::spending_analyzer {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonWriter;
using ledger::UserId;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

base::Result<UserId> UserOf(const HttpRequest& request) { return UserId::Parse(request.path_param("user_id")); }

// "" without ?month=; kInvalidArgument when it is no month.
base::Result<std::string> MonthOf(const HttpRequest& request) {
  const std::string* month = request.query_param("month");
  if (month == nullptr) return std::string();
  if (!ledger::Date::Parse(*month + "-01").ok()) {
    return base::InvalidArgument("month is not YYYY-MM: " + month->substr(0, 20));
  }
  return *month;
}

void WriteSum(JsonWriter& json, const CategorySum& sum) {
  json.BeginObject().Key("category").String(ledger::CategoryId(sum.category));
  json.Key("currency").String(sum.currency).Key("out_minor").Int(sum.out_minor);
  json.Key("in_minor").Int(sum.in_minor).Key("count").Int(sum.count).EndObject();
}

std::string MonthJson(const UserId& user, const std::string& month, const std::vector<CategorySum>& sums) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("user_id").String(user.str()).Key("month").String(month).Key("categories").BeginArray();
  for (const CategorySum& sum : sums) WriteSum(json, sum);
  json.EndArray().EndObject();
  return out;
}

std::string AllMonthsJson(const UserId& user, const std::vector<CategorySum>& sums) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("user_id").String(user.str()).Key("months").BeginArray();
  for (size_t i = 0; i < sums.size();) {
    const std::string& month = sums[i].month;
    json.BeginObject().Key("month").String(month).Key("categories").BeginArray();
    for (; i < sums.size() && sums[i].month == month; ++i) WriteSum(json, sums[i]);
    json.EndArray().EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

HttpResponse Changed(bool changed) {
  return net::JsonResponse(200, changed ? R"({"changed":true})" : R"({"changed":false})");
}

}  // namespace

SpendingAnalyzer::SpendingAnalyzer(awry::sql::Database& database, std::unique_ptr<PatternCache> cache,
                                   const SpendingAnalyzerOptions& options)
    : database_(database), cache_(std::move(cache)), options_(options), cache_key_fault_(options.cache_key_fault) {}

base::Result<std::unique_ptr<SpendingAnalyzer>> SpendingAnalyzer::Create(awry::sql::Database& database,
                                                                         std::unique_ptr<PatternCache> cache,
                                                                         const SpendingAnalyzerOptions& options) {
  RETURN_IF_ERROR(MigrateStatistics(database));
  return std::unique_ptr<SpendingAnalyzer>(new SpendingAnalyzer(database, std::move(cache), options));
}

void SpendingAnalyzer::AddRoutes(net::Router& router) {
  router.Add("GET", "/patterns/{user_id}", jobs::Bound(this, &SpendingAnalyzer::Patterns));
  router.Add("GET", "/statistics/{user_id}", jobs::Bound(this, &SpendingAnalyzer::Statistics));
  router.Add("GET", "/recurring/{user_id}", jobs::Bound(this, &SpendingAnalyzer::Recurring));
  router.Add("PUT", "/recurring/{user_id}/{series_id}", jobs::ForJson(jobs::Bound(this, &SpendingAnalyzer::PutMark)));
  router.Add("GET", "/forecast/{user_id}", jobs::Bound(this, &SpendingAnalyzer::Forecasts));
  router.Add("GET", "/insights/{user_id}", jobs::Bound(this, &SpendingAnalyzer::Insights));
  router.Add("POST", "/statistics/{user_id}/batch", jobs::ForJson(jobs::Bound(this, &SpendingAnalyzer::PutBatch)));
  router.Add("PUT", "/statistics/{user_id}/transactions/{id}", jobs::ForJson(jobs::Bound(this, &SpendingAnalyzer::PutTransaction)));
  router.Add("DELETE", "/statistics/{user_id}/transactions/{id}", jobs::Bound(this, &SpendingAnalyzer::DeleteTransaction));
  jobs::EraseRoute erase;
  for (const char* table : {"counted", "monthly", "changes", "series_marks"}) {
    erase.statements.push_back(std::string("DELETE FROM ") + table + " WHERE user_id = $1");
  }
  // Keys hold a part of the user id at most: only clearing everything surely clears this user.
  erase.forget = [this](const std::string& user_id) {
    (void)cache_->Clear();
    base::MutexLock lock(views_mutex_);
    views_.erase(user_id);
  };
  jobs::AddEraseRoute(router, database_, std::move(erase));
  router.Add("PUT", "/admin/faults/cache-key", jobs::ForJson(jobs::Bound(this, &SpendingAnalyzer::PutFault)));
  router.Add("GET", "/admin/faults/cache-key", [this](const HttpRequest& request) { return GetFault(request); });
  router.Add("DELETE", "/admin/cache", jobs::Bound(this, &SpendingAnalyzer::ClearCache));
}

base::Status SpendingAnalyzer::Ready() { return database_.Query("SELECT 1").status(); }

base::Result<std::string> SpendingAnalyzer::Compute(const UserId& user, int64_t& count) {
  std::string fields;
  RETURN_IF_ERROR(jobs::TracedRead(database_, "SELECT monthly", [&](awry::sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const spending_analyzer::Patterns patterns, ReadPatterns(connection, user));
    fields = PatternFields(patterns);
    count = patterns.count;
    return {};
  }));
  return fields;
}

HttpResponse SpendingAnalyzer::Patterns(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const std::string key = PatternCacheKey(*user, cache_key_fault_);
  if (const auto cached = cache_->Get(key)) {
    ++hits_;
    return net::JsonResponse(200, PatternAnswer(*cached, key, true));
  }
  ++misses_;
  int64_t count = 0;
  auto fields = Compute(*user, count);
  if (!fields.ok()) return ErrorResponse(fields.status());
  std::string answer = PatternAnswer(*fields, key, false);
  cache_->Put(key, std::move(*fields), PatternTtl(count, options_.cache_ttl_max));
  return net::JsonResponse(200, std::move(answer));
}

HttpResponse SpendingAnalyzer::Statistics(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const auto month = MonthOf(request);
  if (!month.ok()) return ErrorResponse(month.status());
  std::vector<CategorySum> sums;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT monthly", [&](awry::sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(sums, ReadSums(connection, *user, *month));
        return {};
      });
  if (!status.ok()) return ErrorResponse(status);
  return net::JsonResponse(200, month->empty() ? AllMonthsJson(*user, sums) : MonthJson(*user, *month, sums));
}

HttpResponse SpendingAnalyzer::PutTransaction(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const std::string id(request.path_param("id"));
  if (base::Status bad = ledger::CheckOpaqueId(id, "transaction id"); !bad.ok()) return ErrorResponse(bad);
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  const auto row = ReadCountedRow(document->root());
  if (!row.ok()) return ErrorResponse(row.status());
  const int64_t revision = document->root().Find("revision").AsInt64().value_or(0);
  bool changed = false;
  const base::Status status =
      jobs::TracedWrite(database_, "UPSERT monthly", [&](awry::sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(changed, CountTransaction(connection, *user, id, revision, *row));
        return changed ? NoteChange(connection, *user) : base::Status();
      });
  return status.ok() ? Changed(changed) : ErrorResponse(status);
}

HttpResponse SpendingAnalyzer::DeleteTransaction(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const std::string id(request.path_param("id"));
  if (base::Status bad = ledger::CheckOpaqueId(id, "transaction id"); !bad.ok()) return ErrorResponse(bad);
  int64_t revision = 0;
  if (const std::string* text = request.query_param("revision")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), revision);
    if (error != std::errc() || end != text->data() + text->size()) {
      return ErrorResponse(base::InvalidArgument("revision is no integer: " + text->substr(0, 20)));
    }
  }
  bool changed = false;
  const base::Status status =
      jobs::TracedWrite(database_, "UPSERT monthly", [&](awry::sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(changed, CountTransaction(connection, *user, id, revision, std::nullopt));
        return changed ? NoteChange(connection, *user) : base::Status();
      });
  return status.ok() ? Changed(changed) : ErrorResponse(status);
}

HttpResponse SpendingAnalyzer::PutFault(const HttpRequest& request) {
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  const auto enabled = document->root().Find("enabled").AsBool();
  if (!enabled) return ErrorResponse(base::InvalidArgument("send {\"enabled\": true} or {\"enabled\": false}"));
  cache_key_fault_ = *enabled;
  return GetFault(request);
}

HttpResponse SpendingAnalyzer::GetFault(const HttpRequest&) const {
  return net::JsonResponse(200, cache_key_fault_ ? R"({"enabled":true})" : R"({"enabled":false})");
}

HttpResponse SpendingAnalyzer::ClearCache(const HttpRequest&) {
  const auto removed = cache_->Clear();
  if (!removed.ok()) return ErrorResponse(removed.status());
  return net::JsonResponse(200, fmt::format("{{\"removed\":{}}}", *removed));
}

std::string SpendingAnalyzer::Metrics() const {
  return fmt::format(
      "# TYPE pattern_cache_requests_total counter\npattern_cache_requests_total{{result=\"hit\"}} {}\n"
      "pattern_cache_requests_total{{result=\"miss\"}} {}\n# TYPE fault_cache_key gauge\nfault_cache_key {}\n",
      hits_.load(), misses_.load(), cache_key_fault_.load() ? 1 : 0);
}

}  // namespace finance::spending_analyzer
