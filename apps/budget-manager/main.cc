// budget-manager: limits, alerts, and the messages about them.
#include <memory>
#include <string>

#include "apps/service_frame/service_frame.h"
#include "base/file.h"
#include "finance/budget_manager/budget_manager.h"
#include "net/http_client.h"
#include "sql/database.h"

namespace {

using awry::base::Result;
using finance::budget_manager::BudgetManager;

// The password's file holds nothing else; a last line break does not count.
Result<finance::outbound::MailServer> MailServerOf(const service_frame::Settings& settings) {
  finance::outbound::MailServer mail{settings.Get("smtp-url"), settings.Get("smtp-user"), "", settings.Get("smtp-from")};
  if (mail.url.empty()) return mail;
  if (!finance::outbound::IsMailAddress(mail.from)) {
    return awry::base::InvalidArgument("--smtp-url needs --smtp-from, the address that mails come from");
  }
  if (mail.user.empty()) return mail;
  ASSIGN_OR_RETURN(mail.password, awry::base::RealFileSystem().ReadAll(settings.Get("smtp-password-file")));
  while (mail.password.ends_with('\n') || mail.password.ends_with('\r')) mail.password.pop_back();
  return mail;
}

class BudgetService final : public service_frame::Service {
 public:
  static Result<std::unique_ptr<service_frame::Service>> Create(const service_frame::Settings& settings,
                                                                const service_frame::Instruments& instruments) {
    auto service = std::make_unique<BudgetService>();
    ASSIGN_OR_RETURN(service->database_, awry::sql::Database::Open(settings.DatabaseUrl("budget-manager")));
    ASSIGN_OR_RETURN(service->analyzer_, awry::net::HttpClient::Create(settings.Get("spending-analyzer-url"),
                                                                       {.observer = instruments.http_client}));
    ASSIGN_OR_RETURN(finance::outbound::MailServer mail, MailServerOf(settings));
    ASSIGN_OR_RETURN(service->manager_,
                     BudgetManager::Create(*service->database_,
                                           {.alert_closed_months = settings.IsOn("alert-closed-months"),
                                            .spending_analyzer = service->analyzer_.get(),
                                            .headers = service_frame::TokenHeaders(settings),
                                            .background = true,
                                            .delivery = {.mail = std::move(mail),
                                                         .webhook_policy = {.allow_local = settings.IsOn("webhooks-local")}}}));
    return std::unique_ptr<service_frame::Service>(std::move(service));
  }
  void AddRoutes(awry::net::Router& router) override { manager_->AddRoutes(router); }
  awry::base::Status Ready() override { return manager_->Ready(); }
  std::string Metrics() override { return manager_->Metrics(); }

 private:
  std::unique_ptr<awry::sql::Database> database_;
  std::unique_ptr<awry::net::HttpClient> analyzer_;
  std::unique_ptr<BudgetManager> manager_;
};

}  // namespace

int main(int argc, char** argv) {
  return service_frame::RunService(
      argc, argv,
      {.name = "budget-manager",
       .default_port = 5005,
       .about = "Limits, alerts, and the messages about them.",
       .options = {{.name = "alert-closed-months", .env = "BUDGET_ALERT_CLOSED_MONTHS", .default_value = "false",
                    .help = "raise alerts for periods that are over, too", .flag = true},
                   {.name = "smtp-url", .env = "SMTP_URL", .help = "smtp://host:587 or smtps://host: e-mails are sent through it"},
                   {.name = "smtp-from", .env = "SMTP_FROM", .help = "address that e-mails come from"},
                   {.name = "smtp-user", .env = "SMTP_USER", .help = "log-in at the mail server; needs TLS"},
                   {.name = "smtp-password-file", .env = "SMTP_PASSWORD_FILE", .help = "file with the password of that log-in"},
                   {.name = "webhooks-local", .default_value = "false",
                    .help = "webhooks may be http and on this network: only where every user is trusted", .flag = true}},
       .build = BudgetService::Create});
}
