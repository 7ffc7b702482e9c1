#include "finance/dashboard/backup.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "sql/snapshot.h"

namespace finance::dashboard {

namespace fs = std::filesystem;
using awry::base::FailedPrecondition;
using awry::base::FileSystem;
using awry::base::RealFileSystem;
using awry::base::Result;
using awry::base::Status;

namespace {

constexpr size_t kReadBytes = 1 << 20;

bool IsDatabase(std::string_view name) { return name.ends_with(".db"); }

// Locks, logs that belong to databases, and what is being written.
bool IsPassing(std::string_view name) {
  for (const std::string_view end : {".lock", "-wal", "-shm", "-journal", ".tmp", ".part"}) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

// Names of regular files under `folder` that a backup can hold, sorted.
Result<std::vector<std::string>> FilesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::recursive_directory_iterator files(folder, error);
  for (; !error && files != fs::recursive_directory_iterator(); files.increment(error)) {
    std::error_code vanished;  // a log may go while the folder is read
    const std::string name = files->path().lexically_relative(folder).generic_string();
    if (files->is_regular_file(vanished) && IsBackupName(name) && !IsPassing(name))
      names.push_back(name);
  }
  if (error)
    return FailedPrecondition("cannot list the folder to back up: " + folder + ": " +
                              error.message());
  std::sort(names.begin(), names.end());
  return names;
}

// A new folder inside `parent` that only its owner can read.
Result<std::string> PrivateFolder(const std::string& parent, const std::string& name) {
  std::string path = parent + "/" + name + "-XXXXXX";
  if (mkdtemp(path.data()) == nullptr)
    return awry::base::ErrnoStatus(errno, "cannot make a folder: " + path);
  return path;
}

void RemoveAll(const std::string& path) {
  std::error_code ignored;
  if (!path.empty()) fs::remove_all(path, ignored);
}

}  // namespace

BackupSet::~BackupSet() { RemoveAll(copies_); }

Result<std::unique_ptr<BackupSet>> BackupSet::Freeze(const std::string& folder) {
  std::unique_ptr<BackupSet> set(new BackupSet());
  ASSIGN_OR_RETURN(const std::vector<std::string> names, FilesIn(folder));
  ASSIGN_OR_RETURN(set->copies_, PrivateFolder(folder, ".backup"));
  for (const std::string& name : names) {
    Item item{.name = name, .path = folder + "/" + name};
    if (IsDatabase(name)) {
      item.path = set->copies_ + "/" + std::to_string(set->items_.size()) + ".db";
      RETURN_IF_ERROR(awry::sql::SnapshotSqlite(folder + "/" + name, item.path));
    }
    set->items_.push_back(std::move(item));
  }
  const bool databases = std::any_of(names.begin(), names.end(), IsDatabase);
  if (!databases)
    return FailedPrecondition("there is no database here to back up: " + folder);
  return set;
}

Status BackupSet::Write(const ByteSink& sink, std::string_view passphrase,
                        const PasswordCost& cost) const {
  ASSIGN_OR_RETURN(const auto writer, BackupWriter::Start(sink, passphrase, cost));
  for (const Item& item : items_) {
    ASSIGN_OR_RETURN(const auto file, RealFileSystem().OpenForRead(item.path));
    RETURN_IF_ERROR(writer->BeginFile(item.name));
    std::string bytes;
    for (uint64_t offset = 0; offset < file->size_bytes(); offset += bytes.size()) {
      const uint64_t left = file->size_bytes() - offset;
      RETURN_IF_ERROR(file->Read(offset, std::min<uint64_t>(left, kReadBytes), bytes));
      RETURN_IF_ERROR(writer->Append(bytes));
    }
  }
  return writer->Finish();
}

std::vector<std::string> BackupSet::names() const {
  std::vector<std::string> names;
  for (const Item& item : items_) names.push_back(item.name);
  return names;
}

Status WriteBackup(const std::string& folder, std::string_view passphrase,
                   const PasswordCost& cost, const std::string& file) {
  FileSystem& files = RealFileSystem();
  if (files.Exists(file))
    return awry::base::AlreadyExists("the backup would replace a file: " + file);
  ASSIGN_OR_RETURN(const auto set, BackupSet::Freeze(folder));
  const std::string part = file + ".part";
  const auto write = [&]() -> Status {
    ASSIGN_OR_RETURN(const auto out, files.OpenForAppend(part, true));
    RETURN_IF_ERROR(
        set->Write([&](std::string_view bytes) { return out->Append(bytes); }, passphrase, cost));
    return out->Sync();
  };
  Status written = write();
  if (written.ok()) written = files.Rename(part, file);
  if (!written.ok()) (void)files.Remove(part);
  return written;
}

namespace {

// The files of a backup while they are being restored, in a folder beside their places.
class Restoring {
 public:
  Restoring(std::string folder, std::string parts)
      : folder_(std::move(folder)), parts_(std::move(parts)) {}
  ~Restoring() { RemoveAll(parts_); }

