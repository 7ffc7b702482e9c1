// A file system in memory that dies, tears or fills up on demand. For tests.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/file.h"
#include "base/mutex.h"
#include "base/random.h"

namespace awry::columnar {

// Thread-safe. Files that were opened live on when their name is removed, as on a real disk.
class FaultFileSystem final : public base::FileSystem {
 public:
  explicit FaultFileSystem(uint64_t seed) : random_(seed) {}

  // The n-th change from now (1: the next) is the last: an append writes only a part, and all that
  // follows fails with kUnavailable.
  void DieAtChange(uint64_t n);
  bool dead() const;
  uint64_t changes() const;
  // While full, appends write a part and fail with kResourceExhausted.
  void SetFull(bool full);
  // While failing, syncs fail with kInternal.
  void SetSyncFails(bool fails);

  // What a new process finds after the death of the old one. Locks are free again.
  void Restart();
  // The same after a power cut: bytes that were not synced are gone, all or in part, and so are, by
  // chance, names whose folder was not.
  void RestartAfterPowerCut();

  // The bytes of a file, to be spoilt by a test. CHECKs that it exists.
  std::string& Contents(const std::string& path);
  std::set<std::string> Paths() const;

  base::Result<std::unique_ptr<base::WritableFile>> OpenForAppend(const std::string& path,
                                                                  bool truncate) override;
  base::Result<std::unique_ptr<base::RandomAccessFile>> OpenForRead(
      const std::string& path) override;
  base::Result<std::string> ReadAll(const std::string& path) override;
  base::Status Rename(const std::string& from, const std::string& to) override;
  base::Status Remove(const std::string& path) override;
  base::Status Truncate(const std::string& path, uint64_t size_bytes) override;
  base::Status MakeDirs(const std::string& path) override;
  base::Status SyncDir(const std::string& path) override;
  base::Result<std::vector<std::string>> List(const std::string& path) override;
  bool Exists(const std::string& path) override;
  base::Result<std::unique_ptr<base::FileLock>> Lock(const std::string& path) override;

 private:
  struct File {
    std::string data;
    size_t synced_bytes = 0;
    bool name_synced = false;
  };
  class Writer;
  class Reader;
  class Held;
  enum class Life { kAlive, kDying, kDead };

  Life NextChange() REQUIRES(mutex_);
  base::Status AppendTo(File& file, std::string_view bytes);
  base::Status SyncFile(File& file);
  void FreeLock(const std::string& path);

  mutable base::Mutex mutex_;
  std::map<std::string, std::shared_ptr<File>> files_ GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<File>> removed_ GUARDED_BY(mutex_);  // not yet for good
  std::set<std::string> locks_ GUARDED_BY(mutex_);
  base::Random random_ GUARDED_BY(mutex_);
  uint64_t changes_ GUARDED_BY(mutex_) = 0;
  uint64_t dies_at_ GUARDED_BY(mutex_) = UINT64_MAX;
  uint64_t epoch_ GUARDED_BY(mutex_) = 0;
  bool full_ GUARDED_BY(mutex_) = false;
  bool sync_fails_ GUARDED_BY(mutex_) = false;
};

}  // namespace awry::columnar
