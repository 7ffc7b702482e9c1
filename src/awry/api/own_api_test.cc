#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/api/label_json.h"
#include "awry/api/status_meter.h"
#include "awry/api/server_test.h"
#include "wire/otlp_proto.h"

namespace awry::api {
namespace {

using query::Attr;
using query::MakeTrace;
using testing::HasSubstr;

// Wrong answers come from the cut key: `wrong` traces of `n`.
void FillStory(TestServer& server, uint64_t n) {
  for (uint64_t i = 1; i <= n; ++i) {
    const bool wrong = i % 4 == 0;
    const std::string user = "user" + std::to_string(1000 + i);
    const std::string owner = wrong ? user.substr(0, 6) : user;
    server.Add(MakeTrace(i, {{.id = 1,
                              .service = "predictor",
                              .name = "categorize",
                              .attributes = {Attr("user_id", user.c_str())},
                              .start_ns = static_cast<int64_t>(i) * 1'000'000'000,
                              .duration_ns = 5'000'000,
                              .kind = trace::SpanKind::kServer},
                             {.id = 2,
                              .parent = 1,
                              .service = "predictor",
                              .name = "fetch",
                              .attributes = {Attr("patterns.user_id", owner.c_str())},
                              .start_ns = static_cast<int64_t>(i) * 1'000'000'000 + 1'000,
                              .duration_ns = 1'000'000}}));
  }
}

std::string LabelsOf(uint64_t n) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginArray();
  for (uint64_t i = 1; i <= n; ++i) {
    json.BeginObject()
        .Key("trace_id")
        .String(trace::ToHex({0, i}))
        .Key("label")
        .String(i % 4 == 0 ? "wrong" : "right")
        .EndObject();
  }
  json.EndArray();
  return out;
}

codec::JsonDocument Json(const net::HttpResponse& response) {
  auto json = codec::JsonDocument::Parse(response.body);
  EXPECT_TRUE(json.ok()) << response.body;
  return json.ok() ? *std::move(json) : *codec::JsonDocument::Parse("null");
}

TEST(Labels, ArePostedOnceListedAndDeleted) {
  TestServer server;
  const std::string label =
      R"([{"trace_id":"A1","span_id":"2","label":"wrong","expected":"groceries","actual":"fun","source":"user","note":"é"}])";
  EXPECT_EQ(server.Send("POST", "/api/v1/labels", label).body, R"({"created":1,"unchanged":0})");
  EXPECT_EQ(server.Send("POST", "/api/v1/labels", label).body, R"({"created":0,"unchanged":1})");
  const auto listed = Json(server.Get("/api/v1/labels?trace_id=a1"));
  const auto got = listed.root().Find("labels").At(0);
  EXPECT_EQ(got.Find("trace_id").AsString(), "000000000000000000000000000000a1");
  EXPECT_EQ(got.Find("span_id").AsString(), "0000000000000002");
  EXPECT_EQ(got.Find("label").AsString(), "wrong");
  EXPECT_EQ(got.Find("expected").AsString(), "groceries");
  EXPECT_EQ(got.Find("note").AsString(), "é");
  const std::string id(got.Find("id").AsString().value_or(""));
  ASSERT_FALSE(id.empty());
  EXPECT_EQ(server.Send("DELETE", "/api/v1/labels/" + id).status, 200);
  EXPECT_EQ(server.Send("DELETE", "/api/v1/labels/" + id).status, 404);
  EXPECT_EQ(server.Get("/api/v1/labels").body, R"({"labels":[]})");
}

TEST(Labels, RefusesBadOnesByPlace) {
  TestServer server;
  const std::pair<const char*, const char*> rows[] = {
      {"[", "request body is no JSON"},
      {"5", "labels must be an array"},
      {R"([{"trace_id":"1","label":"right"},{"trace_id":"x","label":"right"}])",
       "labels[1]: 'trace_id' must be"},
      {R"([{"trace_id":"0","label":"right"}])", "labels[0]: 'trace_id' must be"},
      {R"([{"trace_id":"1","label":"bad"}])", "'label' must be"},
      {R"([{"trace_id":"1","label":"right","span_id":"xyz"}])", "'span_id' must be"},
      {R"([{"trace_id":"1","label":"right","note":5}])", "'note' must be a string"},
      {R"([7])", "labels[0]: a label must be an object"},
  };
  for (const auto& [body, message] : rows) {
    const auto response = server.Send("POST", "/api/v1/labels", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_THAT(response.body, HasSubstr(message)) << body;
  }
  EXPECT_EQ(server.Get("/api/v1/labels").body, R"({"labels":[]})") << "all or nothing";
  const std::string long_note(kLabelTextBytesMax, 'x');
  EXPECT_EQ(server
                .Send("POST", "/api/v1/labels",
                      R"([{"trace_id":"1","label":"right","note":")" + long_note + "\"}]")
                .status,
            200);
  EXPECT_EQ(server
                .Send("POST", "/api/v1/labels",
                      R"([{"trace_id":"1","label":"right","note":"x)" + long_note + "\"}]")
                .status,
            400);
}

