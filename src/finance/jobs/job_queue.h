// A durable queue of background work in the business database: what was enqueued in a committed
// transaction is run at least once, across restarts and kills, with the trace context it came with.
#pragma once

#include <awry/sdk/span.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "sql/database.h"

namespace finance {
namespace base = awry::base;
namespace sql = awry::sql;
}  // namespace finance

namespace finance::jobs {

struct NewJob {
  std::string kind;     // a handler of that name must exist
  std::string key;      // what it is about, for people: a transaction's id
  std::string payload;  // for the handler
  std::string traceparent;  // "": the first attempt starts a trace of its own
};

struct Job {
  int64_t id = 0;
  std::string kind;
  std::string key;
  std::string payload;
  std::string traceparent;
  int attempt = 1;  // this one, from 1
};

// How an attempt ended. `commit` and the job's own end are one transaction, whether it succeeded or
// not, so partial progress can be kept too; it must be able to run twice. `after` is called once
// that is durable, on the queue's thread: it must not block.
struct JobResult {
  // OK: done. kUnavailable, kDeadlineExceeded, kResourceExhausted: again with back-off, for ever.
  // kInvalidArgument, kNotFound, kFailedPrecondition, kUnimplemented, kDataLoss: dead at once. Else:
  // again, at most attempts_max times.
  base::Status status;
  std::function<base::Status(sql::Connection&)> commit;
  std::function<void()> after;
};

// Called on a worker's thread, many at once, inside the attempt's span.
using JobHandler = std::function<JobResult(const Job&, awry::sdk::ScopedSpan& span)>;

struct JobKind {
  std::string span_name;  // of each attempt: "process_transaction"
  JobHandler run;
  // Called in the transaction that declares the job dead; may be empty.
  std::function<base::Status(sql::Connection&, const Job&, const base::Status&)> on_dead;
  // Links of the attempt's span, found in the payload; may be empty.
  std::function<awry::sdk::SpanContext(const Job&)> linked;
};

struct JobQueueOptions {
  std::string name = "jobs";  // messaging.destination.name
  unsigned workers = 8;
  size_t batch_jobs = 256;  // leased or ended in one transaction
  int attempts_max = 8;
  std::chrono::milliseconds backoff_first{200};
  std::chrono::milliseconds backoff_max{30'000};
  std::chrono::seconds lease{120};  // only other processes on one PostgreSQL wait for it
  const base::Clock* clock = &base::SystemClock();
};

struct JobCounts {
  int64_t ready = 0;   // waiting, also for their back-off
  int64_t leased = 0;  // in memory or running
  int64_t dead = 0;
  uint64_t done = 0;             // since start
  uint64_t failed_attempts = 0;  // since start
};

struct DeadJob {
  Job job;
  std::string error;
};

// Ready jobs wait, also for their back-off; leased ones are in memory or running; dead ones have
// failed for good and stay until somebody retries or drops them.
enum class JobState : int64_t { kReady = 0, kLeased = 1, kDead = 2 };

// A job as people see it: what it is about and how it goes, not its payload.
struct JobView {
  int64_t id = 0;
  std::string kind;
  std::string key;
  JobState state = JobState::kReady;
  int64_t attempts = 0;   // begun so far
  int64_t run_at_ns = 0;  // Unix time from which it may run
  std::string error;      // of the last attempt; "" when none has failed
  std::string traceparent;
};

// Thread-safe. Stops when destroyed: running attempts end, what is not begun stays in the table.
class JobQueue {
 public:
  // The statements that make the queue's table, one migration step each.
  static std::vector<std::string> MigrationSteps(std::string_view sql_system);

  // `database` must outlive the queue and hold the table. Starts the threads; jobs that a former
  // process had leased are ready again.
  static base::Result<std::unique_ptr<JobQueue>> Start(sql::Database& database,
                                                       std::map<std::string, JobKind> kinds,
                                                       const JobQueueOptions& options = {});
  virtual ~JobQueue() = default;

  // Inserts into the transaction of `connection`. Call Wake after its commit.
  virtual base::Status Enqueue(sql::Connection& connection, const NewJob& job) = 0;
  virtual void Wake() = 0;

  // For one job that should begin at once: inserts it as already leased. Call HandOver with the
  // result after the commit; when the commit failed, drop it.
  virtual base::Result<Job> EnqueueLeased(sql::Connection& connection, const NewJob& job) = 0;
  virtual void HandOver(Job job) = 0;

  virtual base::Result<JobCounts> Counts() = 0;
  // The newest first, at most `limit`.
  virtual base::Result<std::vector<DeadJob>> DeadLetters(int limit) = 0;
  // Gives a dead job a new life with its attempts counted from 1. kNotFound when it is not dead.
  virtual base::Status RetryDead(int64_t id) = 0;

  // Deletes a dead job. kNotFound when it is not dead.
  virtual base::Status DropDead(int64_t id) = 0;
  // The jobs in `state`, the newest first, at most `limit`.
  virtual base::Result<std::vector<JobView>> List(JobState state, int limit) = 0;

  // Lets running attempts end and makes their results durable. Idempotent.
  virtual void Stop() = 0;
};

// Back-off before attempt `failed_attempts` + 1: doubles from `first` to `max`, times 0.5 to 1 by
// `jitter` in [0, 1].
std::chrono::nanoseconds BackOff(int failed_attempts, std::chrono::nanoseconds first,
                                 std::chrono::nanoseconds max, double jitter);

}  // namespace finance::jobs
