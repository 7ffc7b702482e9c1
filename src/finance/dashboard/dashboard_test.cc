#include "finance/dashboard/dashboard.h"

#include "finance/dashboard/test_house.h"

namespace finance::dashboard {
namespace {

using awry::net::HttpResponse;

TEST(Dashboard, AsksTheServicesAsTheOwnerAndNeverAsWhomTheBrowserNames) {
  House house;
  const std::string owner = house.SetUp();
  ASSERT_EQ(
      house.Get("/api/transactions?from=2026-11-01&q=caf%C3%A9%20lumen&user_id=user123&evil=1")
          .status,
      200);
  EXPECT_EQ(house.processor.Asked().back(),
            "GET /transactions?user_id=" + owner + "&from=2026-11-01&q=caf%C3%A9%20lumen");
  ASSERT_EQ(house.Get("/api/statistics?month=2026-11").status, 200);
  EXPECT_EQ(house.analyzer.Asked().back(), "GET /statistics/" + owner + "?month=2026-11");
  ASSERT_EQ(house.Get("/api/budgets").status, 200);
  EXPECT_EQ(house.budgets.Asked().back(), "GET /budgets/" + owner);
  ASSERT_EQ(house.Get("/api/alerts").status, 200);
  EXPECT_EQ(house.budgets.Asked().back(), "GET /alerts/" + owner);
  ASSERT_EQ(house.Get("/api/accounts").status, 200);
  EXPECT_EQ(house.processor.Asked().back(), "GET /accounts?user_id=" + owner);
}

TEST(Dashboard, AsksAsAUserOfTheSampleOnceItIsOpen) {
  House house;
  house.SetUp();
  house.OpenSample();
  ASSERT_EQ(house.Get("/api/statistics?user=user123").status, 200);
  EXPECT_EQ(house.analyzer.Asked().back(), "GET /statistics/user123");
}

TEST(Dashboard, AnIdWithSlashesAndPercentSignsStaysOneSegment) {
  House house(WithSample({"a/b%2f?c"}));
  house.SetUp();
  house.OpenSample();
  ASSERT_EQ(house.Get("/api/statistics?user=a%2Fb%252f%3Fc").status, 200);
  EXPECT_EQ(house.analyzer.Asked().back(), "GET /statistics/a%2Fb%252f%3Fc");
}

TEST(Dashboard, ACorrectionSendsTheCategoryAndNothingElseOfTheBody) {
  House house;
  const std::string owner = house.SetUp();
  const HttpResponse response =
      house.Send("PATCH", "/api/transactions/" + owner + ".1",
                 R"({"category":"dining","user_id":"user123","amount_minor":1})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(house.processor.Asked().back(), "PATCH /transactions/" + owner + ".1?user_id=" + owner);
  EXPECT_EQ(house.processor.Bodies().back(), R"({"category":"dining"})");
}

TEST(Dashboard, ACorrectionWithoutACategoryIsRefusedBeforeAnyServiceIsAsked) {
  House house;
  const std::string owner = house.SetUp();
  for (const char* body : {"", "{", "[]", "{\"category\":7}", "null"}) {
    EXPECT_EQ(house.Send("PATCH", "/api/transactions/" + owner + ".1", body).status, 400) << body;
  }
  EXPECT_TRUE(house.processor.Asked().empty());
}

TEST(Dashboard, WhyReadsTheReasonsFromTheRowsTrace) {
  House house;
  const std::string owner = house.SetUp();
  const HttpResponse response = house.Get("/api/transactions/" + owner + ".1/why");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(house.awry_service.Asked().back(), "GET /api/traces/abc123");
  EXPECT_EQ(
      response.body,
      R"({"category":"dining","model_version":"","reasons":[{"feature":"text:lumen","weight":1.5}],)"
      R"("inputs":{"memory_total":4}})");
}

TEST(Dashboard, AnImportGoesToTheFirstAccountAndIsListedForItsUser) {
  House house;
  const std::string owner = house.SetUp();
  const HttpResponse preview =
      house.Send("POST", "/api/imports?name=nov%2Fember.csv", "Date,Amount\n2026-11-03,1\n");
  ASSERT_EQ(preview.status, 200) << preview.body;
  EXPECT_EQ(house.processor.Asked().back(),
            "POST /imports?account=account-of-" + owner + "&user_id=" + owner);
  EXPECT_EQ(house.processor.Bodies().back(), "Date,Amount\n2026-11-03,1\n");
  EXPECT_NE(house.Get("/api/imports").body.find(R"("file_name":"nov/ember.csv","format":"csv")"),
            std::string::npos);
  ASSERT_EQ(house.Send("POST", "/api/imports/import-1/confirm").status, 200);
  EXPECT_EQ(house.processor.Asked().back(), "POST /imports/import-1/confirm?user_id=" + owner);
}

TEST(Dashboard, HowAFileIsToBeReadIsPassedOn) {
  House house;
  const std::string owner = house.SetUp();
  ASSERT_EQ(
      house.Send("POST", "/api/imports?profile=date_order%3DDMY%3Bdecimal%3D%2C", "Date,Amount\n")
          .status,
      200);
  EXPECT_EQ(house.processor.Asked().back(), "POST /imports?account=account-of-" + owner +
                                                "&user_id=" + owner +
                                                "&profile=date_order%3DDMY%3Bdecimal%3D%2C");
}

TEST(Dashboard, AnEmptyFileIsRefused) {
  House house;
  house.SetUp();
  EXPECT_EQ(house.Send("POST", "/api/imports?name=a.csv").status, 400);
}

TEST(Dashboard, ABodyOverTheLimitIs413AndAtTheLimitIsRead) {
  House house;
  house.SetUp();
  EXPECT_EQ(house.Send("PUT", "/api/budgets", std::string((1 << 20) + 1, ' ')).status, 413);
  EXPECT_EQ(house.Send("PUT", "/api/budgets", "{}" + std::string((1 << 20) - 2, ' ')).status, 200);
}

TEST(Dashboard, ABodyThatSaysItIsNoJsonIs415ButAStatementMayBeAnything) {
  House house;
  house.SetUp();
  const awry::net::Headers form = {{"Content-Type", "application/x-www-form-urlencoded"}};
  EXPECT_EQ(house.Send("PUT", "/api/budgets", "{}", form).status, 415);
  EXPECT_EQ(house.Send("POST", "/api/session", "{}", form).status, 415);
  EXPECT_EQ(
      house.Send("PUT", "/api/budgets", "{}", {{"Content-Type", "application/json; charset=utf-8"}})
          .status,
      200);
  EXPECT_EQ(
      house.Send("POST", "/api/imports", "Date,Amount\n", {{"Content-Type", "text/csv"}}).status,
      200);
}

TEST(Dashboard, AServiceThatIsAwayGives503AndSaysWhatIsSafe) {
  House house;
  house.SetUp();
  house.budgets.Stop();
  const HttpResponse response = house.Get("/api/budgets");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(TextAt(response.body, {"error", "code"}), "UNAVAILABLE");
  EXPECT_NE(response.body.find("\"service\":\"budget-manager\""), std::string::npos)
      << response.body;
  EXPECT_NE(response.body.find("safe"), std::string::npos);
  EXPECT_EQ(house.Get("/api/transactions").status, 200);  // the others go on
}

TEST(Dashboard, AnUnknownApiRouteIs404JsonAndAWrongMethod405) {
  House house;
  house.SetUp();
  const HttpResponse missing = house.Get("/api/nothing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(TextAt(missing.body, {"error", "code"}), "NOT_FOUND");
  EXPECT_EQ(house.Send("DELETE", "/api/budgets").status, 405);
}

TEST(Dashboard, EveryPageOfTheApplicationIsTheSamePageAndAMissingFileIs404) {
  House house;
  EXPECT_EQ(house.Get("/").body, "<!doctype html>page");
  EXPECT_EQ(house.Get("/transactions?month=2026-11").body, "<!doctype html>page");
  EXPECT_EQ(house.Get("/main.js").header("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(house.Get("/missing.js").status, 404);
  EXPECT_EQ(house.Get("/../dashboard.db").status, 404);
  EXPECT_EQ(house.Get("/dashboard.db").status, 404);
  EXPECT_EQ(house.Send("POST", "/transactions").status, 405);
}

TEST(Dashboard, AFileThatTheBrowserHasIsNotSentAgain) {
  House house;
  const std::string etag(house.Get("/main.js").header("ETag"));
  ASSERT_FALSE(etag.empty());
  const HttpResponse again = house.Send("GET", "/main.js", "", {{"If-None-Match", etag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.body.empty());
}

TEST(Dashboard, AWebFolderWithoutAPageSaysHowToBuildIt) {
  TempFolder folder;
  const auto loaded = StaticFiles::Load(awry::base::RealFileSystem(), folder.path());
  ASSERT_FALSE(loaded.ok());
  EXPECT_NE(loaded.status().message().find("npm run build"), std::string::npos);
}

}  // namespace
}  // namespace finance::dashboard
