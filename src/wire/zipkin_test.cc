#include "wire/zipkin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "wire/any_value.h"

namespace awry::wire {
namespace {

using testing::HasSubstr;
using trace::SpanKind;
using trace::SpanStatus;
using trace::Value;
using trace::ValueView;

std::vector<trace::Span> Decode(ZipkinFormat format, std::string_view bytes) {
  trace::SpanCollector sink;
  DecodeReport report;
  const base::Status status = DecodeZipkin(format, bytes, sink, report);
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(report.accepted, sink.spans().size());
  return std::move(sink.spans());
}

std::string Refusal(ZipkinFormat format, std::string_view bytes) {
  trace::SpanCollector sink;
  DecodeReport report;
  return DecodeZipkin(format, bytes, sink, report).message();
}

Value Text(std::string_view text) { return Value(ValueView::String(text)); }

const Value& At(const trace::Attributes& attributes, std::string_view key) {
  static const Value kNone;
  const Value* value = trace::Find(attributes, key);
  EXPECT_NE(value, nullptr) << key;
  return value == nullptr ? kNone : *value;
}

TEST(ZipkinJson, MapsEveryFieldOfASpan) {
  const auto spans = Decode(ZipkinFormat::kJsonV2, R"([{
    "traceId":"463ac35c9f6413ad48485a3953bb6124","id":"a2fb4a1d1a96d312","parentId":"0020000000000001",
    "kind":"SERVER","name":"get /","timestamp":1600000000000001,"duration":207000,"debug":true,"shared":true,
    "localEndpoint":{"serviceName":"front","ipv4":"10.0.0.1","port":8080},
    "remoteEndpoint":{"serviceName":"browser","ipv6":"::1","port":9},
    "tags":{"http.path":"/","answer":"42","host.name":"h1","otel.scope.name":"lib","otel.scope.version":"2",
            "otel.status_code":"ERROR","otel.status_description":"why","w3c.tracestate":"a=b"},
    "annotations":[{"timestamp":1600000000000005,"value":"hello"}]}])");
  ASSERT_EQ(spans.size(), 1u);
  const trace::Span& span = spans.front();
  EXPECT_EQ(trace::ToHex(span.trace_id), "463ac35c9f6413ad48485a3953bb6124");
  EXPECT_EQ(span.span_id, 0xa2fb4a1d1a96d312u);
  EXPECT_EQ(span.parent_id, 0x0020000000000001u);
  EXPECT_EQ(span.kind, SpanKind::kServer);
  EXPECT_EQ(span.name, "get /");
  EXPECT_EQ(span.start_ns, 1'600'000'000'000'001'000);
  EXPECT_EQ(span.duration_ns(), 207'000'000);
  EXPECT_EQ(span.flags, 2u) << "debug";
  EXPECT_EQ(span.status, SpanStatus::kError);
  EXPECT_EQ(span.status_message, "why");
  EXPECT_EQ(span.trace_state, "a=b");
  EXPECT_EQ(span.resource->service, "front");
  EXPECT_EQ(span.resource->attributes, (trace::Attributes{{"host.name", Text("h1")}}));
  EXPECT_EQ(span.scope->name, "lib");
  EXPECT_EQ(span.scope->version, "2");
  const trace::Attributes expected{{"http.path", Text("/")},
                                   {"answer", Text("42")},
                                   {"network.local.address", Text("10.0.0.1")},
                                   {"net.host.port", Value(ValueView::Int(8080))},
                                   {"peer.service", Text("browser")},
                                   {"service.peer.name", Text("browser")},
                                   {"network.peer.address", Text("::1")},
                                   {"net.peer.port", Value(ValueView::Int(9))}};
  EXPECT_EQ(span.attributes, expected);
  EXPECT_EQ(span.events,
            (std::vector<trace::Event>{{.time_ns = 1'600'000'000'000'005'000, .name = "hello"}}));
}

