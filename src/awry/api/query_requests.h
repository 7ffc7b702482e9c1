// The requests of both query services, decoded from protobuf; a field with the same number means
// the same in both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "trace/ids.h"

namespace awry::api {

// GetTraceRequest and ArchiveTraceRequest. The times are hints that this store does not need.
struct TraceRequest {
  trace::TraceId trace_id;
  bool raw = false;
};
// api_v2 has the id as 16 or 8 bytes, api_v3 as text. kInvalidArgument.
base::Result<TraceRequest> DecodeTraceRequestV2(std::string_view bytes);
base::Result<TraceRequest> DecodeTraceRequestV3(std::string_view bytes);

// The bytes of field 1 of FindTracesRequest and FindTraceSummariesRequest. kInvalidArgument:
// "missing query".
base::Result<std::string_view> QueryOf(std::string_view request);

struct OperationsRequest {
  std::string service;
  std::string span_kind;
};
base::Result<OperationsRequest> DecodeOperationsRequest(std::string_view bytes);

struct DependenciesRequest {
  std::optional<int64_t> start_ns;
  std::optional<int64_t> end_ns;
};
base::Result<DependenciesRequest> DecodeDependenciesRequest(std::string_view bytes);

}  // namespace awry::api
