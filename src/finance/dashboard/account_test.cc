// Password, sessions, the second step, API tokens and the audit log, as their person uses them.
#include <cctype>
#include <chrono>
#include <set>

#include "finance/dashboard/second_factor.h"
#include "finance/dashboard/test_house.h"
#include "finance/dashboard/totp.h"

namespace finance::dashboard {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::net::HttpResponse;
using namespace std::chrono_literals;

constexpr char kRight[] = R"({"name":"Ada","password":"correct horse"})";
constexpr char kPasswordOnly[] = R"({"password":"correct horse"})";

std::vector<std::string> Actions(House& house) {
  const auto document = JsonDocument::Parse(house.Get("/api/audit").body);
  CHECK(document.ok());
  std::vector<std::string> actions;
  for (const JsonValue entry : document->root().Find("entries").items())
    actions.emplace_back(entry.Find("action").AsString().value_or(""));
  return actions;
}

TEST(Password, IsChangedWithTheOldOneAndEndsTheOtherSessions) {
  House house;
  house.SetUp();
  const SignedIn first = house.Current();
  house.TakeSession(house.Send("POST", "/api/session", kRight));
  EXPECT_EQ(house.Send("POST", "/api/password", R"({"current":"wrong","new":"new password"})").status,
            403);
  EXPECT_EQ(house.Send("POST", "/api/password", R"({"current":"correct horse","new":"short"})").status,
            400);
  EXPECT_EQ(
      house.Send("POST", "/api/password", R"({"current":"correct horse","new":"new password"})")
          .status,
      200);
  EXPECT_EQ(house.Get("/api/me").status, 200);
  house.Use(first);
  EXPECT_EQ(house.Get("/api/me").status, 401);
  EXPECT_EQ(house.Send("POST", "/api/session", kRight).status, 401);
  EXPECT_EQ(house.Send("POST", "/api/session", R"({"name":"Ada","password":"new password"})").status,
            200);
}

TEST(Password, IsHashedAgainAtTheNextLogInWhenTheCostIsRaised) {
  House house;
  house.SetUp();
  const auto hash = [&] {
    return house.database().Query("SELECT password_hash FROM person").value()[0].Text(0);
  };
  const auto cheaper = HashPassword(kPassword, {.passes = 2, .memory_bytes = 8192});
  ASSERT_TRUE(cheaper.ok());
  ASSERT_TRUE(house.database().Execute("UPDATE person SET password_hash = $1", {*cheaper}).ok());
  ASSERT_EQ(house.Send("POST", "/api/session", kRight).status, 200);
  EXPECT_NE(hash(), *cheaper);
  EXPECT_FALSE(NeedsRehash(hash(), kCheapPassword));
}

TEST(Sessions, AreListedAndRevokedOneByOneOrAllOthers) {
  House house;
  house.SetUp();
  const SignedIn first = house.Current();
  house.TakeSession(house.Send("POST", "/api/session", kRight, {{"User-Agent", "Phone/1"}}));
  const SignedIn second = house.Current();
  house.TakeSession(house.Send("POST", "/api/session", kRight));
  const std::string list = house.Get("/api/sessions").body;
  EXPECT_NE(list.find("\"agent\":\"Phone/1\",\"current\":false"), std::string::npos) << list;
  EXPECT_EQ(list.find(first.cookie.substr(first.cookie.find('=') + 1)), std::string::npos);
  const auto document = JsonDocument::Parse(list);
  std::string phone;
  for (const JsonValue session : document->root().Find("sessions").items()) {
    if (session.Find("agent").AsString() == "Phone/1")
      phone = std::string(*session.Find("id").AsString());
  }
  EXPECT_EQ(house.Send("DELETE", "/api/sessions/" + phone).status, 200);
  EXPECT_EQ(house.Send("DELETE", "/api/sessions/" + phone).status, 404);
  const SignedIn third = house.Current();
  house.Use(second);
  EXPECT_EQ(house.Get("/api/me").status, 401);
  house.Use(third);
  EXPECT_EQ(house.Send("POST", "/api/sessions/end-others").status, 200);
  EXPECT_EQ(house.Get("/api/me").status, 200);
  house.Use(first);
  EXPECT_EQ(house.Get("/api/me").status, 401);
}

// The second step as an app sees it.
class App {
 public:
  // Enrols who is signed in.
  explicit App(House& house) : house_(house) {
    const HttpResponse enrolled = house.Send("POST", "/api/second-factor", kPasswordOnly);
    EXPECT_EQ(enrolled.status, 200) << enrolled.body;
    uri = TextAt(enrolled.body, {"uri"});
    Decode(TextAt(enrolled.body, {"secret"}));
    const HttpResponse confirmed =
        house.Send("POST", "/api/second-factor/confirm", "{\"code\":\"" + Code() + "\"}");
    EXPECT_EQ(confirmed.status, 200) << confirmed.body;
    const auto document = JsonDocument::Parse(confirmed.body);
    for (const JsonValue code : document->root().Find("backup_codes").items())
      backup_codes.emplace_back(code.AsString().value_or(""));
  }
  std::string Code() const {
    return TotpCode(secret_, house_.clock.NowUnixNs() / 1'000'000'000 / kTotpStepSeconds);
  }
  // Logs in with the password; returns the challenge.
  std::string Challenge() {
    const HttpResponse first = house_.Send("POST", "/api/session", kRight);
    EXPECT_EQ(first.status, 202) << first.body;
    EXPECT_TRUE(first.header("Set-Cookie").empty());
    EXPECT_EQ(TextAt(first.body, {"second_factor"}), "totp");
    return TextAt(first.body, {"challenge"});
  }
  HttpResponse Answer(const std::string& challenge, const std::string& code) {
    return house_.Send("POST", "/api/session/code",
                       "{\"challenge\":\"" + challenge + "\",\"code\":\"" + code + "\"}");
  }

  std::string uri;
  std::vector<std::string> backup_codes;

 private:
  void Decode(const std::string& base32) {
    uint32_t bits = 0;
    int held = 0;
    for (const char c : base32) {
      bits = bits << 5 | static_cast<uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
      held += 5;
      if (held < 8) continue;
      held -= 8;
      secret_.push_back(static_cast<char>(bits >> held & 0xff));
    }
  }

  House& house_;
  std::string secret_;
};

TEST(SecondStep, IsAskedForAfterThePasswordAndOpensTheSession) {
  House house;
  house.SetUp();
  App app(house);
  EXPECT_TRUE(app.uri.starts_with("otpauth://totp/Awry%20Finance:Ada?secret=")) << app.uri;
  EXPECT_EQ(app.backup_codes.size(), static_cast<size_t>(kBackupCodes));
  EXPECT_NE(house.Get("/api/me").body.find("\"second_factor\":true"), std::string::npos);
  house.Use({});
  house.clock.Advance(30s);
  const std::string challenge = app.Challenge();
  EXPECT_EQ(app.Answer(challenge, "000000").status, 401);
  EXPECT_EQ(app.Answer("made up", app.Code()).status, 401);
  const HttpResponse in = app.Answer(challenge, app.Code());
  ASSERT_EQ(in.status, 200) << in.body;
  house.TakeSession(in);
  EXPECT_EQ(house.Get("/api/me").status, 200);
}

TEST(SecondStep, ACodeIsTakenOnceEvenWithAnotherChallenge) {
  House house;
  house.SetUp();
  App app(house);
  EXPECT_EQ(app.Answer(app.Challenge(), app.Code()).status, 401) << "used to confirm";
  house.clock.Advance(30s);
  const std::string code = app.Code();
  const std::string challenge = app.Challenge();
  EXPECT_EQ(app.Answer(challenge, code).status, 200);
  EXPECT_EQ(app.Answer(challenge, code).status, 401);
  EXPECT_EQ(app.Answer(app.Challenge(), code).status, 401);
}

TEST(SecondStep, AChallengeEndsAfterFiveTriesOrFiveMinutes) {
  House house;
  house.SetUp();
  App app(house);
  house.clock.Advance(30s);
  const std::string tried = app.Challenge();
  for (int i = 0; i < kChallengeAttemptsMax; ++i)
    ASSERT_EQ(app.Answer(tried, "000000").status, 401);
  EXPECT_EQ(app.Answer(tried, app.Code()).status, 401);
  const std::string waited = app.Challenge();
  house.clock.Advance(300s);
  EXPECT_EQ(app.Answer(waited, app.Code()).status, 401);
}

TEST(SecondStep, WrongCodesCountAgainstTheNameEvenThoughThePasswordIsRight) {
  House house({.login_limits = {.attempts_per_peer_max = 1000, .attempts_per_name_max = 20}});
  house.SetUp();
  App app(house);
  int tries = 0;
  for (;;) {
    const HttpResponse first = house.Send("POST", "/api/session", kRight);
    if (first.status == 429) break;
    ASSERT_EQ(first.status, 202);
    for (int i = 0; i < kChallengeAttemptsMax; ++i, ++tries)
      ASSERT_EQ(app.Answer(TextAt(first.body, {"challenge"}), "000000").status, 401);
    ASSERT_LT(tries, 100);
  }
  EXPECT_LE(tries, 25);
}

TEST(SecondStep, ABackupCodeWorksOnceAndOnlyItsDigestIsStored) {
  House house;
  house.SetUp();
  App app(house);
  const std::string code = app.backup_codes[3];
  const auto rows = house.database().Query("SELECT digest FROM backup_code");
  ASSERT_TRUE(rows.ok());
  for (const auto& row : *rows) EXPECT_EQ(row.Text(0).find(code.substr(0, 4)), std::string::npos);
  std::string shouted;
  for (const char c : code) {
    if (c != '-') shouted.push_back(static_cast<char>(std::toupper(c)));
  }
  EXPECT_EQ(app.Answer(app.Challenge(), shouted).status, 200);
  EXPECT_EQ(app.Answer(app.Challenge(), code).status, 401);
  EXPECT_NE(house.Get("/api/second-factor").body.find("\"backup_codes_left\":9"),
            std::string::npos);
}

TEST(SecondStep, IsNotOnBeforeItsFirstCodeAndIsSwitchedOffWithThePassword) {
  House house;
  house.SetUp();
  ASSERT_EQ(house.Send("POST", "/api/second-factor", kPasswordOnly).status, 200);
  EXPECT_EQ(house.Send("POST", "/api/second-factor/confirm", R"({"code":"12345"})").status, 400);
  EXPECT_EQ(house.Send("POST", "/api/session", kRight).status, 200);
  const App app(house);
  EXPECT_EQ(house.Send("POST", "/api/second-factor", kPasswordOnly).status, 409);
  EXPECT_EQ(house.Send("POST", "/api/second-factor/disable", R"({"password":"wrong"})").status, 403);
  EXPECT_EQ(house.Send("POST", "/api/second-factor/disable", kPasswordOnly).status, 200);
  EXPECT_EQ(house.Send("POST", "/api/session", kRight).status, 200);
  EXPECT_EQ(house.Send("POST", "/api/second-factor/backup-codes", kPasswordOnly).status, 409);
}

TEST(SecondStep, TheSecretIsNotReadableInTheDatabase) {
  House house;
  house.SetUp();
  const HttpResponse enrolled = house.Send("POST", "/api/second-factor", kPasswordOnly);
  const auto rows = house.database().Query("SELECT sealed_secret, user_id FROM second_factor");
  ASSERT_TRUE(rows.ok());
  const std::string sealed = (*rows)[0].Text(0);
  EXPECT_FALSE(Unseal(std::string(kSealKeyBytes, 'x'), (*rows)[0].Text(1), sealed).ok());
  EXPECT_FALSE(Unseal(std::string(kSealKeyBytes, 'k'), "somebody else", sealed).ok());
  const auto secret = Unseal(std::string(kSealKeyBytes, 'k'), (*rows)[0].Text(1), sealed);
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(Base32Encode(*secret), TextAt(enrolled.body, {"secret"}));
}

TEST(ApiTokens, AreShownOnceStoredAsDigestsAndEndWhenRevokedOrOld) {
  House house;
  house.SetUp();
  const HttpResponse made =
      house.Send("POST", "/api/tokens", R"({"name":"phone","scope":"read","days":2})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string token = TextAt(made.body, {"token"});
  const std::string list = house.Get("/api/tokens").body;
  EXPECT_EQ(list.find(token), std::string::npos);
  EXPECT_NE(list.find("\"name\":\"phone\",\"scope\":\"read\""), std::string::npos) << list;
  EXPECT_NE(list.find("\"used_ns\":null"), std::string::npos);
  const auto rows = house.database().Query("SELECT digest FROM api_token");
  EXPECT_EQ((*rows)[0].Text(0).find(token.substr(4)), std::string::npos);

  house.clock.Advance(48h - 1s);
  EXPECT_EQ(house.SendWithToken(token, "GET", "/api/transactions").status, 200);
  EXPECT_EQ(house.Get("/api/tokens").body.find("\"used_ns\":null"), std::string::npos);
  house.clock.Advance(1s);
  EXPECT_EQ(house.SendWithToken(token, "GET", "/api/transactions").status, 401);

  const std::string other = house.MakeToken("write");
  EXPECT_EQ(house.SendWithToken(other, "POST", "/api/transactions/undo").status, 200)
      << "no page's token is asked for";
  const auto document = JsonDocument::Parse(house.Get("/api/tokens").body);
  for (const JsonValue one : document->root().Find("tokens").items()) {
    ASSERT_EQ(
        house.Send("DELETE", "/api/tokens/" + std::string(*one.Find("id").AsString())).status, 200);
  }
  EXPECT_EQ(house.SendWithToken(other, "GET", "/api/transactions").status, 401);
}

TEST(ApiTokens, RefuseAWrongNameScopeOrAge) {
  House house;
  house.SetUp();
  for (const char* body :
       {"{}", R"({"name":"","scope":"read"})", R"({"name":"a","scope":"log-in"})",
        R"({"name":"a","scope":"READ"})", R"({"name":"a","scope":"read","days":-1})",
        R"({"name":"a","scope":"read","days":3651})", R"({"name":"a","scope":"read","days":"2"})"}) {
    EXPECT_EQ(house.Send("POST", "/api/tokens", body).status, 400) << body;
  }
}

TEST(AuditLog, TellsWhatHappenedToItsPersonAndFailuresToo) {
  House house;
  house.SetUp();
  ASSERT_EQ(house.Send("POST", "/api/session", R"({"name":"Ada","password":"wrong horses"})").status,
            401);
  ASSERT_EQ(house.Send("POST", "/api/session", R"({"name":"Nobody","password":"wrong"})").status,
            401);
  ASSERT_EQ(house.Send("POST", "/api/session", kRight).status, 200);
  (void)house.MakeToken("read");
  EXPECT_EQ(Actions(house), (std::vector<std::string>{"token.made", "login", "login.failed",
                                                      "login.failed", "owner.made"}));
  const SignedIn eve = house.Join("Eve");
  house.Use(eve);
  EXPECT_EQ(Actions(house), (std::vector<std::string>{"person.joined"}));
}

TEST(AuditLog, IsReadPageByPage) {
  House house;
  house.SetUp();
  for (int i = 0; i < 3; ++i) (void)house.MakeToken("read");
  const std::string first = house.Get("/api/audit?limit=2").body;
  const auto document = JsonDocument::Parse(first);
  const auto next = document->root().Find("next").AsInt64();
  ASSERT_TRUE(next.has_value()) << first;
  const std::string rest = house.Get("/api/audit?before=" + std::to_string(*next)).body;
  EXPECT_NE(rest.find("owner.made"), std::string::npos);
  EXPECT_NE(rest.find("\"next\":null"), std::string::npos);
  EXPECT_EQ(house.Get("/api/audit?limit=0").status, 400);
  EXPECT_EQ(house.Get("/api/audit?before=x").status, 400);
}

TEST(AuditLog, CannotBeChangedOrDeletedEvenInTheDatabase) {
  House house;
  house.SetUp();
  EXPECT_FALSE(house.database().Execute("UPDATE audit SET action = 'nothing'").ok());
  EXPECT_FALSE(house.database().Execute("DELETE FROM audit").ok());
  EXPECT_EQ(Actions(house), (std::vector<std::string>{"owner.made"}));
}

}  // namespace
}  // namespace finance::dashboard
