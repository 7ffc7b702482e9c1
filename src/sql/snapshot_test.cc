#include "sql/snapshot.h"

#include <gtest/gtest.h>

#include "sql/database.h"
#include "sql/test_servers.h"

namespace awry::sql {
namespace {

TEST(Snapshot, CopiesWhatIsCommittedWhileAnotherConnectionHoldsTheDatabase) {
  const TestFolder folder;
  const std::string path = folder.path() + "/it's a name.db";
  const auto database = Database::Open("sqlite:" + path);
  ASSERT_TRUE(database.ok());
  ASSERT_TRUE((*database)->Execute("CREATE TABLE t (n INTEGER)").ok());
  ASSERT_TRUE((*database)->Execute("INSERT INTO t VALUES (7)").ok());
  const std::string copy = folder.path() + "/copy's.db";
  ASSERT_TRUE((*database)
                  ->Write([&](Connection& connection) -> base::Status {
                    RETURN_IF_ERROR(connection.Execute("INSERT INTO t VALUES (8)").status());
                    return SnapshotSqlite(path, copy);  // before the commit
                  })
                  .ok());
  const auto copied = Database::Open("sqlite:" + copy);
  ASSERT_TRUE(copied.ok()) << copied.status().ToString();
  const auto rows = (*copied)->Query("SELECT n FROM t");
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].Int(0), 7);
}

TEST(Snapshot, NeverReplacesAFileAndMakesNoEmptyDatabase) {
  const TestFolder folder;
  const std::string path = folder.path() + "/a.db";
  EXPECT_EQ(SnapshotSqlite(path, folder.path() + "/b.db").code(), base::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE(Database::Open("sqlite:" + path).ok());
  EXPECT_EQ(SnapshotSqlite(path, path).code(), base::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace awry::sql
