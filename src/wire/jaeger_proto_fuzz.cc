#include <cstddef>
#include <cstdint>
#include <string_view>

#include "trace/span_sink.h"
#include "wire/jaeger_proto.h"

// What can be read must survive being written and read again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  awry::trace::SpanCollector sink;
  awry::wire::DecodeReport report;
  if (!awry::wire::DecodeJaegerPostSpans(bytes, sink, report).ok()) return 0;
  const std::string again = awry::wire::EncodeJaegerProtoSpans(sink.spans());
  awry::trace::SpanCollector back;
  if (!awry::wire::DecodeJaegerProtoBatch(again, back, report).ok()) __builtin_trap();
  if (back.spans().size() != sink.spans().size()) __builtin_trap();
  return 0;
}
