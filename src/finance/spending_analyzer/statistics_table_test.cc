#include "finance/spending_analyzer/statistics_table.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/random.h"
#include "sql/test_servers.h"

namespace finance::spending_analyzer {
namespace {

using ledger::Category;

class TempDatabase {
 public:
  TempDatabase() {
    char name[] = "/tmp/statistics-test-XXXXXX";
    dir_ = mkdtemp(name);
    auto database = sql::Database::Open(awry::sql::TestDatabaseUrl(dir_ + "/a.db"));
    EXPECT_TRUE(database.ok()) << database.status().ToString();
    database_ = std::move(*database);
    EXPECT_TRUE(MigrateStatistics(*database_).ok());
  }
  ~TempDatabase() {
    database_.reset();
    std::filesystem::remove_all(dir_);
  }
  sql::Database& operator*() { return *database_; }

 private:
  std::string dir_;
  std::unique_ptr<sql::Database> database_;
};

struct Change {
  ledger::UserId user;
  std::string id;
  int64_t revision;
  std::optional<CountedRow> row;
};

CountedRow RandomRow(base::Random& random) {
  const auto currency = ledger::Currency::Parse(random.Chance(0.8) ? "EUR" : "USD").value();
  return {ledger::Date::FromYmd(2026, 1 + static_cast<int>(random.Below(4)), 1 + static_cast<int>(random.Below(28))).value(),
          {static_cast<int64_t>(random.Below(20'000)) - 15'000, currency},
          static_cast<Category>(random.Below(ledger::kCategoryCount)),
          "shop"};
}

using SumKey = std::tuple<std::string, std::string, int, std::string>;  // user, month, category, currency
struct SumValue {
  int64_t out = 0, in = 0, count = 0;
  bool operator==(const SumValue&) const = default;
};

// What counting from scratch gives: the highest revision of each transaction.
std::map<SumKey, SumValue> Recompute(const std::vector<Change>& changes) {
  std::map<std::pair<std::string, std::string>, const Change*> newest;
  for (const Change& change : changes) {
    const Change*& known = newest[{change.user.str(), change.id}];
    if (known == nullptr || known->revision < change.revision) known = &change;
  }
  std::map<SumKey, SumValue> sums;
  for (const auto& [key, change] : newest) {
    if (!change->row) continue;
    const CountedRow& row = *change->row;
    SumValue& sum = sums[{key.first, row.date.MonthText(), static_cast<int>(row.category), std::string(row.amount.currency.str())}];
    (row.amount.minor < 0 ? sum.out : sum.in) += std::abs(row.amount.minor);
    ++sum.count;
  }
  return sums;
}

TEST(CountTransaction, AnyOrderAndRepetitionEndsLikeARecomputation) {
  base::Random random(20260101);
  for (int round = 0; round < 15; ++round) {
    std::vector<Change> changes;
    for (int i = 0; i < 60; ++i) {
      const std::string id = "t" + std::to_string(random.Below(15));
      const auto user = ledger::UserId::Parse(random.Chance(0.5) ? "user12" : "user123").value();
      // A revision of a transaction says one thing only.
      const auto same = std::find_if(changes.begin(), changes.end(), [&](const Change& c) { return c.user == user && c.id == id; });
      const int64_t revision = same == changes.end() ? 0 : static_cast<int64_t>(changes.size());
      changes.push_back({user, id, revision, random.Chance(0.15) ? std::nullopt : std::optional(RandomRow(random))});
    }
    std::vector<Change> arrivals = changes;
    for (const Change& change : changes) {
      if (random.Chance(0.4)) arrivals.push_back(change);
    }
    for (size_t i = arrivals.size(); i > 1; --i) std::swap(arrivals[i - 1], arrivals[random.Below(i)]);

    TempDatabase database;
    ASSERT_TRUE((*database).Write([&](sql::Connection& connection) -> base::Status {
      for (const Change& c : arrivals) RETURN_IF_ERROR(CountTransaction(connection, c.user, c.id, c.revision, c.row).status());
      return {};
    }).ok());
    std::map<SumKey, SumValue> sums;
    ASSERT_TRUE((*database).Read([&](sql::Connection& connection) -> base::Status {
      for (const char* name : {"user12", "user123"}) {
        ASSIGN_OR_RETURN(const std::vector<CategorySum> read, ReadSums(connection, ledger::UserId::Parse(name).value(), ""));
        for (const CategorySum& s : read) sums[{name, s.month, static_cast<int>(s.category), s.currency}] = {s.out_minor, s.in_minor, s.count};
      }
      return {};
    }).ok());
    EXPECT_EQ(sums, Recompute(changes));
  }
}

TEST(StatisticsTable, RowsOfAMerchantCountForRhythmsFromTwoToTheMostOfThem) {
  TempDatabase database;
  const auto user = *ledger::UserId::Parse("u");
  const auto other = *ledger::UserId::Parse("other");
  const ledger::Date first = *ledger::Date::FromYmd(2026, 1, 1);
  ASSERT_TRUE((*database).Write([&](sql::Connection& connection) -> base::Status {
    int id = 0;
    const auto add = [&](const ledger::UserId& whose, const std::string& merchant, int rows, int32_t day) -> base::Status {
      for (int i = 0; i < rows; ++i) {
        RETURN_IF_ERROR(CountTransaction(connection, whose, "t" + std::to_string(++id), 1,
                                         CountedRow{first.AddDays(day + i % 28), {-100, *ledger::Currency::Parse("EUR")}, Category::kDining, merchant, merchant, "a"})
                            .status());
      }
      return {};
    };
    RETURN_IF_ERROR(add(user, "most", kMerchantRowsMax, 0));
    RETURN_IF_ERROR(add(user, "too many", kMerchantRowsMax + 1, 0));
    RETURN_IF_ERROR(add(user, "once", 1, 0));
    RETURN_IF_ERROR(add(user, "twice", 2, 0));
    RETURN_IF_ERROR(add(user, "once and long ago", 1, 0));
    RETURN_IF_ERROR(add(user, "once and long ago", 1, -400));
    RETURN_IF_ERROR(add(user, "too many long ago", 3, 0));
    RETURN_IF_ERROR(add(user, "too many long ago", kMerchantRowsMax, -400));
    RETURN_IF_ERROR(add(user, "", 5, 0));
    return add(other, "another's", 5, 0);
  }).ok());
  std::map<std::string, int> counts;
  ASSERT_TRUE((*database).Read([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const std::vector<MerchantRow> rows, ReadMerchantRows(connection, user, first, 50'000));
    for (const MerchantRow& row : rows) ++counts[row.merchant];
    return {};
  }).ok());
  EXPECT_EQ(counts, (std::map<std::string, int>{{"most", kMerchantRowsMax}, {"twice", 2}, {"too many long ago", 3}}));
}

}  // namespace
}  // namespace finance::spending_analyzer
