// PostgreSQL behind Database, by libpq: a pool of connections, text parameters, prepared statements.
#include <libpq-fe.h>

#include <charconv>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/mutex.h"
#include "sql/engine.h"

namespace awry::sql {
namespace {

constexpr unsigned kWriters = 8;
constexpr int kAttemptsMax = 8;  // of a transaction that lost a serialisation race
constexpr char kLostRace[] = "40001", kDeadlock[] = "40P01", kUniqueViolation[] = "23505";

// From PostgreSQL's catalogue pg_type.dat.
constexpr Oid kBool = 16, kInt8 = 20, kInt2 = 21, kInt4 = 23, kFloat4 = 700, kFloat8 = 701;

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, FreeResult>;

base::StatusCode CodeOf(std::string_view state) {
  if (state == kUniqueViolation) return base::StatusCode::kAlreadyExists;
  if (state == kLostRace || state == kDeadlock) return base::StatusCode::kAborted;
  if (state.starts_with("08") || state.starts_with("57P") || state.empty()) {
    return base::StatusCode::kUnavailable;
  }
  if (state.starts_with("23")) return base::StatusCode::kFailedPrecondition;
  if (state.starts_with("22")) return base::StatusCode::kInvalidArgument;
  if (state.starts_with("53")) return base::StatusCode::kResourceExhausted;
  return base::StatusCode::kInternal;
}

std::optional<std::string> ToParameter(const SqlValue& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* real = std::get_if<double>(&value)) {
    char buffer[32];
    return std::string(buffer, std::to_chars(buffer, buffer + sizeof(buffer), *real).ptr);
  }
  return std::nullopt;
}

SqlValue ToValue(PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return std::monostate{};
  const char* bytes = PQgetvalue(result, row, column);
  const char* const end = bytes + PQgetlength(result, row, column);
  switch (PQftype(result, column)) {
    case kBool: return static_cast<int64_t>(*bytes == 't');
    case kInt2:
    case kInt4:
    case kInt8: {
      int64_t integer = 0;
      std::from_chars(bytes, end, integer);
      return integer;
    }
    case kFloat4:
    case kFloat8: {
      double real = 0;
      std::from_chars(bytes, end, real);
      return real;
    }
    default: return std::string(bytes, end);
  }
}

// Used by one thread at a time; connects when it is first used and again when the server went away.
class PostgresConnection final : public Connection {
 public:
  PostgresConnection(const std::string& url, SqlObserver* observer) : url_(url), observer_(observer) {}
  ~PostgresConnection() override { PQfinish(connection_); }
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  base::Status EnsureConnected() {
    if (connection_ != nullptr && PQstatus(connection_) == CONNECTION_OK) return base::OkStatus();
    PQfinish(connection_);
    statements_.clear();
    connection_ = PQconnectdb(url_.c_str());
    if (PQstatus(connection_) == CONNECTION_OK) {
      // Notices go nowhere: CREATE … IF NOT EXISTS would write one a start.
      PQsetNoticeProcessor(connection_, [](void*, const char*) {}, nullptr);
      return base::OkStatus();
    }
    // libpq's text may hold the address but no password.
    return base::Unavailable(std::string("cannot connect to PostgreSQL: ") + PQerrorMessage(connection_));
  }

  base::Status Run(const char* sql) { return StatusOf(ResultPtr(PQexec(connection_, sql)).get()); }

  using Connection::Execute;
  using Connection::Query;
  base::Result<Rows> Query(std::string_view sql, std::span<const SqlValue> params) override {
    ObservedStatement observed(observer_, sql, "postgresql");
    const ResultPtr result = Send(sql, params);
    RETURN_IF_ERROR(observed.End(StatusOf(result.get())));
    Rows rows;
    for (int r = 0; r < PQntuples(result.get()); ++r) {
      std::vector<SqlValue> columns;
      for (int c = 0; c < PQnfields(result.get()); ++c) columns.push_back(ToValue(result.get(), r, c));
      rows.emplace_back(std::move(columns));
    }
    return rows;
  }

