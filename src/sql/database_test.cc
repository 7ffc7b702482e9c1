// Both engines pass the same tests; PostgreSQL only where its server is installed.
#include "sql/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <latch>
#include <thread>

#include "base/random.h"

namespace awry::sql {
namespace {

std::string FreshPath(const std::string& name) {
  return (std::filesystem::temp_directory_path() / ("awry-" + name + "-" + std::to_string(base::EntropySeed()))).string();
}

// A PostgreSQL server on a socket of its own, started once for all tests.
class PostgresServer {
 public:
  static const std::string& Url() {
    static PostgresServer server;
    return server.url_;
  }

 private:
  PostgresServer() {
    std::string bin;
    for (const char* version : {"17", "16", "15", "14"}) {
      const std::string candidate = std::string("/usr/lib/postgresql/") + version + "/bin";
      if (std::filesystem::exists(candidate + "/initdb")) {
        bin = candidate;
        break;
      }
    }
    if (bin.empty()) return;
    folder_ = FreshPath("pg");
    std::filesystem::create_directory(folder_);
    const bool root = geteuid() == 0;
    if (root && std::system(("chown postgres " + folder_).c_str()) != 0) return;
    const auto run = [&](const std::string& command) {
      const std::string line = "cd / && " + command + " >" + folder_ + ".log 2>&1";
      return std::system((root ? "runuser -u postgres -- sh -c '" + line + "'" : line).c_str()) == 0;
    };
    if (root && std::system(("touch " + folder_ + ".log && chown postgres " + folder_ + ".log").c_str()) != 0) return;
    stop_ = [run, bin, this] {
      run(bin + "/pg_ctl -D " + folder_ + "/db -m immediate stop");
      std::error_code ignored;
      std::filesystem::remove_all(folder_, ignored);
      std::filesystem::remove(folder_ + ".log", ignored);
    };
    if (run(bin + "/initdb -D " + folder_ + "/db -A trust -U awry -N") &&
        run(bin + "/pg_ctl -D " + folder_ + "/db -w -o \"-k " + folder_ + " -h \\\"\\\" -F\" start")) {
      url_ = "postgres://awry@/postgres?host=" + folder_;
    }
  }
  ~PostgresServer() {
    if (stop_) stop_();
  }

  std::string folder_, url_;
  std::function<void()> stop_;
};

class DatabaseTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "sqlite") {
      url_ = "sqlite:" + FreshPath("db");
    } else {
      url_ = PostgresServer::Url();
      if (url_.empty()) GTEST_SKIP() << "no PostgreSQL server is installed";
    }
    auto opened = Database::Open(url_);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    db_ = std::move(opened).value();
    ASSERT_TRUE(db_->Execute("DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS schema_version; "
                             "CREATE TABLE t (id TEXT PRIMARY KEY, n BIGINT, r DOUBLE PRECISION)").ok());
  }
  void TearDown() override {
    db_ = nullptr;
    std::error_code ignored;
    if (url_.starts_with("sqlite:")) {
      for (const char* end : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(url_.substr(7) + end, ignored);
    }
  }

  std::string url_;
  std::unique_ptr<Database> db_;
};

TEST_P(DatabaseTest, ValuesComeBack) {
  const std::string text = "ünï 'quoted' \n";
  ASSERT_TRUE(db_->Execute("INSERT INTO t (id, n, r) VALUES ($1, $2, $3)", {text, INT64_MIN, 0.1}).ok());
  ASSERT_TRUE(db_->Execute("INSERT INTO t (id, n, r) VALUES ($1, $2, $3)", {std::string("z"), std::monostate{}, std::monostate{}}).ok());
  const auto rows = db_->Query("SELECT id, n, r FROM t WHERE id = $1", {text});
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].Text(0), text);
  EXPECT_EQ((*rows)[0].Int(1), INT64_MIN);
  EXPECT_EQ((*rows)[0].Real(2), 0.1);
  EXPECT_TRUE((*db_->Query("SELECT n FROM t WHERE id = 'z'"))[0].is_null(0));
}

TEST_P(DatabaseTest, ABrokenUniqueIsAlreadyExistsAndRollsBackItsBodyOnly) {
  ASSERT_TRUE(db_->Execute("INSERT INTO t (id) VALUES ('a')").ok());
  const base::Status status = db_->Write([](Connection& c) -> base::Status {
    RETURN_IF_ERROR(c.Execute("INSERT INTO t (id) VALUES ('b')").status());
    return c.Execute("INSERT INTO t (id) VALUES ('a')").status();
  });
  EXPECT_EQ(status.code(), base::StatusCode::kAlreadyExists) << status.ToString();
  EXPECT_EQ(db_->Query("SELECT id FROM t")->size(), 1u);
}

