// Jaeger's JSON of a trace (wire-contract 5.5 and 6), out and in.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "trace/span.h"
#include "trace/span_sink.h"
#include "wire/decode_report.h"

namespace awry::wire {

// Appends the object {"traceID":…,"spans":[…],"processes":{…},"warnings":null}. The spans' order is
// kept; warnings of spans appear on them. Integers beyond 2^53 - 1 and NaN are strings.
void AppendJaegerTraceJson(const trace::Trace& trace, std::string& out);

// The same span by span, so that a trace need not be held. Used by one thread.
class JaegerTraceJson {
 public:
  // Appends to `out`, which must outlive this, and which may be emptied between calls.
  JaegerTraceJson(const trace::TraceId& id, std::string& out);
  ~JaegerTraceJson();
  void Add(const trace::Span& span);
  void Finish();

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};
// The trace id as Jaeger prints it: 16 digits when the high half is zero, else 32.
std::string JaegerTraceIdText(const trace::TraceId& id);

// Decodes {"data":[trace…]}, one trace object, or an array of them, mapped and cleaned as
// wire-contract 3.5 and 3.6. kInvalidArgument when it is no such JSON: `sink` may then have
// received spans, each complete, and the caller must drop them.
base::Status DecodeJaegerJson(std::string_view json, trace::SpanSink& sink, DecodeReport& report);

}  // namespace awry::wire
