#include "finance/transaction_processor/ledger_schema.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "finance/transaction_processor/recounted_sums_test.h"
#include "finance/transaction_processor/report.h"
#include "finance/transaction_processor/row_query.h"
#include "sql/test_servers.h"

namespace finance::transaction_processor {
namespace {

using awry::base::Random;

StoredTransaction RowOf(const std::string& id, int day, int64_t minor, const std::string& text) {
  return {.row = {.id = id, .account = "acc", .user_id = *ledger::UserId::Parse("u"), .date = ledger::Date::FromDays(20'000 + day),
                  .amount = {minor, *ledger::Currency::Parse("EUR")}, .raw_description = text, .description = text, .fingerprint = id}};
}

void ChangeAtRandom(sql::Database& database, Random& random, int round) {
  ASSERT_TRUE(database.Write([&](sql::Connection& connection) -> base::Status {
    const std::string id = "t" + std::to_string(random.Below(30));
    ASSIGN_OR_RETURN(std::optional<StoredTransaction> row, FindTransaction(connection, id));
    if (!row) return InsertTransaction(connection, RowOf(id, static_cast<int>(random.Below(90)), static_cast<int64_t>(random.Below(2000)) - 1000, "shop " + id));
    switch (random.Below(5)) {
      case 0: return DeleteTransaction(connection, id);
      case 1: row->deleted_ns = row->deleted_ns == 0 ? 5 : 0; break;
      case 2: row->row.category = *ledger::CategoryFromNumber(static_cast<int64_t>(random.Below(4))); break;
      case 3: row->row.date = ledger::Date::FromDays(20'000 + static_cast<int>(random.Below(90))); break;
      default: row->part_count = row->part_count == 0 ? 2 : 0;
    }
    return UpdateTransaction(connection, *row);
  }).ok()) << round;
}

void SumsStayRight(const std::string& url) {
  auto database = *sql::Database::Open(url);
  ASSERT_TRUE(MigrateLedger(*database).ok());
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    ChangeAtRandom(*database, random, round);
    if (round % 20 == 0) {
      ASSERT_EQ(KeptSums(*database), RecountedSums(*database)) << "round " << round;
    }
  }
  EXPECT_EQ(KeptSums(*database), RecountedSums(*database));
}

TEST(LedgerSchema, SumsAreWhatTheRowsSayAfterAnyChange) {
  sql::TestFolder folder;
  SumsStayRight("sqlite:" + folder.path() + "/a.db");
}

TEST(LedgerSchema, SumsAreWhatTheRowsSayOnPostgresToo) {
  const auto server = sql::TestPostgres::Start();
  if (server == nullptr) GTEST_SKIP() << "no PostgreSQL here";
  SumsStayRight(server->url());
}

TEST(LedgerSchema, BringsADatabaseOfTheVersionBeforeUpToDate) {
  sql::TestFolder folder;
  auto database = *sql::Database::Open("sqlite:" + folder.path() + "/a.db");
  std::vector<std::string> steps = LedgerSteps("sqlite");
  steps.resize(steps.size() - 4);  // the schema before rows could be edited
  const std::vector<std::string_view> views(steps.begin(), steps.end());
  ASSERT_TRUE(database->Migrate(views).ok());
  ASSERT_TRUE(database->Execute("INSERT INTO accounts (id, user_id, name, kind, currency, zone) VALUES ('acc', 'u', 'A', 'checking', 'EUR', '')").ok());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(database->Execute("INSERT INTO transactions (id, account, user_id, day, amount_minor, currency, raw_description, description, status,"
                                  " category, category_source, confidence, model_version, processing, trace_id, import_id, fingerprint, occurrence,"
                                  " alternatives, revision) VALUES ($1, 'acc', 'u', 20000, -350, 'EUR', 'COFFEE BERLIN', 'COFFEE', 1, 5, 3, 0.9, 'm', 1,"
                                  " '', '', 'f', 1, '', 0)",
                                  {"t" + std::to_string(i)}).ok());
  }
  ASSERT_TRUE(MigrateLedger(*database).ok());
  const ledger::UserId user = *ledger::UserId::Parse("u");
  ASSERT_TRUE(database->Read([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const TransactionPage page, ListTransactions(connection, {.user = user, .text = "berlin", .trigrams = true}));
    EXPECT_EQ(page.rows.size(), 3U) << "old rows can be searched";
    ASSIGN_OR_RETURN(const std::vector<AccountBalance> balances, Balances(connection, user));
    EXPECT_EQ(balances.at(0).balance_minor, -1050) << "and are counted";
    return {};
  }).ok());
  EXPECT_EQ(KeptSums(*database), RecountedSums(*database));
}

// Of a version whose sums were by day only.
void FillsMonths(const std::string& url) {
  auto database = *sql::Database::Open(url);
  std::vector<std::string> steps = LedgerSteps(database->system());
  steps.resize(steps.size() - 2);
  const std::vector<std::string_view> views(steps.begin(), steps.end());
  ASSERT_TRUE(database->Migrate(views).ok());
  // Rows are written as today's: with columns that this version did not have.
  for (const char* column : {"original_minor BIGINT", "original_currency TEXT NOT NULL DEFAULT ''"}) {
    ASSERT_TRUE(database->Execute(std::string("ALTER TABLE transactions ADD COLUMN ") + column).ok());
  }
  Random random(5);
  for (int round = 0; round < 100; ++round) ChangeAtRandom(*database, random, round);
  for (const char* column : {"original_minor", "original_currency"}) {
    ASSERT_TRUE(database->Execute(std::string("ALTER TABLE transactions DROP COLUMN ") + column).ok());
  }
  ASSERT_TRUE(MigrateLedger(*database).ok());
  ASSERT_TRUE(MigrateLedger(*database).ok()) << "a second start changes nothing";
  EXPECT_EQ(KeptSums(*database), RecountedSums(*database));
  for (int round = 100; round < 200; ++round) ChangeAtRandom(*database, random, round);
  EXPECT_EQ(KeptSums(*database), RecountedSums(*database));
}

TEST(LedgerSchema, FillsTheSumsOfMonthsOnce) {
  sql::TestFolder folder;
  FillsMonths("sqlite:" + folder.path() + "/a.db");
}

TEST(LedgerSchema, FillsTheSumsOfMonthsOnPostgresToo) {
  const auto server = sql::TestPostgres::Start();
  if (server == nullptr) GTEST_SKIP() << "no PostgreSQL here";
  FillsMonths(server->url());
}

TEST(LedgerSchema, RefusesARowThatWouldLiftASumBeyond64Bits) {
  sql::TestFolder folder;
  auto database = *sql::Database::Open("sqlite:" + folder.path() + "/a.db");
  ASSERT_TRUE(MigrateLedger(*database).ok());
  const auto insert = [&](const std::string& id) {
    return database->Write([&](sql::Connection& connection) { return InsertTransaction(connection, RowOf(id, 0, 5'000'000'000'000'000'000, "x")); });
  };
  EXPECT_TRUE(insert("a").ok());
  EXPECT_FALSE(insert("b").ok());
  EXPECT_EQ(database->Query("SELECT COUNT(*) FROM transactions")->at(0).Int(0), 1) << "nothing is half written";
  EXPECT_EQ(KeptSums(*database), RecountedSums(*database));
}

}  // namespace
}  // namespace finance::transaction_processor
