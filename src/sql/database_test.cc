// What both databases promise, run on SQLite and, where it is installed, on PostgreSQL.
#include "sql/database.h"

#include <array>
#include <gtest/gtest.h>

#include <latch>
#include <mutex>
#include <optional>
#include <thread>

#include "sql/test_servers.h"

namespace awry::sql {
namespace {

// One server for all tests of the binary; each test takes a schema of its own.
TestPostgres* SharedPostgres() {
  static const std::unique_ptr<TestPostgres> server = TestPostgres::Start();
  return server.get();
}

class EachDatabase : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "postgres" && SharedPostgres() == nullptr) GTEST_SKIP() << "PostgreSQL is not installed";
    database_ = Open();
    if (GetParam() == "postgres") {
      ASSERT_TRUE(database_->Execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").ok());
    }
    ASSERT_TRUE(database_->Execute("CREATE TABLE t (k TEXT PRIMARY KEY, n BIGINT, r DOUBLE PRECISION)").ok());
  }

  std::unique_ptr<Database> Open(SqlObserver* observer = nullptr) {
    const std::string url = GetParam() == "postgres" ? SharedPostgres()->url() : "sqlite:" + folder_.path() + "/db";
    auto database = Database::Open(url, {.observer = observer});
    EXPECT_TRUE(database.ok()) << database.status().ToString();
    return database.ok() ? std::move(*database) : nullptr;
  }

  int64_t Count() { return database_->Query("SELECT count(*) FROM t").value()[0].Int(0); }

  TestFolder folder_;
  std::unique_ptr<Database> database_;
};

INSTANTIATE_TEST_SUITE_P(All, EachDatabase, testing::Values("sqlite", "postgres"),
                         [](const auto& each) { return each.param; });

