#include "awry/ingest/cors.h"

#include <gtest/gtest.h>

#include "awry/ingest/fake_store.h"
#include "awry/ingest/otlp_receiver.h"
#include "awry/ingest/zipkin_receiver.h"
#include "net/http_client.h"

namespace awry::ingest {
namespace {

TEST(OriginAllowed, KnowsOriginsAndOneStar) {
  const std::vector<std::string> some = {"https://shop.example", "https://*.dev.example"};
  EXPECT_TRUE(OriginAllowed(some, "https://shop.example"));
  EXPECT_TRUE(OriginAllowed(some, "https://a.b.dev.example"));
  EXPECT_FALSE(OriginAllowed(some, "https://shop.example.evil"));
  EXPECT_FALSE(OriginAllowed(some, "http://shop.example"));
  EXPECT_FALSE(OriginAllowed(some, "https://dev.example"));
  EXPECT_FALSE(OriginAllowed({}, "https://shop.example"));
  EXPECT_TRUE(OriginAllowed({"*"}, "null"));
}

TEST(OriginPattern, IsWhatABrowserSays) {
  EXPECT_EQ(ParseOriginPattern("https://Shop.Example/").value(), "https://shop.example");
  EXPECT_EQ(ParseOriginPattern("http://localhost:3000").value(), "http://localhost:3000");
  EXPECT_EQ(ParseOriginPattern("https://*.dev.example").value(), "https://*.dev.example");
  EXPECT_EQ(ParseOriginPattern("*").value(), "*");
  for (const char* text : {"", "not an origin", "shop.example", "https://", "https://a.example/path", "https://a.example, https://b.example"})
    EXPECT_EQ(ParseOriginPattern(text).status().code(), base::StatusCode::kInvalidArgument) << text;
}

net::HttpResponse Ask(const Receiver& receiver, const std::string& method,
                      const std::string& target, net::Headers headers, std::string body = {}) {
  const auto client =
      net::HttpClient::Create("http://127.0.0.1:" + std::to_string(receiver.port()));
  auto response = (*client)->Send(
      {.method = method, .target = target, .headers = std::move(headers), .body = std::move(body)});
  EXPECT_TRUE(response.ok()) << response.status().ToString();
  return response.ok() ? *response : net::HttpResponse{.status = 0};
}

TEST(Cors, APageOfAnAllowedOriginMaySendAndReadTheAnswer) {
  FakeStore store;
  const auto otlp = *StartOtlpHttp(store, {.cors_origins = {"https://shop.example"}});
  const net::HttpResponse preflight =
      Ask(*otlp, "OPTIONS", "/v1/traces",
          {{"Origin", "https://shop.example"},
           {"Access-Control-Request-Method", "POST"},
           {"Access-Control-Request-Headers", "content-type,x-key"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "https://shop.example");
  EXPECT_EQ(preflight.header("Access-Control-Allow-Methods"), "POST");
  EXPECT_EQ(preflight.header("Access-Control-Allow-Headers"), "content-type,x-key");
  const net::HttpResponse sent =
      Ask(*otlp, "POST", "/v1/traces",
          {{"Origin", "https://shop.example"}, {"Content-Type", "application/json"}}, "{}");
  EXPECT_EQ(sent.status, 200);
  EXPECT_EQ(sent.header("Access-Control-Allow-Origin"), "https://shop.example");
  EXPECT_EQ(sent.header("Vary"), "Origin");
  const net::HttpResponse damaged = Ask(*otlp, "POST", "/v1/traces",
                                        {{"Origin", "https://shop.example"},
                                         {"Content-Type", "application/json"},
                                         {"Content-Encoding", "gzip"}},
                                        "x");
  EXPECT_EQ(damaged.status, 400);
  EXPECT_EQ(damaged.header("Access-Control-Allow-Origin"), "https://shop.example")
      << "or the page sees no error";
}

TEST(Cors, AnotherOriginIsToldNothing) {
  FakeStore store;
  const auto zipkin = *StartZipkin(store, {.cors_origins = {"https://shop.example"}});
  const net::HttpResponse preflight =
      Ask(*zipkin, "OPTIONS", "/api/v2/spans",
          {{"Origin", "https://other.example"}, {"Access-Control-Request-Method", "POST"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(preflight.header("Access-Control-Allow-Methods"), "");
  const net::HttpResponse own =
      Ask(*zipkin, "POST", "/api/v2/spans", {{"Content-Type", "application/json"}}, "[]");
  EXPECT_EQ(own.status, 202);
  EXPECT_EQ(own.header("Access-Control-Allow-Origin"), "");
}

TEST(Cors, WithoutAnOriginPreflightsAreRefusedAsEver) {
  FakeStore store;
  const auto otlp = *StartOtlpHttp(store, {});
  EXPECT_EQ(Ask(*otlp, "OPTIONS", "/v1/traces", {{"Origin", "https://shop.example"}}).status, 405);
}

TEST(Cors, AHeaderListThatIsNoneIsNotRepeated) {
  net::HttpRequest request;
  request.headers = {{"Origin", "https://a"},
                     {"Access-Control-Request-Headers", "x: y\r\nEvil: 1"}};
  EXPECT_EQ(AnswerPreflight({"*"}, request).header("Access-Control-Allow-Headers"), "");
}

}  // namespace
}  // namespace awry::ingest
