#include "net/http.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "net/http_server.h"

namespace awry::net {
namespace {

HttpRequest Ask(std::string method, std::string target) { return {.method = std::move(method), .target = std::move(target)}; }

Router NamedRouter() {
  Router router;
  const auto answer = [](const HttpRequest& request) {
    std::string text = request.route;
    for (const auto& [name, value] : request.path_params) text += " " + name + "=" + value;
    return TextResponse(200, text);
  };
  for (const char* pattern : {"/", "/a", "/a/{id}", "/a/special", "/a/{id}/b", "/files/{path*}", "/files/index"}) {
    router.Add("GET", pattern, answer);
  }
  router.Add("PUT", "/a/{id}", answer);
  return router;
}

TEST(Router, FindsTheBestFit) {
  const Router router = NamedRouter();
  const auto body = [&](std::string target) {
    HttpRequest request = Ask("GET", std::move(target));
    return router.Dispatch(request).body;
  };
  EXPECT_EQ(body("/"), "/");
  EXPECT_EQ(body("/a?x=1"), "/a");
  EXPECT_EQ(body("/a/special"), "/a/special");
  EXPECT_EQ(body("/a/user%2F1%20"), "/a/{id} id=user/1 ");
  EXPECT_EQ(body("/a/1/b"), "/a/{id}/b id=1");
  EXPECT_EQ(body("/files/x/y%2Fz"), "/files/{path*} path=x/y/z");
  EXPECT_EQ(body("/files/index"), "/files/index");
  EXPECT_EQ(body("/files/"), "/files/{path*} path=");
  EXPECT_EQ(body("/%61"), "/a");
}

TEST(Router, Answers404And405) {
  const Router router = NamedRouter();
  HttpRequest missing = Ask("GET", "/nowhere");
  EXPECT_EQ(router.Dispatch(missing).status, 404);
  HttpRequest empty_name = Ask("GET", "/a/");
  EXPECT_EQ(router.Dispatch(empty_name).status, 404);
  HttpRequest wrong = Ask("DELETE", "/a/1");
  const HttpResponse response = router.Dispatch(wrong);
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.header("allow"), "GET, PUT");
  HttpRequest bad = Ask("GET", "/a/%zz");
  EXPECT_EQ(router.Dispatch(bad).status, 400);
}

TEST(Router, UsesTheFallbackAndListsItsRoutes) {
  Router router = NamedRouter();
  router.SetFallback([](const HttpRequest&) { return TextResponse(418, ""); });
  HttpRequest missing = Ask("GET", "/nowhere");
  EXPECT_EQ(router.Dispatch(missing).status, 418);
  EXPECT_EQ(router.routes().size(), 8u);
  EXPECT_EQ(router.routes()[2], (std::pair<std::string, std::string>("GET", "/a/{id}")));
}

TEST(Router, ReadsTheQuery) {
  Router router;
  router.Add("GET", "/q", [](const HttpRequest& request) {
    const std::string* a = request.query_param("a");
    return TextResponse(200, (a == nullptr ? "none" : *a) + "," + std::to_string(request.query_params.size()));
  });
  HttpRequest request = Ask("GET", "/q?a=1+2%2B3&b&a=x&&c=d=e");
  EXPECT_EQ(router.Dispatch(request).body, "1 2+3,4");
  EXPECT_EQ(request.query_params[3].second, "d=e");
}

TEST(Url, ComesBackTheSame) {
  base::Random random(1);
  for (int i = 0; i < 1'000; ++i) {
    std::string text(random.Below(30), '\0');
    for (char& c : text) c = static_cast<char>(random.Below(256));
    EXPECT_EQ(UrlDecode(UrlEncode(text)).value(), text);
  }
  for (const char* bad : {"%", "%4", "%zz", "abc%f"}) EXPECT_FALSE(UrlDecode(bad).ok()) << bad;
}

TEST(Headers, AreFoundInAnyCase) {
  Headers headers{{"Content-Type", "a"}};
  EXPECT_EQ(FindHeader(headers, "content-TYPE"), "a");
  SetHeader(headers, "CONTENT-type", "b");
  SetHeader(headers, "New", "c");
  EXPECT_EQ(headers.size(), 2u);
  EXPECT_EQ(FindHeader(headers, "Content-Type"), "b");
  EXPECT_EQ(FindHeader(headers, "none"), "");
}

TEST(ErrorResponse, HasTheCodesNameAndItsHttpStatus) {
  const HttpResponse response = ErrorResponse(base::NotFound("no \"such\" thing"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, R"({"error":{"code":"NOT_FOUND","message":"no \"such\" thing"}})");
}

}  // namespace
}  // namespace awry::net
