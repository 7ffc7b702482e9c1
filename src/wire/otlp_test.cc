#include <gtest/gtest.h>

#include "base/random.h"
#include "codec/varint.h"
#include "wire/otlp_json.h"
#include "wire/otlp_proto.h"
#include "wire/wire_test_spans.h"

namespace awry::wire {
namespace {

using trace::SpanCollector;
using trace::Value;
using trace::ValueView;

TEST(OtlpProto, EverySpanComesBackEqual) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<trace::Span> spans = RandomSpans(seed, 5);
    SpanCollector back;
    DecodeReport report;
    ASSERT_TRUE(DecodeOtlpProto(EncodeOtlpProto(spans), back, report).ok());
    ASSERT_EQ(back.spans().size(), spans.size());
    for (size_t i = 0; i < spans.size(); ++i)
      ASSERT_TRUE(SameSpan(spans[i], back.spans()[i])) << "seed " << seed;
    EXPECT_EQ(report.accepted, spans.size());
    EXPECT_TRUE(report.clean());
  }
}

TEST(OtlpJson, EverySpanComesBackEqualWithSortedAttributes) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    std::vector<trace::Span> spans = RandomSpans(seed, 5);
    SpanCollector back;
    DecodeReport report;
    const std::string json = EncodeOtlpJson(spans);
    ASSERT_TRUE(DecodeOtlpJson(json, back, report).ok()) << json;
    ASSERT_EQ(back.spans().size(), spans.size());
    for (size_t i = 0; i < spans.size(); ++i) {
      trace::Span& span = spans[i];
      auto resource = std::make_shared<trace::Resource>(*span.resource);
      auto scope = std::make_shared<trace::Scope>(*span.scope);
      SortAttributes(resource->attributes);
      SortAttributes(scope->attributes);
      span.resource = resource;
      span.scope = scope;
      SortAttributes(span.attributes);
      for (auto& e : span.events) SortAttributes(e.attributes);
      for (auto& l : span.links) SortAttributes(l.attributes);
      ASSERT_TRUE(SameSpan(span, back.spans()[i])) << json;
    }
  }
}

// One span with one attribute, whose AnyValue is `value`.
trace::Span SpanWithValue(const std::string& value, DecodeReport& report) {
  SpanCollector sink;
  const base::Status status = DecodeOtlpJson(
      R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"000102030405060708090a0b0c0d0e0f",)"
      R"("spanId":"0102030405060708","attributes":[{"key":"a","value":)" +
          value + "}]}]}]}]}",
      sink, report);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return sink.spans().empty() ? trace::Span() : sink.spans().front();
}

TEST(OtlpJson, AWholeNumberBeyond64BitsIsKeptAsADouble) {
  for (const auto& [text, real] : {std::pair{"1e300", 1e300},
                                   {"9223372036854776000", 9223372036854776000.0},
                                   {"\"-1e19\"", -1e19}}) {
    DecodeReport report;
    const trace::Span span = SpanWithValue(std::string(R"({"intValue":)") + text + "}", report);
    ASSERT_EQ(span.attributes.size(), 1u) << text;
    EXPECT_EQ(span.attributes[0].value, trace::Value(trace::ValueView::Double(real))) << text;
    EXPECT_TRUE(report.clean()) << text;
  }
  DecodeReport report;
  EXPECT_EQ(SpanWithValue(R"({"intValue":"-9223372036854775808"})", report).attributes.at(0).value,
            trace::Value(trace::ValueView::Int(INT64_MIN)));
}

TEST(OtlpJson, ANullInAListStaysAndIsTold) {
  DecodeReport report;
  const trace::Span span =
      SpanWithValue(R"({"arrayValue":{"values":[{"doubleValue":null},{"intValue":1}]}})", report);
  ASSERT_EQ(span.attributes.size(), 1u);
  EXPECT_EQ(trace::ToText(span.attributes[0].value.view()), "[null,1]");
  EXPECT_EQ(report.dropped_values, 1u);
  EXPECT_NE(report.message.find("inside a list"), std::string::npos) << report.message;
}

TEST(OtlpProto, CutOffAnywhereIsAnErrorOrFewerSpansButNeverACrash) {
  const std::string bytes = EncodeOtlpProto(RandomSpans(7, 4));
  for (size_t size = 0; size < bytes.size(); ++size) {
    SpanCollector sink;
    DecodeReport report;
    (void)DecodeOtlpProto(std::string_view(bytes).substr(0, size), sink, report);
    EXPECT_LE(sink.spans().size(), 4u);
  }
}

