#include <cstddef>
#include <cstdint>
#include <string_view>

#include "trace/span_sink.h"
#include "wire/zipkin.h"

// The first byte chooses the format.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  awry::trace::SpanCollector sink;
  awry::wire::DecodeReport report;
  (void)awry::wire::DecodeZipkin(static_cast<awry::wire::ZipkinFormat>(data[0] % 4), bytes, sink,
                                 report);
  return 0;
}
