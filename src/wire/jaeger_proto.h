// Jaeger's api_v2 model in protobuf (wire-contract 3.4): batches of the gRPC collector in, spans of
// the query service out.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "trace/span.h"
#include "trace/span_sink.h"
#include "wire/decode_report.h"

namespace awry::wire {

// Decodes one api_v2.Batch into `sink`, mapped as wire-contract 3.5 and cleaned as 3.6. A span's
// own process wins over the batch's; times keep their nanoseconds. A span with an id of a wrong
// length or of zeros only is left out and counted. kInvalidArgument with the offset when the bytes
// are no protobuf of this kind: `sink` may then have received spans, each complete, and the caller
// must drop the whole batch.
base::Status DecodeJaegerProtoBatch(std::string_view bytes, trace::SpanSink& sink,
                                    DecodeReport& report);

// The same for api_v2.PostSpansRequest, which holds one Batch.
base::Status DecodeJaegerPostSpans(std::string_view bytes, trace::SpanSink& sink,
                                   DecodeReport& report);

// Appends one api_v2.Span message (without tag and length), with its process, its warnings, and
// nanoseconds kept: what /api/traces shows of it (wire-contract 6), in the same order.
void AppendJaegerProtoSpan(const trace::Span& span, std::string& out);
std::string EncodeJaegerProtoSpan(const trace::Span& span);

// Returns {1 span, 1 span, …}: an api_v2.Batch whose spans have processes of their own, and as well
// an api_v2.SpansResponseChunk.
std::string EncodeJaegerProtoSpans(std::span<const trace::Span> spans);

}  // namespace awry::wire
