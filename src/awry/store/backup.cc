#include "awry/store/backup.h"

#include <filesystem>

namespace awry::store {

base::Status BackupWithArchive(TraceStore& store, TraceStore* archive, const std::string& folder) {
  RETURN_IF_ERROR(store.Backup(folder));
  if (archive == nullptr) return base::OkStatus();
  base::Status archived = archive->Backup(folder + "/archive");
  if (archived.ok()) return archived;
  std::error_code error;
  std::filesystem::remove_all(folder, error);  // the store's copy took none that was not empty
  return archived.WithContext("backup of archived traces");
}

}  // namespace awry::store
