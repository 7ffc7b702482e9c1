// jaeger.api_v3.QueryService. TracesData is OTLP's.
#include "awry/api/query_grpc_services.h"
#include "awry/api/query_requests.h"
#include "awry/api/v3_query.h"
#include "awry/api/v3_summary.h"
#include "wire/any_value.h"
#include "wire/otlp_proto.h"

namespace awry::api {
namespace {

using base::Status;
using net::GrpcStream;

constexpr size_t kSummariesBytes = 64 << 10;  // of one message

Status GetTrace(const QuerySource& source, std::string_view bytes, GrpcStream& stream) {
  ASSIGN_OR_RETURN(const TraceRequest request, DecodeTraceRequestV3(bytes));
  ASSIGN_OR_RETURN(const auto trace, OutgoingTrace::Open(source, request.trace_id, request.raw));
  return SendTrace(*trace, MakeV3, wire::EncodeOtlpProto, stream);
}

base::Result<V3Search> SearchOf(std::string_view bytes) {
  ASSIGN_OR_RETURN(const std::string_view query, QueryOf(bytes));
  ASSIGN_OR_RETURN(V3Parameters parameters, DecodeTraceQuery(query, true));
  return CheckParameters(std::move(parameters), true);
}

Status FindTraces(const QuerySource& source, std::string_view bytes, GrpcStream& stream) {
  ASSIGN_OR_RETURN(const V3Search search, SearchOf(bytes));
  ASSIGN_OR_RETURN(query::SearchResult result, Run(source, search));
  return SendHits(result, search.raw, MakeV3, wire::EncodeOtlpProto, stream);
}

Status FindTraceSummaries(const QuerySource& source, std::string_view bytes, GrpcStream& stream) {
  ASSIGN_OR_RETURN(const V3Search search, SearchOf(bytes));
  ASSIGN_OR_RETURN(const query::SearchResult result, Run(source, search));
  std::string out;
  for (const query::Hit& hit : result.hits) {
    std::string summary;
    AppendProto(Summarize(hit.trace), summary);
    wire::AppendBytesField(1, summary, out);
    if (out.size() < kSummariesBytes) continue;
    RETURN_IF_ERROR(Send(stream, out));
    out.clear();
  }
  return out.empty() ? base::OkStatus() : Send(stream, out);
}

Status GetOperations(const QuerySource& source, std::string_view bytes, GrpcStream& stream) {
  ASSIGN_OR_RETURN(const OperationsRequest request, DecodeOperationsRequest(bytes));
  if (request.service.empty()) return base::InvalidArgument("service is required");
  std::string out;
  for (const store::Operation& operation : source.store.Operations(request.service)) {
    const std::string_view kind = KindNameV3(operation.kind);
    if (!request.span_kind.empty() && kind != request.span_kind) continue;
    std::string one;
    wire::AppendBytesField(1, operation.name, one);
    wire::AppendBytesField(2, kind, one);
    wire::AppendBytesField(1, one, out);
  }
  return Send(stream, out);
}

Status GetDependencies(const QuerySource& source, std::string_view bytes, GrpcStream& stream) {
  ASSIGN_OR_RETURN(const DependenciesRequest request, DecodeDependenciesRequest(bytes));
  if (!request.start_ns.has_value() || !request.end_ns.has_value())
    return base::InvalidArgument("start_time and end_time are required");
  return SendDependencies(source, {.from_ns = *request.start_ns, .until_ns = *request.end_ns},
                          stream);
}

}  // namespace

void AddQueryV3(const QuerySource& source, net::GrpcServer::Builder& builder) {
  const auto add = [&](const char* name, GrpcMethod method) {
    AddMethod(source, kServiceV3, name, method, builder);
  };
  add("GetTrace", GetTrace);
  add("FindTraces", FindTraces);
  add("FindTraceSummaries", FindTraceSummaries);
  add("GetServices", GetServices);
  add("GetOperations", GetOperations);
  add("GetDependencies", GetDependencies);
}

}  // namespace awry::api
