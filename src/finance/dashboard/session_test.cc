#include <chrono>

#include "finance/dashboard/parts.h"
#include "finance/dashboard/test_house.h"

namespace finance::dashboard {
namespace {

using awry::net::HttpResponse;
using namespace std::chrono_literals;

constexpr char kRight[] = R"({"name":"Ada","password":"correct horse"})";
constexpr char kWrong[] = R"({"name":"Ada","password":"wrong horses"})";

TEST(Session, TheFirstVisitMakesTheOwnerAndTheSecondIsRefused) {
  House house;
  EXPECT_NE(house.Get("/api/config").body.find("\"has_owner\":false"), std::string::npos);
  house.SetUp();
  EXPECT_NE(house.Get("/api/config").body.find("\"has_owner\":true"), std::string::npos);
  const HttpResponse again =
      house.Send("POST", "/api/setup", R"({"name":"Eve","password":"another password"})");
  EXPECT_EQ(again.status, 409);
  EXPECT_TRUE(again.header("Set-Cookie").empty());
  EXPECT_EQ(TextAt(house.Get("/api/me").body, {"name"}), "Ada");
}

TEST(Session, SetUpRefusesWhatIsNoNameOrPassword) {
  House house;
  for (const char* body :
       {"", "[]", "{}", "{\"name\":\"Ada\"}", R"({"name":"Ada","password":"short"})",
        R"({"name":"  ","password":"correct horse"})",
        R"({"name":"A\u0007","password":"correct horse"})",
        R"({"name":5,"password":"correct horse"})",
        "{\"name\":\"\xff\",\"password\":\"correct horse\"}"}) {
    const HttpResponse response = house.Send("POST", "/api/setup", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(TextAt(response.body, {"error", "code"}), "INVALID_ARGUMENT") << body;
  }
  const std::string long_password(kPasswordBytesMax + 1, 'a');
  EXPECT_EQ(
      house.Send("POST", "/api/setup", R"({"name":"Ada","password":")" + long_password + "\"}")
          .status,
      400);
  EXPECT_EQ(house
                .Send("POST", "/api/setup",
                      R"({"name":"Ada","password":")" + long_password.substr(1) + "\"}")
                .status,
            201);
}

TEST(Session, TheCookieIsOutOfReachOfScriptsAndOtherSites) {
  House house;
  house.SetUp();
  const HttpResponse response = house.Send("POST", "/api/session", kRight);
  ASSERT_EQ(response.status, 200);
  const std::string cookie(response.header("Set-Cookie"));
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos);
  EXPECT_EQ(cookie.find("Secure"), std::string::npos);

  House behind_https({.secure_cookies = true});
  const HttpResponse first = behind_https.Send("POST", "/api/setup", kRight);
  EXPECT_NE(std::string(first.header("Set-Cookie")).find("Secure"), std::string::npos);
}

TEST(Session, AWrongPasswordAndAnUnknownNameGetTheSameAnswer) {
  House house;
  house.SetUp();
  const HttpResponse wrong = house.Send("POST", "/api/session", kWrong);
  const HttpResponse unknown =
      house.Send("POST", "/api/session", R"({"name":"Eve","password":"correct horse"})");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_TRUE(wrong.header("Set-Cookie").empty());
}

TEST(Session, LoggingOutEndsTheSessionOnTheServerToo) {
  House house;
  house.SetUp();
  const std::string cookie = house.cookie;
  EXPECT_EQ(house.Send("POST", "/api/logout").status, 200);
  house.cookie = cookie;
  EXPECT_EQ(house.Get("/api/me").status, 401);
}

TEST(Session, EndsAfterAWeekWithoutUseAndNotBefore) {
  House house;
  house.SetUp();
  house.clock.Advance(24h * 7 - 1s);
  EXPECT_EQ(house.Get("/api/me").status, 200);  // counts as use
  house.clock.Advance(24h * 7 - 1s);
  EXPECT_EQ(house.Get("/api/me").status, 200);
  house.clock.Advance(24h * 7);
  EXPECT_EQ(house.Get("/api/me").status, 401);
}

TEST(Session, EndsAfterItsLifetimeHoweverMuchItIsUsed) {
  House house;
  house.SetUp();
  for (int day = 0; day < 29; ++day) {
    house.clock.Advance(24h);
    ASSERT_EQ(house.Get("/api/me").status, 200) << day;
  }
  house.clock.Advance(24h);
  EXPECT_EQ(house.Get("/api/me").status, 401);
}

