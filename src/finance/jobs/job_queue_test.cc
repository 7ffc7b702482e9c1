#include "finance/jobs/job_queue.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <set>

#include "base/mutex.h"
#include "finance/jobs/brake.h"
#include "finance/jobs/trace_text.h"
#include "sql/test_servers.h"

namespace finance::jobs {
namespace {

using std::chrono::milliseconds;

class TempDir {
 public:
  TempDir() {
    char name[] = "/tmp/jobs-test-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string url() const { return awry::sql::TestDatabaseUrl(path_ + "/jobs.db"); }

 private:
  std::string path_;
};

std::unique_ptr<sql::Database> OpenWithTable(const std::string& url) {
  auto database = sql::Database::Open(url);
  EXPECT_TRUE(database.ok()) << database.status().ToString();
  std::vector<std::string> steps = JobQueue::MigrationSteps((*database)->system());
  steps.emplace_back("CREATE TABLE results (job_key TEXT NOT NULL)");
  const std::vector<std::string_view> views(steps.begin(), steps.end());
  EXPECT_TRUE((*database)->Migrate(views).ok());
  return std::move(*database);
}

// Waits for a number of events; a minute without them fails the test.
class Counter {
 public:
  void Add() {
    base::MutexLock lock(mutex_);
    ++count_;
    changed_.NotifyAll();
  }
  void WaitFor(int wanted) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    base::MutexLock lock(mutex_);
    while (count_ < wanted) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "only " << count_ << " of " << wanted;
      changed_.WaitFor(mutex_, milliseconds(500));
    }
  }
  int count() {
    base::MutexLock lock(mutex_);
    return count_;
  }