TEST(ZipkinJson, AServiceNameTagRenamesNobodyElse) {
  const auto spans = Decode(ZipkinFormat::kJsonV2, R"([
    {"traceId":"1","id":"1","name":"a","localEndpoint":{"serviceName":"one"}},
    {"traceId":"1","id":"2","name":"b","localEndpoint":{"serviceName":"two"},"tags":{"service.name":"three"}},
    {"traceId":"1","id":"3","name":"c","tags":{"service.name":"four"}},
    {"traceId":"1","id":"4","name":"d","localEndpoint":{"serviceName":"one"}},
    {"traceId":"1","id":"5","name":"e"}])");
  ASSERT_EQ(spans.size(), 5u);
  EXPECT_EQ(spans[0].resource->service, "one");
  EXPECT_EQ(spans[1].resource->service, "two");
  EXPECT_EQ(At(spans[1].attributes, "service.name"), Text("three"));
  EXPECT_EQ(spans[2].resource->service, "four");
  EXPECT_TRUE(spans[2].attributes.empty());
  EXPECT_EQ(spans[3].resource->service, "one");
  EXPECT_EQ(spans[4].resource->service, "missing-service-name");
}

TEST(ZipkinJson, NeighboursOfOneServiceShareTheirResource) {
  const auto spans = Decode(ZipkinFormat::kJsonV2, R"([
    {"traceId":"1","id":"1","localEndpoint":{"serviceName":"one"}},
    {"traceId":"1","id":"2","localEndpoint":{"serviceName":"one"}}])");
  EXPECT_EQ(spans.at(0).resource.get(), spans.at(1).resource.get());
}

TEST(ZipkinJson, AnErrorTagIsAnErrorUnlessItSaysFalse) {
  const auto status_of = [](const std::string& tags) {
    return Decode(ZipkinFormat::kJsonV2, R"([{"traceId":"1","id":"1","tags":{)" + tags + "}}]")
        .at(0);
  };
  const trace::Span plain = status_of(R"("error":"true")");
  EXPECT_EQ(plain.status, SpanStatus::kError);
  EXPECT_TRUE(plain.attributes.empty()) << "the status says it";
  const trace::Span text = status_of(R"("error":"timed out")");
  EXPECT_EQ(text.status, SpanStatus::kError);
  EXPECT_EQ(At(text.attributes, "error"), Text("timed out"));
  EXPECT_EQ(status_of(R"("error":"")").status, SpanStatus::kError);
  const trace::Span none = status_of(R"("error":"false")");
  EXPECT_EQ(none.status, SpanStatus::kUnset);
  EXPECT_EQ(At(none.attributes, "error"), Text("false"));
  EXPECT_EQ(status_of(R"("otel.status_code":"OK")").status, SpanStatus::kOk);
  EXPECT_EQ(status_of(R"("error":"x","otel.status_code":"ERROR")").status, SpanStatus::kError);
}

TEST(ZipkinJson, AKindMayComeAsATag) {
  const auto kind_of = [](const std::string& fields) {
    return Decode(ZipkinFormat::kJsonV2, R"([{"traceId":"1","id":"1",)" + fields + "}]").at(0);
  };
  EXPECT_EQ(kind_of(R"("tags":{"span.kind":"internal"})").kind, SpanKind::kInternal);
  EXPECT_TRUE(kind_of(R"("tags":{"span.kind":"internal"})").attributes.empty());
  EXPECT_EQ(kind_of(R"("kind":"CONSUMER")").kind, SpanKind::kConsumer);
  EXPECT_EQ(kind_of(R"("kind":null)").kind, SpanKind::kUnspecified);
  const trace::Span both = kind_of(R"("kind":"CLIENT","tags":{"span.kind":"internal"})");
  EXPECT_EQ(both.kind, SpanKind::kClient);
  EXPECT_EQ(At(both.attributes, "span.kind"), Text("internal"));
}

