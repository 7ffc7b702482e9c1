// A consistent copy of a SQLite database that a process may have open and be writing to.
#pragma once

#include <string>

#include "base/status.h"

namespace awry::sql {

// Copies what was committed when it began from the file `from` to the new file `to`, compacted and
// without a log beside it. kAlreadyExists when `to` is there, kNotFound when `from` is not.
base::Status SnapshotSqlite(const std::string& from, const std::string& to);

}  // namespace awry::sql
