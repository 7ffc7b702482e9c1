// The store itself: commits go to the log and the newest table, the background turns full tables
// into segments. engine_recovery.cc opens, engine_commit.cc writes, engine_background.cc cleans up.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "awry/columnar/batch.h"
#include "awry/columnar/columnar_store.h"
#include "awry/columnar/documents.h"
#include "awry/columnar/index_cache.h"
#include "awry/columnar/label_book.h"
#include "awry/columnar/large_block.h"
#include "awry/columnar/manifest.h"
#include "awry/columnar/record_log.h"
#include "awry/columnar/segment_jobs.h"
#include "awry/columnar/snapshot.h"
#include "awry/store/trace_store.h"
#include "base/mutex.h"

namespace awry::columnar {

// Thread-safe.
class Engine final : public store::TraceStore {
 public:
  static base::Result<std::unique_ptr<Engine>> Open(const ColumnarOptions& options);
  ~Engine() override;

  std::unique_ptr<store::SpanBatch> NewBatch() override;
  base::Result<trace::Trace> GetTrace(const trace::TraceId& id) override;
  base::Result<trace::Trace> GetTraceWithin(const trace::TraceId& id,
                                            const store::ReadLimits& limits) override;
  base::Result<std::unique_ptr<store::TraceView>> OpenTrace(const trace::TraceId& id) override;
  base::Status GetTraces(std::span<const trace::TraceId> ids,
                         const store::TraceVisitor& visit) override;
  base::Status GetTracesWithin(std::span<const trace::TraceId> ids, const store::ReadLimits& limits,
                               const store::TraceVisitor& visit) override;
  base::Status FindTraces(const store::SpanFilter& filter,
                          const store::TraceIdVisitor& visit) override;
  bool SettlesEquals() const override { return true; }
  base::Status VisitTraces(const store::SpanFilter& filter,
                           const store::TraceVisitor& visit) override;
  base::Status FindTracesWithin(const store::SpanFilter& filter, const store::ReadLimits& limits,
                                const store::TraceIdVisitor& visit) override;
  base::Status VisitTracesWithin(const store::SpanFilter& filter, const store::ReadLimits& limits,
                                 const store::TraceVisitor& visit) override;
  base::Result<std::vector<store::ServiceCalls>> CountServiceCalls(
      int64_t from_ns, int64_t until_ns, const store::ReadLimits& limits,
      const store::TraceIdVisitor& uncounted) override {
    return Read().CountCalls(from_ns, until_ns, limits, uncounted);
  }
  std::vector<std::string> Services() override;
  std::vector<store::Operation> Operations(const std::string& service) override;
  base::Result<size_t> PutLabels(std::vector<trace::Label>& labels) override;
  base::Status DeleteLabel(const std::string& label_id) override;
  std::vector<trace::Label> LabelsOf(const trace::TraceId& id) override;
  std::vector<trace::Label> Labels() override;
  base::Status PutDocument(const std::string& name, const std::string& contents) override;
  base::Result<std::string> GetDocument(const std::string& name) override;
  store::StoreStats Stats() override;
  uint64_t generation() const override { return generation_.load(); }
  base::Status Flush() override;
  base::Status Backup(const std::string& path) override;

  // Commits one encoded batch: the way of SpanBatch.
  base::Status Commit(EncodedBatch batch);
  int64_t NowUnixNs() const { return options_.clock->NowUnixNs(); }

 private:
  enum class Request { kBatch, kSync, kSeal, kMark };
  struct Pending {
    Request request = Request::kBatch;
    EncodedBatch batch;
    base::Status result;
    bool done = false;
    // Of kMark: the newest log, its bytes, and the spans of all tables at that moment.
    uint64_t mark_log = 0, mark_bytes = 0, mark_spans = 0;
  };
  // A table with the logs that hold its spans.
  struct LoggedTable {
    std::shared_ptr<MemTable> table;
    std::vector<uint64_t> logs;
  };

  explicit Engine(const ColumnarOptions& options)
      : options_(options),
        blocks_(std::make_shared<BlockPool>(
            std::min(options.table_bytes_max, options.memory_bytes_max / 3) * 4 / 3)),
        indexes_(options.index_cache_bytes_max) {}
  std::string PathOf(const std::string& name) const { return options_.path + "/" + name; }

