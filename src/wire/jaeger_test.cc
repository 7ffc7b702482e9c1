#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "wire/jaeger_json.h"
#include "wire/jaeger_thrift.h"
#include "wire/wire_test_spans.h"

namespace awry::wire {
namespace {

using trace::SpanCollector;
using trace::ValueView;

// wire-contract 3.2: made by the Python client that is generated from the IDL.
constexpr std::string_view kCompact =
    "82810009656d697442617463681c1c180373766300191c16909cb0d080c181820216011604160218026f7025021680"
    "80a0faa0ccd7"
    "051614194c18016215043100180164150227000000000000e03f0018016c15064609001801781508580200ff000000"
    "00";
constexpr std::string_view kBinary =
    "8001000400000009656d69744261746368000000000c00010c00010b000100000003737663000f00020c000000010a"
    "000101020304"
    "050607080a0002ffffffffffffffff0a000300000000000000020a000400000000000000010b0005000000026f7008"
    "0007000000010a"
    "00080005af3107a400000a0009000000000000000a0f000a0c000000040b0001000000016208000200000002020005"
    "01000b0001000000"
    "0164080002000000010400043fe0000000000000000b0001000000016c080002000000030a0006fffffffffffffffb"
    "000b00010000000178"
    "080002000000040b00070000000200ff00000000";

void ExpectVector(const std::vector<trace::Span>& spans) {
  ASSERT_EQ(spans.size(), 1u);
  const trace::Span& span = spans.front();
  EXPECT_EQ(span.resource->service, "svc");
  EXPECT_EQ(span.trace_id, (trace::TraceId{~uint64_t{0}, 0x0102030405060708}));
  EXPECT_EQ(span.span_id, 2u);
  EXPECT_EQ(span.parent_id, 1u);
  EXPECT_EQ(span.name, "op");
  EXPECT_EQ(span.flags, 1u);
  EXPECT_EQ(span.start_ns, 1'600'000'000'000'000'000);
  EXPECT_EQ(span.duration_ns(), 10'000);
  const trace::Attributes expected = {
      {"b", trace::Value(ValueView::Bool(true))},
      {"d", trace::Value(ValueView::Double(0.5))},
      {"l", trace::Value(ValueView::Int(-5))},
      {"x", trace::Value(ValueView::Bytes(std::string_view("\0\xff", 2)))}};
  EXPECT_EQ(span.attributes, expected);
}

TEST(JaegerThrift, ReadsTheCompactVector) {
  const std::string bytes = *codec::HexDecode(kCompact);
  ASSERT_EQ(bytes.size(), 101u);
  SpanCollector sink;
  DecodeReport report;
  ASSERT_TRUE(DecodeJaegerDatagram(ThriftProtocol::kCompact, bytes, sink, report).ok());
  ExpectVector(sink.spans());
}

TEST(JaegerThrift, ReadsTheBinaryVectorWithAndWithoutItsHeader) {
  const std::string bytes = *codec::HexDecode(kBinary);
  ASSERT_EQ(bytes.size(), 238u);
  SpanCollector sink, bare;
  DecodeReport report;
  ASSERT_TRUE(DecodeJaegerDatagram(ThriftProtocol::kBinary, bytes, sink, report).ok());
  ExpectVector(sink.spans());
  // Header: 4 + 4 + 9 + 4 bytes, then the field header of the batch; the arguments' end is one
  // byte.
  ASSERT_TRUE(
      DecodeJaegerBatch(ThriftProtocol::kBinary, std::string_view(bytes).substr(24), bare, report)
          .ok());
  ExpectVector(bare.spans());
}

TEST(JaegerThrift, CutOffAnywhereIsAnError) {
  for (const auto protocol : {ThriftProtocol::kCompact, ThriftProtocol::kBinary}) {
    const std::string bytes =
        *codec::HexDecode(protocol == ThriftProtocol::kCompact ? kCompact : kBinary);
    for (size_t size = 0; size < bytes.size(); ++size) {
      SpanCollector sink;
      DecodeReport report;
      EXPECT_FALSE(
          DecodeJaegerDatagram(protocol, std::string_view(bytes).substr(0, size), sink, report)
              .ok())
          << size;
    }
  }
}

TEST(JaegerThrift, RandomDamageNeverCrashes) {
  base::Random random(5);
  for (int i = 0; i < 20'000; ++i) {
    const auto protocol = random.Chance(0.5) ? ThriftProtocol::kCompact : ThriftProtocol::kBinary;
    std::string bytes =
        *codec::HexDecode(protocol == ThriftProtocol::kCompact ? kCompact : kBinary);
    for (int k = 0; k < 3; ++k)
      bytes[random.Below(bytes.size())] = static_cast<char>(random.Next());
    SpanCollector sink;
    DecodeReport report;
    (void)DecodeJaegerDatagram(protocol, bytes, sink, report);
  }
}

TEST(JaegerThrift, WhatTheWriterSendsComesBack) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    std::vector<trace::Span> spans = RandomSpans(seed, 4);
    std::vector<std::string> encoded;
    for (trace::Span& span : spans) {
      span.resource = spans.front().resource;
      ReduceToJaeger(span);
      encoded.push_back(JaegerDatagramWriter::EncodeSpan(span));
    }
    JaegerDatagramWriter writer(*spans.front().resource);
    size_t bytes = 0;
    for (const std::string& e : encoded) bytes += e.size();
    const std::string datagram = writer.Datagram(encoded);
    EXPECT_LE(datagram.size(), writer.DatagramBytes(encoded.size(), bytes));
    SpanCollector sink;
    DecodeReport report;
    ASSERT_TRUE(DecodeJaegerDatagram(ThriftProtocol::kCompact, datagram, sink, report).ok());
    ASSERT_EQ(sink.spans().size(), spans.size());
    for (size_t i = 0; i < spans.size(); ++i)
      ASSERT_TRUE(SameSpan(spans[i], sink.spans()[i])) << "seed " << seed;
  }
}

TEST(JaegerThrift, TheParentMayComeFromAReference) {
  // A span without parentSpanId whose link says child_of, in the same trace.
  trace::Span span = RandomSpans(1, 1).front();
  span.parent_id = 0;
  span.links = {
      {.trace_id = span.trace_id,
       .span_id = 77,
       .attributes = {{"opentracing.ref_type", trace::Value(ValueView::String("child_of"))}}}};
  const std::vector<std::string> encoded = {JaegerDatagramWriter::EncodeSpan(span)};
  SpanCollector sink;
  DecodeReport report;
  ASSERT_TRUE(DecodeJaegerDatagram(ThriftProtocol::kCompact,
                                   JaegerDatagramWriter(*span.resource).Datagram(encoded), sink,
                                   report)
                  .ok());
  EXPECT_EQ(sink.spans().front().parent_id, 77u);
  EXPECT_TRUE(sink.spans().front().links.empty());
}

TEST(JaegerJson, WritesATraceAsJaegerDoes) {
  auto resource = std::make_shared<trace::Resource>(trace::Resource{
      .service = "svc", .attributes = {{"host.name", trace::Value(ValueView::String("h"))}}});
  auto scope = std::make_shared<trace::Scope>(trace::Scope{.name = "lib", .version = "2"});
  trace::Trace trace{.id = {0, 0xabc}};
  trace::Span& span = trace.spans.emplace_back();
  span.trace_id = trace.id;
  span.span_id = 2;
  span.parent_id = 1;
  span.name = "op";
  span.kind = trace::SpanKind::kServer;
  span.status = trace::SpanStatus::kError;
  span.status_message = "why";
  span.start_ns = 500'000'777;
  span.end_ns = 500'010'999;
  span.attributes = {{"z", trace::Value(ValueView::Int(int64_t{1} << 53))},
                     {"a", trace::Value(ValueView::Int((int64_t{1} << 53) - 1))},
                     {"n", trace::Value(ValueView::Double(std::nan("")))}};
  span.events = {{.time_ns = 500'000'777, .name = "e"}};
  span.resource = resource;
  span.scope = scope;
  std::string json;
  AppendJaegerTraceJson(trace, json);
  EXPECT_EQ(
      json,
      R"({"traceID":"0000000000000abc","spans":[{"traceID":"0000000000000abc","spanID":"0000000000000002",)"
      R"("operationName":"op","references":[{"refType":"CHILD_OF","traceID":"0000000000000abc",)"
      R"("spanID":"0000000000000001"}],"startTime":500000,"duration":10,"tags":[)"
      R"({"key":"otel.scope.name","type":"string","value":"lib"},)"
      R"({"key":"otel.scope.version","type":"string","value":"2"},)"
      R"({"key":"a","type":"int64","value":9007199254740991},)"
      R"({"key":"n","type":"float64","value":"NaN"},)"
      R"({"key":"z","type":"int64","value":"9007199254740992"},)"
      R"({"key":"span.kind","type":"string","value":"server"},)"
      R"({"key":"otel.status_code","type":"string","value":"ERROR"},)"
      R"({"key":"error","type":"bool","value":true},)"
      R"({"key":"otel.status_description","type":"string","value":"why"}],)"
      R"("logs":[{"timestamp":500000,"fields":[{"key":"event","type":"string","value":"e"}]}],)"
      R"("processID":"p1","warnings":null}],"processes":{"p1":{"serviceName":"svc","tags":[)"
      R"({"key":"host.name","type":"string","value":"h"}]}},"warnings":null})");
}

TEST(JaegerJson, WhatIsWrittenComesBack) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    trace::Trace trace{.id = {1, seed + 1}};
    trace.spans = RandomSpans(seed, 4);
    auto shared = std::make_shared<trace::Resource>(*trace.spans.front().resource);
    SortAttributes(shared->attributes);
    for (trace::Span& span : trace.spans) {
      span.trace_id = trace.id;
      span.resource = shared;
      SortAttributes(span.attributes);
      ReduceToJaeger(span);
    }
    std::string json = R"({"data":[)";
    AppendJaegerTraceJson(trace, json);
    json += "]}";
    SpanCollector sink;
    DecodeReport report;
    ASSERT_TRUE(DecodeJaegerJson(json, sink, report).ok());
    ASSERT_EQ(sink.spans().size(), trace.spans.size());
    for (size_t i = 0; i < trace.spans.size(); ++i)
      ASSERT_TRUE(SameSpan(trace.spans[i], sink.spans()[i])) << json;
  }
}

TEST(JaegerJson, RefusesWhatIsNoTrace) {
  for (const std::string_view bad : {"", "5", "{}", "[5]", R"({"data":[{}]})", R"({"data":{})"}) {
    SpanCollector sink;
    DecodeReport report;
    EXPECT_FALSE(DecodeJaegerJson(bad, sink, report).ok()) << bad;
  }
}

}  // namespace
}  // namespace awry::wire
