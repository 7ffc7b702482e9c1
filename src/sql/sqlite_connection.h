// One SQLite connection with its prepared statements; not for other rooms.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sql/database.h"

struct sqlite3;
struct sqlite3_stmt;

namespace awry::sql {

class SqliteConnection final : public Connection {
 public:
  // Opens the file, sets the pragmas. `read_only` connections refuse to write.
  static base::Result<std::unique_ptr<SqliteConnection>> Open(const std::string& path, bool read_only,
                                                              SqlObserver* observer);
  ~SqliteConnection() override;

  base::Result<Rows> Query(std::string_view sql, std::span<const SqlValue> params) override;
  base::Result<int64_t> Execute(std::string_view sql, std::span<const SqlValue> params) override;

  // Not observed, no parameters, no rows: BEGIN, COMMIT, PRAGMA.
  base::Status Run(const char* sql);
  bool in_transaction() const;

 private:
  struct CloseStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  using StatementPtr = std::unique_ptr<sqlite3_stmt, CloseStatement>;
  struct Prepared {
    StatementPtr statement;
    std::vector<size_t> params;  // of each of SQLite's parameters, which one of ours it is
    size_t params_needed = 0;
  };

  SqliteConnection(std::string path, SqlObserver* observer) : path_(std::move(path)), observer_(observer) {}
  base::Status SetUp(bool read_only);
  base::Status Error() const;
  // The cached statement, or a new one; null when `sql` is a script of several statements.
  base::Result<Prepared*> Prepare(std::string_view sql);
  base::Result<Prepared> Compile(std::string_view sql, bool keep, std::string_view& tail);
  base::Status Bind(const Prepared& prepared, std::span<const SqlValue> params);
  base::Result<Rows> Collect(const Prepared& prepared, std::span<const SqlValue> params);
  base::Status RunScript(std::string_view sql);

  const std::string path_;
  SqlObserver* const observer_;
  sqlite3* db_ = nullptr;
  std::map<std::string, Prepared, std::less<>> prepared_;
};

}  // namespace awry::sql
