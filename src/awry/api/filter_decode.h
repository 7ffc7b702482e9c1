// Reads structured filters (wire-contract 8.2) as JSON and as protobuf.
#pragma once

#include <string_view>

#include "awry/query/filter.h"
#include "base/status.h"

namespace awry::api {

inline constexpr size_t kFilterBytesMax = 64 << 10;

// {"op":"eq","args":[{"attr":{"key":"a"}},{"scalar":{"value":"b"}}]}. kInvalidArgument names what
// stands where it should not.
base::Result<query::FilterTerm> FilterFromJson(std::string_view json);

// The bytes of a jaeger.expression.v1.Call.
base::Result<query::FilterTerm> FilterFromProto(std::string_view call);

}  // namespace awry::api
