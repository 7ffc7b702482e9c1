// Files as an interface, so that a test can tear, fill or lose them. Paths are UTF-8 bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace awry::base {

// Appends bytes. Closes itself. Used by one thread.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  // On failure some bytes may have been written; kResourceExhausted when the disk is full.
  virtual Status Append(std::string_view bytes) = 0;
  // Makes all that was appended survive a power cut (fdatasync).
  virtual Status Sync() = 0;
  virtual uint64_t size_bytes() const = 0;
};

// Thread-safe.
class RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;
  // Reads exactly `length` bytes at `offset` into `out`; kOutOfRange when the file ends before.
  virtual Status Read(uint64_t offset, size_t length, std::string& out) const = 0;
  virtual uint64_t size_bytes() const = 0;
};

// Held for as long as the object lives.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Creates the file, or opens it to append when `truncate` is false.
  virtual Result<std::unique_ptr<WritableFile>> OpenForAppend(const std::string& path,
                                                              bool truncate) = 0;
  virtual Result<std::unique_ptr<RandomAccessFile>> OpenForRead(const std::string& path) = 0;
  virtual Result<std::string> ReadAll(const std::string& path) = 0;
  // Replaces `to` by `from` atomically and syncs the folder.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;
  virtual Status Truncate(const std::string& path, uint64_t size_bytes) = 0;
  // Makes the folder and its parents; fine when it is there.
  virtual Status MakeDirs(const std::string& path) = 0;
  // Makes created, renamed and removed names in the folder survive a power cut.
  virtual Status SyncDir(const std::string& path) = 0;
  // Names (not paths) in the folder, sorted.
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;
  virtual bool Exists(const std::string& path) = 0;
  // kFailedPrecondition when another process holds it.
  virtual Result<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;

  // Writes `contents` beside `path`, syncs, and renames over it: readers see the old file or the
  // new one.
  Status WriteAtomically(const std::string& path, std::string_view contents);
};

// The machine's file system; lives as long as the program.
FileSystem& RealFileSystem();

}  // namespace awry::base
