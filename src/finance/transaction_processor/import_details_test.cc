// What files say beside date, sum and text: categories, tags, parts, pairs, sums before a conversion.
#include <awry/sdk/sdk.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "finance/transaction_processor/running_service_test.h"

namespace finance::transaction_processor {
namespace {

std::string TextOf(JsonValue value) { return std::string(value.AsString().value_or("")); }

// One line for each row, without ids: what has to be the same again.
std::multiset<std::string> LedgerOf(Running& service, bool with_categories = true) {
  const JsonDocument list = service.Json("GET", "/transactions?user_id=user123&limit=500");
  std::multiset<std::string> rows;
  for (const JsonValue item : list.root().Find("transactions").items()) {
    const JsonDocument whole = service.Json("GET", "/transactions/" + TextOf(item.Find("id")));
    const JsonValue row = whole.root();
    std::string line = TextOf(row.Find("date")) + " " + std::to_string(row.Find("amount_minor").AsInt64().value_or(0)) + " " + TextOf(row.Find("currency")) +
                       " " + TextOf(row.Find("description")) + " " + TextOf(row.Find("status"));
    if (with_categories) {
      line += " " + TextOf(row.Find("category")) + " note=" + TextOf(row.Find("note")) + " linked=" + TextOf(row.Find("transfer").Find("state"));
      for (const JsonValue tag : row.Find("tags").items()) line += " #" + TextOf(tag);
      for (const JsonValue part : row.Find("splits").items()) {
        line += " (" + TextOf(part.Find("category")) + " " + std::to_string(part.Find("amount_minor").AsInt64().value_or(0)) + " " + TextOf(part.Find("note")) + ")";
      }
      if (row.Find("original_minor").exists()) line += " was " + std::to_string(*row.Find("original_minor").AsInt64()) + TextOf(row.Find("original_currency"));
    }
    rows.insert(line);
  }
  return rows;
}

void MakeAccounts(Running& service) {
  service.Json("PUT", "/accounts/main", R"({"user_id":"user123","name":"Main","currency":"EUR"})");
  service.Json("PUT", "/accounts/save", R"({"user_id":"user123","name":"Savings","currency":"EUR"})");
}

constexpr const char* kForeign =
    "Date,Amount,Currency,Description,Category,Tags,Note,Original amount,Original currency\n"
    "2026-03-01,-12.30,EUR,=CORNER SHOP,Lebensmittel,\"week,home\",-quick stop,,\n"
    "2026-03-02,-45.00,EUR,BRIDGE TOLL NYC,Auto:Fuel,,,49.50,USD\n"
    "2026-03-03,-7.00,EUR,STRANGE THING,Aunt Mary's things,,,,\n"
    "2026-03-04,-9.00,EUR,PLAIN,,,,,\n"
    "2026-03-05,-200.00,EUR,MOVE TO SAVE,,,,,\n";

TEST(ImportDetails, ACategoryOfAStrangersFileIsOursWhereItsNameIsKnownAndATagElsewhere) {
  Peer peer;
  Running service(peer);
  MakeAccounts(service);
  const JsonDocument preview = ImportFile(service, "main", kForeign);
  EXPECT_EQ(TextOf(preview.root().Find("rows").At(0).Find("category")), "groceries");
  EXPECT_EQ(TextOf(preview.root().Find("rows").At(2).Find("remark")), "category of the file is kept as a tag: Aunt Mary's things");
  const auto rows = LedgerOf(service);
  EXPECT_TRUE(rows.contains("2026-03-01 -1230 EUR =CORNER SHOP booked groceries note=-quick stop linked= #week #home"));
  EXPECT_TRUE(rows.contains("2026-03-02 -4500 EUR BRIDGE TOLL NYC booked transport note= linked= was -4950USD"));
  EXPECT_TRUE(rows.contains("2026-03-03 -700 EUR STRANGE THING booked groceries note= linked= #Aunt Mary's things")) << "the model's";
}

class RoundTrip : public testing::TestWithParam<std::string> {};

TEST_P(RoundTrip, ExportWipeImportGivesTheSameLedger) {
  Peer peer;
  Running service(peer);
  MakeAccounts(service);
  ImportFile(service, "main", kForeign);
  ImportFile(service, "save", "Date,Amount,Currency,Description,Status\n2026-03-05,200.00,EUR,FROM MAIN,booked\n2026-03-07,-1.00,EUR,WAITING,pending\n");
  std::map<std::string, std::string> ids;  // by what the row says
  const JsonDocument list = service.Json("GET", "/transactions?user_id=user123&limit=500");
  for (const JsonValue row : list.root().Find("transactions").items()) ids[TextOf(row.Find("description"))] = TextOf(row.Find("id"));
  const auto linked = service.Send("POST", "/transfers?user_id=user123", R"({"out_id":")" + ids["MOVE TO SAVE"] + R"(","in_id":")" + ids["FROM MAIN"] + R"("})");
  EXPECT_LT(linked.status, 300) << linked.body;
  service.Json("PATCH", "/transactions/" + ids["PLAIN"], R"({"splits":[{"amount_minor":-400,"category":"dining","note":"a | b \\ c"},{"amount_minor":-500,"category":"health"}]})");
  service.Json("PATCH", "/transactions/" + ids["STRANGE THING"], R"({"category":"uncategorized","tags":["a;b","x|y","2026"]})");
  const auto before = LedgerOf(service, GetParam() != "ofx");
  const net::HttpResponse file = service.Send("GET", "/export?user_id=user123&format=" + GetParam());
  ASSERT_EQ(file.status, 200) << file.body;
  service.Json("DELETE", "/ledger?user_id=user123");
  service.Json("PUT", "/accounts/main", R"({"user_id":"user123","name":"main","currency":"EUR"})");
  ImportFile(service, "main", file.body);
  EXPECT_EQ(LedgerOf(service, GetParam() != "ofx"), before) << file.body;
  const JsonDocument again = ImportFile(service, "main", file.body);
  EXPECT_EQ(again.root().Find("counts").Find("new").AsInt64(), 0) << "a second time adds nothing";
}

INSTANTIATE_TEST_SUITE_P(Formats, RoundTrip, testing::Values("csv", "json", "ofx"), [](const auto& format) { return format.param; });

TEST(ImportDetails, QifBringsCategoriesPartsAndTransfersByTheAccountsName) {
  Peer peer;
  Running service(peer);
  MakeAccounts(service);
  ImportFile(service, "save", "!Type:Bank\nD25/03/2026\nT100.00\nPIncoming\n^\n");
  const JsonDocument preview = ImportFile(service, "main",
                                          "!Type:Bank\nD25/03/2026\nT-100.00\nPStanding order\nL[Savings]\n^\nD26/03/2026\nT-30.00\nPShop\nSFood:Groceries\nEmilk\n$-20.00\n"
                                          "SHousehold\n$-10.00\n^\nD27/03/2026\nT-30.00\nPTwo\nSGroceries\n$-20.00\nSDining\n$-1.00\n^\n");
  EXPECT_EQ(TextOf(preview.root().Find("rows").At(2).Find("remark")), "splits of the file do not sum to the row and are left out");
  const auto rows = LedgerOf(service);
  EXPECT_TRUE(rows.contains("2026-03-25 -10000 EUR Standing order booked transfer note= linked=linked"));
  EXPECT_TRUE(rows.contains("2026-03-25 10000 EUR Incoming booked transfer note= linked=linked"));
  EXPECT_EQ(std::count_if(rows.begin(), rows.end(), [](const std::string& row) { return row.ends_with("(groceries -2000 milk) (home -1000 )"); }), 1);
}

TEST(ImportDetails, PartsThatCannotBeReadAreLeftOutAndSaid) {
  Peer peer;
  Running service(peer);
  MakeAccounts(service);
  const JsonDocument preview = ImportFile(service, "main", "!Type:Bank\nD27/03/2026\nT-30.00\nPTwo\nSGroceries\n$-20.00\nSDining\n^\n");
  EXPECT_EQ(TextOf(preview.root().Find("rows").At(0).Find("remark")), "splits of the file cannot be read and are left out");
  EXPECT_TRUE(LedgerOf(service).contains("2026-03-27 -3000 EUR Two booked groceries note= linked=")) << "the model's";
}

TEST(ImportDetails, NoCategoryByAStrangersWordIsTheModelsAndWhatIsInDoubtIsAsked) {
  Peer peer;
  Running service(peer);
  MakeAccounts(service);
  const JsonDocument preview = ImportFile(service, "main", "Date,Amount,Description,Category,Card\n2026-03-01,12.30,SHOP,Uncategorized,Debit\n2026-03-02,1.30,SHOP,,Credit\n");
  EXPECT_EQ(preview.root().Find("ambiguous").Find("flip").At(1).AsString(), "0");
  EXPECT_TRUE(LedgerOf(service).contains("2026-03-01 -1230 EUR SHOP booked groceries note= linked=")) << "the model's";
}

TEST(Ledger, OfAUserWhoIsErasedLeavesNoWorkForTheCountingServices) {
  for (const bool erase : {false, true}) {
    Peer peer;
    Running service(peer);
    MakeAccounts(service);
    ImportFile(service, "main", "Date,Amount,Description\n2026-03-01,-1.00,x\n2026-03-02,-2.00,y\n");
    service.Json("DELETE", erase ? "/ledger?user_id=user123&erase=1" : "/ledger?user_id=user123");
    const sql::Rows jobs = *service.database().Query("SELECT COUNT(*) FROM jobs WHERE kind = 'retract'");
    if (erase) {
      EXPECT_EQ(jobs[0].Int(0), 0);
    } else {
      peer.Calls("DELETE /spending/user123/", 2);
    }
  }
}

}  // namespace
}  // namespace finance::transaction_processor
