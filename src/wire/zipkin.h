// Zipkin's spans, every format of its collector: v2 in JSON and protobuf, v1 in JSON and Thrift
// (wire-contract 4).
#pragma once

#include <string_view>

#include "base/status.h"
#include "trace/span_sink.h"
#include "wire/decode_report.h"

namespace awry::wire {

enum class ZipkinFormat {
  kJsonV2,    // an array of spans
  kProtobuf,  // ListOfSpans
  kJsonV1,    // an array of spans with annotations in place of kinds
  kThriftV1,  // list<Span> in the binary protocol
};

// Decodes a list of spans into `sink`, mapped as wire-contract 4 and cleaned as 3.6. Zipkin knows
// no partial success: all or nothing. kInvalidArgument says what is wrong and, where one can be
// named, with which span (counted from 0): `sink` may then have received spans, each complete, and
// the caller must drop the whole batch.
base::Status DecodeZipkin(ZipkinFormat format, std::string_view bytes, trace::SpanSink& sink,
                          DecodeReport& report);

}  // namespace awry::wire
