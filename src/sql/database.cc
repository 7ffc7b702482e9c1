#include "sql/database.h"

#include <charconv>

#include "sql/open.h"

namespace awry::sql {
namespace {

template <typename T>
T Read(const std::string& text) {
  T value = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

base::Status MigrateOn(Connection& connection, std::span<const std::string_view> steps, size_t done, bool& more) {
  // Read again inside the transaction: another program may have migrated meanwhile.
  ASSIGN_OR_RETURN(const Rows rows, connection.Query("SELECT version FROM schema_version"));
  const auto version = rows.empty() ? size_t{0} : static_cast<size_t>(rows[0].Int(0));
  if (version > steps.size()) {
    return base::FailedPrecondition("database is newer than this program: schema version " + std::to_string(version) +
                                    ", known " + std::to_string(steps.size()));
  }
  more = version < steps.size();
  if (!more || version != done) return base::OkStatus();
  if (base::Result<int64_t> ran = connection.Execute(steps[version]); !ran.ok()) {
    return ran.status().WithContext("schema step " + std::to_string(version + 1));
  }
  const std::string_view record = rows.empty() ? "INSERT INTO schema_version (version) VALUES ($1)"
                                               : "UPDATE schema_version SET version = $1";
  return connection.Execute(record, {static_cast<int64_t>(version + 1)}).status();
}

}  // namespace

int64_t Row::Int(size_t i) const {
  const SqlValue& value = columns_[i];
  if (const auto* integer = std::get_if<int64_t>(&value)) return *integer;
  if (const auto* real = std::get_if<double>(&value)) return static_cast<int64_t>(*real);
  if (const auto* text = std::get_if<std::string>(&value)) return Read<int64_t>(*text);
  return 0;
}

double Row::Real(size_t i) const {
  const SqlValue& value = columns_[i];
  if (const auto* integer = std::get_if<int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* text = std::get_if<std::string>(&value)) return Read<double>(*text);
  return 0;
}

const std::string& Row::Text(size_t i) const {
  static const std::string kEmpty;
  const auto* text = std::get_if<std::string>(&columns_[i]);
  return text == nullptr ? kEmpty : *text;
}

base::Result<std::unique_ptr<Database>> Database::Open(const std::string& url, const DatabaseOptions& options) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with(kSqlite)) return OpenSqlite(url.substr(kSqlite.size()), options);
  if (url.starts_with("postgres://") || url.starts_with("postgresql://")) return OpenPostgres(url, options);
  return base::InvalidArgument("database URL must begin with sqlite: or postgres://");
}

base::Result<Rows> Database::Query(std::string_view sql, std::initializer_list<SqlValue> params) {
  Rows rows;
  RETURN_IF_ERROR(Read([&](Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(rows, connection.Query(sql, params));
    return base::OkStatus();
  }));
  return rows;
}

base::Result<int64_t> Database::Execute(std::string_view sql, std::initializer_list<SqlValue> params) {
  int64_t changed = 0;
  RETURN_IF_ERROR(Write([&](Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(changed, connection.Execute(sql, params));
    return base::OkStatus();
  }));
  return changed;
}

base::Status Database::Migrate(std::span<const std::string_view> steps) {
  RETURN_IF_ERROR(Write([](Connection& connection) {
    return connection.Execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)").status();
  }));
  bool more = true;
  for (size_t step = 0; more; ++step) {
    RETURN_IF_ERROR(Write([&](Connection& connection) { return MigrateOn(connection, steps, step, more); }));
  }
  return base::OkStatus();
}

}  // namespace awry::sql
