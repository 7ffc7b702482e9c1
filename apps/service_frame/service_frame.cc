#include "apps/service_frame/service_frame.h"

#include <cstdlib>
#include <awry/sdk/sdk.h>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <pthread.h>

#include "apps/service_frame/request_metrics.h"
#include "apps/service_frame/settings.h"
#include "base/file.h"
#include "base/log.h"
#include "sdk/instrument/observers.h"

namespace service_frame {
namespace {

using awry::base::FailedPrecondition;
using awry::base::Result;
using awry::base::Status;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::HttpServer;
using awry::net::Router;

bool IsLoopback(std::string_view address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

bool IsOpenPath(std::string_view path) { return path == "/healthz" || path == "/readyz" || path == "/metrics"; }

// Takes as long for a wrong first byte as for a wrong last one.
bool SameSecret(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(i < b.size() ? b[i] : 0);
  }
  return difference == 0;
}

std::function<Status(const HttpRequest&)> TokenGuard(const std::string& token) {
  return [expected = "Bearer " + token](const HttpRequest& request) -> Status {
    if (IsOpenPath(request.path) || SameSecret(request.header("authorization"), expected)) return {};
    return awry::base::Unauthenticated("bearer token is missing or wrong: set FINANCE_TOKEN alike for all services");
  };
}

HttpResponse Answer(const Status& status) {
  return status.ok() ? awry::net::JsonResponse(200, R"({"status":"ok"})") : awry::net::ErrorResponse(status);
}

std::string SdkMetrics() {
  const awry::sdk::Stats stats = awry::sdk::stats();
  return fmt::format(
      "# TYPE traces_spans_ended_total counter\ntraces_spans_ended_total {}\n"
      "# TYPE traces_spans_exported_total counter\ntraces_spans_exported_total {}\n"
      "# TYPE traces_spans_dropped_total counter\n"
      "traces_spans_dropped_total{{reason=\"queue_full\"}} {}\n"
      "traces_spans_dropped_total{{reason=\"export_failed\"}} {}\n",
      stats.ended, stats.exported, stats.dropped_queue_full, stats.dropped_export_failed);
}

void AddFrameRoutes(Router& router, Service& service, const RequestMetrics& metrics) {
  router.Add("GET", "/healthz", [](const HttpRequest&) { return Answer({}); });
  router.Add("GET", "/readyz", [&service](const HttpRequest&) { return Answer(service.Ready()); });
  router.Add("GET", "/metrics", [&service, &metrics](const HttpRequest&) {
    return awry::net::TextResponse(200, metrics.Text() + SdkMetrics() + service.Metrics(),
                                   "text/plain; version=0.0.4; charset=utf-8");
  });
}

Result<uint16_t> PortOf(const Settings& settings) {
  if (settings.Get("port") == "auto") return uint16_t{0};
  ASSIGN_OR_RETURN(const int64_t port, settings.Int("port", 0, 65535));
  return static_cast<uint16_t>(port);
}

// The signals that end the program, blocked before any thread starts so that Wait gets them.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  void Wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
  }

 private:
  sigset_t set_;
};

// An import runs a thousand pipelines a second: room for some seconds of spans, sent soon, unless the
// environment says otherwise.
awry::sdk::Options TracingOptions() {
  awry::sdk::Options options;
  if (std::getenv("OTEL_BSP_MAX_QUEUE_SIZE") == nullptr) options.queue_spans_max = 65'536;
  if (std::getenv("OTEL_BSP_SCHEDULE_DELAY") == nullptr) options.schedule_delay = std::chrono::seconds(1);
  return options;
}

Status Serve(const ServiceSpec& spec, const Settings& settings, const StopSignals& signals) {
  const std::string& token = settings.Get("token");
  if (spec.token_guard && token.empty() && !IsLoopback(settings.Get("listen"))) {
    return FailedPrecondition("listening beyond loopback needs a token, set FINANCE_TOKEN or --token: " + settings.Get("listen"));
  }
  ASSIGN_OR_RETURN(const uint16_t port, PortOf(settings));
  ASSIGN_OR_RETURN(const int64_t threads, settings.Int("threads", 1, 1024));
  ASSIGN_OR_RETURN(const int64_t body_bytes_max, settings.Int("body-bytes-max", 1, int64_t{1} << 32));
  RETURN_IF_ERROR(awry::base::RealFileSystem().MakeDirs(settings.Get("data")));

  const awry::sdk::Tracer tracer = awry::sdk::setup_tracing(spec.name, TracingOptions());
  awry::sdk::instrument::Observers observers(tracer);
  RequestMetrics metrics(observers.http_server());
  ASSIGN_OR_RETURN(const std::unique_ptr<Service> service,
                   spec.build(settings, {.http_client = observers.http_client(),
                                         .sql = observers.sql(),
                                         .redis = observers.redis()}));
  Router router;
  AddFrameRoutes(router, *service, metrics);
  service->AddRoutes(router);
  if (spec.token_guard && !token.empty()) router.SetGuard(TokenGuard(token));
  const auto server = HttpServer::Start({.listen = settings.Get("listen"),
                                         .port = port,
                                         .threads = static_cast<unsigned>(threads),
                                         .body_bytes_max = static_cast<size_t>(body_bytes_max),
                                         .observer = &metrics},
                                        router);
  if (!server.ok()) return server.status().WithContext("choose another port with --port");
  fmt::print("{} ready: http://{}:{}\n", spec.name, settings.Get("listen"), (*server)->port());
  std::fflush(stdout);
  signals.Wait();
  awry::base::LogInfo("{} stops", spec.name);
  (*server)->Stop();
  service->Stop();
  return {};
}

}  // namespace

int RunService(int argc, char** argv, const ServiceSpec& spec) {
  const std::vector<Option> options = AllOptions(spec);
  const Parsed parsed = ParseFlags(argc, argv, spec, options);
  if (parsed.exit_code) return *parsed.exit_code;
  awry::base::SetUpLog(spec.name);
  const Result<Settings> settings = Resolve(parsed, options);
  if (!settings.ok()) {
    awry::base::LogError("{}", settings.status().message());
    return 2;
  }
  if (parsed.print_config) {
    fmt::print("{}", PrintConfig(*settings, options));
    return 0;
  }
  const StopSignals signals;
  const Status status = Serve(spec, *settings, signals);
  awry::sdk::shutdown(std::chrono::seconds(2));
  if (status.ok()) return 0;
  awry::base::LogError("{} could not run: {}", spec.name, status.ToString());
  return status.code() == awry::base::StatusCode::kInvalidArgument ? 2 : 1;
}

awry::net::Headers TokenHeaders(const Settings& settings) {
  const std::string& token = settings.Get("token");
  if (token.empty()) return {};
  return {{"authorization", "Bearer " + token}};
}

}  // namespace service_frame
