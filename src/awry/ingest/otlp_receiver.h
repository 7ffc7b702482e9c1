// Listens for OTLP over gRPC and over HTTP: limit, decode, commit, then acknowledge.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "awry/ingest/ingest_stats.h"
#include "awry/store/trace_store.h"
#include "base/status.h"

namespace awry::ingest {

struct OtlpOptions {
  std::string listen = "127.0.0.1";
  uint16_t port = 0;                         // 0: a free one
  size_t body_bytes_max = size_t{64} << 20;  // after decompression
  unsigned threads = 4;                      // HTTP handlers that may run at once
  int retry_after_s = 1;                     // told to clients when a limit is met
  IngestStats* stats = nullptr;              // must outlive the receiver; may be null
};

// Thread-safe. Stops when destroyed.
class OtlpReceiver {
 public:
  virtual ~OtlpReceiver() = default;
  virtual uint16_t port() const = 0;
  virtual void Stop() = 0;
};

// `store` must outlive the receiver. kFailedPrecondition names a port that is in use.
base::Result<std::unique_ptr<OtlpReceiver>> StartOtlpGrpc(store::TraceStore& store,
                                                          const OtlpOptions& options);
base::Result<std::unique_ptr<OtlpReceiver>> StartOtlpHttp(store::TraceStore& store,
                                                          const OtlpOptions& options);

}  // namespace awry::ingest
