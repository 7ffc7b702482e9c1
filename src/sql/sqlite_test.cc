// What only SQLite promises: files, locks, group commit.
#include <gtest/gtest.h>

#include <fstream>
#include <latch>
#include <thread>

#include "base/file.h"
#include "sql/database.h"
#include "sql/test_servers.h"

namespace awry::sql {
namespace {

std::unique_ptr<Database> MustOpen(const std::string& path) {
  auto database = Database::Open("sqlite:" + path);
  EXPECT_TRUE(database.ok()) << database.status().ToString();
  return std::move(database).value();
}

base::Status Insert(Connection& connection, int64_t key) {
  return connection.Execute("INSERT INTO t VALUES ($1)", {key}).status();
}

// In memory SQLite walks all of them at the end of each statement: a large write would take quadratic time.
TEST(Sqlite, AWriterKeepsThePagesOfItsSavepointsInAFile) {
  const TestFolder folder;
  const auto database = MustOpen(folder.path() + "/db");
  int64_t temp_store = -1;
  ASSERT_TRUE(database->Write([&](Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const Rows rows, connection.Query("PRAGMA temp_store"));
    temp_store = rows.at(0).Int(0);
    return {};
  }).ok());
  EXPECT_EQ(temp_store, 1) << "FILE";
}

TEST(Sqlite, RefusesASecondOpener) {
  const TestFolder folder;
  const std::string path = folder.path() + "/db";
  const auto first = MustOpen(path);
  const auto second = Database::Open("sqlite:" + path);
  EXPECT_EQ(second.status().code(), base::StatusCode::kFailedPrecondition);
  EXPECT_NE(second.status().message().find(path), std::string::npos);
}

TEST(Sqlite, NamesADamagedFile) {
  const TestFolder folder;
  const std::string path = folder.path() + "/db";
  std::ofstream(path) << std::string(10'000, 'x');
  const auto nonsense = Database::Open("sqlite:" + path);
  EXPECT_EQ(nonsense.status().code(), base::StatusCode::kDataLoss);
  EXPECT_NE(nonsense.status().message().find(path), std::string::npos);
}

TEST(Sqlite, FindsADamagedPageWhenItOpens) {
  const TestFolder folder;
  const std::string path = folder.path() + "/db";
  {
    const auto database = MustOpen(path);
    ASSERT_TRUE(database->Execute("CREATE TABLE t (k BIGINT PRIMARY KEY, s TEXT)").ok());
    ASSERT_TRUE(database->Write([](Connection& connection) -> base::Status {
      for (int64_t i = 0; i < 500; ++i) {
        RETURN_IF_ERROR(connection.Execute("INSERT INTO t VALUES ($1, $2)", {i, std::string(100, 'x')}).status());
      }
      return base::OkStatus();
    }).ok());
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(3 * 4096);
  file << std::string(4096, '\x55');
  file.close();
  EXPECT_EQ(Database::Open("sqlite:" + path).status().code(), base::StatusCode::kDataLoss);
}

TEST(Sqlite, SaysWhenTheFolderIsMissing) {
  const TestFolder folder;
  EXPECT_EQ(Database::Open("sqlite:" + folder.path() + "/none/db").status().code(), base::StatusCode::kNotFound);
  EXPECT_EQ(Database::Open("sqlite:").status().code(), base::StatusCode::kInvalidArgument);
  EXPECT_EQ(Database::Open("mysql:x").status().code(), base::StatusCode::kInvalidArgument);
}

TEST(Sqlite, KeepsForeignKeys) {
  const TestFolder folder;
  const auto database = MustOpen(folder.path() + "/db");
  ASSERT_TRUE(database->Execute("CREATE TABLE a (id BIGINT PRIMARY KEY); CREATE TABLE b (a BIGINT REFERENCES a(id))").ok());
  EXPECT_EQ(database->Execute("INSERT INTO b VALUES (1)").status().code(), base::StatusCode::kFailedPrecondition);
}

TEST(Sqlite, StoresBytes) {
  const TestFolder folder;
  const auto database = MustOpen(folder.path() + "/db");
  ASSERT_TRUE(database->Execute("CREATE TABLE t (k BLOB)").ok());
  const std::string bytes("\0\x01\xff\0", 4);
  ASSERT_TRUE(database->Execute("INSERT INTO t VALUES ($1)", {bytes}).ok());
  EXPECT_EQ(database->Query("SELECT k FROM t").value()[0].Text(0), bytes);
}

TEST(SqliteGroupCommit, AFailingBodyUndoesOnlyItself) {
  const TestFolder folder;
  const auto database = MustOpen(folder.path() + "/db");
  ASSERT_TRUE(database->Execute("CREATE TABLE t (k BIGINT PRIMARY KEY)").ok());
  constexpr int kBodies = 60;
  std::vector<base::Status> statuses(kBodies);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kBodies; ++i) {
      threads.emplace_back([&, i] {
        statuses[static_cast<size_t>(i)] = database->Write([&](Connection& connection) -> base::Status {
          RETURN_IF_ERROR(Insert(connection, i));
          RETURN_IF_ERROR(Insert(connection, 1'000 + i));
          if (i % 3 == 0) return base::InvalidArgument("no");
          if (i % 3 == 1) return Insert(connection, i);  // breaks the key
          return base::OkStatus();
        });
      });
    }
  }
  for (int i = 0; i < kBodies; ++i) {
    const base::StatusCode expected[] = {base::StatusCode::kInvalidArgument, base::StatusCode::kAlreadyExists,
                                         base::StatusCode::kOk};
    EXPECT_EQ(statuses[static_cast<size_t>(i)].code(), expected[i % 3]) << i;
    const int64_t stored =
        database->Query("SELECT count(*) FROM t WHERE k IN ($1, $2)", {int64_t{i}, int64_t{1'000 + i}}).value()[0].Int(0);
    EXPECT_EQ(stored, i % 3 == 2 ? 2 : 0) << i;
  }
}

TEST(SqliteGroupCommit, NobodyReturnsBeforeItsRowsAreCommitted) {
  const TestFolder folder;
  const auto database = MustOpen(folder.path() + "/db");
  ASSERT_TRUE(database->Execute("CREATE TABLE t (k BIGINT PRIMARY KEY)").ok());
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int64_t j = 0; j < 30; ++j) {
        const int64_t key = i * 100 + j;
        ASSERT_TRUE(database->Write([&](Connection& connection) { return Insert(connection, key); }).ok());
        ASSERT_EQ(database->Query("SELECT 1 FROM t WHERE k = $1", {key}).value().size(), 1u);
      }
    });
  }
}

TEST(SqliteGroupCommit, WritersThatWaitShareOneTransaction) {
  const TestFolder folder;
  const auto database = MustOpen(folder.path() + "/db");
  ASSERT_TRUE(database->Execute("CREATE TABLE t (k BIGINT PRIMARY KEY)").ok());
  // A body that finds another's row, while a reader beside it does not yet, shares its transaction. Whether the
  // second writer queues in time is the scheduler's choice, so it gets many chances.
  bool shared = false;
  for (int64_t round = 0; round < 2'000 && !shared; ++round) {
    std::latch first_runs(1);
    std::latch second_comes(1);
    std::jthread first([&] {
      EXPECT_TRUE(database->Write([&](Connection& connection) {
        first_runs.count_down();
        second_comes.wait();
        return Insert(connection, 2 * round);
      }).ok());
    });
    first_runs.wait();
    std::jthread second([&] {
      second_comes.count_down();
      EXPECT_TRUE(database->Write([&](Connection& connection) -> base::Status {
        const auto count = [&](auto& from) {
          return from.Query("SELECT count(*) FROM t WHERE k = $1", {2 * round}).value()[0].Int(0);
        };
        shared = count(connection) == 1 && count(*database) == 0;
        return Insert(connection, 2 * round + 1);
      }).ok());
    });
  }
  EXPECT_TRUE(shared);
}

}  // namespace
}  // namespace awry::sql
