#include "finance/jobs/job_routes.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/mutex.h"
#include "codec/json.h"
#include "finance/jobs/erase_route.h"
#include "sql/test_servers.h"

namespace finance::jobs {
namespace {

using awry::codec::JsonDocument;
using net::HttpRequest;
using net::HttpResponse;

// A queue over a database of its own whose "break" jobs die at once, and the routes over it.
class Mounted {
 public:
  Mounted() {
    char name[] = "/tmp/job-routes-test-XXXXXX";
    folder_ = mkdtemp(name);
    auto database = sql::Database::Open(awry::sql::TestDatabaseUrl(folder_ + "/jobs.db"));
    EXPECT_TRUE(database.ok());
    database_ = std::move(*database);
    const std::vector<std::string> steps = JobQueue::MigrationSteps(database_->system());
    const std::vector<std::string_view> views(steps.begin(), steps.end());
    EXPECT_TRUE(database_->Migrate(views).ok());
    JobKind kind;
    kind.span_name = "break";
    kind.run = [this](const Job&, awry::sdk::ScopedSpan&) { return Run(); };
    auto queue = JobQueue::Start(*database_, {{"break", kind}}, {.workers = 1});
    EXPECT_TRUE(queue.ok());
    queue_ = std::move(*queue);
    AddJobRoutes(router_, [this] { return queue_.get(); });
  }
  ~Mounted() {
    queue_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Enqueue(const std::string& key) {
    EXPECT_TRUE(database_
                    ->Write([&](sql::Connection& connection) {
                      return queue_->Enqueue(
                          connection, {"break", key, "secret payload",
                                       "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"});
                    })
                    .ok());
    queue_->Wake();
  }
  void Heal() {
    base::MutexLock lock(mutex_);
    healed_ = true;
  }
  void WaitForEnded(int wanted) {
    base::MutexLock lock(mutex_);
    while (ended_ < wanted) changed_.Wait(mutex_);
  }
  HttpResponse Ask(const std::string& method, const std::string& path,
                   std::vector<std::pair<std::string, std::string>> query = {}) {
    HttpRequest request{.method = method, .target = path, .path = path, .query_params = std::move(query)};
    return router_.Dispatch(request);
  }
  // The id of the newest dead job, "" when there is none.
  std::string DeadId() {
    const HttpResponse answer = Ask("GET", "/admin/jobs");
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto document = JsonDocument::Parse(answer.body);
    EXPECT_TRUE(document.ok());
    return std::string(document->root().Find("jobs").At(0).Find("id").AsString().value_or(""));
  }

 private:
  JobResult Run() {
    base::MutexLock lock(mutex_);
    JobResult result;
    if (!healed_) result.status = base::FailedPrecondition("it is broken");
    result.after = [this] {
      base::MutexLock ended(mutex_);
      ++ended_;
      changed_.NotifyAll();
    };
    return result;
  }

  std::string folder_;
  base::Mutex mutex_;
  base::CondVar changed_;
  bool healed_ GUARDED_BY(mutex_) = false;
  int ended_ GUARDED_BY(mutex_) = 0;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<JobQueue> queue_;
  net::Router router_;
};

TEST(JobRoutes, ShowADeadLetterWithItsReasonAndTraceButNotItsPayload) {
  Mounted mounted;
  mounted.Enqueue("row-1");
  mounted.WaitForEnded(1);
  const std::string body = mounted.Ask("GET", "/admin/jobs", {{"state", "dead"}}).body;
  EXPECT_NE(body.find(R"("counts":{"ready":0,"leased":0,"dead":1,)"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("kind":"break","key":"row-1","state":"dead","attempts":1,)"), std::string::npos) << body;
  EXPECT_NE(body.find("it is broken"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("trace_id":"0af7651916cd43dd8448eb211c80319c")"), std::string::npos) << body;
  EXPECT_EQ(body.find("secret payload"), std::string::npos) << body;
  EXPECT_NE(mounted.Ask("GET", "/admin/jobs", {{"state", "ready"}}).body.find("\"jobs\":[]"), std::string::npos);
}

TEST(JobRoutes, ARetriedDeadLetterRunsAgainAndIsGoneWhenItSucceeds) {
  Mounted mounted;
  mounted.Enqueue("row-1");
  mounted.WaitForEnded(1);
  mounted.Heal();
  const std::string id = mounted.DeadId();
  EXPECT_EQ(mounted.Ask("POST", "/admin/jobs/" + id + "/retry").status, 200);
  mounted.WaitForEnded(2);
  EXPECT_EQ(mounted.DeadId(), "");
  EXPECT_EQ(mounted.Ask("POST", "/admin/jobs/" + id + "/retry").status, 404);
}

TEST(JobRoutes, ADroppedDeadLetterIsGone) {
  Mounted mounted;
  mounted.Enqueue("row-1");
  mounted.WaitForEnded(1);
  const std::string id = mounted.DeadId();
  EXPECT_EQ(mounted.Ask("POST", "/admin/jobs/" + id + "/drop").status, 200);
  EXPECT_EQ(mounted.DeadId(), "");
  EXPECT_EQ(mounted.Ask("POST", "/admin/jobs/" + id + "/drop").status, 404);
}

TEST(JobRoutes, WhatIsNoIdOrStateOrLimitIsRefused) {
  Mounted mounted;
  EXPECT_EQ(mounted.Ask("POST", "/admin/jobs/abc/retry").status, 400);
  EXPECT_EQ(mounted.Ask("POST", "/admin/jobs/99999999999999999999/drop").status, 400);
  EXPECT_EQ(mounted.Ask("GET", "/admin/jobs", {{"state", "odd"}}).status, 400);
  EXPECT_EQ(mounted.Ask("GET", "/admin/jobs", {{"limit", "0"}}).status, 400);
  EXPECT_EQ(mounted.Ask("GET", "/admin/jobs", {{"limit", "1001"}}).status, 400);
  EXPECT_EQ(mounted.Ask("GET", "/admin/jobs", {{"limit", "1000"}}).status, 200);
}

TEST(EraseRoute, DeletesTheUsersRowsOfEveryTableAndNobodyElses) {
  char name[] = "/tmp/erase-route-test-XXXXXX";
  const std::string folder = mkdtemp(name);
  {
    auto database = sql::Database::Open(awry::sql::TestDatabaseUrl(folder + "/a.db"));
    ASSERT_TRUE(database.ok());
    for (const char* statement :
         {"CREATE TABLE a (user_id TEXT)", "CREATE TABLE b (owner TEXT)", "INSERT INTO a VALUES ('u1'), ('u1'), ('u12')",
          "INSERT INTO b VALUES ('u1'), ('u12')"}) {
      ASSERT_TRUE((*database)->Execute(statement).ok()) << statement;
    }
    std::string forgotten;
    net::Router router;
    AddEraseRoute(router, **database,
                  {{"DELETE FROM a WHERE user_id = $1", "DELETE FROM b WHERE owner = $1"},
                   [&](const std::string& user_id) { forgotten += user_id; }});
    for (const char* answer : {R"({"deleted":3})", R"({"deleted":0})"}) {
      HttpRequest request{.method = "DELETE", .target = "/users/u1", .path = "/users/u1"};
      EXPECT_EQ(router.Dispatch(request).body, answer);
    }
    EXPECT_EQ(forgotten, "u1u1");
    EXPECT_EQ((*database)->Query("SELECT COUNT(*) FROM a").value()[0].Int(0), 1);
    EXPECT_EQ((*database)->Query("SELECT COUNT(*) FROM b").value()[0].Int(0), 1);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace finance::jobs
