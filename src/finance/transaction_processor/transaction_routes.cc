#include <awry/sdk/context.h>
#include <fmt/format.h>

#include <charconv>

#include "base/random.h"
#include "codec/json.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/trace_text.h"
#include "finance/jobs/traced_sql.h"
#include "finance/transaction_processor/transaction_json.h"
#include "finance/transaction_processor/transaction_processor.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonWriter;
using ledger::Transaction;
using ledger::UserId;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

constexpr int kPageRows = 100;
constexpr int kPageRowsMax = 1000;
constexpr int kDeadShown = 100;

std::string CurrentTraceparent() {
  return jobs::ToTraceparent(awry::sdk::Context::current().span_context());
}

base::Result<UserId> UserOf(const HttpRequest& request) {
  const std::string* user = request.query_param("user_id");
  if (user == nullptr) return base::InvalidArgument("query parameter is missing: user_id");
  return UserId::Parse(*user);
}

std::string QueryText(const HttpRequest& request, std::string_view name) {
  const std::string* value = request.query_param(name);
  return value == nullptr ? std::string() : *value;
}

base::Status ReadDay(const HttpRequest& request, std::string_view name, std::optional<ledger::Date>& day) {
  const std::string text = QueryText(request, name);
  if (text.empty()) return {};
  ASSIGN_OR_RETURN(day, ledger::Date::Parse(text));
  return {};
}

base::Result<TransactionFilter> FilterOf(const HttpRequest& request) {
  ASSIGN_OR_RETURN(UserId user, UserOf(request));
  TransactionFilter filter{.user = std::move(user), .limit = kPageRows};
  RETURN_IF_ERROR(ReadDay(request, "from", filter.from));
  RETURN_IF_ERROR(ReadDay(request, "to", filter.to));
  if (const std::string id = QueryText(request, "category"); !id.empty()) {
    filter.category = ledger::CategoryFromId(id);
    if (!filter.category) return base::InvalidArgument("category is unknown: " + id.substr(0, 40));
  }
  if (const std::string name = QueryText(request, "processing"); !name.empty()) {
    for (const auto processing : {ledger::Processing::kQueued, ledger::Processing::kDone, ledger::Processing::kFailed}) {
      if (ledger::ProcessingName(processing) == name) filter.processing = processing;
    }
    if (!filter.processing) return base::InvalidArgument("processing is none of queued, done, failed: " + name.substr(0, 40));
  }
  if (const std::string limit = QueryText(request, "limit"); !limit.empty()) {
    const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), filter.limit);
    if (error != std::errc() || end != limit.data() + limit.size() || filter.limit < 1 || filter.limit > kPageRowsMax) {
      return base::InvalidArgument(fmt::format("limit is no number from 1 to {}: {}", kPageRowsMax, limit.substr(0, 20)));
    }
  }
  filter.account = QueryText(request, "account");
  filter.import_id = QueryText(request, "import_id");
  filter.text = QueryText(request, "q");
  filter.cursor = QueryText(request, "cursor");
  return filter;
}

std::string LabelBody(const StoredTransaction& stored, bool changed) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray().BeginObject().Key("trace_id").String(stored.row.trace_id);
  json.Key("label").String(changed ? "wrong" : "right");
  json.Key("expected").String(ledger::CategoryId(stored.row.category));
  if (stored.predicted) json.Key("actual").String(ledger::CategoryId(*stored.predicted));
  json.Key("source").String("user").EndObject().EndArray();
  return out;
}

// 409 is the only status that fits an id which another user has.
HttpResponse Refusal(const base::Status& status) { return ErrorResponse(status); }

}  // namespace

void TransactionProcessor::AddTransactionRoutes(net::Router& router) {
  const auto bind = [this](HttpResponse (TransactionProcessor::*handler)(const HttpRequest&)) {
    return [this, handler](const HttpRequest& request) { return (this->*handler)(request); };
  };
  router.Add("PUT", "/accounts/{id}", jobs::ForJson(bind(&TransactionProcessor::PutAccount)));
  router.Add("GET", "/accounts/{id}", bind(&TransactionProcessor::GetAccount));
  router.Add("GET", "/accounts", bind(&TransactionProcessor::GetAccounts));
  router.Add("POST", "/transactions", jobs::ForJson(bind(&TransactionProcessor::PostTransaction)));
  router.Add("POST", "/transactions/batch", jobs::ForContentType("application/x-ndjson", bind(&TransactionProcessor::PostBatch)));
  router.Add("GET", "/transactions", bind(&TransactionProcessor::GetTransactions));
  router.Add("GET", "/transactions/{id}", bind(&TransactionProcessor::GetTransaction));
  router.Add("PATCH", "/transactions/{id}", jobs::ForJson(bind(&TransactionProcessor::PatchTransaction)));
  router.Add("GET", "/jobs", bind(&TransactionProcessor::GetJobs));
  router.Add("POST", "/jobs/{id}/retry", bind(&TransactionProcessor::RetryJob));
}

