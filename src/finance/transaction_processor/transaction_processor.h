// The Transaction Processor: takes transactions one by one or as statements, makes them durable,
// and lets the pipeline run over them in background jobs.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "finance/jobs/job_queue.h"
#include "finance/statement/statement.h"
#include "finance/transaction_processor/edit.h"
#include "finance/transaction_processor/import_plan.h"
#include "finance/transaction_processor/import_table.h"
#include "finance/transaction_processor/ledger_table.h"
#include "finance/transaction_processor/pipeline.h"
#include "finance/transaction_processor/rule.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::transaction_processor {

struct TransactionProcessorOptions {
  bool mask = true;
  unsigned workers = 8;
  std::chrono::milliseconds wait_max{30'000};  // of ?wait=processed
  // Imports of more rows (many years at once) run through the pipeline in chunks: a trace each still, but
  // with the calls of the chunk in the import's trace, so that a row's why tells less.
  size_t single_rows_max = 20'000;
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
  // What rules say of a row that is about to be inserted.
  base::Status ApplyToNew(sql::Connection& connection, const std::vector<Rule>& rules, StoredTransaction& row);
  net::HttpResponse PutAccount(const net::HttpRequest& request);
  net::HttpResponse GetAccount(const net::HttpRequest& request);
  net::HttpResponse GetAccounts(const net::HttpRequest& request);
  net::HttpResponse PostTransaction(const net::HttpRequest& request);
  net::HttpResponse PostBatch(const net::HttpRequest& request);
  net::HttpResponse GetTransaction(const net::HttpRequest& request);
  net::HttpResponse GetTransactions(const net::HttpRequest& request);
  net::HttpResponse GetJobs(const net::HttpRequest& request);
  net::HttpResponse RetryJob(const net::HttpRequest& request);

  struct Ingested {
    StoredTransaction stored;
    bool created = false;
  };
  // Stores the row with its job, or finds the one with the same id.
  base::Result<Ingested> Ingest(ledger::Transaction row);
  base::Result<StoredTransaction> Load(const std::string& id);

  // edit_routes.cc
  void AddEditRoutes(net::Router& router);
  net::HttpResponse PatchTransaction(const net::HttpRequest& request);
  net::HttpResponse PostBulk(const net::HttpRequest& request);
  net::HttpResponse PostUndo(const net::HttpRequest& request);
  net::HttpResponse GetAudit(const net::HttpRequest& request);
  EditContext EditBy(const net::HttpRequest& request, std::string what) const;
  base::Status ApplyEdit(sql::Connection& connection, const EditContext& context, StoredTransaction& stored, const Change& change);
  base::Status EnqueueCorrection(sql::Connection& connection, const StoredTransaction& stored);

  // transfer_routes.cc
  void AddTransferRoutes(net::Router& router);
  net::HttpResponse GetTransfers(const net::HttpRequest& request);
  net::HttpResponse PostTransfer(const net::HttpRequest& request);
  net::HttpResponse ChangeTransfer(const net::HttpRequest& request, bool link);

  // rule_routes.cc
  void AddRuleRoutes(net::Router& router);
  net::HttpResponse GetRules(const net::HttpRequest& request);
  net::HttpResponse PostRule(const net::HttpRequest& request);
  net::HttpResponse PutRule(const net::HttpRequest& request);
  net::HttpResponse RemoveRule(const net::HttpRequest& request);
  net::HttpResponse PreviewRule(const net::HttpRequest& request);
  net::HttpResponse ApplyRule(const net::HttpRequest& request);

  // report_routes.cc
  void AddReportRoutes(net::Router& router);
  net::HttpResponse GetTotals(const net::HttpRequest& request);
  net::HttpResponse GetSums(const net::HttpRequest& request);
  net::HttpResponse GetCashFlow(const net::HttpRequest& request);
  net::HttpResponse GetBalances(const net::HttpRequest& request);
  net::HttpResponse GetNetWorth(const net::HttpRequest& request);

  // export_routes.cc
  void AddExportRoutes(net::Router& router);
  net::HttpResponse GetExport(const net::HttpRequest& request);
  net::HttpResponse PostLedger(const net::HttpRequest& request);
  net::HttpResponse DeleteLedger(const net::HttpRequest& request);

  // import_routes.cc
  void AddImportRoutes(net::Router& router);
  net::HttpResponse PreviewImport(const net::HttpRequest& request);
  net::HttpResponse ConfirmImport(const net::HttpRequest& request);
  net::HttpResponse GetImport(const net::HttpRequest& request);
  net::HttpResponse RevertImport(const net::HttpRequest& request);
  base::Result<std::string> Preview(const net::HttpRequest& request, std::string_view file,
                                    statement::Profile profile);
  base::Result<Account> AccountOf(const net::HttpRequest& request, sql::Connection& connection);
  net::HttpResponse GetImports(const net::HttpRequest& request);
  base::Status WriteImport(sql::Connection& connection, Import& import, std::span<const Overrule> overrules);
  base::Status EnqueueRows(sql::Connection& connection, const Import& import, const std::vector<StoredTransaction>& rows);
  base::Status BringBack(sql::Connection& connection, const std::string& id);
  base::Status DropImport(sql::Connection& connection, Import& import);

  ledger::Date Today() const { return ledger::Date::FromUnixNs(options_.clock->NowUnixNs()); }

  sql::Database& database_;
  const TransactionProcessorOptions options_;
  Pipeline pipeline_;
  std::unique_ptr<jobs::JobQueue> queue_;
  std::atomic<uint64_t> ingested_{0};
};

}  // namespace finance::transaction_processor
