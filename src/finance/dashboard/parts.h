// What the dashboard's routes are made of. Private to the room.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/clock.h"
#include "codec/json.h"
#include "finance/dashboard/acting_rights.h"
#include "finance/dashboard/api_tokens.h"
#include "finance/dashboard/audit_log.h"
#include "finance/dashboard/guard.h"
#include "finance/dashboard/import_register.h"
#include "finance/dashboard/login_limiter.h"
#include "finance/dashboard/options.h"
#include "finance/dashboard/people.h"
#include "finance/dashboard/second_factor.h"
#include "finance/dashboard/sessions.h"
#include "finance/dashboard/upstream.h"
#include "finance/jobs/job_queue.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::dashboard {

enum class Service { kProcessor, kAnalyzer, kBudgets, kPredictor, kFraud };

// Constant after construction but for `queue`, which is set before the first request; each member
// synchronizes itself.
struct Parts {
  Parts(awry::sql::Database& database, const awry::base::Clock& clock, const Services& services,
        DashboardOptions options);

  // Where a request comes from, as far as that is known: for limits, and for the person to see.
  std::string HostOf(const awry::net::HttpRequest& request) const { return options.trusted_proxies.HostOf(request); }
  const Upstream& service(Service service) const {
    return services[static_cast<size_t>(service)];
  }

  awry::sql::Database& database;
  const awry::base::Clock& clock;
  const DashboardOptions options;
  People people;
  Sessions sessions;
  ActingRights rights;
  SecondFactor second_factor;
  ApiTokens tokens;
  AuditLog audit;
  ImportRegister imports;
  LoginLimiter limiter;
  const Guard guard;
  const std::array<Upstream, 5> services;  // in the order of Service
  awry::net::HttpClient* const awry;       // may be null
  const std::string absent_person_hash;    // checked when no such name exists, to take as long
  std::unique_ptr<jobs::JobQueue> queue;   // the last: its jobs use the others
};

using Handler = awry::net::HttpResponse (*)(Parts&, const awry::net::HttpRequest&, const Acting&);

// Adds routes that the guard watches. Used by one thread, before the server starts.
class GuardedRoutes {
 public:
  // Both must outlive the router's last request.
  GuardedRoutes(Parts& parts, awry::net::Router& router) : parts_(parts), router_(router) {}
  void Add(const char* method, const char* pattern, Handler handler, RouteRule rule = {}) {
    router_.Add(method, pattern,
                parts_.guard.Private(
                    [&parts = parts_, handler](const awry::net::HttpRequest& request,
                                               const Acting& acting) {
                      return handler(parts, request, acting);
                    },
                    std::move(rule)));
  }

 private:
  Parts& parts_;
  awry::net::Router& router_;
};

void AddSessionRoutes(Parts& parts, awry::net::Router& router);    // session_routes.cc
void AddAccountRoutes(Parts& parts, awry::net::Router& router);    // account_routes.cc
void AddHouseholdRoutes(Parts& parts, awry::net::Router& router);  // household_routes.cc
void AddLedgerRoutes(Parts& parts, awry::net::Router& router);     // ledger_routes.cc
void AddImportRoutes(Parts& parts, awry::net::Router& router);     // import_routes.cc
void AddForwardRoutes(Parts& parts, awry::net::Router& router);    // forward_routes.cc
void AddFraudRoutes(Parts& parts, awry::net::Router& router);      // fraud_routes.cc
void AddBankRoutes(Parts& parts, awry::net::Router& router);       // bank_routes.cc
void AddArchiveRoutes(Parts& parts, awry::net::Router& router);    // archive_routes.cc
void AddQueueRoutes(Parts& parts, awry::net::Router& router);      // queue_routes.cc

// The members of a log-in or of a new account, checked: `name` without blanks around it.
struct Credentials {
  std::string name;
  std::string password;
};
awry::base::Status CheckNewPassword(std::string_view password);
awry::base::Result<Credentials> ReadNewCredentials(const awry::codec::JsonValue& body);

// Starts a session and answers `status` with the cookie and {csrf, name}.
awry::net::HttpResponse StartSession(Parts& parts, const awry::net::HttpRequest& request,
                                     int status, const Person& person);
// Nothing when the request's `password` is the person's; else the answer: 400, 403 or 429.
std::optional<awry::net::HttpResponse> RefusePassword(Parts& parts,
                                                      const awry::net::HttpRequest& request,
                                                      const Person& person,
                                                      std::string_view member);

// `response`, once the audit log has it; the log's failure when it does not.
awry::net::HttpResponse Recorded(Parts& parts, const awry::net::HttpRequest& request,
                                 const Person& actor, std::string action, std::string subject,
                                 awry::net::HttpResponse response);

// An answer without a body worth reading, or the error.
awry::net::HttpResponse Done(const awry::base::Status& status);

}  // namespace finance::dashboard
