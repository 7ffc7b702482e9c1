// Rows that the bank has shown before it booked them: what may take their place, and what an undo gives back.
#include <gtest/gtest.h>

#include <map>

#include "finance/transaction_processor/running_service_test.h"

namespace finance::transaction_processor {
namespace {

struct Entry {
  std::string id;
  std::string amount;  // "-10.00"
  std::string day;     // of January 2026
  std::string text;
  bool pending = false;
};

std::string Camt(const std::vector<Entry>& entries) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.052.001.02\"><BkToCstmrAcctRpt><Rpt>"
                    "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>";
  for (const Entry& entry : entries) {
    const bool is_out = entry.amount.starts_with('-');
    out += "<Ntry><Amt Ccy=\"EUR\">" + entry.amount.substr(is_out ? 1 : 0) + "</Amt><CdtDbtInd>" + (is_out ? "DBIT" : "CRDT") + "</CdtDbtInd><Sts>" +
           (entry.pending ? "PDNG" : "BOOK") + "</Sts><BookgDt><Dt>2026-01-" + entry.day + "</Dt></BookgDt><AcctSvcrRef>" + entry.id +
           "</AcctSvcrRef><AddtlNtryInf>" + entry.text + "</AddtlNtryInf></Ntry>";
  }
  return out + "</Rpt></BkToCstmrAcctRpt></Document>";
}

int64_t Count(const JsonDocument& preview, std::string_view outcome) { return preview.root().Find("counts").Find(outcome).AsInt64().value_or(-1); }

// "DATE MINOR TEXT" → how many.
std::map<std::string, int> Shown(Running& service) {
  std::map<std::string, int> rows;
  const JsonDocument page = service.Json("GET", "/transactions?user_id=user123&limit=1000");
  for (const JsonValue row : page.root().Find("transactions").items()) {
    ++rows[std::string(*row.Find("date").AsString()) + " " + std::to_string(*row.Find("amount_minor").AsInt64()) + " " + std::string(*row.Find("description").AsString())];
  }
  return rows;
}

std::string IdOf(Running& service, const std::string& text) {
  const JsonDocument page = service.Json("GET", "/transactions?user_id=user123&q=" + text);
  return std::string(page.root().Find("transactions").At(0).Find("id").AsString().value_or(""));
}

void Revert(Running& service, const JsonDocument& preview) {
  service.Json("POST", "/imports/" + std::string(*preview.root().Find("import_id").AsString()) + "/revert");
}

TEST(PendingRows, AnotherSignOrAnotherSumUnderTheirIdIsAnotherRow) {
  Peer peer;
  Running service(peer);
  ImportFile(service, "acc", Camt({{"X", "-5.00", "02", "COFFEE", true}, {"Y", "-5.00", "02", "BAKERY", true}}));
  const std::string booked = Camt({{"X", "900.00", "10", "SALARY"}, {"Y", "-50.00", "10", "GARAGE"}});
  const JsonDocument preview = ImportFile(service, "acc", booked);
  EXPECT_EQ(Count(preview, "match"), 0);
  EXPECT_EQ(Count(preview, "new"), 2);
  EXPECT_FALSE(preview.root().Find("rows").At(0).Find("suggested_id").exists()) << "no payment is booked as income";
  EXPECT_TRUE(preview.root().Find("rows").At(1).Find("suggested_id").exists()) << "the person may know better";
  const std::map<std::string, int> wanted = {{"2026-01-02 -500 COFFEE", 1}, {"2026-01-02 -500 BAKERY", 1}, {"2026-01-10 90000 SALARY", 1}, {"2026-01-10 -5000 GARAGE", 1}};
  EXPECT_EQ(Shown(service), wanted);
  EXPECT_EQ(Count(ImportFile(service, "acc", booked), "duplicate"), 2);
  EXPECT_EQ(Shown(service), wanted);
}

TEST(PendingRows, AreBookedUnderTheirIdForALittleMoreOrLess) {
  Peer peer;
  Running service(peer);
  ImportFile(service, "acc", Camt({{"X", "-10.00", "02", "CAFE", true}, {"Y", "-10.00", "02", "HOTEL", true}}));
  const std::string booked = Camt({{"X", "-12.00", "12", "CAFE"}, {"Y", "-8.00", "12", "HOTEL"}});
  EXPECT_EQ(Count(ImportFile(service, "acc", booked), "match"), 2);
  const std::map<std::string, int> wanted = {{"2026-01-12 -1200 CAFE", 1}, {"2026-01-12 -800 HOTEL", 1}};
  EXPECT_EQ(Shown(service), wanted);
  EXPECT_EQ(Count(ImportFile(service, "acc", booked), "duplicate"), 2);
}

TEST(PendingRows, OneThatAnotherRowOfTheFileBooksIsNotSuggestedAsWell) {
  Peer peer;
  Running service(peer);
  ImportFile(service, "acc", Camt({{"X", "-10.00", "02", "CAFE", true}}));
  const JsonDocument preview = ImportFile(service, "acc", Camt({{"X", "-90.00", "03", "GARAGE"}, {"Z", "-10.00", "03", "CAFE"}}), "user123",
                                          R"({"rows":[{"number":1,"outcome":"match"}]})");
  EXPECT_EQ(Count(preview, "match"), 1);
  EXPECT_FALSE(preview.root().Find("rows").At(0).Find("suggested_id").exists());
  const std::map<std::string, int> wanted = {{"2026-01-03 -9000 GARAGE", 1}, {"2026-01-03 -1000 CAFE", 1}};
  EXPECT_EQ(Shown(service), wanted);
}

// The other side, in an account by itself.
void AddSavings(Running& service, const std::string& id, const std::string& minor) {
  service.Json("PUT", "/accounts/savings", R"({"user_id":"user123","name":"S","kind":"savings","currency":"EUR"})");
  service.Json("POST", "/transactions?wait=processed", R"({"id":")" + id + R"(","user_id":"user123","account":"savings","date":"2026-01-03","amount_minor":)" + minor +
               R"(,"currency":"EUR","description":"from main"})", 201);
}

void Link(Running& service, const std::string& out_id, const std::string& in_id) {
  service.Json("POST", "/transfers?user_id=user123", R"({"out_id":")" + out_id + R"(","in_id":")" + in_id + "\"}", 201);
}

