// Group commit: writers take turns on one connection, in the order they came. Each runs its body on its own
// thread, between SAVEPOINT and RELEASE, in a transaction that it finds open or opens; while others wait
// it hands the turn on, and the last one, or the one that fills the batch, commits for all: one fsync for
// many bodies. Nobody returns OK before that commit. A body that fails undoes its savepoint only.
#include <sys/stat.h>

#include <deque>

#include "base/clock.h"
#include "base/file.h"
#include "base/mutex.h"
#include "sql/open.h"
#include "sql/sqlite_connection.h"

namespace awry::sql {
namespace {

constexpr uint64_t kCheckBytesMax = 64 << 20;  // a larger file is not read through when it is opened
constexpr int kBatchBodiesMax = 256;
constexpr int64_t kBatchNsMax = 5'000'000;  // how long the first of a batch may wait for others' bodies

// The database whose Write runs on this thread: a Write inside would wait for itself.
thread_local const void* current_write = nullptr;

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::unique_ptr<base::FileLock> lock, std::unique_ptr<SqliteConnection> writer,
                 std::vector<std::unique_ptr<SqliteConnection>> readers)
      : file_lock_(std::move(lock)), writer_(std::move(writer)), readers_(std::move(readers)) {}

  std::string_view system() const override { return "sqlite"; }

  base::Status Write(const std::function<base::Status(Connection&)>& body) override {
    CHECK(current_write != this);
    TakeTurn();
    // From here to PassTurn this thread alone uses writer_ and batch_.
    if (batch_ == nullptr) {
      if (base::Status began = writer_->Run("BEGIN IMMEDIATE"); !began.ok()) {
        PassTurn();
        return began;
      }
      batch_ = std::make_shared<Batch>();
      batch_->started_ns = base::SystemClock().MonotonicNs();
    }
    const std::shared_ptr<Batch> batch = batch_;
    const base::Status status = RunBody(body);
    if (status.ok()) ++batch->members;
    ++batch->bodies;
    if (!writer_->in_transaction()) {
      // SQLite gave the whole transaction up (a full disk, say).
      Finish(*batch, status.ok() ? base::Internal("SQLite ended the transaction; see the disk") : status);
    } else if (BatchIsFull(*batch)) {
      Finish(*batch, Commit(*batch));
    } else {
      PassTurn();
    }
    return status.ok() ? WaitFor(*batch) : status;
  }

  base::Status Read(const std::function<base::Status(Connection&)>& body) override {
    std::unique_ptr<SqliteConnection> reader = TakeReader();
    base::Status status = reader->Run("BEGIN");
    if (status.ok()) {
      status = body(*reader);
      if (reader->in_transaction()) (void)reader->Run("ROLLBACK");
    }
    base::MutexLock lock(mutex_);
    readers_.push_back(std::move(reader));
    reader_free_.NotifyOne();
    return status;
  }

 private:
  struct Batch {
    int64_t started_ns = 0;
    int bodies = 0;
    int members = 0;  // bodies that were fine
    bool done = false;  // guarded by mutex_, as is status
    base::Status status;
    base::CondVar committed;
  };
  struct Waiter {
    bool has_turn = false;
    base::CondVar turn;
  };

  void TakeTurn() {
    base::MutexLock lock(mutex_);
    if (!busy_) {
      busy_ = true;
      return;
    }
    Waiter waiter;
    waiters_.push_back(&waiter);
    while (!waiter.has_turn) waiter.turn.Wait(mutex_);
  }

  void PassTurn() {
    base::MutexLock lock(mutex_);
    PassTurnLocked();
  }

  void PassTurnLocked() REQUIRES(mutex_) {
    if (waiters_.empty()) {
      busy_ = false;
      return;
    }
    Waiter* next = waiters_.front();
    waiters_.pop_front();
    next->has_turn = true;
    next->turn.NotifyOne();
  }

