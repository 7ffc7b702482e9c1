#include "finance/transaction_processor/text_ranges.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "base/random.h"
#include "finance/transaction_processor/row_query.h"
#include "finance/transaction_processor/running_service_test.h"

namespace finance::transaction_processor {
namespace {

using awry::base::Random;
using ledger::Date;

std::string TotalText(const std::string& currency, int64_t in, int64_t out, int64_t rows) { return fmt::format("{} {} {} {}\n", currency, in, out, rows); }

// The totals of all that `filter` asks for by text, days, account and category, added up here.
std::string Recounted(sql::Database& database, const TransactionFilter& filter) {
  std::map<std::string, std::array<int64_t, 3>> sums;
  const auto rows = database.Query("SELECT user_id, day, account, currency, category, amount_minor, raw_description FROM transactions"
                                   " WHERE deleted_ns = 0 AND part_count = 0 AND parent = ''");
  for (const sql::Row& row : *rows) {
    const Date date = Date::FromDays(static_cast<int32_t>(row.Int(1)));
    if (row.Text(0) != filter.user.str() || (filter.from && date < *filter.from) || (filter.to && date > *filter.to)) continue;
    if (!filter.account.empty() && row.Text(2) != filter.account) continue;
    if (filter.category ? row.Int(4) != static_cast<int64_t>(*filter.category) : row.Int(4) == 2) continue;
    if (row.Text(6).find(filter.text) == std::string::npos) continue;
    auto& sum = sums[row.Text(3)];
    sum[row.Int(5) > 0 ? 0 : 1] += row.Int(5);
    ++sum[2];
  }
  std::string text;
  for (const auto& [currency, sum] : sums) text += TotalText(currency, sum[0], sum[1], sum[2]);
  return text;
}

std::string Answered(sql::Database& database, const TransactionFilter& filter) {
  std::string text;
  const base::Status status = database.Read([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const std::vector<Total> totals, TotalsOf(connection, filter));
    for (const Total& total : totals) text += TotalText(total.currency, total.in_minor, total.out_minor, total.rows);
    return {};
  });
  return status.ok() ? text : status.ToString();
}

// "FROM TO everywhere" a line.
std::string Ranges(sql::Database& database, const std::string& text) {
  std::string lines;
  const base::Status status = database.Read([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const std::vector<TextRange> ranges, RangesOfText(connection, *ledger::UserId::Parse("u"), {}, {}, TrigramPhrase(text)));
    for (const TextRange& range : ranges) lines += fmt::format("{} {}{}\n", range.from.ToString(), range.to.ToString(), range.everywhere ? " everywhere" : "");
    return {};
  });
  return status.ok() ? lines : status.ToString();
}

struct Ledger {
  Ledger() : database(*sql::Database::Open(awry::sql::TestDatabaseUrl(folder.path() + "/a.db"))) { EXPECT_TRUE(MigrateLedger(*database).ok()); }
  void Add(const std::vector<StoredTransaction>& rows) {
    EXPECT_TRUE(database->Write([&](sql::Connection& connection) -> base::Status {
      for (const StoredTransaction& stored : rows) RETURN_IF_ERROR(InsertTransaction(connection, stored));
      return {};
    }).ok());
  }
  void Execute(const std::string& statement) {
    EXPECT_TRUE(database->Write([&](sql::Connection& connection) { return connection.Execute(statement).status(); }).ok());
  }
  bool has_trigrams() const { return database->system() == "sqlite"; }

  sql::TestFolder folder;
  std::unique_ptr<sql::Database> database;
};

StoredTransaction RowOf(int n, const std::string& date, const std::string& text) {
  return {.row = {.id = "t" + std::to_string(n), .account = n % 3 == 0 ? "card" : "main", .user_id = *ledger::UserId::Parse("u"), .date = *Date::Parse(date),
                  .amount = {n % 4 == 0 ? 1000 + n : -1000 - n, *ledger::Currency::Parse(n % 5 == 0 ? "USD" : "EUR")}, .raw_description = text,
                  .description = text, .category = *ledger::CategoryFromNumber(1 + n % 4), .fingerprint = std::to_string(n)}};
}

