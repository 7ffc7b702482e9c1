// Backs up a folder of the tracker's data while its programs run, and restores one while they do
// not: consistent copies of every SQLite database, and the other files beside them (keys, models).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/dashboard/backup_file.h"

namespace finance::dashboard {

// The files of one backup, frozen: databases are copies in a folder of their own, which is removed
// with this. Thread-compatible.
class BackupSet {
 public:
  // Copies what has to be copied. kFailedPrecondition when there is nothing to back up.
  static awry::base::Result<std::unique_ptr<BackupSet>> Freeze(const std::string& folder);
  ~BackupSet();
  BackupSet(const BackupSet&) = delete;
  BackupSet& operator=(const BackupSet&) = delete;

  // Writes everything to `sink`.
  awry::base::Status Write(const ByteSink& sink, std::string_view passphrase,
                           const PasswordCost& cost) const;
  // What the backup holds, sorted.
  std::vector<std::string> names() const;

 private:
  struct Item {
    std::string name;
    std::string path;
  };
  BackupSet() = default;

  std::string copies_;
  std::vector<Item> items_;
};

// Restores the backup in `file` into `folder`. kFailedPrecondition when the folder holds a database
// already. On failure the folder holds nothing of the backup.
awry::base::Status RestoreBackup(const std::string& file, std::string_view passphrase,
                                 const std::string& folder);

// Writes a backup of `folder` to the new file `file`; on failure there is none.
awry::base::Status WriteBackup(const std::string& folder, std::string_view passphrase,
                               const PasswordCost& cost, const std::string& file);

}  // namespace finance::dashboard
