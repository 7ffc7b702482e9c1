#include "awry/check/rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/query/trace_builder.h"

namespace awry::check {
namespace {

using query::Attr;
using query::MakeTrace;
using testing::HasSubstr;

Rule RuleOf(const std::string& text) {
  const bool always = text.starts_with("always ");
  auto rule = Rule::Make({.name = "c", .always = always, .query = text.substr(text.find(' ') + 1)});
  EXPECT_TRUE(rule.ok()) << text << ": " << rule.status().message();
  return *std::move(rule);
}

// "-": does not apply; "holds"; "violated", with the id of the span when it is one.
std::string Judge(const std::string& text, const trace::Trace& trace,
                  const std::vector<trace::Label>& labels = {}) {
  const Judgement judgement = RuleOf(text).Judge(trace, labels);
  if (!judgement.applies) return "-";
  if (!judgement.violated) return "holds";
  return judgement.span.has_value() ? "violated " + std::to_string(trace.spans[*judgement.span].span_id) : "violated";
}

// web calls two fetches; the second reads another user's patterns.
trace::Trace Story(const char* second_owner = "user12") {
  return MakeTrace(1, {{.id = 1, .service = "web", .name = "get", .attributes = {Attr("user_id", "user123")}, .duration_ns = 5'000'000'000},
                       {.id = 2, .parent = 1, .name = "fetch", .attributes = {Attr("user_id", "user123"), Attr("owner", "user123")}},
                       {.id = 3, .parent = 1, .name = "fetch", .attributes = {Attr("user_id", "user123"), Attr("owner", second_owner)}}});
}
trace::Trace Other() { return MakeTrace(2, {{.id = 1, .service = "batch", .name = "import"}}); }

struct Row {
  const char* check;
  const char* story;
  const char* fixed;  // the story without its fault
  const char* other;
};

TEST(Rule, NeverAndAlwaysMeanWhatTheDocumentSays) {
  const Row rows[] = {
      {"never { name = \"fetch\" && span.owner != span.user_id }", "violated 3", "holds", "-"},
      {"never { span.owner != trace.user_id }", "violated 3", "holds", "-"},
      {"never { name = \"get\" } >> { span.owner = \"user12\" }", "violated 3", "holds", "-"},
      {"never { name = \"fetch\" } | count() > 1", "violated 2", "violated 2", "holds"},
      {"never { name = \"import\" }", "holds", "holds", "violated 1"},
      // Every span that is meant and can be told must satisfy it, not just one of them.
      {"always { name = \"fetch\" && span.owner = span.user_id }", "violated 3", "holds", "-"},
      {"always { span.owner = span.user_id }", "violated 3", "holds", "-"},
      {"always { span.owner =~ \"user[0-9]{3}\" }", "violated 3", "holds", "-"},
      {"always { name != \"get\" || duration < 1s }", "violated 1", "violated 1", "holds"},
      {"always { duration < 10s }", "holds", "holds", "holds"},
      {"always { name = \"fetch\" && span.owner != nil }", "holds", "holds", "-"},
      {"always { name = \"fetch\" && span.missing != nil }", "violated 2", "violated 2", "-"},
      {"always { span.missing = 5 }", "-", "-", "-"},
      {"always { starts_with(span.owner, span.user_id) }", "violated 3", "holds", "-"},
      // Which span alone, or presence alone: there must be one.
      {"always { name = \"fetch\" }", "holds", "holds", "violated"},
      {"always { name = \"fetch\" || name = \"import\" }", "holds", "holds", "holds"},
      {"always { resource.service.name = \"web\" }", "holds", "holds", "violated"},
      {"always { span.owner != nil }", "holds", "holds", "violated"},
      // Several pairs of braces: the trace must match.
      {"always { name = \"get\" } > { name = \"fetch\" }", "holds", "holds", "violated"},
      {"always !{ name = \"get\" } || { name = \"fetch\" }", "holds", "holds", "holds"},
      {"always !{ name = \"get\" } || { name = \"pay\" }", "violated", "violated", "holds"},
      {"always { name = \"fetch\" } | count() = 2", "holds", "holds", "violated"},
      {"always { span.owner = \"user12\" } && { name = \"get\" }", "holds", "violated", "-"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Judge(row.check, Story()), row.story) << row.check;
    EXPECT_EQ(Judge(row.check, Story("user123")), row.fixed) << row.check;
    EXPECT_EQ(Judge(row.check, Other()), row.other) << row.check;
  }
}

TEST(Rule, ReadsLabels) {
  const trace::Label wrong{.trace_id = {0, 2}, .verdict = trace::Verdict::kWrong};
  const trace::Label right{.trace_id = {0, 2}, .verdict = trace::Verdict::kRight};
  EXPECT_TRUE(RuleOf("never { label = wrong }").uses_labels());
  EXPECT_EQ(Judge("never { label = wrong }", Other(), {wrong}), "violated 1");
  EXPECT_EQ(Judge("always { label = right }", Other(), {wrong}), "violated 1");
  EXPECT_EQ(Judge("always { label = right }", Other(), {right}), "holds");
  EXPECT_EQ(Judge("always { label = right }", Other()), "-");
}

TEST(Rule, TheQueryOfItsViolationsFindsThem) {
  const std::pair<const char*, const char*> rows[] = {
      {"never { span.a != span.b }", "{ span.a != span.b }"},
      {"always { name = \"f\" && span.a = span.b }", "{ name = \"f\" && span.a != span.b }"},
      {"always { span.a =~ \"x.*\" }", "{ span.a !~ \"x.*\" }"},
      {"always { duration < 1s }", "{ !(duration < 1s) }"},
      {"always { span.a < 5 }", "{ span.a != nil && !(span.a < 5) }"},
      {"always { name = \"f\" }", "!{ name = \"f\" }"},
      {"always { name = \"f\" } | count() = 2", ""},
  };
  for (const auto& [check, query] : rows) EXPECT_EQ(RuleOf(check).violation_query(), query) << check;
  for (const char* check : {"always { span.owner = span.user_id }", "always { starts_with(span.owner, span.user_id) }",
                            "always { name != \"get\" || duration < 1s }", "always { name = \"fetch\" }",
                            "always { name = \"get\" } > { name = \"fetch\" }"}) {
    const auto query = query::Parse(RuleOf(check).violation_query());
    ASSERT_TRUE(query.ok()) << check;
    for (const trace::Trace& trace : {Story(), Story("user123"), Other()}) {
      EXPECT_EQ(query::Match(*query, trace, {}).empty(), !Judge(check, trace).starts_with("violated")) << check;
    }
  }
}

TEST(Rule, NamesItsFieldsAndItsSpan) {
  const Rule rule = RuleOf("always { name = \"fetch\" && span.owner = trace.user_id }");
  EXPECT_EQ(rule.span_name(), "fetch");
  EXPECT_EQ(rule.fields().size(), 3u);
  EXPECT_EQ(RuleOf("never { name = \"a\" || name = \"b\" }").span_name(), "");
}

TEST(RuleSet, RefusesByCheckAndPlace) {
  Problem problem;
  const auto refused = [&](std::vector<PlacedCheck> checks) {
    problem = {};
    const auto made = RuleSet::Make(checks, &problem);
    return made.ok() ? "taken" : made.status().message();
  };
  EXPECT_THAT(refused({{.check = {.name = "a", .query = "{ span.x = }"}, .line = 4, .column = 9}}),
              HasSubstr("check 'a' (line 4): query does not parse: column 12"));
  EXPECT_EQ(problem.line, 4u);
  EXPECT_EQ(problem.check, "a");
  EXPECT_EQ(problem.query_column, 12u);
  EXPECT_NE(problem.expected, "");
  const PlacedCheck fine{.check = {.name = "a", .query = "{}"}};
  EXPECT_THAT(refused({fine, fine}), HasSubstr("another check has this name"));
  EXPECT_THAT(refused({{.check = {.name = "a\nb", .query = "{}"}}}), HasSubstr("control characters"));
  EXPECT_THAT(refused({{.check = {.name = std::string(kNameBytesMax + 1, 'a'), .query = "{}"}}}), HasSubstr("1 to 100 bytes"));
  EXPECT_EQ(refused({{.check = {.name = std::string(kNameBytesMax, 'a'), .query = "{}"}}}), "taken");
  EXPECT_THAT(refused({{.check = {.name = "a", .query = "{}", .description = std::string(kDescriptionBytesMax + 1, 'a')}}}),
              HasSubstr("description"));
  EXPECT_THAT(refused({{.check = {.name = "a", .query = "{ name =~ \"(\" }"}}}), HasSubstr("check 'a'"));
  EXPECT_THAT(refused(std::vector<PlacedCheck>(kChecksMax + 1)), HasSubstr("too many checks"));
}

}  // namespace
}  // namespace awry::check
