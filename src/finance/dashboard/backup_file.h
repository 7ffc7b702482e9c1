// The format of a backup: files in one encrypted stream (docs/formats/backup.md). Whoever has no
// passphrase sees sizes only; a file that was cut or changed is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "finance/dashboard/secrets.h"

namespace finance::dashboard {

inline constexpr size_t kPassphraseBytesMin = 12;
inline constexpr size_t kBackupPieceBytes = 64 << 10;  // of a file in one record

// Takes the next bytes; an error ends the writing.
using ByteSink = std::function<awry::base::Status(std::string_view)>;
// Returns exactly so many bytes. kOutOfRange when there are fewer.
using ByteSource = std::function<awry::base::Result<std::string>(size_t bytes)>;

// Used by one thread.
class BackupWriter {
 public:
  // Derives the key and writes the header. kInvalidArgument when the passphrase is too short.
  static awry::base::Result<std::unique_ptr<BackupWriter>> Start(ByteSink sink,
                                                                 std::string_view passphrase,
                                                                 const PasswordCost& cost);
  ~BackupWriter();
  // Begins a file; what Append is given after it belongs to it.
  awry::base::Status BeginFile(std::string_view name);
  awry::base::Status Append(std::string_view bytes);
  // Without it the backup is refused as cut short.
  awry::base::Status Finish();

 private:
  struct Stream;
  BackupWriter(ByteSink sink, std::unique_ptr<Stream> stream);
  awry::base::Status Write(char kind, std::string_view bytes, bool last);

  const ByteSink sink_;
  const std::unique_ptr<Stream> stream_;
};

// What a backup's reader is told, in order. An error ends the reading.
struct BackupVisitor {
  std::function<awry::base::Status(const std::string& name)> begin_file;
  std::function<awry::base::Status(std::string_view bytes)> append;
};

// Reads a whole backup. kDataLoss when it is no backup, was cut, or was changed; kUnauthenticated
// when the passphrase is not its own. Until it returned OK nothing that was told may be believed
// complete. A name is checked with IsBackupName.
awry::base::Status ReadBackup(const ByteSource& source, std::string_view passphrase,
                              const BackupVisitor& visitor);

// One to three parts of letters, digits, '.', '_' and '-' with '/' between, none of which begins
// with a dot: such a name stays inside the folder that it is joined to.
bool IsBackupName(std::string_view name);

}  // namespace finance::dashboard
