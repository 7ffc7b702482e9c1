// Starts and stops tracing for this process.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "awry/sdk/sampler.h"
#include "awry/sdk/tracer.h"

namespace awry::sdk {

// What is set here wins over the environment (OTEL_*, JAEGER_HOST, JAEGER_PORT), which wins over
// the default.
struct Options {
  enum class Exporter {
    kOtlpHttp,   // protobuf over HTTP to `otlp_endpoint`
    kJaegerUdp,  // Thrift compact datagrams to `jaeger_host`:`jaeger_port`
    kCallback,   // `on_export`, on the exporter's thread
    kNone,       // spans are made and thrown away
  };
  std::optional<Exporter> exporter = {};
  std::string otlp_endpoint = {};  // whole URL, "http://localhost:4318/v1/traces"
  std::vector<std::pair<std::string, std::string>> otlp_headers = {};
  std::optional<bool> gzip = {};                          // default: no
  std::optional<std::chrono::milliseconds> timeout = {};  // of one export; 10 s
  std::string jaeger_host = {};
  uint16_t jaeger_port = 0;  // 6831
  // Gets an ExportTraceServiceRequest and its number of spans; returns whether it was taken.
  std::function<bool(std::string_view request, size_t spans)> on_export = {};

  std::optional<Sampler> sampler = {};  // parent_based(always_on)
  std::vector<std::pair<std::string, std::string>> resource_attributes = {};  // beside service.name
  std::string service_version = {};
  std::vector<std::string> propagators = {};  // "tracecontext", "baggage", "jaeger", "none"

  std::optional<std::chrono::milliseconds> schedule_delay =
      {};                                                  // longest wait before an export; 5 s
  std::optional<size_t> queue_spans_max = {};              // 2048
  std::optional<size_t> batch_spans_max = {};              // 512
  std::optional<uint32_t> attributes_max = {};             // per span; 128
  std::optional<uint32_t> attribute_value_bytes_max = {};  // unlimited
  std::optional<uint32_t> events_max = {};                 // 128
  std::optional<uint32_t> links_max = {};                  // 128
  std::optional<uint32_t> event_attributes_max = {};       // 128
  std::optional<uint32_t> link_attributes_max = {};        // 128

  // How long the end of the process (return from main, std::exit) may wait for the last spans.
  std::chrono::milliseconds exit_timeout{2'000};
  // Gets each warning, from any thread; the default writes one line to standard error. Must not
  // call the SDK.
  std::function<void(std::string_view message)> on_error = {};
};

// Makes this process trace, and returns its main tracer. `service_name` becomes service.name unless
// OTEL_SERVICE_NAME is set. A second call changes nothing and warns. With OTEL_SDK_DISABLED=true
// nothing is recorded. After fork() the child records nothing until it calls this again.
Tracer setup_tracing(std::string_view service_name, const Options& options = {});

// Sends what has ended so far; false when that did not finish within `timeout` or failed.
bool force_flush(std::chrono::milliseconds timeout = std::chrono::seconds(10));

// Sends what has ended so far and stops; later spans are dropped and counted. Returns as
// force_flush. setup_tracing may be called again.
bool shutdown(std::chrono::milliseconds timeout = std::chrono::seconds(10));

// Counts of spans since setup_tracing (the last values after shutdown).
struct Stats {
  uint64_t started = 0;  // sampled spans
  uint64_t ended = 0;
  uint64_t exported = 0;
  uint64_t dropped_queue_full = 0;
  uint64_t dropped_export_failed = 0;  // refused, or the backend was away too long
  uint64_t dropped_too_large = 0;      // would not fit a datagram even when trimmed
  uint64_t dropped_after_shutdown = 0;
  uint64_t trimmed = 0;  // exported with values cut to fit a datagram
  uint64_t exports = 0;  // requests or datagrams that were sent
  uint64_t failed_exports = 0;
};
Stats stats();

}  // namespace awry::sdk
