// Jaeger names a flag `--query.base-path` and its environment variable QUERY_BASE_PATH. What has a
// counterpart here is taken; what only tunes Jaeger is named and left; what would be less safe when
// left out stops the start.
#include "jaeger_settings.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

namespace awry::app {
namespace {

enum class Take {
  kText,     // the value as it is
  kPort,     // the port of "host:port"
  kList,     // parts between commas
  kOff,      // when it is false: port 0
  kQuiet,    // nothing to say: so it is anyway
  kStorage,  // where Jaeger keeps traces
};

struct Known {
  std::string_view jaeger;
  Take take;
  std::vector<std::string_view> ours;
};

const std::vector<Known>& KnownSettings() {
  static const std::vector<Known> kKnown = {
      {"query.base-path", Take::kText, {"base-path"}},
      {"query.ui-config", Take::kText, {"ui-config"}},
      {"query.static-files", Take::kText, {"ui-dir"}},
      {"sampling.strategies-file", Take::kText, {"sampling-file"}},
      {"query.http-server.host-port", Take::kPort, {"http"}},
      {"query.grpc-server.host-port", Take::kPort, {"query-grpc"}},
      {"collector.otlp.grpc.host-port", Take::kPort, {"otlp-grpc"}},
      {"collector.otlp.http.host-port", Take::kPort, {"otlp-http"}},
      {"collector.otlp.enabled", Take::kOff, {"otlp-grpc", "otlp-http"}},
      {"collector.http-server.host-port", Take::kPort, {"jaeger-http"}},
      {"collector.grpc-server.host-port", Take::kPort, {"jaeger-grpc"}},
      {"collector.zipkin.host-port", Take::kPort, {"zipkin"}},
      {"collector.zipkin.http-port", Take::kPort, {"zipkin"}},  // these four: before 1.22
      {"collector.http-port", Take::kPort, {"jaeger-http"}},
      {"collector.grpc-port", Take::kPort, {"jaeger-grpc"}},
      {"query.port", Take::kPort, {"http"}},
      {"processor.jaeger-compact.server-host-port", Take::kPort, {"jaeger-compact"}},
      {"processor.jaeger-binary.server-host-port", Take::kPort, {"jaeger-binary"}},
      {"http-server.host-port", Take::kPort, {"sampling"}},
      {"collector.otlp.http.cors.allowed-origins", Take::kList, {"cors-origin"}},
      {"collector.zipkin.cors.allowed-origins", Take::kList, {"cors-origin"}},
      {"collector.otlp.http.cors.allowed-headers", Take::kQuiet, {}},
      {"collector.zipkin.cors.allowed-headers", Take::kQuiet, {}},
      {"span-storage.type", Take::kStorage, {}},
  };
  return kKnown;
}

// What begins so is Jaeger's; none of Awry's names has a dot.
constexpr std::string_view kPrefixes[] = {
    "admin.",       "agent.",        "badger.", "cassandra.",     "cassandra-archive.",
    "collector.",   "downsampling.", "es.",     "es-archive.",    "grpc-storage.",
    "http-server.", "kafka.",        "memory.", "multi-tenancy.", "opensearch.",
    "processor.",   "prometheus.",   "query.",  "reporter.",      "sampling.",
    "span-storage."};
constexpr std::string_view kWithoutDot[] = {"log-level", "log-encoding", "metrics-backend",
                                            "metrics-http-route", "feature-gates"};

// Looked for in the environment beside those of KnownSettings().
constexpr std::string_view kEnvironmentOnly[] = {"memory.max-traces",
                                                 "query.max-clock-skew-adjustment",
                                                 "query.additional-headers",
                                                 "query.bearer-token-propagation",
                                                 "collector.queue-size",
                                                 "collector.num-workers",
                                                 "collector.tags",
                                                 "multi-tenancy.enabled",
                                                 "badger.directory-key",
                                                 "badger.directory-value",
                                                 "badger.span-store-ttl",
                                                 "es.server-urls",
                                                 "cassandra.servers",
                                                 "sampling.default-sampling-probability",
                                                 "admin.http.host-port",
                                                 "query.http.tls.enabled",
                                                 "query.grpc.tls.enabled",
                                                 "collector.http.tls.enabled",
                                                 "collector.grpc.tls.enabled",
                                                 "collector.otlp.http.tls.enabled",
                                                 "collector.otlp.grpc.tls.enabled",
                                                 "collector.zipkin.tls.enabled"};

std::string EnvironmentName(std::string_view flag) {
  std::string out(flag);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c == '-' || c == '.' ? '_'
                                : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return out;
}

bool IsJaegers(std::string_view name) {
  return std::ranges::any_of(kPrefixes, [&](std::string_view p) { return name.starts_with(p); }) ||
         std::ranges::find(kWithoutDot, name) != std::end(kWithoutDot);
}

bool IsFalse(std::string_view value) {
  return value == "false" || value == "0" || value == "f" || value == "F" || value == "FALSE" ||
         value == "False";
}

bool IsTrue(std::string_view value) {
  return value == "true" || value == "1" || value == "t" || value == "T" || value == "TRUE" || value == "True";
}

bool IsPort(std::string_view text) {
  uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port <= 65'535;
}

std::vector<std::string> Parts(std::string_view value) {
  std::vector<std::string> out;
  while (!value.empty()) {
    std::string_view part = value.substr(0, value.find(','));
    value.remove_prefix(std::min(value.size(), part.size() + 1));
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) out.emplace_back(part);
  }
  return out;
}

// What to do instead, for settings that people do use.
std::string_view Advice(std::string_view name) {
  if (name == "memory.max-traces")
    return "--retention-bytes and --retention limit what is kept, on disk";
  if (name == "query.max-clock-skew-adjustment")
    return "times are shown as they came; a trace names its clock skew";
  if (name.starts_with("sampling.default")) return "--sampling-file has a default_strategy";
  if (name.starts_with("admin.")) return "/healthz, /readyz and /metrics are on the port of --http";
  if (name.starts_with("badger.") || name.starts_with("es") || name.starts_with("cassandra") ||
      name.starts_with("grpc-storage") || name.starts_with("opensearch"))
    return "traces are kept in --data";
  if (name.starts_with("collector.queue") || name.starts_with("collector.num-workers"))
    return "nothing waits in a queue: a request is answered when it is in the log";
  return "Awry has no counterpart";
}

base::Status TakeOne(const std::string& name, const std::string& value, const std::string& said,
                     JaegerSettings& out) {
  if (name.ends_with("tls.enabled")) {
    if (IsFalse(value)) return base::OkStatus();
    return base::FailedPrecondition("TLS is not served, put a proxy in front and leave this out: " +
                                    said);
  }
  if (name == "multi-tenancy.enabled" && !IsFalse(value)) {
    return base::FailedPrecondition("tenants are not kept apart: every client would see all traces; run a server for each and leave this out: " + said);
  }
  const auto& known = KnownSettings();
  const auto at = std::ranges::find(known, name, &Known::jaeger);
  if (at == known.end()) {
    out.notes.push_back(said + " is not taken: " + std::string(Advice(name)));
    return base::OkStatus();
  }
  const auto set = [&](std::string_view ours, std::vector<std::string> values) {
    out.values[std::string(ours)] = std::move(values);
  };
  switch (at->take) {
    case Take::kText:
      set(at->ours.front(), {value});
      break;
    case Take::kPort:
      if (value.find("://") != std::string::npos) {  // Kubernetes' variable of a service that is named so
        out.notes.push_back(said + " is not taken: it is the address of a service");
        break;
      }
      if (!IsPort(value.substr(value.rfind(':') + 1)))
        return base::InvalidArgument(said + " must be host:port or :port, the port from 0 to 65535: '" + value + "'");
      set(at->ours.front(), {value.substr(value.rfind(':') + 1)});
      if (const std::string host = HostOf(value); !host.empty()) out.hosts.emplace_back(said, host);
      break;
    case Take::kList:
      for (std::string& part : Parts(value))
        out.values[std::string(at->ours.front())].push_back(std::move(part));
      break;
    case Take::kOff:
      if (!IsFalse(value) && !IsTrue(value)) return base::InvalidArgument(said + " must be true or false: '" + value + "'");
      for (const std::string_view ours : at->ours) {
        if (IsFalse(value)) set(ours, {"0"});
      }
      break;
    case Take::kQuiet:
      break;
    case Take::kStorage:
      if (value != "memory" && value != "badger")
        out.notes.push_back(said + " is not taken: " + std::string(Advice("es")));
      break;
  }
  return base::OkStatus();
}

}  // namespace

