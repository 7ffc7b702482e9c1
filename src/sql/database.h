// One small interface over SQLite and PostgreSQL.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"

namespace awry::sql {

// NULL, integer, real, text. Bytes are text.
using SqlValue = std::variant<std::monostate, int64_t, double, std::string>;

class Row {
 public:
  explicit Row(std::vector<SqlValue> columns) : columns_(std::move(columns)) {}
  size_t size() const { return columns_.size(); }
  bool is_null(size_t i) const { return std::holds_alternative<std::monostate>(columns_[i]); }
  // 0, 0.0 and "" for NULL; a number in text is read.
  int64_t Int(size_t i) const;
  double Real(size_t i) const;
  const std::string& Text(size_t i) const;

 private:
  std::vector<SqlValue> columns_;
};
using Rows = std::vector<Row>;

// OnEnd follows every OnStart on the same thread. `statement` has placeholders, never values.
class SqlObserver {
 public:
  virtual ~SqlObserver() = default;
  virtual void* OnStart(std::string_view statement, std::string_view system /* "sqlite" */) = 0;
  virtual void OnEnd(void* state, const base::Status& status) = 0;
};

// Placeholders are $1, $2, …. Used by one thread.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual base::Result<Rows> Query(std::string_view sql, std::span<const SqlValue> params) = 0;
  // Returns the number of rows changed. kAlreadyExists on a broken UNIQUE. Several statements with ';'
  // between them may stand in one call without parameters; then it returns 0.
  virtual base::Result<int64_t> Execute(std::string_view sql, std::span<const SqlValue> params) = 0;
  base::Result<Rows> Query(std::string_view sql, std::initializer_list<SqlValue> params = {}) {
    return Query(sql, std::span(params.begin(), params.size()));
  }
  base::Result<int64_t> Execute(std::string_view sql, std::initializer_list<SqlValue> params = {}) {
    return Execute(sql, std::span(params.begin(), params.size()));
  }
};

struct DatabaseOptions {
  unsigned readers = 4;  // connections for Read
  SqlObserver* observer = nullptr;  // must outlive the database
};

// Thread-safe. With SQLite: WAL mode, synchronous=FULL, foreign keys on, one writer at a time (others
// wait their turn), readers beside it. What Write returned OK for survives a power cut.
class Database {
 public:
  // `url`: "sqlite:PATH" or "postgres://…" ("postgresql://…"), the latter with an optional "#schema" at
  // its end: the schema that holds the tables, made when missing, so that programs can share one
  // database. kDataLoss names a corrupt file;
  // kFailedPrecondition when another process holds it (SQLite).
  static base::Result<std::unique_ptr<Database>> Open(const std::string& url,
                                                      const DatabaseOptions& options = {});
  virtual ~Database() = default;
  virtual std::string_view system() const = 0;  // "sqlite", "postgresql"

  // Runs `body` in a transaction: commits when it returns OK, else rolls back and returns its status.
  // PostgreSQL serialisation failures are tried again, so `body` must be able to run twice.
  virtual base::Status Write(const std::function<base::Status(Connection&)>& body) = 0;
  // Runs `body` on a connection that only reads, with a consistent view.
  virtual base::Status Read(const std::function<base::Status(Connection&)>& body) = 0;

  base::Result<Rows> Query(std::string_view sql, std::initializer_list<SqlValue> params = {});
  base::Result<int64_t> Execute(std::string_view sql, std::initializer_list<SqlValue> params = {});

  // Brings the schema to the newest step. Steps are run once each, in order, each in a transaction;
  // the number done is kept in table schema_version. kFailedPrecondition when the database is newer.
  base::Status Migrate(std::span<const std::string_view> steps);
};

}  // namespace awry::sql
