#include "awry/columnar/fault_file_system.h"

#include <algorithm>

#include "base/check.h"

namespace awry::columnar {

using base::MutexLock;
using base::Result;
using base::Status;

namespace {

Status Dead() { return base::Unavailable("the process is dead"); }

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

class FaultFileSystem::Writer final : public base::WritableFile {
 public:
  Writer(FaultFileSystem& files, std::shared_ptr<File> file)
      : files_(files), file_(std::move(file)) {}
  Status Append(std::string_view bytes) override { return files_.AppendTo(*file_, bytes); }
  Status Sync() override { return files_.SyncFile(*file_); }
  uint64_t size_bytes() const override { return file_->data.size(); }

 private:
  FaultFileSystem& files_;
  const std::shared_ptr<File> file_;
};

class FaultFileSystem::Reader final : public base::RandomAccessFile {
 public:
  Reader(FaultFileSystem& files, std::shared_ptr<File> file, uint64_t size)
      : files_(files), file_(std::move(file)), size_bytes_(size) {}
  Status Read(uint64_t offset, size_t length, std::string& out) const override {
    const MutexLock lock(files_.mutex_);
    if (offset > file_->data.size() || length > file_->data.size() - offset)
      return base::OutOfRange("file ends before");
    out = file_->data.substr(offset, length);
    return base::OkStatus();
  }
  uint64_t size_bytes() const override { return size_bytes_; }

