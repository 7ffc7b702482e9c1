// Cases: charges that were judged suspicious, for a person to decide. Shapes: docs/finance.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::fraud_detector {

namespace base = awry::base;

inline constexpr int64_t kCasesShown = 20;
inline constexpr int64_t kCasesShownMax = 100;
inline constexpr int64_t kRelatedRowsMax = 6;  // of one case

// For Database::Migrate, after the step that makes `checks`.
inline constexpr std::string_view kCaseSteps[] = {
    "CREATE INDEX checks_suspicious ON checks (user_id, at_ns, id) WHERE suspicious = 1",
    "DROP INDEX checks_suspicious",
    // Counted without the table. `suspicious` stands in it, or SQLite takes an index of all of the user's checks.
    "CREATE INDEX checks_cases ON checks (user_id, suspicious, at_ns, id, fraud) WHERE suspicious = 1"};

struct CaseQuestion {
  bool decided = false;     // else those that wait
  int64_t limit = kCasesShown;
  std::string cursor = "";  // `next_cursor` of the page before; "" for the first
};

// {"cases":[…], "open":n, "next_cursor"?}: newest first; `open` counts all that wait. kInvalidArgument
// when the cursor is none of ours.
base::Result<std::string> CasesJson(awry::sql::Connection& connection, const ledger::UserId& user,
                                    const CaseQuestion& question);

// One case, also when the charge was not suspicious; kNotFound when nothing of this user was checked
// under the id.
base::Result<std::string> CaseJson(awry::sql::Connection& connection, const ledger::UserId& user,
                                   std::string_view id);

}  // namespace finance::fraud_detector
