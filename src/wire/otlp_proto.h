// OTLP traces in protobuf: ExportTraceServiceRequest and TracesData (the same bytes).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "trace/span.h"
#include "trace/span_sink.h"
#include "wire/decode_report.h"

namespace awry::wire {

// Decodes into `sink`, cleaned as wire-contract 3.6 says. Fields may stand in any order, unknown
// ones are skipped. A span with an id of a wrong length or of zeros only is left out and counted.
// kInvalidArgument with the offset when the bytes are no protobuf of this kind: `sink` may then
// have received spans, each complete, and the caller must drop the whole batch.
base::Status DecodeOtlpProto(std::string_view bytes, trace::SpanSink& sink, DecodeReport& report);

// Returns TracesData: neighbours that share a resource and a scope (by pointer) stand in one block.
std::string EncodeOtlpProto(std::span<const trace::Span> spans);

// Appends one Span message (without tag and length).
void AppendOtlpSpan(const trace::Span& span, std::string& out);

// ExportTraceServiceResponse: empty when the report is clean, else with partial_success.
std::string EncodeOtlpResponse(const DecodeReport& report);
struct OtlpPartialSuccess {
  int64_t rejected_spans = 0;
  std::string error_message;
};
base::Status DecodeOtlpResponse(std::string_view bytes, OtlpPartialSuccess& out);

// google.rpc.Status with code and message.
std::string EncodeRpcStatus(const base::Status& status);
// The message of a google.rpc.Status; "" when there is none or the bytes are none.
std::string DecodeRpcStatusMessage(std::string_view bytes);

}  // namespace awry::wire
