#include "finance/dashboard/schema.h"

#include "finance/dashboard/acting_rights.h"
#include "finance/dashboard/people.h"
#include "finance/dashboard/secrets.h"
#include "finance/dashboard/sessions.h"
#include "finance/dashboard/test_house.h"

namespace finance::dashboard {
namespace {

std::unique_ptr<awry::sql::Database> Open(const TempFolder& folder) {
  auto database = awry::sql::Database::Open("sqlite:" + folder.path() + "/dashboard.db");
  CHECK(database.ok());
  return std::move(*database);
}

TEST(Schema, ADatabaseOfOneOwnerKeepsTheirLogInSessionsSampleAndImports) {
  const TempFolder folder;
  const auto database = Open(folder);
  const std::vector<std::string> steps = SchemaSteps("sqlite");
  const std::vector<std::string_view> first = {steps[0]};
  ASSERT_TRUE(database->Migrate(first).ok());
  const auto run = [&](std::string_view statement,
                       std::initializer_list<awry::sql::SqlValue> values) {
    ASSERT_TRUE(database->Execute(statement, values).ok()) << statement;
  };
  run("INSERT INTO owner VALUES (1, 'Ada', 'hash', 'owner-1', 5)", {});
  run("INSERT INTO session VALUES ($1, 6, 7)", {Digest("token", "session")});
  run("INSERT INTO acting_right VALUES ('owner-1', 1, 'own'), ('user123', 1, 'sample')", {});
  run("INSERT INTO started_import VALUES ('import-1', 'owner-1', 'a.csv', 'csv', 8)", {});

  ASSERT_TRUE(MigrateSchema(*database).ok());
  ASSERT_TRUE(MigrateSchema(*database).ok()) << "a second time changes nothing";
  const awry::base::FakeClock clock(10);
  People people(*database, clock);
  const auto owner = people.FindOwner();
  ASSERT_TRUE(owner.ok() && owner->has_value());
  EXPECT_EQ((*owner)->name, "Ada");
  EXPECT_EQ((*owner)->password_hash, "hash");
  EXPECT_EQ((*owner)->user_id, "owner-1");
  Sessions sessions(*database, clock, {});
  const auto session = sessions.Touch("token");
  ASSERT_TRUE(session.ok() && session->has_value());
  EXPECT_EQ((*session)->user_id, "owner-1");
  EXPECT_FALSE((*session)->id.empty());
  ActingRights rights(*database, clock);
  const auto list = rights.List("owner-1");
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[1].user_id, "user123");
  EXPECT_TRUE((*list)[1].sample && (*list)[1].may_edit);
  EXPECT_EQ(database->Query("SELECT COUNT(*) FROM started_import").value()[0].Int(0), 1);
}

TEST(Schema, ADatabaseBeforeTheFirstVisitHasNoOwnerAfterwards) {
  const TempFolder folder;
  const auto database = Open(folder);
  const std::vector<std::string> steps = SchemaSteps("sqlite");
  const std::vector<std::string_view> first = {steps[0]};
  ASSERT_TRUE(database->Migrate(first).ok());
  ASSERT_TRUE(MigrateSchema(*database).ok());
  const awry::base::FakeClock clock(10);
  const auto owner = People(*database, clock).FindOwner();
  ASSERT_TRUE(owner.ok());
  EXPECT_FALSE(owner->has_value());
}

}  // namespace
}  // namespace finance::dashboard
