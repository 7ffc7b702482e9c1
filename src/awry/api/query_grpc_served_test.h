// The query server over a real store, and a channel to it, for tests. Includes gRPC: comes after
// what uses base/mutex.h.
#pragma once

#include "awry/api/query_grpc.h"
#include "awry/api/server_test.h"

#include <grpcpp/grpcpp.h>

namespace awry::api {

// A store with an archive behind it, served over gRPC; and a channel to it.
class Served {
 public:
  Served() {
    auto archive = columnar::Open({.path = folder_ + "_archive"});
    EXPECT_TRUE(archive.ok());
    archive_ = *std::move(archive);
    auto server = StartQueryGrpc({http.store(), archive_.get(), {}}, {});
    EXPECT_TRUE(server.ok()) << server.status().ToString();
    server_ = *std::move(server);
    channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                  grpc::InsecureChannelCredentials());
  }
  ~Served() {
    server_.reset();
    archive_.reset();
    std::filesystem::remove_all(folder_ + "_archive");
  }
  store::TraceStore& archive() { return *archive_; }

  TestServer http;
  std::shared_ptr<grpc::Channel> channel;

 private:
  std::string folder_ = (std::filesystem::temp_directory_path() /
                         ("awry_grpc_" + std::to_string(base::EntropySeed())))
                            .string();
  std::unique_ptr<store::TraceStore> archive_;
  std::unique_ptr<net::GrpcServer> server_;
};

inline void FillTwoTraces(TestServer& server) {
  server.Add(
      query::MakeTrace(0xa, {{.id = 1,
                              .service = "web",
                              .name = "GET /",
                              .attributes = {query::Attr("user", "u1"), query::Attr("code", 500)},
                              .start_ns = 1'000,
                              .duration_ns = 5'000'000,
                              .kind = trace::SpanKind::kServer},
                             {.id = 2,
                              .parent = 1,
                              .service = "db",
                              .name = "select",
                              .start_ns = 2'001,
                              .duration_ns = 1'000'007,
                              .status = trace::SpanStatus::kError}}));
  server.Add(query::MakeTrace(
      0xb, {{.id = 7, .service = "web", .name = "POST /", .start_ns = 1'000'000'000}}));
}

}  // namespace awry::api
