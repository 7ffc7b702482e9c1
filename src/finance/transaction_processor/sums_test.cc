// The kept sums against the rows they are of: every range, and every way to change a row.
#include <gtest/gtest.h>

#include "base/random.h"
#include "finance/transaction_processor/recounted_sums_test.h"
#include "finance/transaction_processor/report.h"
#include "finance/transaction_processor/running_service_test.h"

namespace finance::transaction_processor {
namespace {

using awry::base::Random;
using ledger::Date;

TEST(SumTables, TheMonthOfADayIsTheCalendars) {
  sql::TestFolder folder;
  auto database = *sql::Database::Open(awry::sql::TestDatabaseUrl(folder.path() + "/a.db"));
  for (const auto& [from, until] : {std::pair{"0001-01-01", "0004-12-31"}, {"1899-12-01", "1900-04-01"}, {"1968-01-01", "2032-12-31"}, {"2099-12-01", "2100-04-01"}, {"9999-01-01", "9999-12-31"}}) {
    const auto rows = database->Query("WITH RECURSIVE days(day) AS (SELECT CAST($1 AS INTEGER) UNION ALL SELECT day + 1 FROM days WHERE day < $2) SELECT day, " +
                                          MonthNumberSql("day") + " FROM days",
                                      {int64_t{Date::Parse(from)->days()}, int64_t{Date::Parse(until)->days()}});
    ASSERT_TRUE(rows.ok()) << rows.status().ToString();
    for (const sql::Row& row : *rows) {
      const Date date = Date::FromDays(static_cast<int32_t>(row.Int(0)));
      ASSERT_EQ(row.Int(1), MonthNumber(date)) << date.ToString();
      ASSERT_EQ(FirstDayOfMonth(row.Int(1)).MonthText(), date.MonthText());
    }
  }
}

StoredTransaction RowOf(Random& random, int n) {
  return {.row = {.id = "t" + std::to_string(n), .account = random.Below(2) == 0 ? "main" : "card", .user_id = *ledger::UserId::Parse(n % 9 == 0 ? "other" : "u"),
                  .date = Date::Parse("2024-11-20")->AddDays(static_cast<int32_t>(random.Below(200))),
                  .amount = {static_cast<int64_t>(random.Below(2000)) - 1000, *ledger::Currency::Parse(random.Below(5) == 0 ? "USD" : "EUR")},
                  .raw_description = "x", .description = "x", .category = *ledger::CategoryFromNumber(static_cast<int64_t>(random.Below(4))),
                  .fingerprint = std::to_string(n)}};
}

using SumKeyed = std::map<std::string, std::string>;

SumKeyed FromRows(const std::vector<StoredTransaction>& rows, const SumRange& range, int month_start) {
  std::map<std::string, std::array<int64_t, 3>> sums;
  for (const StoredTransaction& stored : rows) {
    const ledger::Transaction& row = stored.row;
    if (row.user_id != range.user || (range.from && row.date < *range.from) || (range.to && row.date > *range.to)) continue;
    if (!range.account.empty() && row.account != range.account) continue;
    auto& sum = sums[fmt::format("{} {} {}", row.date.AddDays(1 - month_start).MonthText(), ledger::CategoryId(row.category), row.amount.currency.str())];
    sum[row.amount.minor > 0 ? 0 : 1] += row.amount.minor;
    ++sum[2];
  }
  SumKeyed texts;
  for (const auto& [key, sum] : sums) texts[key] = fmt::format("{} {} {}", sum[0], sum[1], sum[2]);
  return texts;
}

TEST(SumTables, AnyRangeOfAnyMonthIsTheSumOfItsRows) {
  sql::TestFolder folder;
  auto database = *sql::Database::Open(awry::sql::TestDatabaseUrl(folder.path() + "/a.db"));
  ASSERT_TRUE(MigrateLedger(*database).ok());
  Random random(11);
  std::vector<StoredTransaction> stored;
  for (int i = 0; i < 400; ++i) stored.push_back(RowOf(random, i));
  ASSERT_TRUE(database->Write([&](sql::Connection& connection) -> base::Status {
    for (const StoredTransaction& row : stored) RETURN_IF_ERROR(InsertTransaction(connection, row));
    return {};
  }).ok());
  for (int round = 0; round < 150; ++round) {
    SumRange range{.user = *ledger::UserId::Parse("u"), .from = {}, .to = {}, .account = random.Below(3) == 0 ? "card" : ""};
    const Date from = Date::Parse("2024-11-15")->AddDays(static_cast<int32_t>(random.Below(210)));
    if (random.Below(4) != 0) range.from = random.Below(3) == 0 ? FirstDayOfMonth(MonthNumber(from)) : from;
    if (random.Below(4) != 0) range.to = random.Below(3) == 0 ? FirstDayOfMonth(MonthNumber(from) + 2).AddDays(-1) : from.AddDays(static_cast<int32_t>(random.Below(120)));
    const int month_start = random.Below(2) == 0 ? 1 : 1 + static_cast<int>(random.Below(28));
    SumKeyed kept;
    ASSERT_TRUE(database->Read([&](sql::Connection& connection) -> base::Status {
      ASSIGN_OR_RETURN(const std::vector<CategorySum> sums, SumsByPeriod(connection, range, false, month_start));
      for (const CategorySum& sum : sums) {
        kept[fmt::format("{} {} {}", sum.period, ledger::CategoryId(sum.category), sum.currency)] = fmt::format("{} {} {}", sum.in_minor, sum.out_minor, sum.rows);
      }
      return {};
    }).ok());
    ASSERT_EQ(kept, FromRows(stored, range, month_start)) << "round " << round << " month start " << month_start << " from "
                                                          << (range.from ? range.from->ToString() : "-") << " to " << (range.to ? range.to->ToString() : "-");
  }
}

// One person who does at random all that changes rows.
class Person {
 public:
  explicit Person(Running& service) : service_(service) {
    for (const std::string account : {"main", "card"}) {
      service_.Json("PUT", "/accounts/" + account, R"({"user_id":"user123","name":")" + account + R"(","kind":"checking","currency":"EUR"})");
    }
  }

