// Collects what the SDK exports, without a network.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "awry/sdk/sdk.h"
#include "trace/span_sink.h"
#include "wire/otlp_proto.h"

namespace awry::sdk {

// Thread-safe.
class Receiver {
 public:
  // Options that export to this receiver, which must live until shutdown.
  Options options() {
    Options options;
    options.on_export = [this](std::string_view request, size_t spans) {
      return Take(request, spans);
    };
    options.on_error = [this](std::string_view message) {
      const std::scoped_lock lock(mutex_);
      warnings_.emplace_back(message);
    };
    return options;
  }
  bool Take(std::string_view request, size_t spans) {
    const std::scoped_lock lock(mutex_);
    const size_t before = collector_.spans().size();
    wire::DecodeReport report;
    const bool ok = wire::DecodeOtlpProto(request, collector_, report).ok() && report.clean() &&
                    collector_.spans().size() - before == spans;
    is_damaged_ = is_damaged_ || !ok;
    return ok;
  }
  std::vector<trace::Span> spans() {
    const std::scoped_lock lock(mutex_);
    return collector_.spans();
  }
  trace::Span span(std::string_view name) {
    for (const trace::Span& span : spans()) {
      if (span.name == name) return span;
    }
    return {};
  }
  bool is_damaged() const { return is_damaged_; }
  std::vector<std::string> warnings() {
    const std::scoped_lock lock(mutex_);
    return warnings_;
  }

 private:
  std::mutex mutex_;
  trace::SpanCollector collector_;
  std::vector<std::string> warnings_;
  bool is_damaged_ = false;
};

}  // namespace awry::sdk
