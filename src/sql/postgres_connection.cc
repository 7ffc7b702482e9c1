#include "sql/postgres_connection.h"

#include <algorithm>
#include <libpq-fe.h>

#include <charconv>
#include <cstring>

#include "sql/open.h"

namespace awry::sql {
namespace {

constexpr size_t kPreparedMax = 256;
constexpr std::string_view kConnectTimeoutS = "5";

// Type numbers of pg_type.dat; libpq has no names for them.
constexpr unsigned kBool = 16;
constexpr unsigned kBytea = 17;
constexpr unsigned kInt8 = 20;
constexpr unsigned kInt2 = 21;
constexpr unsigned kInt4 = 23;
constexpr unsigned kFloat4 = 700;
constexpr unsigned kFloat8 = 701;

std::string_view FirstLine(const char* text) {
  const std::string_view view = text == nullptr ? "" : text;
  return view.substr(0, view.find('\n'));
}

base::StatusCode CodeOf(std::string_view sqlstate) {
  if (sqlstate == "23505") return base::StatusCode::kAlreadyExists;
  if (sqlstate == "57014") return base::StatusCode::kDeadlineExceeded;
  const std::string_view cls = sqlstate.substr(0, 2);
  if (cls == "23") return base::StatusCode::kFailedPrecondition;
  if (cls == "22") return base::StatusCode::kInvalidArgument;
  if (cls == "40") return base::StatusCode::kAborted;
  if (cls == "53" || cls == "54") return base::StatusCode::kResourceExhausted;
  if (cls == "08" || cls == "57") return base::StatusCode::kUnavailable;
  if (cls == "28" || sqlstate == "42501") return base::StatusCode::kPermissionDenied;
  if (cls == "XX") return base::StatusCode::kDataLoss;
  return base::StatusCode::kInternal;
}

std::string TextOf(const SqlValue& value) {
  char digits[32];
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) {
    return {digits, std::to_chars(digits, digits + sizeof(digits), *real).ptr};
  }
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string() : *text;
}

template <typename T>
T ReadNumber(std::string_view text) {
  T value = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string UnescapeBytea(const char* text) {
  size_t size = 0;
  unsigned char* bytes = PQunescapeBytea(reinterpret_cast<const unsigned char*>(text), &size);
  if (bytes == nullptr) return {};
  std::string out(reinterpret_cast<const char*>(bytes), size);
  PQfreemem(bytes);
  return out;
}

SqlValue ValueOf(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return std::monostate();
  const char* bytes = PQgetvalue(result, row, column);
  const std::string_view text(bytes, static_cast<size_t>(PQgetlength(result, row, column)));
  switch (PQftype(result, column)) {
    case kBool: return int64_t{text == "t"};
    case kInt2:
    case kInt4:
    case kInt8: return ReadNumber<int64_t>(text);
    case kFloat4:
    case kFloat8: return ReadNumber<double>(text);
    case kBytea: return UnescapeBytea(bytes);
    default: return std::string(text);
  }
}

// Several statements go without parameters, by the simple protocol.
bool IsScript(std::string_view sql) {
  const size_t semicolon = sql.find(';');
  return semicolon != std::string_view::npos &&
         sql.find_first_not_of(" \t\r\n;", semicolon) != std::string_view::npos;
}

void IgnoreNotice(void*, const PGresult*) {}

}  // namespace

void PostgresConnection::ClearResult::operator()(pg_result* result) const { PQclear(result); }

PostgresConnection::~PostgresConnection() { PQfinish(connection_); }

base::Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(const std::string& url,
                                                                           SqlObserver* observer) {
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(observer));
  // A later keyword wins over an earlier one, but the URL may set its own timeout: so it comes last.
  const char* const keywords[] = {"connect_timeout", "client_encoding", "dbname", nullptr};
  const size_t hash = std::min(url.find('#'), url.size());
  const std::string address = url.substr(0, hash);
  const char* const values[] = {kConnectTimeoutS.data(), "UTF8", address.c_str(), nullptr};
  connection->connection_ = PQconnectdbParams(keywords, values, 1);
  if (PQstatus(connection->connection_) != CONNECTION_OK) {
    return base::Unavailable("cannot connect to PostgreSQL: " +
                             std::string(FirstLine(PQerrorMessage(connection->connection_))));
  }
  (void)PQsetNoticeReceiver(connection->connection_, IgnoreNotice, nullptr);
  if (hash < url.size()) RETURN_IF_ERROR(connection->UseSchema(url.substr(hash + 1)));
  return connection;
}

