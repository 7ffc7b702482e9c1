// Sends batches to a backend.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "sdk/settings.h"

namespace awry::sdk::detail {

struct ExportCounts {
  uint64_t exported = 0;
  uint64_t failed = 0;     // spans that the backend refused for good
  uint64_t too_large = 0;  // spans left out since they fit no datagram
  uint64_t trimmed = 0;    // spans sent with values cut
  uint64_t requests = 0;   // that went out
};

struct ExportResult {
  ExportCounts counts;
  // Not OK: nothing was taken. `retry` says whether to try the same batch again, after
  // `retry_after` when the backend named a time.
  base::Status status;
  bool retry = false;
  std::chrono::milliseconds retry_after{0};
};

// Used by the exporter's thread.
class SpanExporter {
 public:
  virtual ~SpanExporter() = default;
  // `request` is an ExportTraceServiceRequest with `spans` spans of one resource. May block for the
  // configured timeout.
  virtual ExportResult Export(std::string_view request, size_t spans) = 0;
};

std::unique_ptr<SpanExporter> MakeOtlpExporter(const Settings& settings);
std::unique_ptr<SpanExporter> MakeJaegerExporter(const Settings& settings);
std::unique_ptr<SpanExporter> MakeCallbackExporter(
    std::function<bool(std::string_view, size_t)> on_export);
std::unique_ptr<SpanExporter> MakeNullExporter();

}  // namespace awry::sdk::detail
