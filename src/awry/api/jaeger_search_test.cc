// What Jaeger's users have long asked of its search: the parameter `query` of /api/traces, and the
// structured filter of /api/v3.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/api/filter_decode.h"
#include "awry/api/server_test.h"
#include "base/random.h"
#include "codec/varint.h"

namespace awry::api {
namespace {

using query::Attr;
using query::MakeTrace;
using testing::ElementsAre;
using testing::HasSubstr;

// Traces 1 … 6: odd ones of web, even ones of db; `n` counts, every third one failed.
void Fill(TestServer& server) {
  for (uint64_t i = 1; i <= 6; ++i) {
    server.Add(MakeTrace(
        i,
        {{.id = 1,
          .service = i % 2 == 0 ? "db" : "web",
          .name = "op" + std::to_string(i),
          .attributes = {Attr("n", static_cast<int64_t>(i)), Attr("user", i < 4 ? "anna" : "bert")},
          .start_ns = static_cast<int64_t>(i) * 1'000'000'000,
          .duration_ns = static_cast<int64_t>(i) * 1'000'000,
          .status = i % 3 == 0 ? trace::SpanStatus::kError : trace::SpanStatus::kUnset}}));
  }
}

struct Found {
  int status = 0;
  std::vector<std::string> ids;  // last digits, newest first
  int64_t total = -1;
  std::string message;
};

Found FindV1(TestServer& server, const std::string& parameters) {
  const auto response = server.Get("/api/traces?" + parameters);
  const auto json = codec::JsonDocument::Parse(response.body).value();
  Found out{.status = response.status, .total = json.root().Find("total").AsInt64().value_or(-1)};
  for (const auto trace : json.root().Find("data").items())
    out.ids.emplace_back(trace.Find("traceID").AsString()->substr(15));
  if (const auto text = json.root().Find("errors").At(0).Find("msg").AsString())
    out.message = *text;
  return out;
}

TEST(JaegerSearch, TakesAQueryWithoutAService) {
  TestServer server;
  Fill(server);
  const auto ids = [&](const char* query) {
    return FindV1(server, "query=" + net::UrlEncode(query)).ids;
  };
  EXPECT_THAT(ids("{ span.n >= 4 }"), ElementsAre("6", "5", "4")) << "numbers compare as numbers";
  EXPECT_THAT(ids("{ name = \"op1\" || span.n = 5 }"), ElementsAre("5", "1")) << "or";
  EXPECT_THAT(ids("{ span.user != \"anna\" }"), ElementsAre("6", "5", "4")) << "negation";
  EXPECT_THAT(ids("{ span.none = nil && span.n < 3 }"), ElementsAre("2", "1")) << "presence";
  EXPECT_THAT(ids("{ name =~ \"op[12]\" }"), ElementsAre("2", "1")) << "pattern";
  EXPECT_THAT(ids(""), ElementsAre("6", "5", "4", "3", "2", "1"));
}

TEST(JaegerSearch, JoinsAQueryWithTheOtherParameters) {
  TestServer server;
  Fill(server);
  EXPECT_THAT(FindV1(server, "service=web&query=" + net::UrlEncode("{ span.n > 2 }")).ids,
              ElementsAre("5", "3"));
  EXPECT_THAT(FindV1(server, "service=web&tags=%7B%22user%22:%22anna%22%7D&query=" +
                                 net::UrlEncode("{ status = error }"))
                  .ids,
              ElementsAre("3"));
  EXPECT_THAT(FindV1(server, "minDuration=5ms&query=").ids, ElementsAre("6", "5"));
}

TEST(JaegerSearch, CountsAllThatMatches) {
  TestServer server;
  Fill(server);
  const Found found = FindV1(server, "limit=2&query=" + net::UrlEncode("{ span.n > 1 }"));
  EXPECT_THAT(found.ids, ElementsAre("6", "5"));
  EXPECT_EQ(found.total, 5);
}

TEST(JaegerSearch, SaysWhereAQueryDoesNotParse) {
  TestServer server;
  const Found bad = FindV1(server, "query=" + net::UrlEncode("{ span.n > }"));
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(bad.message,
              HasSubstr("malformed 'query' parameter: query does not parse: column 12"));
  EXPECT_EQ(FindV1(server, "limit=2").message, "parameter 'service' is required");
}

constexpr const char* kWindow =
    "query.startTimeMin=2020-09-13T12:00:00Z&query.startTimeMax=2020-09-13T13:00:00Z";

net::HttpResponse Summaries(TestServer& server, const std::string& filter,
                            const std::string& more = "") {
  return server.Get(std::string("/api/v3/trace-summaries?") + kWindow + more +
                    "&query.filter=" + net::UrlEncode(filter));
}

size_t CountV3(TestServer& server, const std::string& filter) {
  const auto response = Summaries(server, filter);
  EXPECT_EQ(response.status, 200) << response.body;
  return codec::JsonDocument::Parse(response.body).value().root().Find("summaries").size();
}

TEST(JaegerFilter, FindsWhatTheFilterSays) {
  TestServer server;
  Fill(server);
  EXPECT_EQ(
      CountV3(server, R"({"op":"eq","args":[{"attr":{"key":"n"}},{"scalar":{"value":"5"}}]})"), 1u);
  EXPECT_EQ(
      CountV3(
          server,
          R"({"op":"gt","args":[{"attr":{"key":"n","level":"span"}},{"scalar":{"value":"2","type":"int"}}]})"),
      4u);
  EXPECT_EQ(CountV3(server, R"({"op":"and","args":[
      {"call":{"op":"eq","args":[{"field":{"name":"service","level":"resource"}},{"scalar":{"value":"web"}}]}},
      {"call":{"op":"not","args":[{"call":{"op":"in","args":[{"attr":{"key":"n"}},{"list":{"values":["1","3"]}}]}}]}}]})"),
            1u);
  EXPECT_EQ(CountV3(server, R"({"op":"or","args":[
      {"call":{"op":"regex","args":[{"field":{"name":"name","level":"span"}},{"scalar":{"value":"^op[12]$"}}]}},
      {"call":{"op":"gte","args":[{"field":{"name":"duration","level":"span"}},{"scalar":{"value":"6ms"}}]}}]})"),
            3u);
  EXPECT_EQ(CountV3(server, R"({"op":"exists","args":[{"attr":{"key":"none"}}]})"), 0u);
  EXPECT_EQ(
      CountV3(
          server,
          R"({"op":"some","args":[{"nested":{"level":"event"}},{"call":{"op":"exists","args":[{"field":{"name":"name","level":"event"}}]}}]})"),
      0u);
}

