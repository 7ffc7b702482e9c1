// One setup_tracing … shutdown: settings, counters, and the thread that exports.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <semaphore.h>

#include "sdk/exporter.h"
#include "sdk/live_span.h"
#include "sdk/settings.h"
#include "sdk/thread_state.h"

namespace awry::sdk::detail {

// Lives for ever once made: spans of the host may end at any time. Thread-safe.
class Runtime {
 public:
  // `generation` tells its records from those of an earlier one.
  Runtime(uint16_t generation, Settings settings, std::unique_ptr<SpanExporter> exporter,
          std::function<void(std::string_view)> on_error);

  const Settings& settings() const { return settings_; }
  int64_t clock_offset_ns() const { return clock_offset_ns_.load(std::memory_order_relaxed); }

  // Queues a finished span, or drops and counts it. Never blocks.
  void Enqueue(ThreadState& thread, uint32_t scope, std::string_view record);
  void CountLate() { dropped_after_shutdown_.fetch_add(1, std::memory_order_relaxed); }

  bool Flush(std::chrono::milliseconds timeout);
  // Flush, and the thread ends; it is left behind when it does not end in time.
  bool Stop(std::chrono::milliseconds timeout);
  // Whether Stop has begun.
  bool is_stopped() const { return stopping_.load(std::memory_order_relaxed); }

  Stats stats() const;
  void Warn(std::string_view message) noexcept;

 private:
  // Spans waiting in the queues, and their bytes, in one word.
  static constexpr uint64_t kOneSpan = uint64_t{1} << 40;
  static constexpr uint64_t kQueueBytesMax = 128 << 20;

  void Run();
  void RefreshClock();
  // Takes up to a batch from the queues; its number of spans.
  size_t TakeBatch(std::string& request);
  void WriteRequest(std::string& request) const;
  void ExportBatch(std::string_view request, size_t spans);
  // Waits before another try; false when there is no time for one.
  bool WaitForRetry(std::chrono::milliseconds pause);
  void Count(const ExportCounts& counts);
  size_t Queued() const { return queued_.load(std::memory_order_relaxed) / kOneSpan; }
  void Wake() { sem_post(&wake_); }
  void WaitForWork(std::chrono::milliseconds timeout);

  // Constant after construction.
  const uint32_t generation_tag_;
  const Settings settings_;
  const std::function<void(std::string_view)> on_error_;
  const std::string resource_;  // ResourceSpans.resource with tag and length
  const ThreadCounts before_;   // what threads had counted when this began

  // Synchronize themselves.
  std::atomic<int64_t> clock_offset_ns_{0};
  alignas(64) std::atomic<uint64_t> queued_{0};
  alignas(64) std::atomic<uint64_t> exported_{0}, failed_{0}, too_large_{0}, trimmed_{0},
      requests_{0}, failed_exports_{0}, dropped_after_shutdown_{0}, dropped_unsized_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> deadline_ns_{INT64_MAX};  // monotonic; a stop or flush must end by then
  sem_t wake_;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable done_;
  uint64_t flushes_wanted_ = 0;
  uint64_t flushes_done_ = 0;
  bool flush_ok_ = true;
  uint64_t failed_at_flush_ = 0;  // failed_exports_ when the last flush ended
  bool ended_ = false;

  // The exporter thread's.
  std::unique_ptr<SpanExporter> exporter_;
  std::vector<std::string> by_scope_;
  size_t next_thread_ = 0;
  bool is_failing_ = false;
  std::thread thread_;
};

int64_t MonotonicNs();

// The process's tracers by name, as scopes: index → encoded InstrumentationScope. Thread-safe.
class Scopes {
 public:
  static Scopes& Get();
  uint32_t IndexOf(std::string_view name, std::string_view version);
  std::string EncodedScope(uint32_t index);

 private:
  std::mutex mutex_;
  std::vector<std::string> keys_ = {std::string()};
  std::vector<std::string> encoded_ = {std::string()};
};

}  // namespace awry::sdk::detail
