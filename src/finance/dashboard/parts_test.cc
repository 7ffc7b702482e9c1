// The parts that need no server: secrets, the limiter, cookies, sample lists, reasons.
#include <gtest/gtest.h>

#include <chrono>

#include "base/clock.h"
#include "finance/dashboard/acting_rights.h"
#include "finance/dashboard/guard.h"
#include "finance/dashboard/login_limiter.h"
#include "finance/dashboard/reasons.h"
#include "finance/dashboard/secrets.h"
#include "finance/dashboard/totp.h"
#include "finance/dashboard/upstream.h"

namespace finance::dashboard {
namespace {

using namespace std::chrono_literals;
constexpr PasswordCost kCheap{.passes = 1, .memory_bytes = 8192};

TEST(Secrets, APasswordFitsItsOwnHashOnly) {
  const auto hash = HashPassword("correct horse", kCheap);
  ASSERT_TRUE(hash.ok());
  EXPECT_TRUE(PasswordFits(*hash, "correct horse"));
  EXPECT_FALSE(PasswordFits(*hash, "correct horsf"));
  EXPECT_FALSE(PasswordFits(*hash, ""));
  EXPECT_FALSE(PasswordFits("not a hash", "correct horse"));
  EXPECT_NE(*hash, *HashPassword("correct horse", kCheap)) << "each hash has a salt of its own";
}

TEST(Secrets, TheDefaultCostIsArgon2idWith64MiBAndThreePasses) {
  const auto hash = HashPassword("correct horse", {});
  ASSERT_TRUE(hash.ok());
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=65536,t=3,p=1$")) << *hash;
}

TEST(Secrets, AHashOfAnotherCostIsDueForRenewal) {
  const auto hash = HashPassword("correct horse", kCheap);
  ASSERT_TRUE(hash.ok());
  EXPECT_FALSE(NeedsRehash(*hash, kCheap));
  EXPECT_TRUE(NeedsRehash(*hash, {.passes = 2, .memory_bytes = 8192}));
}

TEST(Secrets, TokensDifferAndTheirDigestsShowNothingOfThem) {
  const std::string token = RandomToken();
  EXPECT_NE(token, RandomToken());
  EXPECT_EQ(token.size(), 43u);
  EXPECT_EQ(Digest(token, "session"), Digest(token, "session"));
  EXPECT_NE(Digest(token, "session"), CsrfOf(token));
  EXPECT_EQ(Digest(token, "session").find(token), std::string::npos);
  EXPECT_TRUE(EqualSecrets("abc", "abc"));
  EXPECT_FALSE(EqualSecrets("abc", "abd"));
  EXPECT_FALSE(EqualSecrets("abc", "abcd"));
}

TEST(Totp, AgreesWithTheStandardsOwnTable) {
  // RFC 6238, appendix B, SHA-1 with the secret of 20 digits.
  const std::string secret = "12345678901234567890";
  for (const auto& [unix_s, code] : std::vector<std::pair<int64_t, std::string>>{
           {59, "94287082"},
           {1111111109, "07081804"},
           {1111111111, "14050471"},
           {1234567890, "89005924"},
           {2000000000, "69279037"},
           {20000000000, "65353130"}}) {
    EXPECT_EQ(TotpCode(secret, unix_s / kTotpStepSeconds, 8), code) << unix_s;
  }
}

TEST(Totp, ACodeIsGoodForItsStepAndOneBeforeAndAfterAndNeverTwice) {
  const std::string secret = "12345678901234567890";
  const int64_t now_s = 3000;
  for (const int64_t step : {99, 100, 101})
    EXPECT_EQ(MatchTotp(secret, TotpCode(secret, step), now_s, 0), step);
  for (const int64_t step : {98, 102})
    EXPECT_EQ(MatchTotp(secret, TotpCode(secret, step), now_s, 0), std::nullopt);
  EXPECT_EQ(MatchTotp(secret, TotpCode(secret, 100), now_s, 100), std::nullopt);
  EXPECT_EQ(MatchTotp(secret, TotpCode(secret, 101), now_s, 100), 101);
  for (const char* bad : {"", "12345", "1234567", "abcdef"})
    EXPECT_EQ(MatchTotp(secret, bad, now_s, 0), std::nullopt) << bad;
}

TEST(Totp, SecretsAreWrittenInBase32) {
  // RFC 4648, 10, without padding.
  for (const auto& [bytes, text] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"f", "MY"}, {"fo", "MZXQ"}, {"foo", "MZXW6"}, {"foob", "MZXW6YQ"},
           {"fooba", "MZXW6YTB"}, {"foobar", "MZXW6YTBOI"}})
    EXPECT_EQ(Base32Encode(bytes), text);
}

