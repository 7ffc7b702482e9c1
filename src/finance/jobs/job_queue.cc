#include "finance/jobs/job_queue.h"

#include <algorithm>

#include "finance/jobs/job_table.h"
#include "finance/jobs/queue_core.h"

namespace finance::jobs {

// Microseconds since the epoch, then bits that differ from process to process.
Job Queue::Make(const NewJob& job) {
  const int64_t candidate = ((Now() / 1000) << kSaltBits) | id_salt_;
  int64_t last = last_id_.load();
  int64_t id = 0;
  do {
    id = std::max(candidate, last + (int64_t{1} << kSaltBits));
  } while (!last_id_.compare_exchange_weak(last, id));
  return {id, job.kind, job.key, job.payload, job.traceparent, 1};
}

double Queue::Jitter() {
  base::MutexLock lock(mutex_);
  return random_.Uniform();
}

base::Result<JobCounts> Queue::Counts() {
  JobCounts counts{.done = done_.load(), .failed_attempts = failed_attempts_.load()};
  RETURN_IF_ERROR(database_.Read([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection.Query("SELECT state, COUNT(*) FROM jobs GROUP BY state"));
    for (const sql::Row& row : rows) {
      if (row.Int(0) == static_cast<int64_t>(JobState::kReady)) counts.ready = row.Int(1);
      if (row.Int(0) == static_cast<int64_t>(JobState::kLeased)) counts.leased = row.Int(1);
      if (row.Int(0) == static_cast<int64_t>(JobState::kDead)) counts.dead = row.Int(1);
    }
    return {};
  }));
  return counts;
}

base::Result<std::vector<DeadJob>> Queue::DeadLetters(int limit) {
  std::vector<DeadJob> dead;
  RETURN_IF_ERROR(database_.Read([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection.Query("SELECT id, kind, job_key, payload, traceparent, attempts, last_error"
                                      " FROM jobs WHERE state = 2 ORDER BY id DESC LIMIT $1",
                                      {int64_t{limit}}));
    for (const sql::Row& row : rows) {
      dead.push_back({{row.Int(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4),
                       static_cast<int>(row.Int(5))},
                      row.Text(6)});
    }
    return {};
  }));
  return dead;
}

base::Status Queue::RetryDead(int64_t id) {
  RETURN_IF_ERROR(database_.Write([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const int64_t changed,
                     connection.Execute("UPDATE jobs SET state = 0, attempts = 0, run_at_ns = $2"
                                        " WHERE id = $1 AND state = 2",
                                        {id, Now()}));
    if (changed == 0) return base::NotFound("no dead job has this id: " + std::to_string(id));
    return {};
  }));
  Wake();
  return {};
}

base::Status Queue::DropDead(int64_t id) {
  return database_.Write([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const int64_t changed,
                     connection.Execute("DELETE FROM jobs WHERE id = $1 AND state = 2", {id}));
    if (changed == 0) return base::NotFound("no dead job has this id: " + std::to_string(id));
    return {};
  });
}

base::Result<std::vector<JobView>> Queue::List(JobState state, int limit) {
  std::vector<JobView> jobs;
  RETURN_IF_ERROR(database_.Read([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection.Query("SELECT id, kind, job_key, attempts, run_at_ns, last_error, traceparent"
                                      " FROM jobs WHERE state = $1 ORDER BY id DESC LIMIT $2",
                                      {static_cast<int64_t>(state), int64_t{limit}}));
    for (const sql::Row& row : rows) {
      jobs.push_back({row.Int(0), row.Text(1), row.Text(2), state, row.Int(3), row.Int(4), row.Text(5),
                      row.Text(6)});
    }
    return {};
  }));
  return jobs;
}

void Queue::Stop() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    workers_wake_.NotifyAll();
    dispatcher_wakes_.NotifyAll();
  }
  for (std::jthread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
  {
    base::MutexLock lock(mutex_);
    dispatcher_wakes_.NotifyAll();
  }
  if (dispatcher_.joinable()) dispatcher_.join();
}

std::chrono::nanoseconds BackOff(int failed_attempts, std::chrono::nanoseconds first,
                                 std::chrono::nanoseconds max, double jitter) {
  const int doublings = std::clamp(failed_attempts - 1, 0, 30);
  const double full = std::min(static_cast<double>(first.count()) * static_cast<double>(int64_t{1} << doublings),
                               static_cast<double>(max.count()));
  return std::chrono::nanoseconds(static_cast<int64_t>(full * (0.5 + 0.5 * jitter)));
}

std::vector<std::string> JobQueue::MigrationSteps(std::string_view sql_system) {
  return JobTableSteps(sql_system);
}

base::Result<std::unique_ptr<JobQueue>> JobQueue::Start(sql::Database& database,
                                                        std::map<std::string, JobKind> kinds,
                                                        const JobQueueOptions& options) {
  auto queue = std::make_unique<Queue>(database, std::move(kinds), options);
  RETURN_IF_ERROR(queue->Begin());
  return std::unique_ptr<JobQueue>(std::move(queue));
}

}  // namespace finance::jobs
