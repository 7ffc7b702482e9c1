#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/query/query.h"
#include "awry/query/topology.h"
#include "awry/query/trace_builder.h"

namespace awry::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// 1 categorize ─ 2 fetch ─ 3 patterns ; 1 ─ 4 model ; indexes 0 … 3
trace::Trace Story() {
  trace::Trace trace = MakeTrace(
      7, {
             {.id = 1,
              .service = "predictor",
              .name = "categorize",
              .attributes = {Attr("user_id", "user123"), Attr("amount", 12.5), Attr("n", 5)},
              .start_ns = 1000,
              .duration_ns = 10'000'000,
              .kind = trace::SpanKind::kServer},
             {.id = 2,
              .parent = 1,
              .service = "predictor",
              .name = "fetch",
              .attributes = {Attr("cache_key", "patterns:user12"),
                             Attr("patterns.user_id", "user12"), Attr("hit", true)},
              .start_ns = 2000,
              .duration_ns = 2'000'000,
              .kind = trace::SpanKind::kClient},
             {.id = 3,
              .parent = 2,
              .service = "analyzer",
              .name = "patterns",
              .attributes = {Attr("user_id", "user12"), Attr("count", 40)},
              .start_ns = 3000,
              .duration_ns = 1'000'000,
              .status = trace::SpanStatus::kError},
             {.id = 4,
              .parent = 1,
              .service = "predictor",
              .name = "model",
              .attributes = {Attr("count", 2), Attr("amount_minor", 1250)},
              .start_ns = 4000,
              .duration_ns = 3'000'000},
         });
  trace.spans[2].status_message = "timeout";
  trace.spans[2].events = {{.time_ns = 5, .name = "retry", .attributes = {Attr("attempt", 1)}},
                           {.time_ns = 6, .name = "exception", .attributes = {Attr("attempt", 2)}}};
  trace.spans[3].scope = std::make_shared<trace::Scope>(trace::Scope{.name = "ml", .version = "2"});
  return trace;
}

std::vector<size_t> Matched(std::string_view text, const std::vector<trace::Label>& labels = {}) {
  const auto query = Parse(text);
  EXPECT_TRUE(query.ok()) << query.status().ToString();
  return query.ok() ? Match(*query, Story(), labels) : std::vector<size_t>{99};
}

struct Row {
  const char* text;
  std::vector<size_t> spans;
};

TEST(Match, Conditions) {
  const Row rows[] = {
      {"{}", {0, 1, 2, 3}},
      {R"({ name = "fetch" })", {1}},
      {R"({ name != "fetch" })", {0, 2, 3}},
      {R"({ name =~ "f.*|m.*" })", {1, 3}},
      {R"({ name =~ "etc" })", {}},
      {R"({ name !~ "f.*" })", {0, 2, 3}},
      {R"({ status = error })", {2}},
      {R"({ status = unset && kind = client })", {1}},
      {R"({ statusMessage = "timeout" })", {2}},
      {R"({ statusMessage = nil })", {0, 1, 3}},
      {R"({ duration >= 2ms && duration < 10ms })", {1, 3}},
      {R"({ resource.service.name = "analyzer" })", {2}},
      {R"({ .service.name = "analyzer" })", {2}},
      {R"({ span.service.name = "analyzer" })", {}},
      {R"({ span.n = 5 })", {0}},
      {R"({ span.n = 5.0 })", {0}},
      {R"({ span.n = "5" })", {}},
      {R"({ span.n != "5" })", {0}},
      {R"({ span.amount > 12 && span.amount < 13 })", {0}},
      {R"({ span.hit })", {1}},
      {R"({ span.hit = true })", {1}},
      {R"({ !span.hit })", {0, 2, 3}},
      {R"({ span.hit = nil })", {0, 2, 3}},
      {R"({ nil != span.hit })", {1}},
      {R"({ span.missing != "x" })", {}},
      {R"({ !(span.missing = "x") })", {0, 1, 2, 3}},
      {R"({ event:name = "exception" })", {2}},
      {R"({ event.attempt = 2 })", {2}},
      {R"({ event.attempt > 2 })", {}},
      {R"({ .attempt = 1 })", {2}},
      {R"({ instrumentation:name = "ml" && instrumentation:version = "2" })", {3}},
      {R"({ trace:rootName = "categorize" && trace:rootService = "predictor" })", {0, 1, 2, 3}},
      {R"({ trace:id = "7" })", {0, 1, 2, 3}},
      {R"({ trace:duration >= 10ms })", {0, 1, 2, 3}},
      {R"({ trace:duration > 11ms })", {}},
      {R"({ parent = nil })", {0}},
      {R"({ span:id = "0000000000000002" })", {1}},
      {R"({ childCount = 2 })", {0}},
      {R"({ tag("error", "true") })", {2}},
  };
  for (const Row& row : rows) EXPECT_EQ(Matched(row.text), row.spans) << row.text;
}

