// A copy of the folder as it stands between two commits: segments are linked (or copied, where the
// disk cannot), logs are copied up to the last whole batch, the manifest comes last, so that a copy
// that was broken off is not taken for a store.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "awry/columnar/engine.h"

namespace awry::columnar {

using base::Status;

namespace {

Status Copy(base::FileSystem& files, const std::string& from, const std::string& to,
            uint64_t bytes) {
  constexpr uint64_t kPieceBytes = 1 << 20;
  ASSIGN_OR_RETURN(const auto source, files.OpenForRead(from));
  ASSIGN_OR_RETURN(const auto target, files.OpenForAppend(to, true));
  std::string piece;
  for (uint64_t at = 0; at < bytes; at += piece.size()) {
    RETURN_IF_ERROR(source->Read(at, std::min(kPieceBytes, bytes - at), piece));
    RETURN_IF_ERROR(target->Append(piece));
  }
  return target->Sync();
}

// For files that are never changed.
Status LinkOrCopy(base::FileSystem& files, const std::string& from, const std::string& to) {
  if (&files == &base::RealFileSystem()) {
    std::error_code error;
    std::filesystem::create_hard_link(from, to, error);
    if (!error) return base::OkStatus();
  }
  ASSIGN_OR_RETURN(const auto source, files.OpenForRead(from));
  return Copy(files, from, to, source->size_bytes());
}

}  // namespace

Status Engine::Backup(const std::string& path) {
  base::FileSystem& files = *options_.file_system;
  if (const auto names = files.List(path); names.ok() && !names->empty())
    return {base::StatusCode::kAlreadyExists, "backup folder is not empty, name a new one: " + path};
  RETURN_IF_ERROR(files.MakeDirs(path + "/documents"));
  (void)Flush().ok();  // what is in segments need not be copied; where it fails, the log is
  ASSIGN_OR_RETURN(const uint64_t spans, CopyTo(path));
  // The proof that it is a store.
  ColumnarOptions copy = options_;
  copy.path = path;
  copy.retention_age = std::chrono::seconds(0);
  copy.retention_bytes = 0;
  ASSIGN_OR_RETURN(const std::unique_ptr<Engine> opened, Open(copy));
  const uint64_t found = opened->Stats().spans;
  if (found == spans) return base::OkStatus();
  return base::DataLoss(fmt::format("backup has not the spans it should have: {}, {} of {}", path,
                                    found, spans));
}

base::Result<uint64_t> Engine::CopyTo(const std::string& path) {
  base::FileSystem& files = *options_.file_system;
  const base::MutexLock lock(files_mutex_);  // nothing is removed meanwhile
  Pending mark{.request = Request::kMark};
  RETURN_IF_ERROR(Submit(mark));
  uint64_t spans = mark.mark_spans;
  std::vector<uint64_t> logs;
  {
    const base::MutexLock state_lock(state_mutex_);
    for (const LoggedTable& logged : tables_) {
      for (const uint64_t log : logged.logs) {
        if (log <= mark.mark_log) logs.push_back(log);
      }
    }
    for (const auto& segment : state_->segments) spans += segment->footer().spans;
  }
  for (const uint64_t number : manifest_.segments) {
    const std::string name = SegmentFileName(number);
    RETURN_IF_ERROR(LinkOrCopy(files, PathOf(name), path + "/" + name));
  }
  for (const uint64_t log : logs) {
    const std::string name = LogFileName(log);
    uint64_t bytes = mark.mark_bytes;
    if (log != mark.mark_log) {
      ASSIGN_OR_RETURN(const auto file, files.OpenForRead(PathOf(name)));
      bytes = file->size_bytes();
    }
    RETURN_IF_ERROR(Copy(files, PathOf(name), path + "/" + name, bytes));
  }
  RETURN_IF_ERROR(
      Copy(files, PathOf("labels.log"), path + "/labels.log", labels_->disk_bytes()));
  ASSIGN_OR_RETURN(const std::vector<std::string> documents, files.List(PathOf("documents")));
  for (const std::string& name : documents) {
    if (!name.ends_with(".doc")) continue;
    ASSIGN_OR_RETURN(const std::string bytes, files.ReadAll(PathOf("documents/" + name)));
    RETURN_IF_ERROR(files.WriteAtomically(path + "/documents/" + name, bytes));
  }
  RETURN_IF_ERROR(WriteManifest(files, path + "/MANIFEST", manifest_));
  return spans;
}

}  // namespace awry::columnar
