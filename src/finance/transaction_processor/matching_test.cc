// Duplicates and matches: what a second look at the same rows adds, on generated ledgers.
#include <awry/sdk/sdk.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "finance/transaction_processor/row_pairing.h"
#include "finance/transaction_processor/running_service_test.h"

namespace finance::transaction_processor {
namespace {

using awry::base::Random;

int64_t CostOfPairs(std::span<const int64_t> cost, size_t right_count, const std::vector<std::optional<size_t>>& pairs) {
  int64_t sum = 0;
  for (size_t i = 0; i < pairs.size(); ++i) sum += pairs[i] ? cost[i * right_count + *pairs[i]] - kPairCostMax * 1000 : 0;
  return sum;
}

// Every assignment, by trying them all.
int64_t BestByTrying(std::span<const int64_t> cost, size_t left, size_t left_count, size_t right_count, std::vector<bool>& taken) {
  if (left == left_count) return 0;
  int64_t best = BestByTrying(cost, left + 1, left_count, right_count, taken);
  for (size_t right = 0; right < right_count; ++right) {
    if (taken[right] || cost[left * right_count + right] > kPairCostMax) continue;
    taken[right] = true;
    best = std::min(best, cost[left * right_count + right] - kPairCostMax * 1000 + BestByTrying(cost, left + 1, left_count, right_count, taken));
    taken[right] = false;
  }
  return best;
}

TEST(RowPairing, FindsTheMostPairsAndOfThoseTheCheapest) {
  Random random(7);
  for (int round = 0; round < 300; ++round) {
    const size_t left = random.Below(6), right = random.Below(6);
    std::vector<int64_t> cost;
    for (size_t i = 0; i < left * right; ++i) {
      cost.push_back(random.Below(3) == 0 ? kPairCostMax + 1 : static_cast<int64_t>(random.Below(2000)));
    }
    const auto pairs = BestPairs(cost, left, right);
    ASSERT_EQ(pairs.size(), left);
    std::vector<bool> taken(right, false);
    for (const auto& pair : pairs) {
      if (!pair) continue;
      ASSERT_FALSE(taken[*pair]) << "round " << round;
      taken[*pair] = true;
    }
    std::vector<bool> none(right, false);
    EXPECT_EQ(CostOfPairs(cost, right, pairs), BestByTrying(cost, 0, left, right, none)) << "round " << round;
  }
}

struct Line {
  int day = 1;
  int cents = 0;
  std::string text;
  std::string id;
};

std::string Csv(const std::vector<Line>& lines) {
  std::string out = "Date,Amount,Description\n";
  for (const Line& line : lines) {
    out += "2026-01-" + std::string(line.day < 10 ? "0" : "") + std::to_string(line.day) + ",-" + std::to_string(line.cents / 100) + "." +
           std::to_string(line.cents / 10 % 10) + std::to_string(line.cents % 10) + "," + line.text + "\n";
  }
  return out;
}

std::string Ofx(const std::vector<Line>& lines) {
  std::string out = "<OFX><CURDEF>EUR</CURDEF>";
  for (const Line& line : lines) {
    out += "<STMTTRN><DTPOSTED>202601" + std::string(line.day < 10 ? "0" : "") + std::to_string(line.day) + "</DTPOSTED><TRNAMT>-" +
           std::to_string(line.cents / 100) + "." + std::to_string(line.cents / 10 % 10) + std::to_string(line.cents % 10) +
           "</TRNAMT><FITID>" + line.id + "</FITID><NAME>" + line.text + "</NAME></STMTTRN>";
  }
  return out + "</OFX>";
}

// Few days, amounts and shops, so that true repeats are common.
std::vector<Line> Ledger(Random& random, size_t rows) {
  const std::vector<std::string> shops = {"COFFEE", "BAKERY", "REWE", "SHELL"};
  std::vector<Line> lines;
  for (size_t i = 0; i < rows; ++i) {
    lines.push_back({1 + static_cast<int>(random.Below(28)), 100 + static_cast<int>(random.Below(4)) * 50, shops[random.Below(shops.size())],
                     "F" + std::to_string(i)});
  }
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.day < b.day; });
  return lines;
}

