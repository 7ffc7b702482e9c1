// Joins the SDK to our own HTTP, Redis and SQL rooms through their observers.
#pragma once

#include <memory>
#include <string_view>

#include "awry/sdk/tracer.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/redis.h"
#include "sql/database.h"

namespace awry::sdk::instrument {

// Paths that are never traced: health, readiness, metrics.
bool IsUntracedPath(std::string_view path);

// Ready observers, to be given to the options of servers, clients and databases; it must outlive
// them. Thread-safe.
//
//   Observers observers(tracer);
//   HttpServer::Start({.observer = observers.http_server()}, router);
class Observers {
 public:
  explicit Observers(Tracer tracer);
  ~Observers();
  Observers(const Observers&) = delete;
  Observers& operator=(const Observers&) = delete;

  // SERVER spans "METHOD /route/{pattern}" that continue the caller's trace and are current while
  // the handler runs.
  net::HttpServerObserver* http_server();
  // CLIENT spans; adds the headers that carry the context.
  net::HttpClientObserver* http_client();
  net::RedisObserver* redis();
  sql::SqlObserver* sql();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace awry::sdk::instrument
