#include "wire/jaeger_proto.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "wire/any_value.h"
#include "wire/wire_test_spans.h"

namespace awry::wire {
namespace {

using trace::SpanCollector;
using trace::Value;
using trace::ValueView;

// Spans as Jaeger's protobuf can hold them, to the nanosecond.
std::vector<trace::Span> JaegerSpans(uint64_t seed, size_t count) {
  std::vector<trace::Span> spans = RandomSpans(seed, count);
  for (trace::Span& span : spans) {
    ReduceToJaeger(span, 1);
    auto resource = std::make_shared<trace::Resource>(*span.resource);
    SortAttributes(resource->attributes);
    span.resource = resource;
    SortAttributes(span.attributes);
    if (seed % 2 == 0) span.warnings = {"clock is wrong"};
  }
  return spans;
}

TEST(JaegerProto, WhatIsWrittenComesBack) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const std::vector<trace::Span> spans = JaegerSpans(seed, 4);
    SpanCollector sink;
    DecodeReport report;
    ASSERT_TRUE(DecodeJaegerProtoBatch(EncodeJaegerProtoSpans(spans), sink, report).ok());
    ASSERT_EQ(sink.spans().size(), spans.size());
    EXPECT_EQ(report.accepted, spans.size());
    for (size_t i = 0; i < spans.size(); ++i)
      ASSERT_TRUE(SameSpan(spans[i], sink.spans()[i])) << "seed " << seed;
  }
}

// {1 service_name}
std::string Process(std::string_view service) {
  std::string out;
  AppendBytesField(1, service, out);
  return out;
}

std::string SpanWithoutProcess(uint8_t id) {
  std::string out;
  AppendBytesField(1, std::string(15, '\0') + "\1", out);
  AppendBytesField(2, std::string(7, '\0') + static_cast<char>(id), out);
  AppendBytesField(3, "op", out);
  return out;
}

TEST(JaegerProto, ASpansOwnProcessWinsOverTheBatchsWhereverThatStands) {
  std::string own = SpanWithoutProcess(2);
  AppendBytesField(10, Process("own"), own);
  std::string batch;
  AppendBytesField(1, SpanWithoutProcess(1), batch);
  AppendBytesField(1, own, batch);
  AppendBytesField(1, SpanWithoutProcess(3), batch);
  AppendBytesField(2, Process("batch"), batch);  // behind the spans
  std::string request;
  AppendBytesField(1, batch, request);
  SpanCollector sink;
  DecodeReport report;
  ASSERT_TRUE(DecodeJaegerPostSpans(request, sink, report).ok());
  ASSERT_EQ(sink.spans().size(), 3u);
  EXPECT_EQ(sink.spans()[0].resource->service, "batch");
  EXPECT_EQ(sink.spans()[1].resource->service, "own");
  EXPECT_EQ(sink.spans()[2].resource->service, "batch");
}

TEST(JaegerProto, ABatchWithoutAnyProcessIsTaken) {
  std::string batch;
  AppendBytesField(1, SpanWithoutProcess(1), batch);
  SpanCollector sink;
  DecodeReport report;
  ASSERT_TRUE(DecodeJaegerProtoBatch(batch, sink, report).ok());
  EXPECT_EQ(sink.spans().at(0).resource->service, "missing-service-name");
}

TEST(JaegerProto, AnIdOf8BytesIsTheLowHalf) {
  std::string span, batch;
  AppendBytesField(1, std::string(7, '\0') + "\5", span);
  AppendBytesField(2, std::string(7, '\0') + "\1", span);
  AppendBytesField(1, span, batch);
  SpanCollector sink;
  DecodeReport report;
  ASSERT_TRUE(DecodeJaegerProtoBatch(batch, sink, report).ok());
  EXPECT_EQ(sink.spans().at(0).trace_id, (trace::TraceId{0, 5}));
}

TEST(JaegerProto, SpansWithBadIdsAreLeftOutAndCounted) {
  std::string no_id, short_id, batch;
  AppendBytesField(3, "op", no_id);
  AppendBytesField(1, "123", short_id);
  AppendBytesField(1, no_id, batch);
  AppendBytesField(1, short_id, batch);
  AppendBytesField(1, SpanWithoutProcess(1), batch);
  SpanCollector sink;
  DecodeReport report;
  ASSERT_TRUE(DecodeJaegerProtoBatch(batch, sink, report).ok());
  EXPECT_EQ(report.accepted, 1u);
  EXPECT_EQ(report.rejected, 2u);
}

TEST(JaegerProto, TimesBeforeTheEpochAndBeyondItsEndAreKept) {
  for (const int64_t ns : {int64_t{-1}, int64_t{-1'500'000'000}, int64_t{INT64_MAX - 5}}) {
    trace::Span span = JaegerSpans(3, 1).front();
    span.start_ns = ns;
    span.end_ns = ns + 3;
    SpanCollector sink;
    DecodeReport report;
    ASSERT_TRUE(DecodeJaegerProtoBatch(EncodeJaegerProtoSpans({&span, 1}), sink, report).ok());
    EXPECT_EQ(sink.spans().at(0).start_ns, ns);
    EXPECT_EQ(sink.spans().at(0).end_ns, ns + 3);
  }
}

TEST(JaegerProto, CutOffAnywhereIsAnErrorOrFewerSpansButNeverACrash) {
  const std::string bytes = EncodeJaegerProtoSpans(JaegerSpans(7, 3));
  for (size_t size = 0; size < bytes.size(); ++size) {
    SpanCollector sink;
    DecodeReport report;
    (void)DecodeJaegerProtoBatch(std::string_view(bytes).substr(0, size), sink, report);
    EXPECT_LE(sink.spans().size(), 3u);
  }
}

TEST(JaegerProto, RandomDamageNeverCrashes) {
  base::Random random(6);
  const std::string good = EncodeJaegerProtoSpans(JaegerSpans(8, 3));
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes = good;
    for (int k = 0; k < 3; ++k)
      bytes[random.Below(bytes.size())] = static_cast<char>(random.Next());
    SpanCollector sink;
    DecodeReport report;
    (void)DecodeJaegerProtoBatch(bytes, sink, report);
  }
}

}  // namespace
}  // namespace awry::wire