TEST(JaegerFilter, ComesInThePostedBodyToo) {
  TestServer server;
  Fill(server);
  const auto response = server.Send("POST", "/api/v3/trace-summaries", R"({"query":{
      "startTimeMin":"2020-09-13T12:00:00Z","start_time_max":"2020-09-13T13:00:00Z","searchDepth":1,
      "filter":{"op":"eq","args":[{"attr":{"key":"user"}},{"scalar":{"value":"anna"}}]}}})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_THAT(response.body, HasSubstr("\"rootOperationName\":\"op3\""));
  EXPECT_EQ(codec::JsonDocument::Parse(response.body).value().root().Find("summaries").size(), 1u);
}

TEST(JaegerFilter, SaysWhatIsWrongInJaegersEnvelope) {
  TestServer server;
  const auto message = [&](const std::string& filter, const std::string& more = "") {
    const auto response = Summaries(server, filter, more);
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.header("Content-Type"), "text/plain; charset=utf-8");
    const auto json = codec::JsonDocument::Parse(response.body).value();
    EXPECT_EQ(json.root().Find("error").Find("httpCode").AsInt64(), 400);
    return std::string(json.root().Find("error").Find("message").AsString().value_or(""));
  };
  const std::string good = R"({"op":"eq","args":[{"attr":{"key":"n"}},{"scalar":{"value":"5"}}]})";
  EXPECT_THAT(message("{"), HasSubstr("malformed parameter query.filter: "));
  EXPECT_EQ(message("[]"),
            "malformed parameter query.filter: filter must be an object with 'op' and 'args'");
  EXPECT_EQ(message(R"({"op":"eq","args":[],"x":1})"),
            "malformed parameter query.filter: filter has an unknown member 'x'");
  EXPECT_EQ(message(R"({"op":"eq","args":[{"attr":{"key":5}},{}]})"),
            "malformed parameter query.filter: filter's 'key' is no string");
  EXPECT_EQ(message(R"({"op":"like","args":[]})"),
            "malformed parameter query.filter: unknown filter operator 'like'");
  EXPECT_EQ(message(R"({})"), "malformed parameter query.filter: unknown filter operator ''");
  EXPECT_THAT(message(good, "&query.serviceName=web"),
              HasSubstr("it cannot be given with serviceName"));
}

TEST(FilterDecode, SurvivesGarbage) {
  base::Random random(7);
  const std::string json =
      R"({"op":"and","args":[{"call":{"op":"eq","args":[{"attr":{"key":"n"}},{"scalar":{"value":"5"}}]}},{"list":{"values":["a"]}}]})";
  for (int i = 0; i < 3'000; ++i) {
    std::string damaged = json;
    damaged[random.Below(damaged.size())] = static_cast<char>(random.Next());
    if (const auto term = FilterFromJson(damaged); term.ok()) (void)query::FilterQuery(*term);
    std::string bytes;
    for (uint64_t n = random.Below(40); n > 0; --n) bytes += static_cast<char>(random.Next());
    if (const auto term = FilterFromProto(bytes); term.ok()) (void)query::FilterQuery(*term);
  }
}

TEST(FilterDecode, RefusesABombOfNesting) {
  std::string bytes;
  for (int i = 0; i < 200; ++i) {
    // {2 args: {6 call: …}}
    std::string expression = "\x32";
    codec::PutVarint(expression, bytes.size());
    expression += bytes;
    bytes = "\x12";
    codec::PutVarint(bytes, expression.size());
    bytes += expression;
  }
  EXPECT_THAT(FilterFromProto(bytes).status().message(), HasSubstr("too deep"));
  std::string json = R"({"op":"not","args":[]})";
  for (int i = 0; i < 200; ++i) json = R"({"op":"not","args":[{"call":)" + json + "}]}";
  EXPECT_FALSE(FilterFromJson(json).ok());
}

}  // namespace
}  // namespace awry::api