TEST(PendingRows, ASideOfATransferKeepsItsSumUntilThePersonSaysOtherwiseAndThenTheTransferIsNoMore) {
  Peer peer;
  Running service(peer);
  ImportFile(service, "acc", Camt({{"X", "-100.00", "02", "MONEY", true}}));
  AddSavings(service, "s1", "10000");
  Link(service, IdOf(service, "MONEY"), "s1");
  const std::string booked = Camt({{"X", "-110.00", "03", "MONEY"}});
  const JsonDocument preview = service.Json("POST", "/imports?account=acc&user_id=user123", booked);
  EXPECT_EQ(Count(preview, "match"), 0);
  EXPECT_TRUE(preview.root().Find("rows").At(0).Find("suggested_id").exists());
  const JsonDocument said = ImportFile(service, "acc", booked, "user123", R"({"rows":[{"number":1,"outcome":"match"}]})");
  EXPECT_EQ(service.Json("GET", "/transfers?user_id=user123&state=linked").root().Find("transfers").size(), 0U);
  EXPECT_NE(service.Field("/transactions/s1", "category"), "transfer");
  EXPECT_EQ(service.Json("GET", "/totals?user_id=user123").root().Find("totals").At(0).Find("out_minor").AsInt64(), 11000);
  Revert(service, said);
  EXPECT_EQ(Shown(service), (std::map<std::string, int>{{"2026-01-02 -10000 MONEY", 1}, {"2026-01-03 10000 from main", 1}}));
}

TEST(PendingRows, ATransferIsNotBookedWithATip) {
  Peer peer;
  Running service(peer);
  ImportFile(service, "acc", Camt({{"X", "-100.00", "02", "MONEY", true}}));
  AddSavings(service, "s1", "10000");
  Link(service, IdOf(service, "MONEY"), "s1");
  EXPECT_EQ(Count(ImportFile(service, "acc", Camt({{"NEW", "-110.00", "03", "MONEY"}})), "new"), 1);
  EXPECT_EQ(service.Json("GET", "/transfers?user_id=user123&state=linked").root().Find("transfers").size(), 1U);
}