  void DoSomething(Random& random) {
    switch (random.Below(10)) {
      case 0: return PostAny(random);
      case 1: return Import(random);
      case 2: return Revert(random);
      case 3: return Patch(random, R"({"category":"dining"})");
      case 4: return Patch(random, random.Below(2) == 0 ? R"({"deleted":true})" : R"({"deleted":false})");
      case 5: return Split(random);
      case 6: return Bulk(random);
      case 7: (void)service_.Send("POST", "/transactions/undo?user_id=user123"); return;
      case 8: return Transfer(random);
      default: return Rule(random);
    }
  }

  std::map<std::string, int> done;  // by what succeeded

 private:
  void Count(const std::string& what, const net::HttpResponse& response) {
    ASSERT_LT(response.status, 500) << what << ": " << response.body;
    if (response.status < 300) ++done[what];
  }

  void Post(const std::string& account, int64_t minor, const std::string& date, const std::string& text) {
    Count("post", service_.Send("POST", "/transactions?wait=processed",
                                fmt::format(R"({{"id":"t{}","user_id":"user123","account":"{}","date":"{}","amount_minor":{},"currency":"EUR","description":"{}"}})",
                                            ++made_, account, date, minor, text)));
  }

  void PostAny(Random& random) {
    Post(random.Below(2) == 0 ? "main" : "card", (1 + static_cast<int64_t>(random.Below(4))) * (random.Below(2) == 0 ? 1000 : -1000),
         fmt::format("2026-0{}-1{}", 1 + random.Below(3), random.Below(5)), fmt::format("Transfer {}", random.Below(3)));
  }

  void Import(Random& random) {
    std::string file = "Date,Amount,Description\n";
    for (int i = 0; i < 4; ++i) {
      file += fmt::format("2026-0{}-1{},{}{}.00,Shop {}\n", 1 + random.Below(3), random.Below(5), random.Below(3) == 0 ? "" : "-", 1 + random.Below(40), random.Below(4));
    }
    const JsonDocument preview = ImportFile(service_, random.Below(2) == 0 ? "main" : "card", file);
    imports_.emplace_back(preview.root().Find("import_id").AsString().value_or(""));
    ++done["import"];
  }

