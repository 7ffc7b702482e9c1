#include <cstddef>
#include <cstdint>
#include <string_view>

#include "trace/span_sink.h"
#include "wire/jaeger_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  awry::trace::SpanCollector sink;
  awry::wire::DecodeReport report;
  (void)awry::wire::DecodeJaegerJson(std::string_view(reinterpret_cast<const char*>(data), size),
                                     sink, report);
  return 0;
}
