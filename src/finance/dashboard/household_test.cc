// Set-up codes, invitations, people, and what they share.
#include <chrono>

#include "finance/dashboard/people.h"
#include "finance/dashboard/test_house.h"

namespace finance::dashboard {
namespace {

using awry::net::HttpResponse;
using namespace std::chrono_literals;

TEST(SetUpCode, IsAskedForWhenThePageCanBeReachedByOthers) {
  House house({.setup_code = "abcd2345efgh"});
  EXPECT_NE(house.Get("/api/config").body.find("\"setup_code_needed\":true"), std::string::npos);
  for (const char* body :
       {R"({"name":"Eve","password":"correct horse"})",
        R"({"name":"Eve","password":"correct horse","setup_code":"abcd2345efgi"})"}) {
    EXPECT_EQ(house.Send("POST", "/api/setup", body).status, 403) << body;
  }
  EXPECT_EQ(house
                .Send("POST", "/api/setup",
                      R"({"name":"Ada","password":"correct horse","setup_code":" abcd2345efgh "})")
                .status,
            201);
  EXPECT_NE(house.Get("/api/config").body.find("\"setup_code_needed\":false"), std::string::npos);
}

TEST(SetUpCode, CannotBeGuessedOften) {
  House house({.setup_code = "abcd2345efgh"});
  const char* wrong = R"({"name":"Eve","password":"correct horse","setup_code":"x"})";
  for (int i = 0; i < 10; ++i) ASSERT_EQ(house.Send("POST", "/api/setup", wrong).status, 403);
  EXPECT_EQ(house.Send("POST", "/api/setup", wrong).status, 429);
}

TEST(Invitations, LetOnePersonInOnceAndNameThemApart) {
  House house;
  house.SetUp();
  const HttpResponse made = house.Send("POST", "/api/invitations", "{}");
  ASSERT_EQ(made.status, 201);
  const std::string code = TextAt(made.body, {"code"});
  EXPECT_EQ(house.Get("/api/invitations").body.find(code), std::string::npos);
  const auto accept = [&](const std::string& name) {
    return house.Send("POST", "/api/invitations/accept",
                      "{\"code\":\"" + code + "\",\"name\":\"" + name +
                          "\",\"password\":\"correct horse\"}");
  };
  EXPECT_EQ(accept("Ada").status, 409) << "the name is taken; the code stays good";
  const HttpResponse joined = accept("Eve");
  ASSERT_EQ(joined.status, 201) << joined.body;
  EXPECT_EQ(accept("Mallory").status, 404);
  EXPECT_NE(house.Get("/api/people").body.find("\"name\":\"Eve\",\"role\":\"member\""),
            std::string::npos);
  house.TakeSession(joined);
  EXPECT_EQ(TextAt(house.Get("/api/me").body, {"role"}), "member");
  EXPECT_EQ(house.Get("/api/people").status, 403);
  EXPECT_EQ(house.Send("POST", "/api/invitations", "{}").status, 403);
  EXPECT_EQ(house.Send("POST", "/api/sample", R"({"enabled":true})").status, 403);
}

TEST(Invitations, EndAfterAWeekOrWhenWithdrawn) {
  House house;
  house.SetUp();
  const auto accept = [&](const std::string& code) {
    return house
        .Send("POST", "/api/invitations/accept",
              "{\"code\":\"" + code + "\",\"name\":\"Eve\",\"password\":\"correct horse\"}")
        .status;
  };
  const HttpResponse withdrawn = house.Send("POST", "/api/invitations", "{}");
  ASSERT_EQ(house.Send("DELETE", "/api/invitations/" + TextAt(withdrawn.body, {"id"})).status, 200);
  EXPECT_EQ(accept(TextAt(withdrawn.body, {"code"})), 404);
  const std::string old = TextAt(house.Send("POST", "/api/invitations", "{}").body, {"code"});
  house.clock.Advance(kInvitationLifetime);
  EXPECT_EQ(accept(old), 404);
}

TEST(Shares, OpenALedgerToLookAtAndCanBeTakenBackByEitherSide) {
  House house;
  const std::string ada = house.SetUp();
  const SignedIn owner = house.Current();
  const SignedIn eve = house.Join("Eve");
  const auto share = [&](bool may_edit) {
    return house.Send("POST", "/api/shares",
                      std::string(R"({"name":"Eve","account":null,"may_edit":)") +
                          (may_edit ? "true}" : "false}"));
  };
  const HttpResponse given = share(false);
  ASSERT_EQ(given.status, 201) << given.body;
  house.Use(eve);
  EXPECT_EQ(house.Get("/api/statistics?user=" + ada).status, 200);
  EXPECT_EQ(house.analyzer.Asked().back(), "GET /statistics/" + ada);
  EXPECT_EQ(house.Send("PUT", "/api/budgets?user=" + ada, "{}").status, 403);
  EXPECT_NE(house.Get("/api/me").body.find("{\"id\":\"" + ada +
                                           "\",\"may_edit\":false,\"sample\":false,\"name\":"
                                           "\"Ada\",\"accounts\":null}"),
            std::string::npos);
  house.Use(owner);
  EXPECT_EQ(TextAt(share(true).body, {"id"}), TextAt(given.body, {"id"}));
  house.Use(eve);
  EXPECT_EQ(house.Send("PUT", "/api/budgets?user=" + ada, "{}").status, 200);
  EXPECT_EQ(house.Send("DELETE", "/api/shares/" + TextAt(given.body, {"id"})).status, 200);
  EXPECT_EQ(house.Get("/api/statistics?user=" + ada).status, 403);
}

TEST(Shares, OfOneAccountLetItsRowsBeEditedAndNoOthers) {
  House house;
  const std::string ada = house.SetUp();
  const SignedIn owner = house.Current();
  const SignedIn eve = house.Join("Eve");
  const std::string account = "account-of-" + ada;
  EXPECT_EQ(house
                .Send("POST", "/api/shares",
                      R"({"name":"Eve","account":"account-of-somebody","may_edit":true})")
                .status,
            404);
  ASSERT_EQ(house
                .Send("POST", "/api/shares",
                      "{\"name\":\"Eve\",\"account\":\"" + account + "\",\"may_edit\":true}")
                .status,
            201);
  house.Use(eve);
  const std::string row = "/api/transactions/" + ada + ".1?user=" + ada;
  EXPECT_EQ(house.Send("PATCH", row, R"({"category":"dining"})").status, 200);
  EXPECT_EQ(house.Get("/api/accounts?user=" + ada).body,
            "{\"accounts\":[{\"id\":\"" + account + "\"}]}");
  EXPECT_EQ(house.Get("/api/balances?user=" + ada).status, 403);
}

TEST(Shares, OfOneAccountToEditLetRowsBeAddedToItByHandAndToNoOther) {
  House house;
  const std::string ada = house.SetUp();
  const SignedIn owner = house.Current();
  const SignedIn eve = house.Join("Eve");
  const auto add = [&](const std::string& account) {
    house.Use(eve);
    return house
        .Send("POST", "/api/transactions?user=" + ada,
              "{\"account\":\"" + account +
                  R"(","date":"2026-11-02","amount_minor":-500,"currency":"EUR","description":"Market"})")
        .status;
  };
  const auto share = [&](const std::string& may_edit) {
    house.Use(owner);
    return house
        .Send("POST", "/api/shares",
              "{\"name\":\"Eve\",\"account\":\"account-of-" + ada + "\",\"may_edit\":" + may_edit + "}")
        .status;
  };
  ASSERT_EQ(share("false"), 201);
  EXPECT_EQ(add("account-of-" + ada), 403) << "shared to look at";
  ASSERT_EQ(share("true"), 201);
  EXPECT_EQ(add("account-of-" + ada), 200);
  EXPECT_EQ(add("account-of-" + eve.user_id), 404);
}

TEST(Shares, NeedSomebodyElseWhoIsThere) {
  House house;
  house.SetUp();
  for (const char* body : {"{}", R"({"name":"Ada","account":null,"may_edit":true})",
                           R"({"name":"Ada","account":7,"may_edit":true})"}) {
    EXPECT_EQ(house.Send("POST", "/api/shares", body).status, 400) << body;
  }
  EXPECT_EQ(house.Send("POST", "/api/shares", R"({"name":"Zoe","account":null,"may_edit":true})")
                .status,
            404);
}

TEST(People, TheNameIsLimitedFromAllAddressesTogether) {
  const awry::base::FakeClock clock(0);
  LoginLimiter limiter(clock, {.attempts_per_name_max = 2, .checks_at_once_max = 10});
  EXPECT_FALSE(limiter.Begin("address 1", "Ada"));
  EXPECT_FALSE(limiter.Begin("address 2", "Ada"));
  EXPECT_TRUE(limiter.Begin("address 3", "Ada"));
  EXPECT_FALSE(limiter.Begin("address 3", "Eve"));
  limiter.Finish("address 1", "Ada", true);
  EXPECT_FALSE(limiter.Begin("address 3", "Ada"));
}

}  // namespace
}  // namespace finance::dashboard
