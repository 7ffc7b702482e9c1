// budget-manager: limits and alerts.
#include <memory>

#include "apps/service_frame/service_frame.h"
#include "finance/budget_manager/budget_manager.h"
#include "sql/database.h"

namespace {

using awry::base::Result;
using finance::budget_manager::BudgetManager;

class BudgetService final : public service_frame::Service {
 public:
  static Result<std::unique_ptr<service_frame::Service>> Create(const service_frame::Settings& settings,
                                                                const service_frame::Instruments&) {
    auto service = std::make_unique<BudgetService>();
    ASSIGN_OR_RETURN(service->database_, awry::sql::Database::Open(settings.DatabaseUrl("budget-manager")));
    ASSIGN_OR_RETURN(service->manager_,
                     BudgetManager::Create(*service->database_,
                                           {.alert_closed_months = settings.IsOn("alert-closed-months")}));
    return std::unique_ptr<service_frame::Service>(std::move(service));
  }
  void AddRoutes(awry::net::Router& router) override { manager_->AddRoutes(router); }
  awry::base::Status Ready() override { return manager_->Ready(); }
  std::string Metrics() override { return manager_->Metrics(); }

 private:
  std::unique_ptr<awry::sql::Database> database_;
  std::unique_ptr<BudgetManager> manager_;
};

}  // namespace

int main(int argc, char** argv) {
  return service_frame::RunService(
      argc, argv,
      {.name = "budget-manager",
       .default_port = 5005,
       .about = "Monthly limits and alerts.",
       .options = {{.name = "alert-closed-months", .env = "BUDGET_ALERT_CLOSED_MONTHS", .default_value = "false",
                    .help = "raise alerts for months that are over, too", .flag = true}},
       .build = BudgetService::Create});
}
