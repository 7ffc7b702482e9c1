#include "finance/outbound/outbound.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "net/http_server.h"

namespace finance::outbound {
namespace {

namespace net = awry::net;

bool IsPublic(const char* text) {
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
  } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
  } else {
    ADD_FAILURE() << text;
  }
  return IsPublicAddress(reinterpret_cast<const sockaddr*>(&storage));
}

TEST(IsPublicAddress, RefusesEveryAddressThatTheInternetDoesNotRoute) {
  for (const char* address : {"127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
                              "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.19.255.255",
                              "198.51.100.7", "203.0.113.9", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12::1",
                              "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "2001::1"}) {
    EXPECT_FALSE(IsPublic(address)) << address;
  }
  for (const char* address : {"1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1",
                              "192.167.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "::ffff:1.1.1.1"}) {
    EXPECT_TRUE(IsPublic(address)) << address;
  }
}

TEST(ParseUrl, TakesUserAndPasswordApart) {
  const auto url = ParseUrl("https://us%40er:p%3Ass@bank.example:8443/simplefin/x?y=1");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->user, "us@er");
  EXPECT_EQ(url->password, "p:ss");
  EXPECT_EQ(url->rest, "/simplefin/x?y=1");
  EXPECT_EQ(url->Origin(), "https://bank.example:8443");
  for (const char* bad : {"", "bank", "ftp://bank/x", "file:///etc/passwd", "https://", "javascript:alert(1)"}) {
    EXPECT_FALSE(ParseUrl(bad).ok()) << bad;
  }
  EXPECT_FALSE(ParseUrl("https://a/" + std::string(5'000, 'x')).ok());
}

class Server {
 public:
  Server() {
    net::Router router;
    router.Add("POST", "/echo", [](const net::HttpRequest& request) {
      return net::TextResponse(200, std::string(request.header("authorization")) + "|" + std::string(request.header("x-one")) + "|" + request.body);
    });
    router.Add("GET", "/away", [](const net::HttpRequest&) {
      net::HttpResponse response = net::TextResponse(302, "elsewhere");
      response.headers.emplace_back("Location", "/echo");
      return response;
    });
    router.Add("GET", "/long", [](const net::HttpRequest&) { return net::TextResponse(200, std::string(100'000, 'x')); });
    server_ = std::move(*net::HttpServer::Start({}, router));
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(server_->port()) + path; }

 private:
  std::unique_ptr<net::HttpServer> server_;
};

TEST(Exchange, SendsHeadersBodyAndLogInAndGivesTheAnswer) {
  const Server server;
  const auto answer = Exchange({.method = "POST", .url = server.url("/echo"), .headers = {{"X-One", "1"}}, .body = "hello", .user = "u", .password = "p"},
                               {.allow_local = true});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "Basic dTpw|1|hello");
}

TEST(Exchange, RefusesPlainHttpAndAddressesOfThisNetwork) {
  const Server server;
  EXPECT_EQ(Exchange({.url = server.url("/long")}, {}).status().code(), base::StatusCode::kInvalidArgument);
  std::string https = server.url("/long");
  https.replace(0, 4, "https");
  EXPECT_EQ(Exchange({.url = https}, {}).status().code(), base::StatusCode::kPermissionDenied);
  EXPECT_EQ(Exchange({.url = "https://localhost:1/"}, {}).status().code(), base::StatusCode::kPermissionDenied);
  EXPECT_EQ(Exchange({.url = "https://[::1]:1/"}, {}).status().code(), base::StatusCode::kPermissionDenied);
  EXPECT_EQ(Exchange({.url = "http://a:b@127.0.0.1/"}, {.allow_local = true}).status().code(), base::StatusCode::kInvalidArgument);
}

TEST(Exchange, FollowsNoRedirectAndEndsLongAnswers) {
  const Server server;
  const auto moved = Exchange({.url = server.url("/away")}, {.allow_local = true});
  ASSERT_TRUE(moved.ok());
  EXPECT_EQ(moved->status, 302);
  EXPECT_EQ(Exchange({.url = server.url("/long")}, {.allow_local = true, .answer_bytes_max = 1'000}).status().code(), base::StatusCode::kResourceExhausted);
}

TEST(Exchange, NamesNoUrlAndNoSecretInItsErrors) {
  const auto failed = Exchange({.url = "http://127.0.0.1:1/secret-path", .user = "user", .password = "geheim"}, {.allow_local = true});
  ASSERT_FALSE(failed.ok());
  for (const char* secret : {"secret-path", "user", "geheim", "127.0.0.1"}) {
    EXPECT_EQ(failed.status().message().find(secret), std::string::npos) << failed.status().message();
  }
  EXPECT_EQ(Exchange({.url = "http://127.0.0.1:1/", .headers = {{"A", "b\r\nC: d"}}}, {.allow_local = true}).status().code(), base::StatusCode::kInvalidArgument);
}

TEST(IsMailAddress, TakesAddressesAndNoHeaders) {
  EXPECT_TRUE(IsMailAddress("me@example.org"));
  EXPECT_TRUE(IsMailAddress("a.b+c@sub.example.org"));
  for (const char* bad : {"", "me", "@x", "me@", "a@b@c", "a b@c", "a@b\r\nBcc: x@y", "<a@b>", "a,b@c", "-oQ@x"}) EXPECT_FALSE(IsMailAddress(bad)) << bad;
}

}  // namespace
}  // namespace finance::outbound