// date, amount, description → how many the ledger shows.
std::map<std::string, int> Shown(Running& service) {
  std::map<std::string, int> rows;
  const JsonDocument page = service.Json("GET", "/transactions?user_id=user123&limit=1000");
  for (const JsonValue row : page.root().Find("transactions").items()) {
    ++rows[std::string(*row.Find("date").AsString()) + " " + std::to_string(*row.Find("amount_minor").AsInt64()) + " " +
           std::string(*row.Find("description").AsString())];
  }
  return rows;
}

void Shuffle(Random& random, std::vector<Line>& lines) {
  for (size_t i = lines.size(); i > 1; --i) std::swap(lines[i - 1], lines[random.Below(i)]);
}

int64_t Count(const JsonDocument& preview, std::string_view outcome) {
  return preview.root().Find("counts").Find(outcome).AsInt64().value_or(-1);
}

TEST(Duplicates, ASecondImportAddsNothingAndNoTrueRepeatIsLostInAnyOrder) {
  for (const uint64_t seed : {1, 2, 3}) {
    Random random(seed);
    Peer peer;
    Running service(peer);
    std::vector<Line> lines = Ledger(random, 120);
    EXPECT_EQ(Count(ImportFile(service, "acc", Csv(lines)), "new"), 120) << "every row is true";
    const auto first = Shown(service);
    Shuffle(random, lines);
    EXPECT_EQ(Count(ImportFile(service, "acc", Csv(lines)), "new"), 0) << "seed " << seed;
    EXPECT_EQ(Shown(service), first);
  }
}

TEST(Duplicates, OverlappingFilesGiveTheWholeLedgerOnce) {
  for (const uint64_t seed : {4, 5}) {
    Random random(seed);
    Peer peer;
    Running service(peer);
    const std::vector<Line> lines = Ledger(random, 150);
    // Banks export whole days.
    const auto until = [&](int from, int to) {
      std::vector<Line> part;
      for (const Line& line : lines) {
        if (line.day >= from && line.day <= to) part.push_back(line);
      }
      Shuffle(random, part);
      return part;
    };
    for (const bool ofx : {false, true}) {
      const std::string account = ofx ? "ofx" : "csv";
      for (const auto& [from, to] : {std::pair(1, 12), {8, 20}, {15, 28}}) ImportFile(service, account, ofx ? Ofx(until(from, to)) : Csv(until(from, to)));
      const JsonDocument page = service.Json("GET", "/transactions?user_id=user123&limit=1000&account=" + account);
      EXPECT_EQ(page.root().Find("transactions").size(), 150U) << account << " seed " << seed;
    }
  }
}

TEST(Duplicates, BanksThatChangeTheirIdsDoNotDoubleRows) {
  Random random(6);
  Peer peer;
  Running service(peer);
  std::vector<Line> lines = Ledger(random, 80);
  ImportFile(service, "acc", Ofx(lines));
  for (Line& line : lines) line.id = "NEW" + line.id;
  Shuffle(random, lines);
  EXPECT_EQ(Count(ImportFile(service, "acc", Ofx(lines)), "new"), 0);
}

TEST(Duplicates, OneMoreEqualRowOfTheSameDayIsNewWhereverItStands) {
  Peer peer;
  Running service(peer);
  const Line first{5, 350, "COFFEE", "A"}, second{5, 350, "COFFEE", "B"};
  ImportFile(service, "acc", Ofx({first}));
  EXPECT_EQ(Count(ImportFile(service, "acc", Ofx({second, first})), "new"), 1);
  EXPECT_EQ(Count(ImportFile(service, "acc", Ofx({first, second})), "new"), 0);
}

std::string Hand(const std::string& id, int day, int cents, const std::string& text) {
  return R"({"id":")" + id + R"(","user_id":"user123","account":"acc","date":"2026-01-)" + (day < 10 ? "0" : "") + std::to_string(day) +
         R"(","amount_minor":-)" + std::to_string(cents) + R"(,"currency":"EUR","description":")" + text + "\"}";
}