TEST(OtlpProto, RandomDamageNeverCrashes) {
  base::Random random(11);
  const std::string bytes = EncodeOtlpProto(RandomSpans(3, 4));
  for (int i = 0; i < 5'000; ++i) {
    std::string damaged = bytes;
    for (int k = 0; k < 3; ++k)
      damaged[random.Below(damaged.size())] = static_cast<char>(random.Next());
    SpanCollector sink;
    DecodeReport report;
    (void)DecodeOtlpProto(damaged, sink, report);
  }
}

TEST(OtlpJson, RandomDamageNeverCrashes) {
  base::Random random(12);
  const std::string json = EncodeOtlpJson(RandomSpans(3, 4));
  OtlpJsonDecoder decoder;
  for (int i = 0; i < 5'000; ++i) {
    std::string damaged = json;
    const std::string_view interesting = "{}[]\",:\\0nt-u";
    for (int k = 0; k < 2; ++k)
      damaged[random.Below(damaged.size())] = interesting[random.Below(interesting.size())];
    SpanCollector sink;
    DecodeReport report;
    (void)decoder.Decode(damaged, sink, report);
  }
}

TEST(OtlpProto, LeavesOutASpanWithABadIdAndKeepsTheOthers) {
  std::vector<trace::Span> spans = RandomSpans(1, 3);
  std::string bad;
  AppendOtlpSpan(spans[1], bad);
  bad[1] = 15;  // a trace id of 15 bytes
  bad.erase(2, 1);
  std::string scope_block, block, request, good;
  AppendOtlpSpan(spans[0], good);
  AppendBytesField(2, bad, scope_block);
  AppendBytesField(2, good, scope_block);
  AppendBytesField(2, scope_block, block);
  AppendBytesField(1, block, request);
  SpanCollector sink;
  DecodeReport report;
  ASSERT_TRUE(DecodeOtlpProto(request, sink, report).ok());
  EXPECT_EQ(report.rejected, 1u);
  EXPECT_EQ(report.accepted, 1u);
  EXPECT_EQ(sink.spans().front().resource->service, "missing-service-name");
  OtlpPartialSuccess partial;
  ASSERT_TRUE(DecodeOtlpResponse(EncodeOtlpResponse(report), partial).ok());
  EXPECT_EQ(partial.rejected_spans, 1);
  EXPECT_EQ(
      EncodeOtlpResponseJson(report),
      R"({"partialSuccess":{"rejectedSpans":"1","errorMessage":")" + report.message + R"("}})");
}

TEST(OtlpProto, TakesFieldsInAnyOrderAndMergesRepeatedMessages) {
  // The resource stands behind the spans and in two parts.
  const std::vector<trace::Span> spans = RandomSpans(2, 1);
  std::string span, scope_block, block, request, pair, part;
  AppendOtlpSpan(spans[0], span);
  AppendBytesField(2, span, scope_block);
  AppendBytesField(2, scope_block, block);
  AppendKeyValue("host.name", trace::ValueView::String("h"), pair);
  AppendBytesField(1, pair, part);
  AppendBytesField(1, part, block);
  pair.clear();
  part.clear();
  AppendKeyValue("service.name", trace::ValueView::String("late"), pair);
  AppendBytesField(1, pair, part);
  AppendBytesField(1, part, block);
  AppendVarintField(99, 5, block);  // unknown
  AppendBytesField(1, block, request);
  SpanCollector sink;
  DecodeReport report;
  ASSERT_TRUE(DecodeOtlpProto(request, sink, report).ok());
  EXPECT_EQ(sink.spans().front().resource->service, "late");
  EXPECT_NE(trace::Find(sink.spans().front().resource->attributes, "host.name"), nullptr);
}

TEST(OtlpProto, RefusesValuesThatAreNestedTooDeep) {
  std::string any;
  AppendAnyValue(trace::ValueView::Int(1), any);
  for (int depth = 0; depth < kNestingDepthMax + 1; ++depth) {
    std::string array, wrapped;
    AppendBytesField(1, any, array);
    AppendBytesField(5, array, wrapped);
    any = wrapped;
  }
  trace::ValueView value;
  std::string nested;
  EXPECT_FALSE(ReadAnyValue(any, value, nested).ok());
}

