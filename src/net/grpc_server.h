// A gRPC server whose methods take and give raw protobuf bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace awry::net {

// Sends one message of a streamed answer; false once the client is gone.
using GrpcWriter = std::function<bool(std::string_view message)>;

// Called on gRPC's threads, many at once. The request's bytes live for the call.
using GrpcUnaryHandler = std::function<base::Result<std::string>(std::string_view request)>;
using GrpcStreamHandler = std::function<base::Status(std::string_view request, const GrpcWriter&)>;

struct GrpcServerOptions {
  std::string listen = "127.0.0.1";
  uint16_t port = 0;
  size_t message_bytes_max = 64 << 20;
  int retry_after_ms = 1'000;  // RetryInfo sent with kResourceExhausted, so that clients retry
};

class GrpcServer {
 public:
  class Builder {
   public:
    // `method` as on the wire: "/opentelemetry.proto.collector.trace.v1.TraceService/Export".
    void AddUnary(std::string method, GrpcUnaryHandler handler);
    void AddServerStream(std::string method, GrpcStreamHandler handler);
    // Binds and starts. kFailedPrecondition names a port that is in use.
    base::Result<std::unique_ptr<GrpcServer>> Start(const GrpcServerOptions& options);

   private:
    struct Method {
      std::string name;
      GrpcUnaryHandler unary;
      GrpcStreamHandler stream;
    };
    std::vector<Method> methods_;
  };
  virtual ~GrpcServer() = default;
  virtual uint16_t port() const = 0;
  virtual void Stop() = 0;
};

}  // namespace awry::net
