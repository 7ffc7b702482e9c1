// The gRPC listener under gRPC's own client.
// Ours come first: Abseil, which gRPC includes, defines GUARDED_BY as well.
#include "awry/ingest/fake_store.h"
#include "awry/ingest/otlp_receiver.h"
#include "wire/otlp_proto.h"

#include "awry/ingest/grpc_test_call.h"

#include <gtest/gtest.h>

namespace awry::ingest {
namespace {

GrpcAnswer Export(uint16_t port, const std::string& body) {
  return CallGrpc(port, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", body);
}

std::string OneSpan() {
  trace::Span span;
  span.trace_id = {1, 2};
  span.span_id = 3;
  span.name = "op";
  span.resource = std::make_shared<trace::Resource>(trace::Resource{.service = "svc"});
  span.scope = std::make_shared<trace::Scope>();
  return wire::EncodeOtlpProto({&span, 1});
}

TEST(OtlpGrpc, AnswersAsTheContractSays) {
  FakeStore store;
  IngestStats stats;
  auto receiver = StartOtlpGrpc(store, {.stats = &stats});
  ASSERT_TRUE(receiver.ok()) << receiver.status().ToString();
  const uint16_t port = (*receiver)->port();
  const GrpcAnswer good = Export(port, OneSpan());
  EXPECT_TRUE(good.status.ok()) << good.status.error_message();
  EXPECT_EQ(good.body, "");
  ASSERT_EQ(store.spans().size(), 1u);
  EXPECT_TRUE(Export(port, "").status.ok()) << "an empty request is a success";
  EXPECT_EQ(Export(port, "\xff\xff").status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  store.FailWith(base::ResourceExhausted("memory limit"));
  const GrpcAnswer full = Export(port, OneSpan());
  EXPECT_EQ(full.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(full.has_details) << "RetryInfo, without which clients drop the spans";
  store.FailWith(base::Unavailable("later"));
  EXPECT_EQ(Export(port, OneSpan()).status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(stats.refused(Protocol::kOtlpGrpc, Refusal::kOverload), 2u);
  EXPECT_EQ(stats.refused(Protocol::kOtlpGrpc, Refusal::kMalformed), 1u);
}

}  // namespace
}  // namespace awry::ingest
