#include "listeners.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "awry/ingest/jaeger_http_receiver.h"
#include "awry/ingest/jaeger_udp_receiver.h"
#include "awry/ingest/otlp_receiver.h"
#include "quantities.h"

namespace awry::app {
namespace {

class Running final : public Listeners {
 public:
  ~Running() override { Stop(); }
  const std::vector<Address>& addresses() const override { return addresses_; }
  void Stop() override {
    for (const auto& stop : stops_) stop();
    stops_.clear();
  }

  // `start(port)` gives a receiver with port() and Stop().
  template <typename Start>
  base::Status Add(const std::string& flag, const std::string& port_text, const std::string& what,
                   const std::string& form, const std::string& listen, Start start) {
    auto port = ParsePort(port_text);
    if (!port.ok()) return port.status().WithContext(flag);
    if (!port->has_value()) return base::OkStatus();
    auto started = start(**port);
    if (!started.ok()) return WithFlag(started.status(), flag);
    addresses_.push_back({what, fmt::format(fmt::runtime(form), listen, (*started)->port())});
    stops_.push_back([receiver = std::shared_ptr(*std::move(started))] { receiver->Stop(); });
    return base::OkStatus();
  }

 private:
  std::vector<Address> addresses_;
  std::vector<std::function<void()>> stops_;
};

}  // namespace

base::Status WithFlag(const base::Status& status, const std::string& flag) {
  return base::Status(status.code(),
                      fmt::format("{}; {} takes another port ('auto': a free one, 0: off)",
                                  status.message(), flag));
}

base::Result<std::unique_ptr<Listeners>> StartListeners(store::TraceStore& store,
                                                        ingest::IngestStats& stats,
                                                        const ServeOptions& options) {
  ASSIGN_OR_RETURN(const size_t body_bytes_max, ParseBytes(options.body_bytes_max));
  auto running = std::make_unique<Running>();
  const std::string& listen = options.listen;
  const auto otlp = [&](uint16_t port) {
    return ingest::OtlpOptions{
        .listen = listen, .port = port, .body_bytes_max = body_bytes_max, .stats = &stats};
  };
  const auto udp = [&](uint16_t port, ingest::JaegerEncoding encoding) {
    return ingest::StartJaegerUdp(
        store, {.listen = listen, .port = port, .encoding = encoding, .stats = &stats});
  };
  RETURN_IF_ERROR(
      running->Add("--otlp-grpc", options.otlp_grpc, "OTLP gRPC", "{}:{}", listen,
                   [&](uint16_t port) { return ingest::StartOtlpGrpc(store, otlp(port)); }));
  RETURN_IF_ERROR(
      running->Add("--otlp-http", options.otlp_http, "OTLP HTTP", "http://{}:{}", listen,
                   [&](uint16_t port) { return ingest::StartOtlpHttp(store, otlp(port)); }));
  RETURN_IF_ERROR(running->Add(
      "--jaeger-compact", options.jaeger_compact, "Jaeger compact", "{}:{}/udp", listen,
      [&](uint16_t port) { return udp(port, ingest::JaegerEncoding::kCompact); }));
  RETURN_IF_ERROR(
      running->Add("--jaeger-binary", options.jaeger_binary, "Jaeger binary", "{}:{}/udp", listen,
                   [&](uint16_t port) { return udp(port, ingest::JaegerEncoding::kBinary); }));
  RETURN_IF_ERROR(running->Add(
      "--jaeger-http", options.jaeger_http, "Jaeger HTTP", "http://{}:{}/api/traces", listen,
      [&](uint16_t port) {
        return ingest::StartJaegerHttp(
            store,
            {.listen = listen, .port = port, .body_bytes_max = body_bytes_max, .stats = &stats});
      }));
  return std::unique_ptr<Listeners>(std::move(running));
}

}  // namespace awry::app