TEST(Search, FindsPagesAndSelects) {
  TestServer server;
  FillStory(server, 10);
  ASSERT_EQ(server.Send("POST", "/api/v1/labels", LabelsOf(10)).status, 200);
  const auto response =
      server.Send("POST", "/api/v1/search", R"({"query":"{ label = wrong }","limit":1})");
  ASSERT_EQ(response.status, 200);
  const auto page = Json(response);
  EXPECT_EQ(page.root().Find("total").AsInt64(), 2);
  const auto hit = page.root().Find("traces").At(0);
  EXPECT_EQ(hit.Find("trace_id").AsString(), trace::ToHex({0, 8}));
  EXPECT_EQ(hit.Find("root").Find("service").AsString(), "predictor");
  EXPECT_EQ(hit.Find("root").Find("name").AsString(), "categorize");
  EXPECT_EQ(hit.Find("start_ns").AsInt64(), kStartNs + 8'000'000'000);
  EXPECT_EQ(hit.Find("duration_ns").AsInt64(), 5'000'000);
  EXPECT_EQ(hit.Find("spans").AsInt64(), 2);
  EXPECT_EQ(hit.Find("errors").AsInt64(), 0);
  EXPECT_EQ(hit.Find("services").size(), 1u);
  EXPECT_EQ(hit.Find("services").At(0).Find("name").AsString(), "predictor");
  EXPECT_EQ(hit.Find("services").At(0).Find("spans").AsInt64(), 2);
  EXPECT_EQ(hit.Find("labels").At(0).Find("label").AsString(), "wrong");
  const std::string cursor(page.root().Find("next_cursor").AsString().value_or(""));
  const auto next =
      Json(server.Send("POST", "/api/v1/search",
                       R"({"query":"{ label = wrong }","limit":1,"cursor":")" + cursor + "\"}"));
  EXPECT_EQ(next.root().Find("traces").At(0).Find("trace_id").AsString(), trace::ToHex({0, 4}));
  EXPECT_FALSE(next.root().Find("next_cursor").exists());
  const auto relation = Json(server.Send(
      "POST", "/api/v1/search",
      R"q({"query":"{ span.patterns.user_id != trace.user_id } | select(span.patterns.user_id)"})q"));
  EXPECT_EQ(relation.root().Find("total").AsInt64(), 2);
  EXPECT_EQ(relation.root()
                .Find("traces")
                .At(0)
                .Find("matched")
                .At(0)
                .Find("select")
                .At(0)
                .Find("value")
                .AsString(),
            "user10");
  const auto windowed = Json(server.Send(
      "POST", "/api/v1/search",
      R"({"query":"{}","start":"2020-09-13T12:26:43Z","end":"2020-09-13T12:26:44.5Z"})"));
  EXPECT_EQ(windowed.root().Find("total").AsInt64(), 2);
  EXPECT_THAT(
      server.Send("POST", "/api/v1/search", R"({"query":"{ name = \"fetch\" }","explain":true})")
          .body,
      HasSubstr("scan spans: name="));
}

