// What all listeners over HTTP and gRPC have in common: their options, their start, their end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

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
};

// Thread-safe. Stops when destroyed.
class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual uint16_t port() const = 0;
  // Lets requests that run finish; nothing arrives afterwards.
  virtual void Stop() = 0;
};

// Binds and starts. kFailedPrecondition names a port that is in use.
base::Result<std::unique_ptr<Receiver>> StartHttp(const ReceiverOptions& options,
                                                  net::Router router);
base::Result<std::unique_ptr<Receiver>> StartGrpc(const ReceiverOptions& options,
                                                  net::GrpcServer::Builder builder);

// Answers every other method than `method` on `pattern` with 405 in plain text.
void RefuseOtherMethods(const char* method, const std::string& pattern, net::Router& router);

}  // namespace awry::ingest
