// Labels, in memory and in a small log of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "awry/columnar/record_log.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mutex.h"
#include "base/status.h"
#include "trace/label.h"

namespace awry::columnar {

// Thread-safe.
class LabelBook {
 public:
  // Replays the log at `path`, or makes it. Appends to `problems` when a torn end was cut.
  static base::Result<std::unique_ptr<LabelBook>> Open(base::FileSystem& files,
                                                       const std::string& path,
                                                       const base::Clock& clock,
                                                       std::vector<std::string>& problems);

  // As TraceStore::PutLabels and DeleteLabel: durable on return.
  base::Result<size_t> Put(std::vector<trace::Label>& labels);
  base::Status Delete(const std::string& id);
  std::vector<trace::Label> Of(const trace::TraceId& id) const;
  std::vector<trace::Label> All() const;  // oldest first
  uint64_t disk_bytes() const;

 private:
  explicit LabelBook(const base::Clock& clock) : clock_(clock) {}
  base::Status Apply(const LogRecord& record) REQUIRES(mutex_);
  void Add(trace::Label label) REQUIRES(mutex_);
  void Remove(const std::string& id) REQUIRES(mutex_);

  const base::Clock& clock_;
  mutable base::Mutex mutex_;  // held while the log is written: labels are few
  std::unique_ptr<LogWriter> log_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, trace::Label> labels_ GUARDED_BY(mutex_);  // by id
  std::unordered_map<trace::TraceId, std::set<std::string>> ids_of_trace_ GUARDED_BY(mutex_);
};

}  // namespace awry::columnar
