#include <cstddef>
#include <cstdint>
#include <string_view>

#include "trace/span_sink.h"
#include "wire/jaeger_thrift.h"

// The first byte chooses protocol and framing.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using awry::wire::ThriftProtocol;
  if (size == 0) return 0;
  const auto protocol = (data[0] & 1) != 0 ? ThriftProtocol::kBinary : ThriftProtocol::kCompact;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  awry::trace::SpanCollector sink;
  awry::wire::DecodeReport report;
  if ((data[0] & 2) != 0) {
    (void)awry::wire::DecodeJaegerBatch(protocol, bytes, sink, report);
  } else {
    (void)awry::wire::DecodeJaegerDatagram(protocol, bytes, sink, report);
  }
  return 0;
}
