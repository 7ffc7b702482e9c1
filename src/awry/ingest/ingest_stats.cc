#include "awry/ingest/ingest_stats.h"

#include <fmt/format.h>

namespace awry::ingest {

namespace {

constexpr std::array<std::string_view, kProtocols> kProtocolNames{
    "otlp_grpc",   "otlp_http",   "jaeger_compact", "jaeger_binary",
    "jaeger_http", "jaeger_grpc", "zipkin"};
constexpr std::array<std::string_view, kRefusals> kRefusalNames{
    "malformed", "too_large", "overload", "store_failed", "unsupported"};

}  // namespace

std::string_view ProtocolName(Protocol protocol) {
  return kProtocolNames[static_cast<size_t>(protocol)];
}
std::string_view RefusalName(Refusal reason) { return kRefusalNames[static_cast<size_t>(reason)]; }

void IngestStats::Accepted(Protocol protocol, uint64_t spans, uint64_t bytes) {
  Row& row = rows_[static_cast<size_t>(protocol)];
  row.requests.fetch_add(1, std::memory_order_relaxed);
  row.spans.fetch_add(spans, std::memory_order_relaxed);
  row.bytes.fetch_add(bytes, std::memory_order_relaxed);
}

void IngestStats::Refused(Protocol protocol, Refusal reason) {
  rows_[static_cast<size_t>(protocol)].refused[static_cast<size_t>(reason)].fetch_add(
      1, std::memory_order_relaxed);
}

void IngestStats::SpansRejected(Protocol protocol, uint64_t spans) {
  rows_[static_cast<size_t>(protocol)].spans_rejected.fetch_add(spans, std::memory_order_relaxed);
}

uint64_t IngestStats::requests(Protocol protocol) const {
  return rows_[static_cast<size_t>(protocol)].requests;
}
uint64_t IngestStats::spans(Protocol protocol) const {
  return rows_[static_cast<size_t>(protocol)].spans;
}
uint64_t IngestStats::bytes(Protocol protocol) const {
  return rows_[static_cast<size_t>(protocol)].bytes;
}
uint64_t IngestStats::refused(Protocol protocol, Refusal reason) const {
  return rows_[static_cast<size_t>(protocol)].refused[static_cast<size_t>(reason)];
}
uint64_t IngestStats::spans_rejected(Protocol protocol) const {
  return rows_[static_cast<size_t>(protocol)].spans_rejected;
}

std::string IngestStats::ToPrometheus() const {
  std::string out;
  const auto metric = [&](std::string_view name, std::string_view help, auto value_of) {
    out += fmt::format("# HELP {0} {1}\n# TYPE {0} counter\n", name, help);
    for (size_t p = 0; p < kProtocols; ++p) {
      out += fmt::format("{}{{protocol=\"{}\"}} {}\n", name, kProtocolNames[p], value_of(rows_[p]));
    }
  };
  metric("awry_ingest_requests_total", "Requests and datagrams that were kept.",
         [](const Row& row) { return row.requests.load(); });
  metric("awry_ingest_spans_total", "Spans that were kept.",
         [](const Row& row) { return row.spans.load(); });
  metric("awry_ingest_bytes_total", "Bytes of the requests that were kept.",
         [](const Row& row) { return row.bytes.load(); });
  metric("awry_ingest_spans_rejected_total", "Spans left out of requests that were kept.",
         [](const Row& row) { return row.spans_rejected.load(); });
  out +=
      "# HELP awry_ingest_refused_total Requests and datagrams that were not kept.\n"
      "# TYPE awry_ingest_refused_total counter\n";
  for (size_t p = 0; p < kProtocols; ++p) {
    for (size_t r = 0; r < kRefusals; ++r) {
      out += fmt::format("awry_ingest_refused_total{{protocol=\"{}\",reason=\"{}\"}} {}\n",
                         kProtocolNames[p], kRefusalNames[r], rows_[p].refused[r].load());
    }
  }
  return out;
}

}  // namespace awry::ingest