TEST(Match, RelationsInsideATrace) {
  const Row rows[] = {
      {R"({ span.patterns.user_id != trace.user_id })", {1}},
      {R"({ span.user_id = trace.user_id })", {0}},
      {R"({ contains(trace.user_id, span.patterns.user_id) })", {1}},
      {R"({ contains(span.cache_key, trace.user_id) })", {}},
      {R"({ name = "fetch" && !contains(span.cache_key, trace.user_id) })", {1}},
      {R"({ starts_with(span.cache_key, "patterns:") })", {1}},
      {R"({ parent.user_id = "user123" })", {1, 3}},
      {R"({ parent.service.name = "predictor" && resource.service.name = "analyzer" })", {2}},
      {R"({ span.amount_minor = trace.amount * 100 })", {3}},
      {R"({ span.amount_minor + 1 = trace.amount * 100 })", {}},
      {R"({ span.count / 0 = 1 })", {}},
      {R"({ -span.count = -40 })", {2}},
      {R"({ span.count > trace.count })", {2}},
      {R"({ trace.nothing = nil })", {0, 1, 2, 3}},
  };
  for (const Row& row : rows) EXPECT_EQ(Matched(row.text), row.spans) << row.text;
}

TEST(Match, Spansets) {
  const Row rows[] = {
      {R"({ name = "fetch" } && { name = "model" })", {1, 3}},
      {R"({ name = "fetch" } && { name = "none" })", {}},
      {R"({ name = "fetch" } || { name = "none" })", {1}},
      {R"({ name = "categorize" } >> { .count > 0 })", {2, 3}},
      {R"({ name = "categorize" } > { .count > 0 })", {3}},
      {R"({ name = "patterns" } << {})", {0, 1}},
      {R"({ name = "patterns" } < {})", {1}},
      {R"({ name = "fetch" } ~ {})", {3}},
      {R"({ name = "fetch" } !~ {})", {0, 1, 2}},
      {R"({ name = "fetch" } !>> {})", {0, 1, 3}},
      {R"({ name = "categorize" } !> {})", {0, 2}},
      {R"({ name = "patterns" } !<< {})", {2, 3}},
      {R"({ name = "patterns" } !< {})", {0, 2, 3}},
      {R"(!{ name = "cache" })", {0}},
      {R"(!{ name = "fetch" })", {}},
      {R"({ name = "model" } && !{ name = "cache" })", {0, 3}},
      {R"(({ name = "fetch" } || { name = "model" }) && { status = error })", {1, 2, 3}},
      {R"({ name = "categorize" } >> { name = "fetch" } > { name = "patterns" })", {2}},
  };
  for (const Row& row : rows) EXPECT_EQ(Matched(row.text), row.spans) << row.text;
}

