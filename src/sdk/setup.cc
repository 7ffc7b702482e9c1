#include "awry/sdk/setup.h"

#include <pthread.h>

#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include "sdk/exporter.h"
#include "sdk/runtime.h"
#include "sdk/settings.h"

namespace awry::sdk {
namespace {

using detail::Runtime;

std::mutex setup_mutex;
// Guarded by setup_mutex.
Runtime* last_runtime = nullptr;  // the one that runs, or ran last
bool is_registered = false;       // at exit and around fork

// Every runtime that ever was: spans may still point to it.
std::vector<Runtime*>& Runtimes() {
  static auto* const all = new std::vector<Runtime*>();
  return *all;
}

std::unique_ptr<detail::SpanExporter> MakeExporter(const detail::Settings& settings,
                                                   const Options& options) {
  switch (settings.exporter) {
    case Options::Exporter::kOtlpHttp:
      return detail::MakeOtlpExporter(settings);
    case Options::Exporter::kJaegerUdp:
      return detail::MakeJaegerExporter(settings);
    case Options::Exporter::kCallback:
      return detail::MakeCallbackExporter(options.on_export);
    case Options::Exporter::kNone:
      break;
  }
  return detail::MakeNullExporter();
}

void FlushAtExit() {
  if (Runtime* running = detail::runtime.load()) shutdown(running->settings().exit_timeout);
}

void BeforeFork() {
  setup_mutex.lock();
  detail::ThreadStates::Get().BeforeFork();
}
void AfterForkInParent() {
  detail::ThreadStates::Get().AfterForkInParent();
  setup_mutex.unlock();
}
void AfterForkInChild() {
  detail::runtime.store(nullptr);  // its thread stayed with the parent
  last_runtime = nullptr;
  detail::ThreadStates::Get().AfterForkInChild();
  setup_mutex.unlock();
}

void RegisterOnce() {
  if (std::exchange(is_registered, true)) return;
  std::atexit(FlushAtExit);
  pthread_atfork(BeforeFork, AfterForkInParent, AfterForkInChild);
}

Tracer SetUp(std::string_view service_name, const Options& options) {
  const std::scoped_lock lock(setup_mutex);
  if (Runtime* running = detail::runtime.load()) {
    running->Warn("setup_tracing was called again: the first call counts until shutdown");
    return {};
  }
  detail::Settings settings =
      detail::ResolveSettings(service_name, options, detail::ProcessEnvironment);
  if (settings.disabled) return {};
  RegisterOnce();
  auto exporter = MakeExporter(settings, options);
  auto& all = Runtimes();
  all.reserve(all.size() + 1);
  const auto generation = static_cast<uint16_t>(all.size() + 1);
  last_runtime =
      new Runtime(generation, std::move(settings), std::move(exporter), options.on_error);
  all.push_back(last_runtime);
  for (const std::string& warning : last_runtime->settings().warnings) last_runtime->Warn(warning);
  detail::runtime.store(last_runtime, std::memory_order_release);
  return {};
}

}  // namespace

Tracer setup_tracing(std::string_view service_name, const Options& options) {
  try {
    return SetUp(service_name, options);
  } catch (...) {  // no memory, no thread: the host runs untraced
    return {};
  }
}

bool force_flush(std::chrono::milliseconds timeout) {
  Runtime* running = detail::runtime.load(std::memory_order_acquire);
  return running == nullptr || running->Flush(timeout);
}

bool shutdown(std::chrono::milliseconds timeout) {
  Runtime* running = nullptr;
  {
    const std::scoped_lock lock(setup_mutex);
    running = detail::runtime.exchange(nullptr);
  }
  return running == nullptr || running->Stop(timeout);
}

Stats stats() {
  const std::scoped_lock lock(setup_mutex);
  return last_runtime == nullptr ? Stats() : last_runtime->stats();
}

Tracer get_tracer(std::string_view name, std::string_view version) {
  try {
    return Tracer(detail::Scopes::Get().IndexOf(name, version));
  } catch (...) {  // out of memory
    return {};
  }
}

}  // namespace awry::sdk
