#include "awry/query/filter.h"

#include <gtest/gtest.h>

#include "awry/query/plan.h"
#include "awry/query/search.h"
#include "awry/query/trace_builder.h"
#include "awry/query/vector_store.h"

namespace awry::query {
namespace {

using Term = FilterTerm;

Term Key(std::string key, std::string level = "") {
  return {.kind = Term::Kind::kAttribute, .name = std::move(key), .level = std::move(level)};
}
Term FieldOf(std::string level, std::string name) {
  return {.kind = Term::Kind::kField, .name = std::move(name), .level = std::move(level)};
}
Term Is(std::string value, std::string type = "") {
  return {.kind = Term::Kind::kScalar, .values = {std::move(value)}, .type = std::move(type)};
}
Term OneOf(std::vector<std::string> values, std::string type = "") {
  return {.kind = Term::Kind::kList, .values = std::move(values), .type = std::move(type)};
}
Term Nested(std::string level) { return {.kind = Term::Kind::kNested, .level = std::move(level)}; }
Term Call(std::string op, std::vector<Term> args) {
  return {.kind = Term::Kind::kCall, .name = std::move(op), .args = std::move(args)};
}

// One span with something at every level.
trace::Trace OneTrace() {
  trace::Trace trace = MakeTrace(
      7, {{.service = "web",
           .name = "GET /",
           .attributes = {Attr("code", 500), Attr("ratio", 0.25), Attr("ok", true),
                          Attr("text", "hello world"), Attr("digits", "9"), Attr("both", "span")},
           .start_ns = 1'600'000'000'000'000'000,
           .duration_ns = 2'500'000'000,
           .status = trace::SpanStatus::kError,
           .kind = trace::SpanKind::kServer}});
  trace::Span& span = trace.spans[0];
  span.resource = std::make_shared<trace::Resource>(trace::Resource{
      .service = "web", .attributes = {Attr("zone", "a"), Attr("both", "resource")}});
  span.scope = std::make_shared<trace::Scope>(
      trace::Scope{.name = "lib", .version = "1.2", .attributes = {Attr("tier", "gold")}});
  span.events = {{.time_ns = span.start_ns + 10'000,
                  .name = "exception",
                  .attributes = {Attr("kind", "soft"), Attr("at", 1)}},
                 {.time_ns = span.start_ns + 90'000,
                  .name = "retry",
                  .attributes = {Attr("kind", "hard"), Attr("at", 2)}}};
  span.links = {{.trace_id = {0, 0xab},
                 .span_id = 0xcd,
                 .trace_state = "x=y",
                 .attributes = {Attr("why", "batch")}}};
  span.trace_state = "k=v";
  return trace;
}

bool Finds(const Term& call) {
  const auto query = FilterQuery(call);
  EXPECT_TRUE(query.ok()) << query.status().ToString();
  return query.ok() && !Match(*query, OneTrace(), {}).empty();
}

std::string Problem(const Term& call) {
  const auto query = FilterQuery(call);
  EXPECT_FALSE(query.ok());
  return query.ok() ? "" : query.status().message();
}

TEST(Filter, ComparesAConstantWithoutATypeAsItPrints) {
  EXPECT_TRUE(Finds(Call("eq", {Key("code"), Is("500")})));
  EXPECT_TRUE(Finds(Call("eq", {Key("ratio"), Is("0.25")})));
  EXPECT_TRUE(Finds(Call("eq", {Key("ok"), Is("true")})));
  EXPECT_TRUE(Finds(Call("eq", {Is("hello world"), Key("text")})));
  EXPECT_FALSE(Finds(Call("eq", {Key("text"), Is("hello")})));
}

TEST(Filter, OrdersNumbersAsNumbersAndTextsAsTexts) {
  EXPECT_TRUE(Finds(Call("gt", {Key("code"), Is("499.5")})));
  EXPECT_FALSE(Finds(Call("lt", {Key("code"), Is("500")})));
  EXPECT_TRUE(Finds(Call("lte", {Key("code"), Is("500")})));
  EXPECT_TRUE(Finds(Call("gte", {Key("ratio"), Is("0.25")})));
  EXPECT_FALSE(Finds(Call("gt", {Key("digits"), Is("500")}))) << "the text 9 is no more than 500";
  EXPECT_TRUE(Finds(Call("gt", {Key("text"), Is("abc")})));
  EXPECT_TRUE(Finds(Call("gt", {Is("501"), Key("code")}))) << "the constant may stand first";
  EXPECT_TRUE(Finds(Call("lt", {Is("499"), Key("code")})));
}

TEST(Filter, TakesATypeAtItsWord) {
  EXPECT_TRUE(Finds(Call("eq", {Key("code"), Is("500", "int")})));
  EXPECT_FALSE(Finds(Call("eq", {Key("code"), Is("500", "string")})));
  EXPECT_FALSE(Finds(Call("eq", {Key("code"), Is("500", "double")})));
  EXPECT_TRUE(Finds(Call("lt", {Key("ratio"), Is("0.3", "double")})));
  EXPECT_TRUE(Finds(Call("eq", {Key("ok"), Is("true", "bool")})));
  EXPECT_TRUE(Finds(Call("in", {Key("code"), OneOf({"1", "500"}, "int")})));
}

TEST(Filter, LooksAtTheLevelThatItNames) {
  for (const auto& [level, key, value] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"span", "text", "hello world"},
           {"resource", "zone", "a"},
           {"scope", "tier", "gold"},
           {"event", "kind", "hard"},
           {"link", "why", "batch"}}) {
    EXPECT_TRUE(Finds(Call("eq", {Key(key, level), Is(value)}))) << level;
    EXPECT_TRUE(Finds(Call("eq", {Key(key), Is(value)}))) << level;
    const std::string other = level == "span" ? "resource" : "span";
    EXPECT_FALSE(Finds(Call("eq", {Key(key, other), Is(value)}))) << level;
  }
  EXPECT_TRUE(Finds(Call("eq", {Key("service.name", "resource"), Is("web")})));
}

