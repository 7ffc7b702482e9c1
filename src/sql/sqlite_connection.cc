#include "sql/sqlite_connection.h"

#include <sqlite3.h>

#include "sql/engine.h"

namespace awry::sql {
namespace {

constexpr int kBusyTimeoutMs = 10'000;
constexpr size_t kStatementsMax = 256;

constexpr char kPragmas[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=4000;";

base::StatusCode CodeOf(int code, int extended) {
  if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY) {
    return base::StatusCode::kAlreadyExists;
  }
  switch (code) {
    case SQLITE_CONSTRAINT: return base::StatusCode::kFailedPrecondition;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return base::StatusCode::kDataLoss;
    case SQLITE_FULL: return base::StatusCode::kResourceExhausted;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return base::StatusCode::kUnavailable;
    case SQLITE_TOOBIG:
    case SQLITE_RANGE: return base::StatusCode::kInvalidArgument;
    default: return base::StatusCode::kInternal;
  }
}

void Bind(sqlite3_stmt* statement, int index, const SqlValue& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    sqlite3_bind_int64(statement, index, *integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    sqlite3_bind_double(statement, index, *real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    // Parameters outlive the step, so SQLite need not copy them.
    sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  } else {
    sqlite3_bind_null(statement, index);
  }
}

SqlValue Column(sqlite3_stmt* statement, int index) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER: return static_cast<int64_t>(sqlite3_column_int64(statement, index));
    case SQLITE_FLOAT: return sqlite3_column_double(statement, index);
    case SQLITE_NULL: return std::monostate{};
    default: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, index));
      const auto length = static_cast<size_t>(sqlite3_column_bytes(statement, index));
      return bytes == nullptr ? std::string() : std::string(bytes, length);
    }
  }
}

}  // namespace

base::Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path,
                                                                       bool writable,
                                                                       SqlObserver* observer) {
  sqlite3* db = nullptr;
  const int flags = SQLITE_OPEN_NOMUTEX | (writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE);
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(db, path, observer));
  if (code != SQLITE_OK) return connection->Error(code);
  sqlite3_extended_result_codes(db, 0);
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  RETURN_IF_ERROR(connection->RunScript(kPragmas));
  if (!writable) RETURN_IF_ERROR(connection->RunScript("PRAGMA query_only=ON"));
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(db_);
}

base::Status SqliteConnection::Error(int code) const {
  const std::string text = db_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db_);
  const int extended = db_ == nullptr ? code : sqlite3_extended_errcode(db_);
  return {CodeOf(code & 0xff, extended), "database " + path_ + ": " + text};
}

base::Status SqliteConnection::RunScript(const char* sql) {
  const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? base::OkStatus() : Error(code);
}

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

base::Result<sqlite3_stmt*> SqliteConnection::Prepare(std::string_view sql) {
  const std::string key(sql);
  if (const auto found = statements_.find(key); found != statements_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Error(code);
  if (statement == nullptr) return base::InvalidArgument("empty SQL statement");
  if (statements_.size() >= kStatementsMax) {
    for (const auto& [old_sql, old] : statements_) sqlite3_finalize(old);
    statements_.clear();
  }
  statements_.emplace(key, statement);
  return statement;
}

base::Status SqliteConnection::Step(std::string_view sql, std::span<const SqlValue> params, Rows* rows) {
  ASSIGN_OR_RETURN(sqlite3_stmt * statement, Prepare(sql));
  for (size_t i = 0; i < params.size(); ++i) Bind(statement, static_cast<int>(i) + 1, params[i]);
  int code = sqlite3_step(statement);
  while (code == SQLITE_ROW) {
    if (rows != nullptr) {
      std::vector<SqlValue> columns;
      const int count = sqlite3_column_count(statement);
      columns.reserve(static_cast<size_t>(count));
      for (int i = 0; i < count; ++i) columns.push_back(Column(statement, i));
      rows->emplace_back(std::move(columns));
    }
    code = sqlite3_step(statement);
  }
  const base::Status status = code == SQLITE_DONE ? base::OkStatus() : Error(code);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return status;
}

base::Result<Rows> SqliteConnection::Query(std::string_view sql, std::span<const SqlValue> params) {
  ObservedStatement observed(observer_, sql, "sqlite");
  Rows rows;
  RETURN_IF_ERROR(observed.End(Step(sql, params, &rows)));
  return rows;
}

base::Result<int64_t> SqliteConnection::Execute(std::string_view sql, std::span<const SqlValue> params) {
  ObservedStatement observed(observer_, sql, "sqlite");
  if (params.empty() && sql.find(';') != std::string_view::npos) {
    RETURN_IF_ERROR(observed.End(RunScript(std::string(sql).c_str())));
    return 0;
  }
  RETURN_IF_ERROR(observed.End(Step(sql, params, nullptr)));
  return static_cast<int64_t>(sqlite3_changes64(db_));
}

}  // namespace awry::sql
