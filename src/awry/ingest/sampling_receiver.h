// Listens for clients that ask how much to sample: over HTTP (5778) and over gRPC (5779).
#pragma once

#include <memory>

#include "awry/ingest/receiver.h"
#include "awry/ingest/sampling_source.h"
#include "base/status.h"
#include "net/http.h"

namespace awry::ingest {

// Any path is the same, as in Jaeger. `source` must outlive the receiver. kFailedPrecondition names
// a port that is in use.
base::Result<std::unique_ptr<Receiver>> StartSamplingHttp(SamplingSource& source,
                                                          const ReceiverOptions& options);
// jaeger.api_v2.SamplingManager/GetSamplingStrategy.
base::Result<std::unique_ptr<Receiver>> StartSamplingGrpc(SamplingSource& source,
                                                          const ReceiverOptions& options);

// Adds GetSamplingStrategy to another port: clients of Jaeger 1.x ask for it where they send spans.
void AddSampling(SamplingSource& source, net::GrpcServer::Builder& builder);

// Answers `?service=`; 400 unless it is given once.
net::HttpResponse AnswerSampling(SamplingSource& source, const net::HttpRequest& request);

}  // namespace awry::ingest