TEST(ZipkinJson, ReadsEventsAndLinksThatExportersEncode) {
  const auto span = Decode(ZipkinFormat::kJsonV2, R"([{"traceId":"1","id":"1",
    "annotations":[{"timestamp":1,"value":"paid|{\"n\":5,\"x\":0.5,\"s\":\"a|b\",\"l\":[1,\"z\"]}|3"},
                   {"timestamp":2,"value":"a|b|c"},{"timestamp":3,"value":"half|{\"n\":"}],
    "tags":{"otlp.link.0":"463ac35c9f6413ad48485a3953bb6124|00000000000000ff|k=v|{\"t\":true}|2",
            "otlp.link.1":"not a link"}}])")
                        .at(0);
  ASSERT_EQ(span.events.size(), 3u);
  EXPECT_EQ(span.events[0].name, "paid");
  EXPECT_EQ(span.events[0].dropped_attributes, 3u);
  EXPECT_EQ(At(span.events[0].attributes, "n"), Value(ValueView::Int(5)));
  EXPECT_EQ(At(span.events[0].attributes, "x"), Value(ValueView::Double(0.5)));
  EXPECT_EQ(At(span.events[0].attributes, "s"), Text("a|b"));
  EXPECT_EQ(trace::ToText(At(span.events[0].attributes, "l").view()), R"([1,"z"])");
  EXPECT_EQ(span.events[1].name, "a|b|c") << "an annotation with bars is no encoded event";
  EXPECT_EQ(span.events[2].name, "half|{\"n\":");
  ASSERT_EQ(span.links.size(), 1u);
  EXPECT_EQ(trace::ToHex(span.links[0].trace_id), "463ac35c9f6413ad48485a3953bb6124");
  EXPECT_EQ(span.links[0].span_id, 0xffu);
  EXPECT_EQ(span.links[0].trace_state, "k=v");
  EXPECT_EQ(span.links[0].dropped_attributes, 2u);
  EXPECT_EQ(At(span.links[0].attributes, "t"), Value(ValueView::Bool(true)));
  EXPECT_EQ(At(span.attributes, "otlp.link.1"), Text("not a link")) << "nothing is lost";
}

TEST(ZipkinJson, RoundsFractionsOfMicroseconds) {
  const auto span = Decode(ZipkinFormat::kJsonV2, R"([{"traceId":"1","id":"1",
    "timestamp":1600000000000000.6,"duration":10.4,"annotations":[{"timestamp":1600000000000000.5,"value":"e"}]}])")
                        .at(0);
  EXPECT_EQ(span.start_ns, 1'600'000'000'000'001'000);
  EXPECT_EQ(span.duration_ns(), 10'000);
  EXPECT_EQ(span.events.at(0).time_ns % 1000, 0);
}

TEST(ZipkinJson, ASpanWithoutTimesIsTakenAndTold) {
  const auto spans = Decode(ZipkinFormat::kJsonV2, R"([{"traceId":"1","id":"1"},
    {"traceId":"1","id":"2","annotations":[{"timestamp":9,"value":"b"},{"timestamp":7,"value":"a"}]}])");
  EXPECT_EQ(spans.at(0).duration_ns(), 0);
  EXPECT_THAT(spans.at(0).warnings, testing::ElementsAre(HasSubstr("without a start time")));
  EXPECT_EQ(spans.at(1).start_ns, 7'000) << "the first annotation";
}

TEST(ZipkinJson, TakesWhatOldClientsWrite) {
  const auto span = Decode(ZipkinFormat::kJsonV2, R"([{"traceId":"0048485A3953BB6124","id":"1",
    "parentId":"1","timestamp":"5","name":null,"localEndpoint":null,"annotations":null,
    "tags":{"n":5,"b":true,"z":null},"unknown":{"deep":[1,{"x":2}]}}])")
                        .at(0);
  EXPECT_EQ(trace::ToHex(span.trace_id), "000000000000000048485a3953bb6124");
  EXPECT_EQ(span.parent_id, 0u) << "a span is not its own parent";
  EXPECT_EQ(span.start_ns, 5'000);
  EXPECT_EQ(span.name, "empty-span-name");
  EXPECT_EQ(span.attributes,
            (trace::Attributes{{"n", Text("5")}, {"b", Text("true")}, {"z", Text("")}}));
}

