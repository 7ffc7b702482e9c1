#include "sdk/settings.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <limits>

namespace awry::sdk::detail {
namespace {

constexpr std::string_view kVersion = "0.1.0";

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> Split(std::string_view list, char separator) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const size_t at = list.find(separator);
    if (const std::string_view part = Trim(list.substr(0, at)); !part.empty())
      parts.push_back(part);
    list = at == std::string_view::npos ? std::string_view() : list.substr(at + 1);
  }
  return parts;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
        HexDigit(text[i + 2]) >= 0) {
      out += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// Reads the environment and collects warnings. Values are never shown: they may hold secrets.
class Resolver {
 public:
  Resolver(const GetEnvironment& environment, Settings& settings)
      : environment_(environment), settings_(settings) {}

  // Empty counts as unset, as OpenTelemetry says.
  std::optional<std::string> Text(const char* name) const {
    auto value = environment_(name);
    if (!value || Trim(*value).empty()) return std::nullopt;
    return std::string(Trim(*value));
  }
  std::optional<std::string> Text(const char* first, const char* second) const {
    auto value = Text(first);
    return value ? value : Text(second);
  }
  std::optional<uint64_t> Number(const char* name) {
    const auto text = Text(name);
    if (!text) return std::nullopt;
    uint64_t number = 0;
    const auto [at, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || at != text->data() + text->size()) {
      Warn(std::string("not a whole number, the default is used: ") + name);
      return std::nullopt;
    }
    return number;
  }
  void Warn(std::string message) { settings_.warnings.push_back(std::move(message)); }

  // "k=v,k2=v2", percent-encoded.
  std::vector<std::pair<std::string, std::string>> Pairs(const char* name) {
    std::vector<std::pair<std::string, std::string>> pairs;
    const auto text = Text(name);
    if (!text) return pairs;
    for (const std::string_view part : Split(*text, ',')) {
      const size_t equals = part.find('=');
      if (equals == std::string_view::npos || equals == 0) {
        Warn(std::string("expected key=value, the entry is ignored: ") + name);
        continue;
      }
      pairs.emplace_back(PercentDecode(Trim(part.substr(0, equals))),
                         PercentDecode(Trim(part.substr(equals + 1))));
    }
    return pairs;
  }

 private:
  const GetEnvironment& environment_;
  Settings& settings_;
};

template <typename T>
void SetLimit(const std::optional<T>& from_code, std::optional<uint64_t> from_environment, T& out) {
  if (from_code) {
    out = *from_code;
  } else if (from_environment) {
    out = static_cast<T>(std::min<uint64_t>(*from_environment, std::numeric_limits<T>::max()));
  }
}

void SetPair(std::vector<std::pair<std::string, std::string>>& pairs, std::string_view key,
             std::string_view value) {
  for (auto& pair : pairs) {
    if (pair.first == key) {
      pair.second = value;
      return;
    }
  }
  pairs.emplace_back(key, value);
}

void ResolveResource(std::string_view service_name, const Options& options, Resolver& resolver,
                     Settings& settings) {
  auto& resource = settings.resource;
  std::error_code ignored;
  const std::string program =
      std::filesystem::read_symlink("/proc/self/exe", ignored).filename().string();
  SetPair(resource, "service.name", "unknown_service:" + (program.empty() ? "program" : program));
  SetPair(resource, "telemetry.sdk.name", "awry");
  SetPair(resource, "telemetry.sdk.language", "cpp");
  SetPair(resource, "telemetry.sdk.version", kVersion);
  char host[256] = {};
  if (::gethostname(host, sizeof(host) - 1) == 0 && host[0] != '\0')
    SetPair(resource, "host.name", host);
  SetPair(resource, "process.pid", std::to_string(::getpid()));
  for (const auto& [key, value] : resolver.Pairs("OTEL_RESOURCE_ATTRIBUTES"))
    SetPair(resource, key, value);
  for (const auto& [key, value] : options.resource_attributes) SetPair(resource, key, value);
  if (!options.service_version.empty())
    SetPair(resource, "service.version", options.service_version);
  if (const auto name = resolver.Text("OTEL_SERVICE_NAME")) {
    SetPair(resource, "service.name", *name);
  } else if (!service_name.empty()) {
    SetPair(resource, "service.name", service_name);
  }
}

// Splits "http://host:port/path" and says whether it can be used.
bool SplitUrl(std::string_view url, std::string& base, std::string& path) {
  if (!url.starts_with("http://")) return false;
  const size_t slash = url.find('/', 7);
  base = url.substr(0, slash);
  path = slash == std::string_view::npos ? std::string() : std::string(url.substr(slash));
  return base.size() > 7;
}

void ResolveOtlp(const Options& options, Resolver& resolver, Settings& settings) {
  constexpr std::string_view kDefault = "http://localhost:4318";
  settings.otlp_base_url = kDefault;
  settings.otlp_target = "/v1/traces";
  const auto traces = resolver.Text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const auto general = resolver.Text("OTEL_EXPORTER_OTLP_ENDPOINT");
  std::string base, path;
  const bool is_whole = !options.otlp_endpoint.empty() || traces;
  const std::string url = !options.otlp_endpoint.empty() ? options.otlp_endpoint
                                                         : traces.value_or(general.value_or(""));
  if (!url.empty()) {
    if (!SplitUrl(url, base, path)) {
      resolver.Warn("the OTLP endpoint must begin with http://, http://localhost:4318 is used");
    } else {
      settings.otlp_base_url = base;
      while (!is_whole && path.ends_with('/')) path.pop_back();
      settings.otlp_target = is_whole ? (path.empty() ? "/" : path) : path + "/v1/traces";
    }
  }
  const auto protocol =
      resolver.Text("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL");
  if (protocol && *protocol != "http/protobuf") {
    resolver.Warn("this OTLP protocol is not supported, http/protobuf is used: " + *protocol);
  }
  settings.otlp_headers = resolver.Pairs("OTEL_EXPORTER_OTLP_HEADERS");
  for (const auto& [key, value] : resolver.Pairs("OTEL_EXPORTER_OTLP_TRACES_HEADERS")) {
    SetPair(settings.otlp_headers, key, value);
  }
  for (const auto& [key, value] : options.otlp_headers) SetPair(settings.otlp_headers, key, value);
  const auto compression =
      resolver.Text("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION");
  if (compression && *compression != "gzip" && *compression != "none") {
    resolver.Warn("this compression is not supported, none is used: " + *compression);
  }
  settings.gzip = options.gzip.value_or(compression == "gzip");
  auto timeout_ms = resolver.Number("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT");
  if (!timeout_ms) timeout_ms = resolver.Number("OTEL_EXPORTER_OTLP_TIMEOUT");
  if (timeout_ms)
    settings.timeout = std::chrono::milliseconds(std::min<uint64_t>(*timeout_ms, 3'600'000));
  if (options.timeout) settings.timeout = *options.timeout;
}

void ResolveExporter(const Options& options, Resolver& resolver, Settings& settings) {
  using Exporter = Options::Exporter;
  ResolveOtlp(options, resolver, settings);
  const auto host = resolver.Text("JAEGER_HOST");
  const auto port = resolver.Number("JAEGER_PORT");
  settings.jaeger_host =
      !options.jaeger_host.empty() ? options.jaeger_host : host.value_or("localhost");
  if (options.jaeger_port != 0) {
    settings.jaeger_port = options.jaeger_port;
  } else if (port && *port > 0 && *port <= 65'535) {
    settings.jaeger_port = static_cast<uint16_t>(*port);
  }
  if (options.exporter) {
    settings.exporter = *options.exporter;
    return;
  }
  if (options.on_export) {
    settings.exporter = Exporter::kCallback;
    return;
  }
  if (!options.otlp_endpoint.empty()) return;
  if (!options.jaeger_host.empty()) {
    settings.exporter = Exporter::kJaegerUdp;
    return;
  }
  const auto named = resolver.Text("OTEL_TRACES_EXPORTER");
  if (named == "none") {
    settings.exporter = Exporter::kNone;
    return;
  }
  if (named && *named != "otlp" && *named != "jaeger") {
    resolver.Warn("this exporter is not supported, otlp is used: " + *named);
  }
  const bool has_otlp =
      resolver.Text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT") ||
      resolver.Text("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL") ||
      named == "otlp";
  if (named == "jaeger" || (!has_otlp && host)) settings.exporter = Exporter::kJaegerUdp;
}

void ResolveSampler(const Options& options, Resolver& resolver, Settings& settings) {
  if (options.sampler) {
    settings.sampler = *options.sampler;
    return;
  }
  const auto name = resolver.Text("OTEL_TRACES_SAMPLER");
  if (!name) return;
  std::string_view rule = *name;
  const bool follows_parent = rule.starts_with("parentbased_");
  if (follows_parent) rule.remove_prefix(12);
  Sampler sampler = Sampler::always_on();
  if (rule == "always_off") {
    sampler = Sampler::always_off();
  } else if (rule == "traceidratio") {
    double ratio = 1;
    if (const auto argument = resolver.Text("OTEL_TRACES_SAMPLER_ARG")) {
      const auto [at, error] =
          std::from_chars(argument->data(), argument->data() + argument->size(), ratio);
      if (error != std::errc() || at != argument->data() + argument->size() ||
          !(ratio >= 0 && ratio <= 1)) {
        resolver.Warn(
            "the sampling ratio must be between 0 and 1, 1 is used: OTEL_TRACES_SAMPLER_ARG");
        ratio = 1;
      }
    }
    sampler = Sampler::trace_id_ratio(ratio);
  } else if (rule != "always_on") {
    resolver.Warn("this sampler is not supported, parentbased_always_on is used: " + *name);
    return;
  }
  settings.sampler = follows_parent ? Sampler::parent_based(sampler) : sampler;
}

void ResolveBatch(const Options& options, Resolver& resolver, Settings& settings) {
  if (const auto delay = resolver.Number("OTEL_BSP_SCHEDULE_DELAY")) {
    settings.schedule_delay = std::chrono::milliseconds(std::min<uint64_t>(*delay, 3'600'000));
  }
  if (options.schedule_delay) settings.schedule_delay = *options.schedule_delay;
  SetLimit(options.queue_spans_max, resolver.Number("OTEL_BSP_MAX_QUEUE_SIZE"),
           settings.queue_spans_max);
  SetLimit(options.batch_spans_max, resolver.Number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
           settings.batch_spans_max);
  if (const auto timeout = resolver.Number("OTEL_BSP_EXPORT_TIMEOUT");
      timeout && !options.timeout) {
    settings.timeout = std::min(settings.timeout,
                                std::chrono::milliseconds(std::min<uint64_t>(*timeout, 3'600'000)));
  }
  settings.queue_spans_max = std::clamp<size_t>(settings.queue_spans_max, 1, 1 << 22);
  settings.batch_spans_max =
      std::clamp<size_t>(settings.batch_spans_max, 1, settings.queue_spans_max);
}

void ResolveLimits(const Options& options, Resolver& resolver, SpanLimits& limits) {
  const auto general_count = resolver.Number("OTEL_ATTRIBUTE_COUNT_LIMIT");
  const auto or_general = [&](const char* name) {
    const auto own = resolver.Number(name);
    return own ? own : general_count;
  };
  auto value_bytes = resolver.Number("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT");
  if (!value_bytes) value_bytes = resolver.Number("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT");
  SetLimit(options.attributes_max, or_general("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"),
           limits.attributes_max);
  SetLimit(options.attribute_value_bytes_max, value_bytes, limits.value_bytes_max);
  SetLimit(options.events_max, resolver.Number("OTEL_SPAN_EVENT_COUNT_LIMIT"), limits.events_max);
  SetLimit(options.links_max, resolver.Number("OTEL_SPAN_LINK_COUNT_LIMIT"), limits.links_max);
  SetLimit(options.event_attributes_max, or_general("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"),
           limits.event_attributes_max);
  SetLimit(options.link_attributes_max, or_general("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"),
           limits.link_attributes_max);
}

}  // namespace

