// Whose attempts to log in are counted where many people share an address, or a proxy stands between.
#include "finance/dashboard/trusted_proxies.h"

#include "finance/dashboard/test_house.h"

namespace finance::dashboard {
namespace {

constexpr char kRight[] = R"({"name":"Ada","password":"correct horse"})";
constexpr char kWrong[] = R"({"name":"Ada","password":"wrong horses"})";
constexpr char kStranger[] = R"({"name":"Eve","password":"wrong horses"})";

TrustedProxies Proxies(std::string_view list) {
  auto parsed = TrustedProxies::Parse(list);
  EXPECT_TRUE(parsed.ok()) << parsed.status().ToString();
  return parsed.ok() ? std::move(*parsed) : TrustedProxies();
}

awry::net::HttpRequest From(std::string peer, const std::vector<std::string>& forwarded) {
  awry::net::HttpRequest request;
  request.peer = std::move(peer);
  for (const std::string& one : forwarded) request.headers.emplace_back("x-forwarded-for", one);
  return request;
}

TEST(TrustedProxies, TellWhomTheyWereCalledBy) {
  const TrustedProxies proxies = Proxies("127.0.0.1, 172.18.0.0/16,fd00::/8");
  EXPECT_EQ(proxies.HostOf(From("127.0.0.1:5", {"203.0.113.7"})), "203.0.113.7");
  EXPECT_EQ(proxies.HostOf(From("127.0.0.1:5", {"6.6.6.6, 203.0.113.7"})), "203.0.113.7") << "what stands before it anyone can send";
  EXPECT_EQ(proxies.HostOf(From("127.0.0.1:5", {"6.6.6.6", "203.0.113.7"})), "203.0.113.7") << "the header twice";
  EXPECT_EQ(proxies.HostOf(From("127.0.0.1:5", {"203.0.113.7, 172.18.4.9"})), "203.0.113.7") << "two proxies in a row";
  EXPECT_EQ(proxies.HostOf(From("127.0.0.1:5", {"172.18.4.9"})), "172.18.4.9");
  EXPECT_EQ(proxies.HostOf(From("[fd00::1]:5", {"2001:DB8:0::1"})), "2001:db8::1") << "one spelling";
  EXPECT_EQ(proxies.HostOf(From("[::ffff:127.0.0.1]:5", {"[2001:db8::1]:99"})), "2001:db8::1");
  EXPECT_EQ(proxies.HostOf(From("127.0.0.1:5", {"203.0.113.7:4711"})), "203.0.113.7");
}

TEST(TrustedProxies, NobodyElsesHeaderCounts) {
  const TrustedProxies proxies = Proxies("172.18.0.1");
  EXPECT_EQ(proxies.HostOf(From("203.0.113.7:5", {"1.2.3.4"})), "203.0.113.7");
  EXPECT_EQ(proxies.HostOf(From("172.18.0.2:5", {"1.2.3.4"})), "172.18.0.2");
  EXPECT_EQ(TrustedProxies().HostOf(From("127.0.0.1:5", {"1.2.3.4"})), "127.0.0.1");
  for (const char* garbage : {"", ",", "unknown", "1.2.3.4,", "1.2.3.999", "<script>", "for=1.2.3.4"})
    EXPECT_EQ(proxies.HostOf(From("172.18.0.1:5", {garbage})), "172.18.0.1") << garbage;
  EXPECT_EQ(proxies.HostOf(From("172.18.0.1:5", {})), "172.18.0.1");
}

TEST(TrustedProxies, AreAddressesOrNetworks) {
  for (const char* wrong : {"proxy", "1.2.3.4/33", "1.2.3.4/-1", "::1/129", "1.2.3.4/", "1.2.3", "1.2.3.4/8x"})
    EXPECT_FALSE(TrustedProxies::Parse(wrong).ok()) << wrong;
  EXPECT_EQ(Proxies("").HostOf(From("1.2.3.4:5", {"9.9.9.9"})), "1.2.3.4");
  EXPECT_EQ(Proxies("0.0.0.0/0").HostOf(From("1.2.3.4:5", {"2001:db8::9"})), "2001:db8::9");
  EXPECT_EQ(Proxies("10.0.0.0/9").HostOf(From("10.127.0.1:5", {"9.9.9.9"})), "9.9.9.9");
  EXPECT_EQ(Proxies("10.0.0.0/9").HostOf(From("10.128.0.1:5", {"9.9.9.9"})), "10.128.0.1");
}

TEST(LogIn, AStrangerBehindTheSameAddressLocksNobodyElseOut) {
  House house;
  house.SetUp();
  for (int i = 0; i < 10; ++i) ASSERT_EQ(house.Send("POST", "/api/session", kStranger).status, 401);
  EXPECT_EQ(house.Send("POST", "/api/session", kStranger).status, 429);
  EXPECT_EQ(house.Send("POST", "/api/session", kRight).status, 200);
}

TEST(LogIn, ManyNamesFromOneAddressAreEnoughAtAHundred) {
  House house;
  house.SetUp();
  for (int i = 0; i < 100; ++i) {
    const std::string body = R"({"name":"N)" + std::to_string(i) + R"(","password":"wrong horses"})";
    ASSERT_EQ(house.Send("POST", "/api/session", body).status, 401) << i;
  }
  EXPECT_EQ(house.Send("POST", "/api/session", kRight).status, 429);
}

TEST(LogIn, SuccessOfOnePersonTakesBackOnlyTheirOwnAttempts) {
  const awry::base::FakeClock clock(0);
  LoginLimiter limiter(clock, {.attempts_per_pair_max = 3, .attempts_per_peer_max = 4, .checks_at_once_max = 100});
  const auto fail = [&](const char* name) {
    const bool begun = !limiter.Begin("host", name);
    if (begun) limiter.Finish("host", name, false);
    return begun;
  };
  EXPECT_TRUE(fail("Eve") && fail("Eve") && fail("Ada"));
  ASSERT_FALSE(limiter.Begin("host", "Ada"));
  limiter.Finish("host", "Ada", true);
  EXPECT_TRUE(fail("Eve")) << "Ada's two are taken back";
  EXPECT_FALSE(fail("Eve")) << "Eve's three are not";
  EXPECT_TRUE(fail("Bob"));
  EXPECT_FALSE(fail("Cat")) << "four of this address";
}

TEST(LogIn, BehindATrustedProxyEachAddressHasItsOwnAttempts) {
  House house({.trusted_proxies = Proxies("127.0.0.1")});
  house.SetUp();
  const awry::net::Headers one = {{"X-Forwarded-For", "203.0.113.7"}}, two = {{"X-Forwarded-For", "203.0.113.7, 203.0.113.8"}};
  for (int i = 0; i < 10; ++i) ASSERT_EQ(house.Send("POST", "/api/session", kWrong, one).status, 401);
  EXPECT_EQ(house.Send("POST", "/api/session", kRight, one).status, 429);
  EXPECT_EQ(house.Send("POST", "/api/session", kRight, two).status, 200);
  EXPECT_NE(house.Get("/api/sessions").body.find("203.0.113.8"), std::string::npos) << "the person sees from where";
}

TEST(LogIn, WithoutAProxyTheHeaderChangesNothing) {
  House house;
  house.SetUp();
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(house.Send("POST", "/api/session", kWrong, {{"X-Forwarded-For", "203.0.113." + std::to_string(i)}}).status, 401);
  }
  EXPECT_EQ(house.Send("POST", "/api/session", kRight, {{"X-Forwarded-For", "203.0.113.99"}}).status, 429);
}

}  // namespace
}  // namespace finance::dashboard
