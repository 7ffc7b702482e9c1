#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "awry/api/server_test.h"

namespace awry::api {
namespace {

using query::Attr;
using query::MakeTrace;
using testing::HasSubstr;

// Trace 0x…0a with every quirk of the mapping, and four plain ones, a second apart.
void Fill(TestServer& server) {
  trace::Trace full = MakeTrace(0xa, {{.id = 1,
                                       .service = "web",
                                       .name = "GET /",
                                       .start_ns = 500'000'777,
                                       .duration_ns = 2'000'999,
                                       .kind = trace::SpanKind::kServer},
                                      {.id = 2,
                                       .parent = 1,
                                       .service = "db",
                                       .name = "select",
                                       .start_ns = 500'100'000,
                                       .duration_ns = 1'000'000,
                                       .status = trace::SpanStatus::kError,
                                       .kind = trace::SpanKind::kClient}});
  full.spans[0].attributes = {
      Attr("z", 1),
      Attr("big", int64_t{9007199254740992}),
      Attr("safe", int64_t{9007199254740991}),
      Attr("nan", std::nan("")),
      Attr("ok", true),
      {"raw", trace::Value(trace::ValueView::Bytes(std::string_view("\x00\xff", 2)))}};
  full.spans[0].scope = std::make_shared<trace::Scope>(trace::Scope{.name = "lib", .version = "1"});
  full.spans[0].trace_state = "a=b";
  full.spans[1].status_message = "boom";
  full.spans[1].events = {
      {.time_ns = 500'200'000, .name = "exception", .attributes = {Attr("type", "E")}}};
  full.spans[1].links = {{.trace_id = {1, 2}, .span_id = 3}};
  server.Add(std::move(full));
  for (uint64_t i = 1; i <= 4; ++i) {
    server.Add(
        MakeTrace(i, {{.id = 1,
                       .service = "shop",
                       .name = i % 2 == 0 ? "even" : "odd",
                       .attributes = {Attr("n", static_cast<int64_t>(i)), Attr("user.id", "u1")},
                       .start_ns = static_cast<int64_t>(i) * 1'000'000'000,
                       .duration_ns = static_cast<int64_t>(i) * 1'000'000}}));
  }
}

TEST(JaegerV1, ListsServicesAndOperationsInTheEnvelope) {
  TestServer server;
  Fill(server);
  const auto services = server.Get("/api/services");
  EXPECT_EQ(services.status, 200);
  EXPECT_EQ(services.header("Content-Type"), "application/json");
  EXPECT_EQ(services.header("Traceresponse").size(), 55u);
  EXPECT_EQ(services.body,
            R"({"data":["db","shop","web"],"total":3,"limit":0,"offset":0,"errors":null})");
  EXPECT_EQ(server.Get("/api/services/shop/operations").body,
            R"({"data":["even","odd"],"total":2,"limit":0,"offset":0,"errors":null})");
  EXPECT_EQ(
      server.Get("/api/operations?service=web").body,
      R"({"data":[{"name":"GET /","spanKind":"server"}],"total":1,"limit":0,"offset":0,"errors":null})");
  EXPECT_EQ(server.Get("/api/operations?service=web&spanKind=client").body,
            R"({"data":[],"total":0,"limit":0,"offset":0,"errors":null})");
}

TEST(JaegerV1, ErrorsAreJsonUnderTextPlain) {
  TestServer server;
  const auto missing = server.Get("/api/operations");
  EXPECT_EQ(missing.status, 400);
  EXPECT_EQ(missing.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(missing.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(
      missing.body,
      R"({"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":400,"msg":"parameter 'service' is required"}]})"
      "\n");
  const std::pair<const char*, const char*> rows[] = {
      {"/api/traces", "parameter 'service' is required"},
      {"/api/traces?service=s&start=x", "unable to parse param 'start'"},
      {"/api/traces?service=s&end=1.5", "unable to parse param 'end'"},
      {"/api/traces?service=s&limit=x", "unable to parse param 'limit'"},
      {"/api/traces?service=s&limit=0", "parameter 'limit' must be 1 to 10000"},
      {"/api/traces?service=s&limit=-1", "parameter 'limit' must be 1 to 10000"},
      {"/api/traces?service=s&minDuration=5", "unable to parse param 'minDuration'"},
      {"/api/traces?service=s&minDuration=2s&maxDuration=1s",
       "'maxDuration' should be greater than 'minDuration'"},
      {"/api/traces?service=s&tag=k",
       "malformed 'tag' parameter, expecting key:value, received: k"},
      {"/api/traces?service=s&tags=%7B", "malformed 'tags' parameter, cannot unmarshal JSON"},
      {"/api/traces?service=s&tags=%7B%22a%22:1%7D",
       "malformed 'tags' parameter, cannot unmarshal JSON"},
      {"/api/traces?traceID=xyz!", "cannot parse traceID param"},
      {"/api/traces/nothex", "cannot parse trace id"},
      {"/api/traces/1?raw=maybe", "unable to parse param 'raw'"},
      {"/api/dependencies?endTs=x", "unable to parse param 'endTs'"},
  };
  for (const auto& [target, message] : rows) {
    const auto response = server.Get(target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_THAT(response.body, HasSubstr(message)) << target;
  }
  EXPECT_EQ(server.Get("/api/traces/77").status, 404);
  EXPECT_THAT(server.Get("/api/traces/77").body,
              HasSubstr(R"({"code":404,"msg":"trace not found"})"));
  const auto other = server.Get("/api/unknown");
  EXPECT_EQ(other.status, 404);
  EXPECT_THAT(other.body, HasSubstr("404 page not found"));
}

TEST(JaegerV1, ATraceFieldByField) {
  TestServer server;
  Fill(server);
  const auto response = server.Get("/api/traces/a");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(server.Get("/api/traces/a").body, response.body) << "reading twice gives the same";
  const auto json = codec::JsonDocument::Parse(response.body);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->root().Find("total").AsInt64(), 1);
  const auto trace = json->root().Find("data").At(0);
  EXPECT_EQ(trace.Find("traceID").AsString(), "000000000000000a");
  EXPECT_TRUE(trace.Find("warnings").is_null());
  const auto web = trace.Find("spans").At(0);
  EXPECT_EQ(web.Find("spanID").AsString(), "0000000000000001");
  EXPECT_EQ(web.Find("startTime").AsInt64(), 1'600'000'000'500'000);
  EXPECT_EQ(web.Find("duration").AsInt64(), 2'000);
  EXPECT_EQ(web.Find("references").size(), 0u);
  EXPECT_TRUE(web.Find("references").is_array());
  EXPECT_TRUE(web.Find("warnings").is_null());
  EXPECT_FALSE(web.Find("flags").exists());
  std::string tags;
  codec::JsonWriter(tags).Value(web.Find("tags"));
  EXPECT_EQ(
      tags,
      R"([{"key":"otel.scope.name","type":"string","value":"lib"},{"key":"otel.scope.version","type":"string","value":"1"},)"
      R"({"key":"big","type":"int64","value":"9007199254740992"},{"key":"nan","type":"float64","value":"NaN"},)"
      R"({"key":"ok","type":"bool","value":true},{"key":"raw","type":"binary","value":"AP8="},)"
      R"({"key":"safe","type":"int64","value":9007199254740991},{"key":"z","type":"int64","value":1},)"
      R"({"key":"span.kind","type":"string","value":"server"},{"key":"w3c.tracestate","type":"string","value":"a=b"}])");
  const auto db = trace.Find("spans").At(1);
  EXPECT_EQ(db.Find("references").size(), 2u);
  EXPECT_EQ(db.Find("references").At(0).Find("refType").AsString(), "CHILD_OF");
  EXPECT_EQ(db.Find("references").At(1).Find("refType").AsString(), "FOLLOWS_FROM");
  EXPECT_EQ(db.Find("references").At(1).Find("traceID").AsString(),
            "00000000000000010000000000000002");
  EXPECT_EQ(db.Find("logs").At(0).Find("timestamp").AsInt64(), 1'600'000'000'500'200);
  EXPECT_EQ(db.Find("logs").At(0).Find("fields").At(0).Find("key").AsString(), "event");
  tags.clear();
  codec::JsonWriter(tags).Value(db.Find("tags"));
  EXPECT_EQ(
      tags,
      R"([{"key":"span.kind","type":"string","value":"client"},{"key":"otel.status_code","type":"string","value":"ERROR"},)"
      R"({"key":"error","type":"bool","value":true},{"key":"otel.status_description","type":"string","value":"boom"}])");
  EXPECT_EQ(trace.Find("processes").Find("p2").Find("serviceName").AsString(), "db");
}

TEST(JaegerV1, RawSkipsTheAdjusters) {
  TestServer server;
  server.Add(MakeTrace(
      5, {{.id = 1, .parent = 16, .service = "s", .attributes = {Attr("ip", 2130706433)}}}));
  const std::string adjusted = server.Get("/api/traces/5").body;
  EXPECT_THAT(
      adjusted,
      HasSubstr(
          "parent span ID=0000000000000010 is not in the trace; skipping clock skew adjustment"));
  EXPECT_THAT(adjusted, HasSubstr("127.0.0.1"));
  for (const char* target : {"/api/traces/5?raw=true", "/api/traces?traceID=5&raw=true",
                             "/api/traces?service=s&raw=true"}) {
    const std::string raw = server.Get(target).body;
    EXPECT_THAT(raw, HasSubstr("\"warnings\":null}],")) << target;
    EXPECT_THAT(raw, HasSubstr("2130706433")) << target;
  }
}

TEST(JaegerV1, TakesTraceIdsOfEveryForm) {
  TestServer server;
  Fill(server);
  for (const char* id :
       {"a", "A", "000000000000000a", "0000000000000000000000000000000a",
        "AAAAAAAAAAo=", "AAAAAAAAAAo", "AAAAAAAAAAAAAAAAAAAACg%3D%3D", "AAAAAAAAAAAAAAAAAAAACg"}) {
    EXPECT_EQ(server.Get(std::string("/api/traces/") + id).status, 200) << id;
  }
}

TEST(JaegerV1, PrettyPrintsWithFourSpaces) {
  TestServer server;
  Fill(server);
  EXPECT_THAT(server.Get("/api/services?prettyPrint=true").body,
              HasSubstr("{\n    \"data\": [\n        \"db\","));
  EXPECT_THAT(server.Get("/api/services?prettyPrint=false").body, HasSubstr("{\"data\""));
  EXPECT_THAT(server.Get("/api/operations?prettyPrint=1").body, HasSubstr("\n    \"data\": null"));
}

std::vector<std::string> Found(TestServer& server, const std::string& parameters,
                               uint64_t* total = nullptr) {
  const auto response = server.Get("/api/traces?" + parameters);
  EXPECT_EQ(response.status, 200) << parameters << response.body;
  const auto json = codec::JsonDocument::Parse(response.body);
  std::vector<std::string> ids;
  if (!json.ok()) return ids;
  for (const auto trace : json->root().Find("data").items())
    ids.emplace_back(trace.Find("traceID").AsString().value_or(""));
  for (std::string& id : ids) id.erase(0, id.find_first_not_of('0'));
  if (total != nullptr) *total = json->root().Find("total").AsUInt64().value_or(0);
  return ids;
}

TEST(JaegerV1, SearchesByParametersNewestFirst) {
  TestServer server;
  Fill(server);
  using testing::ElementsAre;
  using testing::IsEmpty;
  EXPECT_THAT(Found(server, "service=shop"), ElementsAre("4", "3", "2", "1"));
  uint64_t total = 0;
  EXPECT_THAT(Found(server, "service=shop&limit=2", &total), ElementsAre("4", "3"));
  EXPECT_EQ(total, 4u);
  EXPECT_THAT(Found(server, "service=shop&operation=odd"), ElementsAre("3", "1"));
  EXPECT_THAT(Found(server, "service=shop&operation=web"), IsEmpty());
  EXPECT_THAT(Found(server, "service=shop&minDuration=2ms&maxDuration=3ms"), ElementsAre("3", "2"));
  EXPECT_THAT(Found(server, "service=shop&start=1600000002000000&end=1600000003000000"),
              ElementsAre("3", "2"));
  EXPECT_THAT(Found(server, "service=shop&tag=n:2"), ElementsAre("2"));
  EXPECT_THAT(Found(server, "service=shop&tag=n:2&tag=n:3"), IsEmpty());
  EXPECT_THAT(Found(server, "service=shop&tags=%7B%22n%22:%223%22,%22user.id%22:%22u1%22%7D"),
              ElementsAre("3"));
  EXPECT_THAT(Found(server, "service=shop&tag=user.id:u2"), IsEmpty());
  EXPECT_THAT(Found(server, "service=db&tag=error:true"), ElementsAre("a"));
  EXPECT_THAT(Found(server, "service=web&tag=error:false"), ElementsAre("a"))
      << "the server's span has no error";
  EXPECT_THAT(Found(server, "service=web&tag=error:true"), IsEmpty()) << "all of one span";
  EXPECT_THAT(Found(server, "service=db&tag=otel.status_code:ERROR"), ElementsAre("a"));
  EXPECT_THAT(Found(server, "service=db&tag=event:exception"), ElementsAre("a"));
  EXPECT_THAT(Found(server, "service=db&tag=type:E"), ElementsAre("a"));
  EXPECT_THAT(Found(server, "service=web&tag=w3c.tracestate:a%3Db"), ElementsAre("a"));
  EXPECT_THAT(Found(server, "service=web&tag=span.kind:server"), ElementsAre("a"));
  EXPECT_THAT(Found(server, "service=nobody"), IsEmpty());
}

TEST(JaegerV1, FetchesTracesByIdAndNamesUnknownOnes) {
  TestServer server;
  Fill(server);
  const auto response = server.Get("/api/traces?traceID=2&traceID=99");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body,
              HasSubstr(R"("errors":[{"msg":"trace not found","traceID":"0000000000000099"}])"));
  EXPECT_THAT(Found(server, "traceID=2&traceID=99&traceID=3"), testing::ElementsAre("2", "3"));
}

TEST(JaegerV1, CountsDependencies) {
  TestServer server;
  Fill(server);
  EXPECT_EQ(
      server.Get("/api/dependencies").body,
      R"({"data":[{"parent":"web","child":"db","callCount":1}],"total":0,"limit":0,"offset":0,"errors":null})");
  EXPECT_THAT(server.Get("/api/dependencies?service=shop").body, HasSubstr("\"data\":[]"));
  EXPECT_THAT(server.Get("/api/dependencies?endTs=1000&lookback=1000").body,
              HasSubstr("\"data\":[]"));
}

}  // namespace
}  // namespace awry::api