TEST_P(EachDatabase, GivesBackWhatWasStored) {
  const std::string text = "quotes ' \" \\ and é😀";
  ASSERT_EQ(database_->Execute("INSERT INTO t VALUES ($1, $2, $3)", {text, int64_t{-9'007'199'254'740'993}, 0.1}).value(), 1);
  ASSERT_TRUE(database_->Execute("INSERT INTO t VALUES ($3, $2, $1)", {std::monostate(), std::monostate(), "null"}).ok());
  const Rows rows = database_->Query("SELECT k, n, r FROM t WHERE k = $1", {text}).value();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].Text(0), text);
  EXPECT_EQ(rows[0].Int(1), -9'007'199'254'740'993);
  EXPECT_EQ(rows[0].Real(2), 0.1);
  const Rows nulls = database_->Query("SELECT n, r FROM t WHERE k = 'null'").value();
  EXPECT_TRUE(nulls[0].is_null(0) && nulls[0].is_null(1));
  EXPECT_EQ(nulls[0].Int(0), 0);
  EXPECT_EQ(nulls[0].Text(1), "");
}

TEST_P(EachDatabase, CountsTheRowsThatChanged) {
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(database_->Execute("INSERT INTO t (k, n) VALUES ($1, 1)", {key}).ok());
  EXPECT_EQ(database_->Execute("UPDATE t SET n = $1 WHERE k > $2", {int64_t{2}, "a"}).value(), 2);
  EXPECT_EQ(database_->Execute("UPDATE t SET n = 3 WHERE k = 'none'").value(), 0);
  EXPECT_EQ(database_->Execute("DELETE FROM t").value(), 3);
}

TEST_P(EachDatabase, NamesABrokenUniqueKey) {
  ASSERT_TRUE(database_->Execute("INSERT INTO t (k) VALUES ('a')").ok());
  EXPECT_EQ(database_->Execute("INSERT INTO t (k) VALUES ('a')").status().code(), base::StatusCode::kAlreadyExists);
  EXPECT_EQ(database_->Execute("INSERT INTO t (k) VALUES ('a') ON CONFLICT DO NOTHING").value(), 0);
}

TEST_P(EachDatabase, RollsBackWhenTheBodyFails) {
  const base::Status status = database_->Write([](Connection& connection) -> base::Status {
    RETURN_IF_ERROR(connection.Execute("INSERT INTO t (k) VALUES ('a')").status());
    return base::InvalidArgument("changed my mind");
  });
  EXPECT_EQ(status.message(), "changed my mind");
  EXPECT_EQ(Count(), 0);
}

TEST_P(EachDatabase, SeesItsOwnWritesAndKeepsThemForOthers) {
  ASSERT_TRUE(database_->Write([](Connection& connection) -> base::Status {
    RETURN_IF_ERROR(connection.Execute("INSERT INTO t (k) VALUES ('a')").status());
    ASSIGN_OR_RETURN(const Rows rows, connection.Query("SELECT k FROM t"));
    EXPECT_EQ(rows.size(), 1u);
    return base::OkStatus();
  }).ok());
  EXPECT_EQ(Count(), 1);
  database_.reset();
  database_ = Open();
  EXPECT_EQ(Count(), 1);
}

TEST_P(EachDatabase, ReadsOneConsistentView) {
  ASSERT_TRUE(database_->Read([&](Connection& connection) -> base::Status {
    EXPECT_EQ(connection.Query("SELECT count(*) FROM t").value()[0].Int(0), 0);
    std::jthread([&] { EXPECT_TRUE(database_->Execute("INSERT INTO t (k) VALUES ('a')").ok()); }).join();
    EXPECT_EQ(connection.Query("SELECT count(*) FROM t").value()[0].Int(0), 0);
    return base::OkStatus();
  }).ok());
  EXPECT_EQ(Count(), 1);
}

TEST_P(EachDatabase, DoesNotWriteWhileReading) {
  EXPECT_FALSE(database_->Read([](Connection& connection) {
    return connection.Execute("INSERT INTO t (k) VALUES ('a')").status();
  }).ok());
  EXPECT_EQ(Count(), 0);
  ASSERT_TRUE(database_->Execute("INSERT INTO t (k) VALUES ('a')").ok());
}

TEST_P(EachDatabase, RefusesWrongStatementsAndGoesOn) {
  EXPECT_FALSE(database_->Query("SELEC 1").ok());
  EXPECT_FALSE(database_->Query("SELECT k FROM nowhere").ok());
  EXPECT_FALSE(database_->Query("SELECT k FROM t WHERE k = $1 AND n = $2", {"one"}).ok());
  EXPECT_EQ(Count(), 0);
}

TEST_P(EachDatabase, MigratesStepByStepAndOnce) {
  constexpr std::string_view kOne = "CREATE TABLE m (a BIGINT); INSERT INTO m VALUES (1)";
  constexpr std::string_view kTwo = "INSERT INTO m VALUES (2)";
  constexpr std::string_view kBad = "INSERT INTO m VALUES (3); INSERT INTO nowhere VALUES (1)";
  const std::string_view one[] = {kOne};
  const std::string_view two[] = {kOne, kTwo};
  const std::string_view bad[] = {kOne, kTwo, kBad};
  const auto sum = [&] { return database_->Query("SELECT sum(a) FROM m").value()[0].Int(0); };
  ASSERT_TRUE(database_->Migrate(one).ok());
  EXPECT_EQ(sum(), 1);
  ASSERT_TRUE(database_->Migrate(two).ok());
  ASSERT_TRUE(database_->Migrate(two).ok());
  EXPECT_EQ(sum(), 3);
  const base::Status failed = database_->Migrate(bad);
  EXPECT_NE(failed.message().find("schema step 3"), std::string::npos) << failed.message();
  EXPECT_EQ(sum(), 3);
  EXPECT_EQ(database_->Migrate(one).code(), base::StatusCode::kFailedPrecondition);
}

TEST_P(EachDatabase, LosesNoIncrementOfManyThreads) {
  ASSERT_TRUE(database_->Execute("INSERT INTO t (k, n) VALUES ('sum', 0)").ok());
  constexpr int kThreads = 4;
  constexpr int kTimes = 25;
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < kTimes; ++j) {
          const base::Status status = database_->Write([](Connection& connection) -> base::Status {
            ASSIGN_OR_RETURN(const Rows rows, connection.Query("SELECT n FROM t WHERE k = 'sum'"));
            return connection.Execute("UPDATE t SET n = $1 WHERE k = 'sum'", {rows[0].Int(0) + 1}).status();
          });
          if (status.ok()) ++done;
        }
      });
    }
  }
  EXPECT_EQ(database_->Query("SELECT n FROM t").value()[0].Int(0), done);
  EXPECT_GE(done, kThreads * kTimes / 2);
}

