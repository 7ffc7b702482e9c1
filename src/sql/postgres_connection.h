// One PostgreSQL connection with its prepared statements; not for other rooms.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sql/database.h"

struct pg_conn;
struct pg_result;

namespace awry::sql {

class PostgresConnection final : public Connection {
 public:
  // kUnavailable when the server cannot be reached. The message never holds the URL's password.
  static base::Result<std::unique_ptr<PostgresConnection>> Open(const std::string& url, SqlObserver* observer);
  ~PostgresConnection() override;

  base::Result<Rows> Query(std::string_view sql, std::span<const SqlValue> params) override;
  base::Result<int64_t> Execute(std::string_view sql, std::span<const SqlValue> params) override;

  // Not observed, no parameters, no rows: BEGIN, COMMIT. May hold several statements.
  base::Status Run(const std::string& sql);

  bool alive() const;
  // A statement failed inside the transaction: only ROLLBACK ends it.
  bool transaction_failed() const;
  // The last failure since ClearConflict was a serialisation failure or a deadlock: try again.
  bool conflict() const { return conflict_; }
  void ClearConflict() { conflict_ = false; }

 private:
  base::Status UseSchema(const std::string& schema);
  struct ClearResult {
    void operator()(pg_result* result) const;
  };
  using ResultPtr = std::unique_ptr<pg_result, ClearResult>;

  explicit PostgresConnection(SqlObserver* observer) : observer_(observer) {}
  base::Result<ResultPtr> Run(std::string_view sql, std::span<const SqlValue> params);
  base::Result<std::string> Prepare(std::string_view sql);
  base::Status StatusOf(const pg_result* result);

  SqlObserver* const observer_;
  pg_conn* connection_ = nullptr;
  bool conflict_ = false;
  uint64_t prepared_count_ = 0;
  std::map<std::string, std::string, std::less<>> prepared_;  // SQL → name on the server
};

}  // namespace awry::sql
