#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "finance/fraud_detector/case_list.h"
#include "finance/fraud_detector/fraud_detector.h"
#include "finance/fraud_detector/reason_words.h"
#include "net/http_client.h"
#include "sql/test_servers.h"

namespace finance::fraud_detector {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;

// The service behind a real server.
class Running {
 public:
  Running() {
    char name[] = "/tmp/cases-test-XXXXXX";
    dir_ = mkdtemp(name);
    database_ = std::move(*awry::sql::Database::Open(awry::sql::TestDatabaseUrl(dir_ + "/a.db")));
    service_ = std::move(*FraudDetector::Create(*database_, {.learn_in_background = false}));
    net::Router router;
    service_->AddRoutes(router);
    server_ = std::move(*net::HttpServer::Start({}, router));
    client_ = std::move(*net::HttpClient::Create("http://127.0.0.1:" + std::to_string(server_->port())));
  }
  ~Running() { std::filesystem::remove_all(dir_); }

  net::HttpResponse Send(const std::string& method, const std::string& target, const std::string& body = "") {
    auto response = client_->Send({.method = method, .target = target, .headers = {{"content-type", "application/json"}}, .body = body});
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? std::move(*response) : net::HttpResponse{.status = 0};
  }
  JsonDocument Json(const std::string& method, const std::string& target, const std::string& body = "") {
    const net::HttpResponse response = Send(method, target, body);
    EXPECT_EQ(response.status, 200) << response.body;
    return std::move(*JsonDocument::Parse(response.body));
  }
  // Two charges of `user` a minute apart: the second, "ID.2", is suspicious.
  void ChargeTwice(const std::string& user, const std::string& id, int day) {
    char date[16];
    snprintf(date, sizeof date, "2026-01-%02d", day);
    for (const char* part : {"1", "2"}) {
      Send("POST", "/check", R"({"id":")" + id + "." + part + R"(","user_id":")" + user + R"(","merchant":"Parkhaus Mitte )" + id +
                                 R"(","currency":"EUR","at":")" + date + "T10:0" + part + R"(:00Z","amount_minor":-1800})");
    }
  }

 private:
  std::string dir_;
  std::unique_ptr<awry::sql::Database> database_;
  std::unique_ptr<FraudDetector> service_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_;
};

std::vector<std::string> Ids(const JsonDocument& document) {
  std::vector<std::string> ids;
  for (const JsonValue one : document.root().Find("cases").items()) ids.emplace_back(one.Find("id").AsString().value_or("?"));
  return ids;
}

TEST(Cases, AreWhatIsSuspiciousAndNotDecidedNewestFirstPageByPage) {
  Running service;
  for (int i = 1; i <= 5; ++i) service.ChargeTwice("ada", std::string("c") + std::to_string(i), 3 * i);
  service.ChargeTwice("eve", "e", 9);
  std::vector<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const JsonDocument page = service.Json("GET", "/cases/ada?limit=2" + (cursor.empty() ? "" : "&cursor=" + net::UrlEncode(cursor)));
    EXPECT_EQ(page.root().Find("open").AsInt64(), 5);
    for (std::string& id : Ids(page)) seen.push_back(std::move(id));
    cursor = page.root().Find("next_cursor").AsString().value_or("");
    ASSERT_LT(++pages, 5);
  } while (!cursor.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{"c5.2", "c4.2", "c3.2", "c2.2", "c1.2"}));
  EXPECT_EQ(pages, 3);
}

TEST(Cases, SayWhatHappenedInNumbersAndNameTheUsersRowsOfTheDayBefore) {
  Running service;
  service.ChargeTwice("eve", "p", 3);
  service.ChargeTwice("ada", "q", 3);
  const JsonDocument page = service.Json("GET", "/cases/ada");
  const JsonValue first = page.root().Find("cases").At(0);
  EXPECT_EQ(first.Find("amount_minor").AsInt64(), -1800);
  EXPECT_EQ(first.Find("state").AsString(), "open");
  EXPECT_GE(first.Find("score").AsDouble().value_or(0), kSuspiciousScore);
  const JsonValue reason = first.Find("reasons").At(0);
  EXPECT_EQ(reason.Find("code").AsString(), "duplicate");
  EXPECT_EQ(reason.Find("says").AsString(), "charged_twice");
  EXPECT_EQ(reason.Find("numbers").Find("count").AsInt64(), 1);
  ASSERT_EQ(first.Find("related").size(), 1U);
  EXPECT_EQ(first.Find("related").At(0).Find("id").AsString(), "q.1") << "eve's rows at the same place stay hers";
}

