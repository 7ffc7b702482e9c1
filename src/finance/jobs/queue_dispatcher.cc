// The dispatcher's side of the queue: rounds of ending and leasing.
#include <algorithm>

#include "base/log.h"
#include "finance/jobs/job_table.h"
#include "finance/jobs/queue_core.h"

namespace finance::jobs {
namespace {

constexpr std::chrono::seconds kDatabaseRetryPause{1};
constexpr int64_t kPollNs = 1'000'000'000;  // only where other processes may enqueue
constexpr size_t kErrorBytesMax = 1000;

}  // namespace

void Queue::Dispatch() {
  while (true) {
    Round round = NextRound();
    if (round.last) break;
    RunRound(round);
  }
  GiveBackLeases();
}

size_t Queue::RunnableJobs() const {
  size_t jobs = 0;
  for (const auto& [kind, lane] : lanes_) jobs += lane.brake.on() ? 0 : lane.leased.size();
  return jobs;
}

// Kinds of which nothing may be leased: their brake is on, and either its pause lasts, or a job to
// probe with is there. `resume_ns` is the end of the first pause that has no job to probe with.
std::vector<std::string> Queue::HeldKinds(int64_t& resume_ns) const {
  std::vector<std::string> held;
  resume_ns = kNever;
  const int64_t now = Now();
  for (const auto& [kind, lane] : lanes_) {
    if (!lane.brake.on()) continue;
    const bool waits = lane.brake.resume_at_ns() > now;
    if (waits && lane.leased.empty()) resume_ns = std::min(resume_ns, lane.brake.resume_at_ns());
    if (waits || !lane.leased.empty() || lane.brake.resume_at_ns() == 0) held.push_back(kind);
  }
  return held;
}

bool Queue::WantsLease() const {
  return !stopping_ && RunnableJobs() <= options_.batch_jobs / 2 && (table_may_have_work_ || Now() >= next_due_ns_);
}

Queue::Round Queue::NextRound() {
  base::MutexLock lock(mutex_);
  Round round;
  while (ended_.empty() && !WantsLease()) {
    if (stopping_ && running_ == 0) {
      round.last = true;
      return round;
    }
    const bool full = RunnableJobs() > options_.batch_jobs / 2;
    if (next_due_ns_ == kNever || full || stopping_) {
      dispatcher_wakes_.Wait(mutex_);
    } else {
      const int64_t wait_ns = std::max<int64_t>(next_due_ns_ - Now(), 1'000'000);
      dispatcher_wakes_.WaitFor(mutex_, std::chrono::nanoseconds(wait_ns));
    }
  }
  round.ended.swap(ended_);
  if (WantsLease()) {
    round.lease = options_.batch_jobs - RunnableJobs();
    table_may_have_work_ = false;
    round.without = HeldKinds(next_due_ns_);
  }
  return round;
}

void Queue::RunRound(Round& round) {
  std::vector<Job> jobs;
  int64_t next_due = kNever;
  const base::Status status = database_.Write([&](sql::Connection& connection) -> base::Status {
    for (const Ended& ended : round.ended) RETURN_IF_ERROR(EndJob(connection, ended));
    return round.lease > 0 ? LeaseMore(connection, round, jobs, next_due) : base::OkStatus();
  });
  if (!status.ok()) {
    base::LogWarning("queue {} could not commit a batch, trying its jobs one by one: {}", options_.name,
                     status.ToString());
    jobs.clear();
    EndOneByOne(round.ended);
    next_due = Now() + std::chrono::nanoseconds(kDatabaseRetryPause).count();
  }
  for (Ended& ended : round.ended) {
    if (ended.result.after) ended.result.after();
  }
  base::MutexLock lock(mutex_);
  if (jobs.size() == round.lease && round.lease > 0) table_may_have_work_ = true;
  next_due_ns_ = std::min(next_due_ns_, next_due);
  for (const Ended& ended : round.ended) {
    if (ended.verdict == Verdict::kAgain) next_due_ns_ = std::min(next_due_ns_, ended.run_at_ns);
  }
  for (Job& job : jobs) LaneOf(job.kind).leased.push_back(std::move(job));
  if (!jobs.empty()) workers_wake_.NotifyAll();
}

base::Status Queue::EndJob(sql::Connection& connection, const Ended& ended) const {
  if (ended.result.commit) RETURN_IF_ERROR(ended.result.commit(connection));
  const std::string error = ended.result.status.ToString().substr(0, kErrorBytesMax);
  if (ended.verdict == Verdict::kDone) return DeleteJob(connection, ended.job.id);
  if (ended.verdict == Verdict::kAgain) return RescheduleJob(connection, ended.job, ended.run_at_ns, error);
  const auto kind = kinds_.find(ended.job.kind);
  if (kind != kinds_.end() && kind->second.on_dead) {
    RETURN_IF_ERROR(kind->second.on_dead(connection, ended.job, ended.result.status));
  }
  return BuryJob(connection, ended.job, error);
}

base::Status Queue::LeaseMore(sql::Connection& connection, const Round& round, std::vector<Job>& jobs,
                              int64_t& next_due) {
  if (shared()) RETURN_IF_ERROR(ReleaseExpired(connection, Now()));
  ASSIGN_OR_RETURN(jobs, LeaseJobs(connection, database_.system(), Now(), LeaseUntil(), round.lease, round.without));
  if (jobs.size() < round.lease) {
    ASSIGN_OR_RETURN(next_due, NextDueNs(connection, round.without));
    if (shared()) next_due = std::min(next_due, Now() + kPollNs);
  }
  return {};
}

// One attempt whose commit fails must not hold up the others; it counts as a failed attempt.
void Queue::EndOneByOne(std::vector<Ended>& ended) {
  std::vector<Ended> kept;
  for (Ended& one : ended) {
    base::Status status = database_.Write([&](sql::Connection& c) { return EndJob(c, one); });
    if (!status.ok() && one.result.commit) {
      one.result.commit = nullptr;
      one.result.status = base::Internal("result of the job could not be stored: " + status.message());
      Decide(one);
      status = database_.Write([&](sql::Connection& c) { return EndJob(c, one); });
    }
    if (!status.ok()) {
      base::LogError("queue {} could not end job {}: {}", options_.name, one.job.id, status.ToString());
      one.result.after = nullptr;
      kept.push_back(one);
    }
  }
  if (kept.empty()) return;
  base::MutexLock lock(mutex_);
  // The database is away: the jobs stay leased in the table; a restart runs them again.
  if (stopping_) return;
  dispatcher_wakes_.WaitFor(mutex_, kDatabaseRetryPause);
  for (Ended& one : kept) ended_.push_back(std::move(one));
}

void Queue::GiveBackLeases() {
  std::deque<Job> unused;
  {
    base::MutexLock lock(mutex_);
    for (auto& [kind, lane] : lanes_) {
      unused.insert(unused.end(), lane.leased.begin(), lane.leased.end());
      lane.leased.clear();
    }
  }
  if (unused.empty()) return;
  const base::Status status = database_.Write([&](sql::Connection& connection) -> base::Status {
    for (const Job& job : unused) RETURN_IF_ERROR(UnleaseJob(connection, job.id));
    return {};
  });
  if (!status.ok()) base::LogWarning("queue {} keeps its leases for the next start: {}", options_.name, status.ToString());
}

}  // namespace finance::jobs
