// The Transaction Processor: takes transactions one by one or as statements, makes them durable,
// and lets the pipeline run over them in background jobs.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "finance/jobs/job_queue.h"
#include "finance/statement/statement.h"
#include "finance/transaction_processor/import_table.h"
#include "finance/transaction_processor/ledger_table.h"
#include "finance/transaction_processor/pipeline.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::transaction_processor {

struct TransactionProcessorOptions {
  bool mask = true;
  unsigned workers = 8;
  std::chrono::milliseconds wait_max{30'000};  // of ?wait=processed
  jobs::JobQueueOptions queue;  // `name` and `workers` are set by the service
  const base::Clock* clock = &base::SystemClock();  // must outlive the service
};

// Thread-safe. Stops its jobs when destroyed.
class TransactionProcessor {
 public:
  // Brings the schema up to date and starts the jobs. `database` and the peers must outlive it.
  static base::Result<std::unique_ptr<TransactionProcessor>> Create(sql::Database& database, Peers peers,
                                                                    const TransactionProcessorOptions& options = {});
  ~TransactionProcessor() { Stop(); }

  // The routes of docs/http-api.md, and GET /transactions/{id}, GET /accounts/{id}, GET /jobs (counts
  // and dead letters), POST /jobs/{id}/retry.
  void AddRoutes(net::Router& router);
  base::Status Ready();
  std::string Metrics();
  void Stop();

 private:
  TransactionProcessor(sql::Database& database, Peers peers, const TransactionProcessorOptions& options)
      : database_(database), options_(options), pipeline_(database, std::move(peers), {.mask = options.mask}) {}

  // transaction_routes.cc
  void AddTransactionRoutes(net::Router& router);
  net::HttpResponse PutAccount(const net::HttpRequest& request);
  net::HttpResponse GetAccount(const net::HttpRequest& request);
  net::HttpResponse GetAccounts(const net::HttpRequest& request);
  net::HttpResponse PostTransaction(const net::HttpRequest& request);
  net::HttpResponse PostBatch(const net::HttpRequest& request);
  net::HttpResponse GetTransaction(const net::HttpRequest& request);
  net::HttpResponse GetTransactions(const net::HttpRequest& request);
  net::HttpResponse PatchTransaction(const net::HttpRequest& request);
  net::HttpResponse GetJobs(const net::HttpRequest& request);
  net::HttpResponse RetryJob(const net::HttpRequest& request);

  struct Ingested {
    StoredTransaction stored;
    bool created = false;
  };
  // Stores the row with its job, or finds the one with the same id.
  base::Result<Ingested> Ingest(ledger::Transaction row);
  base::Result<StoredTransaction> Load(const std::string& id);
  base::Status EnqueueCorrection(sql::Connection& connection, const StoredTransaction& stored, bool changed);

  // import_routes.cc
  void AddImportRoutes(net::Router& router);
  net::HttpResponse PreviewImport(const net::HttpRequest& request);
  net::HttpResponse ConfirmImport(const net::HttpRequest& request);
  net::HttpResponse GetImport(const net::HttpRequest& request);
  net::HttpResponse RevertImport(const net::HttpRequest& request);
  base::Result<std::string> Preview(const net::HttpRequest& request, std::string_view file,
                                    statement::Profile profile);
  base::Result<Account> AccountOf(const net::HttpRequest& request, sql::Connection& connection);
  base::Status WriteImport(sql::Connection& connection, Import& import);
  base::Status DropImport(sql::Connection& connection, Import& import);

  ledger::Date Today() const { return ledger::Date::FromUnixNs(options_.clock->NowUnixNs()); }

  sql::Database& database_;
  const TransactionProcessorOptions options_;
  Pipeline pipeline_;
  std::unique_ptr<jobs::JobQueue> queue_;
  std::atomic<uint64_t> ingested_{0};
};

}  // namespace finance::transaction_processor
