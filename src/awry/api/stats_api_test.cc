// Metrics, graph, completion, groups and live tail over a real server and store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "awry/api/server_test.h"

namespace awry::api {
namespace {

using query::Attr;
using query::MakeTrace;
using testing::HasSubstr;

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kMinuteNs = 60 * kSecondNs;

codec::JsonDocument Json(const net::HttpResponse& response) {
  EXPECT_EQ(response.status, 200) << response.body;
  auto json = codec::JsonDocument::Parse(response.body);
  EXPECT_TRUE(json.ok()) << response.body;
  return *std::move(json);
}

std::string Message(const net::HttpResponse& response) {
  const auto json = codec::JsonDocument::Parse(response.body);
  if (!json.ok()) return response.body;
  const auto ours = json->root().Find("error").Find("message").AsString();
  const auto jaegers = json->root().Find("errors").At(0).Find("msg").AsString();
  return std::string(ours.value_or(jaegers.value_or(response.body)));
}

// Sixty traces, one a minute, of web calling api; every tenth call fails and takes 90 ms.
void Fill(TestServer& server) {
  using enum trace::SpanKind;
  for (int i = 0; i < 60; ++i) {
    const bool fails = i % 10 == 0;
    const int64_t at_ns = i * kMinuteNs;
    const int64_t took_ns = fails ? 90'000'000 : 10'000'000;
    server.Add(MakeTrace(
        static_cast<uint64_t>(i + 1),
        {{.id = 1, .service = "web", .name = "GET /",
          .attributes = {Attr("route", i % 3 == 0 ? "/home" : "/cart"), Attr("user_id", i)},
          .start_ns = at_ns, .duration_ns = took_ns + 1'000'000, .kind = kServer},
         {.id = 2, .parent = 1, .service = "api", .name = "answer",
          .attributes = {Attr("cache.hit", !fails)},
          .start_ns = at_ns + 1'000, .duration_ns = took_ns,
          .status = fails ? trace::SpanStatus::kError : trace::SpanStatus::kUnset,
          .kind = kServer}}));
  }
}

std::string WindowOf(int64_t from_ns, int64_t until_ns) {
  return "start_ns=" + std::to_string(kStartNs + from_ns) +
         "&end_ns=" + std::to_string(kStartNs + until_ns);
}
const std::string kHour = WindowOf(0, 60 * kMinuteNs - 1);

TEST(JaegerMetrics, AnswersAFamilyWithoutEnvelope) {
  TestServer server;
  Fill(server);
  const std::string when = "&endTs=" + std::to_string((kStartNs + 60 * kMinuteNs) / 1'000'000) +
                           "&lookback=3600000&step=60000&ratePer=600000";
  const auto calls = Json(server.Get("/api/metrics/calls?service=web&service=api" + when));
  EXPECT_EQ(calls.root().Find("name").AsString(), "service_call_rate");
  EXPECT_EQ(calls.root().Find("type").AsString(), "GAUGE");
  EXPECT_EQ(calls.root().Find("help").AsString(), "calls/sec, grouped by service");
  const auto metrics = calls.root().Find("metrics");
  ASSERT_EQ(metrics.size(), 2u);
  EXPECT_EQ(metrics.At(0).Find("labels").At(0).Find("name").AsString(), "service_name");
  EXPECT_EQ(metrics.At(0).Find("labels").At(0).Find("value").AsString(), "api");
  const auto points = metrics.At(0).Find("metricPoints");
  EXPECT_EQ(points.size(), 60u);
  const auto late = points.At(30);
  EXPECT_NEAR(*late.Find("gaugeValue").Find("doubleValue").AsDouble(), 10.0 / 600, 1e-9);
  EXPECT_THAT(std::string(*late.Find("timestamp").AsString()), HasSubstr("2020-09-13T12:57:00"));

  const auto errors = Json(server.Get("/api/metrics/errors?service=api" + when));
  EXPECT_EQ(errors.root().Find("name").AsString(), "service_error_rate");
  EXPECT_NEAR(*errors.root().Find("metrics").At(0).Find("metricPoints").At(30)
                   .Find("gaugeValue").Find("doubleValue").AsDouble(), 0.1, 1e-9);

  const auto grouped = Json(
      server.Get("/api/metrics/latencies?service=api&quantile=0.5&groupByOperation=true" + when));
  EXPECT_EQ(grouped.root().Find("name").AsString(), "service_operation_latencies");
  EXPECT_EQ(grouped.root().Find("help").AsString(),
            "0.50th quantile latency, grouped by service & operation");
  const auto operation = grouped.root().Find("metrics").At(0);
  EXPECT_EQ(operation.Find("labels").At(1).Find("name").AsString(), "operation");
  EXPECT_EQ(operation.Find("labels").At(1).Find("value").AsString(), "answer");
  EXPECT_NEAR(*operation.Find("metricPoints").At(30).Find("gaugeValue").Find("doubleValue")
                   .AsDouble(), 10, 0.2);
}

TEST(JaegerMetrics, WritesNaNAsText) {
  TestServer server;
  Fill(server);
  const auto answer = server.Get(
      "/api/metrics/latencies?service=api&quantile=0.95&endTs=" +
      std::to_string((kStartNs + 70 * kMinuteNs) / 1'000'000) +
      "&lookback=1800000&step=60000&ratePer=60000");
  EXPECT_THAT(answer.body, HasSubstr(R"({"doubleValue":"NaN"})"));
  const auto none = Json(server.Get("/api/metrics/calls?service=nobody"));
  EXPECT_EQ(none.root().Find("metrics").size(), 0u);
  EXPECT_EQ(Json(server.Get("/api/metrics/minstep")).root().Find("data").AsInt64(), 1);
}

TEST(JaegerMetrics, SaysWhichParameterIsBadInJaegersWords) {
  TestServer server;
  const std::pair<const char*, const char*> cases[] = {
      {"/api/metrics/calls", "unable to parse param 'service': please provide at least one service name"},
      {"/api/metrics/calls?service=a&groupByOperation=foo",
       "unable to parse param 'groupByOperation': strconv.ParseBool: parsing \"foo\": invalid syntax"},
      {"/api/metrics/calls?service=a&spanKind=foo",
       "unable to parse param 'spanKind': unsupported span kind: 'foo'"},
      {"/api/metrics/calls?service=a&spanKind=",
       "unable to parse param 'spanKind': unsupported span kind: ''"},
      {"/api/metrics/latencies?service=a&quantile=foo",
       "unable to parse param 'quantile': strconv.ParseFloat: parsing \"foo\": invalid syntax"},
      {"/api/metrics/latencies?service=a", "unable to parse param 'quantile': strconv.ParseFloat"},
      {"/api/metrics/latencies?service=a&quantile=nan", "a quantile between 0 and 1"},
      {"/api/metrics/errors?service=a&endTs=foo",
       "unable to parse param 'endTs': strconv.ParseInt: parsing \"foo\": invalid syntax"},
      {"/api/metrics/calls?service=a&lookback=foo", "unable to parse param 'lookback'"},
      {"/api/metrics/calls?service=a&step=foo", "unable to parse param 'step'"},
      {"/api/metrics/calls?service=a&step=0", "unable to parse param 'step': must be 1 ms"},
      {"/api/metrics/calls?service=a&ratePer=-5", "unable to parse param 'ratePer'"},
      {"/api/metrics/calls?service=a&step=1", "at most 11000 are answered"},
      {"/api/metrics/calls?service=a&endTs=9223372036854775807", "unable to parse param 'endTs'"}};
  for (const auto& [target, words] : cases) {
    const auto answer = server.Get(target);
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_THAT(Message(answer), HasSubstr(words)) << target;
  }
}

TEST(MonitorRoute, HasFiguresSeriesAndExamples) {
  TestServer server;
  Fill(server);
  const auto json = Json(server.Get("/api/v1/monitor?service=api&step=10m&" + kHour));
  EXPECT_EQ(json.root().Find("service").AsString(), "api");
  ASSERT_EQ(json.root().Find("operations").size(), 1u);
  const auto operation = json.root().Find("operations").At(0);
  EXPECT_EQ(operation.Find("name").AsString(), "answer");
  EXPECT_EQ(operation.Find("kind").AsString(), "server");
  EXPECT_EQ(operation.Find("calls").AsInt64(), 60);
  EXPECT_EQ(operation.Find("errors").AsInt64(), 6);
  EXPECT_NEAR(*operation.Find("error_rate").AsDouble(), 0.1, 1e-9);
  EXPECT_NEAR(*operation.Find("p50_ms").AsDouble(), 10, 0.2);
  EXPECT_NEAR(*operation.Find("p95_ms").AsDouble(), 90, 1.8);
  EXPECT_NEAR(*operation.Find("mean_ms").AsDouble(), 18, 0.01);
  EXPECT_EQ(operation.Find("impact").AsDouble(), 1);
  EXPECT_GE(operation.Find("series").size(), 6u);
  EXPECT_EQ(operation.Find("examples").Find("slow").size(), 3u);
  EXPECT_EQ(operation.Find("examples").Find("error").At(0).AsString(),
            trace::ToHex({0, 51}));  // the newest
  int64_t calls = 0;
  for (const auto point : json.root().Find("series").items())
    calls += point.Find("calls").AsInt64().value_or(0);
  EXPECT_EQ(calls, 60);
}

TEST(GraphRoute, HasNodesAndEdges) {
  TestServer server;
  Fill(server);
  const auto json = Json(server.Get("/api/v1/graph?" + kHour));
  const auto edge = json.root().Find("edges").At(0);
  EXPECT_EQ(edge.Find("parent").AsString(), "web");
  EXPECT_EQ(edge.Find("child").AsString(), "api");
  EXPECT_EQ(edge.Find("calls").AsInt64(), 60);
  EXPECT_NEAR(*edge.Find("error_rate").AsDouble(), 0.1, 1e-9);
  const auto web = json.root().Find("nodes").At(1);
  EXPECT_EQ(web.Find("service").AsString(), "web");
  EXPECT_NEAR(*web.Find("rate").AsDouble(), 60.0 / 3600, 1e-6);
  const auto empty = Json(server.Get("/api/v1/graph?" + WindowOf(-kMinuteNs, -1)));
  EXPECT_EQ(empty.root().Find("nodes").size(), 0u);
}

TEST(AttributesRoute, CompletesKeysAndValues) {
  TestServer server;
  Fill(server);
  const auto keys = Json(server.Get("/api/v1/attributes?service=web&" + kHour));
  ASSERT_EQ(keys.root().Find("attributes").size(), 2u);
  const auto route = keys.root().Find("attributes").At(0);
  EXPECT_EQ(route.Find("key").AsString(), "route");
  EXPECT_EQ(route.Find("scope").AsString(), "span");
  EXPECT_EQ(route.Find("types").At(0).AsString(), "string");
  EXPECT_EQ(route.Find("count").AsInt64(), 60);
  EXPECT_EQ(keys.root().Find("more").AsBool(), false);
  EXPECT_EQ(keys.root().Find("looked_at").Find("complete").AsBool(), true);
  const auto values = Json(server.Get("/api/v1/attributes/values?key=route&prefix=/c&" + kHour));
  ASSERT_EQ(values.root().Find("values").size(), 1u);
  EXPECT_EQ(values.root().Find("values").At(0).Find("value").AsString(), "/cart");
  EXPECT_EQ(values.root().Find("values").At(0).Find("count").AsInt64(), 40);
  const auto few = Json(server.Get("/api/v1/attributes/values?key=user_id&limit=5&" + kHour));
  EXPECT_EQ(few.root().Find("values").size(), 5u);
  EXPECT_EQ(few.root().Find("more").AsBool(), true);
  const auto names = Json(server.Get("/api/v1/attributes/values?key=name&service=api&" + kHour));
  EXPECT_EQ(names.root().Find("values").At(0).Find("value").AsString(), "answer");
}

TEST(GroupsRoute, GroupsMatchingTracesByAField) {
  TestServer server;
  Fill(server);
  EXPECT_EQ(server.Send("POST", "/api/v1/labels",
                        R"([{"trace_id":"1","label":"wrong"},{"trace_id":"2","label":"right"}])")
                .status,
            200);
  const auto json = Json(server.Send(
      "POST", "/api/v1/search/groups",
      R"({"query":"{ resource.service.name = \"web\" }","by":"span.route","limit":1})"));
  ASSERT_EQ(json.root().Find("groups").size(), 1u);
  const auto cart = json.root().Find("groups").At(0);
  EXPECT_EQ(cart.Find("value").AsString(), "/cart");
  EXPECT_EQ(cart.Find("traces").AsInt64(), 40);
  EXPECT_EQ(cart.Find("errors").AsInt64(), 4);
  EXPECT_EQ(cart.Find("right").AsInt64(), 1);
  EXPECT_EQ(cart.Find("wrong").AsInt64(), 0);
  EXPECT_NEAR(*cart.Find("p50_ms").AsDouble(), 11, 0.22);
  EXPECT_EQ(json.root().Find("total").AsInt64(), 60);
  EXPECT_EQ(json.root().Find("other").AsInt64(), 20);
  EXPECT_EQ(json.root().Find("missing").AsInt64(), 0);
}

// Adds new traces until the answer is whole.
net::HttpResponse Follow(TestServer& server, const std::string& target) {
  auto answer = std::async(std::launch::async, [&] { return server.Get(target); });
  for (uint64_t id = 1'000; answer.wait_for(std::chrono::milliseconds(20)) !=
                            std::future_status::ready; id += 2) {
    server.Add(MakeTrace(id, {{.service = "web", .name = "seen", .start_ns = 60 * kMinuteNs}}));
    server.Add(MakeTrace(id + 1, {{.service = "web", .name = "unseen", .start_ns = 60 * kMinuteNs}}));
  }
  return answer.get();
}

TEST(TailRoute, SendsNewMatchingTracesUntilItsLimit) {
  TestServer server;
  server.Add(MakeTrace(7, {{.name = "seen", .start_ns = 59 * kMinuteNs}}));
  const auto answer = Follow(
      server, "/api/v1/tail?limit=3&settle=0s&query=" + net::UrlEncode("{ name = \"seen\" }"));
  EXPECT_EQ(answer.header("Content-Type"), "text/event-stream");
  EXPECT_TRUE(answer.body.starts_with("event: ready\ndata: {\"query\":")) << answer.body;
  size_t traces = 0;
  for (size_t at = 0; (at = answer.body.find("event: trace\n", at)) != std::string::npos; ++at)
    ++traces;
  EXPECT_EQ(traces, 3u);
  EXPECT_THAT(answer.body, HasSubstr(R"("root":{"service":"web","name":"seen"})"));
  EXPECT_THAT(answer.body, testing::Not(HasSubstr("unseen")));
  EXPECT_THAT(answer.body, testing::Not(HasSubstr(trace::ToHex({0, 7}))));  // was there before
  EXPECT_THAT(answer.body, HasSubstr("event: end\ndata: {\"reason\":\"limit\""));
}

TEST(TailRoute, EndsWithTheServerAndSaysSo) {
  std::atomic<bool> ready{true};
  ApiOptions options;
  options.ready = [&] { return ready.load(); };
  TestServer server(options);
  auto answer = std::async(std::launch::async, [&] { return server.Get("/api/v1/tail"); });
  ready = false;
  EXPECT_THAT(answer.get().body, HasSubstr(R"("reason":"server is stopping")"));
}

// Six predictions an hour over `weeks` before and three days of now; later ones are less sure.
void FillPredictions(TestServer& server, int weeks) {
  trace::Trace all{.id = {0, 1}, .spans = {}};
  base::Random random(1);
  uint64_t id = 0;
  for (int hour = -weeks * 168; hour < 72; hour += 2) {
    for (int i = 0; i < 6; ++i) {
      const bool later = hour >= 24;
      const int64_t at_ns = (hour * 3'600 + i * 600) * kSecondNs;
      for (trace::Span& span : MakeTrace(++id, {
             {.id = 1, .service = "predictor", .name = "prepare_features",
              .attributes = {Attr("features.amount", random.Normal(20, 5))}, .start_ns = at_ns},
             {.id = 2, .service = "predictor", .name = "model_prediction",
              .attributes = {Attr("prediction.category", random.Chance(0.5) ? "food" : "rent"),
                             Attr("prediction.confidence", random.Normal(later ? 0.6 : 0.8, 0.05)),
                             Attr("model.version", "v1")},
              .start_ns = at_ns + 1}}).spans) {
        all.spans.push_back(std::move(span));
      }
    }
  }
  server.Add(std::move(all));
}

TEST(DriftRoute, FindsWhatChangedAgainstEarlierWeeks) {
  TestServer server;
  FillPredictions(server, 2);
  const auto json = Json(server.Get("/api/v1/drift?step=1d&" + WindowOf(0, 72 * 60 * kMinuteNs)));
  ASSERT_EQ(json.root().Find("models").size(), 1u);
  const auto model = json.root().Find("models").At(0);
  EXPECT_EQ(model.Find("service").AsString(), "predictor");
  EXPECT_EQ(model.Find("span").AsString(), "model_prediction");
  EXPECT_EQ(model.Find("version").AsString(), "v1");
  ASSERT_EQ(json.root().Find("tests").size(), 3u);
  const auto first = json.root().Find("tests").At(0);
  EXPECT_EQ(first.Find("attribute").AsString(), "prediction.confidence");
  EXPECT_EQ(first.Find("kind").AsString(), "numeric");
  EXPECT_EQ(first.Find("alarm").AsBool(), true);
  EXPECT_GT(*first.Find("psi").AsDouble(), 0.5);
  EXPECT_GT(*first.Find("since_ns").AsInt64(), kStartNs);
  EXPECT_THAT(std::string(*first.Find("baseline").Find("what").AsString()),
              HasSubstr("the same hours and weekdays of 2 earlier weeks"));
  for (const size_t i : {1, 2}) {
    EXPECT_EQ(json.root().Find("tests").At(i).Find("alarm").AsBool(), false);
    EXPECT_FALSE(json.root().Find("tests").At(i).Find("since_ns").exists());
  }
  EXPECT_EQ(json.root().Find("looked_at").Find("alarms").AsInt64(), 1);
  const auto other = Json(server.Get("/api/v1/drift?model=v2&" + WindowOf(0, 72 * 60 * kMinuteNs)));
  EXPECT_EQ(other.root().Find("models").size(), 0u);
  const auto renamed = Json(server.Get("/api/v1/drift?step=1d&prediction=nothing.&" +
                                       WindowOf(0, 72 * 60 * kMinuteNs)));
  EXPECT_EQ(renamed.root().Find("models").size(), 0u);
}

TEST(CompareRoute, TestsEveryAttributeOfTwoGroups) {
  TestServer server;
  Fill(server);
  const auto json = Json(server.Send(
      "POST", "/api/v1/compare", R"({"a":"!{ status = error }","b":"{ status = error }"})"));
  EXPECT_EQ(json.root().Find("a").Find("traces").AsInt64(), 54);
  EXPECT_EQ(json.root().Find("b").Find("traces").AsInt64(), 6);
  EXPECT_EQ(json.root().Find("complete").AsBool(), true);
  const auto attributes = json.root().Find("attributes");
  EXPECT_EQ(json.root().Find("tried").AsInt64(), static_cast<int64_t>(attributes.size()));
  double before = 0;
  bool cache = false, duration = false, route = false;
  for (const auto attribute : attributes.items()) {
    const double p = *attribute.Find("p_value").AsDouble();
    const double q = *attribute.Find("q_value").AsDouble();
    EXPECT_GE(p, before);
    EXPECT_GE(q, p * 0.999);
    before = p;
    const auto key = *attribute.Find("key").AsString();
    if (key == "cache.hit") {
      cache = true;
      EXPECT_LT(q, 1e-4);
      EXPECT_NEAR(*attribute.Find("effect").AsDouble(), 1, 1e-9);
      EXPECT_EQ(attribute.Find("b").At(0).Find("count").AsInt64(), 0);  // "true"
    }
    if (key == "@duration" && attribute.Find("span").Find("service").AsString() == "api") {
      duration = true;
      EXPECT_EQ(attribute.Find("kind").AsString(), "numeric");
      EXPECT_NEAR(*attribute.Find("b").Find("p50").AsDouble(), 90, 1e-6);
      EXPECT_NEAR(*attribute.Find("effect").AsDouble(), 1, 1e-9);
    }
    if (key == "route") {
      route = true;
      EXPECT_GT(q, 0.5);
    }
  }
  EXPECT_TRUE(cache && duration && route);
}

TEST(StatisticsRoutes, SayWhatIsWrongWithAParameter) {
  TestServer server;
  const std::pair<const char*, const char*> cases[] = {
      {"/api/v1/monitor", "'service' is required"},
      {"/api/v1/monitor?service=a&start=tomorrow", "'start'"},
      {"/api/v1/monitor?service=a&start_ns=1e9", "'start_ns' must be Unix nanoseconds"},
      {"/api/v1/monitor?service=a&start_ns=9&end_ns=8", "'start' must not be after 'end'"},
      {"/api/v1/monitor?service=a&step=-1s", "'step' must be a duration above 0"},
      {"/api/v1/monitor?service=a&step=1ms", "at most 11000"},
      {"/api/v1/monitor?service=a&kind=foo", "'kind' must be"},
      {"/api/v1/graph?end=x", "'end'"},
      {"/api/v1/attributes?limit=0", "'limit' must be 1 to 1000"},
      {"/api/v1/attributes?scope=trace", "'scope' must be"},
      {"/api/v1/attributes/values", "'key' is required"},
      {"/api/v1/drift?step=5h", "divide a week"},
      {"/api/v1/drift?step=1m", "more than 400 steps"},
      {"/api/v1/drift?start=1677-01-01", "'start'"},
      {"/api/v1/tail?query=%7B", "query does not parse"},
      {"/api/v1/tail?limit=none", "'limit' must be"},
      {"/api/v1/tail?settle=2h", "'settle' must be"}};
  for (const auto& [target, words] : cases) {
    const auto answer = server.Get(target);
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_THAT(Message(answer), HasSubstr(words)) << target;
  }
  const std::pair<const char*, const char*> bodies[] = {
      {"[]", "must be an object"},
      {"{}", "'by' is required"},
      {R"({"by":"span."})", "does not parse"},
      {R"({"by":"name, kind"})", "must be one field"},
      {R"({"by":"name","query":"{ nope"})", "does not parse"},
      {R"({"by":"name","limit":0})", "'limit' must be 1 to 1000"}};
  for (const auto& [body, words] : bodies) {
    const auto answer = server.Send("POST", "/api/v1/search/groups", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_THAT(Message(answer), HasSubstr(words)) << body;
  }
  const std::pair<const char*, const char*> pairs[] = {
      {"7", "must be an object"},
      {"{}", "'a' is required"},
      {R"({"a":"{}","b":"{ nope"})", "'b'"},
      {R"({"a":"{}","b":"{}"})", "'a' matches no trace"},
      {R"({"a":"{}","b":"{}","limit":1001})", "'limit' must be 1 to 1000"}};
  for (const auto& [body, words] : pairs) {
    const auto answer = server.Send("POST", "/api/v1/compare", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_THAT(Message(answer), HasSubstr(words)) << body;
  }
}

}  // namespace
}  // namespace awry::api