std::optional<std::string> ProcessEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void ResolvePropagators(const std::vector<std::string>& from_code,
                        const GetEnvironment& environment, Settings& settings) {
  Resolver resolver(environment, settings);
  std::vector<std::string> names = from_code;
  if (names.empty()) {
    const std::string text = resolver.Text("OTEL_PROPAGATORS").value_or("tracecontext,baggage");
    for (const std::string_view name : Split(text, ',')) names.emplace_back(name);
  }
  bool w3c = false, baggage = false, jaeger = false, none = false;
  for (const std::string& name : names) {
    w3c |= name == "tracecontext";
    baggage |= name == "baggage";
    jaeger |= name == "jaeger";
    none |= name == "none";
    if (name != "tracecontext" && name != "baggage" && name != "jaeger" && name != "none") {
      resolver.Warn("this propagator is not supported: " + name);
    }
  }
  if (!w3c && !baggage && !jaeger && !none)
    w3c = baggage = true;  // nothing that we have: the default
  settings.propagate_w3c = w3c && !none;
  settings.propagate_baggage = baggage && !none;
  settings.propagate_jaeger = jaeger && !none;
}

Settings ResolveSettings(std::string_view service_name, const Options& options,
                         const GetEnvironment& environment) {
  Settings settings;
  Resolver resolver(environment, settings);
  const std::string disabled = resolver.Text("OTEL_SDK_DISABLED").value_or("");
  settings.disabled = disabled == "true" || disabled == "TRUE" || disabled == "True";
  settings.exit_timeout = options.exit_timeout;
  ResolveResource(service_name, options, resolver, settings);
  ResolveExporter(options, resolver, settings);
  ResolveSampler(options, resolver, settings);
  ResolvePropagators(options.propagators, environment, settings);
  ResolveBatch(options, resolver, settings);
  ResolveLimits(options, resolver, settings.limits);
  return settings;
}

}  // namespace awry::sdk::detail