TEST(Filter, KnowsEveryBuiltInField) {
  for (const auto& [level, name, value] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"span", "traceID", "7"},
           {"span", "spanID", "0000000000000001"},
           {"span", "traceState", "k=v"},
           {"span", "name", "GET /"},
           {"span", "kind", "server"},
           {"span", "status", "error"},
           {"span", "duration", "2.5s"},
           {"span", "startTime", "2020-09-13T12:26:40Z"},
           {"span", "endTime", "2020-09-13T12:26:42.5Z"},
           {"resource", "service", "web"},
           {"scope", "name", "lib"},
           {"scope", "version", "1.2"},
           {"event", "name", "retry"},
           {"event", "time", "2020-09-13T12:26:40.00001Z"},
           {"event", "timeSinceStart", "90us"},
           {"link", "traceID", "000000000000000000000000000000ab"},
           {"link", "spanID", "00000000000000cd"},
           {"link", "traceState", "x=y"}}) {
    EXPECT_TRUE(Finds(Call("eq", {FieldOf(level, name), Is(value)}))) << level << " " << name;
    EXPECT_TRUE(Finds(Call("exists", {FieldOf(level, name)}))) << level << " " << name;
  }
  for (const auto& [level, name] :
       std::vector<std::pair<std::string, std::string>>{{"span", "parentSpanID"},
                                                        {"span", "statusMessage"},
                                                        {"resource", "schemaURL"},
                                                        {"scope", "schemaURL"}})
    EXPECT_FALSE(Finds(Call("exists", {FieldOf(level, name)}))) << level << " " << name;
  EXPECT_TRUE(Finds(Call("gt", {FieldOf("span", "duration"), Is("2s")})));
  EXPECT_TRUE(Finds(Call("lt", {FieldOf("span", "startTime"), FieldOf("span", "endTime")})));
  EXPECT_FALSE(Finds(Call("eq", {Key("duration", "span"), Is("2.5s")})))
      << "an attribute is no field";
}

