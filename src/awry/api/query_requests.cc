#include "awry/api/query_requests.h"

#include "awry/api/proto_time.h"
#include "awry/api/trace_id_text.h"
#include "codec/utf8.h"
#include "wire/pb_reader.h"

namespace awry::api {
namespace {

using base::InvalidArgument;
using base::Result;

// Reads field 1 and field 4 of a request for one trace.
Result<TraceRequest> DecodeTraceRequest(std::string_view bytes, std::string_view& id) {
  TraceRequest out;
  wire::PbReader reader(bytes);
  while (reader.Next()) {
    uint64_t raw = 0;
    if (reader.field() == 1 && reader.Bytes(id)) continue;
    if (reader.field() == 4 && reader.Varint(raw)) {
      out.raw = raw != 0;
    } else if (!reader.Skip()) {
      break;
    }
  }
  if (!reader.ok()) return InvalidArgument("request is no GetTraceRequest");
  return out;
}

}  // namespace

Result<TraceRequest> DecodeTraceRequestV2(std::string_view bytes) {
  std::string_view id;
  ASSIGN_OR_RETURN(TraceRequest out, DecodeTraceRequest(bytes, id));
  const auto parsed = trace::TraceIdFromBytes(id);
  if (!parsed.has_value() || !parsed->valid())
    return InvalidArgument("invalid trace id: 16 or 8 bytes that are not all zero are expected");
  out.trace_id = *parsed;
  return out;
}

Result<TraceRequest> DecodeTraceRequestV3(std::string_view bytes) {
  std::string_view id;
  ASSIGN_OR_RETURN(TraceRequest out, DecodeTraceRequest(bytes, id));
  const auto parsed = ParseTraceId(id);
  if (!parsed.has_value())
    return InvalidArgument("malformed trace id: 1 to 32 hex digits are expected");
  out.trace_id = *parsed;
  return out;
}

Result<std::string_view> QueryOf(std::string_view request) {
  std::string_view query;
  bool found = false;
  wire::PbReader reader(request);
  while (reader.Next()) {
    if (reader.field() == 1 && reader.Bytes(query)) {
      found = true;
    } else if (!reader.Skip()) {
      break;
    }
  }
  if (!reader.ok()) return InvalidArgument("request is no FindTracesRequest");
  if (!found) return InvalidArgument("missing query");
  return query;
}

Result<OperationsRequest> DecodeOperationsRequest(std::string_view bytes) {
  OperationsRequest out;
  wire::PbReader reader(bytes);
  bool valid = true;
  while (valid && reader.Next()) {
    std::string_view text;
    if (reader.field() > 2 || !reader.Bytes(text)) {
      valid = reader.Skip();
      continue;
    }
    valid = codec::IsValidUtf8(text);
    (reader.field() == 1 ? out.service : out.span_kind) = text;
  }
  if (!valid || !reader.ok()) return InvalidArgument("request is no GetOperationsRequest");
  return out;
}

Result<DependenciesRequest> DecodeDependenciesRequest(std::string_view bytes) {
  DependenciesRequest out;
  wire::PbReader reader(bytes);
  bool valid = true;
  while (valid && reader.Next()) {
    std::string_view time;
    if (reader.field() > 2 || !reader.Bytes(time)) {
      valid = reader.Skip();
    } else {
      valid = ReadTimestamp(time, reader.field() == 1 ? out.start_ns : out.end_ns);
    }
  }
  if (!valid || !reader.ok()) return InvalidArgument("request is no GetDependenciesRequest");
  return out;
}

}  // namespace awry::api