  base::Status RunBody(const std::function<base::Status(Connection&)>& body) {
    RETURN_IF_ERROR(writer_->Run("SAVEPOINT body"));
    current_write = this;
    base::Status status = body(*writer_);
    current_write = nullptr;
    if (!writer_->in_transaction()) return status;
    if (!status.ok()) RETURN_IF_ERROR(writer_->Run("ROLLBACK TO body"));
    if (base::Status released = writer_->Run("RELEASE body"); !released.ok()) return released;
    return status;
  }

  bool BatchIsFull(const Batch& batch) {
    if (batch.bodies >= kBatchBodiesMax) return true;
    if (base::SystemClock().MonotonicNs() - batch.started_ns > kBatchNsMax) return true;
    base::MutexLock lock(mutex_);
    return waiters_.empty();
  }

  base::Status Commit(const Batch& batch) {
    if (batch.members == 0) return writer_->Run("ROLLBACK");
    base::Status status = writer_->Run("COMMIT");
    if (!status.ok() && writer_->in_transaction()) (void)writer_->Run("ROLLBACK");
    return status;
  }

  void Finish(Batch& batch, base::Status status) {
    batch_ = nullptr;
    base::MutexLock lock(mutex_);
    batch.status = std::move(status);
    batch.done = true;
    batch.committed.NotifyAll();
    PassTurnLocked();
  }

  base::Status WaitFor(Batch& batch) {
    base::MutexLock lock(mutex_);
    while (!batch.done) batch.committed.Wait(mutex_);
    return batch.status;
  }

  std::unique_ptr<SqliteConnection> TakeReader() {
    base::MutexLock lock(mutex_);
    while (readers_.empty()) reader_free_.Wait(mutex_);
    std::unique_ptr<SqliteConnection> reader = std::move(readers_.back());
    readers_.pop_back();
    return reader;
  }

  const std::unique_ptr<base::FileLock> file_lock_;
  const std::unique_ptr<SqliteConnection> writer_;  // used by the thread whose turn it is
  std::shared_ptr<Batch> batch_;                    // likewise; null when no transaction is open

  base::Mutex mutex_;
  base::CondVar reader_free_;
  bool busy_ GUARDED_BY(mutex_) = false;
  std::deque<Waiter*> waiters_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<SqliteConnection>> readers_ GUARDED_BY(mutex_);
};

base::Status CheckFile(const std::string& path, SqliteConnection& connection) {
  struct stat info {};
  const bool small = stat(path.c_str(), &info) == 0 && static_cast<uint64_t>(info.st_size) < kCheckBytesMax;
  // Reading the schema finds a file that is none of SQLite's; the check reads every page.
  ASSIGN_OR_RETURN(const Rows rows, connection.Query(small ? "PRAGMA quick_check(1)" : "SELECT count(*) FROM sqlite_master", {}));
  if (small && (rows.empty() || rows[0].Text(0) != "ok")) {
    return base::DataLoss("database file is damaged; restore a backup: " + path);
  }
  return base::OkStatus();
}

}  // namespace

base::Result<std::unique_ptr<Database>> OpenSqlite(const std::string& path, const DatabaseOptions& options) {
  if (path.empty() || path.starts_with(':')) return base::InvalidArgument("sqlite: needs the path of a file");
  auto lock = base::RealFileSystem().Lock(path + ".lock");
  if (!lock.ok()) {
    if (lock.status().code() != base::StatusCode::kFailedPrecondition) return lock.status();
    return base::FailedPrecondition("database is in use by another process: " + path);
  }
  {
    ASSIGN_OR_RETURN(const auto checker, SqliteConnection::Open(path, false, nullptr));
    RETURN_IF_ERROR(CheckFile(path, *checker));
  }
  ASSIGN_OR_RETURN(auto writer, SqliteConnection::Open(path, false, options.observer));
  std::vector<std::unique_ptr<SqliteConnection>> readers;
  for (unsigned i = 0; i < std::max(options.readers, 1u); ++i) {
    ASSIGN_OR_RETURN(auto reader, SqliteConnection::Open(path, true, options.observer));
    readers.push_back(std::move(reader));
  }
  return std::unique_ptr<Database>(
      std::make_unique<SqliteDatabase>(std::move(lock).value(), std::move(writer), std::move(readers)));
}

}  // namespace awry::sql
