// What database.cc needs of an engine: one function that opens it. Private to this room.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "sql/database.h"

namespace awry::sql {

base::Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, const DatabaseOptions& options);
base::Result<std::unique_ptr<Database>> OpenPostgres(const std::string& url, const DatabaseOptions& options);

// Calls the observer around one statement, when there is one.
class ObservedStatement {
 public:
  ObservedStatement(SqlObserver* observer, std::string_view statement, std::string_view system)
      : observer_(observer),
        state_(observer == nullptr ? nullptr : observer->OnStart(statement, system)) {}
  // Passes `status` on.
  base::Status End(base::Status status) {
    if (observer_ != nullptr) observer_->OnEnd(state_, status);
    return status;
  }

 private:
  SqlObserver* const observer_;
  void* const state_;
};

}  // namespace awry::sql
