#include <cstddef>
#include <cstdint>
#include <string_view>

#include "trace/span_sink.h"
#include "wire/otlp_proto.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  awry::trace::SpanCollector sink;
  awry::wire::DecodeReport report;
  (void)awry::wire::DecodeOtlpProto(std::string_view(reinterpret_cast<const char*>(data), size),
                                    sink, report);
  return 0;
}
