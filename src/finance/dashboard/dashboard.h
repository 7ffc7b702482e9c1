// The dashboard's server: the page, log-in, and a JSON API that asks the services as the person who
// is logged in. It keeps no money; it decides who may act for whom.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "finance/dashboard/acting_rights.h"
#include "finance/dashboard/guard.h"
#include "finance/dashboard/import_register.h"
#include "finance/dashboard/login_limiter.h"
#include "finance/dashboard/owner_store.h"
#include "finance/dashboard/secrets.h"
#include "finance/dashboard/static_files.h"
#include "finance/dashboard/upstream.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::dashboard {

// Limits of what a person may send.
inline constexpr size_t kPasswordBytesMin = 8;
inline constexpr size_t kPasswordBytesMax = 1024;
inline constexpr size_t kNameBytesMax = 200;
inline constexpr size_t kImportBytesMax = 50 << 20;

struct DashboardOptions {
  std::string cookie_name = "finance_session";
  bool secure_cookies = false;  // the browser reaches us over https
  std::string awry_public_url;  // where "open the trace" leads; "" hides the links
  // Whom "look at the sample" lets the owner act for; asked each time, since the sample may be made
  // while the dashboard runs. Unset, an error or nobody: there is no sample to look at.
  std::function<awry::base::Result<std::vector<std::string>>()> sample_users;
  std::string service_token;  // bearer token for the services; "" sends none
  PasswordCost password_cost;
  LoginLimits login_limits;
  SessionLimits session_limits;
};

// Where the services are. All must outlive the dashboard. `awry` may be null: no reasons then.
struct Services {
  awry::net::HttpClient* transaction_processor = nullptr;
  awry::net::HttpClient* spending_analyzer = nullptr;
  awry::net::HttpClient* budget_manager = nullptr;
  awry::net::HttpClient* awry = nullptr;
};

// Thread-safe.
class Dashboard {
 public:
  // `database` and `clock` must outlive the dashboard. Brings the schema up to date.
  static awry::base::Result<std::unique_ptr<Dashboard>> Create(awry::sql::Database& database,
                                                               const awry::base::Clock& clock,
                                                               const Services& services,
                                                               StaticFiles files,
                                                               DashboardOptions options);

  // The routes keep using this dashboard: it must outlive the server.
  void AddRoutes(awry::net::Router& router);
  // OK while the own database answers; the services may be away.
  awry::base::Status Ready();

  // The (method, pattern) pairs that need no session.
  static std::vector<std::pair<std::string, std::string>> PublicRoutes();

 private:
  using Request = awry::net::HttpRequest;
  using Response = awry::net::HttpResponse;

  Dashboard(awry::sql::Database& database, const awry::base::Clock& clock, const Services& services,
            StaticFiles files, DashboardOptions options);
  void AddSessionRoutes(awry::net::Router& router);
  void AddLedgerRoutes(awry::net::Router& router);

  // session_routes.cc
  // Empty when there is no sample.
  std::vector<std::string> SampleUsers() const;
  Response Config(const Request& request);
  Response SetUp(const Request& request);
  Response LogIn(const Request& request);
  Response LogOut(const Request& request, const Acting& acting);
  Response Me(const Request& request, const Acting& acting);
  Response SwitchSample(const Request& request, const Acting& acting);
  // Starts a session and answers `status` with the cookie and {csrf, name}.
  Response StartSession(int status, const std::string& name);
  bool CheckPassword(const std::optional<Owner>& owner, std::string_view name,
                     const std::string& password);

  // ledger_routes.cc
  Response Transactions(const Request& request, const Acting& acting);
  Response ChangeTransaction(const Request& request, const Acting& acting);
  Response WhyTransaction(const Request& request, const Acting& acting);
  Response Accounts(const Request& request, const Acting& acting);
  Response Statistics(const Request& request, const Acting& acting);
  Response ReadBudgets(const Request& request, const Acting& acting);
  Response WriteBudgets(const Request& request, const Acting& acting);
  Response Alerts(const Request& request, const Acting& acting);
  Response AcknowledgeAlert(const Request& request, const Acting& acting);
  Response Imports(const Request& request, const Acting& acting);
  Response PreviewImport(const Request& request, const Acting& acting);
  // GET, confirm and revert of one import; `step` is "", "/confirm" or "/revert".
  Response OneImport(const Request& request, const Acting& acting, std::string_view step);
  // The transaction's JSON when it belongs to the user; otherwise the answer that says why not.
  awry::base::Result<std::string> OwnTransaction(const std::string& id, const Acting& acting,
                                                 Response& refusal);
  // The account to import into: the one asked for when it is the user's, their first, or a new id.
  awry::base::Result<std::string> AccountFor(const Request& request, const Acting& acting,
                                             Response& refusal);

  awry::sql::Database& database_;
  const DashboardOptions options_;
  const StaticFiles files_;
  OwnerStore owners_;
  ActingRights rights_;
  ImportRegister imports_;
  LoginLimiter limiter_;
  const Guard guard_;
  const Upstream processor_;
  const Upstream analyzer_;
  const Upstream budgets_;
  awry::net::HttpClient* const awry_;    // may be null
  const std::string absent_owner_hash_;  // checked when no such name exists, to take as long
};

}  // namespace finance::dashboard
