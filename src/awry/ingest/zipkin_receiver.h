// Listens for Zipkin's spans (`POST /api/v2/spans`, `POST /api/v1/spans`) in every format of its
// collector: limit, decode, commit, then acknowledge with 202.
#pragma once

#include <memory>

#include "awry/ingest/receiver.h"
#include "awry/store/trace_store.h"
#include "base/status.h"

namespace awry::ingest {

// `store` must outlive the receiver. kFailedPrecondition names a port that is in use.
base::Result<std::unique_ptr<Receiver>> StartZipkin(store::TraceStore& store,
                                                    const ReceiverOptions& options);

}  // namespace awry::ingest