TEST(TextRanges, MonthsInWhichEveryRowHoldsTheTextAreFoundAndOthersAreNot) {
  Ledger ledger;
  if (!ledger.has_trigrams()) GTEST_SKIP() << "SQLite's trigrams";
  std::vector<StoredTransaction> rows;
  for (int n = 0; n < 120; ++n) {
    rows.push_back(RowOf(n, fmt::format("2024-{:02}-{:02}", 1 + n / 10, 1 + n % 28), n / 10 == 4 && n % 10 == 7 ? "shop paris" : "shop \"berlin\" 0"));
  }
  ledger.Add(rows);
  EXPECT_EQ(Ranges(*ledger.database, "shop"), "2024-01-01 2024-12-31 everywhere\n");
  EXPECT_EQ(Ranges(*ledger.database, "\"BERLIN\""), "2024-01-01 2024-04-30 everywhere\n2024-05-01 2024-05-31\n2024-06-01 2024-12-31 everywhere\n");
  EXPECT_EQ(Ranges(*ledger.database, "paris"), "2024-01-01 2024-12-31\n");
  ledger.Execute("UPDATE transactions SET part_count = 2 WHERE id = 't0'");
  EXPECT_EQ(Ranges(*ledger.database, "shop"), "2024-01-01 2024-01-31\n2024-02-01 2024-12-31 everywhere\n") << "a row that is split is looked at";
  StoredTransaction other = RowOf(200, "2024-12-05", "cafe");
  other.row.user_id = *ledger::UserId::Parse("other");
  ledger.Add({other});
  EXPECT_EQ(Ranges(*ledger.database, "shop"), "2024-01-01 2024-01-31\n2024-02-01 2024-11-30 everywhere\n2024-12-01 2024-12-31\n");
}

TEST(TextRanges, TotalsAreThoseOfTheRowsWhereverTheTextIs) {
  Ledger ledger;
  Random random(23);
  std::vector<StoredTransaction> rows;
  for (int n = 0; n < 500; ++n) {
    const std::string date = Date::Parse("1969-11-20")->AddDays(static_cast<int32_t>(random.Below(240))).ToString();
    // Nearly all rows hold "shop"; "berlin" is in all rows of every other month.
    const bool berlin = Date::Parse(date)->month() % 2 == 0 || random.Below(3) == 0;
    StoredTransaction stored = RowOf(n, date, std::string(random.Below(60) == 0 ? "kiosk" : "shop") + (berlin ? " berlin" : " rome"));
    if (random.Below(50) == 0) stored.row.user_id = *ledger::UserId::Parse("other");
    if (random.Below(40) == 0) stored.deleted_ns = 1;
    rows.push_back(std::move(stored));
  }
  ledger.Add(rows);
  for (int round = 0; round < 120; ++round) {
    TransactionFilter filter{.user = *ledger::UserId::Parse("u")};
    filter.trigrams = ledger.has_trigrams();
    filter.text = std::array{"shop", "berlin", "rome", "kiosk", "o"}[random.Below(5)];
    const Date from = Date::Parse("1969-11-01")->AddDays(static_cast<int32_t>(random.Below(240)));
    if (random.Below(2) == 0) filter.from = from;
    if (random.Below(2) == 0) filter.to = from.AddDays(static_cast<int32_t>(random.Below(150)));
    if (random.Below(3) == 0) filter.account = "card";
    if (random.Below(3) == 0) filter.category = *ledger::CategoryFromNumber(1 + static_cast<int64_t>(random.Below(4)));
    ASSERT_EQ(Answered(*ledger.database, filter), Recounted(*ledger.database, filter))
        << "round " << round << " " << filter.text << " from " << (filter.from ? filter.from->ToString() : "-") << " to " << (filter.to ? filter.to->ToString() : "-");
  }
}