std::string HostOf(const std::string& host_port) {
  const size_t colon = host_port.rfind(':');
  return colon == std::string::npos ? std::string() : host_port.substr(0, colon);
}

base::Result<JaegerSettings> TakeJaegerFlags(std::vector<std::string>& words) {
  JaegerSettings out;
  std::vector<std::string> left;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::string name =
        word.starts_with("--") ? word.substr(2, word.find('=') - 2) : std::string();
    if (!IsJaegers(name)) {
      left.push_back(word);
      continue;
    }
    std::string value = "true";
    const auto known = std::ranges::find(KnownSettings(), name, &Known::jaeger);
    if (const size_t equal = word.find('='); equal != std::string::npos) {
      value = word.substr(equal + 1);
    } else if (i + 1 < words.size() && !words[i + 1].starts_with('-')) {
      value = words[++i];
    } else if (known != KnownSettings().end() && known->take != Take::kOff && known->take != Take::kQuiet) {
      return base::InvalidArgument("--" + name + " needs a value");
    }
    RETURN_IF_ERROR(TakeOne(name, value, "--" + name, out));
  }
  words = std::move(left);
  return out;
}

base::Result<JaegerSettings> JaegerEnvironment(const std::function<const char*(const char*)>& get) {
  JaegerSettings out;
  const auto take = [&](std::string_view name) -> base::Status {
    const std::string variable = EnvironmentName(name);
    const char* text = get(variable.c_str());
    if (text == nullptr || *text == '\0') return base::OkStatus();
    return TakeOne(std::string(name), text, variable, out);
  };
  for (const Known& known : KnownSettings()) RETURN_IF_ERROR(take(known.jaeger));
  for (const std::string_view name : kEnvironmentOnly) RETURN_IF_ERROR(take(name));
  if (const char* host = get("JAEGER_LISTEN_HOST"); host != nullptr && *host != '\0')
    out.values["listen"] = {host};
  return out;
}

}  // namespace awry::app