  base::Result<int64_t> Execute(std::string_view sql, std::span<const SqlValue> params) override {
    ObservedStatement observed(observer_, sql, "postgresql");
    const bool script = params.empty() && sql.find(';') != std::string_view::npos;
    const ResultPtr result =
        script ? ResultPtr(PQexec(connection_, std::string(sql).c_str())) : Send(sql, params);
    RETURN_IF_ERROR(observed.End(StatusOf(result.get())));
    const std::string_view changed = PQcmdTuples(result.get());
    int64_t count = 0;
    std::from_chars(changed.data(), changed.data() + changed.size(), count);
    return count;
  }

 private:
  ResultPtr Send(std::string_view sql, std::span<const SqlValue> params) {
    std::string& name = statements_[std::string(sql)];
    if (name.empty()) {
      const std::string fresh = "s" + std::to_string(statements_.size());
      ResultPtr prepared(PQprepare(connection_, fresh.c_str(), std::string(sql).c_str(), 0, nullptr));
      if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) {
        statements_.erase(std::string(sql));
        return prepared;
      }
      name = fresh;
    }
    std::vector<std::optional<std::string>> texts;
    for (const SqlValue& value : params) texts.push_back(ToParameter(value));
    std::vector<const char*> values;
    for (const auto& text : texts) values.push_back(text ? text->c_str() : nullptr);
    return ResultPtr(PQexecPrepared(connection_, name.c_str(), static_cast<int>(values.size()),
                                    values.data(), nullptr, nullptr, 0));
  }

  base::Status StatusOf(PGresult* result) const {
    const ExecStatusType type = PQresultStatus(result);
    if (type == PGRES_COMMAND_OK || type == PGRES_TUPLES_OK || type == PGRES_EMPTY_QUERY) {
      return base::OkStatus();
    }
    const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* text = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return {CodeOf(state == nullptr ? "" : state),
            std::string("PostgreSQL: ") + (text == nullptr ? PQerrorMessage(connection_) : text)};
  }

  const std::string url_;
  SqlObserver* const observer_;
  PGconn* connection_ = nullptr;
  std::unordered_map<std::string, std::string> statements_;  // SQL -> name on this connection
};

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(const std::string& url, const DatabaseOptions& options) {
    for (unsigned i = 0; i < kWriters + options.readers; ++i) {
      free_.push_back(std::make_unique<PostgresConnection>(url, options.observer));
    }
  }

  std::string_view system() const override { return "postgresql"; }

  base::Status Write(const std::function<base::Status(Connection&)>& body) override {
    return Borrow([&](PostgresConnection& connection) {
      base::Status status;
      for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
        status = Transact(connection, "BEGIN ISOLATION LEVEL SERIALIZABLE", body);
        if (status.code() != base::StatusCode::kAborted) break;
      }
      return status;
    });
  }

  base::Status Read(const std::function<base::Status(Connection&)>& body) override {
    return Borrow([&](PostgresConnection& connection) {
      return Transact(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body);
    });
  }

 private:
  static base::Status Transact(PostgresConnection& connection, const char* begin,
                               const std::function<base::Status(Connection&)>& body) {
    RETURN_IF_ERROR(connection.EnsureConnected());
    RETURN_IF_ERROR(connection.Run(begin));
    base::Status status = body(connection);
    if (status.ok()) return connection.Run("COMMIT");
    // When the rollback fails the connection is gone, and the transaction with it.
    (void)connection.Run("ROLLBACK");
    return status;
  }

  base::Status Borrow(const std::function<base::Status(PostgresConnection&)>& body) {
    std::unique_ptr<PostgresConnection> connection;
    {
      base::MutexLock lock(mutex_);
      while (free_.empty()) freed_.Wait(mutex_);
      connection = std::move(free_.back());
      free_.pop_back();
    }
    base::Status status = body(*connection);
    base::MutexLock lock(mutex_);
    free_.push_back(std::move(connection));
    freed_.NotifyOne();
    return status;
  }

  base::Mutex mutex_;
  base::CondVar freed_;
  std::vector<std::unique_ptr<PostgresConnection>> free_ GUARDED_BY(mutex_);
};

}  // namespace

base::Result<std::unique_ptr<Database>> OpenPostgres(const std::string& url,
                                                     const DatabaseOptions& options) {
  auto database = std::make_unique<PostgresDatabase>(url, options);
  // Says now, not at the first request, that the server is away or refuses the user.
  RETURN_IF_ERROR(database->Read([](Connection&) { return base::OkStatus(); }));
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace awry::sql
