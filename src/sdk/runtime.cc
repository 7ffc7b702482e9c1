#include "sdk/runtime.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <algorithm>

#include "base/log.h"
#include "wire/any_value.h"
#include "wire/outgoing.h"

namespace awry::sdk::detail {
namespace {

using std::chrono::milliseconds;

constexpr size_t kBatchBytesMax = 8 << 20;
constexpr milliseconds kRetryFirst{500}, kRetryLast{10'000}, kRetryTotal{60'000};

int64_t UnixNs() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

std::string EncodeResource(const Settings& settings) {
  std::string resource, out;
  for (const auto& [key, value] : settings.resource) {
    std::string pair;
    const auto valid = [](const std::string& text) {
      return wire::IsUtf8(text) ? text : wire::ToUtf8(text);
    };
    const std::string key_text = valid(key), text = valid(value);
    int64_t pid = 0;
    if (key == "process.pid" && (pid = std::atoll(text.c_str())) > 0) {
      wire::AppendKeyValue(key_text, trace::ValueView::Int(pid), pair);
    } else {
      wire::AppendKeyValue(key_text, trace::ValueView::String(text), pair);
    }
    wire::AppendBytesField(1, pair, resource);
  }
  wire::AppendBytesField(1, resource, out);
  return out;
}

}  // namespace

int64_t MonotonicNs() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

Runtime::Runtime(uint16_t generation, Settings settings, std::unique_ptr<SpanExporter> exporter,
                 std::function<void(std::string_view)> on_error)
    : generation_tag_(static_cast<uint32_t>(generation) << 16),
      settings_(std::move(settings)),
      on_error_(std::move(on_error)),
      resource_(EncodeResource(settings_)),
      before_(ThreadStates::Get().Counts()),
      exporter_(std::move(exporter)) {
  sem_init(&wake_, 0, 0);
  RefreshClock();
  // The host's signals are for the host's threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { Run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Runtime::RefreshClock() {
  // Wall time is read between two readings of the monotonic clock.
  const int64_t first = MonotonicNs();
  const int64_t wall = UnixNs();
  const int64_t second = MonotonicNs();
  clock_offset_ns_.store(wall - (first + (second - first) / 2), std::memory_order_relaxed);
}

void Runtime::Enqueue(ThreadState& thread, uint32_t scope, std::string_view record) {
  thread.ended.Add();
  if (record.empty()) {
    dropped_unsized_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const uint64_t before = queued_.fetch_add(kOneSpan + record.size(), std::memory_order_relaxed);
  const size_t spans = before / kOneSpan;
  if (spans >= settings_.queue_spans_max || before % kOneSpan > kQueueBytesMax) [[unlikely]] {
    queued_.fetch_sub(kOneSpan + record.size(), std::memory_order_relaxed);
    thread.dropped_queue_full.Add();
    return;
  }
  thread.queue.Push(generation_tag_ | scope, record);
  if (spans + 1 == settings_.batch_spans_max) Wake();
}

void Runtime::WaitForWork(milliseconds timeout) {
  const int64_t until = MonotonicNs() + timeout.count() * 1'000'000;
  timespec when{.tv_sec = static_cast<time_t>(until / 1'000'000'000),
                .tv_nsec = until % 1'000'000'000};
  while (sem_clockwait(&wake_, CLOCK_MONOTONIC, &when) != 0 && errno == EINTR) {
  }
  while (sem_trywait(&wake_) == 0) {  // one round answers all calls
  }
}

void Runtime::Run() {
  pthread_setname_np(pthread_self(), "awry-exporter");
  std::string request;
  for (;;) {
    uint64_t flush = 0;
    bool flush_is_due = false;
    {
      const std::scoped_lock lock(mutex_);
      flush = flushes_wanted_;
      flush_is_due = flush != flushes_done_;
    }
    if (!flush_is_due && Queued() < settings_.batch_spans_max) {
      WaitForWork(settings_.schedule_delay);
      const std::scoped_lock lock(mutex_);
      flush = flushes_wanted_;
      flush_is_due = flush != flushes_done_;
    }
    RefreshClock();
    while (const size_t spans = TakeBatch(request)) ExportBatch(request, spans);
    if (!flush_is_due) continue;
    const std::scoped_lock lock(mutex_);
    flushes_done_ = flush;
    // Since the last flush, not since this pass: an earlier pass may have emptied the queue.
    const uint64_t failed = failed_exports_.load();
    flush_ok_ = failed == failed_at_flush_;
    failed_at_flush_ = failed;
    if (stopping_.load() && flushes_done_ == flushes_wanted_) {
      ended_ = true;
      done_.notify_all();
      return;
    }
    done_.notify_all();
  }
}

size_t Runtime::TakeBatch(std::string& request) {
  for (std::string& spans : by_scope_) spans.clear();
  const std::vector<ThreadState*> threads = ThreadStates::Get().All();
  size_t count = 0, bytes = 0;
  uint64_t record_bytes = 0;
  for (size_t i = 0;
       i < threads.size() && count < settings_.batch_spans_max && bytes < kBatchBytesMax; ++i) {
    // A busy thread must not starve the others: each batch begins with the next one.
    RecordQueue& queue = threads[(next_thread_ + i) % threads.size()]->queue;
    uint32_t tag = 0;
    std::string_view record;
    while (count < settings_.batch_spans_max && bytes < kBatchBytesMax &&
           queue.Front(tag, record)) {
      const uint32_t scope = tag & 0xffff;
      if ((tag & ~0xffffu) != generation_tag_) {  // ended while an earlier runtime shut down
        queue.Pop();
        continue;
      }
      if (scope >= by_scope_.size()) by_scope_.resize(scope + 1);
      wire::AppendBytesField(2, record, by_scope_[scope]);
      record_bytes += record.size();
      bytes += record.size() + 6;
      ++count;
      queue.Pop();
    }
  }
  ++next_thread_;
  queued_.fetch_sub(count * kOneSpan + record_bytes, std::memory_order_relaxed);
  request.clear();
  if (count != 0) WriteRequest(request);
  return count;
}

// ResourceSpans{resource, ScopeSpans{scope, spans}…}. What stands before each scope's spans is made
// first, so that all lengths are known and the spans are copied once.
void Runtime::WriteRequest(std::string& request) const {
  std::vector<std::string> heads(by_scope_.size());
  size_t bytes = resource_.size();
  for (uint32_t scope = 0; scope < by_scope_.size(); ++scope) {
    if (by_scope_[scope].empty()) continue;
    std::string encoded;
    wire::AppendBytesField(1, Scopes::Get().EncodedScope(scope), encoded);
    wire::AppendBytesHead(2, encoded.size() + by_scope_[scope].size(), heads[scope]);
    heads[scope] += encoded;
    bytes += heads[scope].size() + by_scope_[scope].size();
  }
  wire::AppendBytesHead(1, bytes, request);
  request.reserve(request.size() + bytes);
  request += resource_;
  for (uint32_t scope = 0; scope < by_scope_.size(); ++scope) {
    request += heads[scope];
    request += by_scope_[scope];
  }
}

void Runtime::ExportBatch(std::string_view request, size_t spans) {
  const int64_t give_up_ns = MonotonicNs() + kRetryTotal.count() * 1'000'000;
  milliseconds pause = kRetryFirst;
  for (;;) {
    if (MonotonicNs() > deadline_ns_.load()) {  // a stop is out of time
      failed_exports_.fetch_add(1, std::memory_order_relaxed);
      return Count({.failed = spans});
    }
    const ExportResult result = exporter_->Export(request, spans);
    if (result.status.ok()) {
      if (result.counts.failed + result.counts.too_large > 0) {
        failed_exports_.fetch_add(1, std::memory_order_relaxed);
        if (!std::exchange(is_failing_, true))
          Warn("spans were refused by the backend or could not be sent; see stats()");
      } else {
        is_failing_ = false;
      }
      return Count(result.counts);
    }
    failed_exports_.fetch_add(1, std::memory_order_relaxed);
    // One warning when it begins to fail, not one for each batch.
    if (!std::exchange(is_failing_, true))
      Warn("export of spans failed: " + result.status.message());
    const milliseconds wanted = std::max(pause, result.retry_after);
    if (!result.retry || MonotonicNs() + wanted.count() * 1'000'000 > give_up_ns ||
        !WaitForRetry(wanted)) {
      return Count({.failed = spans});
    }
    pause = std::min(pause * 2, kRetryLast);
  }
}

bool Runtime::WaitForRetry(milliseconds pause) {
  const int64_t until = MonotonicNs() + pause.count() * 1'000'000;
  for (;;) {
    const int64_t now = MonotonicNs();
    if (until > deadline_ns_.load()) return false;  // a stop leaves no time
    if (now >= until) return true;
    timespec when{.tv_sec = static_cast<time_t>(until / 1'000'000'000),
                  .tv_nsec = until % 1'000'000'000};
    sem_clockwait(&wake_, CLOCK_MONOTONIC, &when);  // woken by Stop, or by spans, which wait
  }
}

void Runtime::Count(const ExportCounts& counts) {
  exported_.fetch_add(counts.exported, std::memory_order_relaxed);
  failed_.fetch_add(counts.failed, std::memory_order_relaxed);
  too_large_.fetch_add(counts.too_large, std::memory_order_relaxed);
  trimmed_.fetch_add(counts.trimmed, std::memory_order_relaxed);
  requests_.fetch_add(counts.requests, std::memory_order_relaxed);
}

bool Runtime::Flush(milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (ended_) return true;
  const uint64_t mine = ++flushes_wanted_;
  Wake();
  const bool in_time =
      done_.wait_for(lock, timeout, [&] { return flushes_done_ >= mine || ended_; });
  return in_time && flush_ok_;
}

bool Runtime::Stop(milliseconds timeout) {
  deadline_ns_.store(MonotonicNs() + timeout.count() * 1'000'000);
  const bool is_first = !stopping_.exchange(true);
  const bool ok = Flush(timeout);
  if (!is_first) return ok;
  bool ended = false;
  {
    const std::scoped_lock lock(mutex_);
    ended = ended_;
  }
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();  // in the middle of a call that does not end; this object lives on
  }
  return ok;
}

Stats Runtime::stats() const {
  const ThreadCounts now = ThreadStates::Get().Counts();
  Stats stats;
  stats.started = now.started - before_.started;
  stats.ended = now.ended - before_.ended;
  stats.dropped_queue_full = now.dropped_queue_full - before_.dropped_queue_full;
  stats.exported = exported_.load();
  stats.dropped_export_failed = failed_.load();
  stats.dropped_too_large = too_large_.load() + dropped_unsized_.load();
  stats.dropped_after_shutdown = dropped_after_shutdown_.load();
  stats.trimmed = trimmed_.load();
  stats.exports = requests_.load();
  stats.failed_exports = failed_exports_.load();
  return stats;
}

void Runtime::Warn(std::string_view message) noexcept {
  try {
    if (on_error_) {
      on_error_(message);
    } else {
      base::LogLine(base::LogLevel::kWarning, std::string("tracing: ").append(message));
    }
  } catch (...) {  // the host's handler
  }
}

Scopes& Scopes::Get() {
  static Scopes* const scopes = new Scopes();
  return *scopes;
}

uint32_t Scopes::IndexOf(std::string_view name, std::string_view version) {
  std::string key(name);
  if (!version.empty()) key.append(1, '\0').append(version);
  const std::scoped_lock lock(mutex_);
  const auto known = std::find(keys_.begin(), keys_.end(), key);
  if (known != keys_.end()) return static_cast<uint32_t>(known - keys_.begin());
  constexpr size_t kScopesMax = 4096;  // a host that makes up names must not fill the memory
  if (keys_.size() == kScopesMax) return 0;
  std::string encoded;
  if (!name.empty()) wire::AppendBytesField(1, wire::ToUtf8(name), encoded);
  if (!version.empty()) wire::AppendBytesField(2, wire::ToUtf8(version), encoded);
  keys_.push_back(std::move(key));
  encoded_.push_back(std::move(encoded));
  return static_cast<uint32_t>(keys_.size() - 1);
}

std::string Scopes::EncodedScope(uint32_t index) {
  const std::scoped_lock lock(mutex_);
  return encoded_[index];
}

}  // namespace awry::sdk::detail
