// Checks are said of the span that has the attributes.
#include <gtest/gtest.h>

#include <memory>

#include "awry/query/query.h"
#include "awry/why/cause.h"

namespace awry::why {
namespace {

trace::Span MakeSpan(uint64_t id, uint64_t parent, const char* name, const char* key, trace::Value value) {
  trace::Span span{.span_id = id, .parent_id = parent, .name = name, .start_ns = static_cast<int64_t>(id), .end_ns = 100};
  span.attributes = {{key, std::move(value)}};
  span.resource = std::make_shared<trace::Resource>(trace::Resource{.service = "shop"});
  span.scope = std::make_shared<trace::Scope>();
  return span;
}

uint32_t ColumnOf(const Corpus& corpus, const std::string& key) {
  uint32_t out = 0;
  for (uint32_t c = 0; c < corpus.columns().size(); ++c) {
    if (corpus.columns()[c].key == key) out = c;
  }
  return out;
}

// The check for a broken relation between `cache.key` of the inner span and `tenant` of the outer one, the outer to blame.
std::string CheckOf(Relation relation, const trace::Value& inner, const trace::Value& outer) {
  Corpus corpus;
  for (uint64_t k = 1; k < 4; ++k) {
    trace::Trace trace{.id = {1, k}};
    trace.spans = {MakeSpan(1, 0, "ask", "tenant", outer), MakeSpan(2, 1, "look_up", "cache.key", inner)};
    corpus.Add(trace);
  }
  corpus.Finish();
  relation.a = ColumnOf(corpus, "cache.key");
  relation.b = ColumnOf(corpus, "tenant");
  const std::vector<Relation> relations{relation};
  const std::vector<Fact> facts{{.kind = FactKind::kRelation, .span_class = corpus.columns()[relation.b].span_class,
                                 .other_class = corpus.columns()[relation.a].span_class, .column = relation.b, .relation = 0}};
  const Flow flow;
  const Groups groups{Bits(corpus.size()), Bits(corpus.size())};
  const std::string check = CheckQuery({corpus, relations, facts, flow, groups, {"wrong", "right"}}, facts.front());
  EXPECT_TRUE(query::Parse(check).ok()) << check;
  return check;
}

TEST(CheckQuery, OfARelationNamesTheSpanThatHasItsFirstAttribute) {
  const trace::Value key(trace::ValueView::String("row:t1")), tenant(trace::ValueView::String("t1"));
  EXPECT_EQ(CheckOf({.kind = RelationKind::kContains}, key, tenant), "{ name = \"look_up\" && !(contains(span.cache.key, parent.tenant)) }");
}

TEST(CheckQuery, OfNumbersAllowsForTheirRounding) {
  const trace::Value hundred(trace::ValueView::Double(100)), one(trace::ValueView::Double(1));
  EXPECT_EQ(CheckOf({.kind = RelationKind::kRatio, .factor = 100, .tolerance = 0.5}, hundred, one),
            "{ name = \"look_up\" && (span.cache.key - parent.tenant * 100 > 0.53 || parent.tenant * 100 - span.cache.key > 0.53) }");
}

}  // namespace
}  // namespace awry::why
