#include "finance/transaction_processor/transaction_processor.h"

#include <fmt/format.h>

#include "finance/jobs/job_routes.h"

namespace finance::transaction_processor {

base::Result<std::unique_ptr<TransactionProcessor>> TransactionProcessor::Create(
    sql::Database& database, Peers peers, const TransactionProcessorOptions& options) {
  RETURN_IF_ERROR(MigrateLedger(database));
  std::unique_ptr<TransactionProcessor> service(new TransactionProcessor(database, std::move(peers), options));
  jobs::JobQueueOptions queue_options = options.queue;
  queue_options.name = "transactions";
  queue_options.workers = options.workers;
  ASSIGN_OR_RETURN(service->queue_, jobs::JobQueue::Start(database, service->pipeline_.JobKinds(), queue_options));
  service->pipeline_.SetQueue(service->queue_.get());
  return service;
}

void TransactionProcessor::AddRoutes(net::Router& router) {
  AddTransactionRoutes(router);
  AddImportRoutes(router);
  AddEditRoutes(router);
  AddTransferRoutes(router);
  AddRuleRoutes(router);
  AddReportRoutes(router);
  AddExportRoutes(router);
  jobs::AddJobRoutes(router, [this] { return queue_.get(); });
}

base::Status TransactionProcessor::Ready() { return database_.Query("SELECT 1").status(); }

void TransactionProcessor::Stop() {
  if (queue_ != nullptr) queue_->Stop();
}

std::string TransactionProcessor::Metrics() {
  std::string out = fmt::format("# TYPE transactions_ingested_total counter\ntransactions_ingested_total {}\n", ingested_.load());
  const auto counts = queue_->Counts();
  if (!counts.ok()) return out;
  return out + fmt::format("# TYPE jobs gauge\njobs{{state=\"ready\"}} {}\njobs{{state=\"leased\"}} {}\njobs{{state=\"dead\"}} {}\n"
                           "# TYPE jobs_done_total counter\njobs_done_total {}\n"
                           "# TYPE jobs_failed_attempts_total counter\njobs_failed_attempts_total {}\n",
                           counts->ready, counts->leased, counts->dead, counts->done, counts->failed_attempts);
}

}  // namespace finance::transaction_processor
