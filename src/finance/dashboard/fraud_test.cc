// The fraud inbox and the bank's accounts: what the services say, joined with one's own rows.
#include "finance/dashboard/test_house.h"

namespace finance::dashboard {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::net::HttpResponse;

TEST(FraudInbox, GivesEachCaseItsRowAndNeverAStrangersOne) {
  House house;
  const std::string owner = house.SetUp();
  const HttpResponse answer = house.Get("/api/fraud/cases?state=open&limit=5&cursor=1.a&user_id=eve&other=1");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(house.fraud.Asked().back(), "GET /cases/" + owner + "?state=open&limit=5&cursor=1.a");
  const auto document = JsonDocument::Parse(answer.body);
  const JsonValue cases = document->root().Find("cases");
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases.At(0).Find("score").AsDouble(), 0.9);
  EXPECT_EQ(cases.At(0).Find("transaction").Find("trace_id").AsString(), "abc123");
  EXPECT_TRUE(cases.At(1).Find("transaction").is_null());
  EXPECT_EQ(document->root().Find("open").AsInt64(), 2);
  EXPECT_EQ(document->root().Find("next_cursor").AsString(), "7.x");
}

TEST(FraudInbox, SaysThatTheLedgerIsAwayInsteadOfCasesWithoutRows) {
  House house;
  house.SetUp();
  house.processor.Stop();
  EXPECT_EQ(house.Get("/api/fraud/cases").status, 503);
}

TEST(FraudInbox, AVerdictGoesToTheDetectorAsTheActingUserAndIsRecorded) {
  House house;
  const std::string owner = house.SetUp();
  ASSERT_EQ(house.Send("POST", "/api/fraud/cases/" + owner + ".1", R"({"verdict":"fraud","user_id":"eve"})").status, 200);
  EXPECT_EQ(house.fraud.Asked().back(), "POST /cases/" + owner + "/" + owner + ".1");
  EXPECT_EQ(house.fraud.Bodies().back(), R"({"verdict":"fraud"})");
  EXPECT_NE(house.Get("/api/audit").body.find("fraud.decided"), std::string::npos);
}

TEST(BankAccounts, ATokenThatWasUsedBeforeIsToldAsThatAndNoServiceThatIsAway) {
  House house;
  house.SetUp();
  const HttpResponse refused = house.Send("POST", "/api/connections", R"({"setup_token":"used"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(TextAt(refused.body, {"error", "code"}), "PERMISSION_DENIED");
}

TEST(BankAccounts, FillOnlyAnAccountOfTheActingUser) {
  House house;
  const std::string owner = house.SetUp();
  const std::string target = "/api/connections/" + owner + ".1/accounts";
  EXPECT_EQ(house.Send("PUT", target, R"({"id":"a","account":"account-of-user123"})").status, 404);
  for (const std::string& asked : house.processor.Asked()) EXPECT_FALSE(asked.starts_with("PUT")) << asked;
  EXPECT_EQ(house.Send("PUT", target, R"({"id":"a","account":"account-of-)" + owner + R"(","user_id":"eve"})").status, 200);
  EXPECT_EQ(house.processor.Asked().back(), "PUT /connections/" + owner + ".1/accounts?user_id=" + owner);
  EXPECT_EQ(house.processor.Bodies().back(), R"({"id":"a","account":"account-of-)" + owner + "\"}");
  EXPECT_EQ(house.Send("PUT", target, R"({"id":"a","account":null})").status, 200);
}

}  // namespace
}  // namespace finance::dashboard
