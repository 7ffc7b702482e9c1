// The dashboard's own tables: who may log in and how, who is logged in, for whom they may act, what
// they did, and which imports they started. Money lives with the services.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/database.h"

namespace finance::dashboard {

// Steps for sql::Database::Migrate; only ever appended to. Times are Unix nanoseconds.
// `sql_system` is Database::system().
std::vector<std::string> SchemaSteps(std::string_view sql_system);

// Brings the schema up to date.
awry::base::Status MigrateSchema(awry::sql::Database& database);

}  // namespace finance::dashboard