TEST(LoginLimiter, CountsAttemptsBeforeTheyAreChecked) {
  const awry::base::FakeClock clock(0);
  LoginLimiter limiter(clock, {.attempts_per_peer_max = 2, .checks_at_once_max = 10});
  EXPECT_FALSE(limiter.Begin("a", ""));
  EXPECT_FALSE(limiter.Begin("a", ""));
  EXPECT_TRUE(limiter.Begin("a", ""));  // though neither has failed yet
  EXPECT_FALSE(limiter.Begin("b", ""));
}

TEST(LoginLimiter, TheWholeWorldHasALimitToo) {
  awry::base::FakeClock clock(0);
  LoginLimiter limiter(clock, {.attempts_max = 3});
  for (const char* peer : {"a", "b", "c"}) {
    ASSERT_FALSE(limiter.Begin(peer, ""));
    limiter.Finish(peer, "", false);
  }
  EXPECT_TRUE(limiter.Begin("d", ""));
  clock.Advance(600s);
  EXPECT_FALSE(limiter.Begin("d", ""));
}

TEST(LoginLimiter, OnlySoManyHashesAreComputedAtOnce) {
  const awry::base::FakeClock clock(0);
  LoginLimiter limiter(clock, {.checks_at_once_max = 2});
  EXPECT_FALSE(limiter.Begin("a", ""));
  EXPECT_FALSE(limiter.Begin("b", ""));
  EXPECT_EQ(limiter.Begin("c", ""), 1);
  limiter.Finish("a", "", false);
  EXPECT_FALSE(limiter.Begin("c", ""));
}

TEST(LoginLimiter, MoreAddressesThanItRemembersShareOneCount) {
  const awry::base::FakeClock clock(0);
  LoginLimiter limiter(clock,
                       {.attempts_per_peer_max = 2, .peers_max = 3, .checks_at_once_max = 100});
  for (const char* peer : {"a", "b", "c", "d", "e"}) EXPECT_FALSE(limiter.Begin(peer, ""));
  EXPECT_TRUE(limiter.Begin("f", "")) << "d and e have used up what strangers share";
  EXPECT_FALSE(limiter.Begin("a", ""));
}

TEST(Cookies, AreFoundByTheirWholeName) {
  EXPECT_EQ(FindCookie("a=1; session=x; b=2", "session"), "x");
  EXPECT_EQ(FindCookie("session=", "session"), "");
  EXPECT_EQ(FindCookie("xsession=1; session2=2", "session"), std::nullopt);
  EXPECT_EQ(FindCookie("", "session"), std::nullopt);
  EXPECT_EQ(FindCookie(";;; =;session", "session"), std::nullopt);
}

TEST(SampleUsers, AreReadFromAJsonArrayOfIds) {
  const auto users = ParseSampleUsers(R"(["user123", "user12"])");
  ASSERT_TRUE(users.ok());
  EXPECT_EQ(*users, (std::vector<std::string>{"user123", "user12"}));
  for (const char* bad : {"", "{}", "[1]", R"([""])", R"(["a b"])", R"(["ok", null])"}) {
    EXPECT_FALSE(ParseSampleUsers(bad).ok()) << bad;
  }
}

TEST(Upstream, EncodesWhatStandsInAQuery) {
  EXPECT_EQ(TargetOf("/a", {}), "/a");
  EXPECT_EQ(TargetOf("/a", {{"q", "x&y=z"}, {"n", "1 2"}}), "/a?q=x%26y%3Dz&n=1%202");
}

TEST(Reasons, TakeTheNewestPredictionThatEndedWell) {
  const auto explanation = ReadExplanation(R"({"data":[{"spans":[
    {"operationName":"model_prediction","startTime":5,"tags":[{"key":"prediction.category","value":"cash"},{"key":"error","value":true}]},
    {"operationName":"model_prediction","startTime":3,"tags":[{"key":"prediction.category","value":"dining"},
      {"key":"explain.amount","value":-0.25},{"key":"explain.text:a","value":2},{"key":"explain.odd","value":"x"}]},
    {"operationName":"model_prediction","startTime":1,"tags":[{"key":"prediction.category","value":"home"}]}]}]})");
  ASSERT_TRUE(explanation.ok());
  EXPECT_EQ(explanation->category, "dining");
  ASSERT_EQ(explanation->reasons.size(), 2u);
  EXPECT_EQ(explanation->reasons[0].feature, "text:a");
  EXPECT_EQ(explanation->reasons[1].weight, -0.25);
}

TEST(Reasons, ATraceWithoutAPredictionIsNotFoundAndGarbageIsAnError) {
  EXPECT_EQ(ReadExplanation(R"({"data":[]})").status().code(), awry::base::StatusCode::kNotFound);
  EXPECT_EQ(ReadExplanation(R"({"data":[{"spans":[{"operationName":7}]}]})").status().code(),
            awry::base::StatusCode::kNotFound);
  for (const char* bad : {"", "{", "<html>", "\xff"}) {
    EXPECT_EQ(ReadExplanation(bad).status().code(), awry::base::StatusCode::kInvalidArgument)
        << bad;
  }
}

}  // namespace
}  // namespace finance::dashboard