TEST(Session, TenWrongPasswordsFromOneAddressAreEnoughForAWhile) {
  House house;
  house.SetUp();
  for (int i = 0; i < 10; ++i)
    ASSERT_EQ(house.Send("POST", "/api/session", kWrong).status, 401) << i;
  const HttpResponse refused = house.Send("POST", "/api/session", kRight);
  EXPECT_EQ(refused.status, 429);
  EXPECT_FALSE(refused.header("Retry-After").empty());
  EXPECT_EQ(house.Get("/api/me").status, 200);  // who is in stays in
  house.clock.Advance(600s);
  EXPECT_EQ(house.Send("POST", "/api/session", kRight).status, 200);
}

TEST(Session, ANewConnectionIsNoNewAddress) {
  House house;
  house.SetUp();
  const awry::net::Headers apart = {{"Connection", "close"}};
  for (int i = 0; i < 10; ++i)
    ASSERT_EQ(house.Send("POST", "/api/session", kWrong, apart).status, 401) << i;
  EXPECT_EQ(house.Send("POST", "/api/session", kRight, apart).status, 429);
  EXPECT_EQ(HostOf("[::1]:50842"), "::1");
  EXPECT_EQ(HostOf("::1"), "::1");
  EXPECT_EQ(HostOf("127.0.0.1:1"), "127.0.0.1");
}

TEST(Session, ASuccessTakesTheAddresssAttemptsBack) {
  House house;
  house.SetUp();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 9; ++i) ASSERT_EQ(house.Send("POST", "/api/session", kWrong).status, 401);
    ASSERT_EQ(house.Send("POST", "/api/session", kRight).status, 200);
  }
}

TEST(Session, MeListsForWhomTheOwnerMayAct) {
  House house(WithSample({"user123", "user12"}));
  const std::string owner = house.SetUp();
  EXPECT_EQ(house.Get("/api/me?user=user123").status, 403);
  house.OpenSample();
  house.OpenSample();  // twice changes nothing
  const std::string me = house.Get("/api/me").body;
  const auto right = [](const std::string& id, const std::string& sample, const std::string& name) {
    return "{\"id\":\"" + id + "\",\"may_edit\":true,\"sample\":" + sample + ",\"name\":\"" + name +
           "\",\"accounts\":null}";
  };
  EXPECT_NE(me.find("[" + right(owner, "false", "Ada") + "," + right("user12", "true", "user12") +
                    "," + right("user123", "true", "user123") + "]"),
            std::string::npos)
      << me;
  EXPECT_EQ(house.Get("/api/transactions?user=user123").status, 200);
  EXPECT_EQ(house.Send("POST", "/api/sample", R"({"enabled":false})").status, 200);
  EXPECT_EQ(house.Get("/api/transactions?user=user123").status, 403);
  EXPECT_EQ(house.Get("/api/transactions").status, 200);
}

TEST(Session, ASampleThatWasLeftOutCannotBeOpened) {
  House house(WithSample({}));
  house.SetUp();
  EXPECT_EQ(house.Send("POST", "/api/sample", R"({"enabled":true})").status, 409);
  EXPECT_EQ(house.Send("POST", "/api/sample", R"({"enabled":1})").status, 400);
}

TEST(Session, ASampleThatIsMadeWhileTheDashboardRunsCanBeOpened) {
  auto users = std::make_shared<std::vector<std::string>>();
  House house(
      {.sample_users = [users] { return awry::base::Result<std::vector<std::string>>(*users); }});
  house.SetUp();
  EXPECT_NE(house.Get("/api/config").body.find("\"has_sample\":false"), std::string::npos);
  *users = {"user123"};
  EXPECT_NE(house.Get("/api/config").body.find("\"has_sample\":true"), std::string::npos);
  EXPECT_EQ(house.Send("POST", "/api/sample", R"({"enabled":true})").status, 200);
}

TEST(Session, AChangeFromTheOwnPageIsWelcome) {
  House house;
  house.SetUp();
  EXPECT_EQ(house
                .Send("POST", "/api/sample", R"({"enabled":true})",
                      {{"Origin", "http://dash.example"}, {"Host", "dash.example"}})
                .status,
            200);
}

TEST(Session, ManyLogInsKeepTheNewestHundredSessions) {
  House house;
  house.SetUp();
  const std::string first_cookie = house.cookie;
  for (int i = 0; i < 100; ++i) {
    house.clock.Advance(1s);
    house.TakeSession(house.Send("POST", "/api/session", kRight));
  }
  EXPECT_EQ(house.Get("/api/me").status, 200);
  house.cookie = first_cookie;
  EXPECT_EQ(house.Get("/api/me").status, 401);
}

}  // namespace
}  // namespace finance::dashboard