TEST(Filter, CombinesAndNegates) {
  const Term yes = Call("eq", {Key("code"), Is("500")});
  const Term no = Call("eq", {Key("code"), Is("501")});
  EXPECT_TRUE(Finds(Call("or", {no, yes})));
  EXPECT_FALSE(Finds(Call("and", {yes, no})));
  EXPECT_TRUE(Finds(Call("and", {yes, Call("not", {no})})));
  EXPECT_TRUE(Finds(Call("not", {Call("and", {yes, no, yes})})));
}

TEST(Filter, SaysNoOfWhatIsMissingAndNotTurnsItAround) {
  EXPECT_FALSE(Finds(Call("ne", {Key("none"), Is("x")})));
  EXPECT_FALSE(Finds(Call("not_in", {Key("none"), OneOf({"x"})})));
  EXPECT_FALSE(Finds(Call("regex", {Key("none"), Is(".*")})));
  EXPECT_FALSE(Finds(Call("exists", {Key("none")})));
  EXPECT_TRUE(Finds(Call("not", {Call("eq", {Key("none"), Is("x")})})));
  EXPECT_TRUE(Finds(Call("not", {Call("in", {Key("none"), OneOf({"x"})})})));
}

TEST(Filter, DeniesOnlyWhenNoneOfSeveralValuesIsEqual) {
  EXPECT_TRUE(Finds(Call("eq", {Key("both"), Is("resource")})));
  EXPECT_FALSE(Finds(Call("ne", {Key("both"), Is("resource")})));
  EXPECT_TRUE(Finds(Call("ne", {Key("both"), Is("other")})));
  EXPECT_FALSE(Finds(Call("ne", {Key("kind", "event"), Is("hard")})));
  EXPECT_TRUE(Finds(Call("not_in", {Key("code"), OneOf({"200", "404"})})));
  EXPECT_FALSE(Finds(Call("ne", {Key("kind"), Is("none")})))
      << "without a level only span and resource are asked what they do not have";
}

TEST(Filter, MatchesAPatternAnywhere) {
  EXPECT_TRUE(Finds(Call("regex", {Key("text"), Is("lo w")})));
  EXPECT_TRUE(Finds(Call("regex", {Key("code"), Is("^5..$")})));
  EXPECT_FALSE(Finds(Call("regex", {FieldOf("span", "name"), Is("POST")})));
}

TEST(Filter, BindsOneEventOrLinkInSome) {
  const auto event = [](const char* name, const char* kind) {
    return Call("some",
                {Nested("event"), Call("and", {Call("eq", {FieldOf("event", "name"), Is(name)}),
                                               Call("eq", {Key("kind", "event"), Is(kind)})})});
  };
  EXPECT_TRUE(Finds(event("exception", "soft")));
  EXPECT_FALSE(Finds(event("exception", "hard"))) << "the values are of two events";
  EXPECT_TRUE(Finds(Call("and", {Call("eq", {FieldOf("event", "name"), Is("exception")}),
                                 Call("eq", {Key("kind", "event"), Is("hard")})})));
  EXPECT_TRUE(Finds(Call("some", {Nested("link"), Call("eq", {Key("why", "link"), Is("batch")})})));
}

TEST(Filter, ComparesReferencesWithEachOther) {
  EXPECT_TRUE(Finds(Call("lt", {Key("ratio"), Key("code")})));
  EXPECT_FALSE(Finds(Call("eq", {Key("ratio"), Key("code")})));
  EXPECT_TRUE(Finds(Call("eq", {Is("1"), Is("1")})));
}

