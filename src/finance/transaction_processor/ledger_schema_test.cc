#include "finance/transaction_processor/ledger_schema.h"

#include <gtest/gtest.h>

#include "base/random.h"
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

// The sums as they must be, from the rows.
sql::Rows Recounted(sql::Database& database) {
  return *database.Query(
      "SELECT user_id, day, account, currency, category, SUM(CASE WHEN amount_minor > 0 AND part_count = 0 THEN amount_minor ELSE 0 END),"
      " SUM(CASE WHEN amount_minor < 0 AND part_count = 0 THEN amount_minor ELSE 0 END), SUM(CASE WHEN part_count = 0 THEN 1 ELSE 0 END),"
      " SUM(CASE WHEN parent = '' THEN amount_minor ELSE 0 END), SUM(CASE WHEN parent = '' THEN 1 ELSE 0 END)"
      " FROM transactions WHERE deleted_ns = 0 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5");
}
sql::Rows Kept(sql::Database& database) {
  return *database.Query("SELECT user_id, day, account, currency, category, in_minor, out_minor, rows, balance_minor, balance_rows FROM day_sums"
                         " WHERE rows <> 0 OR balance_rows <> 0 ORDER BY 1, 2, 3, 4, 5");
}
std::string TextOf(const sql::Rows& rows) {
  std::string out;
  for (const sql::Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) out += (row.Text(i).empty() ? std::to_string(row.Int(i)) : row.Text(i)) + " ";
    out += "\n";
  }
  return out;
}

void ChangeAtRandom(sql::Database& database, Random& random, int round) {
  ASSERT_TRUE(database.Write([&](sql::Connection& connection) -> base::Status {
    const std::string id = "t" + std::to_string(random.Below(30));
    ASSIGN_OR_RETURN(std::optional<StoredTransaction> row, FindTransaction(connection, id));
    if (!row) return InsertTransaction(connection, RowOf(id, static_cast<int>(random.Below(4)), static_cast<int64_t>(random.Below(2000)) - 1000, "shop " + id));
    switch (random.Below(5)) {
      case 0: return DeleteTransaction(connection, id);
      case 1: row->deleted_ns = row->deleted_ns == 0 ? 5 : 0; break;
      case 2: row->row.category = *ledger::CategoryFromNumber(static_cast<int64_t>(random.Below(4))); break;
      case 3: row->row.date = ledger::Date::FromDays(20'000 + static_cast<int>(random.Below(4))); break;
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
      ASSERT_EQ(TextOf(Kept(*database)), TextOf(Recounted(*database))) << "round " << round;
    }
  }
  EXPECT_EQ(TextOf(Kept(*database)), TextOf(Recounted(*database)));
}

TEST(LedgerSchema, DaySumsAreWhatTheRowsSayAfterAnyChange) {
  sql::TestFolder folder;
  SumsStayRight("sqlite:" + folder.path() + "/a.db");
}

TEST(LedgerSchema, DaySumsAreWhatTheRowsSayOnPostgresToo) {
  const auto server = sql::TestPostgres::Start();
  if (server == nullptr) GTEST_SKIP() << "no PostgreSQL here";
  SumsStayRight(server->url());
}

TEST(LedgerSchema, BringsADatabaseOfTheVersionBeforeUpToDate) {
  sql::TestFolder folder;
  auto database = *sql::Database::Open("sqlite:" + folder.path() + "/a.db");
  std::vector<std::string> steps = LedgerSteps("sqlite");
  steps.resize(steps.size() - 2);  // the schema before rows could be edited
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
  EXPECT_EQ(TextOf(Kept(*database)), TextOf(Recounted(*database)));
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
  EXPECT_EQ(TextOf(Kept(*database)), TextOf(Recounted(*database)));
}

}  // namespace
}  // namespace finance::transaction_processor