// What a page of the filter shows, added up here; of a split row its parts.
std::string AddedUp(sql::Database& database, const TransactionFilter& filter) {
  std::map<std::string, std::array<int64_t, 3>> sums;
  const base::Status status = database.Read([&](sql::Connection& connection) -> base::Status {
    TransactionFilter all = filter;
    all.limit = 1000;
    all.category.reset();
    ASSIGN_OR_RETURN(const TransactionPage page, ListTransactions(connection, all));
    for (const StoredTransaction& stored : page.rows) {
      ASSIGN_OR_RETURN(std::vector<StoredTransaction> counted, ReadParts(connection, stored.row.id));
      if (counted.empty()) counted.push_back(stored);
      for (const StoredTransaction& one : counted) {
        if (filter.category ? one.row.category != *filter.category : one.row.category == ledger::Category::kTransfer) continue;
        auto& sum = sums[std::string(one.row.amount.currency.str())];
        sum[one.row.amount.minor > 0 ? 0 : 1] += one.row.amount.minor;
        ++sum[2];
      }
    }
    return {};
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  std::string text;
  for (const auto& [currency, sum] : sums) text += TotalText(currency, sum[0], sum[1], sum[2]);
  return text;
}

TEST(TextRanges, PartsOfASplitRowAreInTheTotalsOfItsWordsAsInTheSumOverItsRows) {
  Ledger ledger;
  Random random(24);
  std::vector<StoredTransaction> rows;
  for (int n = 0; n < 90; ++n) {
    StoredTransaction stored = RowOf(n, fmt::format("2024-0{}-{:02}", 1 + n / 30, 1 + n % 28), n % 3 == 0 ? "shop berlin" : "shop rome");
    stored.note = n % 7 == 0 ? "holiday" : "";
    if (n % 11 == 0) stored.deleted_ns = 1;
    const bool split = n / 30 != 1 && n % 5 == 0;
    stored.part_count = split ? 2 : 0;
    rows.push_back(stored);
    for (int part = 0; split && part < 2; ++part) {
      StoredTransaction child = stored;
      child.row.id += "~" + std::to_string(part);
      child.row.amount.minor = part == 0 ? -300 : stored.row.amount.minor + 300;
      child.row.category = *ledger::CategoryFromNumber(1 + (n + part) % 4);
      child.row.fingerprint.clear();
      child.parent = stored.row.id;
      child.part_count = 0;
      child.note = part == 0 ? "holiday" : "";
      rows.push_back(child);
    }
  }
  ledger.Add(rows);
  for (const bool trigrams : {false, true}) {
    if (trigrams && !ledger.has_trigrams()) continue;
    for (int round = 0; round < 80; ++round) {
      TransactionFilter filter{.user = *ledger::UserId::Parse("u")};
      filter.trigrams = trigrams;
      filter.text = std::array{"shop", "berlin", "holiday", "no such"}[random.Below(4)];
      if (random.Below(3) == 0) filter.from = Date::Parse("2024-01-10")->AddDays(static_cast<int32_t>(random.Below(60)));
      if (random.Below(3) == 0) filter.to = Date::Parse("2024-03-20")->AddDays(-static_cast<int32_t>(random.Below(60)));
      if (random.Below(4) == 0) filter.account = "card";
      if (random.Below(3) == 0) filter.category = *ledger::CategoryFromNumber(1 + static_cast<int64_t>(random.Below(4)));
      if (random.Below(5) == 0) filter.deleted = true;
      ASSERT_EQ(Answered(*ledger.database, filter), AddedUp(*ledger.database, filter)) << "round " << round << " " << filter.text << (trigrams ? " by trigrams" : "");
    }
  }
}

}  // namespace
}  // namespace finance::transaction_processor
