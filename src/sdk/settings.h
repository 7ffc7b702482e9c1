// Options and environment → one set of values. Code wins over the environment, which wins over the
// default.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "awry/sdk/setup.h"
#include "sdk/live_span.h"

namespace awry::sdk::detail {

struct Settings {
  bool disabled = false;
  Options::Exporter exporter = Options::Exporter::kOtlpHttp;
  std::string otlp_base_url;  // "http://localhost:4318"
  std::string otlp_target;    // "/v1/traces"
  std::vector<std::pair<std::string, std::string>> otlp_headers;
  bool gzip = false;
  std::chrono::milliseconds timeout{10'000};
  std::string jaeger_host;
  uint16_t jaeger_port = 6831;
  Sampler sampler = Sampler::parent_based(Sampler::always_on());
  std::vector<std::pair<std::string, std::string>> resource;  // service.name first
  bool propagate_w3c = true, propagate_baggage = true, propagate_jaeger = false;
  std::chrono::milliseconds schedule_delay{5'000};
  size_t queue_spans_max = 2048;
  size_t batch_spans_max = 512;
  SpanLimits limits;
  std::chrono::milliseconds exit_timeout{2'000};
  std::vector<std::string> warnings;  // each once
};

// Returns the value of an environment variable, nullopt when it is unset.
using GetEnvironment = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> ProcessEnvironment(const char* name);

// Never fails: what cannot be understood gives a warning and the default.
Settings ResolveSettings(std::string_view service_name, const Options& options,
                         const GetEnvironment& environment);

// Only the propagators, for use without setup_tracing.
void ResolvePropagators(const std::vector<std::string>& from_code,
                        const GetEnvironment& environment, Settings& settings);

}  // namespace awry::sdk::detail
