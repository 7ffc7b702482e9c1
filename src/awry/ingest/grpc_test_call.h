// One unary call with raw bytes, through gRPC's own client. Include after our headers: Abseil,
// which gRPC includes, defines GUARDED_BY as well.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <string>
#include <vector>

namespace awry::ingest {

struct GrpcAnswer {
  grpc::Status status;
  std::string body;
  bool has_details = false;  // RetryInfo
};

inline GrpcAnswer CallGrpc(uint16_t port, const std::string& method, const std::string& body) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(-1);
  const auto channel = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                                 grpc::InsecureChannelCredentials(), arguments);
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const grpc::Slice slice(body);
  const grpc::ByteBuffer request(&slice, 1);
  auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  GrpcAnswer answer;
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

}  // namespace awry::ingest
