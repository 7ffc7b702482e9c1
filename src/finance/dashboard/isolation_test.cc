// Walks every route that exists, so that none can be forgotten: nobody gets in without a session,
// nobody acts for whom they may not, no change passes without the page's token.
//
// Every route stands in Cases() with what it needs; a new route without its case fails, and what a
// case says is tried as another person, with API tokens of each scope, and with a share of a single
// account.
#include <algorithm>
#include <map>
#include <set>

#include "finance/dashboard/guard.h"
#include "finance/dashboard/test_house.h"

namespace finance::dashboard {
namespace {

using awry::net::HttpResponse;

struct Route {
  std::string method;
  std::string target;
};

std::string Filled(std::string pattern, const std::string& id) {
  for (size_t from = pattern.find('{'); from != std::string::npos; from = pattern.find('{'))
    pattern.replace(from, pattern.find('}') - from + 1, id);
  return pattern;
}

struct Case {
  Scope scope;
  Reach reach;
  bool owner_only = false;
  std::string body = "{}";
};

// By "METHOD pattern".
const std::map<std::string, Case>& Cases() {
  constexpr Scope kRead = Scope::kRead;
  constexpr Scope kWrite = Scope::kWrite;
  constexpr Scope kAdmin = Scope::kAdmin;
  constexpr Scope kLogin = Scope::kLogin;
  constexpr Reach kLedger = Reach::kLedger;
  constexpr Reach kAccounts = Reach::kAccounts;
  constexpr Reach kPerson = Reach::kPerson;
  static const std::map<std::string, Case> cases = {
      {"POST /api/logout", {kLogin, kPerson}},
      {"GET /api/me", {kRead, kPerson}},
      {"POST /api/sample", {kAdmin, kPerson, true, R"({"enabled":true})"}},
      {"POST /api/password", {kLogin, kPerson}},
      {"GET /api/sessions", {kAdmin, kPerson}},
      {"DELETE /api/sessions/{id}", {kLogin, kPerson}},
      {"POST /api/sessions/end-others", {kLogin, kPerson}},
      {"GET /api/second-factor", {kAdmin, kPerson}},
      {"POST /api/second-factor", {kLogin, kPerson}},
      {"POST /api/second-factor/confirm", {kLogin, kPerson, false, R"({"code":"123456"})"}},
      {"POST /api/second-factor/backup-codes", {kLogin, kPerson}},
      {"POST /api/second-factor/disable", {kLogin, kPerson}},
      {"GET /api/tokens", {kAdmin, kPerson}},
      {"POST /api/tokens", {kLogin, kPerson}},
      {"DELETE /api/tokens/{id}", {kLogin, kPerson}},
      {"GET /api/audit", {kAdmin, kPerson}},
      {"GET /api/export", {kAdmin, kPerson}},
      {"POST /api/backup", {kLogin, kPerson, true}},
      {"POST /api/account/delete", {kLogin, kPerson}},
      {"GET /api/people", {kAdmin, kPerson, true}},
      {"DELETE /api/people/{id}", {kLogin, kPerson, true}},
      {"POST /api/invitations", {kLogin, kPerson, true}},
      {"GET /api/invitations", {kAdmin, kPerson, true}},
      {"DELETE /api/invitations/{id}", {kAdmin, kPerson, true}},
      {"GET /api/shares", {kAdmin, kPerson}},
      {"POST /api/shares", {kAdmin, kPerson}},
      {"DELETE /api/shares/{id}", {kAdmin, kPerson}},
      {"GET /api/jobs", {kAdmin, kPerson, true}},
      {"POST /api/jobs/{service}/{id}/retry", {kAdmin, kPerson, true}},
      {"POST /api/jobs/{service}/{id}/drop", {kAdmin, kPerson, true}},
      {"GET /api/transactions", {kRead, kAccounts}},
      {"POST /api/transactions",
       {kWrite, kAccounts, false,
        R"({"account":"account-of-user123","date":"2026-11-02","amount_minor":-1,"currency":"EUR","description":"x"})"}},
      {"GET /api/transactions/{id}", {kRead, kAccounts}},
      {"PATCH /api/transactions/{id}", {kWrite, kAccounts, false, R"({"category":"dining"})"}},
      {"GET /api/transactions/{id}/why", {kRead, kAccounts}},
      {"GET /api/accounts", {kRead, kAccounts}},
      {"POST /api/accounts", {kWrite, kLedger}},
      {"PUT /api/accounts/{id}", {kWrite, kLedger}},
      {"GET /api/imports", {kRead, kLedger}},
      {"POST /api/imports", {kWrite, kLedger, false, "Date,Amount\n"}},
      {"GET /api/imports/{id}", {kRead, kLedger}},
      {"POST /api/imports/{id}/confirm", {kWrite, kLedger}},
      {"POST /api/imports/{id}/revert", {kWrite, kLedger}},
      {"GET /api/totals", {kRead, kLedger}},
      {"POST /api/transactions/bulk", {kWrite, kLedger}},
      {"POST /api/transactions/undo", {kWrite, kLedger}},
      {"GET /api/transactions/{id}/audit", {kRead, kLedger}},
      {"GET /api/transfers", {kRead, kLedger}},
      {"POST /api/transfers", {kWrite, kLedger}},
      {"POST /api/transfers/{id}/confirm", {kWrite, kLedger}},
      {"POST /api/transfers/{id}/reject", {kWrite, kLedger}},
      {"GET /api/sums", {kRead, kLedger}},
      {"GET /api/cash-flow", {kRead, kLedger}},
      {"GET /api/balances", {kRead, kLedger}},
      {"GET /api/net-worth", {kRead, kLedger}},
      {"GET /api/rules", {kRead, kLedger}},
      {"POST /api/rules", {kWrite, kLedger}},
      {"POST /api/rules/preview", {kWrite, kLedger}},
      {"PUT /api/rules/{id}", {kWrite, kLedger}},
      {"DELETE /api/rules/{id}", {kWrite, kLedger}},
      {"POST /api/rules/{id}/apply", {kWrite, kLedger}},
      {"GET /api/ledger", {kRead, kLedger}},
      {"POST /api/ledger", {kWrite, kLedger}},
      {"DELETE /api/ledger", {kLogin, kLedger}},
      {"GET /api/connections", {kRead, kLedger}},
      {"POST /api/connections", {kLogin, kLedger}},
      {"POST /api/connections/{id}/sync", {kWrite, kLedger}},
      {"PUT /api/connections/{id}/accounts",
       {kWrite, kLedger, false, R"({"id":"a","account":null})"}},
      {"DELETE /api/connections/{id}", {kLogin, kLedger}},
      {"GET /api/statistics", {kRead, kLedger}},
      {"GET /api/recurring", {kRead, kLedger}},
      {"PUT /api/recurring/{id}", {kWrite, kLedger}},
      {"GET /api/forecast", {kRead, kLedger}},
      {"GET /api/insights", {kRead, kLedger}},
      {"GET /api/budgets", {kRead, kLedger}},
      {"PUT /api/budgets", {kWrite, kLedger}},
      {"GET /api/budgets/{id}/periods", {kRead, kLedger}},
      {"GET /api/budgets/{id}/transactions", {kRead, kLedger}},
      {"GET /api/alerts", {kRead, kLedger}},
      {"POST /api/alerts/{id}/ack", {kWrite, kLedger}},
      {"POST /api/alerts/{id}/snooze", {kWrite, kLedger}},
      {"GET /api/channels", {kRead, kLedger}},
      {"PUT /api/channels", {kWrite, kLedger}},
      {"POST /api/channels/test", {kWrite, kLedger}},
      {"GET /api/deliveries", {kRead, kLedger}},
      {"GET /api/fraud/cases", {kRead, kLedger}},
      {"POST /api/fraud/cases/{id}", {kWrite, kLedger, false, R"({"verdict":"right"})"}},
      {"GET /api/fraud/models", {kRead, kLedger}},
      {"GET /api/category/models", {kAdmin, kPerson, true}},
      {"POST /api/category/models/train", {kAdmin, kPerson, true}},
      {"POST /api/category/models/{version}/promote", {kAdmin, kPerson, true}},
  };
  return cases;
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
         house.budgets.Asked().size() + house.predictor.Asked().size() +
         house.fraud.Asked().size() + house.awry_service.Asked().size();
}

std::vector<std::string> AllAsked(House& house) {
  std::vector<std::string> all;
  for (FakeService* service :
       {&house.processor, &house.analyzer, &house.budgets, &house.predictor, &house.fraud}) {
    for (std::string& asked : service->Asked()) all.push_back(std::move(asked));
  }
  return all;
}

void ForgetAll(House& house) {
  for (FakeService* service : {&house.processor, &house.analyzer, &house.budgets, &house.predictor,
                               &house.fraud, &house.awry_service})
    service->Forget();
}

// Calls `body` with (name, method, pattern, case) of every private route.
template <typename Body>
void ForEachCase(const House& house, Body body) {
  for (const auto& [method, pattern] : house.routes) {
    const auto found = Cases().find(method + " " + pattern);
    if (found != Cases().end()) body(found->first, method, pattern, found->second);
  }
}

TEST(Isolation, EveryPrivateRouteOfTheRouterHasACaseAndEveryCaseARoute) {
  House house;
  const auto open = Dashboard::PublicRoutes();
  std::set<std::string> names;
  for (const auto& route : house.routes) {
    if (std::find(open.begin(), open.end(), route) == open.end())
      names.insert(route.first + " " + route.second);
  }
  std::set<std::string> cases;
  for (const auto& [name, unused] : Cases()) cases.insert(name);
  EXPECT_EQ(names, cases);
}

// Ada's things, and what betrays them.
struct Belongings {
  SignedIn ada;
  std::string session_id, token_id, share_id, invitation_id;

