// What the dashboard is started with.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "finance/dashboard/login_limiter.h"
#include "finance/dashboard/secrets.h"
#include "finance/dashboard/sessions.h"
#include "finance/dashboard/trusted_proxies.h"
#include "net/http_client.h"

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
  // What the first visitor must know to become the owner; "" asks for nothing, which is right only
  // while nobody else can reach the page.
  std::string setup_code;
  std::string seal_key;       // kSealKeyBytes, kept outside the database
  std::string backup_folder;  // whose databases a backup holds; "": no backups from the page
  TrustedProxies trusted_proxies;
  PasswordCost password_cost;
  LoginLimits login_limits;
  SessionLimits session_limits;
};

// Where the services are. All must outlive the dashboard. Those after the third may be null: their
// routes answer 503 then, and without `awry` there are no reasons.
struct Services {
  awry::net::HttpClient* transaction_processor = nullptr;
  awry::net::HttpClient* spending_analyzer = nullptr;
  awry::net::HttpClient* budget_manager = nullptr;
  awry::net::HttpClient* category_predictor = nullptr;
  awry::net::HttpClient* fraud_detector = nullptr;
  awry::net::HttpClient* awry = nullptr;
};

}  // namespace finance::dashboard