TEST(Search, RefusesWithThePlace) {
  TestServer server;
  const auto response = server.Send("POST", "/api/v1/search", R"({"query":"{ name = }"})");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(
      response.body,
      R"({"error":{"code":"INVALID_ARGUMENT","message":"query does not parse: column 10: expected a value after '=', found '}'",)"
      R"("details":[{"column":10,"expected":"a value after '='","found":"}"}]}})");
  for (const char* body :
       {"{", "[]", R"({"query":5})", R"({"query":"{}","limit":0})",
        R"({"query":"{}","limit":10001})", R"({"query":"{}","limit":"x"})",
        R"({"query":"{}","start":"yesterday"})", R"({"query":"{}","start":5})",
        R"({"query":"{}","cursor":"x"})",
        R"({"query":"{}","start":"2021-01-01T00:00:00Z","end":"2020-01-01T00:00:00Z"})"}) {
    EXPECT_EQ(server.Send("POST", "/api/v1/search", body).status, 400) << body;
  }
}

TEST(Why, NamesTheCauseOfLabelledTraces) {
  TestServer server;
  FillStory(server, 200);
  ASSERT_EQ(server.Send("POST", "/api/v1/labels", LabelsOf(200)).status, 200);
  const auto response = server.Send("POST", "/api/v1/why", "{}");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto answer = Json(response);
  EXPECT_EQ(answer.root().Find("traces").Find("bad").AsInt64(), 50);
  ASSERT_GE(answer.root().Find("causes").size(), 1u);
  EXPECT_THAT(
      std::string(answer.root().Find("causes").At(0).Find("statement").AsString().value_or("")),
      HasSubstr("patterns.user_id"));
  const auto stream = server.Send("POST", "/api/v1/why", "{}", {{"Accept", "text/event-stream"}});
  EXPECT_EQ(stream.header("Content-Type"), "text/event-stream");
  EXPECT_THAT(stream.body, HasSubstr("event: progress\ndata: {\"step\":"));
  EXPECT_THAT(stream.body, HasSubstr("event: answer\ndata: {\"traces\":"));
}

TEST(Why, RefusesBadQuestions) {
  TestServer server;
  FillStory(server, 5);
  EXPECT_EQ(server.Send("POST", "/api/v1/why", R"({"trace_id":"zz"})").status, 400);
  EXPECT_EQ(server.Send("POST", "/api/v1/why", R"({"trace_id":"77"})").status, 404);
  EXPECT_EQ(server.Send("POST", "/api/v1/why", R"({"good":"{}"})").status, 400);
  EXPECT_EQ(server.Send("POST", "/api/v1/why", R"({"onset":"soon"})").status, 400);
  EXPECT_EQ(server.Send("POST", "/api/v1/why", R"({"trace_id":"1","onset":"2020-09-13T12:00:00Z"})")
                .status,
            400);
  const auto nowhere = server.Send("POST", "/api/v1/why", R"({"bad":"{ name = \"nowhere\" }"})");
  EXPECT_EQ(nowhere.status, 400);
  EXPECT_THAT(nowhere.body, HasSubstr("no trace"));
  EXPECT_THAT(server.Send("POST", "/api/v1/why", R"({"bad":"{ name = }"})").body,
              HasSubstr("\"column\":10"));
  EXPECT_THAT(
      server.Send("POST", "/api/v1/why", R"({"trace_id":"77"})", {{"Accept", "text/event-stream"}})
          .body,
      HasSubstr("event: error\n"));
}

TEST(Why, TellsWhatIsUnusualInATraceAndProposesInvariants) {
  TestServer server;
  FillStory(server, 100);
  EXPECT_EQ(server.Get("/api/v1/traces/zz/unusual").status, 400);
  EXPECT_EQ(server.Get("/api/v1/traces/fff/unusual").status, 404);
  const auto facts = server.Get("/api/v1/traces/4/unusual");
  ASSERT_EQ(facts.status, 200);
  EXPECT_TRUE(Json(facts).root().Find("facts").is_array());
  const auto invariants = server.Get("/api/v1/invariants");
  ASSERT_EQ(invariants.status, 200) << invariants.body;
  EXPECT_TRUE(Json(invariants).root().Find("invariants").is_array());
}