  std::string IdFor(const std::string& pattern) const {
    if (pattern.starts_with("/api/sessions")) return session_id;
    if (pattern.starts_with("/api/tokens")) return token_id;
    if (pattern.starts_with("/api/shares")) return share_id;
    if (pattern.starts_with("/api/invitations")) return invitation_id;
    if (pattern.starts_with("/api/imports")) return "import-1";
    if (pattern.starts_with("/api/accounts")) return "account-of-" + ada.user_id;
    return ada.user_id + ".1";
  }
};

std::string FirstId(const std::string& json, std::string_view list) {
  const auto document = awry::codec::JsonDocument::Parse(json);
  CHECK(document.ok());
  return std::string(document->root().Find(list).At(0).Find("id").AsString().value_or(""));
}

// Ada owns the house and one of each thing; she is signed in.
Belongings MakeBelongings(House& house) {
  house.SetUp();
  const SignedIn carol = house.Join("Carol");
  (void)house.MakeToken("read");
  CHECK(house.Send("POST", "/api/shares", R"({"name":"Carol","account":null,"may_edit":true})")
            .status == 201);
  CHECK(house.Send("POST", "/api/imports?name=a.csv", "Date,Amount\n").status == 200);
  CHECK(house.Send("POST", "/api/invitations", "{}").status == 201);
  return {.ada = house.Current(),
          .session_id = FirstId(house.Get("/api/sessions").body, "sessions"),
          .token_id = FirstId(house.Get("/api/tokens").body, "tokens"),
          .share_id = FirstId(house.Get("/api/shares").body, "given"),
          .invitation_id = FirstId(house.Get("/api/invitations").body, "invitations")};
}

// What Ada has, as she sees it.
std::string Inventory(House& house) {
  return house.Get("/api/sessions").body + house.Get("/api/tokens").body +
         house.Get("/api/shares").body + house.Get("/api/imports").body +
         house.Get("/api/invitations").body + house.Get("/api/second-factor").body;
}

TEST(Isolation, NobodyReachesAnothersRowsSessionsTokensOrSharesByAnyRoute) {
  House house;
  const Belongings belongings = MakeBelongings(house);
  const std::string before = Inventory(house);
  const SignedIn eve = house.Join("Eve");
  house.Use(eve);
  ForgetAll(house);
  ForEachCase(house, [&](const std::string& name, const std::string& method,
                         const std::string& pattern, const Case& route) {
    if (name == "POST /api/logout") return;  // ends Eve's session, which the others need
    const HttpResponse answer =
        house.Send(method, Filled(pattern, belongings.IdFor(pattern)), route.body);
    const bool of_ada = pattern.find("{id}") != std::string::npos;
    if (route.owner_only) {
      EXPECT_EQ(answer.status, 403) << name;
    } else if (of_ada) {
      EXPECT_EQ(answer.status, 404) << name;
    }
    EXPECT_EQ(answer.body.find("secret of " + belongings.ada.user_id), std::string::npos) << name;
    if (!of_ada) {  // else it repeats what Eve asked for
      EXPECT_EQ(answer.body.find(belongings.ada.user_id), std::string::npos) << name;
    }
    EXPECT_EQ(answer.body.find("Ada"), std::string::npos) << name << answer.body;
  });
  // The services were never asked as Ada.
  for (const std::string& asked : AllAsked(house)) {
    EXPECT_EQ(asked.find("user_id=" + belongings.ada.user_id), std::string::npos) << asked;
    EXPECT_EQ((asked + "?").find("/" + belongings.ada.user_id + "?"), std::string::npos) << asked;
    EXPECT_EQ(asked.find("/" + belongings.ada.user_id + "/"), std::string::npos) << asked;
  }
  house.Use(belongings.ada);
  EXPECT_EQ(Inventory(house), before);
}

TEST(Isolation, AnApiTokenDoesWhatItsScopeAllowsOnEveryRoute) {
  House house;
  const Belongings belongings = MakeBelongings(house);
  const std::vector<std::pair<Scope, std::string>> tokens = {
      {Scope::kRead, house.MakeToken("read")},
      {Scope::kWrite, house.MakeToken("write")},
      {Scope::kAdmin, house.MakeToken("admin")}};
  ForEachCase(house, [&](const std::string& name, const std::string& method,
                         const std::string& pattern, const Case& route) {
    for (const auto& [scope, token] : tokens) {
      ForgetAll(house);
      const HttpResponse answer =
          house.SendWithToken(token, method, Filled(pattern, "nothing.1"), route.body);
      const bool refused = answer.body.find("scope is not enough") != std::string::npos;
      EXPECT_EQ(refused, scope < route.scope) << name << " with " << ScopeName(scope);
      if (refused) {
        EXPECT_EQ(answer.status, 403) << name;
        EXPECT_EQ(CallsToServices(house), 0u) << name;
      }
      EXPECT_NE(answer.status, 401) << name;
    }
  });
  EXPECT_EQ(house.SendWithToken("fin_made-up", "GET", "/api/me").status, 401);
}

TEST(Isolation, AShareOfOneAccountOpensThatAccountAndNoOtherRoute) {
  House house;
  const Belongings belongings = MakeBelongings(house);
  const SignedIn eve = house.Join("Eve");
  const std::string account = "account-of-" + belongings.ada.user_id;
  ASSERT_EQ(house
                .Send("POST", "/api/shares",
                      "{\"name\":\"Eve\",\"account\":\"" + account + "\",\"may_edit\":false}")
                .status,
            201);
  house.Use(eve);
  const std::string as_ada = "?user=" + belongings.ada.user_id;
  ForEachCase(house, [&](const std::string& name, const std::string& method,
                         const std::string& pattern, const Case& route) {
    if (route.reach == Reach::kPerson) return;
    ForgetAll(house);
    std::string body = route.body;
    constexpr std::string_view kSomebodys = "account-of-user123";
    if (const size_t at = body.find(kSomebodys); at != std::string::npos)
      body.replace(at, kSomebodys.size(), account);
    const int status =
        house.Send(method, Filled(pattern, belongings.ada.user_id + ".1") + as_ada, body).status;
    const bool open = route.reach == Reach::kAccounts && method == "GET";
    EXPECT_EQ(status, open ? 200 : 403) << name;
    if (route.reach == Reach::kLedger) {
      EXPECT_EQ(CallsToServices(house), 0u) << name;
    }
  });
  ASSERT_EQ(house.Get("/api/transactions" + as_ada).status, 200);
  EXPECT_EQ(house.processor.Asked().back(),
            "GET /transactions?user_id=" + belongings.ada.user_id + "&account=" + account);
  EXPECT_EQ(house.Get("/api/transactions" + as_ada + "&account=another").status, 404);
}

TEST(Isolation, OnlyFiveRoutesAreOpenAndAllOfThemExist) {
  House house;
  for (const auto& open : Dashboard::PublicRoutes()) {
    EXPECT_NE(std::find(house.routes.begin(), house.routes.end(), open), house.routes.end())
        << open.second;
  }
  EXPECT_EQ(Dashboard::PublicRoutes().size(), 5u);
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
    if (pattern == "/api/logout")  // the routes after it need a session again
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
