// Group commit: callers put their batch into a queue. The first one leads: it takes the queue,
// writes all of it with one write (and one fsync), adds it to the table, and wakes the others.
#include <fmt/format.h>

#include <algorithm>

#include "awry/columnar/batch.h"
#include "awry/columnar/engine.h"

namespace awry::columnar {

using base::Status;

namespace {

constexpr size_t kGroupBytesMax = size_t{16} << 20;

class Batch final : public store::SpanBatch {
 public:
  explicit Batch(Engine& engine) : engine_(engine) {}
  void OnResource(const trace::ResourceFields& f) override { encoder_.OnResource(f); }
  void OnResourceAttribute(std::string_view k, const trace::ValueView& v) override {
    encoder_.OnResourceAttribute(k, v);
  }
  void OnScope(const trace::ScopeFields& f) override { encoder_.OnScope(f); }
  void OnScopeAttribute(std::string_view k, const trace::ValueView& v) override {
    encoder_.OnScopeAttribute(k, v);
  }
  void OnSpan(const trace::SpanFields& f) override { encoder_.OnSpan(f); }
  void OnAttribute(std::string_view k, const trace::ValueView& v) override {
    encoder_.OnAttribute(k, v);
  }
  void OnEvent(const trace::EventFields& f) override { encoder_.OnEvent(f); }
  void OnEventAttribute(std::string_view k, const trace::ValueView& v) override {
    encoder_.OnEventAttribute(k, v);
  }
  void OnLink(const trace::LinkFields& f) override { encoder_.OnLink(f); }
  void OnLinkAttribute(std::string_view k, const trace::ValueView& v) override {
    encoder_.OnLinkAttribute(k, v);
  }
  void OnWarning(std::string_view text) override { encoder_.OnWarning(text); }
  void OnSpanEnd() override { encoder_.OnSpanEnd(); }
  size_t span_count() const override { return encoder_.span_count(); }
  Status Commit() override {
    if (encoder_.span_count() == 0) return base::OkStatus();
    return engine_.Commit(encoder_.Finish(engine_.NowUnixNs()));
  }

 private:
  Engine& engine_;
  BatchEncoder encoder_;
};

}  // namespace

std::unique_ptr<store::SpanBatch> Engine::NewBatch() { return std::make_unique<Batch>(*this); }

size_t Engine::WaitingBytes(bool& sealed_waits) {
  const base::MutexLock lock(state_mutex_);
  size_t bytes = 0;
  for (const LoggedTable& logged : tables_) bytes += logged.table->memory_bytes();
  sealed_waits = tables_.size() > 1;
  return bytes;
}

Status Engine::Commit(EncodedBatch batch) {
  bool sealed_waits = false;
  const size_t waiting = WaitingBytes(sealed_waits);
  if (batch.bytes.size() > options_.memory_bytes_max ||
      (sealed_waits && waiting + batch.bytes.size() > options_.memory_bytes_max)) {
    return base::ResourceExhausted(fmt::format(
        "memory limit of the store is met, send again later or raise --memory: {} bytes",
        options_.memory_bytes_max));
  }
  Pending pending{.batch = std::move(batch)};
  return Submit(pending);
}

Status Engine::Submit(Pending& pending) {
  commit_mutex_.lock();
  queue_.push_back(&pending);
  while (!pending.done) {
    if (has_leader_) {
      commit_done_.Wait(commit_mutex_);
      continue;
    }
    has_leader_ = true;
    std::vector<Pending*> group;
    for (size_t bytes = 0; !queue_.empty() && bytes < kGroupBytesMax; queue_.pop_front()) {
      bytes += queue_.front()->batch.bytes.size();
      group.push_back(queue_.front());
    }
    commit_mutex_.unlock();
    RunGroup(group);
    commit_mutex_.lock();
    for (Pending* each : group) each->done = true;
    has_leader_ = false;
    commit_done_.NotifyAll();
  }
  commit_mutex_.unlock();
  return pending.result;
}

void Engine::RunGroup(const std::vector<Pending*>& group) {
  for (size_t i = 0; i < group.size();) {
    Pending& first = *group[i];
    if (first.request != Request::kBatch) {
      const bool empty = state()->tables.back()->span_count() == 0;
      if (first.request == Request::kMark) {
        Mark(first);
      } else if (first.request == Request::kSync) {
        unsynced_ = false;
        first.result = log_->Sync();
        if (!first.result.ok()) unsynced_ = true;
      } else if (!empty) {
        first.result = Rotate(0);
      }
      ++i;
      continue;
    }
    // As many batches as the table takes.
    if (NeedsNewTable(first.batch.spans())) first.result = Rotate(first.batch.spans());
    if (!first.result.ok()) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    uint64_t spans = first.batch.spans();
    while (end < group.size() && group[end]->request == Request::kBatch &&
           !NeedsNewTable(spans + group[end]->batch.spans())) {
      spans += group[end++]->batch.spans();
    }
    const std::span<Pending* const> batches(group.data() + i, end - i);
    const Status status = WriteBatches(batches);
    for (Pending* each : batches) each->result = status;
    i = end;
  }
}

void Engine::Mark(Pending& mark) {
  const base::MutexLock lock(state_mutex_);
  mark.mark_log = tables_.back().logs.back();
  mark.mark_bytes = log_->size_bytes();
  for (const LoggedTable& logged : tables_) mark.mark_spans += logged.table->span_count();
}

bool Engine::NeedsNewTable(uint64_t more_spans) const {
  const MemTable& table = *state()->tables.back();
  if (table.span_count() + more_spans > table.spans_max()) return true;
  const size_t bytes_max = std::min(options_.table_bytes_max, options_.memory_bytes_max / 3);
  return table.span_count() > 0 && table.memory_bytes() >= bytes_max;
}

Status Engine::WriteBatches(std::span<Pending* const> batches) {
  std::vector<LogRecord> records;
  for (const Pending* each : batches) records.push_back({kBatchRecord, each->batch.bytes});
  const bool sync = options_.fsync == FsyncPolicy::kAlways;
  RETURN_IF_ERROR(log_->Append(records, sync));
  if (!sync) unsynced_ = true;
  MemTable& table = *state()->tables.back();
  for (Pending* each : batches) table.Add(each->batch);
  generation_.fetch_add(1);
  return base::OkStatus();
}

// Seals the newest table and begins another with a log of its own.
Status Engine::Rotate(uint64_t spans) {
  RETURN_IF_ERROR(log_->Append({}, true));  // a torn log is repaired before a later one exists
  uint64_t number = 0;
  {
    const base::MutexLock lock(state_mutex_);
    number = next_number_++;
  }
  const std::string path = PathOf(LogFileName(number));
  auto log = LogWriter::Create(*options_.file_system, path, LogKind::kSpans, number);
  if (!log.ok()) {
    // An unfinished log must not stand behind one that is still written.
    RETURN_IF_ERROR(options_.file_system->Remove(path));
    return log.status();
  }
  log_ = *std::move(log);
  unsynced_ = false;
  auto table = std::make_shared<MemTable>(std::max<uint64_t>(options_.table_spans_max, spans), blocks_);
  {
    const base::MutexLock lock(state_mutex_);
    tables_.push_back({table, {number}});
    auto next = std::make_shared<State>(*state_);
    next->tables.push_back(std::move(table));
    state_ = std::move(next);
  }
  const base::MutexLock lock(background_mutex_);
  background_wakes_.NotifyAll();
  return base::OkStatus();
}

}  // namespace awry::columnar