  Status Begin(const std::string& name) {
    RETURN_IF_ERROR(Close());
    const std::string path = parts_ + "/" + name;
    RETURN_IF_ERROR(RealFileSystem().MakeDirs(fs::path(path).parent_path().string()));
    ASSIGN_OR_RETURN(file_, RealFileSystem().OpenForAppend(path, true));
    if (chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0)
      return awry::base::ErrnoStatus(errno, "cannot protect a restored file: " + path);
    names_.push_back(name);
    return {};
  }
  Status Append(std::string_view bytes) { return file_->Append(bytes); }

  // Moves everything into place; databases come last, so that a folder whose restore was cut short
  // can be restored into again.
  Status Finish() {
    RETURN_IF_ERROR(Close());
    std::stable_partition(names_.begin(), names_.end(),
                          [](const std::string& name) { return !IsDatabase(name); });
    for (const std::string& name : names_) {
      const std::string to = folder_ + "/" + name;
      RETURN_IF_ERROR(RealFileSystem().MakeDirs(fs::path(to).parent_path().string()));
      RETURN_IF_ERROR(RealFileSystem().Rename(parts_ + "/" + name, to));
    }
    return {};
  }

 private:
  Status Close() {
    if (file_ != nullptr) RETURN_IF_ERROR(file_->Sync());
    file_.reset();
    return {};
  }

  const std::string folder_;
  const std::string parts_;
  std::unique_ptr<awry::base::WritableFile> file_;
  std::vector<std::string> names_;
};

Result<ByteSource> SourceOf(const std::string& path) {
  ASSIGN_OR_RETURN(std::shared_ptr<awry::base::RandomAccessFile> file,
                   RealFileSystem().OpenForRead(path));
  return ByteSource([file, offset = uint64_t{0}](size_t bytes) mutable -> Result<std::string> {
    std::string out;
    RETURN_IF_ERROR(file->Read(offset, bytes, out));
    offset += bytes;
    return out;
  });
}

}  // namespace

Status RestoreBackup(const std::string& file, std::string_view passphrase,
                     const std::string& folder) {
  ASSIGN_OR_RETURN(const ByteSource source, SourceOf(file));
  RETURN_IF_ERROR(RealFileSystem().MakeDirs(folder));
  ASSIGN_OR_RETURN(const std::vector<std::string> present, FilesIn(folder));
  for (const std::string& name : present) {
    if (IsDatabase(name)) {
      return FailedPrecondition(
          "a restore does not replace what is there: stop the programs and move this away: " +
          folder + "/" + name);
    }
  }
  ASSIGN_OR_RETURN(const std::string parts, PrivateFolder(folder, ".restoring"));
  Restoring restoring(folder, parts);
  RETURN_IF_ERROR(ReadBackup(
      source, passphrase,
      {.begin_file = [&](const std::string& name) { return restoring.Begin(name); },
       .append = [&](std::string_view bytes) { return restoring.Append(bytes); }}));
  return restoring.Finish();
}

}  // namespace finance::dashboard
