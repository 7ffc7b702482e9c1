// Reads and writes of the database as one span each in a traced request: one for a group of
// statements that belong together, none for work that nobody asked for.
#pragma once

#include <functional>
#include <string_view>

#include "base/status.h"
#include "sql/database.h"

namespace finance {
namespace base = awry::base;
namespace sql = awry::sql;
}  // namespace finance

namespace finance::jobs {

using SqlBody = std::function<base::Status(sql::Connection&)>;

// As Database::Write and Database::Read. When a span is current on this thread, one client span named
// `summary` ("UPSERT monthly": the operation, then the table) covers the call and its commit.
base::Status TracedWrite(sql::Database& database, std::string_view summary, const SqlBody& body);
base::Status TracedRead(sql::Database& database, std::string_view summary, const SqlBody& body);

}  // namespace finance::jobs