class RecordingObserver final : public SqlObserver {
 public:
  void* OnStart(std::string_view statement, std::string_view system) override {
    statements.push_back(std::string(system) + ": " + std::string(statement));
    return this;
  }
  void OnEnd(void* state, const base::Status& status) override {
    EXPECT_EQ(state, this);
    codes.push_back(status.code());
  }
  std::vector<std::string> statements;
  std::vector<base::StatusCode> codes;
};

TEST_P(EachDatabase, ShowsStatementsWithoutValuesToItsObserver) {
  database_.reset();
  RecordingObserver observer;
  database_ = Open(&observer);
  (void)database_->Execute("INSERT INTO t (k) VALUES ($1)", {"secret"});
  (void)database_->Execute("INSERT INTO t (k) VALUES ($1)", {"secret"});
  ASSERT_EQ(observer.statements.size(), 2u);
  EXPECT_EQ(observer.statements[0], std::string(database_->system()) + ": INSERT INTO t (k) VALUES ($1)");
  EXPECT_EQ(observer.codes[1], base::StatusCode::kAlreadyExists);
}

TEST(Postgres, ComesBackAfterTheServerRestarted) {
  TestPostgres* server = SharedPostgres();
  if (server == nullptr) GTEST_SKIP() << "PostgreSQL is not installed";
  auto database = Database::Open(server->url()).value();
  ASSERT_TRUE(database->Query("SELECT 1").ok());
  ASSERT_TRUE(server->Restart());
  EXPECT_EQ(database->Query("SELECT 1").status().code(), base::StatusCode::kUnavailable);
  EXPECT_EQ(database->Query("SELECT 1").value()[0].Int(0), 1);
}

TEST(Postgres, ProgramsShareADatabaseInSchemasOfTheirOwn) {
  const auto server = SharedPostgres();
  if (server == nullptr) GTEST_SKIP() << "PostgreSQL is not installed";
  constexpr std::array<std::string_view, 1> kSteps{"CREATE TABLE shared_name (a BIGINT)"};
  auto one = Database::Open(server->url() + "#one-program");
  auto two = Database::Open(server->url() + "#two");
  ASSERT_TRUE(one.ok()) << one.status().ToString();
  ASSERT_TRUE(two.ok());
  ASSERT_TRUE((*one)->Migrate(kSteps).ok());
  ASSERT_TRUE((*two)->Migrate(kSteps).ok());
  ASSERT_TRUE((*one)->Execute("INSERT INTO shared_name (a) VALUES (1)").ok());
  EXPECT_EQ((*two)->Query("SELECT a FROM shared_name")->size(), 0u);
}

TEST(Postgres, SaysWhenNobodyListens) {
  const auto database = Database::Open("postgres://user:hunter2@127.0.0.1:1/db");
  EXPECT_EQ(database.status().code(), base::StatusCode::kUnavailable);
  EXPECT_EQ(database.status().message().find("hunter2"), std::string::npos);
}

TEST(Postgres, DoesNotCommitPastAFailedStatement) {
  TestPostgres* server = SharedPostgres();
  if (server == nullptr) GTEST_SKIP() << "PostgreSQL is not installed";
  auto database = Database::Open(server->url()).value();
  ASSERT_TRUE(database->Execute("CREATE TABLE IF NOT EXISTS past (a BIGINT)").ok());
  EXPECT_EQ(database->Write([](Connection& connection) {
    (void)connection.Execute("INSERT INTO past VALUES (1)");
    (void)connection.Execute("INSERT INTO nowhere VALUES (1)");
    return base::OkStatus();
  }).code(), base::StatusCode::kAborted);
}

}  // namespace
}  // namespace awry::sql
