// The two databases behind sql/database.h; not for other rooms.
#pragma once

#include <memory>
#include <string>

#include "sql/database.h"

namespace awry::sql {

base::Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, const DatabaseOptions& options);
base::Result<std::unique_ptr<Database>> OpenPostgres(const std::string& url, const DatabaseOptions& options);

// Calls the observer around `run`, which returns a Result.
template <typename Run>
auto Observed(SqlObserver* observer, std::string_view statement, std::string_view system, Run run) {
  if (observer == nullptr) return run();
  void* state = observer->OnStart(statement, system);
  auto result = run();
  observer->OnEnd(state, result.status());
  return result;
}

}  // namespace awry::sql
