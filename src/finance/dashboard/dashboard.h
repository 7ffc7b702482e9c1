// The dashboard's server: the page, log-in, and a JSON API that asks the services as the person who
// is logged in. It keeps no money; it decides who may act for whom.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "finance/dashboard/options.h"
#include "finance/dashboard/static_files.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::dashboard {

struct Parts;

// Thread-safe.
class Dashboard {
 public:
  // `database`, `clock` and `services` must outlive the dashboard. Brings the schema up to date and
  // starts the queue of background work.
  static awry::base::Result<std::unique_ptr<Dashboard>> Create(awry::sql::Database& database,
                                                               const awry::base::Clock& clock,
                                                               const Services& services,
                                                               StaticFiles files,
                                                               DashboardOptions options);
  ~Dashboard();

  // The routes keep using this dashboard: it must outlive the server.
  void AddRoutes(awry::net::Router& router);
  // OK while the own database answers; the services may be away.
  awry::base::Status Ready();
  // Whether somebody owns it already: the first visitor becomes the owner until then.
  awry::base::Result<bool> HasOwner();
  // Lets running background work end. Idempotent.
  void Stop();

  // The (method, pattern) pairs that need no session.
  static std::vector<std::pair<std::string, std::string>> PublicRoutes();

 private:
  Dashboard(std::unique_ptr<Parts> parts, StaticFiles files);

  const std::unique_ptr<Parts> parts_;
  const StaticFiles files_;
};

}  // namespace finance::dashboard
