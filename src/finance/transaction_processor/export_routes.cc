#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "finance/jobs/request_check.h"
#include "finance/jobs/traced_sql.h"
#include "finance/transaction_processor/export.h"
#include "finance/transaction_processor/request_fields.h"
#include "finance/transaction_processor/transaction_json.h"
#include "finance/transaction_processor/transaction_processor.h"

namespace finance::transaction_processor {
namespace {

using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

constexpr std::chrono::seconds kJobsEndWithin(30);

struct Format {
  std::string_view name;
  std::string_view content_type;
};
constexpr Format kFormats[] = {{"csv", "text/csv; charset=utf-8"}, {"json", "application/json"}, {"ofx", "application/x-ofx"}};

// Retractions of the user's rows that failed for good are forgotten; returns whether others are still to be made.
base::Result<bool> RetractsLater(sql::Connection& connection, const ledger::UserId& user) {
  const std::string payload = user.str() + " ";  // of Pipeline::Retract
  const auto length = static_cast<int64_t>(payload.size());
  RETURN_IF_ERROR(connection
                      .Execute("DELETE FROM jobs WHERE kind = $1 AND state = 2 AND substr(payload, 1, $2) = $3", {std::string(kRetract), length, payload})
                      .status());
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT 1 FROM jobs WHERE kind = $1 AND substr(payload, 1, $2) = $3 LIMIT 1",
                                                          {std::string(kRetract), length, payload}));
  return !rows.empty();
}

}  // namespace

void TransactionProcessor::AddExportRoutes(net::Router& router) {
  router.Add("GET", "/export", [this](const HttpRequest& request) { return GetExport(request); });
  router.Add("POST", "/ledger", jobs::ForJson([this](const HttpRequest& request) { return PostLedger(request); }));
  router.Add("DELETE", "/ledger", [this](const HttpRequest& request) { return DeleteLedger(request); });
}

HttpResponse TransactionProcessor::GetExport(const HttpRequest& request) {
  auto filter = FilterOf(request);
  if (!filter.ok()) return ErrorResponse(filter.status());
  filter->trigrams = database_.system() == "sqlite";
  const std::string name = QueryText(request, "format");
  const auto format = std::find_if(std::begin(kFormats), std::end(kFormats), [&](const Format& one) { return one.name == name; });
  if (format == std::end(kFormats)) return ErrorResponse(base::InvalidArgument("format is none of csv, json, ofx: " + name.substr(0, 20)));
  const std::string day = Today().ToString();
  std::string now;
  for (const char c : day) now += c == '-' ? "" : std::string(1, c);
  // Built whole before it is sent: a file that ends in the middle would look like all there is.
  std::string body;
  const Writer append = [&body](std::string_view piece) {
    body += piece;
    return true;
  };
  const base::Status status = jobs::TracedRead(database_, "SELECT transactions", [&](sql::Connection& connection) {
    if (name == "csv") return ExportCsv(connection, *filter, append);
    if (name == "json") return ExportJson(connection, *filter, append);
    return ExportOfx(connection, *filter, now, append);
  });
  if (!status.ok()) return ErrorResponse(status);
  HttpResponse response{.headers = {{"Content-Type", std::string(format->content_type)},
                                    {"Content-Disposition", fmt::format("attachment; filename=\"awry-{}.{}\"", day, name)}}};
  response.body = std::move(body);
  return response;
}

HttpResponse TransactionProcessor::PostLedger(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  Restored restored;
  const base::Status status = jobs::TracedWrite(database_, "INSERT transactions", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(restored, RestoreLedger(connection, *user, request.body, options_.clock->NowUnixNs()));
    for (const std::string& id : restored.rows) {
      ASSIGN_OR_RETURN(const std::optional<StoredTransaction> row, FindTransaction(connection, id));
      if (!row) continue;
      if (row->row.processing == ledger::Processing::kQueued) {
        RETURN_IF_ERROR(queue_->Enqueue(connection, {std::string(kProcess), id, "", ""}));
      } else {
        RETURN_IF_ERROR(EnqueueCount(connection, *queue_, id));
      }
    }
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  queue_->Wake();
  return net::JsonResponse(201, fmt::format(R"({{"accounts":{},"transactions":{},"splits":{},"transfers":{},"rules":{}}})", restored.accounts,
                                            restored.transactions, restored.splits, restored.transfers, restored.rules));
}

HttpResponse TransactionProcessor::DeleteLedger(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  // The caller has the counting services forget the user next: rows that are taken away by jobs would stay there as
  // taken away, and what a job writes that has read a row before would stay for good.
  const std::string* erase = request.query_param("erase");
  const bool retract = erase == nullptr || *erase != "1";
  bool retracts_later = false;
  size_t deleted = 0;
  const base::Status status = jobs::TracedWrite(database_, "DELETE transactions", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const auto rows, WipeLedger(connection, *user));
    for (const auto& [id, revision] : rows) {
      if (!retract) break;
      RETURN_IF_ERROR(EnqueueRetract(connection, *queue_, *user, id, revision + 1));
    }
    deleted = rows.size();
    if (!retract) {
      ASSIGN_OR_RETURN(retracts_later, RetractsLater(connection, *user));
    }
    return {};
  });
  if (!status.ok()) return ErrorResponse(status);
  if (!retract && (!pipeline_.running().AwaitEarlier(kJobsEndWithin) || retracts_later)) {
    queue_->Wake();
    return ErrorResponse(base::Unavailable("the rows are deleted, but jobs still tell other services of them: try again in a moment"));
  }
  queue_->Wake();
  return net::JsonResponse(200, fmt::format(R"({{"deleted":{}}})", deleted));
}

}  // namespace finance::transaction_processor