TEST(ZipkinJson, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(Refusal(ZipkinFormat::kJsonV2, ""), HasSubstr("Zipkin JSON"));
  EXPECT_THAT(Refusal(ZipkinFormat::kJsonV2, "{}"), HasSubstr("array"));
  EXPECT_THAT(Refusal(ZipkinFormat::kJsonV2, "[5]"), HasSubstr("span 0"));
  EXPECT_THAT(
      Refusal(ZipkinFormat::kJsonV2, R"([{"traceId":"1","id":"1"},{"traceId":"xyz","id":"1"}])"),
      testing::AllOf(HasSubstr("span 1"), HasSubstr("traceId must be hex")));
  EXPECT_THAT(Refusal(ZipkinFormat::kJsonV2, R"([{"id":"1"}])"), HasSubstr("must be given"));
  EXPECT_THAT(Refusal(ZipkinFormat::kJsonV2, R"([{"traceId":"0","id":"1"}])"), HasSubstr("zero"));
  EXPECT_NE(Refusal(ZipkinFormat::kJsonV2, R"([{"traceId":"1","id":"1"}] x)"), "");
  EXPECT_NE(Refusal(ZipkinFormat::kJsonV2, R"([{"traceId":"1","id":"1","tags":{"a":{}}}])"), "");
}

// A protobuf of a span, written by hand after zipkin.proto.
std::string ProtoEndpoint(std::string_view service, std::string_view ipv4, uint64_t port) {
  std::string out;
  AppendBytesField(1, service, out);
  AppendBytesField(2, ipv4, out);
  AppendVarintField(4, port, out);
  return out;
}

