// Jaeger's query APIs over gRPC (wire-contract 8.1): api_v2, api_v3, health and reflection.
#pragma once

#include <memory>

#include "awry/api/query_source.h"
#include "base/status.h"
#include "net/grpc_server.h"

namespace awry::api {

// Starts the server; what `source` points at must outlive it. kFailedPrecondition names a port that
// is in use.
base::Result<std::unique_ptr<net::GrpcServer>> StartQueryGrpc(const QuerySource& source,
                                                              net::GrpcServerOptions options);

}  // namespace awry::api
