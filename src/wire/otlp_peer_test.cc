// libprotobuf with the published .proto files, as an independent peer of our encoder and decoder.
#include <gtest/gtest.h>

#include <string>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"
#pragma GCC diagnostic pop

#include "wire/otlp_proto.h"
#include "wire/wire_test_spans.h"

namespace awry::wire {
namespace {

namespace pb = opentelemetry::proto;

std::string Bytes(const trace::TraceId& id) {
  std::string bytes;
  trace::AppendBytes(id, bytes);
  return bytes;
}
std::string Bytes(trace::SpanId id) {
  std::string bytes;
  trace::AppendBytes(id, bytes);
  return bytes;
}

TEST(OtlpPeer, ReadsEveryFieldThatWeWrite) {
  const std::vector<trace::Span> spans = RandomSpans(21, 1);
  const trace::Span& ours = spans.front();
  pb::collector::trace::v1::ExportTraceServiceRequest request;
  ASSERT_TRUE(request.ParseFromString(EncodeOtlpProto(spans)));
  const auto& block = request.resource_spans(0);
  EXPECT_EQ(block.resource().attributes(0).value().string_value(), ours.resource->service);
  EXPECT_EQ(block.scope_spans(0).scope().name(), ours.scope->name);
  const auto& span = block.scope_spans(0).spans(0);
  EXPECT_EQ(span.trace_id(), Bytes(ours.trace_id));
  EXPECT_EQ(span.span_id(), Bytes(ours.span_id));
  EXPECT_EQ(span.name(), ours.name);
  EXPECT_EQ(static_cast<int>(span.kind()), static_cast<int>(ours.kind));
  EXPECT_EQ(span.start_time_unix_nano(), static_cast<uint64_t>(ours.start_ns));
  EXPECT_EQ(span.end_time_unix_nano(), static_cast<uint64_t>(ours.end_ns));
  EXPECT_EQ(span.flags(), ours.flags);
  EXPECT_EQ(static_cast<size_t>(span.attributes_size()), ours.attributes.size());
  EXPECT_EQ(static_cast<size_t>(span.events_size()), ours.events.size());
  EXPECT_EQ(static_cast<size_t>(span.links_size()), ours.links.size());
  EXPECT_EQ(static_cast<int>(span.status().code()), static_cast<int>(ours.status));
}

TEST(OtlpPeer, WhatItWritesWeReadAsItMeant) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const std::vector<trace::Span> spans = RandomSpans(seed, 4);
    // Through the peer: parsed and written anew, its canonical bytes must mean the same.
    pb::collector::trace::v1::ExportTraceServiceRequest request;
    ASSERT_TRUE(request.ParseFromString(EncodeOtlpProto(spans)));
    trace::SpanCollector back;
    DecodeReport report;
    ASSERT_TRUE(DecodeOtlpProto(request.SerializeAsString(), back, report).ok());
    ASSERT_EQ(back.spans().size(), spans.size());
    for (size_t i = 0; i < spans.size(); ++i)
      ASSERT_TRUE(SameSpan(spans[i], back.spans()[i])) << "seed " << seed;
  }
}

TEST(OtlpPeer, TakesOurResponses) {
  DecodeReport report;
  report.RejectSpan("bad id");
  pb::collector::trace::v1::ExportTraceServiceResponse response;
  ASSERT_TRUE(response.ParseFromString(EncodeOtlpResponse(report)));
  EXPECT_EQ(response.partial_success().rejected_spans(), 1);
  EXPECT_EQ(response.partial_success().error_message(), "bad id");
}

}  // namespace
}  // namespace awry::wire
