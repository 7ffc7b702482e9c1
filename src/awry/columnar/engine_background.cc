// The background writes sealed tables oldest first, then merges and drops segments, and syncs the
// log. Steps of a write: segment file (synced, renamed) → manifest → readers → logs removed. A
// crash between any two leaves either the logs or the segment in charge, never both.
#include <fmt/format.h>

#include <algorithm>

#include "awry/columnar/engine.h"
#include "awry/columnar/segment_jobs.h"
#include "base/check.h"

namespace awry::columnar {

using base::Status;
using base::StatusCode;

namespace {

constexpr auto kRetry = std::chrono::milliseconds(500);
constexpr std::chrono::nanoseconds kMergeRetry = std::chrono::minutes(1);
constexpr auto kRetentionTick = std::chrono::seconds(10);
constexpr std::chrono::nanoseconds kBlocksKept = std::chrono::seconds(30);
constexpr std::chrono::nanoseconds kQuiet = std::chrono::milliseconds(400);
constexpr int64_t kMergedAgeShare = 8;  // a merged segment spans at most an eighth of the retention

}  // namespace

Engine::~Engine() {
  {
    const base::MutexLock lock(background_mutex_);
    stopping_ = true;
    stop_merge_ = true;
    background_wakes_.NotifyAll();
  }
  if (background_.joinable()) background_.join();
  if (log_ && unsynced_ && options_.fsync != FsyncPolicy::kNever) (void)log_->Sync().ok();
}

void Engine::RunBackground() {
  const std::chrono::nanoseconds tick =
      options_.fsync == FsyncPolicy::kInterval
          ? std::min<std::chrono::nanoseconds>(options_.fsync_interval / 2, kRetentionTick)
          : std::chrono::nanoseconds(kRetentionTick);
  bool more = true;
  while (true) {
    {
      const base::MutexLock lock(background_mutex_);
      if (stopping_) return;
      // A seal that came while we worked is seen here: state() is read under this lock.
      if (!more && state()->tables.size() < 2) background_wakes_.WaitFor(background_mutex_, tick);
      if (stopping_) return;
    }
    blocks_->Trim(base::SystemClock().MonotonicNs() - kBlocksKept.count());
    Status status = SyncIfDue();
    if (status.ok()) status = SealIfOld();
    more = state()->tables.size() > 1;
    if (status.ok() && more) status = WriteOldestTable();
    const Status written = status;  // what Flush waits for
    if (status.ok()) status = MergeIfDue();
    const bool cancelled = status.code() == StatusCode::kCancelled;
    // Also when the disk is full: this is what makes room.
    if (!cancelled) {
      const Status dropped = ApplyRetention();
      if (status.ok()) status = dropped;
    }
    {
      const base::MutexLock lock(problems_mutex_);
      write_problem_ =
          status.ok() || cancelled ? "" : "cannot write, will try again: " + status.message();
    }
    const base::MutexLock lock(background_mutex_);
    if (!written.ok()) {
      ++failures_;
      last_failure_ = written;
    }
    background_worked_.NotifyAll();
    if (!status.ok() && !stopping_) background_wakes_.WaitFor(background_mutex_, kRetry);
  }
}

// `never` and `always` leave nothing to do here.
Status Engine::SyncIfDue() {
  if (options_.fsync != FsyncPolicy::kInterval || !unsynced_) return base::OkStatus();
  const int64_t now_ns = base::SystemClock().MonotonicNs();
  if (now_ns - last_sync_ns_ < std::chrono::nanoseconds(options_.fsync_interval / 2).count()) {
    return base::OkStatus();
  }
  last_sync_ns_ = now_ns;
  Pending sync{.request = Request::kSync};
  return Submit(sync);
}

Status Engine::InstallSegments(const std::function<void(State&, Manifest&)>& change) {
  // Only the background changes segments; leaders only add tables. The manifest is written before
  // readers see the change.
  Manifest manifest = manifest_;
  State scratch = *state();
  change(scratch, manifest);
  RETURN_IF_ERROR(WriteManifest(*options_.file_system, PathOf("MANIFEST"), manifest));
  manifest_ = std::move(manifest);
  spans_dropped_ = manifest_.spans_dropped;
  const base::MutexLock lock(state_mutex_);
  auto next = std::make_shared<State>(*state_);
  Manifest unused;
  change(*next, unused);
  if (!tables_.empty() && next->tables.front() != tables_.front().table) tables_.pop_front();
  state_ = std::move(next);
  return base::OkStatus();
}

Status Engine::WriteOldestTable() {
  base::FileSystem& files = *options_.file_system;
  std::shared_ptr<MemTable> table;
  std::vector<uint64_t> logs;
  uint64_t number = 0, first_log_after = 0;
  {
    const base::MutexLock lock(state_mutex_);
    table = tables_[0].table;
    logs = tables_[0].logs;
    first_log_after = tables_[1].logs.front();
    if (table_number_ == 0) table_number_ = next_number_++;
    number = table_number_;
  }
  std::shared_ptr<const SegmentReader> segment;
  if (table->span_count() > 0) {
    const std::string path = PathOf(SegmentFileName(number));
    RETURN_IF_ERROR(WriteTable(files, path, *table));
    ASSIGN_OR_RETURN(segment, SegmentReader::Open(files, path, number, &indexes_));
  }
  const base::MutexLock files_lock(files_mutex_);
  RETURN_IF_ERROR(InstallSegments([&](State& state, Manifest& manifest) {
    state.tables.erase(state.tables.begin());
    manifest.first_log = first_log_after;
    if (!segment) return;
    state.segments.push_back(segment);
    manifest.segments.push_back(number);
  }));
  table_number_ = 0;
  for (const uint64_t log : logs) {
    // What stays is removed at the next start: the manifest no longer counts it.
    (void)files.Remove(PathOf(LogFileName(log))).ok();
  }
  return base::OkStatus();
}

// A merge that the disk has no room for fills it for a moment, so that commits are refused: it is
// not tried all the time.
Status Engine::MergeIfDue() {
  const int64_t now_ns = base::SystemClock().MonotonicNs();
  if (!merge_failure_.ok() && now_ns - merge_failed_ns_ < kMergeRetry.count()) return merge_failure_;
  const Status merged = Merge();
  if (merged.code() == StatusCode::kCancelled) return merged;
  merge_failure_ = merged;
  merge_failed_ns_ = now_ns;
  return merged;
}

std::pair<size_t, size_t> Engine::WhatToMerge(const Segments& segments) {
  const int64_t age_ns = std::chrono::nanoseconds(options_.retention_age).count();
  const int64_t arrival_span_max_ns = age_ns == 0 ? INT64_MAX : age_ns / kMergedAgeShare;
  const auto due = ChooseMerge(segments, options_.table_spans_max, arrival_span_max_ns, unmergeable_);
  const int64_t now_ns = base::SystemClock().MonotonicNs();
  if (const uint64_t now = generation(); now != quiet_generation_) {
    quiet_generation_ = now;
    quiet_since_ns_ = now_ns;
  }
  if (due.first != due.second || now_ns - quiet_since_ns_ < kQuiet.count()) return due;
  return ChooseIdleMerge(segments, arrival_span_max_ns, options_.retention_bytes / kMergedAgeShare,
                         unmergeable_);
}

Status Engine::Merge() {
  const std::shared_ptr<const State> before = state();
  const auto [first, end] = WhatToMerge(before->segments);
  if (first == end) return base::OkStatus();
  const std::vector<std::shared_ptr<const SegmentReader>> inputs(
      before->segments.begin() + static_cast<ptrdiff_t>(first),
      before->segments.begin() + static_cast<ptrdiff_t>(end));
  uint64_t number = 0;
  {
    const base::MutexLock lock(state_mutex_);
    if (merged_number_ == 0) merged_number_ = next_number_++;
    number = merged_number_;
  }
  base::FileSystem& files = *options_.file_system;
  const std::string path = PathOf(SegmentFileName(number));
  const Status merged = MergeSegments(files, path, inputs, [this] {
    (void)SyncIfDue().ok();  // a merge may take longer than the interval
    return stop_merge_.load();
  });
  if (!merged.ok()) {
    if (merged.code() != StatusCode::kDataLoss) return merged;
    // The good parts of corrupt segments stay readable where they are.
    Problem("set aside: " + merged.message());
    for (const auto& input : inputs) unmergeable_.insert(input->number());
    return base::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const SegmentReader> segment,
                   SegmentReader::Open(files, path, number, &indexes_));
  const auto is_input = [&](uint64_t candidate) {
    return std::any_of(inputs.begin(), inputs.end(),
                       [&](const auto& input) { return input->number() == candidate; });
  };
  const base::MutexLock files_lock(files_mutex_);
  RETURN_IF_ERROR(InstallSegments([&](State& state, Manifest& manifest) {
    auto& segments = state.segments;
    const auto at = std::find(segments.begin(), segments.end(), inputs.front());
    *at = segment;
    segments.erase(std::remove_if(segments.begin(), segments.end(),
                                  [&](const auto& s) {
                                    return s->number() != number && is_input(s->number());
                                  }),
                   segments.end());
    auto& numbers = manifest.segments;
    std::replace(numbers.begin(), numbers.end(), inputs.front()->number(), number);
    numbers.erase(std::remove_if(numbers.begin(), numbers.end(), is_input), numbers.end());
  }));
  merged_number_ = 0;
  for (const auto& input : inputs) (void)files.Remove(input->path()).ok();
  return base::OkStatus();
}

// What lies in memory and in the log ages, too: a table whose first spans arrived an eighth of the
// retention ago becomes a segment, which can be dropped.
Status Engine::SealIfOld() {
  const int64_t age_ns = std::chrono::nanoseconds(options_.retention_age).count();
  if (age_ns == 0) return base::OkStatus();
  const std::shared_ptr<MemTable> newest = state()->tables.back();
  if (newest->span_count() == 0 ||
      options_.clock->NowUnixNs() - newest->arrival_min_ns() < age_ns / kMergedAgeShare) {
    return base::OkStatus();
  }
  Pending seal{.request = Request::kSeal};
  return Submit(seal);
}

Status Engine::ApplyRetention() {
  const std::shared_ptr<const State> before = state();
  const int64_t age_ns = std::chrono::nanoseconds(options_.retention_age).count();
  uint64_t log_bytes = 0;
  for (const auto& table : before->tables) log_bytes += table->batch_bytes();
  const size_t drop = ChooseDrop(before->segments, log_bytes, options_.retention_bytes, age_ns,
                                 options_.clock->NowUnixNs());
  if (drop == 0) return base::OkStatus();
  const std::vector<std::shared_ptr<const SegmentReader>> dropped(
      before->segments.begin(), before->segments.begin() + static_cast<ptrdiff_t>(drop));
  const base::MutexLock files_lock(files_mutex_);
  RETURN_IF_ERROR(InstallSegments([&](State& state, Manifest& manifest) {
    state.segments.erase(state.segments.begin(),
                         state.segments.begin() + static_cast<ptrdiff_t>(drop));
    for (const auto& segment : dropped) {
      std::erase(manifest.segments, segment->number());
      manifest.spans_dropped += segment->footer().spans;
    }
  }));
  for (const auto& segment : dropped) (void)options_.file_system->Remove(segment->path()).ok();
  return base::OkStatus();
}

Status Engine::Flush() {
  uint64_t failures = 0;
  {
    const base::MutexLock lock(background_mutex_);
    failures = failures_;
  }
  Pending seal{.request = Request::kSeal};
  RETURN_IF_ERROR(Submit(seal));
  const std::shared_ptr<MemTable> newest = state()->tables.back();
  const auto written = [&] {
    const std::shared_ptr<const State> now = state();
    // Ours was the newest or has gone before it.
    return now->tables.front() == newest ||
           std::find(now->tables.begin(), now->tables.end(), newest) == now->tables.end();
  };
  base::MutexLock lock(background_mutex_);
  while (!written()) {
    if (failures_ != failures) return last_failure_;
    background_wakes_.NotifyAll();
    background_worked_.WaitFor(background_mutex_, std::chrono::milliseconds(100));
  }
  return base::OkStatus();
}

}  // namespace awry::columnar
