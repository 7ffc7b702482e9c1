// Listens for Jaeger Thrift over HTTP (`POST /api/traces`): limit, decode, commit, then
// acknowledge.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "awry/ingest/ingest_stats.h"
#include "awry/store/trace_store.h"
#include "base/status.h"

namespace awry::ingest {

struct JaegerHttpOptions {
  std::string listen = "127.0.0.1";
  uint16_t port = 0;                         // 0: a free one
  size_t body_bytes_max = size_t{64} << 20;  // after decompression
  unsigned threads = 4;
  int retry_after_s = 1;
  IngestStats* stats = nullptr;  // must outlive the receiver; may be null
};

// Thread-safe. Stops when destroyed.
class JaegerHttpReceiver {
 public:
  virtual ~JaegerHttpReceiver() = default;
  virtual uint16_t port() const = 0;
  virtual void Stop() = 0;
};

// `store` must outlive the receiver. kFailedPrecondition names a port that is in use.
base::Result<std::unique_ptr<JaegerHttpReceiver>> StartJaegerHttp(store::TraceStore& store,
                                                                  const JaegerHttpOptions& options);

}  // namespace awry::ingest