TEST(Cases, AVerdictIsTheSameTwiceTeachesAndCanBeTakenBack) {
  Running service;
  service.ChargeTwice("ada", "c", 3);
  for (int time = 0; time < 2; ++time) {
    const JsonDocument decided = service.Json("POST", "/cases/ada/c.2", R"({"verdict":"fraud"})");
    EXPECT_EQ(decided.root().Find("state").AsString(), "fraud");
  }
  EXPECT_EQ(service.Json("GET", "/cases/ada").root().Find("open").AsInt64(), 0);
  EXPECT_EQ(Ids(service.Json("GET", "/cases/ada?state=decided")), std::vector<std::string>{"c.2"});
  const auto risky = [&](const std::string& id, const char* day) {
    return service.Send("POST", "/check", R"({"id":")" + id + R"(","user_id":"bob","merchant":"Parkhaus Mitte c","currency":"EUR","at":")" +
                                              day + R"(","amount_minor":-100})")
               .body.find("1 confirmed frauds") != std::string::npos;
  };
  EXPECT_TRUE(risky("b1", "2026-01-05T10:00:00Z")) << "one label, however often it was sent";
  EXPECT_EQ(service.Json("POST", "/cases/ada/c.2", R"({"verdict":"open"})").root().Find("state").AsString(), "open");
  EXPECT_FALSE(risky("b2", "2026-01-06T10:00:00Z"));
  EXPECT_EQ(service.Json("GET", "/cases/ada").root().Find("open").AsInt64(), 1);
  EXPECT_EQ(service.Json("POST", "/cases/ada/c.2", R"({"verdict":"right"})").root().Find("state").AsString(), "right");
}

TEST(Cases, OfSomebodyElseAreNotFoundAndStayAsTheyAre) {
  Running service;
  service.ChargeTwice("ada", "c", 3);
  EXPECT_EQ(service.Send("POST", "/cases/eve/c.2", R"({"verdict":"right"})").status, 404);
  EXPECT_EQ(service.Send("POST", "/cases/ada/nothing", R"({"verdict":"right"})").status, 404);
  EXPECT_EQ(service.Json("GET", "/cases/eve").root().Find("open").AsInt64(), 0);
  EXPECT_EQ(service.Json("GET", "/cases/ada").root().Find("open").AsInt64(), 1);
}

TEST(Cases, RefuseBadInput) {
  Running service;
  for (const char* query : {"limit=0", "limit=101", "limit=x", "state=lost", "cursor=x", "cursor=1", "cursor=99999999999999999999.a"})
    EXPECT_EQ(service.Send("GET", std::string("/cases/ada?") + query).status, 400) << query;
  for (const char* body : {"", "{}", "[]", R"({"verdict":"maybe"})", R"({"verdict":1})"})
    EXPECT_EQ(service.Send("POST", "/cases/ada/x", body).status, 400) << body;
}

TEST(Models, NameWhatDecidesNow) {
  Running service;
  const JsonDocument models = service.Json("GET", "/models");
  EXPECT_EQ(models.root().Find("current").AsString(), "rules");
  EXPECT_EQ(models.root().Find("threshold").AsDouble(), kSuspiciousScore);
}

// Trees that lean on one signal only, one after the other: the models say every reason that they have.
std::vector<Reason> ReasonsOfModels() {
  std::vector<Reason> all;
  for (size_t column = 0; column < kSignals; ++column) {
    for (const bool low_is_fraud : {false, true}) {
      LabelledTable table{.columns = kSignals, .values = {}, .labels = {}, .weights = {}};
      for (size_t row = 0; row < 60; ++row) {
        std::vector<float> values(kSignals, 0.0F);
        values[column] = row % 2 == 0 ? -1.0F : 3.0F;
        table.values.insert(table.values.end(), values.begin(), values.end());
        table.labels.push_back((row % 2 == 0) == low_is_fraud ? 1 : 0);
        table.weights.push_back(1);
      }
      const FraudModel model(std::move(*BoostedTrees::Train(table, {.trees = 20, .depth = 1})), "test");
      for (const float others : {0.0F, 3.0F}) {
        Signals signals;
        signals.values.fill(others);
        signals.values[column] = low_is_fraud ? -1.0F : 3.0F;
        Assessment assessment;
        model.Judge(signals, assessment);
        for (Reason& reason : assessment.reasons) all.push_back(std::move(reason));
      }
    }
  }
  return all;
}

