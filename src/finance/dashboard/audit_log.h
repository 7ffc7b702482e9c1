// What people did with accounts, keys and data. Only ever added to; the database refuses the rest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "sql/database.h"

namespace finance::dashboard {

struct AuditEntry {
  int64_t id = 0;
  std::string user_id;   // whose record it is; "": nobody's, the owner sees it
  std::string actor_id;  // who did it; "" when that is not known
  std::string action;    // "login", "token.made"
  std::string subject;   // an id, never a name or a secret
  std::string address;
  std::string trace_id;
  int64_t at_ns = 0;
};

// Thread-safe.
class AuditLog {
 public:
  // `database` (migrated with MigrateSchema) and `clock` must outlive this.
  AuditLog(awry::sql::Database& database, const awry::base::Clock& clock)
      : database_(database), clock_(clock) {}

  // Sets id, time and the current trace's id.
  awry::base::Status Add(AuditEntry entry);
  // The same inside a transaction.
  awry::base::Status Add(awry::sql::Connection& connection, AuditEntry entry);
  // The newest first, with ids below `before`; with nobody's entries when `nobodys`.
  awry::base::Result<std::vector<AuditEntry>> Newest(const std::string& user_id, bool nobodys,
                                                     int64_t before, int64_t limit);

 private:
  awry::sql::Database& database_;
  const awry::base::Clock& clock_;
};

}  // namespace finance::dashboard
