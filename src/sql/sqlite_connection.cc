#include "sql/sqlite_connection.h"

#include <sqlite3.h>

#include <charconv>

#include "sql/open.h"

namespace awry::sql {
namespace {

constexpr size_t kPreparedMax = 256;
constexpr int kBusyTimeoutMs = 5'000;
// Of pages, grown as they are read. SQLite's 2 MB make a large transaction write its pages again and again;
// the writer is one, the readers are several.
constexpr std::string_view kWriterCache = "PRAGMA cache_size=-65536", kReaderCache = "PRAGMA cache_size=-16384";

base::StatusCode CodeOf(int extended) {
  switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return base::StatusCode::kAlreadyExists;
    default: break;
  }
  switch (extended & 0xFF) {
    case SQLITE_CONSTRAINT: return base::StatusCode::kFailedPrecondition;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG: return base::StatusCode::kResourceExhausted;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return base::StatusCode::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return base::StatusCode::kDataLoss;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return base::StatusCode::kPermissionDenied;
    case SQLITE_CANTOPEN: return base::StatusCode::kNotFound;
    default: return base::StatusCode::kInternal;
  }
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n;") == std::string_view::npos; }

int BindOne(sqlite3_stmt* statement, int index, const SqlValue& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return sqlite3_bind_int64(statement, index, *integer);
  if (const auto* real = std::get_if<double>(&value)) return sqlite3_bind_double(statement, index, *real);
  // The text outlives the step, so SQLite need not copy it.
  if (const auto* text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, index);
}

SqlValue ColumnOf(sqlite3_stmt* statement, int i) {
  switch (sqlite3_column_type(statement, i)) {
    case SQLITE_INTEGER: return static_cast<int64_t>(sqlite3_column_int64(statement, i));
    case SQLITE_FLOAT: return sqlite3_column_double(statement, i);
    case SQLITE_NULL: return std::monostate();
    default: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, i));
      const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, i));
      return size == 0 ? std::string() : std::string(bytes, size);
    }
  }
}

}  // namespace

void SqliteConnection::CloseStatement::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

SqliteConnection::~SqliteConnection() {
  prepared_.clear();
  sqlite3_close(db_);
}

base::Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path, bool read_only,
                                                                       SqlObserver* observer) {
  // Counting the bytes in use takes a lock that all connections share, at every allocation; nobody asks for it.
  // Refused, and no matter, when SQLite is running already.
  [[maybe_unused]] static const int counted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(path, observer));
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(path.c_str(), &connection->db_, flags, nullptr) != SQLITE_OK) return connection->Error();
  RETURN_IF_ERROR(connection->SetUp(read_only));
  return connection;
}

base::Status SqliteConnection::SetUp(bool read_only) {
  (void)sqlite3_extended_result_codes(db_, 1);
  (void)sqlite3_busy_timeout(db_, kBusyTimeoutMs);
  RETURN_IF_ERROR(Run("PRAGMA journal_mode=WAL"));
  RETURN_IF_ERROR(Run("PRAGMA synchronous=FULL"));
  RETURN_IF_ERROR(Run("PRAGMA foreign_keys=ON"));
  // In memory, the pages that a savepoint may have to bring back stand in a list which SQLite walks at the end of
  // each statement that could fail half-way: 5,000 updates in a body took 14 s in place of 0.3. So the writer's
  // go to a file without a name.
  RETURN_IF_ERROR(Run(read_only ? "PRAGMA temp_store=MEMORY" : "PRAGMA temp_store=FILE"));
  RETURN_IF_ERROR(Run((read_only ? kReaderCache : kWriterCache).data()));
  return read_only ? Run("PRAGMA query_only=ON") : base::OkStatus();
}

base::Status SqliteConnection::Error() const {
  if (db_ == nullptr) return base::ResourceExhausted("no memory to open " + path_);
  const int code = sqlite3_extended_errcode(db_);
  if (CodeOf(code) == base::StatusCode::kDataLoss) {
    return base::DataLoss("database file is damaged; restore a backup: " + path_ + ": " + sqlite3_errmsg(db_));
  }
  return {CodeOf(code), std::string("SQLite: ") + sqlite3_errmsg(db_) + ": " + path_};
}

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

base::Status SqliteConnection::Run(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return Error();
  return base::OkStatus();
}

