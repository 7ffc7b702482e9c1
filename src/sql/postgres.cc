// A small pool of connections, opened when first needed and replaced when lost.
#include <algorithm>

#include "base/mutex.h"
#include "sql/open.h"
#include "sql/postgres_connection.h"

namespace awry::sql {
namespace {

constexpr int kTriesMax = 20;  // of a body that meets serialisation failures
constexpr unsigned kWriters = 4;

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(std::string url, const DatabaseOptions& options)
      : url_(std::move(url)), observer_(options.observer), connections_max_(std::max(options.readers, 1u) + kWriters) {}

  std::string_view system() const override { return "postgresql"; }

  base::Status Write(const std::function<base::Status(Connection&)>& body) override {
    return With([&](PostgresConnection& connection) {
      base::Status status;
      for (int i = 0; i < kTriesMax; ++i) {
        connection.ClearConflict();
        status = Transact(connection, "BEGIN ISOLATION LEVEL SERIALIZABLE", body);
        if (status.ok() || !connection.conflict()) break;
      }
      return status;
    });
  }

  base::Status Read(const std::function<base::Status(Connection&)>& body) override {
    return With([&](PostgresConnection& connection) {
      return Transact(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body);
    });
  }

  // Takes a connection and gives it back: proves that the server answers.
  base::Status Probe() {
    return With([](PostgresConnection& connection) { return connection.Run("SELECT 1"); });
  }

 private:
  using ConnectionPtr = std::unique_ptr<PostgresConnection>;

  static base::Status Transact(PostgresConnection& connection, const char* begin,
                               const std::function<base::Status(Connection&)>& body) {
    RETURN_IF_ERROR(connection.Run(begin));
    base::Status status = body(connection);
    if (!status.ok()) {
      (void)connection.Run("ROLLBACK");
      return status;
    }
    // COMMIT would answer OK to a transaction that a failed statement has ended.
    if (connection.transaction_failed()) {
      (void)connection.Run("ROLLBACK");
      return {base::StatusCode::kAborted, "PostgreSQL: a statement failed, so nothing was written; use ON CONFLICT"};
    }
    return connection.Run("COMMIT");
  }

  template <typename Use>
  base::Status With(Use use) {
    ASSIGN_OR_RETURN(ConnectionPtr connection, Take());
    base::Status status = use(*connection);
    base::MutexLock lock(mutex_);
    if (connection->alive()) {
      idle_.push_back(std::move(connection));
    } else {
      // The others met the same end, most likely.
      idle_.clear();
    }
    --taken_;
    free_.NotifyOne();
    return status;
  }

  base::Result<ConnectionPtr> Take() {
    {
      base::MutexLock lock(mutex_);
      while (taken_ >= connections_max_) free_.Wait(mutex_);
      ++taken_;
      if (!idle_.empty()) {
        ConnectionPtr connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
    }
    auto opened = PostgresConnection::Open(url_, observer_);
    if (opened.ok()) return opened;
    base::MutexLock lock(mutex_);
    --taken_;
    free_.NotifyOne();
    return opened;
  }

  const std::string url_;
  SqlObserver* const observer_;
  const unsigned connections_max_;
  base::Mutex mutex_;
  base::CondVar free_;
  unsigned taken_ GUARDED_BY(mutex_) = 0;
  std::vector<ConnectionPtr> idle_ GUARDED_BY(mutex_);
};

}  // namespace

base::Result<std::unique_ptr<Database>> OpenPostgres(const std::string& url, const DatabaseOptions& options) {
  auto database = std::make_unique<PostgresDatabase>(url, options);
  RETURN_IF_ERROR(database->Probe());
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace awry::sql
