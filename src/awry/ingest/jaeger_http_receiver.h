// Listens for Jaeger Thrift over HTTP (`POST /api/traces`), and answers sampling strategies as
// Jaeger 1.x does on the same port (`GET /api/sampling?service=`).
#pragma once

#include <memory>

#include "awry/ingest/receiver.h"
#include "awry/ingest/sampling_source.h"
#include "awry/store/trace_store.h"
#include "base/status.h"

namespace awry::ingest {

// `store` and `sampling` (null: no strategies there) must outlive the receiver. kFailedPrecondition
// names a port that is in use.
base::Result<std::unique_ptr<Receiver>> StartJaegerHttp(store::TraceStore& store,
                                                        SamplingSource* sampling,
                                                        const ReceiverOptions& options);

}  // namespace awry::ingest
