#include "finance/dashboard/dashboard.h"

#include "base/check.h"
#include "finance/dashboard/schema.h"

namespace finance::dashboard {

using awry::base::Result;
using awry::base::Status;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::Router;

namespace {

std::string HashOfNobody(const PasswordCost& cost) {
  auto hash = HashPassword(RandomToken(), cost);
  return hash.ok() ? std::move(hash).value() : std::string();
}

}  // namespace

Dashboard::Dashboard(awry::sql::Database& database, const awry::base::Clock& clock,
                     const Services& services, StaticFiles files, DashboardOptions options)
    : database_(database),
      options_(std::move(options)),
      files_(std::move(files)),
      owners_(database, clock, options_.session_limits),
      rights_(database),
      imports_(database, clock),
      limiter_(clock, options_.login_limits),
      guard_(owners_, rights_,
             {.cookie_name = options_.cookie_name, .secure_cookies = options_.secure_cookies}),
      processor_("transaction-processor",
                 "Everything that was entered or imported is stored; nothing new was written. Try "
                 "again in a moment.",
                 *services.transaction_processor, options_.service_token),
      analyzer_("spending-analyzer",
                "Your transactions are safe; only the sums are missing for now.",
                *services.spending_analyzer, options_.service_token),
      budgets_("budget-manager",
               "Your transactions and limits are safe; nothing was changed. Try again in a moment.",
               *services.budget_manager, options_.service_token),
      awry_(services.awry),
      absent_owner_hash_(HashOfNobody(options_.password_cost)) {}

Result<std::unique_ptr<Dashboard>> Dashboard::Create(awry::sql::Database& database,
                                                     const awry::base::Clock& clock,
                                                     const Services& services, StaticFiles files,
                                                     DashboardOptions options) {
  CHECK(services.transaction_processor && services.spending_analyzer && services.budget_manager);
  RETURN_IF_ERROR(database.Migrate(kSchemaSteps));
  return std::unique_ptr<Dashboard>(
      new Dashboard(database, clock, services, std::move(files), std::move(options)));
}

void Dashboard::AddRoutes(Router& router) {
  AddSessionRoutes(router);
  AddLedgerRoutes(router);
  router.SetFallback([this](const HttpRequest& request) {
    const bool api = request.path.starts_with("/api/");
    HttpResponse response = api ? awry::net::ErrorResponse(awry::base::NotFound(
                                      "There is no such route: " + request.path))
                                : files_.Serve(request);
    AddSafetyHeaders(response, api);
    return response;
  });
}

Status Dashboard::Ready() { return database_.Query("SELECT 1").status(); }

}  // namespace finance::dashboard
