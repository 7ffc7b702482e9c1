#include "finance/transaction_processor/transaction_processor.h"

#include <gtest/gtest.h>

#include <set>

#include "finance/transaction_processor/running_service_test.h"

namespace finance::transaction_processor {
namespace {

std::string Row(const std::string& id, const std::string& more = "") {
  return R"({"id":")" + id + R"(","user_id":"user123","date":"2026-01-05","amount_minor":-1239,"currency":"EUR","description":"Transfer to JANE DOE")" + more + "}";
}

constexpr std::string_view kFile =
    "Date,Amount,Description\n2026-01-02,-3.50,COFFEE\n2026-01-02,-3.50,COFFEE\n2026-01-03,-40.00,SHELL\noops,1,x\n";

TEST(TransactionProcessor, RunsEveryStepOnceAndAnswersAKnownIdWithoutRepeating) {
  Peer peer;
  Running service(peer);
  const JsonDocument done = service.Json("POST", "/transactions?wait=processed", Row("t1"), 201);
  EXPECT_EQ(done.root().Find("processing").AsString(), "done");
  EXPECT_EQ(done.root().Find("category").AsString(), "groceries");
  EXPECT_EQ(done.root().Find("confidence").AsDouble(), 0.75);
  EXPECT_EQ(done.root().Find("description").AsString(), "Transfer to JANE DOE");
  service.Json("POST", "/transactions?wait=processed", Row("t1"), 200);
  EXPECT_EQ(peer.Calls("POST /categorize", 1).size(), 1U);
  EXPECT_EQ(peer.Calls("POST /check", 1).size(), 1U);
  EXPECT_EQ(peer.Calls("PUT /statistics/user123/transactions/t1", 1).size(), 1U);
  EXPECT_EQ(peer.Calls("PUT /spending/user123/transactions/t1", 1).size(), 1U);
  EXPECT_EQ(peer.Calls("POST /categorize", 1)[0].find("JANE"), std::string::npos) << "names stay here";
}

TEST(TransactionProcessor, ShowsQueuedWhileAServiceIsAwayAndFinishesAfterARestart) {
  Peer peer;
  peer.Fail("/check", 503);
  Running service(peer);
  EXPECT_EQ(service.Json("POST", "/transactions", Row("t1"), 201).root().Find("processing").AsString(), "queued");
  peer.Calls("POST /check", 2);
  EXPECT_EQ(service.Field("/transactions/t1", "processing"), "queued");
  service.Await("/transactions/t1", "category", "groceries");
  service.Restart();
  peer.Fail("", 0);
  service.Await("/transactions/t1", "processing", "done");
  EXPECT_EQ(peer.Calls("POST /categorize", 1).size(), 1U) << "what the first attempt found out is kept";
}

TEST(TransactionProcessor, ARowThatAServiceRefusesIsFailedAndItsJobCanBeInspected) {
  Peer peer;
  peer.Fail("/categorize", 400);
  Running service(peer);
  service.Json("POST", "/transactions", Row("t1"), 201);
  service.Await("/transactions/t1", "processing", "failed");
  const JsonDocument jobs = service.Json("GET", "/jobs");
  EXPECT_EQ(jobs.root().Find("dead").AsInt64(), 1);
  EXPECT_EQ(jobs.root().Find("dead_letters").At(0).Find("key").AsString(), "t1");
}

TEST(TransactionProcessor, ImportIsPreviewedConfirmedAndReImportedWithoutDoubling) {
  Peer peer;
  Running service(peer);
  const auto preview = [&] { return service.Json("POST", "/imports?account=acc&user_id=user123", std::string(kFile)); };
  const JsonDocument first = preview();
  EXPECT_EQ(first.root().Find("counts").Find("new").AsInt64(), 3);
  EXPECT_EQ(first.root().Find("counts").Find("error").AsInt64(), 1);
  EXPECT_EQ(first.root().Find("rows").At(3).Find("text").AsString(), "oops,1,x");
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123").root().Find("transactions").size(), 0U) << "nothing before confirm";
  const std::string import = "/imports/" + std::string(*first.root().Find("import_id").AsString());
  EXPECT_EQ(service.Json("POST", import + "/confirm", "", 202).root().Find("total").AsInt64(), 3);
  service.Await(import, "state", "done");
  EXPECT_EQ(service.Json("GET", import).root().Find("done").AsInt64(), 3);
  service.Json("POST", import + "/confirm", "", 202);  // again: nothing more

  const JsonDocument second = preview();
  EXPECT_EQ(second.root().Find("counts").Find("duplicate").AsInt64(), 3);
  const std::string again = "/imports/" + std::string(*second.root().Find("import_id").AsString());
  EXPECT_EQ(service.Json("POST", again + "/confirm", "", 202).root().Find("state").AsString(), "done");
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123").root().Find("transactions").size(), 3U);
}

// One line of OFX; the pending row is booked later under the same id of the bank's.
std::string Ofx(std::string_view first_tag, std::string_view first_name) {
  const std::string tag(first_tag);
  return "<OFX><CURDEF>EUR</CURDEF><" + tag + "><DTPOSTED>20260105</DTPOSTED><TRNAMT>-5.00</TRNAMT><FITID>F1</FITID><NAME>" +
         std::string(first_name) + "</NAME></" + tag + "><STMTTRN><DTPOSTED>20260106</DTPOSTED><TRNAMT>-7.00</TRNAMT><FITID>F2</FITID>" +
         "<NAME>SHOP</NAME></STMTTRN></OFX>";
}

TEST(TransactionProcessor, KnowsRowsByTheBanksOwnIdAndBooksThePendingOne) {
  Peer peer;
  Running service(peer);
  const auto import = [&](const std::string& file) {
    JsonDocument preview = service.Json("POST", "/imports?account=acc&user_id=user123", file);
    const std::string path = "/imports/" + std::string(*preview.root().Find("import_id").AsString());
    service.Json("POST", path + "/confirm", "", 202);
    service.Await(path, "state", "done");
    return preview;
  };
  EXPECT_EQ(import(Ofx("STMTTRNP", "CAFE")).root().Find("format").AsString(), "ofx");
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123").root().Find("transactions").At(1).Find("status").AsString(), "pending");
  const JsonDocument second = import(Ofx("STMTTRN", "CAFE BERLIN 0815"));
  EXPECT_EQ(second.root().Find("counts").Find("match").AsInt64(), 1);
  EXPECT_EQ(second.root().Find("counts").Find("duplicate").AsInt64(), 1);
  const JsonDocument rows = service.Json("GET", "/transactions?user_id=user123");
  ASSERT_EQ(rows.root().Find("transactions").size(), 2U);
  EXPECT_EQ(rows.root().Find("transactions").At(1).Find("status").AsString(), "booked");
}

TEST(TransactionProcessor, RevertedImportIsGoneEverywhereAndBlocksNothing) {
  Peer peer;
  Running service(peer);
  const auto confirm = [&] {
    const JsonDocument preview = service.Json("POST", "/imports?account=acc&user_id=user123", std::string(kFile));
    const std::string import = "/imports/" + std::string(*preview.root().Find("import_id").AsString());
    service.Json("POST", import + "/confirm", "", 202);
    service.Await(import, "state", "done");
    return import;
  };
  const std::string import = confirm();
  EXPECT_EQ(service.Json("POST", import + "/revert").root().Find("state").AsString(), "reverted");
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123").root().Find("transactions").size(), 0U);
  EXPECT_NE(peer.Calls("DELETE /statistics/user123/transactions/imp-", 3)[0].find("revision=1"), std::string::npos);
  peer.Calls("DELETE /spending/user123/transactions/imp-", 3);
  EXPECT_EQ(service.Send("POST", import + "/confirm").status, 409);
  confirm();
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123").root().Find("transactions").size(), 3U);
}

TEST(TransactionProcessor, TakesTheFileOutOfAMultipartForm) {
  Peer peer;
  Running service(peer);
  const std::string form = "--B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n" +
                           std::string(kFile) + "\r\n--B--\r\n";
  const auto response = service.Send("POST", "/imports?account=acc", form, "multipart/form-data; boundary=B");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(service.Send("POST", "/imports?account=acc", form.substr(0, 150), "multipart/form-data; boundary=B").status, 400);
}

TEST(TransactionProcessor, CorrectionTellsThePredictorAndTheCountingServices) {
  Peer peer;
  Running service(peer);
  service.Json("POST", "/transactions?wait=processed", Row("t1"), 201);
  const JsonDocument patched = service.Json("PATCH", "/transactions/t1", R"({"category":"dining"})");
  EXPECT_EQ(patched.root().Find("category_source").AsString(), "user");
  EXPECT_NE(peer.Calls("POST /feedback", 1)[0].find(R"("category":"dining")"), std::string::npos);
  const auto counted = peer.Calls("PUT /statistics/user123/transactions/t1", 2);
  EXPECT_NE(counted[1].find(R"("category":"dining")"), std::string::npos);
  EXPECT_NE(counted[1].find(R"("revision":1)"), std::string::npos);
  EXPECT_EQ(service.Send("PATCH", "/transactions/t1", R"({"category":"food"})").status, 400);
  EXPECT_EQ(service.Send("PATCH", "/transactions/none", R"({"category":"dining"})").status, 404);
  EXPECT_EQ(service.Send("PATCH", "/transactions/t1?user_id=other", R"({"category":"dining"})").status, 404);
}

TEST(TransactionProcessor, ListsPageByPageWithFilters) {
  Peer peer;
  Running service(peer);
  std::string batch;
  for (int i = 10; i < 35; ++i) {
    batch += R"({"id":"t)" + std::to_string(i) + R"(","user_id":"u","date":"2026-01-)" + std::to_string(i < 30 ? i : 20) +
             R"(","amount_minor":-1,"currency":"EUR","description":"Shop )" + std::to_string(i) + "\"}\n";
  }
  const auto answers = service.Send("POST", "/transactions/batch", batch + "nonsense\n", "application/x-ndjson");
  EXPECT_NE(answers.body.find(R"({"line":26,"error":{"code":"INVALID_ARGUMENT")"), std::string::npos) << answers.body;
  std::multiset<std::string> seen;
  std::string last_date = "9999";
  std::string cursor;
  do {
    const JsonDocument page = service.Json("GET", "/transactions?user_id=u&limit=7" + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const JsonValue row : page.root().Find("transactions").items()) {
      seen.emplace(*row.Find("id").AsString());
      EXPECT_LE(*row.Find("date").AsString(), last_date);
      last_date = *row.Find("date").AsString();
    }
    cursor = page.root().Find("next_cursor").AsString().value_or("");
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 25U);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 25U);
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=u&q=SHOP%2012").root().Find("transactions").size(), 1U);
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=u&from=2026-01-28").root().Find("transactions").size(), 2U);
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=other").root().Find("transactions").size(), 0U);
}