constexpr std::string_view kIds =
    R"("traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174")";

std::string OneSpanJson(std::string_view members) {
  return R"({"resourceSpans":[{"scopeSpans":[{"spans":[{)" + std::string(kIds) + "," +
         std::string(members) + "}]}]}]}";
}

TEST(OtlpJson, TakesSnakeCaseNumbersAsNumbersAndEnumNames) {
  SpanCollector sink;
  DecodeReport report;
  const auto status = DecodeOtlpJson(
      R"({"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":"5b8efff798038103d269b633813fc60c",
         "span_id":"EEE19B7EC3C1B174","parent_span_id":"","name":"n","kind":"SPAN_KIND_SERVER",
         "start_time_unix_nano":1544712660000000000,"end_time_unix_nano":"1544712661000000000",
         "status":{"code":"STATUS_CODE_ERROR"},"attributes":[{"key":"i","value":{"int_value":-5}},
         {"key":"d","value":{"doubleValue":"Infinity"}},{"key":"n"}],"unknown":{"a":[1,{"b":null}]}}]}],
         "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"behind"}}]},"schemaUrl":"u"}]})",
      sink, report);
  ASSERT_TRUE(status.ok()) << status.ToString();
  ASSERT_EQ(sink.spans().size(), 1u);
  const trace::Span& span = sink.spans().front();
  EXPECT_EQ(span.kind, trace::SpanKind::kServer);
  EXPECT_EQ(span.status, trace::SpanStatus::kError);
  EXPECT_EQ(span.parent_id, 0u);
  EXPECT_EQ(span.duration_ns(), 1'000'000'000);
  EXPECT_EQ(trace::Find(span.attributes, "i")->view().integer, -5);
  EXPECT_EQ(trace::ToText(trace::Find(span.attributes, "d")->view()), "Infinity");
  EXPECT_EQ(trace::Find(span.attributes, "n")->kind(), trace::ValueKind::kNull);
  EXPECT_EQ(span.resource->service, "behind") << "the resource may stand behind its spans";
  EXPECT_EQ(span.resource->schema_url, "u");
}

TEST(OtlpJson, DropsANullNumberAndKeepsItsSpan) {
  SpanCollector sink;
  DecodeReport report;
  ASSERT_TRUE(
      DecodeOtlpJson(OneSpanJson(R"("attributes":[{"key":"nan","value":{"doubleValue":null}},
                                            {"key":"s","value":{"stringValue":"x"}}])"),
                     sink, report)
          .ok());
  ASSERT_EQ(sink.spans().size(), 1u);
  EXPECT_EQ(sink.spans().front().attributes.size(), 1u);
  EXPECT_EQ(report.dropped_values, 1u);
  EXPECT_NE(EncodeOtlpResponse(report), "");
}

TEST(OtlpJson, ReadsEscapesAndLoneSurrogates) {
  SpanCollector sink;
  DecodeReport report;
  ASSERT_TRUE(
      DecodeOtlpJson(OneSpanJson(R"("name":"a\"b\\\u00e9\ud83d\ude00\ud800x\n")"), sink, report)
          .ok());
  EXPECT_EQ(sink.spans().front().name, "a\"b\\\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbdx\n");
}

TEST(OtlpJson, KeepsBytesThatAreNoUtf8AndTheSpansBesideThem) {
  const std::string text =
      R"({"resourceSpans":[{"scopeSpans":[{"spans":[)"
      R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"a)"
      "\xff"
      R"(b","attributes":[{"key":"k","value":{"stringValue":")"
      "\xc3"
      R"("}},{"key":"good","value":{"stringValue":")"
      "\xc3\xa9\\n"
      R"("}},{"key":")"
      "\xfe"
      R"(","value":{"intValue":"5"}}]},)"
      R"({"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","name":"fine"}]}]}]})";
  OtlpJsonDecoder decoder;
  SpanCollector sink;
  DecodeReport report;
  const base::Status status = decoder.Decode(text, sink, report);
  ASSERT_TRUE(status.ok()) << status.message();
  ASSERT_EQ(sink.spans().size(), 2u);
  const trace::Span& span = sink.spans().front();
  EXPECT_EQ(span.name, "invalid-span-name");
  EXPECT_EQ(*trace::Find(span.attributes, "invalid-span-name"), Value(ValueView::Bytes("a\xff" "b")));
  EXPECT_EQ(*trace::Find(span.attributes, "k"), Value(ValueView::Bytes("\xc3")));
  EXPECT_EQ(*trace::Find(span.attributes, "good"), Value(ValueView::String("\xc3\xa9\n")));
  EXPECT_EQ(*trace::Find(span.attributes, "invalid-tag-key-1"), Value(ValueView::Bytes("\xfe:5")));
  EXPECT_EQ(sink.spans().back().name, "fine");
  SpanCollector next;
  ASSERT_TRUE(decoder.Decode(OneSpanJson(R"("name":"\u00e9")"), next, report).ok()) << "the next text is read as ever";
  EXPECT_EQ(next.spans().front().name, "\xc3\xa9");
  EXPECT_FALSE(decoder.Decode("{\xff}", next, report).ok());
}

