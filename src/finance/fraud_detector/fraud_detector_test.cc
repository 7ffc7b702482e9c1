#include "finance/fraud_detector/fraud_detector.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "net/http_client.h"
#include "sql/test_servers.h"

namespace finance::fraud_detector {
namespace {

using awry::codec::JsonDocument;

// The service behind a real server, with a database that survives a restart.
class Running {
 public:
  Running() {
    char name[] = "/tmp/fraud-test-XXXXXX";
    dir_ = mkdtemp(name);
    Start();
  }
  ~Running() {
    Stop();
    std::filesystem::remove_all(dir_);
  }
  void Restart() {
    Stop();
    Start();
  }
  net::HttpResponse Post(std::string target, std::string body, std::string type = "application/json") {
    auto response = client_->Post(std::move(target), std::move(body), std::move(type));
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? std::move(*response) : net::HttpResponse{.status = 0};
  }

 private:
  void Start() {
    database_ = std::move(*awry::sql::Database::Open(awry::sql::TestDatabaseUrl(dir_ + "/a.db")));
    service_ = std::move(*FraudDetector::Create(*database_, {.learn = {.boosting = {.trees = 20}}, .learn_in_background = false}));
    net::Router router;
    service_->AddRoutes(router);
    server_ = std::move(*net::HttpServer::Start({}, router));
    client_ = std::move(*net::HttpClient::Create("http://127.0.0.1:" + std::to_string(server_->port())));
  }
  void Stop() {
    server_.reset();
    service_.reset();
    database_.reset();
  }
  std::string dir_;
  std::unique_ptr<awry::sql::Database> database_;
  std::unique_ptr<FraudDetector> service_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_;
};

std::string Body(const std::string& id, int64_t minor, const std::string& at, const std::string& terminal = "") {
  return R"({"id":")" + id + R"(","user_id":"u","merchant":"Tesco 12","terminal_id":")" + terminal +
         R"(","currency":"EUR","at":")" + at + R"(","amount_minor":)" + std::to_string(minor) + "}";
}

TEST(FraudDetector, KnownIdGetsItsStoredScoreAndChangesNothingAlsoAfterARestart) {
  Running service;
  service.Post("/check", Body("a", -1000, "2026-01-05T10:00:00Z"));
  const std::string second = service.Post("/check", Body("b", -1000, "2026-01-05T10:03:00Z")).body;
  EXPECT_NE(second.find("duplicate"), std::string::npos);
  const std::string first_again = service.Post("/check", Body("a", -1000, "2026-01-05T10:05:00Z")).body;
  EXPECT_EQ(first_again.find("duplicate"), std::string::npos) << "it was judged before b came";
  service.Restart();
  EXPECT_EQ(service.Post("/check", Body("b", -1000, "2026-01-05T10:03:00Z")).body, second);
  EXPECT_NE(service.Post("/check", Body("c", -1000, "2026-01-05T10:04:00Z")).body.find("duplicate"), std::string::npos);
}

TEST(FraudDetector, LateChargeIsJudgedByWhatWasBeforeIt) {
  Running service;
  service.Post("/check", Body("later", -1000, "2026-01-05T12:00:00Z"));
  EXPECT_EQ(service.Post("/check", Body("earlier", -1000, "2026-01-05T11:55:00Z")).body.find("duplicate"), std::string::npos);
}

TEST(FraudDetector, ConfirmedFraudMakesItsTerminalRisky) {
  Running service;
  service.Post("/check", Body("a", -1000, "2026-01-05T10:00:00Z", "T1"));
  EXPECT_EQ(service.Post("/feedback", "{\"id\":\"a\",\"fraud\":true}\n{\"id\":\"x\",\"fraud\":true}\n", "application/x-ndjson").status, 200);
  EXPECT_NE(service.Post("/check", Body("b", -777, "2026-01-06T10:00:00Z", "T1")).body.find("terminal_risk"), std::string::npos);
  EXPECT_EQ(service.Post("/check", Body("c", -777, "2026-01-07T10:00:00Z", "T2")).body.find("terminal_risk"), std::string::npos);
}

TEST(FraudDetector, BatchAnswersLineByLine) {
  Running service;
  const auto response = service.Post("/check/batch", Body("a", -1000, "2026-01-05") + "\nnonsense\n\n" + Body("b", -500, "2026-01-06") + "\n", "application/x-ndjson");
  EXPECT_EQ(response.status, 200);
  std::vector<std::string> lines;
  for (size_t at = 0, end; (end = response.body.find('\n', at)) != std::string::npos; at = end + 1) lines.push_back(response.body.substr(at, end - at));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(JsonDocument::Parse(lines[0])->root().Find("id").AsString(), "a");
  EXPECT_EQ(JsonDocument::Parse(lines[1])->root().Find("line").AsInt64(), 2);
  EXPECT_EQ(JsonDocument::Parse(lines[2])->root().Find("suspicious").AsBool(), false);
}

