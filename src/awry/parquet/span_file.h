// Writes traces as a Parquet file, one row a span. Columns: docs/export.md. Built with the CMake
// option AWRY_PARQUET; without it every call says so.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/file.h"
#include "base/status.h"
#include "trace/label.h"
#include "trace/span.h"

namespace awry::parquet {

struct SpanFileOptions {
  // A row group is written when one of these is met; about three times the bytes are held in memory.
  size_t row_group_rows = 100'000;
  size_t row_group_bytes = size_t{24} << 20;
};

// OK, or kUnimplemented with the advice how to build a program that can.
base::Status CanWriteSpanFiles();

// A file under a temporary name until Finish. Used by one thread.
class SpanFile {
 public:
  // `files` must outlive the file. `path` "" or "-" is standard output.
  static base::Result<std::unique_ptr<SpanFile>> Create(base::FileSystem& files,
                                                        const std::string& path,
                                                        const SpanFileOptions& options = {});
  // Removes what was not finished.
  virtual ~SpanFile() = default;

  // `labels` are those of the trace and of its spans.
  virtual base::Status Add(const trace::Trace& trace, std::span<const trace::Label> labels) = 0;
  // Writes what is left, syncs, and gives the file its name. Call once, at the end; also ends a file
  // without rows. After a failure only destroy.
  virtual base::Status Finish() = 0;
};

}  // namespace awry::parquet