TEST(OtlpJson, SaysWhetherTheTextIsBrokenOrTheDocumentIsNoObject) {
  SpanCollector sink;
  DecodeReport report;
  EXPECT_EQ(DecodeOtlpJson("{bad", sink, report).message().find("must be an object"), std::string::npos);
  EXPECT_NE(DecodeOtlpJson("[]", sink, report).message().find("must be an object"), std::string::npos);
}

TEST(OtlpJson, LeavesOutSpansWithIdsOfAWrongLength) {
  SpanCollector sink;
  DecodeReport report;
  ASSERT_TRUE(
      DecodeOtlpJson(R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"abc","spanId":"1"},
                                 {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"}]}]}]})",
                     sink, report)
          .ok());
  EXPECT_EQ(report.rejected, 1u);
  EXPECT_EQ(sink.spans().size(), 1u);
  EXPECT_EQ(sink.spans().front().name, "empty-span-name");
}

TEST(OtlpJson, RefusesWhatIsNoSuchDocument) {
  for (const std::string_view bad :
       {"", "[]", "null", "{", "{}}", "{\"resourceSpans\":5}", "{} {}",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":7}]}]}]}"}) {
    SpanCollector sink;
    DecodeReport report;
    EXPECT_EQ(DecodeOtlpJson(bad, sink, report).code(), base::StatusCode::kInvalidArgument) << bad;
  }
  SpanCollector sink;
  DecodeReport report;
  EXPECT_TRUE(DecodeOtlpJson("{}", sink, report).ok()) << "an empty request is fine";
}

TEST(Clean, GivesNamesToWhatHasNone) {
  SpanCollector sink;
  DecodeReport report;
  std::string scope_block, block, request, span, pair;
  trace::Span plain = RandomSpans(5, 1).front();
  plain.name = "\xff\xfe";
  plain.end_ns = plain.start_ns - 5;
  plain.attributes = {{"\xc3", trace::Value(trace::ValueView::String("v"))},
                      {"k", trace::Value(trace::ValueView::String("\xff"))}};
  AppendOtlpSpan(plain, span);
  AppendBytesField(2, span, scope_block);
  AppendBytesField(2, scope_block, block);
  AppendBytesField(1, block, request);
  ASSERT_TRUE(DecodeOtlpProto(request, sink, report).ok());
  const trace::Span& back = sink.spans().front();
  EXPECT_EQ(back.name, "invalid-span-name");
  EXPECT_EQ(trace::Find(back.attributes, "invalid-span-name")->view().bytes, "\xff\xfe");
  EXPECT_EQ(trace::Find(back.attributes, "invalid-tag-key-1")->view().bytes, "\xc3:v");
  EXPECT_EQ(trace::Find(back.attributes, "k")->kind(), trace::ValueKind::kBytes);
  EXPECT_EQ(back.end_ns, back.start_ns + 1);
  ASSERT_EQ(back.warnings.size(), 1u);
  EXPECT_NE(back.warnings[0].find("5 ns"), std::string::npos);
}

TEST(OtlpResponse, IsEmptyWhenAllWasTaken) {
  const DecodeReport report;
  EXPECT_EQ(EncodeOtlpResponse(report), "");
  EXPECT_EQ(EncodeOtlpResponseJson(report), "{}");
  const base::Status status = base::InvalidArgument("bad body");
  EXPECT_EQ(DecodeRpcStatusMessage(EncodeRpcStatus(status)), "bad body");
  EXPECT_EQ(EncodeRpcStatusJson(status), R"({"code":3,"message":"bad body"})");
}

}  // namespace
}  // namespace awry::wire