TEST(Match, Stages) {
  const Row rows[] = {
      {"{} | count() = 4", {0, 1, 2, 3}},
      {"{} | count() > 4", {}},
      {"{ .count > 0 } | sum(.count) = 42", {2, 3}},
      {"{ .count > 0 } | avg(.count) = 21", {2, 3}},
      {"{ .count > 0 } | min(.count) = 2 | max(.count) = 40", {2, 3}},
      {"{} | max(duration) >= 10ms", {0, 1, 2, 3}},
      {"{} | avg(.nothing) > 0", {}},
      {"{} | by(resource.service.name) | count() = 1", {2}},
      {"{} | by(span.hit) | count() = 1", {1}},
      {R"({} | { name = "fetch" || status = error } | count() = 2)", {1, 2}},
      {"{ .count > 0 } | max(.count) > sum(.n)", {}},
      {"{} | max(.count) > sum(.n) | select(name)", {0, 1, 2, 3}},
  };
  for (const Row& row : rows) EXPECT_EQ(Matched(row.text), row.spans) << row.text;
}

TEST(Match, LabelsOfATraceHoldForAllItsSpansAndThoseOfASpanForItAlone) {
  const trace::Label of_trace{.trace_id = {0, 7}, .verdict = trace::Verdict::kWrong};
  const trace::Label of_span{.trace_id = {0, 7}, .span_id = 4, .verdict = trace::Verdict::kWrong};
  const trace::Label of_other{.trace_id = {0, 8}, .verdict = trace::Verdict::kWrong};
  EXPECT_THAT(Matched("label = wrong", {of_trace}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Matched("label = wrong", {of_span}), ElementsAre(3));
  EXPECT_THAT(Matched("label = wrong", {of_other}), IsEmpty());
  EXPECT_THAT(Matched("label = right", {of_trace}), IsEmpty());
  EXPECT_THAT(Matched("label = nil && name = \"fetch\"", {of_span}), ElementsAre(1));
}

TEST(Match, ArraysContainTheirElements) {
  trace::Trace trace = MakeTrace(1, {{}});
  // ArrayValue{"a", 7}
  trace.spans[0].attributes = {
      {"list", trace::Value(trace::ValueView::Array(std::string_view("\x0a\x03\x0a\x01"
                                                                     "a\x0a\x02\x18\x07",
                                                                     9)))}};
  const auto matches = [&](std::string_view text) {
    return !Match(*Parse(text), trace, {}).empty();
  };
  EXPECT_TRUE(matches(R"({ contains(span.list, "a") })"));
  EXPECT_TRUE(matches(R"({ contains(span.list, 7) })"));
  EXPECT_FALSE(matches(R"({ contains(span.list, "7") })"));
  EXPECT_TRUE(matches(R"({ span.list = "[\"a\",7]" })"));
}

TEST(Match, ComparesIntsAndDoublesWithoutRounding) {
  trace::Trace trace = MakeTrace(
      1, {{.attributes = {Attr("big", int64_t{9007199254740993}), Attr("d", 9007199254740992.0)}}});
  const auto matches = [&](std::string_view text) {
    return !Match(*Parse(text), trace, {}).empty();
  };
  EXPECT_FALSE(matches("{ span.big = span.d }"));
  EXPECT_TRUE(matches("{ span.big > span.d }"));
  EXPECT_TRUE(matches("{ span.d < span.big }"));
  EXPECT_TRUE(matches("{ span.big = 9007199254740993 }"));
}

TEST(Topology, CutsCirclesAndLeavesOrphansAsRoots) {
  const trace::Trace trace = MakeTrace(1, {{.id = 1, .parent = 3},
                                           {.id = 2, .parent = 1},
                                           {.id = 3, .parent = 2},
                                           {.id = 4, .parent = 99},
                                           {.id = 5, .parent = 5}});
  const Topology topology(trace);
  EXPECT_EQ(topology.by_level().size(), 5u);
  EXPECT_EQ(topology.parent(3), kNone);
  EXPECT_EQ(topology.parent(4), kNone);
}

TEST(Match, CopesWithATraceThatIsOneCircle) {
  const trace::Trace trace = MakeTrace(1, {{.id = 1, .parent = 2}, {.id = 2, .parent = 1}});
  EXPECT_EQ(Match(*Parse("{} >> {}"), trace, {}).size(), 1u);
  EXPECT_THAT(Match(*Parse("!{ name = \"x\" }"), trace, {}), ElementsAre(0));
}

}  // namespace
}  // namespace awry::query
