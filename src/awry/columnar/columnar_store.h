// The embedded engine: a write-ahead log, a memory table that is searchable at once, and immutable
// columnar segments on local disk. Formats: docs/formats/wal.md and docs/formats/segment.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "awry/store/trace_store.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/status.h"

namespace awry::columnar {

// When an acknowledged batch is safe from a power cut. Every setting survives the death of the
// process at any moment.
enum class FsyncPolicy {
  kAlways,    // before the acknowledgement; batches that wait together share one fsync
  kInterval,  // at most `fsync_interval` after it
  kNever,     // when the kernel feels like it
};

struct ColumnarOptions {
  std::string path;  // the data folder; made when it is missing
  FsyncPolicy fsync = FsyncPolicy::kInterval;
  std::chrono::milliseconds fsync_interval{1'000};
  // Limit of what waits in memory to be written as segments. A commit over it is refused with
  // kResourceExhausted until the background has written some.
  size_t memory_bytes_max = size_t{192} << 20;
  // A trace that takes more is not held whole: GetTrace refuses it, what reads many leaves it out.
  size_t trace_bytes_max = size_t{64} << 20;
  // Trace indexes and blocks of segments that questions used last are kept up to this.
  size_t index_cache_bytes_max = size_t{32} << 20;
  // A memory table that reaches either is sealed and written as a segment.
  size_t table_spans_max = 192 * 1024;
  size_t table_bytes_max = size_t{48} << 20;
  // Whole segments, oldest arrival first, are dropped over these; 0 means no limit.
  uint64_t retention_bytes = uint64_t{50} * 1'000'000'000;
  // Since arrival in the store, not the span's own time; dropped at most an eighth later.
  std::chrono::seconds retention_age{0};
  // Tests give fakes. Both must outlive the store.
  base::FileSystem* file_system = &base::RealFileSystem();
  const base::Clock* clock = &base::SystemClock();
};

// Opens the store in `options.path`, replays its log and starts its background thread.
// kFailedPrecondition: another process has the folder open. kDataLoss: the manifest, the log or the
// labels are corrupt, named with the offset. kUnimplemented: a file is of a newer version.
// A segment that is corrupt is set aside and named in StoreStats::problems.
base::Result<std::unique_ptr<store::TraceStore>> Open(const ColumnarOptions& options);

// "always", "never", "interval:1s", "interval:250ms"; nothing when `text` is none of them. Sets
// `fsync` and `fsync_interval`.
bool ParseFsync(std::string_view text, ColumnarOptions& options);

}  // namespace awry::columnar
