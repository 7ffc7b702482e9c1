// One dispatcher thread talks to the table: in one transaction it ends the jobs whose attempts have
// ended and leases the next ones. Workers only see memory. While a transaction commits, further
// attempts end, so batches grow with the load by themselves.
#include "finance/jobs/job_queue.h"

#include <awry/sdk/tracer.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <limits>
#include <thread>

#include "base/log.h"
#include "base/mutex.h"
#include "base/random.h"
#include "finance/jobs/brake.h"
#include "finance/jobs/job_table.h"
#include "finance/jobs/trace_text.h"

namespace finance::jobs {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
constexpr std::chrono::seconds kDatabaseRetryPause{1};
constexpr int64_t kPollNs = 1'000'000'000;  // only where other processes may enqueue
constexpr size_t kErrorBytesMax = 1000;

enum class Verdict { kDone, kAgain, kDead };

// An attempt that ended, with what its end means decided once.
struct Ended {
  Job job;
  JobResult result;
  Verdict verdict = Verdict::kDone;
  int64_t run_at_ns = 0;
};

bool IsAway(base::StatusCode code) {
  return code == base::StatusCode::kUnavailable || code == base::StatusCode::kDeadlineExceeded ||
         code == base::StatusCode::kResourceExhausted;
}

bool IsHopeless(base::StatusCode code) {
  return code == base::StatusCode::kInvalidArgument || code == base::StatusCode::kNotFound ||
         code == base::StatusCode::kFailedPrecondition ||
         code == base::StatusCode::kUnimplemented || code == base::StatusCode::kDataLoss;
}

class Queue final : public JobQueue {
 public:
  Queue(sql::Database& database, std::map<std::string, JobKind> kinds, const JobQueueOptions& options)
      : database_(database), kinds_(std::move(kinds)), options_(options), random_(base::EntropySeed()) {
    for (const auto& [kind, unused] : kinds_) lanes_.try_emplace(kind, options_.workers);
    id_salt_ = static_cast<int64_t>(random_.Below(1 << kSaltBits));
  }
  ~Queue() override { Stop(); }

  base::Status Begin() {
    const int64_t before = shared() ? Now() : kNever;
    RETURN_IF_ERROR(database_.Write([&](sql::Connection& c) { return ReleaseExpired(c, before); }));
    dispatcher_ = std::jthread([this] { Dispatch(); });
    for (unsigned i = 0; i < options_.workers; ++i) workers_.emplace_back([this] { Work(); });
    return {};
  }

  base::Status Enqueue(sql::Connection& connection, const NewJob& job) override {
    return InsertJob(connection, Make(job), JobState::kReady, Now(), 0);
  }

  void Wake() override {
    base::MutexLock lock(mutex_);
    table_may_have_work_ = true;
    dispatcher_wakes_.NotifyOne();
  }

  base::Result<Job> EnqueueLeased(sql::Connection& connection, const NewJob& job) override {
    Job made = Make(job);
    RETURN_IF_ERROR(InsertJob(connection, made, JobState::kLeased, Now(), LeaseUntil()));
    return made;
  }

  void HandOver(Job job) override {
    base::MutexLock lock(mutex_);
    LaneOf(job.kind).leased.push_back(std::move(job));
    workers_wake_.NotifyOne();
  }

  base::Result<JobCounts> Counts() override;
  base::Result<std::vector<DeadJob>> DeadLetters(int limit) override;
  base::Status RetryDead(int64_t id) override;
  void Stop() override;

 private:
  static constexpr int kSaltBits = 10;

  bool shared() const { return database_.system() != "sqlite"; }
  int64_t Now() const { return options_.clock->NowUnixNs(); }
  int64_t LeaseUntil() const { return Now() + std::chrono::nanoseconds(options_.lease).count(); }
  Job Make(const NewJob& job);

  // The jobs of one kind that are in memory, and the brake that holds them.
  struct Lane {
    explicit Lane(unsigned trip) : brake(trip) {}
    Brake brake;
    std::deque<Job> leased;
  };
  Lane& LaneOf(const std::string& kind) REQUIRES(mutex_) {
    return lanes_.try_emplace(kind, options_.workers).first->second;
  }

  void Work();
  bool Take(Job& job);
  Lane* NextLane(int64_t now_ns, int64_t& resume_ns) REQUIRES(mutex_);
  Ended Attempt(Job job);
  JobResult RunHandler(const JobKind& kind, Job& job);
  void Decide(Ended& ended);
  double Jitter();

  void Dispatch();
  struct Round {
    std::vector<Ended> ended;
    size_t lease = 0;  // jobs wanted
    std::vector<std::string> without;  // kinds that their brake holds
    bool last = false;
  };
  Round NextRound();
  bool WantsLease() const REQUIRES(mutex_);
  size_t RunnableJobs() const REQUIRES(mutex_);
  std::vector<std::string> HeldKinds(int64_t& resume_ns) const REQUIRES(mutex_);
  void RunRound(Round& round);
  base::Status EndJob(sql::Connection& connection, const Ended& ended) const;
  base::Status LeaseMore(sql::Connection& connection, const Round& round, std::vector<Job>& jobs, int64_t& next_due);
  void EndOneByOne(std::vector<Ended>& ended);
  void GiveBackLeases();

