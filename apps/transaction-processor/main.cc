// transaction-processor: takes transactions and statements, and runs the pipeline over them.
#include <memory>

#include "apps/service_frame/service_frame.h"
#include "finance/bank_connection/bank_connections.h"
#include "finance/transaction_processor/transaction_processor.h"
#include "net/http_client.h"
#include "sql/database.h"

namespace {

using awry::base::Result;
using awry::base::Status;
using awry::net::HttpClient;
using finance::bank_connection::BankConnections;
using finance::transaction_processor::TransactionProcessor;
using service_frame::Instruments;
using service_frame::Settings;

class ProcessorService final : public service_frame::Service {
 public:
  static Result<std::unique_ptr<service_frame::Service>> Create(const Settings& settings,
                                                                const Instruments& instruments) {
    auto service = std::make_unique<ProcessorService>();
    RETURN_IF_ERROR(service->Open(settings, instruments));
    return std::unique_ptr<service_frame::Service>(std::move(service));
  }
  void AddRoutes(awry::net::Router& router) override {
    processor_->AddRoutes(router);
    banks_->AddRoutes(router);
  }
  Status Ready() override { return processor_->Ready(); }
  std::string Metrics() override { return processor_->Metrics(); }
  void Stop() override {
    banks_.reset();
    processor_->Stop();
  }

 private:
  Status Open(const Settings& settings, const Instruments& instruments) {
    ASSIGN_OR_RETURN(const int64_t workers, settings.Int("workers", 1, 256));
    ASSIGN_OR_RETURN(database_, awry::sql::Database::Open(settings.DatabaseUrl("transaction-processor")));
    const auto connect = [&](const char* url) {
      return HttpClient::Create(settings.Get(url), {.observer = instruments.http_client});
    };
    ASSIGN_OR_RETURN(predictor_, connect("category-predictor-url"));
    ASSIGN_OR_RETURN(detector_, connect("fraud-detector-url"));
    ASSIGN_OR_RETURN(analyzer_, connect("spending-analyzer-url"));
    ASSIGN_OR_RETURN(budgets_, connect("budget-manager-url"));
    ASSIGN_OR_RETURN(awry_, connect("awry-url"));
    ASSIGN_OR_RETURN(processor_,
                     TransactionProcessor::Create(*database_,
                                                  {.category_predictor = predictor_.get(),
                                                   .fraud_detector = detector_.get(),
                                                   .spending_analyzer = analyzer_.get(),
                                                   .budget_manager = budgets_.get(),
                                                   .awry = awry_.get(),
                                                   .headers = service_frame::TokenHeaders(settings)},
                                                  {.mask = !settings.IsOn("no-mask"),
                                                   .workers = static_cast<unsigned>(workers)}));
    return OpenBanks(settings, instruments);
  }

  // Rows of banks come in as everyone's do: over this service's own address.
  Status OpenBanks(const Settings& settings, const Instruments& instruments) {
    ASSIGN_OR_RETURN(bank_database_, awry::sql::Database::Open(settings.DatabaseUrl("bank-connection")));
    ASSIGN_OR_RETURN(self_, HttpClient::Create(settings.Get("transaction-processor-url"), {.observer = instruments.http_client}));
    ASSIGN_OR_RETURN(banks_, BankConnections::Create(*bank_database_, *self_,
                                                     {.key_file = settings.Get("data") + "/bank.key",
                                                      .policy = {.allow_local = settings.IsOn("bank-local")},
                                                      .headers = service_frame::TokenHeaders(settings)}));
    return {};
  }

  std::unique_ptr<awry::sql::Database> database_;
  std::unique_ptr<HttpClient> predictor_;
  std::unique_ptr<HttpClient> detector_;
  std::unique_ptr<HttpClient> analyzer_;
  std::unique_ptr<HttpClient> budgets_;
  std::unique_ptr<HttpClient> awry_;
  std::unique_ptr<TransactionProcessor> processor_;
  std::unique_ptr<awry::sql::Database> bank_database_;
  std::unique_ptr<HttpClient> self_;
  std::unique_ptr<BankConnections> banks_;
};

}  // namespace

int main(int argc, char** argv) {
  return service_frame::RunService(
      argc, argv,
      {.name = "transaction-processor",
       .default_port = 5001,
       .about = "Takes transactions and statements, and runs the pipeline over them.",
       .options = {{.name = "workers", .env = "PIPELINE_WORKERS", .default_value = "8",
                    .help = "transactions that the pipeline works on at once"},
                   {.name = "bank-local", .env = "BANK_LOCAL", .default_value = "false",
                    .help = "bank servers may be http and on this network: for the demo's and tests only", .flag = true},
                   {.name = "no-mask", .default_value = "false",
                    .help = "leave names, account and card numbers in texts", .flag = true}},
       .build = ProcessorService::Create});
}
