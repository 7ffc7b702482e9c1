// How a user's files of one bank are read and where their rows go: what was chosen once is chosen again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "finance/ledger/date.h"
#include "finance/ledger/user_id.h"
#include "finance/statement/statement.h"
#include "sql/database.h"

namespace finance::transaction_processor {

namespace base = awry::base;
namespace sql = awry::sql;

struct SavedReading {
  std::string profile;  // as statement::ParseProfile reads it
  std::string account;  // which may be gone
};

// In a migration after that of the imports.
inline constexpr std::string_view kReadingSteps =
    "ALTER TABLE imports ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE imports ADD COLUMN profile TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE saved_readings (user_id TEXT NOT NULL, fingerprint TEXT NOT NULL, profile TEXT NOT NULL,"
    " account TEXT NOT NULL, used_ns BIGINT NOT NULL, PRIMARY KEY (user_id, fingerprint))";

base::Result<std::optional<SavedReading>> FindReading(sql::Connection& connection, const ledger::UserId& user,
                                                      const std::string& fingerprint);

// How a file was read: as a person chose, by what was kept, or by guessing alone.
struct UsedReading {
  std::string profile;
  bool saved = false;
  std::string account_before;  // into which the last file of this form went
};
struct ReadingContext {
  const ledger::UserId& user;
  ledger::Date today;
  bool use_saved = true;
};
// Reads by what `profile` chooses, else as the user's last file of this form, else by guessing; says in `used` what
// came of it. Fails as statement::ParseStatement does.
base::Result<statement::Statement> ReadFile(sql::Database& database, std::string_view file, statement::Profile profile,
                                            const ReadingContext& context, UsedReading& used);

// Keeps how the file of this import was read; nothing when its format leaves nothing to choose.
base::Status KeepReading(sql::Connection& connection, const std::string& import_id, int64_t now_ns);

}  // namespace finance::transaction_processor
