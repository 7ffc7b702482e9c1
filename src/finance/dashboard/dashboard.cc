#include "finance/dashboard/dashboard.h"

#include "base/check.h"
#include "finance/dashboard/erasure.h"
#include "finance/dashboard/parts.h"
#include "finance/dashboard/schema.h"

namespace finance::dashboard {

using awry::base::Result;
using awry::base::Status;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::Router;

Dashboard::Dashboard(std::unique_ptr<Parts> parts, StaticFiles files)
    : parts_(std::move(parts)), files_(std::move(files)) {}

Dashboard::~Dashboard() { Stop(); }

Result<std::unique_ptr<Dashboard>> Dashboard::Create(awry::sql::Database& database,
                                                     const awry::base::Clock& clock,
                                                     const Services& services, StaticFiles files,
                                                     DashboardOptions options) {
  CHECK(services.transaction_processor && services.spending_analyzer && services.budget_manager);
  if (options.seal_key.size() != kSealKeyBytes) {
    return awry::base::InvalidArgument("the key that seals secrets has the wrong length, in bytes: " +
                                       std::to_string(options.seal_key.size()));
  }
  RETURN_IF_ERROR(MigrateSchema(database));
  auto parts = std::make_unique<Parts>(database, clock, services, std::move(options));
  ASSIGN_OR_RETURN(parts->queue, jobs::JobQueue::Start(database, ErasureJobs(*parts),
                                                       {.name = "dashboard", .workers = 1}));
  return std::unique_ptr<Dashboard>(new Dashboard(std::move(parts), std::move(files)));
}

void Dashboard::AddRoutes(Router& router) {
  AddSessionRoutes(*parts_, router);
  AddAccountRoutes(*parts_, router);
  AddHouseholdRoutes(*parts_, router);
  AddLedgerRoutes(*parts_, router);
  AddImportRoutes(*parts_, router);
  AddForwardRoutes(*parts_, router);
  AddFraudRoutes(*parts_, router);
  AddBankRoutes(*parts_, router);
  AddArchiveRoutes(*parts_, router);
  AddQueueRoutes(*parts_, router);
  router.SetFallback([this](const HttpRequest& request) {
    const bool api = request.path.starts_with("/api/");
    HttpResponse response = api ? awry::net::ErrorResponse(awry::base::NotFound(
                                      "There is no such route: " + request.path))
                                : files_.Serve(request);
    AddSafetyHeaders(response, api);
    return response;
  });
}

Status Dashboard::Ready() { return parts_->database.Query("SELECT 1").status(); }

Result<bool> Dashboard::HasOwner() {
  ASSIGN_OR_RETURN(const auto owner, parts_->people.FindOwner());
  return owner.has_value();
}

void Dashboard::Stop() { parts_->queue->Stop(); }

}  // namespace finance::dashboard
