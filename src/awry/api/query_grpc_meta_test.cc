// Health and reflection of the query server, under gRPC's own client.
// Ours come first: Abseil, which gRPC includes, defines GUARDED_BY as well.
#include "awry/api/query_grpc_served_test.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>

#include "grpc/health/v1/health.grpc.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "jaeger/api_v3/query_service.grpc.pb.h"

namespace awry::api {
namespace {

namespace v3 = jaeger::api_v3;
using grpc::StatusCode;
using testing::ElementsAre;

TEST(QueryGrpc, IsHealthy) {
  Served served;
  const auto stub = grpc::health::v1::Health::NewStub(served.channel);
  for (const char* service : {"", "jaeger.api_v2.QueryService", "jaeger.api_v3.QueryService"}) {
    grpc::ClientContext context, watch_context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::health::v1::HealthCheckResponse response;
    EXPECT_TRUE(stub->Check(&context, request, &response).ok()) << service;
    EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
    const auto watch = stub->Watch(&watch_context, request);
    ASSERT_TRUE(watch->Read(&response)) << service;
    EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
    watch_context.TryCancel();
  }
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("none");
  grpc::health::v1::HealthCheckResponse response;
  EXPECT_EQ(stub->Check(&context, request, &response).error_code(), StatusCode::NOT_FOUND);
}

TEST(QueryGrpc, TellsWhatItServesThroughReflection) {
  namespace reflection = grpc::reflection::v1;
  Served served;
  const auto stub = reflection::ServerReflection::NewStub(served.channel);
  grpc::ClientContext context;
  const auto stream = stub->ServerReflectionInfo(&context);
  const auto ask = [&](const reflection::ServerReflectionRequest& request) {
    reflection::ServerReflectionResponse response;
    EXPECT_TRUE(stream->Write(request));
    EXPECT_TRUE(stream->Read(&response));
    return response;
  };
  reflection::ServerReflectionRequest request;
  request.set_list_services("*");
  std::vector<std::string> names;
  const auto listed = ask(request);
  for (const auto& service : listed.list_services_response().service())
    names.push_back(service.name());
  EXPECT_THAT(names, ElementsAre("grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                 "grpc.reflection.v1alpha.ServerReflection",
                                 "jaeger.api_v2.QueryService", "jaeger.api_v3.QueryService"));
  // What comes for a method must build into a pool by itself.
  request.set_file_containing_symbol("jaeger.api_v3.QueryService.FindTraces");
  const auto answer = ask(request);
  google::protobuf::DescriptorPool pool;
  const auto& files = answer.file_descriptor_response().file_descriptor_proto();
  std::vector<google::protobuf::FileDescriptorProto> parsed(static_cast<size_t>(files.size()));
  for (int i = 0; i < files.size(); ++i)
    EXPECT_TRUE(parsed[static_cast<size_t>(i)].ParseFromString(files[i]));
  for (size_t built = 0, before = SIZE_MAX; built < parsed.size() && built != before;) {
    before = built;
    for (auto& file : parsed) {
      const bool ready = std::ranges::all_of(file.dependency(), [&](const std::string& import) {
        return pool.FindFileByName(import) != nullptr;
      });
      if (ready && pool.FindFileByName(file.name()) == nullptr && pool.BuildFile(file) != nullptr)
        ++built;
    }
  }
  const auto* service = pool.FindServiceByName("jaeger.api_v3.QueryService");
  ASSERT_NE(service, nullptr);
  EXPECT_EQ(service->method_count(), 6);
  request.set_file_by_filename("jaeger/api_v2/model.proto");
  EXPECT_GE(ask(request).file_descriptor_response().file_descriptor_proto_size(), 1);
  request.set_file_containing_symbol("no.such.Thing");
  EXPECT_EQ(ask(request).error_response().error_code(), static_cast<int>(StatusCode::NOT_FOUND));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

}  // namespace
}  // namespace awry::api