TEST(TransactionProcessor, RefusesBadInputWithAJsonError) {
  Peer peer;
  Running service(peer);
  const auto post = [&](const std::string& body) { return service.Send("POST", "/transactions", body).status; };
  EXPECT_EQ(post("{"), 400);
  EXPECT_EQ(post("[]"), 400);
  EXPECT_EQ(post(R"({"user_id":"a b","date":"2026-01-05","amount_minor":1,"currency":"EUR","description":"x"})"), 400);
  EXPECT_EQ(post(R"({"user_id":"u","date":"0001-01-05","amount_minor":1,"currency":"EUR","description":"x"})"), 400);
  EXPECT_EQ(post(R"({"user_id":"u","date":"2026-01-05","amount_minor":1.5,"currency":"EUR","description":"x"})"), 400);
  EXPECT_EQ(post(R"({"user_id":"u","date":"2026-01-05","amount_minor":9223372036854775808,"currency":"EUR","description":"x"})"), 400);
  EXPECT_EQ(post(R"({"user_id":"u","date":"2026-01-05","amount_minor":1,"currency":"ABC","description":"x"})"), 400);
  EXPECT_EQ(post(R"({"user_id":"u","date":"2026-01-05","amount_minor":1,"currency":"EUR","description":" "})"), 400);
  EXPECT_EQ(post(Row("t1", R"(,"account":"none")")), 404);
  EXPECT_EQ(post(std::string((1 << 20) + 1, ' ')), 413);
  EXPECT_EQ(service.Send("POST", "/transactions", Row("t1"), "text/plain").status, 415);
  EXPECT_EQ(service.Send("DELETE", "/transactions/t1").status, 405);
  EXPECT_EQ(service.Send("GET", "/transactions").status, 400);
  EXPECT_EQ(service.Send("GET", "/transactions?user_id=u&cursor=!!").status, 400);
  EXPECT_EQ(service.Send("POST", "/imports?account=a", "").status, 400);
  EXPECT_EQ(service.Send("POST", "/imports?account=a", "hello").status, 400);
  EXPECT_EQ(service.Send("POST", "/imports", std::string(kFile)).status, 400);
  EXPECT_EQ(service.Send("GET", "/imports/none").status, 404);
  EXPECT_EQ(service.Send("PUT", "/accounts/a", R"({"user_id":"u","name":"A","kind":"sock","currency":"EUR"})").status, 400);
}

