// Jaeger's Thrift: `emitBatch` datagrams of the agent and bare batches of the collector.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "trace/span.h"
#include "trace/span_sink.h"
#include "wire/decode_report.h"

namespace awry::wire {

// The largest datagram that agents take.
inline constexpr size_t kJaegerDatagramBytesMax = 65'000;

enum class ThriftProtocol { kCompact, kBinary };

// Decodes one `emitBatch` message (compact on port 6831, binary on 6832) into `sink`, mapped as
// wire-contract 3.5 and cleaned as 3.6. kInvalidArgument when it cannot be decoded: `sink` may then
// have received spans, each complete, and the caller must drop the whole datagram.
base::Status DecodeJaegerDatagram(ThriftProtocol protocol, std::string_view bytes,
                                  trace::SpanSink& sink, DecodeReport& report);

// A bare Batch struct (collector, port 14268).
base::Status DecodeJaegerBatch(ThriftProtocol protocol, std::string_view bytes,
                               trace::SpanSink& sink, DecodeReport& report);

// Makes compact `emitBatch` datagrams for an agent, one span at a time. Every span must have the
// same resource. Used by one thread.
class JaegerDatagramWriter {
 public:
  // `resource` becomes the process of every batch.
  explicit JaegerDatagramWriter(const trace::Resource& resource);

  // Encodes one span as it stands in a batch.
  static std::string EncodeSpan(const trace::Span& span);

  // The bytes of a datagram around `count` encoded spans of `spans_bytes` in all.
  size_t DatagramBytes(size_t count, size_t spans_bytes) const;
  // Returns the datagram of `encoded_spans`, all of which stem from EncodeSpan.
  std::string Datagram(std::span<const std::string> encoded_spans);

 private:
  std::string process_;
  int32_t sequence_ = 0;
};

}  // namespace awry::wire
