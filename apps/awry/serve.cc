// awry serve: opens the store, starts the listeners and the API, and waits for a signal.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>

#include "awry/api/server.h"
#include "awry/columnar/columnar_store.h"
#include "awry/ingest/ingest_stats.h"
#include "awry/why/findings.h"
#include "backend.h"
#include "base/log.h"
#include "commands.h"
#include "listeners.h"
#include "quantities.h"
#include "replay_flag.h"

namespace awry::app {
namespace {

// What waits in memory to be written gets three eighths of --memory, a query's answer half.
base::Result<columnar::ColumnarOptions> StoreOptions(const ServeOptions& options) {
  if (!options.store.empty()) {
    return base::Unimplemented(
        "--store is not in this version: leave it (and CLICKHOUSE_URL) out to keep traces in "
        "--data");
  }
  columnar::ColumnarOptions out{.path = options.data};
  ASSIGN_OR_RETURN(const uint64_t memory, ParseBytes(options.memory));
  if (memory < (64 << 20)) return base::InvalidArgument("--memory must be at least 64MiB");
  out.memory_bytes_max = memory * 3 / 8;
  ASSIGN_OR_RETURN(out.retention_bytes, ParseBytes(options.retention_bytes));
  ASSIGN_OR_RETURN(out.retention_age, ParseAge(options.retention));
  if (!columnar::ParseFsync(options.fsync, out))
    return base::InvalidArgument("--fsync must be always, never or interval:1s: '" + options.fsync +
                                 "'");
  return out;
}

base::Status CheckNotYet(const ServeOptions& options) {
  if (!options.checks.empty()) return base::Unimplemented("--checks is not in this version");
  if (!options.webhook.empty()) return base::Unimplemented("--webhook is not in this version");
  const std::pair<const char*, const std::string*> listeners[] = {
      {"--query-grpc", &options.query_grpc},
      {"--jaeger-grpc", &options.jaeger_grpc},
      {"--zipkin", &options.zipkin},
      {"--sampling", &options.sampling},
      {"--sampling-grpc", &options.sampling_grpc}};
  std::string skipped;
  for (const auto& [flag, port] : listeners) {
    ASSIGN_OR_RETURN(const auto parsed, ParsePort(*port));
    if (parsed.has_value()) skipped += (skipped.empty() ? "" : ", ") + std::string(flag);
  }
  if (!skipped.empty()) base::LogWarning("not served in this version: {}", skipped);
  return base::OkStatus();
}

// Beside build/bin/awry lies build/web/awry.
std::string DefaultWebRoot() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const auto folder = program.parent_path().parent_path() / "web" / "awry";
  return std::filesystem::exists(folder / "index.html", error) ? folder.string() : std::string();
}

std::string NormalBasePath(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  return path.empty() || path.starts_with('/') ? path : "/" + path;
}

api::IntakeCounts CountsOf(const ingest::IngestStats& stats) {
  api::IntakeCounts counts;
  for (size_t p = 0; p < ingest::kProtocols; ++p) {
    const auto protocol = static_cast<ingest::Protocol>(p);
    counts.spans_accepted += stats.spans(protocol);
    counts.spans_rejected += stats.spans_rejected(protocol);
    for (size_t r = 0; r < ingest::kRefusals; ++r)
      counts.requests_refused += stats.refused(protocol, static_cast<ingest::Refusal>(r));
  }
  return counts;
}

// All that runs, in the order it is started; destroyed in the reverse order.
struct Program {
  std::unique_ptr<store::TraceStore> store;
  ingest::IngestStats stats;
  std::unique_ptr<why::Engine> engine;
  std::unique_ptr<why::Findings> findings;
  std::unique_ptr<Listeners> listeners;
  std::atomic<bool> ready{false};
  std::unique_ptr<net::HttpServer> http;
};

base::Status StartHttp(const ServeOptions& options, Program& program) {
  auto port = ParsePort(options.http);
  if (!port.ok()) return port.status().WithContext("--http");
  if (!port->has_value()) return base::OkStatus();
  ASSIGN_OR_RETURN(const uint64_t memory, ParseBytes(options.memory));
  ASSIGN_OR_RETURN(const size_t body_bytes_max, ParseBytes(options.body_bytes_max));
  const api::ApiOptions api_options{
      .base_path = NormalBasePath(options.base_path),
      .web_root = options.web_root.empty() ? DefaultWebRoot() : options.web_root,
      .limits = {.memory_bytes = memory / 2},
      .allowed_hosts = options.allowed_hosts,
      .intake = [&program] { return CountsOf(program.stats); },
      .more_metrics = [&program] { return program.stats.ToPrometheus(); },
      .ready = [&program] { return program.ready.load(); }};
  auto server = net::HttpServer::Start(
      {.listen = options.listen, .port = **port, .body_bytes_max = body_bytes_max},
      api::MakeRouter(*program.store, *program.engine, program.findings.get(), api_options));
  if (!server.ok()) return WithFlag(server.status(), "--http");
  program.http = *std::move(server);
  return base::OkStatus();
}

base::Status Start(const ServeOptions& options, Program& program) {
  RETURN_IF_ERROR(CheckNotYet(options));
  ASSIGN_OR_RETURN(const auto store_options, StoreOptions(options));
  why::EngineOptions engine_options;
  ASSIGN_OR_RETURN(engine_options.replay_endpoints, ParseReplay(options.replay));
  ASSIGN_OR_RETURN(program.store, columnar::Open(store_options));
  for (const std::string& problem : program.store->Stats().problems)
    base::LogWarning("store: {}", problem);
  program.engine = std::make_unique<why::Engine>(*program.store, engine_options);
  ASSIGN_OR_RETURN(program.findings, why::Findings::Open(*program.store, engine_options));
  ASSIGN_OR_RETURN(program.listeners, StartListeners(*program.store, program.stats, options));
  RETURN_IF_ERROR(StartHttp(options, program));
  program.ready = true;
  return base::OkStatus();
}

void PrintAddresses(const ServeOptions& options, const Program& program) {
  if (program.http != nullptr) {
    fmt::print("{:15} http://{}:{}{}/\n", "Awry", options.listen, program.http->port(),
               NormalBasePath(options.base_path));
  }
  for (const auto& [what, address] : program.listeners->addresses())
    fmt::print("{:15} {}\n", what, address);
  std::fflush(stdout);
}

// Takes no more spans, lets requests finish, and leaves the store to its destructor.
void Stop(Program& program) {
  program.ready = false;
  program.listeners->Stop();
  if (program.http != nullptr) program.http->Stop();
}

}  // namespace

int RunServe(const ServeOptions& options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals,
                  nullptr);  // before threads start: only this one waits for them
  signal(SIGPIPE, SIG_IGN);

  Program program;
  if (const base::Status started = Start(options, program); !started.ok()) return Fail(started);
  PrintAddresses(options, program);
  int received = 0;
  sigwait(&signals, &received);
  base::LogInfo("stopping on {}", received == SIGINT ? "SIGINT" : "SIGTERM");
  Stop(program);
  return 0;
}

}  // namespace awry::app
