#include "awry/query/tag_search.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "awry/query/plan.h"
#include "awry/query/trace_builder.h"

namespace awry::query {
namespace {

trace::Span Full() {
  trace::Span span =
      MakeSpan({0, 1}, {.service = "shop",
                        .name = "pay",
                        .attributes = {Attr("code", 200), Attr("ratio", 0.25), Attr("ok", true)},
                        .status = trace::SpanStatus::kError,
                        .kind = trace::SpanKind::kServer});
  span.status_message = "declined";
  span.trace_state = "a=b";
  span.resource = std::make_shared<trace::Resource>(
      trace::Resource{.service = "shop", .attributes = {Attr("region", "eu")}});
  span.scope = std::make_shared<trace::Scope>(
      trace::Scope{.name = "lib", .version = "3", .attributes = {Attr("sa", "1")}});
  span.events = {{.name = "exception", .attributes = {Attr("type", "Timeout")}}};
  span.links = {{.attributes = {Attr("la", "x")}}};
  return span;
}

struct Row {
  const char* key;
  const char* value;
  bool matches;
};

TEST(TagMatches, FindsWhatEitherGenerationOfJaegerFinds) {
  const Row rows[] = {
      {"code", "200", true},
      {"code", "200.0", false},
      {"ratio", "0.25", true},
      {"ok", "true", true},
      {"region", "eu", true},
      {"region", "EU", false},
      {"sa", "1", true},
      {"type", "Timeout", true},
      {"la", "x", true},
      {"error", "true", true},
      {"error", "false", false},
      {"error", "yes", false},
      {"span.kind", "server", true},
      {"span.kind", "client", false},
      {"span.status", "ERROR", true},
      {"otel.status_code", "ERROR", true},
      {"otel.status_code", "OK", false},
      {"otel.status_description", "declined", true},
      {"scope.name", "lib", true},
      {"otel.scope.name", "lib", true},
      {"otel.library.name", "lib", true},
      {"scope.version", "3", true},
      {"w3c.tracestate", "a=b", true},
      {"event", "exception", true},
      {"event", "excep", false},
      {"resource.region", "eu", true},
      {"resource.code", "200", false},
      {"service.name", "shop", true},
      {"resource.service.name", "shop", true},
      {"nothing", "", false},
  };
  const trace::Span span = Full();
  for (const Row& row : rows)
    EXPECT_EQ(TagMatches(span, row.key, row.value), row.matches) << row.key << "=" << row.value;
}

TEST(TagMatches, ErrorFalseFindsSpansWithoutAStatus) {
  const trace::Span span = MakeSpan({0, 1}, {});
  EXPECT_TRUE(TagMatches(span, "error", "false"));
  EXPECT_FALSE(TagMatches(span, "error", "true"));
  EXPECT_TRUE(TagMatches(span, "span.status", "UNSET"));
  EXPECT_FALSE(TagMatches(span, "otel.status_code", "UNSET"));
}

TEST(TagMatches, ErrorTrueTestsTheStatusAndNoTagOfThatName) {
  const trace::Trace trace = MakeTrace(1, {{.id = 1, .attributes = {Attr("error", "true")}}});
  EXPECT_FALSE(TagMatches(trace.spans[0], "error", "true"));
  EXPECT_TRUE(MakePlan(ToQuery({.tags = {{"error", "true"}}}), {}).exact);
}

TEST(ToQuery, IsAQueryOfTheLanguage) {
  EXPECT_EQ(ToQuery({}).ToText(), "{}");
  EXPECT_EQ(ToQuery({.operation = "a\"b"}).ToText(), R"({ name = "a\"b" })");
  EXPECT_EQ(
      ToQuery({.service = "s",
               .duration_min_ns = 0,
               .duration_max_ns = 1'500'000,
               .tags = {{"k", "v"}}})
          .ToText(),
      R"({ resource.service.name = "s" && duration >= 0s && duration <= 1.5ms && tag("k", "v") })");
}

TEST(ParseDuration, TakesGoDurations) {
  const std::pair<const char*, int64_t> rows[] = {{"1.2s", 1'200'000'000},
                                                  {"100ms", 100'000'000},
                                                  {"500us", 500'000},
                                                  {"500µs", 500'000},
                                                  {"7ns", 7},
                                                  {"1h30m", 5'400'000'000'000},
                                                  {"0", 0},
                                                  {"1.5ms", 1'500'000},
                                                  {"9223372036854775807ns", INT64_MAX}};
  for (const auto& [text, ns] : rows) {
    const auto parsed = ParseDuration(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, ns) << text;
  }
  for (const char* text :
       {"", "5", "ms", "-1s", "1s ", "1e3s", "1x", "99999999999h", "1..5s", "nans", "infs"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

RC_GTEST_PROP(DurationToText, ReadsBack, ()) {
  const auto ns = *rc::gen::inRange<int64_t>(0, INT64_MAX);
  RC_ASSERT(*ParseDuration(DurationToText(ns)) == ns);
  RC_ASSERT(*ParseDuration(DurationToText(ns % 10'000'000'000)) == ns % 10'000'000'000);
}

TEST(TagSearch, JoinsAQueryOnTheSameSpan) {
  const TagSearch search{.service = "web", .tags = {{"a", "1"}}};
  const auto joined = [&](const char* text) {
    const auto query = WithTagSearch(*Parse(text), search);
    return query.ok() ? query->ToText() : query.status().message();
  };
  EXPECT_EQ(joined("{ status = error }"),
            "{ resource.service.name = \"web\" && tag(\"a\", \"1\") && status = error }");
  EXPECT_EQ(joined("{ status = error || kind = client } | count() > 2"),
            "{ resource.service.name = \"web\" && tag(\"a\", \"1\") && (status = error || kind = "
            "client) } | count() > 2");
  EXPECT_EQ(joined("{}"), "{ resource.service.name = \"web\" && tag(\"a\", \"1\") }");
  EXPECT_EQ(joined("{ status = error } >> { kind = client }"),
            "{ resource.service.name = \"web\" && tag(\"a\", \"1\") } && { status = error } >> { kind = "
            "client }");
  EXPECT_NE(joined("{ status = error } >> { kind = client } | count() > 1").find("say them inside the query"),
            std::string::npos);
  EXPECT_EQ(WithTagSearch(*Parse("{ status = error }"), {})->ToText(), "{ status = error }");
}

}  // namespace
}  // namespace awry::query