TEST(Filter, SaysWhatIsWrong) {
  const Term ok = Call("eq", {Key("a"), Is("b")});
  EXPECT_EQ(Problem(Call("xor", {ok, ok})), "unknown filter operator 'xor'");
  EXPECT_EQ(Problem(Call("and", {ok})), "operator 'and' takes at least two arguments, got 1");
  EXPECT_EQ(Problem(Call("not", {ok, ok})), "operator 'not' takes 1 argument, got 2");
  EXPECT_EQ(Problem(Call("and", {ok, Key("a")})), "in and: a call is expected, not an attribute");
  EXPECT_EQ(Problem(Call("eq", {Key("a", "galaxy"), Is("b")})),
            "unknown filter level 'galaxy': span, resource, scope, event or link is expected");
  EXPECT_EQ(Problem(Call("eq", {Key(""), Is("b")})), "attribute reference has no key");
  EXPECT_EQ(Problem(Call("eq", {FieldOf("", "name"), Is("b")})),
            "field reference has no level: 'name'");
  EXPECT_EQ(Problem(Call("eq", {FieldOf("span", "color"), Is("b")})),
            "unknown built-in field 'color' at the 'span' level; name an attribute to match a tag "
            "of that "
            "name instead");
  EXPECT_EQ(Problem(Call("eq", {Key("a"), Is("x", "int")})), "constant is no int: 'x'");
  EXPECT_EQ(Problem(Call("eq", {Key("a"), Is("x", "date")})),
            "unknown type of a constant 'date': string, int, double or bool is expected");
  EXPECT_EQ(Problem(Call("eq", {FieldOf("span", "status"), Is("bad")})),
            "'bad' is no status: unset, ok or error is expected");
  EXPECT_EQ(Problem(Call("gt", {FieldOf("span", "kind"), Is("server")})),
            "operator 'gt' has no order for a span kind");
  EXPECT_NE(Problem(Call("gt", {FieldOf("span", "duration"), Is("5")}))
                .find("field span.duration holds a duration"),
            std::string::npos);
  EXPECT_EQ(Problem(Call("gt", {FieldOf("span", "duration"), Is("5", "int")})),
            "field span.duration holds a duration, not a number");
  EXPECT_EQ(Problem(Call("eq", {FieldOf("span", "duration"), FieldOf("span", "name")})),
            "operator 'eq' compares a duration with a text");
  EXPECT_EQ(Problem(Call("in", {Key("a"), OneOf({})})),
            "operator 'in' takes a list with at least one element as its second argument, got an "
            "empty one");
  EXPECT_NE(Problem(Call("regex", {Key("a"), Is("(")})).find("regular expression is not valid"),
            std::string::npos);
  EXPECT_EQ(Problem(Call("some", {Nested("span"), ok})),
            "operator 'some' goes over events or links, not level 'span'");
  EXPECT_EQ(Problem(Call("some", {Nested("event"), Call("some", {Nested("event"), ok})})),
            "in some: operator 'some' is in another one over the same level: 'event'");
  EXPECT_EQ(Problem(Call("eq", {Nested("event"), Is("b")})),
            "operator 'eq' compares attributes, fields and scalars, got a collection");
  EXPECT_EQ(Problem({}), "a call is expected, not nothing");
  Term deep = ok;
  for (int i = 0; i < kFilterDepthMax; ++i) deep = Call("not", {deep});
  EXPECT_NE(Problem(deep).find("filter nests calls too deep: at most 64"), std::string::npos);
  EXPECT_EQ(Problem(Call("or", std::vector<Term>(kFilterTermsMax, ok))),
            "filter is too large: at most 1000 terms");
}

TEST(Filter, GivesTheStoreWhatItCanLookUp) {
  const auto plan = [](const Term& call) { return MakePlan(*FilterQuery(call), {}).ToText(); };
  EXPECT_EQ(plan(Call("and", {Call("eq", {FieldOf("resource", "service"), Is("web")}),
                              Call("eq", {FieldOf("span", "name"), Is("GET /")}),
                              Call("gte", {FieldOf("span", "duration"), Is("2s")}),
                              Call("eq", {FieldOf("span", "status"), Is("error")})})),
            "scan spans: service=\"web\" name=\"GET /\" status=error duration>=2s\ncount: from the "
            "scan\n");
  EXPECT_EQ(
      plan(Call("and", {Call("eq", {Key("user", "span"), Is("u1")}),
                        Call("regex", {FieldOf("span", "name"), Is("GET")})})),
      "scan spans: has(user=\"u1\")\nevaluate: tag(\"user\", \"u1\") && and(eq(span.user, \"u1\"), "
      "regex(span:name, \"GET\"))\ncount: by evaluation\n");
}

}  // namespace
}  // namespace awry::query
