// The Category Predictor, as a program.
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "apps/service_frame/service_frame.h"
#include "finance/category_predictor/predictor_service.h"

namespace {

namespace predictor = finance::category_predictor;

// build/bin/category-predictor reads build/share/awry/category-model.bin.
std::filesystem::path SharedFolder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share/awry";
}

std::string ModelPath(const service_frame::Settings& settings) {
  if (!settings.Get("model").empty()) return settings.Get("model");
  return (SharedFolder() / "category-model.bin").string();
}

// "" where no training set is installed.
std::string TrainingFolder(const service_frame::Settings& settings) {
  if (!settings.Get("training").empty()) return settings.Get("training");
  std::error_code error;
  const std::filesystem::path folder = SharedFolder() / "training";
  return std::filesystem::is_directory(folder, error) ? folder.string() : "";
}

class CategoryPredictor final : public service_frame::Service {
 public:
  static awry::base::Result<std::unique_ptr<service_frame::Service>> Create(
      const service_frame::Settings& settings, const service_frame::Instruments& instruments) {
    ASSIGN_OR_RETURN(const int64_t timeout_ms, settings.Int("context-timeout-ms", 1, 60'000));
    predictor::ServiceOptions options;
    options.model_path = ModelPath(settings);
    options.database_url = settings.DatabaseUrl("category-predictor");
    options.contexts = {.url = settings.Get("spending-analyzer-url"),
                        .timeout = std::chrono::milliseconds(timeout_ms),
                        .headers = service_frame::TokenHeaders(settings),
                        .observer = instruments.http_client};
    ASSIGN_OR_RETURN(options.retrainer.retrain_after, settings.Int("retrain-after", 0, 1'000'000'000));
    options.retrainer.training_folder = TrainingFolder(settings);
    options.mask = !settings.IsOn("no-mask");
    options.base_currency = settings.Get("base-currency");
    ASSIGN_OR_RETURN(auto service, predictor::PredictorService::Create(options));
    return std::unique_ptr<service_frame::Service>(new CategoryPredictor(std::move(service)));
  }

  void AddRoutes(awry::net::Router& router) override { service_->AddRoutes(router); }
  std::string Metrics() override { return service_->Metrics(); }

 private:
  explicit CategoryPredictor(std::unique_ptr<predictor::PredictorService> service)
      : service_(std::move(service)) {}
  std::unique_ptr<predictor::PredictorService> service_;
};

}  // namespace

int main(int argc, char** argv) {
  return service_frame::RunService(
      argc, argv,
      {.name = "category-predictor",
       .default_port = 5002,
       .about = "Says what a transaction was for.",
       .options = {{.name = "model",
                    .env = "CATEGORY_MODEL",
                    .default_value = "",
                    .help = "model file (default: share/awry/category-model.bin beside bin/)"},
                   {.name = "training",
                    .env = "CATEGORY_TRAINING",
                    .default_value = "",
                    .help = "folder with the training set, to retrain from (default: share/awry/training)"},
                   {.name = "retrain-after",
                    .env = "",
                    .default_value = "500",
                    .help = "corrections before the model is retrained in the background; 0: only when asked"},
                   {.name = "context-timeout-ms",
                    .env = "",
                    .default_value = "2000",
                    .help = "longest wait for the Spending Analyzer, milliseconds"},
                   {.name = "base-currency",
                    .env = "",
                    .default_value = "EUR",
                    .help = "currency of requests that name none"},
                   {.name = "no-mask",
                    .env = "",
                    .default_value = "false",
                    .help = "lets names, IBANs and card numbers into the model and onto spans",
                    .flag = true}},
       .build = CategoryPredictor::Create});
}
