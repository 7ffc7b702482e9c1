#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/api/server_test.h"

namespace awry::api {
namespace {

using query::Attr;
using query::MakeTrace;
using testing::HasSubstr;

constexpr const char* kWindow =
    "query.startTimeMin=2020-09-13T12:00:00Z&query.startTimeMax=2020-09-13T13:00:00.5Z";

void Fill(TestServer& server) {
  server.Add(MakeTrace(0xa, {{.id = 1,
                              .service = "web",
                              .name = "GET /",
                              .attributes = {Attr("b", 1), Attr("a", "x")},
                              .start_ns = 1000,
                              .duration_ns = 5000,
                              .kind = trace::SpanKind::kServer},
                             {.id = 2,
                              .parent = 1,
                              .service = "db",
                              .name = "q",
                              .start_ns = 2000,
                              .duration_ns = 9000,
                              .status = trace::SpanStatus::kError},
                             {.id = 3,
                              .parent = 99,
                              .service = "db",
                              .name = "q",
                              .start_ns = 2500,
                              .duration_ns = 100,
                              .kind = trace::SpanKind::kUnspecified}}));
  server.Add(MakeTrace(0xb, {{.id = 1, .service = "web", .name = "POST /", .start_ns = 5000}}));
}

TEST(JaegerV3, ListsServicesAndOperations) {
  TestServer server;
  Fill(server);
  EXPECT_EQ(server.Get("/api/v3/services").body, R"({"services":["db","web"]})");
  EXPECT_EQ(
      server.Get("/api/v3/operations?service=db").body,
      R"({"operations":[{"name":"q","spanKind":"internal"},{"name":"q","spanKind":"internal"}]})");
  EXPECT_EQ(server.Get("/api/v3/operations?service=web&spanKind=server").body,
            R"({"operations":[{"name":"GET /","spanKind":"server"}]})");
  EXPECT_EQ(server.Get("/api/v3/operations").status, 400);
}

TEST(JaegerV3, GivesATraceAsOtlp) {
  TestServer server;
  Fill(server);
  const auto response = server.Get("/api/v3/traces/a");
  ASSERT_EQ(response.status, 200);
  const auto json = codec::JsonDocument::Parse(response.body);
  ASSERT_TRUE(json.ok());
  const auto first = json->root().Find("result").Find("resourceSpans").At(0);
  EXPECT_EQ(
      first.Find("resource").Find("attributes").At(0).Find("value").Find("stringValue").AsString(),
      "web");
  const auto span = first.Find("scopeSpans").At(0).Find("spans").At(0);
  EXPECT_EQ(span.Find("traceId").AsString(), "0000000000000000000000000000000a");
  EXPECT_EQ(span.Find("kind").AsInt64(), 2);
  EXPECT_EQ(span.Find("startTimeUnixNano").AsString(), "1600000000000001000");
  EXPECT_EQ(span.Find("attributes").At(0).Find("key").AsString(), "a") << "sorted by key";
  EXPECT_THAT(response.body, HasSubstr("@jaeger@warnings"));
  EXPECT_THAT(
      response.body,
      HasSubstr(
          "parent span ID=0000000000000063 is not in the trace; skipping clock skew adjustment"));
  EXPECT_THAT(server.Get("/api/v3/traces/a?rawTraces=true").body,
              testing::Not(HasSubstr("@jaeger@warnings")));
  const auto unknown = server.Get("/api/v3/traces/77");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body, R"({"error":{"httpCode":404,"message":"No traces found"}})"
                          "\n");
  EXPECT_EQ(unknown.header("Content-Type"), "text/plain; charset=utf-8");
}

TEST(JaegerV3, SummarizesTraces) {
  TestServer server;
  Fill(server);
  EXPECT_EQ(
      server.Get(std::string("/api/v3/trace-summaries?query.operationName=q&") + kWindow).body,
      R"({"summaries":[{"traceId":"0000000000000000000000000000000a","rootServiceName":"web","rootOperationName":"GET /",)"
      R"("minStartTimeUnixNano":"1600000000000001000","maxEndTimeUnixNano":"1600000000000011000","spanCount":3,"errorSpanCount":1,)"
      R"("orphanSpanCount":1,"services":[{"name":"db","spanCount":2,"errorSpanCount":1},{"name":"web","spanCount":1}]}]})");
  EXPECT_EQ(
      server.Get(std::string("/api/v3/trace-summaries?query.serviceName=none&") + kWindow).body,
      R"({"summaries":[]})");
}

TEST(JaegerV3, FindsTracesOrAnswers404) {
  TestServer server;
  Fill(server);
  EXPECT_EQ(
      server
          .Get(
              std::string(
                  "/api/v3/traces?query.service_name=web&query.attributes=%7B%22a%22:%22x%22%7D&") +
              kWindow)
          .status,
      200);
  EXPECT_EQ(server.Get(std::string("/api/v3/traces?query.serviceName=none&") + kWindow).status,
            404);
}

TEST(JaegerV3, RefusesBadParameters) {
  TestServer server;
  for (const std::string& target : {
           std::string("/api/v3/traces?query.serviceName=web"),
           std::string("/api/v3/traces?query.startTimeMin=x&query.startTimeMax=y"),
           std::string("/api/v3/"
                       "traces?query.startTimeMin=2020-09-13T13:00:00Z&query.startTimeMax=2020-09-"
                       "13T12:00:00Z"),
           std::string("/api/v3/traces?query.durationMin=5&") + kWindow,
           std::string("/api/v3/traces?query.durationMin=2s&query.durationMax=1s&") + kWindow,
           std::string("/api/v3/traces?query.searchDepth=0&") + kWindow,
           std::string("/api/v3/traces?query.searchDepth=x&") + kWindow,
           std::string("/api/v3/traces?query.attributes=%5B%5D&") + kWindow,
           std::string("/api/v3/traces?query.rawTraces=maybe&") + kWindow,
           std::string("/api/v3/traces/zz"),
           std::string("/api/v3/traces/a?startTime=yesterday"),
       }) {
    const auto response = server.Get(target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_THAT(response.body,
                HasSubstr(R"({"error":{"httpCode":400,"message":"malformed parameter )"))
        << target;
  }
}

}  // namespace
}  // namespace awry::api
