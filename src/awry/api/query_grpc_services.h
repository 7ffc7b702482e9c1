// The methods of the query server; not for other rooms.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "awry/api/outgoing_trace.h"
#include "awry/api/query_source.h"
#include "awry/query/plan.h"
#include "net/grpc_server.h"
#include "trace/span.h"

namespace awry::api {

inline constexpr char kServiceV2[] = "jaeger.api_v2.QueryService";
inline constexpr char kServiceV3[] = "jaeger.api_v3.QueryService";

void AddQueryV2(const QuerySource& source, net::GrpcServer::Builder& builder);
void AddQueryV3(const QuerySource& source, net::GrpcServer::Builder& builder);
// grpc.reflection.v1 and v1alpha.
void AddReflection(net::GrpcServer::Builder& builder);

// Every method answers through a stream, so that it learns when its client goes: a unary answer is
// a stream of one.
using GrpcMethod = base::Status (*)(const QuerySource& source, std::string_view request,
                                    net::GrpcStream& stream);
void AddMethod(const QuerySource& source, const char* service, const char* name, GrpcMethod method,
               net::GrpcServer::Builder& builder);

// GetServicesResponse and {1 dependencies{1 parent, 2 child, 3 call_count}}, the same in both.
base::Status GetServices(const QuerySource& source, std::string_view request,
                         net::GrpcStream& stream);
base::Status SendDependencies(const QuerySource& source, const query::Window& window,
                              net::GrpcStream& stream);

// Sends one message; kCancelled when the client is gone.
base::Status Send(net::GrpcStream& stream, std::string_view message);

// Sends spans in messages of about half a MiB: gRPC's clients refuse messages above 4 MiB unless
// told otherwise. A single span may be larger. `make` may be null.
using SpansEncoder = std::string (*)(std::span<const trace::Span> spans);
base::Status SendTrace(OutgoingTrace& trace, void (*make)(trace::Span& span), SpansEncoder encode,
                       net::GrpcStream& stream);
// The hits of a search; kResourceExhausted behind them names the first of those that it did not look at.
base::Status SendHits(query::SearchResult& result, bool raw, void (*make)(trace::Span& span),
                      SpansEncoder encode, net::GrpcStream& stream);

}  // namespace awry::api
