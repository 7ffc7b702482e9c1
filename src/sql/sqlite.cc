// SQLite behind Database. Writers share fsyncs: each runs its body on its own thread, in turn, inside
// one open transaction and a savepoint of its own; whoever finds nobody waiting behind it commits for
// all. So a lone writer pays one fsync, and fifty at once pay one together.
#include <deque>
#include <filesystem>
#include <utility>

#include "base/file.h"
#include "base/mutex.h"
#include "sql/engine.h"
#include "sql/sqlite_connection.h"

namespace awry::sql {
namespace {

constexpr uint64_t kGroupMax = 64;          // bodies in one transaction
constexpr uint64_t kQuickCheckBytesMax = 64 << 20;  // larger files are checked as they are read

// The bodies of one transaction.
struct Group {
  bool done = false;
  uint64_t bodies = 0;
  base::Status status;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::unique_ptr<base::FileLock> lock, std::unique_ptr<SqliteConnection> writer,
                 std::vector<std::unique_ptr<SqliteConnection>> readers)
      : lock_(std::move(lock)), writer_(std::move(writer)), readers_(std::move(readers)) {}

  std::string_view system() const override { return "sqlite"; }
  base::Status Write(const std::function<base::Status(Connection&)>& body) override;
  base::Status Read(const std::function<base::Status(Connection&)>& body) override;

 private:
  base::Status RunInGroup(Group& group, const std::function<base::Status(Connection&)>& body);
  base::Status Commit(const Group& group);

  const std::unique_ptr<base::FileLock> lock_;  // held while the database is open

  // Used by the thread whose turn it is.
  const std::unique_ptr<SqliteConnection> writer_;
  std::shared_ptr<Group> group_;

  base::Mutex mutex_;
  base::CondVar turn_changed_;
  uint64_t next_ticket_ GUARDED_BY(mutex_) = 0;
  uint64_t turn_ GUARDED_BY(mutex_) = 0;

  base::Mutex readers_mutex_;
  base::CondVar reader_free_;
  std::vector<std::unique_ptr<SqliteConnection>> readers_ GUARDED_BY(readers_mutex_);
};

base::Status SqliteDatabase::RunInGroup(Group& group,
                                        const std::function<base::Status(Connection&)>& body) {
  if (group.bodies == 0) RETURN_IF_ERROR(writer_->RunScript("BEGIN IMMEDIATE"));
  ++group.bodies;
  if (!writer_->in_transaction()) return base::Unavailable("an earlier statement lost the transaction");
  RETURN_IF_ERROR(writer_->RunScript("SAVEPOINT body"));
  base::Status status = body(*writer_);
  if (!status.ok() && writer_->in_transaction()) {
    RETURN_IF_ERROR(writer_->RunScript("ROLLBACK TO body"));
  }
  if (writer_->in_transaction()) RETURN_IF_ERROR(writer_->RunScript("RELEASE body"));
  return status;
}

base::Status SqliteDatabase::Commit(const Group& group) {
  if (group.bodies == 0) return base::OkStatus();
  if (!writer_->in_transaction()) {
    return base::ResourceExhausted("the transaction was rolled back: is the disk full?");
  }
  base::Status status = writer_->RunScript("COMMIT");
  if (!status.ok() && writer_->in_transaction()) {
    // A failed rollback leaves nothing to do: the next BEGIN reports it.
    (void)writer_->RunScript("ROLLBACK");
  }
  return status;
}

base::Status SqliteDatabase::Write(const std::function<base::Status(Connection&)>& body) {
  uint64_t ticket = 0;
  {
    base::MutexLock lock(mutex_);
    ticket = next_ticket_++;
    while (turn_ != ticket) turn_changed_.Wait(mutex_);
  }
  if (group_ == nullptr) group_ = std::make_shared<Group>();
  const std::shared_ptr<Group> group = group_;
  base::Status own = RunInGroup(*group, body);

  bool commit = false;
  {
    base::MutexLock lock(mutex_);
    commit = next_ticket_ == ticket + 1 || group->bodies >= kGroupMax;
    if (!commit) {
      ++turn_;
      turn_changed_.NotifyAll();
      while (own.ok() && !group->done) turn_changed_.Wait(mutex_);
      return own.ok() ? group->status : own;
    }
  }
  base::Status committed = Commit(*group);
  group_ = nullptr;
  base::MutexLock lock(mutex_);
  group->done = true;
  group->status = committed;
  ++turn_;
  turn_changed_.NotifyAll();
  return own.ok() ? committed : own;
}

base::Status SqliteDatabase::Read(const std::function<base::Status(Connection&)>& body) {
  std::unique_ptr<SqliteConnection> reader;
  {
    base::MutexLock lock(readers_mutex_);
    while (readers_.empty()) reader_free_.Wait(readers_mutex_);
    reader = std::move(readers_.back());
    readers_.pop_back();
  }
  base::Status status = reader->RunScript("BEGIN");
  if (status.ok()) {
    status = body(*reader);
    const base::Status ended = reader->RunScript("COMMIT");
    if (status.ok()) status = ended;
  }
  base::MutexLock lock(readers_mutex_);
  readers_.push_back(std::move(reader));
  reader_free_.NotifyOne();
  return status;
}

base::Status CheckFile(SqliteConnection& connection, const std::string& path) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size > kQuickCheckBytesMax) return base::OkStatus();
  ASSIGN_OR_RETURN(const Rows rows, connection.Query("PRAGMA quick_check(1)"));
  if (rows.size() == 1 && rows[0].Text(0) == "ok") return base::OkStatus();
  return base::DataLoss("corrupt database, restore it from a backup: " + path + ": " +
                        (rows.empty() ? "" : rows[0].Text(0)));
}

}  // namespace

base::Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path,
                                                   const DatabaseOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<base::FileLock> lock, base::RealFileSystem().Lock(path + ".lock"));
  ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> writer,
                   SqliteConnection::Open(path, true, options.observer));
  RETURN_IF_ERROR(CheckFile(*writer, path));
  std::vector<std::unique_ptr<SqliteConnection>> readers;
  for (unsigned i = 0; i < std::max(1u, options.readers); ++i) {
    ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> reader,
                     SqliteConnection::Open(path, false, options.observer));
    readers.push_back(std::move(reader));
  }
  return std::unique_ptr<Database>(std::make_unique<SqliteDatabase>(std::move(lock), std::move(writer),
                                                                    std::move(readers)));
}

}  // namespace awry::sql
