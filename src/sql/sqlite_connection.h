// One SQLite connection with its prepared statements. Private to this room.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sql/database.h"

struct sqlite3;
struct sqlite3_stmt;

namespace awry::sql {

// Used by one thread at a time.
class SqliteConnection final : public Connection {
 public:
  // Opens `path`, makes it when `writable`, and sets WAL, synchronous=FULL and foreign keys.
  static base::Result<std::unique_ptr<SqliteConnection>> Open(const std::string& path, bool writable,
                                                              SqlObserver* observer);
  ~SqliteConnection() override;
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  using Connection::Execute;
  using Connection::Query;
  base::Result<Rows> Query(std::string_view sql, std::span<const SqlValue> params) override;
  base::Result<int64_t> Execute(std::string_view sql, std::span<const SqlValue> params) override;

  // Runs statements without parameters and results; not observed.
  base::Status RunScript(const char* sql);
  // False once SQLite has rolled the transaction back by itself (disk full, I/O error).
  bool in_transaction() const;

 private:
  SqliteConnection(sqlite3* db, std::string path, SqlObserver* observer)
      : db_(db), path_(std::move(path)), observer_(observer) {}
  base::Result<sqlite3_stmt*> Prepare(std::string_view sql);
  base::Status Step(std::string_view sql, std::span<const SqlValue> params, Rows* rows);
  base::Status Error(int code) const;

  sqlite3* const db_;
  const std::string path_;
  SqlObserver* const observer_;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

}  // namespace awry::sql
