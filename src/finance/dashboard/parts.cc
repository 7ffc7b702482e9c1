#include "finance/dashboard/parts.h"

namespace finance::dashboard {

using awry::net::HttpResponse;

namespace {

std::string HashOfNobody(const PasswordCost& cost) {
  auto hash = HashPassword(RandomToken(), cost);
  return hash.ok() ? std::move(hash).value() : std::string();
}

constexpr const char* kLater =
    "Everything that was entered or imported is stored; nothing new was written. Try again in a "
    "moment.";

}  // namespace

Parts::Parts(awry::sql::Database& database_in, const awry::base::Clock& clock_in,
             const Services& clients, DashboardOptions options_in)
    : database(database_in),
      clock(clock_in),
      options(std::move(options_in)),
      people(database, clock),
      sessions(database, clock, options.session_limits),
      rights(database, clock),
      second_factor(database, clock, options.seal_key),
      tokens(database, clock),
      audit(database, clock),
      imports(database, clock),
      limiter(clock, options.login_limits),
      guard(people, sessions, tokens, rights,
            {.cookie_name = options.cookie_name, .secure_cookies = options.secure_cookies}),
      services{Upstream("transaction-processor", kLater, clients.transaction_processor,
                        options.service_token),
               Upstream("spending-analyzer",
                        "Your transactions are safe; only the sums are missing for now.",
                        clients.spending_analyzer, options.service_token),
               Upstream("budget-manager",
                        "Your transactions and limits are safe; nothing was changed. Try again in "
                        "a moment.",
                        clients.budget_manager, options.service_token),
               Upstream("category-predictor", kLater, clients.category_predictor,
                        options.service_token),
               Upstream("fraud-detector", kLater, clients.fraud_detector, options.service_token)},
      awry(clients.awry),
      absent_person_hash(HashOfNobody(options.password_cost)) {}

HttpResponse Recorded(Parts& parts, const awry::net::HttpRequest& request, const Person& actor,
                      std::string action, std::string subject, HttpResponse response) {
  const awry::base::Status recorded = parts.audit.Add({.user_id = actor.user_id,
                                                       .actor_id = actor.user_id,
                                                       .action = std::move(action),
                                                       .subject = std::move(subject),
                                                       .address = parts.HostOf(request)});
  return recorded.ok() ? std::move(response) : awry::net::ErrorResponse(recorded);
}

HttpResponse Done(const awry::base::Status& status) {
  return status.ok() ? awry::net::JsonResponse(200, "{}") : awry::net::ErrorResponse(status);
}

}  // namespace finance::dashboard
