// What all listeners over HTTP and gRPC have in common: their options, their start, their end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "awry/ingest/ingest_stats.h"
#include "base/status.h"
#include "net/byte_budget.h"
#include "net/grpc_server.h"
#include "net/http_server.h"

namespace awry::ingest {

struct ReceiverOptions {
  std::string listen = "127.0.0.1";
  uint16_t port = 0;                         // 0: a free one
  size_t body_bytes_max = size_t{64} << 20;  // after decompression
  unsigned threads = 4;                      // HTTP handlers that may run at once
  int retry_after_s = 1;                     // told to clients when a limit is met
  // Memory of large requests, shared by the receivers that get it, while they are received and
  // while they are decoded; must outlive them; null: no limit.
  net::ByteBudget* body_budget = nullptr;
  net::ByteBudget* decode_budget = nullptr;
  IngestStats* stats = nullptr;  // must outlive the receiver; may be null
  std::vector<std::string> cors_origins;  // pages of these may send OTLP and Zipkin (cors.h); none by default
};

// Thread-safe. Stops when destroyed.
class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual uint16_t port() const = 0;
  // Lets requests that run finish; nothing arrives afterwards.
  virtual void Stop() = 0;
};

// See net::HttpServerOptions::shape_refusal.
using ShapeRefusal =
    std::function<void(const net::HttpRequest&, const base::Status&, net::HttpResponse&)>;

// Counts a body that the server refused before a receiver saw it, by the status of the answer.
void CountRefusedBody(const ReceiverOptions& options, Protocol protocol, int http_status);
// For protocols whose clients read text: counts it, and says the reason as text.
ShapeRefusal PlainRefusal(const ReceiverOptions& options, Protocol protocol);

// Binds and starts. kFailedPrecondition names a port that is in use.
base::Result<std::unique_ptr<Receiver>> StartHttp(const ReceiverOptions& options, net::Router router,
                                                  ShapeRefusal shape_refusal = {});
base::Result<std::unique_ptr<Receiver>> StartGrpc(const ReceiverOptions& options,
                                                  net::GrpcServer::Builder builder);

// Adds `handler` for POST, with the CORS headers that `options` ask for; every other method is
// answered with 405 in plain text, but OPTIONS where there is CORS.
void AddPost(const ReceiverOptions& options, const std::string& pattern, net::HttpHandler handler,
             net::Router& router);
// Answers every other method than GET on `pattern` with 405 in plain text.
void RefuseAllButGet(const std::string& pattern, net::Router& router);

}  // namespace awry::ingest
