#include "listeners.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "awry/ingest/cors.h"
#include "awry/ingest/jaeger_grpc_receiver.h"
#include "awry/ingest/jaeger_http_receiver.h"
#include "awry/ingest/jaeger_udp_receiver.h"
#include "awry/ingest/otlp_receiver.h"
#include "awry/ingest/sampling_receiver.h"
#include "awry/ingest/zipkin_receiver.h"
#include "base/file.h"
#include "quantities.h"

namespace awry::app {
namespace {

// Large requests get this part of --memory while they are received, and again while decoded.
constexpr size_t kBudgetShare = 8;
constexpr size_t kBodyShare = 4;  // and one alone may have this part

class Running final : public Listeners {
 public:
  Running(size_t budget_bytes, std::unique_ptr<ingest::SamplingSource> source)
      : body_budget(budget_bytes), decode_budget(budget_bytes), sampling(std::move(source)) {}
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

  // The receivers use them until they are stopped.
  net::ByteBudget body_budget;
  net::ByteBudget decode_budget;
  const std::unique_ptr<ingest::SamplingSource> sampling;

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
  ASSIGN_OR_RETURN(const size_t most_body_bytes, ParseBytes(options.body_bytes_max));
  ASSIGN_OR_RETURN(const size_t memory, ParseBytes(options.memory));
  const size_t body_bytes_max = std::min(most_body_bytes, memory / kBodyShare);
  auto sampling = ingest::SamplingSource::Open(base::RealFileSystem(), options.sampling_file);
  if (!sampling.ok()) return sampling.status().WithContext("--sampling-file");
  auto running = std::make_unique<Running>(memory / kBudgetShare, *std::move(sampling));
  std::vector<std::string> cors_origins;
  for (const std::string& origin : options.cors_origins) {
    auto parsed = ingest::ParseOriginPattern(origin);
    if (!parsed.ok()) return parsed.status().WithContext("--cors-origin");
    cors_origins.push_back(*std::move(parsed));
  }
  const std::string& listen = options.listen;
  const auto receiver = [&](uint16_t port) {
    return ingest::ReceiverOptions{.listen = listen,
                                   .port = port,
                                   .body_bytes_max = body_bytes_max,
                                   .body_budget = &running->body_budget,
                                   .decode_budget = &running->decode_budget,
                                   .stats = &stats,
                                   .cors_origins = cors_origins};
  };
  const auto udp = [&](ingest::JaegerEncoding encoding) {
    return [&, encoding](uint16_t port) {
      return ingest::StartJaegerUdp(
          store, {.listen = listen, .port = port, .encoding = encoding, .stats = &stats});
    };
  };
  // `start(options)` of a receiver that takes spans.
  const auto add = [&](const char* flag, const std::string& port, const char* what,
                       const char* form, auto start) {
    return running->Add(flag, port, what, form, listen,
                        [&](uint16_t number) { return start(receiver(number)); });
  };
  using Options = ingest::ReceiverOptions;
  RETURN_IF_ERROR(add("--otlp-grpc", options.otlp_grpc, "OTLP gRPC", "{}:{}",
                      [&](const Options& o) { return ingest::StartOtlpGrpc(store, o); }));
  RETURN_IF_ERROR(add("--otlp-http", options.otlp_http, "OTLP HTTP", "http://{}:{}",
                      [&](const Options& o) { return ingest::StartOtlpHttp(store, o); }));
  RETURN_IF_ERROR(running->Add("--jaeger-compact", options.jaeger_compact, "Jaeger compact",
                               "{}:{}/udp", listen, udp(ingest::JaegerEncoding::kCompact)));
  RETURN_IF_ERROR(running->Add("--jaeger-binary", options.jaeger_binary, "Jaeger binary",
                               "{}:{}/udp", listen, udp(ingest::JaegerEncoding::kBinary)));
  RETURN_IF_ERROR(add("--jaeger-http", options.jaeger_http, "Jaeger HTTP",
                      "http://{}:{}/api/traces", [&](const Options& o) {
                        return ingest::StartJaegerHttp(store, running->sampling.get(), o);
                      }));
  RETURN_IF_ERROR(add("--jaeger-grpc", options.jaeger_grpc, "Jaeger gRPC", "{}:{}",
                      [&](const Options& o) {
                        return ingest::StartJaegerGrpc(store, running->sampling.get(), o);
                      }));
  RETURN_IF_ERROR(add("--zipkin", options.zipkin, "Zipkin", "http://{}:{}",
                      [&](const Options& o) { return ingest::StartZipkin(store, o); }));
  RETURN_IF_ERROR(
      add("--sampling", options.sampling, "Sampling", "http://{}:{}/sampling",
          [&](const Options& o) { return ingest::StartSamplingHttp(*running->sampling, o); }));
  RETURN_IF_ERROR(
      add("--sampling-grpc", options.sampling_grpc, "Sampling gRPC", "{}:{}",
          [&](const Options& o) { return ingest::StartSamplingGrpc(*running->sampling, o); }));
  return std::unique_ptr<Listeners>(std::move(running));
}

}  // namespace awry::app
