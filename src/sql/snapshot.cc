// VACUUM INTO reads in one transaction; in WAL mode neither side waits for the other.
#include "sql/snapshot.h"

#include "base/file.h"
#include "sql/sqlite_connection.h"

namespace awry::sql {

base::Status SnapshotSqlite(const std::string& from, const std::string& to) {
  base::FileSystem& files = base::RealFileSystem();
  if (!files.Exists(from)) return base::NotFound("there is no such database: " + from);
  if (files.Exists(to)) return base::AlreadyExists("a copy of a database would replace a file: " + to);
  ASSIGN_OR_RETURN(const auto connection, SqliteConnection::Open(from, false, nullptr));
  std::string statement = "VACUUM INTO '";
  for (const char c : to) statement += c == '\'' ? "''" : std::string(1, c);
  return connection->Run((statement + "'").c_str());
}

}  // namespace awry::sql
