// The gRPC listener under gRPC's own client.
// Ours come first: Abseil, which gRPC includes, defines GUARDED_BY as well.
#include "awry/ingest/fake_store.h"
#include "awry/ingest/otlp_receiver.h"
#include "wire/otlp_proto.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

namespace awry::ingest {
namespace {

struct Answer {
  grpc::Status status;
  std::string body;
  bool has_details = false;
};

Answer Export(uint16_t port, const std::string& body) {
  const auto channel =
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const grpc::Slice slice(body);
  const grpc::ByteBuffer request(&slice, 1);
  auto call = stub.PrepareUnaryCall(
      &context, "/opentelemetry.proto.collector.trace.v1.TraceService/Export", request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  Answer answer;
  call->Finish(&response, &answer.status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  std::vector<grpc::Slice> slices;
  if (answer.status.ok() && response.Dump(&slices).ok()) {
    for (const grpc::Slice& part : slices)
      answer.body.append(reinterpret_cast<const char*>(part.begin()), part.size());
  }
  answer.has_details = !answer.status.error_details().empty();
  return answer;
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
  const Answer good = Export(port, OneSpan());
  EXPECT_TRUE(good.status.ok()) << good.status.error_message();
  EXPECT_EQ(good.body, "");
  ASSERT_EQ(store.spans().size(), 1u);
  EXPECT_TRUE(Export(port, "").status.ok()) << "an empty request is a success";
  EXPECT_EQ(Export(port, "\xff\xff").status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  store.FailWith(base::ResourceExhausted("memory limit"));
  const Answer full = Export(port, OneSpan());
  EXPECT_EQ(full.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(full.has_details) << "RetryInfo, without which clients drop the spans";
  store.FailWith(base::Unavailable("later"));
  EXPECT_EQ(Export(port, OneSpan()).status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(stats.refused(Protocol::kOtlpGrpc, Refusal::kOverload), 2u);
  EXPECT_EQ(stats.refused(Protocol::kOtlpGrpc, Refusal::kMalformed), 1u);
}

}  // namespace
}  // namespace awry::ingest