  // Opening. Used by one thread.
  base::Status Recover();
  base::Status ReadOrMakeManifest(const std::vector<std::string>& names);
  base::Status OpenSegments(const std::vector<std::string>& names);
  base::Status ReplayLogs(const std::vector<std::string>& names);
  base::Status ReplayOneLog(uint64_t number, bool last);
  base::Status OpenLog();

  // Where the newest log that was replayed ends; number 0 when there is none.
  struct ReplayedEnd {
    uint64_t number = 0, bytes = 0, records = 0;
  };

  // Committing. Those without a lock are for the one leader.
  base::Status Submit(Pending& pending);
  void RunGroup(const std::vector<Pending*>& group);
  base::Status WriteBatches(std::span<Pending* const> batches);
  void Mark(Pending& mark);
  bool NeedsNewTable(uint64_t more_spans) const;
  base::Status Rotate(uint64_t spans);
  size_t WaitingBytes(bool& sealed_waits);

  // The spans of the copy. Holds up the background, not commits.
  base::Result<uint64_t> CopyTo(const std::string& path);

  // The background.
  void RunBackground();
  base::Status SealIfOld();
  base::Status SyncIfDue();
  base::Status WriteOldestTable();
  base::Status Merge();
  base::Status MergeIfDue();
  std::pair<size_t, size_t> WhatToMerge(const Segments& segments);
  base::Status ApplyRetention();
  base::Status InstallSegments(const std::function<void(State&, Manifest&)>& change)
      REQUIRES(files_mutex_);

  std::shared_ptr<const State> state() const;
  Snapshot Read();
  void Problem(const std::string& text);
  void Problem(const base::Status& status) { Problem(status.message()); }

  // Constant after opening.
  const ColumnarOptions options_;
  std::unique_ptr<base::FileLock> lock_;
  std::unique_ptr<LabelBook> labels_;
  std::unique_ptr<Documents> documents_;
  const std::shared_ptr<BlockPool> blocks_;  // what one table needs, for the next one
  IndexCache indexes_;

  std::atomic<uint64_t> generation_{1};
  std::atomic<bool> unsynced_{false};  // the log holds bytes that no fsync covered

  // The leader's: used by one thread at a time, handed on under commit_mutex_.
  std::unique_ptr<LogWriter> log_;
  base::Mutex commit_mutex_;
  base::CondVar commit_done_;
  std::deque<Pending*> queue_ GUARDED_BY(commit_mutex_);
  bool has_leader_ GUARDED_BY(commit_mutex_) = false;

  mutable base::Mutex state_mutex_;
  std::shared_ptr<const State> state_ GUARDED_BY(state_mutex_);
  std::deque<LoggedTable> tables_ GUARDED_BY(state_mutex_);  // as in state_, oldest first
  uint64_t next_number_ GUARDED_BY(state_mutex_) = 1;

  ReplayedEnd replayed_;  // opening's

  // Held while files are installed or removed, and while they are copied. Taken before all others.
  base::Mutex files_mutex_;
  // Only the background, once it runs; it changes the manifest under files_mutex_.
  Manifest manifest_;
  std::set<uint64_t> set_aside_;  // segments that could not be opened
  std::set<uint64_t> unmergeable_;  // segments that a merge found corrupt
  int64_t last_sync_ns_ = 0;
  // Numbers of the segments that are being written; a try that fails leaves them to the next one, so
  // that a full disk does not collect segments that no manifest counts.
  uint64_t table_number_ = 0, merged_number_ = 0;
  // Since when no batch came, and the generation of the last one.
  int64_t quiet_since_ns_ = 0;
  uint64_t quiet_generation_ = 0;
  base::Status merge_failure_;  // of the last merge; OK when it worked
  int64_t merge_failed_ns_ = 0;

  base::Mutex background_mutex_;
  base::CondVar background_wakes_, background_worked_;
  bool stopping_ GUARDED_BY(background_mutex_) = false;
  uint64_t failures_ GUARDED_BY(background_mutex_) = 0;
  base::Status last_failure_ GUARDED_BY(background_mutex_);
  std::atomic<bool> stop_merge_{false};
  std::atomic<uint64_t> spans_dropped_{0};

  mutable base::Mutex problems_mutex_;
  std::vector<std::string> problems_ GUARDED_BY(problems_mutex_);
  std::string write_problem_
      GUARDED_BY(problems_mutex_);  // of the background, until it works again

  std::jthread background_;  // last: uses all of the above
};

}  // namespace awry::columnar
