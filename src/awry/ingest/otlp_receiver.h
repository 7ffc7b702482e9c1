// Listens for OTLP over gRPC and over HTTP: limit, decode, commit, then acknowledge.
#pragma once

#include <memory>

#include "awry/ingest/receiver.h"
#include "awry/store/trace_store.h"
#include "base/status.h"

namespace awry::ingest {

// `store` must outlive the receiver. kFailedPrecondition names a port that is in use.
base::Result<std::unique_ptr<Receiver>> StartOtlpGrpc(store::TraceStore& store,
                                                      const ReceiverOptions& options);
base::Result<std::unique_ptr<Receiver>> StartOtlpHttp(store::TraceStore& store,
                                                      const ReceiverOptions& options);

}  // namespace awry::ingest
