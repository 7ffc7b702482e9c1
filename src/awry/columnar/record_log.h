// A log of checksummed records in one file: the write-ahead log and the labels' log.
// Format: docs/formats/wal.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/status.h"

namespace awry::columnar {

enum class LogKind : uint32_t { kSpans = 1, kLabels = 2 };

inline constexpr std::string_view kLogMagic{"AWRYLOG\n", 8};
inline constexpr uint32_t kLogVersion = 1;
inline constexpr size_t kLogHeaderBytes = 28;
inline constexpr uint32_t kRecordMarker = 0x59525741;  // "AWRY"
inline constexpr size_t kRecordHeaderBytes = 21;
inline constexpr size_t kRecordPayloadBytesMax = size_t{1} << 30;

inline constexpr uint8_t kBatchRecord = 1;  // the only type in a log of spans

struct LogRecord {
  uint8_t type = 0;
  std::string_view payload;
};

// Appends whole groups of records. Used by one thread at a time.
class LogWriter {
 public:
  // Makes the file `path`, with its header on disk; an old one is replaced.
  static base::Result<std::unique_ptr<LogWriter>> Create(base::FileSystem& files,
                                                         const std::string& path, LogKind kind,
                                                         uint64_t number);
  // Continues a file that was replayed: `size_bytes` of it are good, `next_sequence` records.
  static base::Result<std::unique_ptr<LogWriter>> Continue(base::FileSystem& files,
                                                           const std::string& path,
                                                           uint64_t size_bytes,
                                                           uint64_t next_sequence);

  // Writes all records or none, and syncs when asked to. After a failure the file is cut back to
  // where it was; while that fails, too, every Append fails (kUnavailable, or the disk's error).
  base::Status Append(std::span<const LogRecord> records, bool sync);
  base::Status Sync();
  uint64_t size_bytes() const { return size_bytes_; }

 private:
  LogWriter(base::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  base::Status Repair();
  base::Status WriteOut();

  base::FileSystem& files_;
  const std::string path_;
  std::unique_ptr<base::WritableFile> file_;
  uint64_t size_bytes_ = 0;  // of whole records
  uint64_t sequence_ = 0;
  bool torn_ = false;
  std::string buffer_;
};

struct LogTail {
  uint64_t good_bytes = 0;  // 0: not even the header is whole
  uint64_t torn_bytes = 0;  // behind them
  uint64_t records = 0;
};

// Calls `visit` for every record in order; its views live for the call. A status from `visit` ends
// the replay. kDataLoss: a bad record with a valid one behind it, or a gap; file and offset are
// named. kUnimplemented: a newer version. A bad tail is no error: see LogTail.
base::Result<LogTail> ReplayLog(base::FileSystem& files, const std::string& path, LogKind kind,
                                uint64_t number,
                                const std::function<base::Status(const LogRecord& record)>& visit);

// The same over bytes in memory.
base::Result<LogTail> ReplayLogBytes(
    std::string_view bytes, const std::string& path, LogKind kind, uint64_t number,
    const std::function<base::Status(const LogRecord& record)>& visit);

}  // namespace awry::columnar