HttpResponse TransactionProcessor::PutAccount(const HttpRequest& request) {
  const auto account = ParseAccount(std::string(request.path_param("id")), request.body);
  if (!account.ok()) return ErrorResponse(account.status());
  const base::Status status = jobs::TracedWrite(database_, "UPSERT accounts", [&](sql::Connection& connection) {
    return StoreAccount(connection, *account);
  });
  return status.ok() ? net::JsonResponse(200, AccountJson(*account)) : Refusal(status);
}

HttpResponse TransactionProcessor::GetAccount(const HttpRequest& request) {
  const std::string id(request.path_param("id"));
  std::optional<Account> account;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT accounts", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(account, FindAccount(connection, id));
        return {};
      });
  if (!status.ok()) return ErrorResponse(status);
  if (!account) return ErrorResponse(base::NotFound("no account has this id: " + id.substr(0, 128)));
  return net::JsonResponse(200, AccountJson(*account));
}

HttpResponse TransactionProcessor::GetAccounts(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  std::vector<Account> accounts;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT accounts", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(accounts, ReadAccounts(connection, *user));
        return {};
      });
  if (!status.ok()) return ErrorResponse(status);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("accounts").BeginArray();
  for (const Account& account : accounts) json.Raw(AccountJson(account));
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

base::Result<TransactionProcessor::Ingested> TransactionProcessor::Ingest(Transaction row) {
  if (row.id.empty()) row.id = fmt::format("tx-{:016x}{:016x}", base::EntropySeed(), base::EntropySeed());
  row.trace_id = jobs::CurrentTraceId();
  std::optional<StoredTransaction> known;
  std::optional<jobs::Job> job;
  RETURN_IF_ERROR(jobs::TracedWrite(database_, "INSERT transactions", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(known, FindTransaction(connection, row.id));
    if (known) return {};
    if (row.account.empty()) {
      ASSIGN_OR_RETURN(const Account account, DefaultAccount(connection, row.user_id, row.amount.currency));
      row.account = account.id;
    } else {
      ASSIGN_OR_RETURN(const std::optional<Account> account, FindAccount(connection, row.account));
      if (!account) return base::NotFound("no account has this id, make it with PUT /accounts/{id}: " + row.account);
      if (account->user_id != row.user_id) return base::PermissionDenied("account is another user's: " + row.account);
    }
    row.fingerprint = ledger::Fingerprint(row.account, row.date, row.amount, row.raw_description);
    ASSIGN_OR_RETURN(const int64_t equal, CountFingerprint(connection, row.account, row.fingerprint));
    row.occurrence = static_cast<int>(equal) + 1;
    RETURN_IF_ERROR(InsertTransaction(connection, row));
    ASSIGN_OR_RETURN(job, queue_->EnqueueLeased(connection, {std::string(kProcess), row.id, "", CurrentTraceparent()}));
    return {};
  }));
  if (known) {
    if (known->row.user_id != row.user_id) return base::AlreadyExists("transaction id is another user's, choose another one: " + row.id);
    return Ingested{std::move(*known), false};
  }
  queue_->HandOver(std::move(*job));
  ++ingested_;
  return Ingested{{std::move(row)}, true};
}

HttpResponse TransactionProcessor::PostTransaction(const HttpRequest& request) {
  auto row = ParseTransaction(request.body, Today());
  if (!row.ok()) return ErrorResponse(row.status());
  const std::string wait = QueryText(request, "wait");
  if (!wait.empty() && wait != "processed") return ErrorResponse(base::InvalidArgument("wait can only be processed: " + wait.substr(0, 20)));
  if (row->id.empty()) row->id = fmt::format("tx-{:016x}{:016x}", base::EntropySeed(), base::EntropySeed());
  const std::string id = row->id;
  if (!wait.empty()) pipeline_.arrivals().Expect(id);
  auto ingested = Ingest(std::move(*row));
  const bool queued = ingested.ok() && ingested->stored.row.processing == ledger::Processing::kQueued;
  if (!wait.empty()) (void)pipeline_.arrivals().Wait(id, queued ? options_.wait_max : std::chrono::milliseconds(0));
  if (!ingested.ok()) return Refusal(ingested.status());
  const int status = ingested->created ? 201 : 200;
  if (wait.empty()) return net::JsonResponse(status, TransactionJson(ingested->stored));
  const auto now = Load(id);
  return now.ok() ? net::JsonResponse(status, TransactionJson(*now)) : ErrorResponse(now.status());
}

