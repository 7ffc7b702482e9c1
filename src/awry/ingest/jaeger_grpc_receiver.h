// Listens for Jaeger's gRPC collector, api_v2.CollectorService/PostSpans: limit, decode, commit,
// then acknowledge.
#pragma once

#include <memory>

#include "awry/ingest/receiver.h"
#include "awry/store/trace_store.h"
#include "base/status.h"

namespace awry::ingest {

// `store` must outlive the receiver. kFailedPrecondition names a port that is in use. The protocol
// has no word for spans that were left out: they are in the stats only.
base::Result<std::unique_ptr<Receiver>> StartJaegerGrpc(store::TraceStore& store,
                                                        const ReceiverOptions& options);

}  // namespace awry::ingest
