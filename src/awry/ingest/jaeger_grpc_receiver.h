// Listens for Jaeger's gRPC collector, api_v2.CollectorService/PostSpans: limit, decode, commit,
// then acknowledge.
#pragma once

#include <memory>

#include "awry/ingest/receiver.h"
#include "awry/ingest/sampling_source.h"
#include "awry/store/trace_store.h"
#include "base/status.h"

namespace awry::ingest {

// `store` and `sampling` must outlive the receiver. With `sampling`, SamplingManager/GetSamplingStrategy
// is answered on this port, too. kFailedPrecondition names a port that is in use. The protocol
// has no word for spans that were left out: they are in the stats only.
base::Result<std::unique_ptr<Receiver>> StartJaegerGrpc(store::TraceStore& store,
                                                        SamplingSource* sampling,
                                                        const ReceiverOptions& options);

}  // namespace awry::ingest
