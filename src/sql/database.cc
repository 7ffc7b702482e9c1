#include "sql/database.h"

#include <charconv>

#include "sql/engine.h"

namespace awry::sql {

int64_t Row::Int(size_t i) const {
  if (const auto* integer = std::get_if<int64_t>(&columns_[i])) return *integer;
  if (const auto* real = std::get_if<double>(&columns_[i])) return static_cast<int64_t>(*real);
  int64_t value = 0;
  if (const auto* text = std::get_if<std::string>(&columns_[i])) {
    std::from_chars(text->data(), text->data() + text->size(), value);
  }
  return value;
}

double Row::Real(size_t i) const {
  if (const auto* real = std::get_if<double>(&columns_[i])) return *real;
  if (const auto* integer = std::get_if<int64_t>(&columns_[i])) return static_cast<double>(*integer);
  double value = 0;
  if (const auto* text = std::get_if<std::string>(&columns_[i])) {
    std::from_chars(text->data(), text->data() + text->size(), value);
  }
  return value;
}

const std::string& Row::Text(size_t i) const {
  static const std::string empty;
  const auto* text = std::get_if<std::string>(&columns_[i]);
  return text == nullptr ? empty : *text;
}

base::Result<std::unique_ptr<Database>> Database::Open(const std::string& url,
                                                       const DatabaseOptions& options) {
  if (url.starts_with("sqlite:")) return OpenSqlite(url.substr(7), options);
  if (url.starts_with("postgres://") || url.starts_with("postgresql://")) {
    return OpenPostgres(url, options);
  }
  return base::InvalidArgument("a database is sqlite:PATH or postgres://…");
}

base::Result<Rows> Database::Query(std::string_view sql, std::initializer_list<SqlValue> params) {
  Rows rows;
  RETURN_IF_ERROR(Read([&](Connection& connection) {
    ASSIGN_OR_RETURN(rows, connection.Query(sql, params));
    return base::OkStatus();
  }));
  return rows;
}

base::Result<int64_t> Database::Execute(std::string_view sql, std::initializer_list<SqlValue> params) {
  int64_t changed = 0;
  RETURN_IF_ERROR(Write([&](Connection& connection) {
    ASSIGN_OR_RETURN(changed, connection.Execute(sql, params));
    return base::OkStatus();
  }));
  return changed;
}

base::Status Database::Migrate(std::span<const std::string_view> steps) {
  RETURN_IF_ERROR(
      Execute("CREATE TABLE IF NOT EXISTS schema_version (steps BIGINT NOT NULL)").status());
  while (true) {
    bool finished = false;
    RETURN_IF_ERROR(Write([&](Connection& connection) -> base::Status {
      ASSIGN_OR_RETURN(const Rows rows, connection.Query("SELECT MAX(steps) FROM schema_version"));
      const auto done = static_cast<size_t>(rows.empty() ? 0 : rows[0].Int(0));
      if (done > steps.size()) {
        return base::FailedPrecondition("the database is newer than this program: schema step " +
                                        std::to_string(done) + ", known " +
                                        std::to_string(steps.size()));
      }
      finished = done == steps.size();
      if (finished) return base::OkStatus();
      RETURN_IF_ERROR(connection.Execute(steps[done]).status());
      return connection
          .Execute("INSERT INTO schema_version (steps) VALUES ($1)", {static_cast<int64_t>(done + 1)})
          .status();
    }));
    if (finished) return base::OkStatus();
  }
}

}  // namespace awry::sql
