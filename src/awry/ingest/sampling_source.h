// Where sampling strategies come from: a file that may change while the server runs, or none.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "awry/ingest/sampling_strategies.h"
#include "base/file.h"
#include "base/mutex.h"
#include "base/status.h"

namespace awry::ingest {

// Thread-safe.
class SamplingSource {
 public:
  // Without a path everything is sampled. `files` must outlive the source. kInvalidArgument (or why
  // the file cannot be read) names the file.
  static base::Result<std::unique_ptr<SamplingSource>> Open(base::FileSystem& files,
                                                            const std::string& path);

  // Returns the strategy of `service` after looking at the file: clients ask once a minute. A file
  // that became bad is told in the log, once, and the last good one holds.
  SamplingStrategy For(std::string_view service);

 private:
  SamplingSource(base::FileSystem& files, std::string path)
      : files_(files), path_(std::move(path)) {}
  base::Status Refresh();

  base::FileSystem& files_;
  const std::string path_;
  base::Mutex mutex_;
  std::string text_ GUARDED_BY(mutex_);     // of the file when it was last looked at
  std::string trouble_ GUARDED_BY(mutex_);  // what the log was told last
  SamplingStrategies strategies_ GUARDED_BY(mutex_);
};

}  // namespace awry::ingest
