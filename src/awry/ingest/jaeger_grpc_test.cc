// Jaeger's gRPC collector and sampling manager under gRPC's own client.
#include "awry/ingest/fake_store.h"
#include "awry/ingest/jaeger_grpc_receiver.h"
#include "awry/ingest/sampling_receiver.h"
#include "wire/any_value.h"
#include "wire/jaeger_proto.h"

#include "awry/ingest/grpc_test_call.h"

#include <gtest/gtest.h>

namespace awry::ingest {
namespace {

constexpr char kPostSpans[] = "/jaeger.api_v2.CollectorService/PostSpans";
constexpr char kGetStrategy[] = "/jaeger.api_v2.SamplingManager/GetSamplingStrategy";

std::string OneSpan() {
  trace::Span span;
  span.trace_id = {1, 2};
  span.span_id = 3;
  span.name = "op";
  span.resource = std::make_shared<trace::Resource>(trace::Resource{.service = "svc"});
  span.scope = std::make_shared<trace::Scope>();
  std::string request;
  wire::AppendBytesField(1, wire::EncodeJaegerProtoSpans({&span, 1}), request);
  return request;
}

TEST(JaegerGrpc, AnswersAsTheCollectorDoes) {
  FakeStore store;
  IngestStats stats;
  auto receiver = StartJaegerGrpc(store, nullptr, {.stats = &stats});
  ASSERT_TRUE(receiver.ok()) << receiver.status().ToString();
  const uint16_t port = (*receiver)->port();
  const GrpcAnswer good = CallGrpc(port, kPostSpans, OneSpan());
  EXPECT_TRUE(good.status.ok()) << good.status.error_message();
  EXPECT_EQ(good.body, "");
  ASSERT_EQ(store.spans().size(), 1u);
  EXPECT_EQ(store.spans()[0].resource->service, "svc");
  EXPECT_EQ(stats.spans(Protocol::kJaegerGrpc), 1u);
  EXPECT_TRUE(CallGrpc(port, kPostSpans, "").status.ok()) << "an empty batch is a success";
  EXPECT_EQ(CallGrpc(port, kPostSpans, "\xff\xff").status.error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  store.FailWith(base::ResourceExhausted("memory limit"));
  const GrpcAnswer full = CallGrpc(port, kPostSpans, OneSpan());
  EXPECT_EQ(full.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(full.has_details) << "RetryInfo";
  store.FailWith(base::Unavailable("later"));
  EXPECT_EQ(CallGrpc(port, kPostSpans, OneSpan()).status.error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(CallGrpc(port, "/jaeger.api_v2.CollectorService/Other", "").status.error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST(JaegerGrpc, TellsHowMuchToSampleWhereClientsOfJaeger1Ask) {
  FakeStore store;
  const auto sampling = *SamplingSource::Open(base::RealFileSystem(), "");
  const auto receiver = *StartJaegerGrpc(store, sampling.get(), {});
  const GrpcAnswer answer = CallGrpc(receiver->port(), kGetStrategy, "\x0a\x03svc");
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.body, SamplingProto(sampling->For("svc")));
  EXPECT_EQ(CallGrpc(receiver->port(), kGetStrategy, "\xff").status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(CallGrpc(receiver->port(), kPostSpans, OneSpan()).status.ok());
}

TEST(JaegerGrpc, AMessageOverTheLimitIsRefusedAndTheNextOneIsTaken) {
  FakeStore store;
  auto receiver = StartJaegerGrpc(store, nullptr, {.body_bytes_max = 100'000});
  ASSERT_TRUE(receiver.ok());
  const GrpcAnswer large = CallGrpc((*receiver)->port(), kPostSpans, std::string(200'000, 'x'));
  EXPECT_FALSE(large.status.ok());
  EXPECT_TRUE(CallGrpc((*receiver)->port(), kPostSpans, OneSpan()).status.ok());
}

TEST(SamplingGrpc, TellsEveryTraceByDefault) {
  auto source = SamplingSource::Open(base::RealFileSystem(), "");
  ASSERT_TRUE(source.ok());
  auto receiver = StartSamplingGrpc(**source, {});
  ASSERT_TRUE(receiver.ok());
  std::string request;
  wire::AppendBytesField(1, "svc", request);
  const GrpcAnswer answer = CallGrpc((*receiver)->port(), kGetStrategy, request);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  // 2: probabilisticSampling {1: samplingRate 1.0}
  EXPECT_EQ(answer.body, std::string("\x12\x09\x09\0\0\0\0\0\0\xf0\x3f", 11));
}

}  // namespace
}  // namespace awry::ingest
