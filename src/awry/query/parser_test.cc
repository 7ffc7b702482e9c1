#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "awry/query/query.h"

namespace awry::query {
namespace {

std::string Printed(std::string_view text) {
  const auto query = Parse(text);
  return query.ok() ? query->ToText() : query.status().message();
}

struct Row {
  const char* text;
  const char* printed;
};

TEST(Parse, PrintsTheCanonicalForm) {
  const Row rows[] = {
      {"{}", "{}"},
      {"{ }", "{}"},
      {R"({name="a"})", R"({ name = "a" })"},
      {R"(name = "a")", R"({ name = "a" })"},
      {R"((name = "a" || name = "b") && duration > 1s)",
       R"({ (name = "a" || name = "b") && duration > 1s })"},
      {R"({ name = "a" || name = "b" && kind = server })",
       R"({ name = "a" || name = "b" && kind = server })"},
      {R"({ !(status = error) })", R"({ !(status = error) })"},
      {R"({ span.http.status_code >= 500 })", R"({ span.http.status_code >= 500 })"},
      {R"({ .a-b = -5 })", R"({ .a-b = -5 })"},
      {R"({ span."my key" = nil })", R"({ span."my key" = nil })"},
      {R"({ span."plain" != nil })", R"({ span.plain != nil })"},
      {R"({ name =~ `a.*"b"` })", R"({ name =~ "a.*\"b\"" })"},
      {R"({ duration > 1h30m })", R"({ duration > 1h30m })"},
      {R"({ duration > 1.5ms && duration < 500us })",
       R"({ duration > 1.5ms && duration < 500us })"},
      {R"({ span.a * 2 + span.b = 1.0 })", R"({ span.a * 2 + span.b = 1.0 })"},
      {R"({ (span.a + span.b) * 2 = 3 })", R"({ (span.a + span.b) * 2 = 3 })"},
      {R"({ span.a - (span.b - 1) = 3 })", R"({ span.a - (span.b - 1) = 3 })"},
      {R"({ trace:rootName = "x" && trace:duration > 2s })",
       R"({ trace:rootName = "x" && trace:duration > 2s })"},
      {R"({ trace:id = "ABC" })", R"({ trace:id = "00000000000000000000000000000abc" })"},
      {R"({ span.patterns.user_id != trace.user_id })",
       R"({ span.patterns.user_id != trace.user_id })"},
      {R"({ contains(span.k, parent.user_id) && !starts_with(span.k, "p:") })",
       R"({ contains(span.k, parent.user_id) && !starts_with(span.k, "p:") })"},
      {R"({label=wrong} && {name="x"})", R"({ label = wrong } && { name = "x" })"},
      {R"({.a=1} >> {.b=2} > {.c=3} || !{.d=4})",
       R"({ .a = 1 } >> { .b = 2 } > { .c = 3 } || !{ .d = 4 })"},
      {R"({.a=1} !>> ({.b=2} && {.c=3}))", R"({ .a = 1 } !>> ({ .b = 2 } && { .c = 3 }))"},
      {R"({} ~ {} !~ {})", R"({} ~ {} !~ {})"},
      {R"({} | count() > 3 | avg(duration) >= 20ms)",
       R"({} | count() > 3 | avg(duration) >= 20ms)"},
      {R"({} | by(resource.service.name) | max(span.x) < sum(span.y) | select(span.a, name))",
       R"({} | by(resource.service.name) | max(span.x) < sum(span.y) | select(span.a, name))"},
      {R"({ tag("http.method","GET") })", R"({ tag("http.method", "GET") })"},
      {R"({ .flag && event:name = "exception" })", R"({ .flag && event:name = "exception" })"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Printed(row.text), row.printed) << row.text;
    EXPECT_EQ(Printed(row.printed), row.printed);
  }
}

TEST(Parse, NamesColumnAndExpectation) {
  const Row rows[] = {
      {"", "column 1: expected {"},
      {"{", "column 2: expected a value or a field, found the end"},
      {R"({ name = })", "column 10: expected a value after '=', found '}'"},
      {R"({ name "x" })", "column 8: expected an operator and a value after 'name'"},
      {R"({ name = "x)", "column 12: expected the closing \", found the end"},
      {R"({ nane = "x" })", "column 3: expected a known word"},
      {R"({ spam.x = 1 })", "column 3: expected a scope before the dot"},
      {R"({ span. = 1 })", "column 8: expected an attribute's key"},
      {R"({ duration > "1s" })", "column 14: expected a number or a duration"},
      {R"({ status > error })", "column 12: expected = or !="},
      {R"({ status = "error" })", "column 12: expected error, ok or unset, found '\"error\"'"},
      {R"({ label = maybe })", "column 11: expected a known word"},
      {R"({ span.x > nil })", "column 12: expected a value: nil"},
      {R"({ name =~ "(" })", "column 11: expected a valid regular expression"},
      {R"({ name =~ 5 })", "column 11: expected a regular expression in quotes"},
      {R"({ .a = 1 = 2 })", "column 10: expected &&, || or the end"},
      {R"({ name = "a" } {})", "column 16: expected an operator, | or the end"},
      {R"({} | count() )", "expected a comparison"},
      {R"({} | mean(duration) > 1)", "column 6: expected a number, a duration, count()"},
      {R"({} | by())", "column 9: expected a value or a field"},
      {R"({ duration > 5parsecs })", "column 14: expected a number or a duration"},
      {R"({ .a = 99999999999999999999 })", "column 8: expected a number that fits"},
      {"{ .a = 1 } \x01", "column 12: expected a query"},
      {R"({ trace:id = "xyz" })", "column 14: expected a trace id"},
      {R"({ tag(.a, "b") })", "column 7: expected the tag's key in quotes"},
      {R"({ name })", "column 8: expected an operator and a value"},
  };
  for (const Row& row : rows) {
    const auto query = Parse(row.text);
    ASSERT_FALSE(query.ok()) << row.text;
    EXPECT_EQ(query.status().code(), base::StatusCode::kInvalidArgument);
    EXPECT_NE(query.status().message().find(row.printed), std::string::npos)
        << row.text << " → " << query.status().message();
  }
}

TEST(Parse, GivesThePositionApart) {
  ParseError error;
  ASSERT_FALSE(Parse("{ name = }", &error).ok());
  EXPECT_EQ(error.column, 10u);
  EXPECT_EQ(error.expected, "a value after '='");
  EXPECT_EQ(error.found, "}");
}

TEST(Parse, RefusesWhatIsTooDeepOrTooLong) {
  EXPECT_TRUE(Parse("{" + std::string(20, '(') + ".a = 1" + std::string(20, ')') + "}").ok());
  EXPECT_FALSE(Parse("{" + std::string(200, '(') + ".a = 1" + std::string(200, ')') + "}").ok());
  EXPECT_FALSE(Parse(std::string(5000, '(')).ok());
  EXPECT_FALSE(Parse("{" + std::string(5000, '!') + ".a }").ok());
  EXPECT_FALSE(Parse("{ .a = " + std::string(5000, '-') + "1 }").ok());
  const std::string room(kQueryBytesMax - 2, ' ');
  EXPECT_TRUE(Parse("{" + room + "}").ok());
  EXPECT_FALSE(Parse("{ " + room + "}").ok());
}

TEST(QuoteKey, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(QuoteKey("http.status_code"), "http.status_code");
  EXPECT_EQ(QuoteKey("a b"), "\"a b\"");
  EXPECT_EQ(QuoteKey(""), "\"\"");
}

RC_GTEST_PROP(Parse, ReadsBackAnyQuotedText, (const std::string& text)) {
  if (text.size() > 1000) return;
  const auto query = Parse("{ name = " + QuoteString(text) + " }");
  RC_ASSERT(query.ok());
  RC_ASSERT(query->pipeline().source.filter->args[1].literal.text == text);
}

RC_GTEST_PROP(Parse, ReadsBackAnyKey, (const std::string& key)) {
  if (key.size() > 1000) return;
  const auto query = Parse("{ span." + QuoteKey(key) + " = 1 }");
  RC_ASSERT(query.ok());
  RC_ASSERT(query->pipeline().source.filter->args[0].field.key == key);
}

RC_GTEST_PROP(Parse, SurvivesAnyText, (const std::string& text)) {
  const auto query = Parse(text);
  RC_ASSERT(query.ok() || query.status().code() == base::StatusCode::kInvalidArgument);
}

// Any row of words of the language: mostly nonsense, never a crash, and what parses prints stably.
RC_GTEST_PROP(Parse, PrintsStablyWhateverParses, ()) {
  static const std::vector<std::string> words = {"{",
                                                 "}",
                                                 "(",
                                                 ")",
                                                 "&&",
                                                 "||",
                                                 "!",
                                                 "=",
                                                 "!=",
                                                 "=~",
                                                 ">",
                                                 ">>",
                                                 "<<",
                                                 "~",
                                                 "|",
                                                 "+",
                                                 "-",
                                                 "*",
                                                 "/",
                                                 "name",
                                                 "duration",
                                                 "status",
                                                 "error",
                                                 "label",
                                                 "wrong",
                                                 "nil",
                                                 ".a",
                                                 "span.b",
                                                 "trace.c",
                                                 "\"x\"",
                                                 "5",
                                                 "1.5",
                                                 "10ms",
                                                 "true",
                                                 "count()",
                                                 "avg(duration)",
                                                 "by(name)",
                                                 "select(name)",
                                                 "contains(.a, .b)",
                                                 "not"};
  std::string text = "{";
  const auto picks =
      *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, words.size()));
  for (const size_t pick : picks) text += " " + words[pick];
  for (const std::string& candidate : {text, text + " }", "{ .a = 1" + text.substr(1) + " }"}) {
    const auto query = Parse(candidate);
    if (!query.ok()) continue;
    const std::string printed = query->ToText();
    const auto again = Parse(printed);
    RC_ASSERT(again.ok());
    RC_ASSERT(again->ToText() == printed);
  }
}

TEST(Parse, WhatIsJustNotTooDeepCanBePrintedAndReadAgain) {
  bool refused = false;
  for (size_t depth = 50; depth < 70; ++depth) {
    for (const std::string& text : {std::string(depth, '!') + ".a", "{ " + std::string(depth, '!') + ".a }"}) {
      const auto query = Parse(text);
      refused = refused || !query.ok();
      if (query.ok()) {
        EXPECT_TRUE(Parse(query->ToText()).ok()) << text;
      }
    }
  }
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace awry::query