 private:
  FaultFileSystem& files_;
  const std::shared_ptr<File> file_;
  const uint64_t size_bytes_;
};

class FaultFileSystem::Held final : public base::FileLock {
 public:
  Held(FaultFileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  ~Held() override { files_.FreeLock(path_); }

 private:
  FaultFileSystem& files_;
  const std::string path_;
};

void FaultFileSystem::DieAtChange(uint64_t n) {
  const MutexLock lock(mutex_);
  dies_at_ = changes_ + n;
}
bool FaultFileSystem::dead() const {
  const MutexLock lock(mutex_);
  return changes_ >= dies_at_;
}
uint64_t FaultFileSystem::changes() const {
  const MutexLock lock(mutex_);
  return changes_;
}
void FaultFileSystem::SetFull(bool full) {
  const MutexLock lock(mutex_);
  full_ = full;
}
void FaultFileSystem::SetSyncFails(bool fails) {
  const MutexLock lock(mutex_);
  sync_fails_ = fails;
}

void FaultFileSystem::Restart() {
  const MutexLock lock(mutex_);
  dies_at_ = UINT64_MAX;
  full_ = sync_fails_ = false;
  locks_.clear();
}

void FaultFileSystem::RestartAfterPowerCut() {
  {
    const MutexLock lock(mutex_);
    for (auto& [path, file] : removed_) {
      if (random_.Chance(0.5)) files_.emplace(path, std::move(file));
    }
    removed_.clear();
    for (auto it = files_.begin(); it != files_.end();) {
      if (!it->second->name_synced && random_.Chance(0.5)) {
        it = files_.erase(it);
        continue;
      }
      File& file = *it->second;
      const size_t unsynced = file.data.size() - std::min(file.data.size(), file.synced_bytes);
      file.data.resize(file.data.size() - unsynced + random_.Below(unsynced + 1));
      file.synced_bytes = file.data.size();
      ++it;
    }
  }
  Restart();
}

std::string& FaultFileSystem::Contents(const std::string& path) {
  const MutexLock lock(mutex_);
  CHECK(files_.contains(path));
  return files_[path]->data;
}

std::set<std::string> FaultFileSystem::Paths() const {
  const MutexLock lock(mutex_);
  std::set<std::string> paths;
  for (const auto& [path, file] : files_) paths.insert(path);
  return paths;
}

FaultFileSystem::Life FaultFileSystem::NextChange() {
  if (changes_ >= dies_at_) return Life::kDead;
  return ++changes_ >= dies_at_ ? Life::kDying : Life::kAlive;
}

Status FaultFileSystem::AppendTo(File& file, std::string_view bytes) {
  const MutexLock lock(mutex_);
  const Life life = NextChange();
  if (life == Life::kDead) return Dead();
  const bool fails = life == Life::kDying || full_;
  file.data.append(bytes.substr(0, fails ? random_.Below(bytes.size() + 1) : bytes.size()));
  if (life == Life::kDying) return Dead();
  return full_ ? base::ResourceExhausted("no space left on device") : base::OkStatus();
}

Status FaultFileSystem::SyncFile(File& file) {
  const MutexLock lock(mutex_);
  if (NextChange() != Life::kAlive) return Dead();
  if (sync_fails_) return base::Internal("input/output error");
  file.synced_bytes = file.data.size();
  return base::OkStatus();
}

void FaultFileSystem::FreeLock(const std::string& path) {
  const MutexLock lock(mutex_);
  locks_.erase(path);
}

Result<std::unique_ptr<base::WritableFile>> FaultFileSystem::OpenForAppend(const std::string& path,
                                                                           bool truncate) {
  const MutexLock lock(mutex_);
  if (NextChange() != Life::kAlive) return Dead();
  auto& file = files_[path];
  if (!file) file = std::make_shared<File>();
  if (truncate) {
    file->data.clear();
    file->synced_bytes = 0;
  }
  return std::unique_ptr<base::WritableFile>(std::make_unique<Writer>(*this, file));
}

Result<std::unique_ptr<base::RandomAccessFile>> FaultFileSystem::OpenForRead(
    const std::string& path) {
  const MutexLock lock(mutex_);
  const auto found = files_.find(path);
  if (found == files_.end()) return base::NotFound("no such file: " + path);
  return std::unique_ptr<base::RandomAccessFile>(
      std::make_unique<Reader>(*this, found->second, found->second->data.size()));
}

Result<std::string> FaultFileSystem::ReadAll(const std::string& path) {
  const MutexLock lock(mutex_);
  const auto found = files_.find(path);
  if (found == files_.end()) return base::NotFound("no such file: " + path);
  return found->second->data;
}

Status FaultFileSystem::Rename(const std::string& from, const std::string& to) {
  const MutexLock lock(mutex_);
  if (NextChange() != Life::kAlive) return Dead();
  const auto found = files_.find(from);
  if (found == files_.end()) return base::NotFound("no such file: " + from);
  found->second->name_synced = true;
  files_[to] = found->second;
  files_.erase(from);
  return base::OkStatus();
}

Status FaultFileSystem::Remove(const std::string& path) {
  const MutexLock lock(mutex_);
  if (NextChange() != Life::kAlive) return Dead();
  const auto found = files_.find(path);
  if (found == files_.end()) return base::NotFound("no such file: " + path);
  if (found->second->name_synced) removed_[path] = found->second;
  files_.erase(found);
  return base::OkStatus();
}

Status FaultFileSystem::Truncate(const std::string& path, uint64_t size_bytes) {
  const MutexLock lock(mutex_);
  if (NextChange() != Life::kAlive) return Dead();
  const auto found = files_.find(path);
  if (found == files_.end()) return base::NotFound("no such file: " + path);
  found->second->data.resize(size_bytes);
  found->second->synced_bytes = std::min<size_t>(found->second->synced_bytes, size_bytes);
  return base::OkStatus();
}

Status FaultFileSystem::MakeDirs(const std::string&) {
  const MutexLock lock(mutex_);
  return NextChange() == Life::kAlive ? base::OkStatus() : Dead();
}

Status FaultFileSystem::SyncDir(const std::string& path) {
  const MutexLock lock(mutex_);
  if (NextChange() != Life::kAlive) return Dead();
  for (auto& [name, file] : files_) {
    if (FolderOf(name) == path) file->name_synced = true;
  }
  std::erase_if(removed_, [&](const auto& removed) { return FolderOf(removed.first) == path; });
  return base::OkStatus();
}

Result<std::vector<std::string>> FaultFileSystem::List(const std::string& path) {
  const MutexLock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, file] : files_) {
    if (FolderOf(name) == path) names.push_back(name.substr(path.size() + 1));
  }
  return names;
}

bool FaultFileSystem::Exists(const std::string& path) {
  const MutexLock lock(mutex_);
  return files_.contains(path);
}

Result<std::unique_ptr<base::FileLock>> FaultFileSystem::Lock(const std::string& path) {
  const MutexLock lock(mutex_);
  if (!locks_.insert(path).second)
    return base::FailedPrecondition("in use by another process: " + path);
  return std::unique_ptr<base::FileLock>(std::make_unique<Held>(*this, path));
}

}  // namespace awry::columnar
