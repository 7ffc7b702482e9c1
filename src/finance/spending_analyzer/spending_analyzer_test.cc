#include "finance/spending_analyzer/spending_analyzer.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "codec/json.h"
#include "net/http_client.h"
#include "sql/test_servers.h"

namespace finance::spending_analyzer {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;

// The service behind a real server.
class Running {
 public:
  explicit Running(SpendingAnalyzerOptions options = {}) {
    char name[] = "/tmp/analyzer-test-XXXXXX";
    dir_ = mkdtemp(name);
    database_ = std::move(*awry::sql::Database::Open(awry::sql::TestDatabaseUrl(dir_ + "/a.db")));
    service_ = std::move(*SpendingAnalyzer::Create(*database_, MakeMemoryCache(*options.clock), options));
    net::Router router;
    service_->AddRoutes(router);
    server_ = std::move(*net::HttpServer::Start({.body_bytes_max = 4096}, router));
    client_ = std::move(*net::HttpClient::Create("http://127.0.0.1:" + std::to_string(server_->port())));
  }
  ~Running() {
    server_.reset();
    service_.reset();
    database_.reset();
    std::filesystem::remove_all(dir_);
  }
  net::HttpResponse Send(std::string method, std::string target, std::string body = "", std::string type = "application/json") {
    auto response = client_->Send({.method = std::move(method), .target = std::move(target), .headers = {{"content-type", std::move(type)}}, .body = std::move(body)});
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? std::move(*response) : net::HttpResponse{.status = 0};
  }
  void Count(const std::string& user, const std::string& id, const std::string& category, int64_t minor, int64_t revision = 0) {
    const auto response = Send("PUT", "/statistics/" + user + "/transactions/" + id,
                               R"({"date":"2026-01-05","currency":"EUR","category":")" + category + R"(","amount_minor":)" +
                                   std::to_string(minor) + R"(,"revision":)" + std::to_string(revision) + "}");
    EXPECT_EQ(response.status, 200) << response.body;
  }

 private:
  std::string dir_;
  std::unique_ptr<awry::sql::Database> database_;
  std::unique_ptr<SpendingAnalyzer> service_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_;
};

TEST(SpendingAnalyzer, AnswersPatternsFromComputationThenFromTheCache) {
  Running service;
  service.Count("user123", "a", "groceries", -1000);
  service.Count("user123", "b", "groceries", -2001);
  service.Count("user123", "c", "dining", -500);
  service.Count("user123", "d", "income", 100000);
  for (const bool hit : {false, true}) {
    const auto document = JsonDocument::Parse(service.Send("GET", "/patterns/user123").body);
    const JsonValue root = document->root();
    EXPECT_EQ(root.Find("user_id").AsString(), "user123");
    EXPECT_EQ(root.Find("cache").Find("key").AsString(), "patterns:user123");
    EXPECT_EQ(root.Find("cache").Find("hit").AsBool(), hit);
    EXPECT_EQ(root.Find("avg_grocery_amount_minor").AsInt64(), 1501);
    EXPECT_EQ(root.Find("grocery_frequency").AsDouble(), 0.5);
    EXPECT_EQ(root.Find("category_shares").Find("dining").AsDouble(), 0.25);
    EXPECT_EQ(root.Find("count").AsInt64(), 4);
  }
}

TEST(SpendingAnalyzer, UserWithoutHistoryGetsCountZero) {
  Running service;
  const auto response = service.Send("GET", "/patterns/nobody");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(JsonDocument::Parse(response.body)->root().Find("count").AsInt64(), 0);
}

TEST(SpendingAnalyzer, FaultCutsTheKeySoThatAnotherUsersPatternsComeBack) {
  base::FakeClock clock(1'000'000'000'000'000'000);
  Running service({.clock = &clock});
  service.Count("user12", "a", "entertainment", -900);
  service.Count("user123", "b", "groceries", -1000);
  EXPECT_EQ(service.Send("PUT", "/admin/faults/cache-key", R"({"enabled": true})").status, 200);
  service.Send("GET", "/patterns/user12");
  auto foreign = JsonDocument::Parse(service.Send("GET", "/patterns/user123").body);
  EXPECT_EQ(foreign->root().Find("cache").Find("key").AsString(), "patterns:user12");
  EXPECT_EQ(foreign->root().Find("cache").Find("hit").AsBool(), true);
  EXPECT_EQ(foreign->root().Find("user_id").AsString(), "user12") << "the owner is told honestly";
  clock.Advance(std::chrono::seconds(7));
  const auto own = JsonDocument::Parse(service.Send("GET", "/patterns/user123").body);
  EXPECT_EQ(own->root().Find("user_id").AsString(), "user123") << "an entry ends by age";
  EXPECT_EQ(service.Send("PUT", "/admin/faults/cache-key", R"({"enabled": false})").status, 200);
  EXPECT_EQ(service.Send("DELETE", "/admin/cache").body, R"({"removed":1})");
  EXPECT_EQ(service.Send("GET", "/admin/faults/cache-key").body, R"({"enabled":false})");
}

TEST(SpendingAnalyzer, StatisticsFollowCorrectionsAndRemovals) {
  Running service;
  service.Count("u", "a", "dining", -1000, 0);
  service.Count("u", "a", "groceries", -1000, 2);
  service.Count("u", "a", "travel", -1000, 1);  // late: a correction is known already
  const auto month = service.Send("GET", "/statistics/u?month=2026-01");
  EXPECT_EQ(month.body, R"({"user_id":"u","month":"2026-01","categories":[{"category":"groceries","currency":"EUR","out_minor":1000,"in_minor":0,"count":1}]})");
  EXPECT_EQ(service.Send("DELETE", "/statistics/u/transactions/a?revision=3").body, R"({"changed":true})");
  EXPECT_EQ(service.Send("GET", "/statistics/u").body, R"({"user_id":"u","months":[]})");
}

TEST(SpendingAnalyzer, RefusesBadInputWithAJsonError) {
  Running service;
  const std::string place = "/statistics/u/transactions/a";
  EXPECT_EQ(service.Send("GET", "/patterns/a%20b").status, 400);
  EXPECT_EQ(service.Send("GET", "/patterns/" + std::string(129, 'x')).status, 400);
  EXPECT_EQ(service.Send("GET", "/statistics/u?month=2026-13").status, 400);
  EXPECT_EQ(service.Send("PUT", place, "{").status, 400);
  EXPECT_EQ(service.Send("PUT", place, R"({"date":"2026-01-05"})").status, 400);
  EXPECT_EQ(service.Send("PUT", place, "{}", "text/plain").status, 415);
  EXPECT_EQ(service.Send("POST", "/patterns/u").status, 405);
  EXPECT_EQ(service.Send("PUT", place, std::string(5000, ' ')).status, 413);
  EXPECT_EQ(service.Send("PUT", "/admin/faults/cache-key", R"({"enabled": 1})").status, 400);
  const auto error = JsonDocument::Parse(service.Send("GET", "/nowhere").body);
  EXPECT_EQ(error->root().Find("error").Find("code").AsString(), "NOT_FOUND");
}

TEST(PatternTtl, GrowsWithTheHistory) {
  constexpr std::chrono::seconds kMax(600);
  EXPECT_EQ(PatternTtl(0, kMax).count(), 1);
  EXPECT_EQ(PatternTtl(20, kMax).count(), 6);
  EXPECT_EQ(PatternTtl(5000, kMax), kMax);
}

}  // namespace
}  // namespace finance::spending_analyzer
