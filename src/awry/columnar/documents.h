// Small named files with a checksum, replaced atomically.
#pragma once

#include <string>

#include "base/file.h"
#include "base/mutex.h"
#include "base/status.h"

namespace awry::columnar {

// Thread-safe.
class Documents {
 public:
  // Keeps them in the folder `path`, which is made when it is missing.
  static base::Status MakeFolder(base::FileSystem& files, const std::string& path);
  Documents(base::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  // As TraceStore's.
  base::Status Put(const std::string& name, const std::string& contents);
  base::Result<std::string> Get(const std::string& name);

 private:
  std::string PathOf(const std::string& name) const;

  base::FileSystem& files_;
  const std::string path_;
  base::Mutex mutex_;  // one writer of a file's temporary at a time
};

}  // namespace awry::columnar