  void Revert(Random& random) {
    if (imports_.empty() || random.Below(2) == 0) return;
    Count("revert", service_.Send("POST", "/imports/" + imports_[random.Below(imports_.size())] + "/revert?user_id=user123"));
  }

  // The id of a row that there is.
  std::string Any(Random& random) {
    const auto rows = service_.database().Query("SELECT id FROM transactions WHERE parent = '' ORDER BY seq");
    return rows->empty() ? "none" : (*rows)[random.Below(rows->size())].Text(0);
  }

  void Patch(Random& random, const std::string& body) { Count("patch " + body, service_.Send("PATCH", "/transactions/" + Any(random) + "?user_id=user123", body)); }

  void Split(Random& random) {
    const std::string id = Any(random);
    if (id == "none") return;
    if (random.Below(3) == 0) return Count("join", service_.Send("PATCH", "/transactions/" + id + "?user_id=user123", R"({"splits":[]})"));
    const int64_t minor = service_.database().Query("SELECT amount_minor FROM transactions WHERE id = $1", {id})->at(0).Int(0);
    Count("split", service_.Send("PATCH", "/transactions/" + id + "?user_id=user123",
                                 fmt::format(R"({{"splits":[{{"amount_minor":{},"category":"home"}},{{"amount_minor":{},"category":"dining"}}]}})", minor / 4, minor - minor / 4)));
  }

  void Bulk(Random& random) {
    Count("bulk", service_.Send("POST", "/transactions/bulk?user_id=user123",
                                fmt::format(R"({{"ids":["{}","{}"],"changes":{{"category":"travel"}}}})", Any(random), Any(random))));
  }

  // A pair that nothing but its amount makes one, and a word about it.
  void Transfer(Random& random) {
    const int64_t minor = 5000 + made_;
    Post("main", -minor, "2026-02-11", "Shop");
    Post("card", minor, "2026-02-12", "Refund");
    // Once two accounts were linked, further pairs of theirs are linked at once.
    for (const auto& [state, verdict] : {std::pair<std::string, std::string>{"suggested", "confirm"}, {"linked", "reject"}}) {
      const JsonDocument list = service_.Json("GET", "/transfers?user_id=user123&state=" + state);
      const JsonValue pairs = list.root().Find("transfers");
      if (pairs.size() == 0 || random.Below(2) == 0) continue;
      const std::string id(pairs.At(random.Below(pairs.size())).Find("id").AsString().value_or(""));
      Count(verdict, service_.Send("POST", "/transfers/" + id + "/" + verdict + "?user_id=user123"));
    }
  }

  void Rule(Random& random) {
    const auto made = service_.Send("POST", "/rules?user_id=user123",
                                    fmt::format(R"({{"name":"r","stage":"normal","match":"all","conditions":[{{"field":"description","op":"contains","value":"{}"}}],)"
                                                R"("actions":[{{"set":"category","value":"health"}}],"active":true}})", random.Below(4)));
    const auto document = JsonDocument::Parse(made.body);
    if (made.status != 201 || !document.ok()) return;
    Count("rule", service_.Send("POST", "/rules/" + std::string(document->root().Find("id").AsString().value_or("")) + "/apply?user_id=user123"));
  }

  Running& service_;
  int made_ = 0;
  std::vector<std::string> imports_;
};

TEST(SumTables, AreWhatTheRowsSayWhateverAPersonDoes) {
  Peer peer;
  Running service(peer);
  Person person(service);
  Random random(17);
  for (int round = 0; round < 150; ++round) {
    person.DoSomething(random);
    ASSERT_EQ(KeptSums(service.database()), RecountedSums(service.database())) << "round " << round;
  }
  for (const std::string what : {"post", "import", "revert", R"(patch {"deleted":true})", "split", "join", "bulk", "confirm", "reject", "rule"}) {
    EXPECT_GT(person.done[what], 0) << what << " was never done";
  }
  service.Json("DELETE", "/ledger?user_id=user123");
  EXPECT_EQ(service.database().Query("SELECT COUNT(*) FROM month_sums")->at(0).Int(0), 0);
}

}  // namespace
}  // namespace finance::transaction_processor