void MakeAccount(Running& service) {
  service.Json("PUT", "/accounts/acc", R"({"user_id":"user123","name":"A","kind":"checking","currency":"EUR"})");
}

TEST(Matches, ARowEnteredByHandIsMetByItsBankRowAndNeitherComesBack) {
  Peer peer;
  Running service(peer);
  MakeAccount(service);
  service.Json("POST", "/transactions?wait=processed", Hand("h1", 5, 350, "coffee with Ann"), 201);
  service.Json("PATCH", "/transactions/h1", R"({"category":"entertainment","note":"her birthday"})");
  const std::string file = Ofx({{7, 350, "COFFEE FELLOWS 0815", "F1"}});
  EXPECT_EQ(Count(ImportFile(service, "acc", file), "match"), 1);
  const JsonDocument row = service.Json("GET", "/transactions/h1");
  EXPECT_EQ(row.root().Find("date").AsString(), "2026-01-07") << "the bank's day";
  EXPECT_EQ(row.root().Find("description").AsString(), "COFFEE FELLOWS 0815");
  EXPECT_EQ(row.root().Find("category").AsString(), "entertainment") << "the user's category";
  EXPECT_EQ(row.root().Find("note").AsString(), "her birthday");
  EXPECT_EQ(Count(ImportFile(service, "acc", file), "duplicate"), 1);
  EXPECT_EQ(Shown(service).size(), 1U);
}

TEST(Matches, EachStoredRowIsMetOnceAndTheNearestWins) {
  for (const bool backwards : {false, true}) {
    Peer peer;
    Running service(peer);
    MakeAccount(service);
    service.Json("POST", "/transactions", Hand("h1", 5, 350, "COFFEE"), 201);
    service.Json("POST", "/transactions", Hand("h2", 8, 350, "COFFEE"), 201);
    std::vector<Line> lines = {{6, 350, "COFFEE", "A"}, {9, 350, "COFFEE", "B"}, {10, 350, "COFFEE", "C"}};
    if (backwards) std::reverse(lines.begin(), lines.end());
    const JsonDocument preview = ImportFile(service, "acc", Ofx(lines));
    EXPECT_EQ(Count(preview, "match"), 2);
    EXPECT_EQ(Count(preview, "new"), 1);
    EXPECT_EQ(service.Field("/transactions/h1", "date"), "2026-01-06");
    EXPECT_EQ(service.Field("/transactions/h2", "date"), "2026-01-09");
  }
}

TEST(Matches, DeletedRowsStayDeletedUnlessAskedForAndReconciledOnesNeverChange) {
  Peer peer;
  Running service(peer);
  MakeAccount(service);
  const std::string file = Csv({{5, 350, "COFFEE", ""}, {6, 900, "REWE", ""}});
  ImportFile(service, "acc", file);
  const JsonDocument page = service.Json("GET", "/transactions?user_id=user123&q=COFFEE");
  const std::string id(*page.root().Find("transactions").At(0).Find("id").AsString());
  service.Json("PATCH", "/transactions/" + id, R"({"deleted":true})");
  EXPECT_EQ(Count(ImportFile(service, "acc", file), "duplicate"), 2);
  EXPECT_EQ(Shown(service).size(), 1U);
  ImportFile(service, "acc", file, "user123", R"({"rows":[{"number":1,"outcome":"new"}]})");
  EXPECT_EQ(Shown(service).size(), 2U);
  EXPECT_EQ(service.Json("GET", "/transactions/" + id).root().Find("deleted").exists(), false) << "the same row, not a copy";

  service.Json("POST", "/transactions", Hand("h1", 20, 777, "by hand"), 201);
  service.Json("PATCH", "/transactions/h1", R"({"reconciled":true})");
  EXPECT_EQ(Count(ImportFile(service, "acc", Ofx({{21, 777, "BANK", "X"}})), "duplicate"), 1);
  EXPECT_EQ(service.Field("/transactions/h1", "date"), "2026-01-20");
  EXPECT_EQ(service.Field("/transactions/h1", "description"), "by hand");
}