TEST(PendingRows, RevertingABookingTakesPartsOffThatNoLongerSum) {
  Peer peer;
  Running service(peer);
  ImportFile(service, "acc", Camt({{"X", "-10.00", "02", "CAFE", true}}));
  const JsonDocument booking = ImportFile(service, "acc", Camt({{"X", "-12.00", "03", "CAFE"}}));
  const std::string path = "/transactions/" + IdOf(service, "CAFE");
  service.Json("PATCH", path, R"({"splits":[{"amount_minor":-600,"category":"dining"},{"amount_minor":-600,"category":"groceries"}],"reconciled":true})");
  Revert(service, booking);
  const JsonDocument row = service.Json("GET", path);
  EXPECT_EQ(row.root().Find("amount_minor").AsInt64(), -1000);
  EXPECT_EQ(row.root().Find("splits").size(), 0U);
  EXPECT_EQ(row.root().Find("reconciled").AsBool().value_or(false), false) << "another sum was reconciled";
  EXPECT_EQ(service.Json("GET", "/totals?user_id=user123").root().Find("totals").At(0).Find("out_minor").AsInt64(), 1000);
}

TEST(PendingRows, RevertingABookingOfTheSameSumLeavesThePartsAsTheyAre) {
  Peer peer;
  Running service(peer);
  ImportFile(service, "acc", Camt({{"X", "-12.00", "02", "CAFE", true}}));
  const JsonDocument booking = ImportFile(service, "acc", Camt({{"X", "-12.00", "03", "CAFE"}}));
  const std::string path = "/transactions/" + IdOf(service, "CAFE");
  service.Json("PATCH", path, R"({"splits":[{"amount_minor":-600,"category":"dining"},{"amount_minor":-600,"category":"groceries"}]})");
  Revert(service, booking);
  EXPECT_EQ(service.Json("GET", path).root().Find("splits").size(), 2U);
}

TEST(PendingRows, PartsGoToTheDayOnWhichTheirRowIsBookedAndBack) {
  Peer peer;
  Running service(peer);
  ImportFile(service, "acc", Camt({{"X", "-12.00", "02", "CAFE", true}}));
  service.Json("PATCH", "/transactions/" + IdOf(service, "CAFE"), R"({"splits":[{"amount_minor":-700,"category":"dining"},{"amount_minor":-500,"category":"groceries"}]})");
  const JsonDocument booking = ImportFile(service, "acc", Camt({{"X", "-12.00", "09", "CAFE"}}));
  const auto spent = [&](const std::string& day) {
    const JsonDocument totals = service.Json("GET", "/totals?user_id=user123&from=" + day + "&to=" + day);
    return totals.root().Find("totals").At(0).Find("out_minor").AsInt64().value_or(0);
  };
  EXPECT_EQ(spent("2026-01-02"), 0);
  EXPECT_EQ(spent("2026-01-09"), 1200);
  Revert(service, booking);
  EXPECT_EQ(spent("2026-01-02"), 1200);
}

TEST(PendingRows, RevertingABookingUnlinksATransferOfTheBookedSum) {
  Peer peer;
  Running service(peer);
  ImportFile(service, "acc", Camt({{"X", "-10.00", "02", "MONEY", true}}));
  const JsonDocument booking = ImportFile(service, "acc", Camt({{"X", "-12.00", "03", "MONEY"}}));
  AddSavings(service, "s1", "1200");
  Link(service, IdOf(service, "MONEY"), "s1");
  Revert(service, booking);
  EXPECT_EQ(service.Json("GET", "/transfers?user_id=user123&state=linked").root().Find("transfers").size(), 0U);
  EXPECT_NE(service.Field("/transactions/s1", "category"), "transfer");
  EXPECT_EQ(service.Json("GET", "/totals?user_id=user123").root().Find("totals").At(0).Find("out_minor").AsInt64(), 1000);
}

}  // namespace
}  // namespace finance::transaction_processor
