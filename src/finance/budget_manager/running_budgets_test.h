// The service behind a real server, for tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "finance/budget_manager/budget_manager.h"
#include "net/http_client.h"
#include "sql/test_servers.h"

namespace finance::budget_manager {

class RunningBudgets {
 public:
  explicit RunningBudgets(int64_t now_ns, BudgetManagerOptions options = {}) : clock_(now_ns) {
    database_ = std::move(*sql::Database::Open(awry::sql::TestDatabaseUrl(folder_.path() + "/a.db")));
    options.clock = &clock_;
    service_ = std::move(*BudgetManager::Create(*database_, options));
    net::Router router;
    service_->AddRoutes(router);
    server_ = std::move(*net::HttpServer::Start({}, router));
    client_ = std::move(*net::HttpClient::Create("http://127.0.0.1:" + std::to_string(server_->port())));
  }
  net::HttpResponse Send(std::string method, std::string target, std::string body = "") {
    auto response = client_->Send({.method = std::move(method), .target = std::move(target), .headers = {{"content-type", "application/json"}}, .body = std::move(body)});
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? std::move(*response) : net::HttpResponse{.status = 0};
  }
  awry::base::FakeClock& clock() { return clock_; }
  BudgetManager& service() { return *service_; }
  sql::Database& database() { return *database_; }

 private:
  awry::base::FakeClock clock_;
  awry::sql::TestFolder folder_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<BudgetManager> service_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_;
};

}  // namespace finance::budget_manager