HttpResponse TransactionProcessor::PostBatch(const HttpRequest& request) {
  HttpResponse response{.headers = {{"Content-Type", "application/x-ndjson"}}};
  const auto one = [this](size_t number, std::string_view line) {
    auto row = ParseTransaction(line, Today());
    if (!row.ok()) return LineError(number, row.status());
    const auto ingested = Ingest(std::move(*row));
    return ingested.ok() ? TransactionJson(ingested->stored) : LineError(number, ingested.status());
  };
  response.body = jobs::MapLines(request.body, one, LineError);
  return response;
}

base::Result<StoredTransaction> TransactionProcessor::Load(const std::string& id) {
  std::optional<StoredTransaction> stored;
  RETURN_IF_ERROR(jobs::TracedRead(database_, "SELECT transactions", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(stored, FindTransaction(connection, id));
    return {};
  }));
  if (!stored) return base::NotFound("no transaction has this id: " + id.substr(0, 128));
  return std::move(*stored);
}

HttpResponse TransactionProcessor::GetTransaction(const HttpRequest& request) {
  const auto stored = Load(std::string(request.path_param("id")));
  return stored.ok() ? net::JsonResponse(200, TransactionJson(*stored)) : ErrorResponse(stored.status());
}

HttpResponse TransactionProcessor::GetTransactions(const HttpRequest& request) {
  const auto filter = FilterOf(request);
  if (!filter.ok()) return ErrorResponse(filter.status());
  TransactionPage page;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT transactions", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(page, ListTransactions(connection, *filter));
        return {};
      });
  if (!status.ok()) return ErrorResponse(status);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("transactions").BeginArray();
  for (const StoredTransaction& row : page.rows) json.Raw(TransactionJson(row));
  json.EndArray();
  if (!page.next_cursor.empty()) json.Key("next_cursor").String(page.next_cursor);
  json.EndObject();
  return net::JsonResponse(200, std::move(out));
}

base::Status TransactionProcessor::EnqueueCorrection(sql::Connection& connection, const StoredTransaction& stored,
                                                     bool changed) {
  const std::string trace = CurrentTraceparent();
  const std::string& id = stored.row.id;
  RETURN_IF_ERROR(queue_->Enqueue(connection, {std::string(kRecategorize), id, "", trace}));
  RETURN_IF_ERROR(queue_->Enqueue(connection, {std::string(kFeedback), id, "", trace}));
  if (stored.row.trace_id.empty() || !stored.predicted) return {};
  return queue_->Enqueue(connection, {std::string(kLabel), id, LabelBody(stored, changed), trace});
}

HttpResponse TransactionProcessor::PatchTransaction(const HttpRequest& request) {
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  const auto category_id = document->root().Find("category").AsString();
  if (!category_id) return ErrorResponse(base::InvalidArgument("send {\"category\": \"groceries\"}"));
  const auto category = ledger::CategoryFromId(*category_id);
  if (!category) return ErrorResponse(base::InvalidArgument(fmt::format("category is unknown: {}", category_id->substr(0, 40))));
  const std::string id(request.path_param("id"));
  const std::string* user = request.query_param("user_id");
  std::optional<StoredTransaction> corrected;
  const base::Status status =
      jobs::TracedWrite(database_, "UPDATE transactions", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(const std::optional<StoredTransaction> before, FindTransaction(connection, id));
        const bool hidden = before && user != nullptr && before->row.user_id.str() != *user;
        if (!before || hidden) return base::NotFound("no transaction has this id: " + id.substr(0, 128));
        ASSIGN_OR_RETURN(corrected, StoreCorrection(connection, id, *category));
        return EnqueueCorrection(connection, *corrected, before->predicted != *category);
      });
  if (!status.ok()) return ErrorResponse(status);
  queue_->Wake();
  return net::JsonResponse(200, TransactionJson(*corrected));
}

HttpResponse TransactionProcessor::GetJobs(const HttpRequest&) {
  const auto counts = queue_->Counts();
  if (!counts.ok()) return ErrorResponse(counts.status());
  const auto dead = queue_->DeadLetters(kDeadShown);
  if (!dead.ok()) return ErrorResponse(dead.status());
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("ready").Int(counts->ready).Key("leased").Int(counts->leased).Key("dead").Int(counts->dead);
  json.Key("done").UInt(counts->done).Key("failed_attempts").UInt(counts->failed_attempts).Key("dead_letters").BeginArray();
  for (const jobs::DeadJob& one : *dead) {
    json.BeginObject().Key("id").String(std::to_string(one.job.id)).Key("kind").String(one.job.kind);
    json.Key("key").String(one.job.key).Key("attempts").Int(one.job.attempt).Key("error").String(one.error).EndObject();
  }
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse TransactionProcessor::RetryJob(const HttpRequest& request) {
  const std::string_view text = request.path_param("id");
  int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return ErrorResponse(base::InvalidArgument("job id is no number"));
  const base::Status status = queue_->RetryDead(id);
  return status.ok() ? net::JsonResponse(200, R"({"state":"ready"})") : ErrorResponse(status);
}

}  // namespace finance::transaction_processor
