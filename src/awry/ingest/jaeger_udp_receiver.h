// Listens for Jaeger's agent datagrams (compact or binary Thrift). There is no answer: what cannot
// be kept is counted.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "awry/ingest/ingest_stats.h"
#include "awry/store/trace_store.h"
#include "base/status.h"

namespace awry::ingest {

enum class JaegerEncoding { kCompact, kBinary };

struct JaegerUdpOptions {
  std::string listen = "127.0.0.1";
  uint16_t port = 0;  // 0: a free one
  JaegerEncoding encoding = JaegerEncoding::kCompact;
  size_t datagram_bytes_max = 65'000;
  size_t queue_datagrams_max = 4'096;  // over it the newest datagram is dropped
  size_t queue_bytes_max = size_t{16} << 20;
  size_t batch_datagrams_max = 512;         // committed together
  std::chrono::milliseconds batch_wait{5};  // how long a datagram may wait for others
  IngestStats* stats = nullptr;             // must outlive the receiver; may be null
};

// Thread-safe. Stops when destroyed.
class JaegerUdpReceiver {
 public:
  virtual ~JaegerUdpReceiver() = default;
  virtual uint16_t port() const = 0;
  // Commits what is queued, then stops.
  virtual void Stop() = 0;
};

// `store` must outlive the receiver. kFailedPrecondition names a port that is in use.
base::Result<std::unique_ptr<JaegerUdpReceiver>> StartJaegerUdp(store::TraceStore& store,
                                                                const JaegerUdpOptions& options);

}  // namespace awry::ingest
