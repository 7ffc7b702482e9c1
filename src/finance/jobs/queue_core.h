// The queue's inside: what its threads share. Private to the room.
//
// One dispatcher thread talks to the table: in one transaction it ends the jobs whose attempts have
// ended and leases the next ones. Workers only see memory. While a transaction commits, further
// attempts end, so batches grow with the load by themselves.
#pragma once

#include <awry/sdk/tracer.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/random.h"
#include "finance/jobs/brake.h"
#include "finance/jobs/job_queue.h"
#include "finance/jobs/job_table.h"

namespace finance::jobs {

inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

enum class Verdict { kDone, kAgain, kDead };

// An attempt that ended, with what its end means decided once.
struct Ended {
  Job job;
  JobResult result;
  Verdict verdict = Verdict::kDone;
  int64_t run_at_ns = 0;
};

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
  base::Status DropDead(int64_t id) override;
  base::Result<std::vector<JobView>> List(JobState state, int limit) override;
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

}  // namespace finance::jobs
