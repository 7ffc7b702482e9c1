// The ports on which traces arrive.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "awry/ingest/ingest_stats.h"
#include "awry/store/trace_store.h"
#include "base/status.h"
#include "options.h"

namespace awry::app {

// Thread-compatible. Stops when destroyed.
class Listeners {
 public:
  struct Address {
    std::string what;  // "OTLP gRPC"
    std::string address;
  };
  virtual ~Listeners() = default;
  virtual const std::vector<Address>& addresses() const = 0;
  // Commits what is queued; nothing arrives afterwards.
  virtual void Stop() = 0;
};

// Starts those whose port is not off. `store` and `stats` must outlive them. A port in use is named
// with its flag (kFailedPrecondition).
base::Result<std::unique_ptr<Listeners>> StartListeners(store::TraceStore& store,
                                                        ingest::IngestStats& stats,
                                                        const ServeOptions& options);

// `status` of a failed start, with the flag that changes the port.
base::Status WithFlag(const base::Status& status, const std::string& flag);

}  // namespace awry::app