TEST(Findings, AreListedAndRefuseBadChanges) {
  TestServer server;
  EXPECT_EQ(server.Get("/api/v1/findings").body, R"({"findings":[]})");
  EXPECT_EQ(server.Send("PATCH", "/api/v1/findings/x", R"({"state":"confirmed"})").status, 404);
  EXPECT_EQ(server.Send("PATCH", "/api/v1/findings/x", R"({"state":"perhaps"})").status, 400);
}

TEST(Spans, AreTakenAsOtlp) {
  TestServer server;
  const trace::Trace trace =
      MakeTrace(5, {{.service = "s", .name = "imported", .start_ns = kStartNs}});
  const auto response = server.Send("POST", "/api/v1/spans", wire::EncodeOtlpProto(trace.spans),
                                    {{"Content-Type", "application/x-protobuf"}});
  EXPECT_EQ(response.body, R"({"accepted":1,"rejected":0})");
  EXPECT_THAT(server.Get("/api/traces/5").body, HasSubstr("imported"));
  EXPECT_EQ(
      server.Send("POST", "/api/v1/spans", "\xff\xff", {{"Content-Type", "application/x-protobuf"}})
          .status,
      400);
  EXPECT_EQ(server.Send("POST", "/api/v1/spans", "x", {{"Content-Type", "text/plain"}}).status,
            415);
}

TEST(Status, TellsWhatIsStoredAndWhatWasRefused) {
  TestServer server({.intake =
                         [] {
                           return IntakeCounts{
                               .spans_accepted = 90, .spans_rejected = 10, .requests_refused = 3};
                         },
                     .more_metrics = [] { return std::string("more_metric 1\n"); }});
  FillStory(server, 3);
  server.Add(
      MakeTrace(50, {{.id = 1, .service = "lost", .name = "a", .start_ns = 1},
                     {.id = 2, .parent = 9, .service = "lost", .name = "b", .start_ns = 2}}));
  const auto status = Json(server.Get("/api/v1/status"));
  EXPECT_EQ(status.root().Find("spans").AsInt64(), 8);
  EXPECT_EQ(status.root().Find("spans_refused").AsInt64(), 10);
  EXPECT_EQ(status.root().Find("newest_ns").AsInt64(), kStartNs + 3'000'001'000);
  const std::string instrumentation = server.Get("/api/v1/instrumentation").body;
  EXPECT_THAT(instrumentation,
              HasSubstr(R"("signal":"orphan spans","count":1,"of":8,"where":"lost",)"));
  EXPECT_THAT(instrumentation, HasSubstr(R"("signal":"spans refused","count":10,"of":100,)"));
  EXPECT_THAT(server.Get("/metrics").body, HasSubstr("awry_store_spans 8\n"));
  EXPECT_THAT(server.Get("/metrics").body, HasSubstr("more_metric 1\n"));
  EXPECT_EQ(server.Get("/healthz").status, 200);
  EXPECT_EQ(server.Get("/readyz").status, 200);
}

TEST(Status, IsNotReadyWhenToldSo) {
  TestServer server({.ready = [] { return false; }});
  EXPECT_EQ(server.Get("/readyz").status, 503);
}

TEST(StatusMeter, GivesRatesOverTheLastMinute) {
  base::FakeClock clock(0);
  StatusMeter meter(clock);
  EXPECT_EQ(meter.Note(1000, 100).spans_per_second, 0);
  clock.Advance(std::chrono::seconds(10));
  EXPECT_EQ(meter.Note(1500, 110).spans_per_second, 50);
  clock.Advance(std::chrono::seconds(60));
  EXPECT_EQ(meter.Note(1500, 110).traces_per_minute, 0)
      << "what came before the last minute does not count";
}

TEST(BasePath, GoesBeforeEveryRoute) {
  TestServer server({.base_path = "/jaeger"});
  EXPECT_EQ(server.Get("/jaeger/api/services").status, 200);
  EXPECT_EQ(server.Get("/api/services").status, 404);
  const auto root = server.Get("/");
  EXPECT_EQ(root.status, 302);
  EXPECT_EQ(root.header("Location"), "/jaeger/");
}

}  // namespace
}  // namespace awry::api