base::Result<SqliteConnection::Prepared> SqliteConnection::Compile(std::string_view sql, bool keep,
                                                                   std::string_view& tail) {
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const unsigned flags = keep ? SQLITE_PREPARE_PERSISTENT : 0;
  if (sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), flags, &statement, &rest) != SQLITE_OK) {
    return Error();
  }
  tail = sql.substr(static_cast<size_t>(rest - sql.data()));
  Prepared prepared;
  prepared.statement.reset(statement);
  // SQLite numbers "$2" by where it stands first; the name tells which one is meant.
  const int count = statement == nullptr ? 0 : sqlite3_bind_parameter_count(statement);
  for (int i = 1; i <= count; ++i) {
    const char* name = sqlite3_bind_parameter_name(statement, i);
    const std::string_view digits = name == nullptr ? std::string_view() : std::string_view(name).substr(1);
    size_t number = 0;
    (void)std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (number == 0) return base::InvalidArgument("SQL placeholders must be $1, $2, …");
    prepared.params.push_back(number);
    prepared.params_needed = std::max(prepared.params_needed, number);
  }
  return prepared;
}

base::Result<SqliteConnection::Prepared*> SqliteConnection::Prepare(std::string_view sql) {
  if (const auto found = prepared_.find(sql); found != prepared_.end()) return &found->second;
  std::string_view tail;
  ASSIGN_OR_RETURN(Prepared prepared, Compile(sql, true, tail));
  if (prepared.statement == nullptr || !IsBlank(tail)) return static_cast<Prepared*>(nullptr);
  if (prepared_.size() >= kPreparedMax) prepared_.clear();
  return &(prepared_[std::string(sql)] = std::move(prepared));
}

base::Status SqliteConnection::Bind(const Prepared& prepared, std::span<const SqlValue> params) {
  if (prepared.params_needed != params.size()) {
    return base::InvalidArgument("wrong number of SQL parameters: " + std::to_string(params.size()) + ", needed " +
                                 std::to_string(prepared.params_needed));
  }
  for (size_t i = 0; i < prepared.params.size(); ++i) {
    if (BindOne(prepared.statement.get(), static_cast<int>(i) + 1, params[prepared.params[i] - 1]) != SQLITE_OK) {
      return Error();
    }
  }
  return base::OkStatus();
}

base::Result<Rows> SqliteConnection::Collect(const Prepared& prepared, std::span<const SqlValue> params) {
  sqlite3_stmt* const statement = prepared.statement.get();
  base::Status status = Bind(prepared, params);
  Rows rows;
  const int columns = sqlite3_column_count(statement);
  while (status.ok()) {
    const int step = sqlite3_step(statement);
    if (step == SQLITE_DONE) break;
    if (step != SQLITE_ROW) {
      status = Error();
      break;
    }
    std::vector<SqlValue> values;
    values.reserve(static_cast<size_t>(columns));
    for (int i = 0; i < columns; ++i) values.push_back(ColumnOf(statement, i));
    rows.emplace_back(std::move(values));
  }
  (void)sqlite3_reset(statement);
  (void)sqlite3_clear_bindings(statement);
  if (!status.ok()) return status;
  return rows;
}

base::Status SqliteConnection::RunScript(std::string_view sql) {
  while (!IsBlank(sql)) {
    std::string_view tail;
    ASSIGN_OR_RETURN(const Prepared prepared, Compile(sql, false, tail));
    if (prepared.statement != nullptr) RETURN_IF_ERROR(Collect(prepared, {}).status());
    sql = tail;
  }
  return base::OkStatus();
}

base::Result<Rows> SqliteConnection::Query(std::string_view sql, std::span<const SqlValue> params) {
  return Observed(observer_, sql, "sqlite", [&]() -> base::Result<Rows> {
    ASSIGN_OR_RETURN(const Prepared* prepared, Prepare(sql));
    if (prepared == nullptr) return base::InvalidArgument("a query must be one SQL statement");
    return Collect(*prepared, params);
  });
}

base::Result<int64_t> SqliteConnection::Execute(std::string_view sql, std::span<const SqlValue> params) {
  return Observed(observer_, sql, "sqlite", [&]() -> base::Result<int64_t> {
    const int before = sqlite3_total_changes(db_);
    ASSIGN_OR_RETURN(const Prepared* prepared, Prepare(sql));
    if (prepared == nullptr) {
      if (!params.empty()) return base::InvalidArgument("a script of several SQL statements takes no parameters");
      RETURN_IF_ERROR(RunScript(sql));
      return int64_t{sqlite3_total_changes(db_) - before};
    }
    RETURN_IF_ERROR(Collect(*prepared, params).status());
    // What triggers and cascades changed is not counted; statements that change nothing leave the
    // count of the one before.
    return int64_t{sqlite3_total_changes(db_) == before ? 0 : sqlite3_changes(db_)};
  });
}

}  // namespace awry::sql