std::string States(const std::vector<std::string>& rows) {
  std::string out = "Date,Description,Amount,State\n";
  for (const std::string& row : rows) out += row + "\n";
  return out;
}

TEST(Matches, APendingRowIsBookedForALittleMoreAndForMuchMoreOnlyWhenAPersonSaysSo) {
  Peer peer;
  Running service(peer);
  MakeAccount(service);
  ImportFile(service, "acc", States({"2026-01-10,CAFE LUMEN,-10.00,PENDING", "2026-01-10,PUB ANCHOR,-20.00,PENDING", "2026-01-10,REWE,-5.00,PENDING"}));
  const std::string booked = States({"2026-01-11,CAFE LUMEN,-12.00,COMPLETED", "2026-01-11,PUB ANCHOR,-38.00,COMPLETED", "2026-01-11,REWE,-50.00,COMPLETED"});
  const JsonDocument preview = ImportFile(service, "acc", booked, "user123", R"({"rows":[{"number":2,"outcome":"match"},{"number":3,"outcome":"match"}]})");
  EXPECT_EQ(Count(preview, "match"), 1) << "the pub is only suggested";
  EXPECT_EQ(Count(preview, "new"), 2);
  EXPECT_TRUE(preview.root().Find("rows").At(1).Find("suggested_id").exists());
  EXPECT_FALSE(preview.root().Find("rows").At(2).Find("suggested_id").exists()) << "ten times as much is no tip";
  const std::map<std::string, int> wanted = {{"2026-01-11 -1200 CAFE LUMEN", 1}, {"2026-01-11 -3800 PUB ANCHOR", 1},
                                             {"2026-01-10 -500 REWE", 1}, {"2026-01-11 -5000 REWE", 1}};
  EXPECT_EQ(Shown(service), wanted);
  EXPECT_EQ(service.Json("GET", "/totals?user_id=user123").root().Find("totals").At(0).Find("out_minor").AsInt64(), 10500);
  EXPECT_EQ(Count(ImportFile(service, "acc", booked), "duplicate"), 3);
  EXPECT_EQ(Shown(service), wanted);
}

TEST(Matches, RevertingABookingWithATipGivesTheAmountBackAndTwoCandidatesAreNone) {
  Peer peer;
  Running service(peer);
  MakeAccount(service);
  ImportFile(service, "acc", States({"2026-01-10,CAFE LUMEN,-10.00,PENDING"}));
  const JsonDocument preview = ImportFile(service, "acc", States({"2026-01-11,CAFE LUMEN,-12.00,COMPLETED"}));
  service.Json("POST", "/imports/" + std::string(*preview.root().Find("import_id").AsString()) + "/revert");
  EXPECT_EQ(Shown(service), (std::map<std::string, int>{{"2026-01-10 -1000 CAFE LUMEN", 1}}));
  EXPECT_EQ(Count(ImportFile(service, "acc", States({"2026-01-11,CAFE LUMEN,-12.00,COMPLETED", "2026-01-11,CAFE LUMEN,-11.00,COMPLETED"})), "new"), 2);
}

TEST(Matches, RevertingAnImportGivesAMetRowItsOwnValuesBack) {
  Peer peer;
  Running service(peer);
  MakeAccount(service);
  service.Json("POST", "/transactions?wait=processed", Hand("h1", 5, 350, "coffee"), 201);
  const std::string file = Ofx({{7, 350, "COFFEE FELLOWS", "F1"}, {8, 100, "NEWS", "F2"}});
  const JsonDocument preview = ImportFile(service, "acc", file);
  service.Json("POST", "/imports/" + std::string(*preview.root().Find("import_id").AsString()) + "/revert");
  EXPECT_EQ(service.Field("/transactions/h1", "date"), "2026-01-05");
  EXPECT_EQ(service.Field("/transactions/h1", "description"), "coffee");
  EXPECT_EQ(Shown(service).size(), 1U);
  const JsonDocument again = ImportFile(service, "acc", file);
  EXPECT_EQ(Count(again, "match"), 1) << "nothing blocks the second try";
  EXPECT_EQ(Count(again, "new"), 1);
}