TEST_P(DatabaseTest, ManyWritersShareTransactionsAndAFailingOneSpoilsNobody) {
  constexpr int kThreads = 8, kEach = 50;
  std::latch start(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        start.arrive_and_wait();
        for (int i = 0; i < kEach; ++i) {
          const std::string id = std::to_string(t) + "-" + std::to_string(i);
          const base::Status status = db_->Write([&](Connection& c) -> base::Status {
            RETURN_IF_ERROR(c.Execute("INSERT INTO t (id, n) VALUES ($1, $2)", {id, int64_t{i}}).status());
            return i % 5 == 0 ? base::InvalidArgument("on purpose") : base::OkStatus();
          });
          EXPECT_EQ(status.ok(), i % 5 != 0) << status.ToString();
        }
      });
    }
  }
  EXPECT_EQ((*db_->Query("SELECT COUNT(*) FROM t"))[0].Int(0), kThreads * kEach * 4 / 5);
}

TEST_P(DatabaseTest, AReaderDoesNotSeeAnOpenWrite) {
  const base::Status status = db_->Write([&](Connection& c) -> base::Status {
    RETURN_IF_ERROR(c.Execute("INSERT INTO t (id) VALUES ('a')").status());
    EXPECT_EQ(db_->Query("SELECT id FROM t")->size(), 0u);
    return base::OkStatus();
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(db_->Query("SELECT id FROM t")->size(), 1u);
  EXPECT_FALSE(db_->Read([](Connection& c) { return c.Execute("DELETE FROM t").status(); }).ok());
}

TEST_P(DatabaseTest, MigrationsRunOnceEachAndANewerSchemaIsRefused) {
  constexpr std::array<std::string_view, 2> kSteps{"CREATE TABLE IF NOT EXISTS m (a BIGINT); DELETE FROM m",
                                                   "INSERT INTO m (a) VALUES (1)"};
  ASSERT_TRUE(db_->Migrate(kSteps).ok());
  ASSERT_TRUE(db_->Migrate(kSteps).ok());
  EXPECT_EQ(db_->Query("SELECT a FROM m")->size(), 1u);
  EXPECT_EQ(db_->Migrate(std::span(kSteps).first(1)).code(), base::StatusCode::kFailedPrecondition);
}

TEST_P(DatabaseTest, AnObserverSeesStatementsAndNeverValues) {
  struct Recorder final : SqlObserver {
    void* OnStart(std::string_view statement, std::string_view) override {
      seen.emplace_back(statement);
      return this;
    }
    void OnEnd(void* state, const base::Status& status) override {
      EXPECT_EQ(state, this);
      ends += status.ok();
    }
    std::vector<std::string> seen;
    int ends = 0;
  } recorder;
  db_ = nullptr;
  db_ = Database::Open(url_, {.observer = &recorder}).value();
  recorder.seen.clear();
  recorder.ends = 0;
  ASSERT_TRUE(db_->Query("SELECT id FROM t WHERE id = $1", {std::string("secret")}).ok());
  EXPECT_THAT(recorder.seen, testing::ElementsAre("SELECT id FROM t WHERE id = $1"));
  EXPECT_EQ(recorder.ends, 1);
  db_ = nullptr;
}

TEST_P(DatabaseTest, BadSqlIsAnErrorAndTheDatabaseGoesOn) {
  EXPECT_FALSE(db_->Execute("INSERT INTO nowhere VALUES (1)").ok());
  EXPECT_FALSE(db_->Query("SELEC").ok());
  EXPECT_TRUE(db_->Execute("INSERT INTO t (id) VALUES ('a')").ok());
}

INSTANTIATE_TEST_SUITE_P(Engines, DatabaseTest, testing::Values("sqlite", "postgres"),
                         [](const auto& test) { return test.param; });

TEST(Sqlite, ASecondOpenIsRefusedByName) {
  const std::string path = FreshPath("lock");
  auto first = Database::Open("sqlite:" + path);
  ASSERT_TRUE(first.ok());
  const auto second = Database::Open("sqlite:" + path);
  EXPECT_EQ(second.status().code(), base::StatusCode::kFailedPrecondition);
  EXPECT_THAT(second.status().message(), testing::HasSubstr(path));
}

TEST(Sqlite, ACorruptFileIsRefusedByName) {
  const std::string path = FreshPath("corrupt");
  {
    auto db = Database::Open("sqlite:" + path);
    ASSERT_TRUE((*db)->Execute("CREATE TABLE t (a TEXT)").ok());
    for (int i = 0; i < 200; ++i) ASSERT_TRUE((*db)->Execute("INSERT INTO t VALUES ($1)", {std::string(100, 'x')}).ok());
  }
  std::filesystem::resize_file(path, 4096 + 100);
  const auto again = Database::Open("sqlite:" + path);
  EXPECT_EQ(again.status().code(), base::StatusCode::kDataLoss) << again.status().ToString();
  EXPECT_THAT(again.status().message(), testing::HasSubstr(path));
  std::ofstream(path, std::ios::binary) << std::string(8192, 'j');
  EXPECT_EQ(Database::Open("sqlite:" + path).status().code(), base::StatusCode::kDataLoss);
}

TEST(Database, AnUnknownUrlSaysWhatItTakes) {
  EXPECT_EQ(Database::Open("mysql://x").status().code(), base::StatusCode::kInvalidArgument);
  EXPECT_EQ(Database::Open("postgres://awry@127.0.0.1:1/x?connect_timeout=1").status().code(), base::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace awry::sql
