// Walks every route that exists, so that none can be forgotten: nobody gets in without a session,
// nobody acts for whom they may not, no change passes without the page's token.
#include <algorithm>

#include "finance/dashboard/test_house.h"

namespace finance::dashboard {
namespace {

using awry::net::HttpResponse;

struct Route {
  std::string method;
  std::string target;
};

std::string Filled(std::string pattern, const std::string& id) {
  const size_t from = pattern.find('{');
  if (from != std::string::npos) pattern.replace(from, pattern.find('}') - from + 1, id);
  return pattern;
}

// Every route that needs a session, with `id` in its path.
std::vector<Route> PrivateRoutes(const House& house, const std::string& id) {
  const auto open = Dashboard::PublicRoutes();
  std::vector<Route> routes;
  for (const auto& route : house.routes) {
    if (std::find(open.begin(), open.end(), route) == open.end()) {
      routes.push_back({route.first, Filled(route.second, id)});
    }
  }
  return routes;
}

size_t CallsToServices(House& house) {
  return house.processor.Asked().size() + house.analyzer.Asked().size() +
         house.budgets.Asked().size() + house.awry_service.Asked().size();
}

TEST(Isolation, OnlyThreeRoutesAreOpenAndAllOfThemExist) {
  House house;
  for (const auto& open : Dashboard::PublicRoutes()) {
    EXPECT_NE(std::find(house.routes.begin(), house.routes.end(), open), house.routes.end())
        << open.second;
  }
  EXPECT_EQ(Dashboard::PublicRoutes().size(), 3u);
  EXPECT_GE(PrivateRoutes(house, "x").size(), 17u);
}

TEST(Isolation, EveryOtherRouteAnswers401WithoutASession) {
  House house;
  const std::string owner = house.SetUp();
  house.cookie.clear();
  for (const Route& route : PrivateRoutes(house, owner + ".1")) {
    EXPECT_EQ(house.Send(route.method, route.target, "{}").status, 401)
        << route.method << " " << route.target;
  }
  house.cookie = "finance_session=made-up";
  for (const Route& route : PrivateRoutes(house, owner + ".1")) {
    EXPECT_EQ(house.Send(route.method, route.target, "{}").status, 401)
        << route.method << " " << route.target;
  }
  EXPECT_EQ(CallsToServices(house), 0u);
}

TEST(Isolation, EveryRouteAnswers403ForAUserWhomTheOwnerMayNotActFor) {
  House house;
  const std::string owner = house.SetUp();
  house.OpenSample();
  // Beginnings and continuations of permitted ids are other users.
  for (const std::string& stranger :
       {std::string("user12"), std::string("user1234"), std::string("USER123"), owner + "x",
        owner.substr(0, owner.size() - 1), std::string("")}) {
    for (const Route& route : PrivateRoutes(house, owner + ".1")) {
      const HttpResponse response =
          house.Send(route.method, route.target + "?user=" + stranger, "{}");
      EXPECT_EQ(response.status, 403) << route.method << " " << route.target << " for " << stranger;
    }
  }
  EXPECT_EQ(CallsToServices(house), 0u);
}

TEST(Isolation, EveryChangeAnswers403WithoutThePagesToken) {
  House house;
  const std::string owner = house.SetUp();
  const std::string right_token = house.csrf;
  int changes = 0;
  for (const std::string& token : {std::string(), std::string("wrong"), right_token + "x"}) {
    house.csrf = token;
    for (const Route& route : PrivateRoutes(house, owner + ".1")) {
      if (route.method == "GET") continue;
      ++changes;
      EXPECT_EQ(house.Send(route.method, route.target, "{}").status, 403)
          << route.method << " " << route.target;
    }
  }
  EXPECT_GE(changes, 3 * 8);
  EXPECT_EQ(CallsToServices(house), 0u);
}

TEST(Isolation, EveryChangeAnswers403WhenAnotherSitesPageAsks) {
  House house;
  const std::string owner = house.SetUp();
  for (const auto& [method, pattern] : house.routes) {
    if (method == "GET") continue;
    const std::string target = Filled(pattern, owner + ".1");
    EXPECT_EQ(house.Send(method, target, "{}", {{"Origin", "https://evil.example"}}).status, 403)
        << target;
    EXPECT_EQ(house.Send(method, target, "{}", {{"Sec-Fetch-Site", "cross-site"}}).status, 403)
        << target;
  }
  EXPECT_EQ(CallsToServices(house), 0u);
}

TEST(Isolation, EveryAnswerCarriesTheSafetyHeaders) {
  House house;
  const std::string owner = house.SetUp();
  for (const auto& [method, pattern] : house.routes) {
    const HttpResponse response = house.Send(method, Filled(pattern, owner + ".1"), "{}");
    EXPECT_NE(response.header("Content-Security-Policy").find("default-src 'none'"),
              std::string_view::npos)
        << pattern;
    EXPECT_EQ(response.header("X-Content-Type-Options"), "nosniff") << pattern;
    EXPECT_EQ(response.header("Cache-Control"), "no-store") << pattern;
    if (pattern == "/api/logout")
      house.TakeSession(
          house.Send("POST", "/api/session", R"({"name":"Ada","password":"correct horse"})"));
  }
  const HttpResponse page = house.Get("/");
  EXPECT_EQ(page.header("Content-Security-Policy").find("unsafe-inline"), std::string_view::npos);
  EXPECT_NE(page.header("Content-Security-Policy").find("frame-ancestors 'none'"),
            std::string_view::npos);
}

TEST(Isolation, ARowOfSomebodyElseIsNotFoundAndNotChanged) {
  House house;
  house.SetUp();
  house.OpenSample();
  EXPECT_EQ(house.Send("PATCH", "/api/transactions/user123.7", R"({"category":"dining"})").status,
            404);
  EXPECT_EQ(house.Get("/api/transactions/user12.7/why?user=user123").status, 404);
  for (const std::string& asked : house.processor.Asked())
    EXPECT_FALSE(asked.starts_with("PATCH")) << asked;
  EXPECT_TRUE(house.awry_service.Asked().empty());
}

TEST(Isolation, AnImportOfSomebodyElseCannotBeSeenConfirmedOrReverted) {
  House house;
  house.SetUp();
  house.OpenSample();
  ASSERT_EQ(house.Send("POST", "/api/imports?user=user123&name=a.csv", "Date,Amount\n").status,
            200);
  house.processor.Forget();
  EXPECT_EQ(house.Get("/api/imports/import-1").status, 404);
  EXPECT_EQ(house.Send("POST", "/api/imports/import-1/confirm").status, 404);
  EXPECT_EQ(house.Send("POST", "/api/imports/import-1/revert").status, 404);
  EXPECT_TRUE(house.processor.Asked().empty());
  EXPECT_EQ(house.Send("POST", "/api/imports/import-1/confirm?user=user123").status, 200);
}

TEST(Isolation, AnAccountOfSomebodyElseCannotBeImportedInto) {
  House house;
  house.SetUp();
  EXPECT_EQ(house.Send("POST", "/api/imports?account=account-of-user123", "Date,Amount\n").status,
            404);
  for (const std::string& asked : house.processor.Asked())
    EXPECT_FALSE(asked.starts_with("POST")) << asked;
}

}  // namespace
}  // namespace finance::dashboard