TEST(Imports, AreListedWithTheirCountsAndRowsCanBeLeftOut) {
  Peer peer;
  Running service(peer);
  ImportFile(service, "acc", Csv({{5, 350, "COFFEE", ""}, {6, 900, "REWE", ""}}), "user123", R"({"rows":[{"number":2,"outcome":"skip"}]})");
  const JsonDocument list = service.Json("GET", "/imports?user_id=user123");
  ASSERT_EQ(list.root().Find("imports").size(), 1U);
  const JsonValue import = list.root().Find("imports").At(0);
  EXPECT_EQ(import.Find("state").AsString(), "done");
  EXPECT_EQ(import.Find("counts").Find("new").AsInt64(), 1);
  EXPECT_EQ(import.Find("total").AsInt64(), 1);
  EXPECT_EQ(service.Json("GET", "/imports?user_id=other").root().Find("imports").size(), 0U);
}

TEST(Imports, LargeOnesRunInChunksAndCountEachRowOnce) {
  Peer peer;
  Running service(peer, 10);
  Random random(9);
  const JsonDocument preview = ImportFile(service, "acc", Csv(Ledger(random, 60)));
  const std::string import(*preview.root().Find("import_id").AsString());
  EXPECT_EQ(service.Json("GET", "/imports/" + import).root().Find("done").AsInt64(), 60);
  EXPECT_EQ(peer.Calls("POST /categorize/batch", 1).size(), 1U);
  EXPECT_EQ(peer.Calls("POST /statistics/user123/batch", 1).size(), 1U);
  EXPECT_EQ(peer.Calls("POST /spending/user123/batch", 1).size(), 1U);
  const JsonDocument page = service.Json("GET", "/transactions?user_id=user123&category=groceries&processing=done&limit=1000");
  EXPECT_EQ(page.root().Find("transactions").size(), 60U);
}

TEST(Imports, TheRowsOfAChunkTellThePredictorTheirOwnTraces) {
  awry::sdk::Options tracing;
  tracing.exporter = awry::sdk::Options::Exporter::kCallback;
  tracing.on_export = [](std::string_view, size_t) { return true; };
  awry::sdk::setup_tracing("transaction-processor-test", tracing);
  {
    Peer peer;
    Running service(peer, 10);
    Random random(9);
    ImportFile(service, "acc", Csv(Ledger(random, 30)));
    const std::string body = peer.Calls("POST /categorize/batch", 1).at(0);
    const JsonDocument page = service.Json("GET", "/transactions?user_id=user123&limit=1000");
    ASSERT_EQ(page.root().Find("transactions").size(), 30U);
    std::set<std::string> traces;
    for (const JsonValue row : page.root().Find("transactions").items()) {
      const std::string trace(row.Find("trace_id").AsString().value_or(""));
      EXPECT_NE(body.find("\"traceparent\":\"00-" + trace + "-"), std::string::npos) << trace;
      traces.insert(trace);
    }
    EXPECT_EQ(traces.size(), 30U) << "each row has its own";
  }
  awry::sdk::shutdown();
}

TEST(Imports, TwoUploadsOfOneFileAtOnceWriteItOnce) {
  Peer peer;
  Running service(peer);
  Random random(10);
  const std::string file = Csv(Ledger(random, 40));
  std::vector<std::string> paths;
  for (int i = 0; i < 2; ++i) {
    const JsonDocument preview = service.Json("POST", "/imports?account=acc&user_id=user123", file);
    EXPECT_EQ(Count(preview, "new"), 40);
    paths.push_back("/imports/" + std::string(*preview.root().Find("import_id").AsString()));
  }
  std::vector<std::jthread> threads;
  for (const std::string& path : paths) {
    threads.emplace_back([&service, path] { EXPECT_EQ(service.Send("POST", path + "/confirm").status, 202); });
  }
  threads.clear();
  for (const std::string& path : paths) service.Await(path, "state", "done");
  EXPECT_EQ(service.Json("GET", "/totals?user_id=user123").root().Find("totals").At(0).Find("rows").AsInt64(), 40);
}

