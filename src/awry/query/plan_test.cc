#include <gtest/gtest.h>

#include "awry/query/plan.h"
#include "awry/query/tag_search.h"
#include "awry/query/trace_builder.h"

namespace awry::query {
namespace {

std::string PlanOf(std::string_view text, const Window& window = {}) {
  return MakePlan(*Parse(text), window).ToText();
}

TEST(Plan, PushesConditionsOfOneSpanIntoTheScan) {
  EXPECT_EQ(PlanOf("{}"), "scan spans: all\ncount: from the scan\n");
  EXPECT_EQ(
      PlanOf(
          R"({ resource.service.name = "s" && name = "n" && duration >= 5ms && status = error })"),
      "scan spans: service=\"s\" name=\"n\" status=error duration>=5ms\ncount: from the scan\n");
  EXPECT_EQ(PlanOf(R"({ duration > 1us && duration < 2us })"),
            "scan spans: duration>=1.001us duration<=1.999us\ncount: from the scan\n");
  EXPECT_EQ(PlanOf(R"({ "n" = name && span.user_id = "u1" })"),
            "scan spans: name=\"n\" has(user_id=\"u1\")\nevaluate: span.user_id = \"u1\"\ncount: "
            "by evaluation\n");
}

TEST(Plan, LeavesToEvaluationWhatTheStoreCannotTell) {
  EXPECT_EQ(
      PlanOf(R"({ name = "n" && (span.a = 1 || span.b = 2) && trace.k = "v" && name != "m" })"),
      "scan spans: name=\"n\"\n"
      "evaluate: (span.a = 1 || span.b = 2) && trace.k = \"v\" && name != \"m\"\n"
      "count: by evaluation\n");
  EXPECT_EQ(PlanOf(R"({ name = "a" && name = "b" })"),
            "scan spans: name=\"a\"\nevaluate: name = \"b\"\ncount: by evaluation\n");
  EXPECT_EQ(PlanOf(R"({ !(name = "a") })"),
            "scan spans: all\nevaluate: !(name = \"a\")\ncount: by evaluation\n");
}

TEST(Plan, PushesNumbersOnlyWhenTheyHaveOneText) {
  EXPECT_EQ(MakePlan(*Parse("{ span.a = 5 }"), {}).filter.equals.size(), 1u);
  EXPECT_EQ(MakePlan(*Parse("{ span.a = 5.0 }"), {}).filter.equals.size(), 1u);
  EXPECT_EQ(MakePlan(*Parse("{ span.a = 0.25 }"), {}).filter.equals.size(), 1u);
  EXPECT_EQ(MakePlan(*Parse("{ span.a = 1000000000000000000 }"), {}).filter.equals.size(), 0u);
  EXPECT_EQ(MakePlan(*Parse("{ span.a = 10000000.0 }"), {}).filter.equals.size(), 0u);
}

TEST(Plan, TakesTheMostSelectiveOfSeveralSpansets) {
  EXPECT_EQ(PlanOf(R"({ name = "a" } >> { span.id = "x" })"),
            "scan spans: has(id=\"x\")\nevaluate: { name = \"a\" } >> { span.id = \"x\" }\ncount: "
            "by evaluation\n");
  EXPECT_EQ(PlanOf(R"({ span.id = "x" } !>> { name = "a" })"),
            "scan spans: name=\"a\"\nevaluate: { span.id = \"x\" } !>> { name = \"a\" }\ncount: by "
            "evaluation\n");
  EXPECT_EQ(
      PlanOf(R"({ name = "a" } || { name = "b" })"),
      "scan spans: all\nevaluate: { name = \"a\" } || { name = \"b\" }\ncount: by evaluation\n");
  EXPECT_EQ(PlanOf(R"(!{ name = "a" })"),
            "scan spans: all\nevaluate: !{ name = \"a\" }\ncount: by evaluation\n");
}

TEST(Plan, StartsFromLabelsAndIds) {
  EXPECT_EQ(PlanOf("{ label = wrong }"),
            "read traces labelled wrong: all\nevaluate: label = wrong\ncount: by evaluation\n");
  EXPECT_EQ(PlanOf(R"({ label = right } && { name = "a" })"),
            "read traces labelled right: all\nevaluate: { label = right } && { name = \"a\" "
            "}\ncount: by evaluation\n");
  EXPECT_EQ(PlanOf(R"({ trace:id = "abc" })"),
            "read trace 00000000000000000000000000000abc: all\n"
            "evaluate: trace:id = \"00000000000000000000000000000abc\"\ncount: by evaluation\n");
}

TEST(Plan, WidensTheWindowWhenSpansMayLieApart) {
  const Window window{.from_ns = 1'600'000'000'000'000'000, .until_ns = 1'600'000'000'500'000'000};
  EXPECT_EQ(
      PlanOf("{}", window),
      "scan spans: from=2020-09-13T12:26:40Z until=2020-09-13T12:26:40.5Z\ncount: from the scan\n");
  EXPECT_EQ(PlanOf("{} >> {}", window),
            "scan spans: from=2020-09-13T11:26:40Z until=2020-09-13T13:26:40.5Z\n"
            "evaluate: {} >> {}\ncount: by evaluation\n");
}

TEST(Plan, PushesTagsThatAreNoDerivedOnes) {
  const Query query = ToQuery({.service = "s",
                               .operation = "o",
                               .duration_min_ns = 1000,
                               .tags = {{"http.method", "GET"}, {"error", "true"}}});
  EXPECT_EQ(MakePlan(query, {}).ToText(),
            "scan spans: service=\"s\" name=\"o\" status=error duration>=1us has(http.method=\"GET\")\n"
            "evaluate: tag(\"http.method\", \"GET\")\ncount: by evaluation\n");
}

TEST(Satisfies, AsksAllOfOneSpan) {
  const trace::Trace trace = MakeTrace(1, {{.id = 1, .service = "a", .name = "x", .start_ns = 10},
                                           {.id = 2, .service = "b", .name = "y", .start_ns = 20}});
  EXPECT_TRUE(Satisfies({.service = "a", .name = "x"}, trace));
  EXPECT_FALSE(Satisfies({.service = "a", .name = "y"}, trace));
  int64_t newest_ns = 0;
  EXPECT_TRUE(Satisfies({}, trace, &newest_ns));
  EXPECT_EQ(newest_ns, 20);
}

}  // namespace
}  // namespace awry::query
