#include <gtest/gtest.h>

#include "trace/ids.h"
#include "trace/span.h"
#include "trace/span_sink.h"
#include "trace/value.h"

namespace awry::trace {
namespace {

TEST(TraceId, ReadsAndWritesHexOfAnyLength) {
  EXPECT_EQ(ToHex(*TraceIdFromHex("1")), "00000000000000000000000000000001");
  EXPECT_EQ(ToHex(*TraceIdFromHex("ABCDEF0123456789abcdef0123456789")), "abcdef0123456789abcdef0123456789");
  EXPECT_FALSE(TraceIdFromHex(""));
  EXPECT_FALSE(TraceIdFromHex("xyz"));
  EXPECT_FALSE(TraceIdFromHex(std::string(33, '0')));
}

TEST(TraceId, BytesComeBack) {
  const TraceId id{0x0102030405060708, 0x090a0b0c0d0e0f10};
  std::string bytes;
  AppendBytes(id, bytes);
  EXPECT_EQ(TraceIdFromBytes(bytes), id);
  EXPECT_FALSE(TraceIdFromBytes(bytes.substr(1)));
}

TEST(Value, TextIsWhatPeopleSee) {
  EXPECT_EQ(ToText(ValueView::Double(0.25)), "0.25");
  EXPECT_EQ(ToText(ValueView::Int(INT64_MIN)), "-9223372036854775808");
  EXPECT_EQ(ToText(ValueView::Bytes(std::string_view("\0\xff", 2))), "AP8=");
  // ArrayValue {"x", 2}: two AnyValue, field 1 each.
  EXPECT_EQ(ToText(ValueView::Array(std::string_view("\x0a\x03\x0a\x01x\x0a\x02\x18\x02", 9))), R"(["x",2])");
  EXPECT_EQ(ToText(ValueView::Array("\x0a\x7f")), "[]") << "a length past the end ends the list";
}

TEST(SpanCollector, ReplayComesBackEqual) {
  Span span;
  span.trace_id = {1, 2};
  span.span_id = 3;
  span.name = "op";
  span.attributes = {{"k", Value(ValueView::Int(5))}};
  span.events = {{.time_ns = 7, .name = "e", .attributes = {{"a", Value(ValueView::Bool(true))}}}};
  span.links = {{.trace_id = {9, 9}, .span_id = 8}};
  span.resource = std::make_shared<Resource>(Resource{.service = "svc"});
  span.scope = std::make_shared<Scope>(Scope{.name = "lib"});
  SpanCollector collector;
  Replay(span, collector);
  ASSERT_EQ(collector.spans().size(), 1u);
  const Span& back = collector.spans().front();
  EXPECT_EQ(back.attributes, span.attributes);
  EXPECT_EQ(back.events, span.events);
  EXPECT_EQ(back.links, span.links);
  EXPECT_EQ(*back.resource, *span.resource);
  EXPECT_EQ(*back.scope, *span.scope);
}

TEST(Root, IsTheFirstSpanWithoutAParentInTheTrace) {
  Trace trace;
  trace.spans.resize(2);
  trace.spans[0].span_id = 1;
  trace.spans[0].parent_id = 99;
  trace.spans[1].span_id = 2;
  trace.spans[1].parent_id = 1;
  EXPECT_EQ(Root(trace)->span_id, 1u);
  trace.spans[1].parent_id = 0;
  EXPECT_EQ(Root(trace)->span_id, 2u);
}

}  // namespace
}  // namespace awry::trace