// The ids of rows are the bank's own within one account only.
const std::string kTwoAccounts =
    "<OFX><STMTRS><CURDEF>EUR</CURDEF><BANKACCTFROM><ACCTID>111</ACCTID></BANKACCTFROM>"
    "<STMTTRN><DTPOSTED>20260105</DTPOSTED><TRNAMT>-5.00</TRNAMT><FITID>1</FITID><NAME>A</NAME></STMTTRN></STMTRS>"
    "<STMTRS><CURDEF>CHF</CURDEF><BANKACCTFROM><ACCTID>222</ACCTID></BANKACCTFROM>"
    "<STMTTRN><DTPOSTED>20260105</DTPOSTED><TRNAMT>-5.00</TRNAMT><FITID>1</FITID><NAME>A</NAME></STMTTRN>"
    "<STMTTRN><DTPOSTED>20260106</DTPOSTED><TRNAMT>-6.00</TRNAMT><FITID>2</FITID><NAME>B</NAME></STMTTRN></STMTRS></OFX>";

std::map<std::string, int64_t> RowsByAccount(Running& service) {
  std::map<std::string, int64_t> counts;
  const JsonDocument rows = service.Json("GET", "/transactions?user_id=user123");
  for (const JsonValue row : rows.root().Find("transactions").items()) ++counts[std::string(row.Find("account").AsString().value_or(""))];
  return counts;
}

TEST(FileAccounts, EachRowGoesToTheAccountThatTheFileNames) {
  Peer peer;
  Running service(peer);
  const JsonDocument preview = service.Json("POST", "/imports?account=acc&user_id=user123", kTwoAccounts);
  const JsonValue files = preview.root().Find("file_accounts");
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files.At(0).Find("account").AsString(), "acc");
  EXPECT_EQ(files.At(1).Find("account").AsString(), "");
  EXPECT_EQ(files.At(1).Find("rows").AsInt64(), 2);
  EXPECT_EQ(preview.root().Find("counts").Find("new").AsInt64(), 3);
  service.Json("POST", "/imports/" + std::string(*preview.root().Find("import_id").AsString()) + "/confirm", "", 202);
  const auto counts = RowsByAccount(service);
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts.at("acc"), 1);
  // The next file finds the account that this one made, and nothing doubles.
  const JsonDocument again = service.Json("POST", "/imports?account=acc&user_id=user123", kTwoAccounts);
  EXPECT_TRUE(counts.contains(std::string(*again.root().Find("file_accounts").At(1).Find("account").AsString())));
  EXPECT_EQ(again.root().Find("counts").Find("duplicate").AsInt64(), 3);
  service.Json("POST", "/imports/" + std::string(*preview.root().Find("import_id").AsString()) + "/revert");
  EXPECT_TRUE(RowsByAccount(service).empty());
}

TEST(FileAccounts, APersonMayChooseAmongTheirOwn) {
  Peer peer;
  Running service(peer);
  service.Json("POST", "/imports?account=other&user_id=user123", "Date,Amount,Description\n2026-01-01,-1.00,a\n");
  service.Json("POST", "/imports?account=strange&user_id=somebody", "Date,Amount,Description\n2026-01-01,-1.00,a\n");
  const std::string path = "/imports?account=acc&user_id=user123&file_accounts=";
  const JsonDocument chosen = service.Json("POST", path + "%7B%22111%22:%22other%22,%22222%22:%22acc%22%7D", kTwoAccounts);
  EXPECT_EQ(chosen.root().Find("file_accounts").At(0).Find("account").AsString(), "other");
  EXPECT_EQ(chosen.root().Find("file_accounts").At(1).Find("account").AsString(), "acc");
  const JsonDocument both = service.Json("POST", path + "%7B%22111%22:%22%22,%22222%22:%22%22%7D", kTwoAccounts);
  EXPECT_EQ(both.root().Find("file_accounts").At(0).Find("account").AsString(), "");
  EXPECT_EQ(service.Send("POST", path + "%7B%22111%22:%22strange%22%7D", kTwoAccounts).status, 404);
  EXPECT_EQ(service.Send("POST", path + "%5B", kTwoAccounts).status, 400);
}

}  // namespace
}  // namespace finance::transaction_processor