// Every reason of the rules: large, fast, double, at a place with frauds, with and without a time of day.
std::vector<Reason> ReasonsOfRules() {
  std::vector<Reason> all;
  constexpr int64_t kMinuteNs = 60'000'000'000;
  for (const bool day_only : {false, true}) {
    for (const bool same_merchant : {false, true}) {
      std::vector<Charge> past;
      for (int64_t i = 0; i < 30; ++i) {
        past.push_back({same_merchant ? "m" : "other", "", "EUR", -1000 - i, i * 1440 * kMinuteNs, day_only});
      }
      const int64_t now = 40 * 1440 * kMinuteNs;
      for (int64_t i = 5; i >= 1; --i) past.push_back({"m", "", "EUR", -900'000, now - i * kMinuteNs, day_only});
      const Charge charge{"m", "t", "EUR", -900'000, now, day_only};
      for (Reason& reason : Assess(charge, past, {2, 3}).reasons) all.push_back(std::move(reason));
    }
  }
  std::vector<Charge> past;
  for (int64_t i = 0; i < 80; ++i) past.push_back({"m", "", "EUR", -3000 - i, i * 1440 * kMinuteNs, false});
  const auto take = [&](const Charge& charge) {
    for (Reason& reason : Assess(charge, past, {}).reasons) all.push_back(std::move(reason));
  };
  take({"m", "", "JPY", -3000, (200 * 1440 + 720) * kMinuteNs, false});  // long after, abroad, at noon
  for (int64_t i = 0; i < 2; ++i) past.push_back({"n" + std::to_string(i), "", "EUR", -100, (80 * 1440 + i) * kMinuteNs, false});
  take({"n2", "", "EUR", -100, (80 * 1440 + 3) * kMinuteNs, false});
  take({"n1", "", "EUR", -90'000, (80 * 1440 + 5) * kMinuteNs, false});
  return all;
}

TEST(ReasonWords, AreKnownForEveryReasonOfTheRules) {
  std::set<std::string> codes;
  for (const Reason& reason : ReasonsOfRules()) {
    codes.insert(reason.code);
    EXPECT_NE(ReadReasonWords(reason.message).says, "") << reason.message;
  }
  EXPECT_EQ(codes, (std::set<std::string>{"amount_outlier", "card_testing", "dormant", "duplicate", "foreign", "merchant_risk", "terminal_risk", "time_of_day", "velocity"}));
}

TEST(ReasonWords, AreKnownForEveryReasonOfAModel) {
  std::set<std::string> codes;
  for (const Reason& reason : ReasonsOfModels()) {
    codes.insert(reason.code);
    // A signal below nought cannot be: its numbers are not said.
    if (reason.message.find('-') != std::string::npos) continue;
    EXPECT_NE(ReadReasonWords(reason.message).says, "") << reason.message;
  }
  EXPECT_EQ(codes.size(), 8U);
}

TEST(ReasonWords, GiveTheNumbersByNameAndNothingForWordsThatAreNotOurs) {
  const ReasonWords words = ReadReasonWords("3.2 times the usual amount at this merchant (over 14 charges)");
  EXPECT_EQ(words.says, "amount_at_merchant");
  ASSERT_EQ(words.numbers.size(), 2U);
  EXPECT_EQ(words.numbers[0], (std::pair<std::string_view, std::string>("times", "3.2")));
  EXPECT_EQ(words.numbers[1], (std::pair<std::string_view, std::string>("count", "14")));
  for (const char* strange : {"", "7", "something else", "3.2 times", "1.2.3 . 5. times"}) EXPECT_EQ(ReadReasonWords(strange).says, "") << strange;
}

}  // namespace
}  // namespace finance::fraud_detector
