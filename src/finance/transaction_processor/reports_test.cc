// Sums, balances, searches, exports and the way back, bad input.
#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "finance/transaction_processor/row_query.h"
#include "finance/transaction_processor/running_service_test.h"

namespace finance::transaction_processor {
namespace {

void Put(Running& service, const std::string& id, const std::string& kind, const std::string& more = "") {
  service.Json("PUT", "/accounts/" + id, R"({"user_id":"user123","name":"The )" + id + R"(","kind":")" + kind + R"(","currency":"EUR")" + more + "}");
}

void Post(Running& service, const std::string& id, const std::string& account, const std::string& date, int64_t minor, const std::string& text) {
  std::string body;
  awry::codec::JsonWriter json(body);
  json.BeginObject().Key("id").String(id).Key("user_id").String("user123").Key("account").String(account).Key("date").String(date);
  json.Key("amount_minor").Int(minor).Key("currency").String("EUR").Key("description").String(text).EndObject();
  service.Json("POST", "/transactions?wait=processed", body, 201);
}

TEST(Reports, SumsFollowTheFirstDayOfTheMonthAndCashFlowSubtractsRefunds) {
  Peer peer;
  Running service(peer);
  Put(service, "a", "checking");
  Post(service, "t1", "a", "2026-01-24", -1000, "SHOP");
  Post(service, "t2", "a", "2026-01-25", -2000, "SHOP");
  Post(service, "t3", "a", "2026-01-26", 500, "SHOP refund");
  Post(service, "pay", "a", "2026-01-26", 300000, "SALARY");
  service.Json("PATCH", "/transactions/pay", R"({"category":"income"})");
  const JsonDocument sums = service.Json("GET", "/sums?user_id=user123&month_start=25");
  std::string text;
  for (const JsonValue sum : sums.root().Find("sums").items()) {
    text += std::string(*sum.Find("period").AsString()) + " " + std::string(*sum.Find("category").AsString()) + " " +
            std::to_string(*sum.Find("in_minor").AsInt64()) + " " + std::to_string(*sum.Find("out_minor").AsInt64()) + "\n";
  }
  EXPECT_EQ(text, "2025-12 groceries 0 1000\n2026-01 income 300000 0\n2026-01 groceries 500 2000\n");
  const JsonDocument flow = service.Json("GET", "/cash-flow?user_id=user123&from=2026-01-01&to=2026-01-31");
  const JsonValue euro = flow.root().Find("flows").At(0);
  EXPECT_EQ(euro.Find("income_minor").AsInt64(), 300000);
  EXPECT_EQ(euro.Find("spending_minor").AsInt64(), 2500);
  EXPECT_EQ(euro.Find("saved_minor").AsInt64(), 297500);
  EXPECT_EQ(service.Send("GET", "/sums?user_id=user123&month_start=29").status, 400);
}

TEST(Reports, NetWorthBeginsWithTheOpeningBalanceAndGoesByTheEndOfEachStep) {
  Peer peer;
  Running service(peer);
  Put(service, "a", "checking", R"(,"opening_minor":10000,"opening_date":"2026-01-01")");
  Put(service, "loan", "loan", R"(,"opening_minor":-50000)");
  Post(service, "t1", "a", "2026-01-10", -1000, "SHOP");
  Post(service, "t2", "a", "2026-02-28", 2500, "PAY");
  const JsonDocument series = service.Json("GET", "/net-worth?user_id=user123&from=2025-12-15&to=2026-03-02&step=month");
  std::string text;
  for (const JsonValue point : series.root().Find("series").items()) {
    text += std::string(*point.Find("date").AsString()) + " " + std::to_string(*point.Find("totals").At(0).Find("amount_minor").AsInt64()) + "\n";
  }
  EXPECT_EQ(text, "2025-12-31 -50000\n2026-01-31 -41000\n2026-02-28 -38500\n2026-03-02 -38500\n");
  const JsonDocument balances = service.Json("GET", "/balances?user_id=user123");
  EXPECT_EQ(balances.root().Find("accounts").At(0).Find("balance_minor").AsInt64(), 11500);
  EXPECT_EQ(service.Send("GET", "/net-worth?user_id=user123&from=0001-01-01&to=9999-12-31&step=day").status, 400) << "too many steps";
  EXPECT_EQ(service.Send("GET", "/net-worth?user_id=user123").status, 400);
}

TEST(Reports, SearchesByTextGoPageByPageWithoutGapOrRepeat) {
  Peer peer;
  Running service(peer);
  std::string file = "Date,Amount,Description\n";
  for (int i = 0; i < 60; ++i) {
    file += "2026-01-" + std::to_string(10 + i % 12) + ",-" + std::to_string(i + 1) + ".00," + (i % 2 == 0 ? "Caf\xC3\xA9 \"Z\xC3\xBCrich\"" : "Bakery") + " " + std::to_string(i) + "\n";
  }
  ImportFile(service, "acc", file);
  for (const auto& [query, wanted] : {std::pair<std::string, size_t>{"q=z%C3%BCrich", 30}, {"q=ba", 30}, {"q=BAKERY", 30}, {"q=%25", 0}, {"q=%22z", 30},
                                      {"amount_min=-1000&amount_max=-500", 6}, {"account=acc&status=booked", 60}, {"q=cafe+%22", 0}, {"review=1", 0}}) {
    std::set<std::string> seen;
    std::string cursor, last = "9999";
    do {
      const JsonDocument page = service.Json("GET", "/transactions?user_id=user123&limit=7&" + query + (cursor.empty() ? "" : "&cursor=" + cursor));
      for (const JsonValue row : page.root().Find("transactions").items()) {
        EXPECT_TRUE(seen.emplace(*row.Find("id").AsString()).second) << query;
        EXPECT_LE(*row.Find("date").AsString(), last) << query;
        last = *row.Find("date").AsString();
      }
      cursor = page.root().Find("next_cursor").AsString().value_or("");
    } while (!cursor.empty());
    EXPECT_EQ(seen.size(), wanted) << query;
    const JsonDocument totals = service.Json("GET", "/totals?user_id=user123&" + query);
    EXPECT_EQ(totals.root().Find("totals").At(0).Find("rows").AsInt64().value_or(0), static_cast<int64_t>(wanted)) << query;
  }
}

TEST(Reports, EveryFilterGoesWithEveryOther) {
  Peer peer;
  Running service(peer);
  std::string file = "Date,Amount,Description\n";
  for (int i = 0; i < 40; ++i) file += "2026-01-" + std::to_string(10 + i % 12) + ",-" + std::to_string(i + 1) + ".00,Bakery " + std::to_string(i) + "\n";
  ImportFile(service, "acc", file);
  ASSERT_TRUE(service.database().Execute("UPDATE transactions SET confidence = 0.5 WHERE amount_minor > -1500").ok());
  const std::vector<std::string> filters = {"review=1", "deleted=1", "amount_max=-1000", "amount_min=-2000", "q=ba", "q=bakery", "category=groceries",
                                            "account=acc", "from=2026-01-12", "reconciled=0", "transfer=none", "status=booked"};
  for (const std::string& one : filters) {
    for (const std::string& other : filters) {
      const std::string question = "?user_id=user123&limit=1000&" + one + "&" + other;
      const JsonDocument page = service.Json("GET", "/transactions" + question);
      const JsonDocument totals = service.Json("GET", "/totals?user_id=user123&" + one + "&" + other);
      EXPECT_EQ(totals.root().Find("totals").At(0).Find("rows").AsInt64().value_or(0), static_cast<int64_t>(page.root().Find("transactions").size())) << question;
    }
  }
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123&review=1&amount_max=-1000").root().Find("transactions").size(), 5U);
}

TEST(Reports, AShortTextIsLookedForAmongTheNewestRows) {
  Peer peer;
  Running service(peer);
  std::string file = "Date,Amount,Description\n2020-01-01,-1.00,zq old\n2026-02-01,-2.00,zq new\n";
  ImportFile(service, "acc", file);
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123&q=zq").root().Find("transactions").size(), 2U) << "a small ledger is searched whole";
  ASSERT_TRUE(service.database().Write([](sql::Connection& connection) -> base::Status {
    for (int64_t i = 0; i < kShortTextRows; ++i) {
      StoredTransaction row{.row = {.id = "n" + std::to_string(i), .account = "acc", .user_id = *ledger::UserId::Parse("user123"),
                                    .date = *ledger::Date::Parse("2026-01-01"), .amount = {-100, *ledger::Currency::Parse("EUR")},
                                    .raw_description = "x", .description = "x"}};
      row.row.fingerprint = row.row.id;
      RETURN_IF_ERROR(InsertTransaction(connection, row));
    }
    return {};
  }).ok());
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123&q=zq").root().Find("transactions").size(), 1U);
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123&q=zq%20o").root().Find("transactions").size(), 1U) << "three characters are found anywhere";
}

// A ledger with everything in it.
void Fill(Running& service) {
  Put(service, "main", "checking", R"(,"opening_minor":5000,"iban":"DE89370400440532013000")");
  Put(service, "card", "card");
  Post(service, "t1", "main", "2026-01-05", -1000, "=HYPERLINK(\"http://evil\",\"x\")");
  Post(service, "t2", "main", "2026-01-06", -2000, "+49 30 1234, \"Bakery\"\nBerlin");
  Post(service, "t3", "main", "2026-01-07", -3000, "'quoted' text");
  Post(service, "t5", "card", "2026-01-07", -1, "''=1+1");
  Post(service, "t4", "card", "2026-01-08", 700, "<script>alert(1)</script> & more");
  Post(service, "out", "main", "2026-01-09", -500, "Transfer");
  Post(service, "in", "card", "2026-01-10", 500, "Transfer");
  Post(service, "gone", "main", "2026-01-11", -1, "deleted");
  service.Json("PATCH", "/transactions/t1", R"({"splits":[{"amount_minor":-400,"category":"home"},{"amount_minor":-600,"category":"dining","note":"@lunch"}]})");
  service.Json("PATCH", "/transactions/t2", R"({"category":"dining","note":"-5 for Ann","tags":["trip","a b"],"reconciled":true})");
  service.Json("PATCH", "/transactions/gone", R"({"deleted":true})");
  service.Json("POST", "/rules?user_id=user123", R"({"name":"R","conditions":[{"field":"merchant","op":"contains","value":"zzz"}],"actions":[{"set":"tag","value":"z"}]})", 201);
}

std::string Export(Running& service, const std::string& format) {
  const auto response = service.Send("GET", "/export?user_id=user123&format=" + format);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_NE(response.header("content-disposition").find("attachment"), std::string_view::npos);
  return response.body;
}

TEST(Export, JsonWipedAndReadBackIsTheSameLedger) {
  Peer peer;
  Running service(peer);
  Fill(service);
  const std::string before = Export(service, "json");
  const std::string sums = service.Send("GET", "/sums?user_id=user123").body;
  const std::string transfers = service.Send("GET", "/transfers?user_id=user123&state=linked").body;
  EXPECT_EQ(service.Json("DELETE", "/ledger?user_id=user123").root().Find("deleted").AsInt64(), 10);
  EXPECT_EQ(service.Json("GET", "/accounts?user_id=user123").root().Find("accounts").size(), 0U);
  EXPECT_EQ(service.Json("GET", "/sums?user_id=user123").root().Find("sums").size(), 0U);
  const JsonDocument back = service.Json("POST", "/ledger?user_id=user123", before, 201);
  EXPECT_EQ(back.root().Find("transactions").AsInt64(), 8);
  EXPECT_EQ(back.root().Find("splits").AsInt64(), 2);
  EXPECT_EQ(back.root().Find("transfers").AsInt64(), 1);
  EXPECT_EQ(back.root().Find("rules").AsInt64(), 1);
  EXPECT_EQ(Export(service, "json"), before);
  EXPECT_EQ(service.Send("GET", "/sums?user_id=user123").body, sums);
  EXPECT_EQ(service.Send("GET", "/transfers?user_id=user123&state=linked").body, transfers);
  EXPECT_EQ(service.Json("POST", "/ledger?user_id=user123", before, 201).root().Find("transactions").AsInt64(), 0) << "what exists stays";
  EXPECT_EQ(service.Send("POST", "/ledger?user_id=other", before).status, 409) << "another user's ids";
}

TEST(Export, ABrokenLedgerFileWritesNothing) {
  Peer peer;
  Running service(peer);
  Fill(service);
  std::string file = Export(service, "json");
  service.Json("DELETE", "/ledger?user_id=user123");
  EXPECT_EQ(service.Send("POST", "/ledger?user_id=user123", file.substr(0, file.size() / 2)).status, 400);
  const size_t at = file.rfind(R"("currency":"EUR")");
  EXPECT_EQ(service.Send("POST", "/ledger?user_id=user123", file.replace(at, 16, R"("currency":"EUX")")).status, 400);
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123").root().Find("transactions").size(), 0U);
  EXPECT_EQ(service.Send("POST", "/ledger?user_id=user123", "{}").status, 400);
  // What does not fit is refused, not cut: 4294972706 would become the code 5410, a long note half a letter.
  const auto one_row = [&](const std::string& more) {
    return service.Send("POST", "/ledger?user_id=user123",
                        R"({"schema":"awry.finance.transactions/1","accounts":[{"id":"n","name":"N","kind":"checking","currency":"EUR"}],)"
                        R"("transactions":[{"id":"n1","account":"n","date":"2026-01-31","amount_minor":-5,"currency":"EUR","description":"x")" +
                            more + "}]}").status;
  };
  EXPECT_EQ(one_row(R"(,"mcc":4294972706)"), 400);
  EXPECT_EQ(one_row(R"(,"occurrence":4294967297)"), 400);
  EXPECT_EQ(one_row(R"(,"part_count":-1)"), 400);
  EXPECT_EQ(one_row(R"(,"note":")" + std::string(4097, 'x') + "\""), 400);
  EXPECT_EQ(one_row(R"(,"mcc":5411)"), 201);
}

TEST(Export, CsvGuardsFormulasNotNumbersAndTheImportTakesTheGuardOff) {
  Peer peer;
  Running service(peer);
  Fill(service);
  const std::string csv = Export(service, "csv");
  EXPECT_NE(csv.find("\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\""), std::string::npos) << csv;
  EXPECT_NE(csv.find(",'-5 for Ann,"), std::string::npos) << csv;
  EXPECT_NE(csv.find("2026-01-05,-10.00,EUR,"), std::string::npos) << "amounts stay numbers";
  const JsonDocument preview = service.Json("POST", "/imports?account=copy&user_id=user123", csv);
  std::set<std::string> descriptions;
  for (const JsonValue row : preview.root().Find("rows").items()) descriptions.emplace(row.Find("description").AsString().value_or("?"));
  for (const char* text : {"=HYPERLINK(\"http://evil\",\"x\")", "+49 30 1234, \"Bakery\"\nBerlin", "'quoted' text", "''=1+1", "<script>alert(1)</script> & more"}) {
    EXPECT_TRUE(descriptions.contains(text)) << text << "\n" << csv;
  }
  EXPECT_EQ(preview.root().Find("counts").Find("error").AsInt64(), 0);
}

TEST(Export, OfxIsReadBackWithTheSameAmountsAndTexts) {
  Peer peer;
  Running service(peer);
  Fill(service);
  const std::string ofx = Export(service, "ofx");
  EXPECT_EQ(ofx.find("<script"), std::string::npos);
  EXPECT_NE(ofx.find("OFXHEADER=\"200\""), std::string::npos);
  const JsonDocument preview = service.Json("POST", "/imports?account=copy&user_id=user123", ofx);
  EXPECT_EQ(preview.root().Find("format").AsString(), "ofx");
  std::multiset<int64_t> amounts;
  for (const JsonValue row : preview.root().Find("rows").items()) amounts.insert(*row.Find("amount_minor").AsInt64());
  EXPECT_EQ(amounts, (std::multiset<int64_t>{-3000, -2000, -1000, -500, -1, 500, 700}));
}

TEST(BadInput, ADiskThatIsFullLosesNothingAndSaysSo) {
  Peer peer;
  Running service(peer);
  if (service.database().system() != "sqlite") GTEST_SKIP() << "only SQLite's pages can be counted out";
  ImportFile(service, "acc", "Date,Amount,Description\n2026-01-02,-3.50,COFFEE\n");
  std::string file = "Date,Amount,Description\n";
  for (int i = 0; i < 700; ++i) file += "2026-01-02,-" + std::to_string(i) + ".50,SHOP NUMBER " + std::to_string(i) + "\n";
  const JsonDocument preview = service.Json("POST", "/imports?account=acc&user_id=user123", file);
  const std::string path = "/imports/" + std::string(*preview.root().Find("import_id").AsString());
  const int64_t pages = service.database().Query("PRAGMA page_count")->at(0).Int(0);
  ASSERT_TRUE(service.database().Write([&](sql::Connection& connection) {
    return connection.Query("PRAGMA max_page_count = " + std::to_string(pages + 2)).status();
  }).ok());
  const auto full = service.Send("POST", path + "/confirm");
  EXPECT_GE(full.status, 400);
  EXPECT_NE(full.body.find("RESOURCE_EXHAUSTED"), std::string::npos) << full.body;
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123").root().Find("transactions").size(), 1U) << "nothing half written";
  EXPECT_EQ(service.Json("GET", path).root().Find("state").AsString(), "preview");
  ASSERT_TRUE(service.database().Write([&](sql::Connection& connection) { return connection.Query("PRAGMA max_page_count = 1000000").status(); }).ok());
  service.Json("POST", path + "/confirm", "", 202);
  service.Await(path, "state", "done");
  EXPECT_EQ(service.Json("GET", "/totals?user_id=user123").root().Find("totals").At(0).Find("rows").AsInt64(), 701);
}

TEST(BadInput, IsRefusedRowByRowInAFileAndWholeInAnEdit) {
  Peer peer;
  Running service(peer);
  const JsonDocument preview = service.Json("POST", "/imports?account=acc&user_id=user123",
                                            "Date,Amount,Currency,Description\n0001-01-02,-3.50,EUR,old\n2026-01-02,99999999999999999999,EUR,large\n"
                                            "2026-01-03,1000000000000000.01,EUR,beyond the limit\n2026-01-02,-3.50,XQX,no currency\n2026-01-02,-3.50,EUR,fine\n");
  EXPECT_EQ(preview.root().Find("counts").Find("error").AsInt64(), 4);
  EXPECT_EQ(preview.root().Find("counts").Find("new").AsInt64(), 1);
  EXPECT_EQ(service.Send("PUT", "/accounts/a", R"({"user_id":"u","name":"A","kind":"card","currency":"EUR","opening_minor":9223372036854775807})").status, 400);
  EXPECT_EQ(service.Send("GET", "/export?user_id=user123&format=exe").status, 400);
  EXPECT_EQ(service.Send("GET", "/export?format=csv").status, 400);
  EXPECT_EQ(service.Send("GET", "/transactions?user_id=u&amount_min=abc").status, 400);
  EXPECT_EQ(service.Send("POST", "/imports/" + std::string(*preview.root().Find("import_id").AsString()) + "/confirm", R"({"rows":[{"number":-1}]})").status, 400);
}

}  // namespace
}  // namespace finance::transaction_processor
