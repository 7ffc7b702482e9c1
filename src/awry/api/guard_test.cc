#include <gtest/gtest.h>

#include "awry/api/origin_guard.h"
#include "awry/api/server_test.h"

namespace awry::api {
namespace {

struct Row {
  const char* method;
  const char* host;
  const char* origin;
  const char* type;
  base::StatusCode code;
};

TEST(CheckOrigin, TakesOwnPagesAndProgramsOnly) {
  using enum base::StatusCode;
  const Row rows[] = {
      {"GET", "evil.example", "http://evil.example", "", kOk},
      {"POST", "127.0.0.1:16686", "", "application/json", kOk},
      {"POST", "127.0.0.1:16686", "http://127.0.0.1:16686", "application/json; charset=utf-8", kOk},
      {"POST", "localhost:16686", "http://localhost:16686", "application/json", kOk},
      {"POST", "[::1]:16686", "", "application/json", kOk},
      {"POST", "awry:16686", "", "application/json", kOk},
      {"POST", "awry.mine.example", "https://awry.mine.example", "application/json", kOk},
      {"POST", "awry.mine.example.evil", "http://awry.mine.example.evil", "application/json",
       kPermissionDenied},
      {"POST", "awry.monitoring.svc:16686", "", "application/json", kOk},
      {"POST", "evil.example:16686", "http://evil.example:16686", "application/json",
       kPermissionDenied},
      {"POST", "", "http://", "application/json", kPermissionDenied},
      {"POST", "localhost:16686", "http://evil.example", "application/json", kPermissionDenied},
      {"POST", "localhost:16686", "null", "application/json", kPermissionDenied},
      {"POST", "localhost:16686", "http://localhost:8080", "application/json", kPermissionDenied},
      {"DELETE", "localhost:16686", "http://evil.example", "application/json", kPermissionDenied},
      {"POST", "localhost", "", "text/plain", kInvalidArgument},
      {"POST", "localhost", "", "application/x-www-form-urlencoded", kInvalidArgument},
      {"PATCH", "localhost", "", "", kInvalidArgument},
  };
  for (const Row& row : rows) {
    net::HttpRequest request{.method = row.method, .body = "{}"};
    request.headers = {{"Host", row.host}, {"Content-Type", row.type}};
    if (*row.origin != '\0') request.headers.emplace_back("Origin", row.origin);
    EXPECT_EQ(CheckOrigin(request, {"awry.mine.example"}).code(), row.code)
        << row.method << " " << row.host << " " << row.origin << " " << row.type;
  }
}

// Walks the router, so that no route that changes something is forgotten.
TEST(Server, GuardsEveryRouteThatChangesSomething) {
  TestServer server;
  why::Engine engine(server.store());
  const net::Router router = MakeRouter(server.store(), engine, nullptr, {});
  size_t changing = 0;
  for (const auto& [method, pattern] : router.routes()) {
    if (method == "GET") continue;
    ++changing;
    const auto response = server.Send(method, pattern, "{}", {{"Origin", "http://evil.example"}});
    EXPECT_EQ(response.status, 403) << method << " " << pattern;
  }
  EXPECT_GE(changing, 6u);
}

}  // namespace
}  // namespace awry::api
