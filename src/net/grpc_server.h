// A gRPC server whose methods take and give raw protobuf bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace awry::net {

// The client's side of one call that answers with a stream.
class GrpcStream {
 public:
  virtual ~GrpcStream() = default;
  // Sends one message and waits until it is on its way; false once the client is gone, or took none of
  // its messages for GrpcServerOptions::write_timeout. Used by one thread.
  virtual bool Write(std::string_view message) = 0;
  // Whether the client has gone, cancelled, or met its deadline. Thread-safe.
  virtual bool cancelled() const = 0;
};

// Called on gRPC's threads, many at once. The request's bytes live for the call.
using GrpcUnaryHandler = std::function<base::Result<std::string>(std::string_view request)>;
using GrpcStreamHandler = std::function<base::Status(std::string_view request, GrpcStream&)>;

struct GrpcServerOptions {
  std::string listen = "127.0.0.1";
  uint16_t port = 0;
  size_t message_bytes_max = 64 << 20;
  // What all calls may hold together while they are received; over it gRPC ends some of them. 0: no
  // limit.
  size_t memory_bytes_max = 0;
  std::chrono::milliseconds write_timeout{30'000};  // a call whose client takes no message is ended
  int retry_after_ms = 1'000;  // RetryInfo sent with kResourceExhausted, so that clients retry
  // Services that grpc.health.v1.Health calls SERVING, beside the server as a whole ("").
  std::vector<std::string> health_services;
};

class GrpcServer {
 public:
  class Builder {
   public:
    // `method` as on the wire: "/opentelemetry.proto.collector.trace.v1.TraceService/Export".
    void AddUnary(std::string method, GrpcUnaryHandler handler);
    void AddServerStream(std::string method, GrpcStreamHandler handler);
    // A stream of requests, each answered by one message before the next is read.
    void AddConversation(std::string method, GrpcUnaryHandler handler);
    // Binds and starts. kFailedPrecondition names a port that is in use.
    base::Result<std::unique_ptr<GrpcServer>> Start(const GrpcServerOptions& options);

   private:
    struct Method {
      std::string name;
      GrpcUnaryHandler unary;
      GrpcStreamHandler stream;
      GrpcUnaryHandler conversation;
    };
    std::vector<Method> methods_;
  };
  virtual ~GrpcServer() = default;
  virtual uint16_t port() const = 0;
  virtual void Stop() = 0;
};

}  // namespace awry::net
