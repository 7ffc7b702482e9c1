#include <awry/sdk/context.h>
#include <fmt/format.h>

#include <charconv>

#include "base/random.h"
#include "codec/json.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/trace_text.h"
#include "finance/jobs/traced_sql.h"
#include "finance/transaction_processor/edit.h"
#include "finance/transaction_processor/request_fields.h"
#include "finance/transaction_processor/row_query.h"
#include "finance/transaction_processor/rule.h"
#include "finance/transaction_processor/transaction_json.h"
#include "finance/transaction_processor/transaction_processor.h"
#include "finance/transaction_processor/transfer_table.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonWriter;
using ledger::Transaction;
using ledger::UserId;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

constexpr int kDeadShown = 100;

std::string CurrentTraceparent() {
  return jobs::ToTraceparent(awry::sdk::Context::current().span_context());
}

// 409 is the only status that fits an id which another user has.
HttpResponse Refusal(const base::Status& status) { return ErrorResponse(status); }

}  // namespace

void TransactionProcessor::AddTransactionRoutes(net::Router& router) {
  router.Add("PUT", "/accounts/{id}", jobs::ForJson(jobs::Bound(this, &TransactionProcessor::PutAccount)));
  router.Add("GET", "/accounts/{id}", jobs::Bound(this, &TransactionProcessor::GetAccount));
  router.Add("GET", "/accounts", jobs::Bound(this, &TransactionProcessor::GetAccounts));
  router.Add("POST", "/transactions", jobs::ForJson(jobs::Bound(this, &TransactionProcessor::PostTransaction)));
  router.Add("POST", "/transactions/batch", jobs::ForContentType("application/x-ndjson", jobs::Bound(this, &TransactionProcessor::PostBatch)));
  router.Add("GET", "/transactions", jobs::Bound(this, &TransactionProcessor::GetTransactions));
  router.Add("GET", "/transactions/{id}", jobs::Bound(this, &TransactionProcessor::GetTransaction));
  router.Add("GET", "/jobs", jobs::Bound(this, &TransactionProcessor::GetJobs));
  router.Add("POST", "/jobs/{id}/retry", jobs::Bound(this, &TransactionProcessor::RetryJob));
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

base::Result<TransactionProcessor::Ingested> TransactionProcessor::Ingest(Transaction given) {
  StoredTransaction stored{.row = std::move(given)};
  Transaction& row = stored.row;
  stored.source = kApiSource;
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
    ASSIGN_OR_RETURN(std::vector<Rule> rules, ReadRules(connection, row.user_id));
    SortRules(rules);
    RETURN_IF_ERROR(ApplyToNew(connection, rules, stored));
    RETURN_IF_ERROR(InsertTransaction(connection, stored));
    std::vector<std::string> linked;
    RETURN_IF_ERROR(MatchTransfers(connection, {stored}, linked));
    for (const std::string& id : linked) RETURN_IF_ERROR(EnqueueCount(connection, *queue_, id));
    if (!linked.empty()) {
      ASSIGN_OR_RETURN(const std::optional<StoredTransaction> now, FindTransaction(connection, row.id));
      if (now) stored = *now;
    }
    ASSIGN_OR_RETURN(job, queue_->EnqueueLeased(connection, {std::string(kProcess), row.id, "", CurrentTraceparent()}));
    return {};
  }));
  if (known) {
    if (known->row.user_id != row.user_id) return base::AlreadyExists("transaction id is another user's, choose another one: " + row.id);
    return Ingested{std::move(*known), false};
  }
  queue_->HandOver(std::move(*job));
  if (!stored.transfer_id.empty()) queue_->Wake();  // the other side has to be counted anew
  ++ingested_;
  return Ingested{std::move(stored), true};
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
    return stored ? LoadDetails(connection, *stored) : base::OkStatus();
  }));
  if (!stored) return base::NotFound("no transaction has this id: " + id.substr(0, 128));
  return std::move(*stored);
}

HttpResponse TransactionProcessor::GetTransaction(const HttpRequest& request) {
  const auto stored = Load(std::string(request.path_param("id")));
  if (!stored.ok()) return ErrorResponse(stored.status());
  const std::string user = QueryText(request, "user_id");
  if (!user.empty() && stored->row.user_id.str() != user) return ErrorResponse(NoTransaction(stored->row.id));
  return net::JsonResponse(200, TransactionJson(*stored));
}

HttpResponse TransactionProcessor::GetTransactions(const HttpRequest& request) {
  auto filter = FilterOf(request);
  if (!filter.ok()) return ErrorResponse(filter.status());
  filter->trigrams = database_.system() == "sqlite";
  TransactionPage page;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT transactions", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(page, ListTransactions(connection, *filter));
        for (StoredTransaction& row : page.rows) RETURN_IF_ERROR(LoadDetails(connection, row));
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
