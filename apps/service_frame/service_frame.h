// What the tracker's programs share: settings, signals, health and metrics routes, the token check,
// tracing, and the HTTP server. A program's main is one call of RunService.
//
//   int main(int argc, char** argv) {
//     return service_frame::RunService(argc, argv, {
//         .name = "fraud-detector", .default_port = 5004, .about = "Scores transactions.",
//         .build = [](const service_frame::Settings& s, const service_frame::Instruments& i) {
//           return FraudService::Create(...);
//         }});
//   }
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/redis.h"
#include "sql/database.h"

namespace service_frame {

// One setting. Its value comes from the flag `--name`, else the environment, else the TOML file's
// key `name` (dashes as they are), else the default.
struct Option {
  std::string name;           // "listen"
  std::string env;            // "" when there is none
  std::string default_value;
  std::string help;
  bool secret = false;        // --print-config shows "***"
  bool flag = false;          // given without a value means "true"
  bool list = false;          // may be given several times, and be an array in the file: one text with commas
};

// Every program has these: listen, port, data, token (FINANCE_TOKEN), database-url (DATABASE_URL),
// redis-url (REDIS_URL), awry-url (AWRY_URL), transaction-processor-url, category-predictor-url,
// spending-analyzer-url, fraud-detector-url, budget-manager-url, threads, body-bytes-max.
class Settings {
 public:
  explicit Settings(std::map<std::string, std::string> values) : values_(std::move(values)) {}
  // CHECKs that the option exists.
  const std::string& Get(std::string_view name) const;
  bool IsOn(std::string_view name) const;  // "true", "1", "yes", "on"
  // kInvalidArgument names the flag when the text is no number in [lowest, highest].
  awry::base::Result<int64_t> Int(std::string_view name, int64_t lowest, int64_t highest) const;

  // DATABASE_URL, or "sqlite:DATA/NAME.db"; the folder exists when `build` runs.
  std::string DatabaseUrl(std::string_view program) const;

 private:
  std::map<std::string, std::string> values_;
};

// The SDK's observers, to be handed to whatever the service opens. All outlive the service.
struct Instruments {
  awry::net::HttpClientObserver* http_client = nullptr;
  awry::sql::SqlObserver* sql = nullptr;
  awry::net::RedisObserver* redis = nullptr;
};

// What a program runs. Built before the server starts; destroyed after it has stopped.
class Service {
 public:
  virtual ~Service() = default;
  virtual void AddRoutes(awry::net::Router& router) = 0;
  // OK when requests can be answered (/readyz). Called on server threads.
  virtual awry::base::Status Ready() { return {}; }
  // Prometheus text of the service's own metrics, "" or ending in a newline. Called on server threads.
  virtual std::string Metrics() { return {}; }
  // Called once, after the server has stopped and before destruction: finish background work.
  virtual void Stop() {}
};

struct ServiceSpec {
  std::string name;  // also the traced service's name
  uint16_t default_port = 0;
  std::string about;
  std::vector<Option> options;  // beside the common ones
  // Requires the bearer token on every route but /healthz, /readyz and /metrics once a token is set,
  // and a token as soon as it listens beyond loopback. Off for the dashboard, which has sessions.
  bool token_guard = true;
  std::function<awry::base::Result<std::unique_ptr<Service>>(const Settings&, const Instruments&)> build;
};

// Runs until SIGINT or SIGTERM, then stops cleanly. Returns the process's exit code: 0 after a clean
// stop, 1 when it could not start, 2 for wrong flags. Prints "NAME ready: http://HOST:PORT" to
// standard output once /readyz answers. With `--port auto` a free port is taken.
int RunService(int argc, char** argv, const ServiceSpec& spec);

// "Authorization: Bearer TOKEN" for calls to the other services; nothing when no token is set.
awry::net::Headers TokenHeaders(const Settings& settings);

}  // namespace service_frame