// A terminal that turned bad for larger amounts, cards that buy there and elsewhere.
std::string World(int days, std::string& labels) {
  std::string body;
  for (int i = 0; i < days * 30; ++i) {
    const std::string id = "w" + std::to_string(i);
    const int terminal = i % 7;
    char at[32];
    snprintf(at, sizeof at, "2026-%02d-%02dT%02d:00:00Z", 1 + i / 30 / 28, 1 + i / 30 % 28, i % 30 / 2);
    body += R"({"id":")" + id + R"(","user_id":"u)" + std::to_string(i % 5) + R"(","terminal_id":"T)" +
            std::to_string(terminal) + R"(","currency":"EUR","at":")" + at + R"(","amount_minor":)" +
            std::to_string(-1000 - i * 37 % 900) + "}\n";
    labels += R"({"id":")" + id + R"(","fraud":)" + (terminal == 2 && i > 200 && i * 37 % 900 > 450 ? "true" : "false") + "}\n";
  }
  return body;
}

TEST(FraudDetector, LearnsFromFeedbackPromotesWhatIsBetterAndKeepsItAcrossARestart) {
  Running service;
  std::string labels;
  const std::string rows = World(60, labels);
  EXPECT_EQ(service.Post("/learn", "").status, 409) << "nothing to learn from";
  // Labels come after the rows of ten days: a row is judged before its own label.
  size_t row_at = 0;
  size_t label_at = 0;
  const auto take = [](const std::string& text, size_t& at, int lines) {
    const size_t begin = at;
    for (int i = 0; i < lines && at < text.size(); ++i) at = text.find('\n', at) + 1;
    return text.substr(begin, at - begin);
  };
  for (int piece = 0; piece < 6; ++piece) {
    service.Post("/check/batch", take(rows, row_at, 300), "application/x-ndjson");
    service.Post("/feedback", take(labels, label_at, 300), "application/x-ndjson");
  }
  const auto learned = service.Post("/learn", "");
  ASSERT_EQ(learned.status, 200) << learned.body;
  EXPECT_EQ(JsonDocument::Parse(learned.body)->root().Find("promoted").AsBool(), true) << learned.body;
  const std::string next =
      R"({"id":"n1","user_id":"u1","terminal_id":"T2","currency":"EUR","at":"2026-03-06T10:00:00Z","amount_minor":-1850})";
  const auto judged = service.Post("/check", next);
  EXPECT_EQ(JsonDocument::Parse(judged.body)->root().Find("suspicious").AsBool(), true) << judged.body;
  std::string small = next;
  small.replace(small.find("n1"), 2, "n0");
  small.replace(small.find("-1850"), 5, "-1010");
  EXPECT_EQ(JsonDocument::Parse(service.Post("/check", small).body)->root().Find("suspicious").AsBool(), false)
      << "the rules would say yes: it has learned that small amounts are right there";
  service.Restart();
  EXPECT_EQ(service.Post("/check", next).body, judged.body) << "stored";
  std::string again = next;
  again.replace(again.find("n1"), 2, "n2");
  again.replace(again.find("u1"), 2, "u4");
  EXPECT_EQ(JsonDocument::Parse(service.Post("/check", again).body)->root().Find("suspicious").AsBool(), true);
  small.replace(small.find("n0"), 2, "n3");
  EXPECT_EQ(JsonDocument::Parse(service.Post("/check", small).body)->root().Find("suspicious").AsBool(), false);
}

TEST(FraudDetector, WhatIsKnownAfterARestartIsWhatWasKnownBefore) {
  std::string labels;
  const std::string rows = World(20, labels);
  const std::string probe =
      R"({"id":"p","user_id":"u2","terminal_id":"T2","currency":"EUR","at":"2026-01-21T10:00:00Z","amount_minor":-9000})";
  std::string answers[2];
  for (const bool restart : {false, true}) {
    Running service;
    service.Post("/check/batch", rows, "application/x-ndjson");
    service.Post("/feedback", labels, "application/x-ndjson");
    if (restart) service.Restart();
    answers[restart ? 1 : 0] = service.Post("/check", probe).body;
  }
  EXPECT_EQ(answers[0], answers[1]);
  EXPECT_NE(answers[0].find("terminal_risk"), std::string::npos) << answers[0];
}

TEST(FraudDetector, RefusesBadInput) {
  Running service;
  EXPECT_EQ(service.Post("/check", "").status, 400);
  EXPECT_EQ(service.Post("/check", "[]").status, 400);
  EXPECT_EQ(service.Post("/check", Body("a b", -1, "2026-01-05")).status, 400);
  EXPECT_EQ(service.Post("/check", Body("a", -1, "yesterday")).status, 400);
  EXPECT_EQ(service.Post("/check", Body("a", -1, "2026-01-05T25:00:00Z")).status, 400);
  EXPECT_EQ(service.Post("/check", Body("a", -1, "2026-01-05"), "text/csv").status, 415);
}

}  // namespace
}  // namespace finance::fraud_detector
