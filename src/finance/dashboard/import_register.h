// Which imports were started here, for whom: nobody can confirm or revert another's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "sql/database.h"

namespace finance::dashboard {

struct StartedImport {
  std::string import_id;
  std::string user_id;
  std::string file_name;
  std::string format;
  int64_t created_ns = 0;
};

inline constexpr size_t kFileNameBytesMax = 200;

// Thread-safe.
class ImportRegister {
 public:
  // Both must outlive this; `database` is migrated with kSchemaSteps.
  ImportRegister(awry::sql::Database& database, const awry::base::Clock& clock)
      : database_(database), clock_(clock) {}

  // `import.created_ns` is set here; the file's name is cut at kFileNameBytesMax.
  awry::base::Status Add(StartedImport import);
  // True when the import was started for that user.
  awry::base::Result<bool> BelongsTo(std::string_view import_id, std::string_view user_id);
  // The user's newest imports first, at most `limit`.
  awry::base::Result<std::vector<StartedImport>> Newest(std::string_view user_id, int64_t limit);

 private:
  awry::sql::Database& database_;
  const awry::base::Clock& clock_;
};

}  // namespace finance::dashboard
