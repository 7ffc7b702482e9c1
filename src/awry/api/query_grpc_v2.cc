// jaeger.api_v2.QueryService.
#include <set>

#include "awry/api/query_grpc_services.h"
#include "awry/api/query_requests.h"
#include "awry/api/v3_query.h"
#include "wire/any_value.h"
#include "wire/jaeger_proto.h"

namespace awry::api {
namespace {

using base::Status;
using net::GrpcStream;

Status GetTrace(const QuerySource& source, std::string_view bytes, GrpcStream& stream) {
  ASSIGN_OR_RETURN(const TraceRequest request, DecodeTraceRequestV2(bytes));
  ASSIGN_OR_RETURN(const auto trace, OutgoingTrace::Open(source, request.trace_id, request.raw));
  return SendTrace(*trace, nullptr, wire::EncodeJaegerProtoSpans, stream);
}

Status Archive(const QuerySource& source, std::string_view bytes, GrpcStream& stream) {
  ASSIGN_OR_RETURN(const TraceRequest request, DecodeTraceRequestV2(bytes));
  RETURN_IF_ERROR(ArchiveTrace(source, request.trace_id));
  return Send(stream, {});
}

Status FindTraces(const QuerySource& source, std::string_view bytes, GrpcStream& stream) {
  ASSIGN_OR_RETURN(const std::string_view query, QueryOf(bytes));
  ASSIGN_OR_RETURN(V3Parameters parameters, DecodeTraceQuery(query, false));
  ASSIGN_OR_RETURN(const V3Search search, CheckParameters(std::move(parameters), false));
  ASSIGN_OR_RETURN(query::SearchResult result, Run(source, search));
  return SendHits(result, search.raw, nullptr, wire::EncodeJaegerProtoSpans, stream);
}

Status GetOperations(const QuerySource& source, std::string_view bytes, GrpcStream& stream) {
  ASSIGN_OR_RETURN(const OperationsRequest request, DecodeOperationsRequest(bytes));
  std::set<std::string> names;
  std::string operations;
  for (const store::Operation& operation : source.store.Operations(request.service)) {
    const std::string_view kind = trace::SpanKindName(operation.kind);
    if (!request.span_kind.empty() && kind != request.span_kind) continue;
    names.insert(operation.name);
    std::string one;
    wire::AppendBytesField(1, operation.name, one);
    if (!kind.empty()) wire::AppendBytesField(2, kind, one);
    wire::AppendBytesField(2, one, operations);
  }
  std::string out;
  for (const std::string& name : names) wire::AppendBytesField(1, name, out);
  return Send(stream, out + operations);
}

Status GetDependencies(const QuerySource& source, std::string_view bytes, GrpcStream& stream) {
  ASSIGN_OR_RETURN(const DependenciesRequest request, DecodeDependenciesRequest(bytes));
  return SendDependencies(source,
                          {.from_ns = request.start_ns.value_or(store::kTimeMin),
                           .until_ns = request.end_ns.value_or(store::kTimeMax)},
                          stream);
}

}  // namespace

void AddQueryV2(const QuerySource& source, net::GrpcServer::Builder& builder) {
  const auto add = [&](const char* name, GrpcMethod method) {
    AddMethod(source, kServiceV2, name, method, builder);
  };
  add("GetTrace", GetTrace);
  add("ArchiveTrace", Archive);
  add("FindTraces", FindTraces);
  add("GetServices", GetServices);
  add("GetOperations", GetOperations);
  add("GetDependencies", GetDependencies);
}

}  // namespace awry::api