std::string ProtoList() {
  std::string span, annotation, tag;
  AppendBytesField(1, std::string_view("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2", 16), span);
  AppendBytesField(2, std::string_view("\0\0\0\0\0\0\0\1", 8), span);
  AppendBytesField(3, std::string_view("\0\0\0\0\0\0\0\7", 8), span);
  AppendVarintField(4, 1, span);
  AppendBytesField(5, "get", span);
  AppendFixed64Field(6, 1'600'000'000'000'000, span);
  AppendVarintField(7, 25, span);
  AppendBytesField(8, ProtoEndpoint("front", std::string_view("\x7f\0\0\1", 4), 80), span);
  AppendBytesField(9, ProtoEndpoint("back", std::string_view("\x0a\0\0\2", 4), 443), span);
  AppendFixed64Field(1, 1'600'000'000'000'003, annotation);
  AppendBytesField(2, "sent", annotation);
  AppendBytesField(10, annotation, span);
  AppendBytesField(1, "k", tag);
  AppendBytesField(2, "v\xff", tag);
  AppendBytesField(11, tag, span);
  std::string out;
  AppendBytesField(1, span, out);
  return out;
}

TEST(ZipkinJson, KeepsBytesThatAreNoUtf8) {
  const auto span = Decode(ZipkinFormat::kJsonV2, "[{\"traceId\":\"1\",\"id\":\"2\",\"name\":\"op\","
                                                  "\"tags\":{\"k\":\"v\xff\"}}]").at(0);
  EXPECT_EQ(At(span.attributes, "k"), Value(ValueView::Bytes("v\xff")));
}

TEST(ZipkinProto, MapsEveryFieldOfASpan) {
  const auto span = Decode(ZipkinFormat::kProtobuf, ProtoList()).at(0);
  EXPECT_EQ(span.trace_id, (trace::TraceId{1, 2}));
  EXPECT_EQ(span.span_id, 7u);
  EXPECT_EQ(span.parent_id, 1u);
  EXPECT_EQ(span.kind, SpanKind::kClient);
  EXPECT_EQ(span.name, "get");
  EXPECT_EQ(span.start_ns, 1'600'000'000'000'000'000);
  EXPECT_EQ(span.duration_ns(), 25'000);
  EXPECT_EQ(span.resource->service, "front");
  EXPECT_EQ(At(span.attributes, "network.local.address"), Text("127.0.0.1"));
  EXPECT_EQ(At(span.attributes, "peer.service"), Text("back"));
  EXPECT_EQ(At(span.attributes, "network.peer.address"), Text("10.0.0.2"));
  EXPECT_EQ(At(span.attributes, "k"), Value(ValueView::Bytes("v\xff")))
      << "no UTF-8: kept as bytes";
  EXPECT_EQ(span.events.at(0).name, "sent");
}

TEST(ZipkinProto, CutOffAnywhereIsAnError) {
  const std::string bytes = ProtoList();
  for (size_t size = 1; size < bytes.size(); ++size)
    EXPECT_NE(Refusal(ZipkinFormat::kProtobuf, std::string_view(bytes).substr(0, size)), "")
        << size;
}

TEST(ZipkinV1, CoreAnnotationsBecomeKindTimesAndEndpoints) {
  const auto span =
      Decode(ZipkinFormat::kJsonV1, R"([{"traceId":"1","id":"2","parentId":"1","name":"get",
    "annotations":[{"timestamp":100,"value":"cs","endpoint":{"serviceName":"front","ipv4":"10.0.0.1"}},
                   {"timestamp":150,"value":"retry","endpoint":{"serviceName":"front"}},
                   {"timestamp":300,"value":"cr","endpoint":{"serviceName":"front"}}],
    "binaryAnnotations":[{"key":"sa","value":true,"endpoint":{"serviceName":"back","port":-1}},
                         {"key":"http.path","value":"/","endpoint":{"serviceName":"front"}},
                         {"key":"n","value":7,"endpoint":{"serviceName":"front"}},
                         {"key":"b","value":false}]}])")
          .at(0);
  EXPECT_EQ(span.kind, SpanKind::kClient);
  EXPECT_EQ(span.start_ns, 100'000);
  EXPECT_EQ(span.duration_ns(), 200'000);
  EXPECT_EQ(span.resource->service, "front");
  EXPECT_EQ(At(span.attributes, "peer.service"), Text("back"));
  EXPECT_EQ(At(span.attributes, "net.peer.port"), Value(ValueView::Int(65535)));
  EXPECT_EQ(At(span.attributes, "http.path"), Text("/"));
  EXPECT_EQ(At(span.attributes, "n"), Value(ValueView::Int(7)));
  EXPECT_EQ(At(span.attributes, "b"), Value(ValueView::Bool(false)));
  ASSERT_EQ(span.events.size(), 1u) << "core annotations are no events";
  EXPECT_EQ(span.events[0].name, "retry");
}

TEST(ZipkinV1, TimesOfTheSpanWinOverAnnotations) {
  const auto span =
      Decode(ZipkinFormat::kJsonV1, R"([{"traceId":"1","id":"2","timestamp":90,"duration":5,
    "annotations":[{"timestamp":100,"value":"sr","endpoint":{"serviceName":"back"}},
                   {"timestamp":300,"value":"ss","endpoint":{"serviceName":"back"}}],
    "binaryAnnotations":[{"key":"ca","value":true,"endpoint":{"serviceName":"front"}}]}])")
          .at(0);
  EXPECT_EQ(span.kind, SpanKind::kServer);
  EXPECT_EQ(span.start_ns, 90'000);
  EXPECT_EQ(span.duration_ns(), 5'000);
  EXPECT_EQ(span.resource->service, "back");
  EXPECT_EQ(At(span.attributes, "peer.service"), Text("front"));
}

TEST(ZipkinV1, ASpanOfBothSidesBecomesTwoOfOneId) {
  const auto spans = Decode(ZipkinFormat::kJsonV1, R"([{"traceId":"1","id":"2","name":"get",
    "annotations":[{"timestamp":100,"value":"cs","endpoint":{"serviceName":"front"}},
                   {"timestamp":120,"value":"sr","endpoint":{"serviceName":"back"}},
                   {"timestamp":180,"value":"ss","endpoint":{"serviceName":"back"}},
                   {"timestamp":200,"value":"cr","endpoint":{"serviceName":"front"}}],
    "binaryAnnotations":[{"key":"c","value":"1","endpoint":{"serviceName":"front"}},
                         {"key":"s","value":"2","endpoint":{"serviceName":"back"}}]}])");
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_EQ(spans[0].span_id, spans[1].span_id);
  EXPECT_EQ(spans[0].kind, SpanKind::kClient);
  EXPECT_EQ(spans[0].resource->service, "front");
  EXPECT_EQ(spans[0].duration_ns(), 100'000);
  EXPECT_EQ(spans[0].attributes, (trace::Attributes{{"c", Text("1")}}));
  EXPECT_EQ(spans[1].kind, SpanKind::kServer);
  EXPECT_EQ(spans[1].resource->service, "back");
  EXPECT_EQ(spans[1].start_ns, 120'000);
  EXPECT_EQ(spans[1].duration_ns(), 60'000);
  EXPECT_EQ(spans[1].attributes, (trace::Attributes{{"s", Text("2")}}));
}

TEST(ZipkinV1, AnAddressAloneSaysTheSide) {
  const auto spans = Decode(ZipkinFormat::kJsonV1, R"([
    {"traceId":"1","id":"2","binaryAnnotations":[{"key":"sa","value":true,"endpoint":{"serviceName":"db"}},
                                                 {"key":"lc","value":"","endpoint":{"serviceName":"app"}}]},
    {"traceId":"1","id":"3","annotations":[{"timestamp":5,"value":"ms","endpoint":{"serviceName":"app"}}]},
    {"traceId":"1","id":"4","annotations":[{"timestamp":5,"value":"mr","endpoint":{"serviceName":"app"}}]}])");
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[0].kind, SpanKind::kClient);
  EXPECT_EQ(spans[0].resource->service, "app");
  EXPECT_EQ(At(spans[0].attributes, "peer.service"), Text("db"));
  EXPECT_EQ(spans[1].kind, SpanKind::kProducer);
  EXPECT_EQ(spans[2].kind, SpanKind::kConsumer);
}

// The binary protocol by hand: field headers and values in big-endian.
class ThriftBytes {
 public:
  ThriftBytes& Number(uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out_ += static_cast<char>(value >> (8 * i));
    return *this;
  }
  ThriftBytes& Field(int type, int id) {
    return Number(static_cast<uint64_t>(type), 1).Number(static_cast<uint64_t>(id), 2);
  }
  ThriftBytes& I64(int id, uint64_t value) { return Field(10, id).Number(value, 8); }
  ThriftBytes& I32(int id, uint64_t value) { return Field(8, id).Number(value, 4); }
  ThriftBytes& Text(int id, std::string_view text) {
    Field(11, id).Number(text.size(), 4);
    out_ += text;
    return *this;
  }
  ThriftBytes& List(int id, uint64_t size) { return Field(15, id).Number(12, 1).Number(size, 4); }
  ThriftBytes& Endpoint(int id, std::string_view service) {
    return Field(12, id)
        .I32(1, 0x0a000001)
        .Field(6, 2)
        .Number(8080, 2)
        .Text(3, service)
        .Number(0, 1);
  }
  ThriftBytes& End() { return Number(0, 1); }
  const std::string& bytes() const { return out_; }

 private:
  std::string out_;
};

std::string ThriftList() {
  ThriftBytes t;
  t.Number(12, 1).Number(1, 4);  // a list of one struct
  t.I64(1, 2).Text(3, "get").I64(4, 7).I64(5, 6);
  t.List(6, 2);
  t.I64(1, 100).Text(2, "sr").Endpoint(3, "back").End();
  t.I64(1, 300).Text(2, "ss").Endpoint(3, "back").End();
  t.List(8, 4);
  t.Text(1, "n").Text(2, std::string_view("\xff\xff\xff\xff\xff\xff\xff\xfb", 8)).I32(3, 4).End();
  t.Text(1, "d").Text(2, std::string_view("\x3f\xe0\0\0\0\0\0\0", 8)).I32(3, 5).End();
  t.Text(1, "b").Text(2, std::string_view("\1", 1)).I32(3, 0).End();
  t.Text(1, "s").Text(2, "text").I32(3, 6).End();
  t.Field(2, 9).Number(1, 1).I64(12, 1).End();
  return t.bytes();
}

TEST(ZipkinThrift, MapsEveryFieldOfASpan) {
  const auto span = Decode(ZipkinFormat::kThriftV1, ThriftList()).at(0);
  EXPECT_EQ(span.trace_id, (trace::TraceId{1, 2}));
  EXPECT_EQ(span.span_id, 7u);
  EXPECT_EQ(span.parent_id, 6u);
  EXPECT_EQ(span.name, "get");
  EXPECT_EQ(span.kind, SpanKind::kServer);
  EXPECT_EQ(span.start_ns, 100'000);
  EXPECT_EQ(span.duration_ns(), 200'000);
  EXPECT_EQ(span.flags, 2u);
  EXPECT_EQ(span.resource->service, "back");
  EXPECT_EQ(At(span.attributes, "network.local.address"), Text("10.0.0.1"));
  EXPECT_EQ(At(span.attributes, "n"), Value(ValueView::Int(-5)));
  EXPECT_EQ(At(span.attributes, "d"), Value(ValueView::Double(0.5)));
  EXPECT_EQ(At(span.attributes, "b"), Value(ValueView::Bool(true)));
  EXPECT_EQ(At(span.attributes, "s"), Text("text"));
}

TEST(ZipkinThrift, CutOffAnywhereIsAnError) {
  const std::string bytes = ThriftList();
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(Refusal(ZipkinFormat::kThriftV1, std::string_view(bytes).substr(0, size)), "")
        << size;
  EXPECT_THAT(Refusal(ZipkinFormat::kThriftV1, bytes + "x"),
              HasSubstr("more bytes after the list"));
}

TEST(Zipkin, RandomDamageNeverCrashes) {
  base::Random random(9);
  const std::string json =
      R"([{"traceId":"1","id":"2","tags":{"a":"b","otlp.link.0":"1|2|x|{\"a\":[1]}|0"},)"
      R"("annotations":[{"timestamp":1.5,"value":"e|{\"a\":{\"b\":1}}|1","endpoint":{"serviceName":"s"}}],)"
      R"("binaryAnnotations":[{"key":"sa","value":true,"endpoint":{"port":1}}]}])";
  const std::pair<ZipkinFormat, std::string> cases[] = {{ZipkinFormat::kJsonV2, json},
                                                        {ZipkinFormat::kJsonV1, json},
                                                        {ZipkinFormat::kProtobuf, ProtoList()},
                                                        {ZipkinFormat::kThriftV1, ThriftList()}};
  for (int i = 0; i < 4'000; ++i) {
    const auto& [format, good] = cases[i % 4];
    std::string bytes = good;
    for (int k = 0; k < 3; ++k)
      bytes[random.Below(bytes.size())] = static_cast<char>(random.Next());
    (void)Refusal(format, bytes);
  }
}

}  // namespace
}  // namespace awry::wire
