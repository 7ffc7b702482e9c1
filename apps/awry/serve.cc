// awry serve: opens the store, starts the listeners and the API, and waits for a signal.
#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "awry/api/query_grpc.h"
#include "awry/api/server.h"
#include "awry/columnar/columnar_store.h"
#include "awry/ingest/ingest_stats.h"
#include "awry/why/findings.h"
#include "backend.h"
#include "base/byte_budget.h"
#include "base/file.h"
#include "base/log.h"
#include "codec/json.h"
#include "commands.h"
#include "guard.h"
#include "listeners.h"
#include "quantities.h"
#include "replay_flag.h"

namespace awry::app {
namespace {

constexpr size_t kArchiveMemoryBytes = 32 << 20;
constexpr size_t kGrpcRollupBytes = 8 << 20;

uint64_t QueryBytes(uint64_t memory) { return memory / 4; }

// What waits in memory to be written gets three eighths of --memory, indexes and blocks of segments
// that questions used last a sixteenth, what questions hold a quarter, requests another (listeners.cc).
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
  out.index_cache_bytes_max = memory / 16;
  out.trace_bytes_max = QueryBytes(memory) / 2;
  ASSIGN_OR_RETURN(out.retention_bytes, ParseBytes(options.retention_bytes));
  ASSIGN_OR_RETURN(out.retention_age, ParseAge(options.retention));
  if (!columnar::ParseFsync(options.fsync, out))
    return base::InvalidArgument("--fsync must be always, never or interval:1s: '" + options.fsync +
                                 "'");
  return out;
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
  std::unique_ptr<base::ByteBudget> query_budget;  // of all questions together
  std::unique_ptr<store::TraceStore> store;
  std::unique_ptr<store::TraceStore> archive;
  ingest::IngestStats stats;
  std::unique_ptr<why::Engine> engine;
  std::unique_ptr<why::Findings> findings;
  std::unique_ptr<Guard> guard;
  std::unique_ptr<Listeners> listeners;
  std::atomic<bool> ready{false};
  std::unique_ptr<net::HttpServer> http;
  std::unique_ptr<stats::Rollup> grpc_rollup;
  std::unique_ptr<net::GrpcServer> query_grpc;
};

// Archived traces lie in a store of their own inside the data folder, which drops nothing.
base::Status OpenArchive(columnar::ColumnarOptions options, Program& program) {
  options.path += "/archive";
  options.memory_bytes_max = kArchiveMemoryBytes;
  options.table_bytes_max = kArchiveMemoryBytes / 4;
  options.retention_bytes = 0;
  options.retention_age = {};
  auto opened = columnar::Open(options);
  if (!opened.ok()) return opened.status().WithContext("archive");
  program.archive = *std::move(opened);
  return base::OkStatus();
}

query::SearchLimits QueryLimits(base::ByteBudget& budget) {
  return {.memory_bytes = budget.bytes_max(),
          .budget = &budget,
          .threads = std::thread::hardware_concurrency()};
}

// The JSON object in the file; "" without one.
base::Result<std::string> ReadUiConfig(const std::string& path) {
  if (path.empty()) return std::string();
  auto text = base::RealFileSystem().ReadAll(path);
  if (!text.ok()) return text.status().WithContext("--ui-config");
  const auto json = codec::JsonDocument::Parse(*text);
  if (!json.ok()) return json.status().WithContext("--ui-config is no JSON: " + path);
  if (!json->root().is_object())
    return base::InvalidArgument("--ui-config must hold a JSON object: " + path);
  std::string compact;
  codec::JsonWriter(compact).Value(json->root());
  return compact;
}

std::function<uint64_t(int64_t, int64_t)> ChangedIn(Program& program) {
  return [&program](int64_t from_ns, int64_t until_ns) {
    return program.guard->arrivals->Changed(from_ns, until_ns);
  };
}

base::Status StartHttp(const ServeOptions& options, Program& program) {
  auto port = ParsePort(options.http);
  if (!port.ok()) return port.status().WithContext("--http");
  if (!port->has_value()) return base::OkStatus();
  ASSIGN_OR_RETURN(const size_t body_bytes_max, ParseBytes(options.body_bytes_max));
  ASSIGN_OR_RETURN(const std::string ui_config, ReadUiConfig(options.ui_config));
  const api::ApiOptions api_options{
      .base_path = NormalBasePath(options.base_path),
      .web_root = options.web_root.empty() ? DefaultWebRoot() : options.web_root,
      .ui_dir = options.ui_dir,
      .ui_config = ui_config,
      .limits = QueryLimits(*program.query_budget),
      .archive = program.archive.get(),
      .allowed_hosts = options.allowed_hosts,
      .intake = [&program] { return CountsOf(program.stats); },
      .more_metrics =
          [&program] { return program.stats.ToPrometheus() + program.guard->watcher->ToMetrics(); },
      .instrumentation = &program.guard->instrumentation,
      .checks = program.guard->watcher.get(),
      .intake_store = program.guard->intake.get(),
      .ready = [&program] { return program.ready.load(); },
      .changed = ChangedIn(program)};
  auto server = net::HttpServer::Start(
      {.listen = options.listen,
       .port = **port,
       .threads = 32,  // live tails and long questions hold one each
       .body_bytes_max = body_bytes_max},
      api::MakeRouter(*program.store, *program.engine, program.findings.get(), api_options));
  if (!server.ok()) return WithFlag(server.status(), "--http");
  program.http = *std::move(server);
  return base::OkStatus();
}

base::Status StartQueryGrpc(const ServeOptions& options, Program& program) {
  auto port = ParsePort(options.query_grpc);
  if (!port.ok()) return port.status().WithContext("--query-grpc");
  if (!port->has_value()) return base::OkStatus();
  program.grpc_rollup = std::make_unique<stats::Rollup>(
      *program.store, stats::RollupOptions{.cache_bytes_max = kGrpcRollupBytes, .changed = ChangedIn(program)});
  auto server = api::StartQueryGrpc({.store = *program.store,
                                     .archive = program.archive.get(),
                                     .limits = QueryLimits(*program.query_budget),
                                     .rollup = program.grpc_rollup.get()},
                                    {.listen = options.listen, .port = **port});
  if (!server.ok()) return WithFlag(server.status(), "--query-grpc");
  program.query_grpc = *std::move(server);
  return base::OkStatus();
}

base::Status Start(const ServeOptions& options, Program& program) {
  ASSIGN_OR_RETURN(const auto store_options, StoreOptions(options));
  ASSIGN_OR_RETURN(const uint64_t memory, ParseBytes(options.memory));
  program.query_budget = std::make_unique<base::ByteBudget>(QueryBytes(memory));
  why::EngineOptions engine_options;
  ASSIGN_OR_RETURN(engine_options.replay_endpoints, ParseReplay(options.replay));
  ASSIGN_OR_RETURN(program.store, columnar::Open(store_options));
  RETURN_IF_ERROR(OpenArchive(store_options, program));
  for (const std::string& problem : program.store->Stats().problems)
    base::LogWarning("store: {}", problem);
  program.engine = std::make_unique<why::Engine>(*program.store, engine_options);
  ASSIGN_OR_RETURN(program.findings, why::Findings::Open(*program.store, engine_options));
  ASSIGN_OR_RETURN(program.guard,
                   StartGuard(*program.store, *program.findings,
                              [&program] { return CountsOf(program.stats); }, options));
  ASSIGN_OR_RETURN(program.listeners, StartListeners(*program.guard->intake, program.stats, options));
  RETURN_IF_ERROR(StartHttp(options, program));
  RETURN_IF_ERROR(StartQueryGrpc(options, program));
  program.ready = true;
  return base::OkStatus();
}

void PrintAddresses(const ServeOptions& options, const Program& program) {
  if (program.http != nullptr) {
    fmt::print("{:15} http://{}:{}{}/\n", "Awry", options.listen, program.http->port(),
               NormalBasePath(options.base_path));
  }
  if (program.query_grpc != nullptr)
    fmt::print("{:15} {}:{}\n", "Query gRPC", options.listen, program.query_grpc->port());
  for (const auto& [what, address] : program.listeners->addresses())
    fmt::print("{:15} {}\n", what, address);
  std::fflush(stdout);
}

// Takes no more spans, lets requests finish, and leaves the store to its destructor.
void Stop(Program& program) {
  program.ready = false;
  program.listeners->Stop();
  if (program.http != nullptr) program.http->Stop();
  if (program.query_grpc != nullptr) program.query_grpc->Stop();
}

// Blocks of this size and more go back to the system when they are freed. Left alone, malloc raises that to
// 32 MiB by what it sees, and each thread keeps the room of the largest request that it has served.
void KeepLittleFreedMemory() {
  constexpr int kReturnedBytes = 4 << 20;
  mallopt(M_MMAP_THRESHOLD, kReturnedBytes);
  mallopt(M_TRIM_THRESHOLD, kReturnedBytes);
}

// Connections and files of the store share the limit of open files: as many as the system lets this process
// have. Fewer than it takes to serve anybody are refused.
base::Status RaiseFileLimit() {
  constexpr rlim_t kFilesMin = 128, kFilesEnough = 65'536;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return base::OkStatus();
  const rlimit raised{std::max(limit.rlim_cur, std::min(limit.rlim_max, kFilesEnough)), limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  if (limit.rlim_cur >= kFilesMin) return base::OkStatus();
  return base::FailedPrecondition(
      fmt::format("limit of open files is too low, raise it (ulimit -n): {}, at least {} are needed",
                  limit.rlim_cur, kFilesMin));
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

  KeepLittleFreedMemory();
  if (const base::Status enough = RaiseFileLimit(); !enough.ok()) return Fail(enough);
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