 private:
  base::Mutex mutex_;
  base::CondVar changed_;
  int count_ GUARDED_BY(mutex_) = 0;
};

JobResult StoringResult(const Job& job, Counter& counter) {
  JobResult result;
  result.commit = [key = job.key](sql::Connection& connection) {
    return connection.Execute("INSERT INTO results (job_key) VALUES ($1)", {key}).status();
  };
  result.after = [&counter] { counter.Add(); };
  return result;
}

std::unique_ptr<JobQueue> StartQueue(sql::Database& database, std::map<std::string, JobKind> kinds, JobQueueOptions options = {}) {
  options.backoff_first = milliseconds(5);
  options.backoff_max = milliseconds(20);
  auto queue = JobQueue::Start(database, std::move(kinds), options);
  EXPECT_TRUE(queue.ok()) << queue.status().ToString();
  return std::move(*queue);
}

base::Status EnqueueKeys(sql::Database& database, JobQueue& queue, const std::string& kind, int count) {
  return database.Write([&](sql::Connection& connection) -> base::Status {
    for (int i = 0; i < count; ++i) RETURN_IF_ERROR(queue.Enqueue(connection, {kind, kind + std::to_string(i), "", ""}));
    return {};
  });
}

int64_t CountRows(sql::Database& database, std::string_view statement) {
  std::string text(statement);
  const auto rows = database.Query(text);
  EXPECT_TRUE(rows.ok()) << rows.status().ToString();
  return (*rows)[0].Int(0);
}

TEST(JobQueue, RunsWhatWasCommittedAndNothingThatWasRolledBack) {
  const TempDir dir;
  const auto database = OpenWithTable(dir.url());
  Counter done;
  const auto queue = StartQueue(*database, {{"work", {"work", [&](const Job& j, auto&) { return StoringResult(j, done); }, {}, {}}}});
  ASSERT_FALSE(database->Write([&](sql::Connection& c) -> base::Status {
    RETURN_IF_ERROR(queue->Enqueue(c, {"work", "rolled back", "", ""}));
    return base::Internal("no");
  }).ok());
  ASSERT_TRUE(EnqueueKeys(*database, *queue, "work", 1000).ok());
  queue->Wake();
  done.WaitFor(1000);
  queue->Stop();
  EXPECT_EQ(CountRows(*database, "SELECT COUNT(DISTINCT job_key) FROM results"), 1000);
  EXPECT_EQ(CountRows(*database, "SELECT COUNT(*) FROM results"), 1000);
  EXPECT_EQ(CountRows(*database, "SELECT COUNT(*) FROM jobs"), 0);
}

TEST(JobQueue, RunsAHandedOverJobAtOnce) {
  const TempDir dir;
  const auto database = OpenWithTable(dir.url());
  Counter done;
  const auto queue = StartQueue(*database, {{"work", {"work", [&](const Job& j, auto&) { return StoringResult(j, done); }, {}, {}}}});
  std::optional<Job> job;
  ASSERT_TRUE(database->Write([&](sql::Connection& c) -> base::Status {
    ASSIGN_OR_RETURN(job, queue->EnqueueLeased(c, {"work", "now", "", ""}));
    return {};
  }).ok());
  queue->HandOver(std::move(*job));
  done.WaitFor(1);
  queue->Stop();
  EXPECT_EQ(CountRows(*database, "SELECT COUNT(*) FROM jobs"), 0);
}

TEST(JobQueue, TriesAgainAndKeepsWhatAFailedAttemptFoundOut) {
  const TempDir dir;
  const auto database = OpenWithTable(dir.url());
  Counter done;
  Counter attempts;
  const JobHandler flaky = [&](const Job& job, auto&) {
    JobResult result = StoringResult(job, done);
    EXPECT_EQ(job.attempt, attempts.count() + 1);
    attempts.Add();
    if (job.attempt < 4) {
      result.status = base::Internal("not yet");
      result.after = nullptr;
    }
    return result;
  };
  const auto queue = StartQueue(*database, {{"work", {"work", flaky, {}, {}}}});
  ASSERT_TRUE(EnqueueKeys(*database, *queue, "work", 1).ok());
  queue->Wake();
  done.WaitFor(1);
  queue->Stop();
  EXPECT_EQ(attempts.count(), 4);
  EXPECT_EQ(CountRows(*database, "SELECT COUNT(*) FROM results"), 4);
}

TEST(JobQueue, BuriesHopelessAndSpentJobsAndLetsThemBeRetried) {
  const TempDir dir;
  const auto database = OpenWithTable(dir.url());
  Counter buried;
  Counter done;
  std::atomic<bool> healed{false};
  const auto failing = [&](base::Status status) {
    return [&, status](const Job& job, auto&) {
      if (healed) return StoringResult(job, done);
      return JobResult{.status = status};
    };
  };
  const auto on_dead = [&](sql::Connection&, const Job&, const base::Status&) -> base::Status {
    buried.Add();
    return {};
  };
  const auto queue = StartQueue(*database, {{"bad", {"bad", failing(base::InvalidArgument("never")), on_dead, {}}},
                                            {"sick", {"sick", failing(base::Internal("fails")), on_dead, {}}}},
                                {.attempts_max = 3});
  ASSERT_TRUE(EnqueueKeys(*database, *queue, "bad", 1).ok());
  ASSERT_TRUE(EnqueueKeys(*database, *queue, "sick", 1).ok());
  queue->Wake();
  buried.WaitFor(2);
  std::vector<DeadJob> dead;
  while (dead.size() < 2) dead = queue->DeadLetters(10).value();
  EXPECT_EQ(dead[0].job.attempt + dead[1].job.attempt, 1 + 3);
  EXPECT_NE(dead[0].error, "");
  healed = true;
  for (const DeadJob& job : dead) EXPECT_TRUE(queue->RetryDead(job.job.id).ok());
  EXPECT_FALSE(queue->RetryDead(12345).ok());
  done.WaitFor(2);
}

TEST(JobQueue, ServiceThatIsAwayHoldsUpItsOwnKindOnly) {
  const TempDir dir;
  const auto database = OpenWithTable(dir.url());
  Counter done;
  Counter refused;
  std::atomic<bool> back{false};
  const JobHandler away = [&](const Job& job, auto&) {
    if (back) return StoringResult(job, done);
    refused.Add();
    return JobResult{.status = base::Unavailable("away")};
  };
  const auto queue = StartQueue(*database, {{"away", {"away", away, {}, {}}},
                                            {"work", {"work", [&](const Job& j, auto&) { return StoringResult(j, done); }, {}, {}}}},
                                {.workers = 4, .batch_jobs = 16});
  ASSERT_TRUE(EnqueueKeys(*database, *queue, "away", 300).ok());
  ASSERT_TRUE(EnqueueKeys(*database, *queue, "work", 300).ok());
  queue->Wake();
  done.WaitFor(300);
  EXPECT_LT(refused.count(), 300) << "the brake should have held most of them back";
  back = true;
  done.WaitFor(600);
  queue->Stop();
  EXPECT_EQ(CountRows(*database, "SELECT COUNT(DISTINCT job_key) FROM results"), 600);
}

TEST(JobQueue, OneCommitThatFailsDoesNotHarmTheOthers) {
  const TempDir dir;
  const auto database = OpenWithTable(dir.url());
  Counter done;
  const JobHandler mixed = [&](const Job& job, auto&) {
    JobResult result = StoringResult(job, done);
    if (job.key == "work7") {
      result.commit = [](sql::Connection& c) { return c.Execute("INSERT INTO no_such_table VALUES (1)").status(); };
      result.after = nullptr;
    }
    return result;
  };
  const auto queue = StartQueue(*database, {{"work", {"work", mixed, {}, {}}}}, {.attempts_max = 2});
  ASSERT_TRUE(EnqueueKeys(*database, *queue, "work", 20).ok());
  queue->Wake();
  done.WaitFor(19);
  while (queue->DeadLetters(1).value().empty()) continue;
  EXPECT_EQ(queue->DeadLetters(1).value()[0].job.key, "work7");
}

// Where processes share a database, what one had leased when it was killed waits for the lease's end.
JobQueueOptions ShortLease(const sql::Database& database) {
  JobQueueOptions options{.batch_jobs = 8};
  if (database.system() != "sqlite") options.lease = std::chrono::seconds(3);
  return options;
}

// Runs in a child: works until it is killed in the middle.
[[noreturn]] void WorkUntilKilled(const std::string& url, int jobs, int kill_after) {
  const auto database = OpenWithTable(url);
  std::atomic<int> finished{0};
  const JobHandler work = [&](const Job& job, auto&) {
    JobResult result;
    result.commit = [key = job.key](sql::Connection& c) {
      return c.Execute("INSERT INTO results (job_key) VALUES ($1)", {key}).status();
    };
    result.after = [&] {
      if (++finished == kill_after) kill(getpid(), SIGKILL);
    };
    return result;
  };
  const auto queue = StartQueue(*database, {{"work", {"work", work, {}, {}}}}, ShortLease(*database));
  if (CountRows(*database, "SELECT COUNT(*) FROM jobs") == 0 && !EnqueueKeys(*database, *queue, "work", jobs).ok()) _exit(2);
  queue->Wake();
  while (true) pause();
}

TEST(JobQueue, LosesAndRepeatsNothingOverKills) {
  constexpr int kJobs = 400;
  const TempDir dir;
  const std::string url = dir.url();  // the children find the server that runs then
  for (const int kill_after : {3, 40, 111}) {
    const pid_t child = fork();
    if (child == 0) WorkUntilKilled(url, kJobs, kill_after);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  const auto database = OpenWithTable(url);
  const int64_t before = CountRows(*database, "SELECT COUNT(*) FROM results");
  EXPECT_GE(before, 3 + 40 + 111);
  Counter done;
  const auto queue = StartQueue(*database, {{"work", {"work", [&](const Job& j, auto&) { return StoringResult(j, done); }, {}, {}}}}, ShortLease(*database));
  done.WaitFor(kJobs - static_cast<int>(before));
  queue->Stop();
  EXPECT_EQ(CountRows(*database, "SELECT COUNT(*) FROM results"), kJobs);
  EXPECT_EQ(CountRows(*database, "SELECT COUNT(DISTINCT job_key) FROM results"), kJobs);
}

TEST(BackOff, DoublesUpToItsLimitWithJitter) {
  constexpr milliseconds kFirst(100), kMax(5000);
  EXPECT_EQ(BackOff(1, kFirst, kMax, 1), milliseconds(100));
  EXPECT_EQ(BackOff(3, kFirst, kMax, 1), milliseconds(400));
  EXPECT_EQ(BackOff(3, kFirst, kMax, 0), milliseconds(200));
  for (int attempts = 1; attempts < 1000; ++attempts) {
    EXPECT_LE(BackOff(attempts, kFirst, kMax, 1), kMax);
    EXPECT_GE(BackOff(attempts, kFirst, kMax, 0), milliseconds(50));
  }
}

TEST(Brake, LetsOneProbeThroughAfterEachPause) {
  Brake brake(2);
  EXPECT_TRUE(brake.MayRun(0));
  brake.End(true, 0);
  EXPECT_TRUE(brake.MayRun(0));
  brake.End(true, 0);
  EXPECT_FALSE(brake.MayRun(0));
  const int64_t later = brake.resume_at_ns();
  EXPECT_TRUE(brake.MayRun(later));
  brake.Begin();
  EXPECT_FALSE(brake.MayRun(later));
  brake.End(true, later);
  EXPECT_GT(brake.resume_at_ns() - later, later);
  brake.End(false, later);
  EXPECT_TRUE(brake.MayRun(later));
}

TEST(Traceparent, GoesBothWaysAndIgnoresGarbage) {
  const std::string text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto context = FromTraceparent(text);
  EXPECT_TRUE(context.is_sampled());
  EXPECT_EQ(ToTraceparent(context), text);
  for (const char* bad : {"", "00-", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "x"}) {
    EXPECT_FALSE(FromTraceparent(bad).is_valid());
    EXPECT_EQ(ToTraceparent(FromTraceparent(bad)), "");
  }
}

}  // namespace
}  // namespace finance::jobs