  sql::Database& database_;
  const std::map<std::string, JobKind> kinds_;
  const JobQueueOptions options_;
  const awry::sdk::Tracer tracer_ = awry::sdk::get_tracer("finance.jobs");
  int64_t id_salt_ = 0;
  std::atomic<int64_t> last_id_{0};
  std::atomic<uint64_t> done_{0};
  std::atomic<uint64_t> failed_attempts_{0};

  mutable base::Mutex mutex_;
  base::CondVar workers_wake_;
  base::CondVar dispatcher_wakes_;
  std::map<std::string, Lane> lanes_ GUARDED_BY(mutex_);
  std::vector<Ended> ended_ GUARDED_BY(mutex_);
  unsigned running_ GUARDED_BY(mutex_) = 0;
  bool table_may_have_work_ GUARDED_BY(mutex_) = true;
  int64_t next_due_ns_ GUARDED_BY(mutex_) = kNever;
  bool stopping_ GUARDED_BY(mutex_) = false;
  base::Random random_ GUARDED_BY(mutex_);

  std::jthread dispatcher_;
  std::vector<std::jthread> workers_;
};

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

// --- workers ---

void Queue::Work() {
  Job job;
  while (Take(job)) {
    const std::string kind = job.kind;
    Ended ended = Attempt(std::move(job));
    const bool away = IsAway(ended.result.status.code());
    base::MutexLock lock(mutex_);
    ended_.push_back(std::move(ended));
    --running_;
    Brake& brake = LaneOf(kind).brake;
    const bool was_on = brake.on();
    brake.End(away, Now());
    if (was_on || brake.on()) {
      table_may_have_work_ = true;
      workers_wake_.NotifyAll();
    }
    dispatcher_wakes_.NotifyOne();
  }
}

// The lane whose oldest job may run; null when there is none, then `resume_ns` is when a brake lets
// the next one through (kNever: when something else happens).
Queue::Lane* Queue::NextLane(int64_t now_ns, int64_t& resume_ns) {
  Lane* next = nullptr;
  resume_ns = kNever;
  for (auto& [kind, lane] : lanes_) {
    if (lane.leased.empty()) continue;
    if (lane.brake.MayRun(now_ns)) {
      if (next == nullptr || lane.leased.front().id < next->leased.front().id) next = &lane;
    } else if (lane.brake.resume_at_ns() > now_ns) {
      resume_ns = std::min(resume_ns, lane.brake.resume_at_ns());
    }
  }
  return next;
}

// False when the queue stops.
bool Queue::Take(Job& job) {
  base::MutexLock lock(mutex_);
  while (!stopping_) {
    const int64_t now = Now();
    int64_t resume = kNever;
    if (Lane* lane = NextLane(now, resume)) {
      job = std::move(lane->leased.front());
      lane->leased.pop_front();
      lane->brake.Begin();
      ++running_;
      if (WantsLease()) dispatcher_wakes_.NotifyOne();
      return true;
    }
    if (resume == kNever) {
      workers_wake_.Wait(mutex_);
    } else {
      workers_wake_.WaitFor(mutex_, std::chrono::nanoseconds(resume - now));
    }
  }
  return false;
}

Ended Queue::Attempt(Job job) {
  Ended ended;
  const auto kind = kinds_.find(job.kind);
  if (kind == kinds_.end()) {
    ended.result.status = base::Unimplemented("no handler for jobs of this kind: " + job.kind);
  } else {
    ended.result = RunHandler(kind->second, job);
  }
  ended.job = std::move(job);
  Decide(ended);
  return ended;
}

JobResult Queue::RunHandler(const JobKind& kind, Job& job) {
  const awry::sdk::Context parent(FromTraceparent(job.traceparent));
  awry::sdk::ScopedSpan span = tracer_.start_as_current_span(
      kind.span_name, {.kind = awry::sdk::SpanKind::kConsumer,
                       .parent = &parent,
                       .attributes = {{"messaging.system", "awry_jobs"},
                                      {"messaging.destination.name", options_.name},
                                      {"messaging.operation.type", "process"},
                                      {"messaging.operation.name", job.kind},
                                      {"messaging.message.id", std::to_string(job.id)},
                                      {"attempt", job.attempt}}});
  if (job.traceparent.empty() && kind.linked) span.add_link(kind.linked(job));
  JobResult result;
  try {
    result = kind.run(job, span);
  } catch (const std::exception& e) {
    result.status = base::Internal(std::string("job handler threw: ") + e.what());
  }
  if (!result.status.ok()) {
    span.record_exception(base::StatusCodeName(result.status.code()), result.status.message());
    span.set_status(awry::sdk::StatusCode::kError, result.status.message());
  }
  // Further attempts belong to the same trace.
  if (job.traceparent.empty()) job.traceparent = ToTraceparent(span.context());
  return result;
}

void Queue::Decide(Ended& ended) {
  const base::StatusCode code = ended.result.status.code();
  if (ended.result.status.ok()) {
    ended.verdict = Verdict::kDone;
    ++done_;
    return;
  }
  ++failed_attempts_;
  const bool spent = !IsAway(code) && ended.job.attempt >= options_.attempts_max;
  ended.verdict = IsHopeless(code) || spent ? Verdict::kDead : Verdict::kAgain;
  ended.run_at_ns =
      Now() + BackOff(ended.job.attempt, options_.backoff_first, options_.backoff_max, Jitter()).count();
}

// --- dispatcher ---

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

// --- the rest ---

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

}  // namespace

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
