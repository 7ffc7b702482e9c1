// fraud-detector: scores charges.
#include <memory>

#include "apps/service_frame/service_frame.h"
#include "finance/fraud_detector/fraud_detector.h"
#include "sql/database.h"

namespace {

using awry::base::Result;
using finance::fraud_detector::FraudDetector;

class FraudService final : public service_frame::Service {
 public:
  static Result<std::unique_ptr<service_frame::Service>> Create(const service_frame::Settings& settings,
                                                                const service_frame::Instruments&) {
    auto service = std::make_unique<FraudService>();
    ASSIGN_OR_RETURN(service->database_, awry::sql::Database::Open(settings.DatabaseUrl("fraud-detector")));
    ASSIGN_OR_RETURN(service->detector_, FraudDetector::Create(*service->database_));
    return std::unique_ptr<service_frame::Service>(std::move(service));
  }
  void AddRoutes(awry::net::Router& router) override { detector_->AddRoutes(router); }
  awry::base::Status Ready() override { return detector_->Ready(); }
  std::string Metrics() override { return detector_->Metrics(); }

 private:
  std::unique_ptr<awry::sql::Database> database_;
  std::unique_ptr<FraudDetector> detector_;
};

}  // namespace

int main(int argc, char** argv) {
  return service_frame::RunService(argc, argv,
                                   {.name = "fraud-detector",
                                    .default_port = 5004,
                                    .about = "Scores charges by the user's own past, with reasons.",
                                    .build = FraudService::Create});
}