TEST(TransactionProcessor, TheNextFileOfABankIsReadAsTheLastOne) {
  Peer peer;
  Running service(peer);
  constexpr std::string_view kJanuary = "Wann;Wer;Wieviel\n01.02.2026;Bakery;1,50\n";
  constexpr std::string_view kMarch = "Wann;Wer;Wieviel\n03.04.2026;Books;7,00\n";
  const auto preview = [&](std::string_view file, const std::string& query) {
    return service.Json("POST", "/imports?account=acc&user_id=user123" + query, std::string(file));
  };
  const JsonDocument chosen = preview(kJanuary, "&profile=columns%3Ddate:1,amount:3,description:2%3Bflip%3D1%3Bask%3D1");
  EXPECT_EQ(chosen.root().Find("rows").At(0).Find("amount_minor").AsInt64(), -150);
  EXPECT_EQ(chosen.root().Find("reading").Find("columns").AsString(), "date:1,amount:3,description:2");
  EXPECT_EQ(chosen.root().Find("reading").Find("header").At(2).AsString(), "Wieviel");
  const auto saved = [&](const JsonDocument& document) { return document.root().Find("reading").Find("saved").AsBool(); };
  EXPECT_EQ(saved(preview(kMarch, "&profile=ask%3D1")), false) << "nothing is kept of what nobody confirmed";
  service.Json("POST", "/imports/" + std::string(*chosen.root().Find("import_id").AsString()) + "/confirm", "", 202);

  const JsonDocument next = preview(kMarch, "&profile=ask%3D1");
  EXPECT_EQ(saved(next), true);
  EXPECT_EQ(next.root().Find("rows").At(0).Find("amount_minor").AsInt64(), -700);
  EXPECT_EQ(next.root().Find("reading").Find("account_before").AsString(), "acc");
  EXPECT_EQ(saved(preview(kMarch, "&profile=ask%3D1&saved=0")), false);
  EXPECT_EQ(preview(kMarch, "&profile=flip%3D0%3Bcolumns%3Ddate:1,amount:3").root().Find("rows").At(0).Find("amount_minor").AsInt64(), 700);
  const JsonDocument other = service.Json("POST", "/imports?account=b&user_id=user12&profile=ask%3D1", std::string(kMarch));
  EXPECT_EQ(saved(other), false) << "another user's reading";
  EXPECT_EQ(other.root().Find("reading").Find("account_before").AsString(), "");
}

TEST(TransactionProcessor, AnotherUsersIdsAndAccountsAreRefused) {
  Peer peer;
  Running service(peer);
  service.Json("PUT", "/accounts/acc", R"({"user_id":"user123","name":"A","kind":"checking","currency":"EUR"})");
  EXPECT_EQ(service.Send("PUT", "/accounts/acc", R"({"user_id":"user12","name":"A","kind":"checking","currency":"EUR"})").status, 409);
  service.Json("POST", "/transactions", Row("t1", R"(,"account":"acc")"), 201);
  const std::string foreign = R"({"id":"t1","user_id":"user12","date":"2026-01-05","amount_minor":-1,"currency":"EUR","description":"x"})";
  EXPECT_EQ(service.Send("POST", "/transactions", foreign).status, 409);
  EXPECT_EQ(service.Send("POST", "/imports?account=acc&user_id=user12", std::string(kFile)).status, 403);
}

}  // namespace
}  // namespace finance::transaction_processor
