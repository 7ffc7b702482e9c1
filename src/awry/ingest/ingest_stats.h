// Counts what the listeners received, refused and dropped; /metrics shows it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace awry::ingest {

enum class Protocol : uint8_t {
  kOtlpGrpc,
  kOtlpHttp,
  kJaegerCompact,
  kJaegerBinary,
  kJaegerHttp,
  kJaegerGrpc,
  kZipkin,
};
inline constexpr size_t kProtocols = 7;
std::string_view ProtocolName(Protocol protocol);  // "otlp_grpc", …

enum class Refusal : uint8_t {
  kMalformed,    // cannot be decoded
  kTooLarge,     // over a size limit
  kOverload,     // the store or a queue is full; the sender may try again
  kStoreFailed,  // the store answered with another error
  kUnsupported,  // wrong content type
};
inline constexpr size_t kRefusals = 5;
std::string_view RefusalName(Refusal reason);  // "malformed", …

// Thread-safe.
class IngestStats {
 public:
  // One request or datagram that was kept whole.
  void Accepted(Protocol protocol, uint64_t spans, uint64_t bytes);
  // One request or datagram that was not kept.
  void Refused(Protocol protocol, Refusal reason);
  // Spans of a request that were left out while the rest was kept.
  void SpansRejected(Protocol protocol, uint64_t spans);

  uint64_t requests(Protocol protocol) const;
  uint64_t spans(Protocol protocol) const;
  uint64_t bytes(Protocol protocol) const;
  uint64_t refused(Protocol protocol, Refusal reason) const;
  uint64_t spans_rejected(Protocol protocol) const;

  // Lines of the Prometheus text format.
  std::string ToPrometheus() const;

 private:
  struct Row {
    std::atomic<uint64_t> requests{0};
    std::atomic<uint64_t> spans{0};
    std::atomic<uint64_t> bytes{0};
    std::atomic<uint64_t> spans_rejected{0};
    std::array<std::atomic<uint64_t>, kRefusals> refused{};
  };
  std::array<Row, kProtocols> rows_;
};

}  // namespace awry::ingest