base::Status PostgresConnection::UseSchema(const std::string& schema) {
  char* const quoted = PQescapeIdentifier(connection_, schema.data(), schema.size());
  if (quoted == nullptr) return base::InvalidArgument("bad schema name at the end of a postgres:// address");
  const std::string name = quoted;
  PQfreemem(quoted);
  // Two programs may make one schema at once: the loser finds it there.
  const base::Status made = Run("CREATE SCHEMA IF NOT EXISTS " + name);
  if (!made.ok() && made.code() != base::StatusCode::kAlreadyExists) return made;
  return Run("SET search_path TO " + name);
}

bool PostgresConnection::alive() const { return PQstatus(connection_) == CONNECTION_OK; }

bool PostgresConnection::transaction_failed() const { return PQtransactionStatus(connection_) == PQTRANS_INERROR; }

base::Status PostgresConnection::StatusOf(const pg_result* result) {
  const ExecStatusType kind = PQresultStatus(result);
  if (kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK || kind == PGRES_EMPTY_QUERY) return base::OkStatus();
  const char* field = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (field == nullptr || !alive()) return base::Unavailable("connection to PostgreSQL lost");
  const std::string sqlstate = field;
  if (sqlstate == "40001" || sqlstate == "40P01") conflict_ = true;
  // Messages of class 22 quote the caller's values.
  if (sqlstate.starts_with("22")) return base::InvalidArgument("PostgreSQL: a value does not fit its type: " + sqlstate);
  return {CodeOf(sqlstate),
          "PostgreSQL: " + std::string(FirstLine(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY))) + ": " + sqlstate};
}

base::Status PostgresConnection::Run(const std::string& sql) {
  const ResultPtr result(PQexec(connection_, sql.c_str()));
  return StatusOf(result.get());
}

base::Result<std::string> PostgresConnection::Prepare(std::string_view sql) {
  if (const auto found = prepared_.find(sql); found != prepared_.end()) return found->second;
  if (prepared_.size() >= kPreparedMax) {
    RETURN_IF_ERROR(Run("DEALLOCATE ALL"));
    prepared_.clear();
  }
  std::string name = "s" + std::to_string(++prepared_count_);
  const ResultPtr result(PQprepare(connection_, name.c_str(), std::string(sql).c_str(), 0, nullptr));
  RETURN_IF_ERROR(StatusOf(result.get()));
  prepared_.emplace(sql, name);
  return name;
}

base::Result<PostgresConnection::ResultPtr> PostgresConnection::Run(std::string_view sql,
                                                                    std::span<const SqlValue> params) {
  if (params.empty() && IsScript(sql)) {
    ResultPtr script(PQexec(connection_, std::string(sql).c_str()));
    RETURN_IF_ERROR(StatusOf(script.get()));
    return script;
  }
  ASSIGN_OR_RETURN(const std::string name, Prepare(sql));
  std::vector<std::string> texts;
  std::vector<const char*> values;
  texts.reserve(params.size());
  for (const SqlValue& param : params) {
    texts.push_back(TextOf(param));
    if (std::strlen(texts.back().c_str()) != texts.back().size()) {
      return base::InvalidArgument("PostgreSQL text cannot hold a zero byte");
    }
    values.push_back(std::holds_alternative<std::monostate>(param) ? nullptr : texts.back().c_str());
  }
  ResultPtr result(PQexecPrepared(connection_, name.c_str(), static_cast<int>(values.size()), values.data(), nullptr,
                                  nullptr, 0));
  RETURN_IF_ERROR(StatusOf(result.get()));
  return result;
}

base::Result<Rows> PostgresConnection::Query(std::string_view sql, std::span<const SqlValue> params) {
  return Observed(observer_, sql, "postgresql", [&]() -> base::Result<Rows> {
    ASSIGN_OR_RETURN(const ResultPtr result, Run(sql, params));
    Rows rows;
    const int columns = PQnfields(result.get());
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      std::vector<SqlValue> values;
      values.reserve(static_cast<size_t>(columns));
      for (int column = 0; column < columns; ++column) values.push_back(ValueOf(result.get(), row, column));
      rows.emplace_back(std::move(values));
    }
    return rows;
  });
}

base::Result<int64_t> PostgresConnection::Execute(std::string_view sql, std::span<const SqlValue> params) {
  return Observed(observer_, sql, "postgresql", [&]() -> base::Result<int64_t> {
    ASSIGN_OR_RETURN(const ResultPtr result, Run(sql, params));
    return ReadNumber<int64_t>(PQcmdTuples(result.get()));
  });
}

}  // namespace awry::sql
