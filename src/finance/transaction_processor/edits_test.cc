// Transfers, edits, rules: what people do with rows.
#include <gtest/gtest.h>

#include "finance/transaction_processor/running_service_test.h"

namespace finance::transaction_processor {
namespace {

void MakeAccount(Running& service, const std::string& id, const std::string& more = "") {
  service.Json("PUT", "/accounts/" + id, R"({"user_id":"user123","name":"The )" + id + R"(","kind":"checking","currency":"EUR")" + more + "}");
}

void Post(Running& service, const std::string& id, const std::string& account, const std::string& date, int64_t minor, const std::string& text) {
  service.Json("POST", "/transactions?wait=processed",
               R"({"id":")" + id + R"(","user_id":"user123","account":")" + account + R"(","date":")" + date + R"(","amount_minor":)" +
                   std::to_string(minor) + R"(,"currency":"EUR","description":")" + text + "\"}",
               201);
}

std::string StateOf(Running& service, const std::string& id) {
  const JsonDocument row = service.Json("GET", "/transactions/" + id);
  return std::string(row.root().Find("transfer").Find("state").AsString().value_or("none"));
}

TEST(Transfers, AUniquePairWithAHintIsLinkedAndLeavesTheSpending) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "main");
  MakeAccount(service, "savings");
  Post(service, "out", "main", "2026-01-05", -50000, "Standing order");
  Post(service, "in", "savings", "2026-01-07", 50000, "Transfer from main");
  const JsonDocument row = service.Json("GET", "/transactions/out");
  EXPECT_EQ(row.root().Find("transfer").Find("state").AsString(), "linked");
  EXPECT_EQ(row.root().Find("transfer").Find("other_id").AsString(), "in");
  EXPECT_EQ(row.root().Find("category").AsString(), "transfer");
  const auto counted = peer.Calls("PUT /spending/user123/transactions/out", 2);
  EXPECT_NE(counted.back().find(R"("transfer":true)"), std::string::npos) << counted.back();
  EXPECT_EQ(service.Json("GET", "/totals?user_id=user123").root().Find("totals").size(), 0U) << "no income, no spending";
  const JsonDocument flow = service.Json("GET", "/cash-flow?user_id=user123");
  EXPECT_EQ(flow.root().Find("flows").size(), 0U);
}

TEST(Transfers, WithoutAHintAPairIsOnlySuggested) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "main");
  MakeAccount(service, "other");
  Post(service, "out", "main", "2026-01-05", -1999, "SHOP");
  Post(service, "in", "other", "2026-01-05", 1999, "REFUND");
  EXPECT_EQ(StateOf(service, "out"), "suggested");
  EXPECT_EQ(service.Field("/transactions/out", "category"), "groceries");
  const JsonDocument list = service.Json("GET", "/transfers?user_id=user123&state=suggested");
  ASSERT_EQ(list.root().Find("transfers").size(), 1U);
  const std::string id(*list.root().Find("transfers").At(0).Find("id").AsString());
  EXPECT_EQ(service.Json("POST", "/transfers/" + id + "/confirm?user_id=user123").root().Find("state").AsString(), "linked");
  EXPECT_EQ(service.Field("/transactions/in", "category"), "transfer");
}

TEST(Transfers, TwoCandidatesAreNeverLinkedByThemselves) {
  Peer peer;
  Running service(peer);
  for (const char* account : {"a", "b", "c"}) MakeAccount(service, account);
  Post(service, "in1", "b", "2026-01-05", 700, "Transfer");
  Post(service, "in2", "c", "2026-01-06", 700, "Transfer");
  Post(service, "out", "a", "2026-01-05", -700, "Transfer");
  EXPECT_EQ(StateOf(service, "out"), "suggested");
  EXPECT_EQ(StateOf(service, "in1"), "suggested") << "the nearest day";
  EXPECT_EQ(StateOf(service, "in2"), "none");
}

TEST(Transfers, ARejectedPairGetsItsCategoriesBackAndIsNotOfferedAgain) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "a");
  MakeAccount(service, "b");
  Post(service, "out", "a", "2026-01-05", -700, "Transfer");
  Post(service, "in", "b", "2026-01-06", 700, "Transfer");
  ASSERT_EQ(StateOf(service, "out"), "linked");
  const JsonDocument linked = service.Json("GET", "/transfers?user_id=user123");
  const std::string id(*linked.root().Find("transfers").At(0).Find("id").AsString());
  EXPECT_EQ(service.Json("POST", "/transfers/" + id + "/reject?user_id=user123").root().Find("state").AsString(), "rejected");
  EXPECT_EQ(service.Field("/transactions/out", "category"), "groceries");
  EXPECT_EQ(StateOf(service, "in"), "none");
  EXPECT_EQ(service.Json("GET", "/transfers?user_id=user123").root().Find("transfers").size(), 0U);
  EXPECT_EQ(service.Send("POST", "/transfers/" + id + "/confirm?user_id=other").status, 404);
  service.Json("POST", "/transfers?user_id=user123", R"({"out_id":"out","in_id":"in"})", 201);
  EXPECT_EQ(StateOf(service, "out"), "linked") << "a person may think again";
}

TEST(Transfers, AreFoundInImportsAndSaidInThePreview) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "main");
  MakeAccount(service, "card", R"(,"iban":"DE89 3704 0044 0532 0130 00")");
  ImportFile(service, "card", "Date,Amount,Description\n2026-01-05,250.00,Thank you\n");
  const JsonDocument preview = ImportFile(service, "main", "Date,Amount,Description\n2026-01-04,-250.00,DE89370400440532013000 CARD\n2026-01-04,-3.00,COFFEE\n");
  EXPECT_EQ(preview.root().Find("counts").Find("transfer").AsInt64(), 1);
  EXPECT_EQ(preview.root().Find("rows").At(0).Find("outcome").AsString(), "transfer");
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123&transfer=linked").root().Find("transactions").size(), 2U);
  const std::string import(*preview.root().Find("import_id").AsString());
  service.Json("POST", "/imports/" + import + "/revert");
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123&transfer=linked").root().Find("transactions").size(), 0U) << "the other side is free";
}

TEST(Transfers, OnlyOppositeRowsOfTwoOwnAccountsCanBeLinked) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "a");
  MakeAccount(service, "b");
  Post(service, "out", "a", "2026-01-05", -700, "x");
  Post(service, "same", "a", "2026-03-06", 700, "x");
  Post(service, "less", "b", "2026-01-06", 699, "x");
  const auto link = [&](const std::string& out, const std::string& in) {
    return service.Send("POST", "/transfers?user_id=user123", R"({"out_id":")" + out + R"(","in_id":")" + in + "\"}").status;
  };
  EXPECT_EQ(link("out", "same"), 400);
  EXPECT_EQ(link("out", "less"), 400);
  EXPECT_EQ(link("out", "none"), 404);
  EXPECT_EQ(service.Send("POST", "/transfers?user_id=user123", "{}").status, 400);
}

TEST(Edits, PatchChangesWhatItNamesAndIsWrittenDown) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "a");
  Post(service, "t", "a", "2026-01-05", -700, "SHOP");
  const JsonDocument row = service.Json("PATCH", "/transactions/t?user_id=user123", R"({"note":"for Ann","tags":["gift","2026"],"merchant":"The shop"})");
  EXPECT_EQ(row.root().Find("note").AsString(), "for Ann");
  EXPECT_EQ(row.root().Find("tags").size(), 2U);
  EXPECT_EQ(row.root().Find("merchant").AsString(), "The shop");
  EXPECT_EQ(row.root().Find("category").AsString(), "groceries") << "not named, not changed";
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123&tag=gift").root().Find("transactions").size(), 1U);
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123&q=ANN").root().Find("transactions").size(), 1U);
  const JsonDocument audit = service.Json("GET", "/transactions/t/audit?user_id=user123");
  ASSERT_EQ(audit.root().Find("audit").size(), 1U);
  EXPECT_EQ(audit.root().Find("audit").At(0).Find("by").AsString(), "user123");
  EXPECT_EQ(audit.root().Find("audit").At(0).Find("before").Find("note").AsString(), "");
  EXPECT_EQ(audit.root().Find("audit").At(0).Find("after").Find("note").AsString(), "for Ann");
  EXPECT_EQ(service.Send("GET", "/transactions/t/audit?user_id=other").status, 404);
  EXPECT_EQ(service.Send("PATCH", "/transactions/t", R"({"amount_minor":5})").status, 400);
  EXPECT_EQ(service.Send("PATCH", "/transactions/t", R"({"tags":["a,b"]})").status, 400);
  EXPECT_EQ(service.Send("PATCH", "/transactions/t", "{}").status, 400);
}

TEST(Edits, PartsOfASplitSumToTheWholeAndAreCountedInItsPlace) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "a");
  Post(service, "t", "a", "2026-01-05", -1000, "SUPERMARKET");
  const std::string target = "/transactions/t?user_id=user123";
  EXPECT_EQ(service.Send("PATCH", target, R"({"splits":[{"amount_minor":-700,"category":"groceries"},{"amount_minor":-299,"category":"home"}]})").status, 400);
  EXPECT_EQ(service.Send("PATCH", target, R"({"splits":[{"amount_minor":9223372036854775807,"category":"groceries"},{"amount_minor":9223372036854775807,"category":"home"}]})").status, 400);
  const JsonDocument row = service.Json("PATCH", target, R"({"splits":[{"amount_minor":-700,"category":"groceries"},{"amount_minor":-300,"category":"home","note":"lamp"}]})");
  ASSERT_EQ(row.root().Find("splits").size(), 2U);
  peer.Calls("DELETE /spending/user123/transactions/t", 1);
  peer.Calls("PUT /spending/user123/transactions/t~", 2);
  const JsonDocument sums = service.Json("GET", "/sums?user_id=user123");
  EXPECT_EQ(sums.root().Find("sums").size(), 2U);
  EXPECT_EQ(service.Json("GET", "/balances?user_id=user123").root().Find("accounts").At(0).Find("balance_minor").AsInt64(), -1000) << "once";
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123").root().Find("transactions").size(), 1U) << "parts stand inside";
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123&category=home").root().Find("transactions").size(), 1U);
  service.Json("PATCH", target, R"({"splits":[]})");
  EXPECT_EQ(service.Json("GET", "/sums?user_id=user123").root().Find("sums").size(), 1U);
  peer.Calls("DELETE /spending/user123/transactions/t~", 2);
}

TEST(Edits, DeletedRowsAreOutOfSightAndOfSumsUntilTheyAreBroughtBack) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "a");
  Post(service, "t", "a", "2026-01-05", -1000, "SHOP");
  service.Json("PATCH", "/transactions/t", R"({"deleted":true})");
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123").root().Find("transactions").size(), 0U);
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123&deleted=1").root().Find("transactions").size(), 1U);
  EXPECT_EQ(service.Json("GET", "/totals?user_id=user123").root().Find("totals").size(), 0U);
  peer.Calls("DELETE /statistics/user123/transactions/t", 1);
  service.Json("PATCH", "/transactions/t", R"({"deleted":false})");
  EXPECT_EQ(service.Json("GET", "/transactions?user_id=user123").root().Find("transactions").size(), 1U);
}

TEST(Edits, ReconciledRowsTakeNotesOnly) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "a");
  Post(service, "t", "a", "2026-01-05", -1000, "SHOP");
  service.Json("PATCH", "/transactions/t", R"({"reconciled":true})");
  EXPECT_EQ(service.Send("PATCH", "/transactions/t", R"({"category":"dining"})").status, 409);
  EXPECT_EQ(service.Send("PATCH", "/transactions/t", R"({"deleted":true})").status, 409);
  service.Json("PATCH", "/transactions/t", R"({"note":"seen"})");
  service.Json("PATCH", "/transactions/t", R"({"reconciled":false,"category":"dining"})");
}

TEST(Edits, ABulkEditIsAllOrNothingAndCanBeUndone) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "a");
  for (const char* id : {"t1", "t2", "t3"}) Post(service, id, "a", "2026-01-05", -1000, std::string("SHOP ") + id);
  const std::string bulk = "/transactions/bulk?user_id=user123";
  EXPECT_EQ(service.Send("POST", bulk, R"({"ids":["t1","none"],"changes":{"category":"dining"}})").status, 404);
  EXPECT_EQ(service.Field("/transactions/t1", "category"), "groceries") << "nothing half done";
  EXPECT_EQ(service.Send("POST", "/transactions/bulk?user_id=other", R"({"ids":["t1"],"changes":{"category":"dining"}})").status, 404);
  const JsonDocument done = service.Json("POST", bulk, R"({"ids":["t1","t2","t3","t1"],"changes":{"category":"dining","add_tags":["trip"]}})");
  EXPECT_EQ(done.root().Find("changed").AsInt64(), 3);
  service.Json("PATCH", "/transactions/t3", R"({"category":"travel"})");
  const JsonDocument undone = service.Json("POST", "/transactions/undo?user_id=user123");
  EXPECT_EQ(undone.root().Find("restored").AsInt64(), 2);
  EXPECT_EQ(undone.root().Find("skipped").AsInt64(), 1) << "changed since";
  EXPECT_EQ(service.Field("/transactions/t1", "category"), "groceries");
  EXPECT_EQ(service.Field("/transactions/t1", "category_source"), "model");
  EXPECT_EQ(service.Json("GET", "/transactions/t1").root().Find("tags").size(), 0U);
  EXPECT_EQ(service.Field("/transactions/t3", "category"), "travel");
  EXPECT_EQ(service.Send("POST", "/transactions/undo?user_id=user123").status, 404) << "one undo each";
}

constexpr std::string_view kCoffeeRule =
    R"({"name":"Coffee","conditions":[{"field":"description","op":"contains","value":"coffee"},{"field":"amount","op":"above","value":-1000}],)"
    R"("actions":[{"set":"category","value":"dining"},{"set":"tag","value":"treat"},{"set":"merchant","value":"Coffee Fellows"}]})";

TEST(Rules, DecideBeforeTheModelAndAfterTheUser) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "a");
  Post(service, "before", "a", "2026-01-05", -350, "COFFEE 17");
  Post(service, "mine", "a", "2026-01-05", -351, "COFFEE 18");
  service.Json("PATCH", "/transactions/mine", R"({"category":"health"})");
  const JsonDocument preview = service.Json("POST", "/rules/preview?user_id=user123", std::string(kCoffeeRule));
  EXPECT_EQ(preview.root().Find("matched").AsInt64(), 2);
  const JsonDocument made = service.Json("POST", "/rules?user_id=user123", std::string(kCoffeeRule), 201);
  const std::string id(*made.root().Find("id").AsString());
  EXPECT_EQ(service.Field("/transactions/before", "category"), "groceries") << "a new rule leaves old rows alone";
  Post(service, "after", "a", "2026-01-06", -350, "COFFEE 17");
  Post(service, "dear", "a", "2026-01-06", -3500, "COFFEE 17");
  const JsonDocument after = service.Json("GET", "/transactions/after");
  EXPECT_EQ(after.root().Find("category").AsString(), "dining");
  EXPECT_EQ(after.root().Find("category_source").AsString(), "rule");
  EXPECT_EQ(after.root().Find("rule_id").AsString(), id);
  EXPECT_EQ(after.root().Find("merchant").AsString(), "Coffee Fellows");
  EXPECT_EQ(after.root().Find("predicted_category").AsString(), "groceries") << "what the model said is kept";
  EXPECT_EQ(service.Field("/transactions/dear", "category"), "groceries");

  service.Json("POST", "/rules/" + id + "/apply?user_id=user123");
  EXPECT_EQ(service.Field("/transactions/before", "category"), "dining");
  EXPECT_EQ(service.Field("/transactions/mine", "category"), "health") << "the user's own value";
  service.Json("POST", "/transactions/undo?user_id=user123");
  EXPECT_EQ(service.Field("/transactions/before", "category"), "groceries");
}

TEST(Rules, ADryRunCountsAndShowsWhatApplyingChanges) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "a");
  MakeAccount(service, "b");
  const char* const texts[] = {"COFFEE 17", "Coffee  Fellows \u00a0 BERLIN", "cafe \\\"quoted\\\" 100%", "BÄCKEREI WEBER", "ab", "RENT"};
  for (int i = 0; i < 36; ++i) {
    Post(service, "t" + std::to_string(i), i % 2 == 0 ? "a" : "b", i % 5 == 0 ? "2026-01-05" : "2026-02-01", i % 7 == 0 ? 900 : -100 * i, texts[i % 6]);
  }
  service.Json("PATCH", "/transactions/t1", R"({"category":"health","tags":["treat"],"note":"mine"})");
  service.Json("PATCH", "/transactions/t8", R"({"reconciled":true})");
  const char* const conditions[] = {
      R"({"field":"direction","op":"is","value":"out"})",
      R"({"field":"amount","op":"below","value":-1000},{"field":"account","op":"is","value":"a"})",
      R"({"field":"date","op":"from","value":"2026-01-20"},{"field":"status","op":"is","value":"booked"})",
      R"({"field":"description","op":"contains","value":"coffee fellows"},{"field":"direction","op":"is","value":"out"})",
      R"({"field":"description","op":"contains","value":"\"QUOTED\" 100%"})",
      R"({"field":"merchant","op":"contains","value":"ckerei"})",
      R"({"field":"merchant","op":"is","value":"AB"})",
      R"({"field":"description","op":"starts_with","value":"Rent"},{"field":"amount","op":"above","value":0})",
  };
  const char* const actions[] = {R"({"set":"category","value":"dining"})", R"({"set":"note","value":"n"},{"set":"tag","value":"treat"})",
                                 R"({"set":"merchant","value":"RENT"})"};
  for (const char* condition : conditions) {
    for (const char* action : actions) {
      for (const std::string match : {"all", "any"}) {
        const std::string rule = R"({"match":")" + match + R"(","conditions":[)" + condition + R"(],"actions":[)" + action + "]}";
        const JsonDocument preview = service.Json("POST", "/rules/preview?user_id=user123", rule);
        const JsonDocument made = service.Json("POST", "/rules?user_id=user123", rule, 201);
        const std::string id(*made.root().Find("id").AsString());
        const JsonDocument applied = service.Json("POST", "/rules/" + id + "/apply?user_id=user123");
        EXPECT_EQ(preview.root().Find("changed").AsInt64(), applied.root().Find("changed").AsInt64()) << rule;
        EXPECT_EQ(static_cast<int64_t>(preview.root().Find("rows").size()), applied.root().Find("changed").AsInt64()) << rule;
        EXPECT_LE(preview.root().Find("changed").AsInt64(), preview.root().Find("matched").AsInt64()) << rule;
        if (applied.root().Find("changed").AsInt64() > 0) service.Json("POST", "/transactions/undo?user_id=user123");
        service.Send("DELETE", "/rules/" + id + "?user_id=user123");
      }
    }
  }
  const std::string out = R"({"conditions":[{"field":"direction","op":"is","value":"out"}],"actions":[{"set":"category","value":"dining"}]})";
  EXPECT_EQ(service.Json("POST", "/rules/preview?user_id=user123", out).root().Find("matched").AsInt64(), 30);
  const std::string coffee = R"({"conditions":[{"field":"description","op":"contains","value":"coffee"}],"actions":[{"set":"category","value":"dining"}]})";
  EXPECT_EQ(service.Json("POST", "/rules/preview?user_id=user123", coffee).root().Find("matched").AsInt64(), 12);
}

TEST(Rules, TheMoreSpecificOneWinsInItsStageAndAPostRuleOverAll) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "a");
  const auto add = [&](const std::string& op, const std::string& category, const std::string& stage) {
    service.Json("POST", "/rules?user_id=user123",
                 R"({"stage":")" + stage + R"(","conditions":[{"field":"merchant","op":")" + op + R"(","value":"rewe"}],"actions":[{"set":"category","value":")" + category + R"("}]})", 201);
  };
  add("is", "groceries", "normal");
  add("contains", "shopping", "normal");
  Post(service, "t1", "a", "2026-01-05", -1, "REWE");
  Post(service, "t2", "a", "2026-01-05", -2, "MY REWE SHOP");
  EXPECT_EQ(service.Field("/transactions/t1", "category"), "groceries");
  EXPECT_EQ(service.Field("/transactions/t2", "category"), "shopping");
  add("contains", "home", "post");
  Post(service, "t3", "a", "2026-01-06", -3, "REWE");
  EXPECT_EQ(service.Field("/transactions/t3", "category"), "home");
}

TEST(Rules, TwoEqualCorrectionsProposeARuleThatADeclineRemembers) {
  Peer peer;
  Running service(peer);
  MakeAccount(service, "a");
  for (int i = 1; i <= 3; ++i) Post(service, "t" + std::to_string(i), "a", "2026-01-0" + std::to_string(i), -350, "KIOSK 12" + std::to_string(i));
  service.Json("PATCH", "/transactions/t1", R"({"category":"dining"})");
  EXPECT_EQ(service.Json("GET", "/rules?user_id=user123").root().Find("rules").size(), 0U);
  service.Json("PATCH", "/transactions/t2", R"({"category":"dining"})");
  const JsonDocument rules = service.Json("GET", "/rules?user_id=user123");
  ASSERT_EQ(rules.root().Find("rules").size(), 1U);
  const JsonValue rule = rules.root().Find("rules").At(0);
  EXPECT_EQ(rule.Find("state").AsString(), "proposed");
  EXPECT_EQ(rule.Find("origin").AsString(), "learned");
  Post(service, "t4", "a", "2026-01-04", -350, "KIOSK 99");
  EXPECT_EQ(service.Field("/transactions/t4", "category"), "groceries") << "only proposed";
  service.Json("DELETE", "/rules/" + std::string(*rule.Find("id").AsString()) + "?user_id=user123");
  service.Json("PATCH", "/transactions/t3", R"({"category":"dining"})");
  EXPECT_EQ(service.Json("GET", "/rules?user_id=user123").root().Find("rules").size(), 0U) << "declined once";
}

TEST(Rules, BrokenOnesAreRefusedWithWords) {
  Peer peer;
  Running service(peer);
  const auto post = [&](const std::string& body) { return service.Send("POST", "/rules?user_id=user123", body).status; };
  EXPECT_EQ(post("{}"), 400);
  EXPECT_EQ(post(R"({"conditions":[],"actions":[{"set":"category","value":"dining"}]})"), 400);
  EXPECT_EQ(post(R"({"conditions":[{"field":"mood","op":"is","value":"x"}],"actions":[{"set":"category","value":"dining"}]})"), 400);
  EXPECT_EQ(post(R"({"conditions":[{"field":"amount","op":"contains","value":"x"}],"actions":[{"set":"category","value":"dining"}]})"), 400);
  EXPECT_EQ(post(R"({"conditions":[{"field":"merchant","op":"is","value":"x"}],"actions":[{"set":"category","value":"food"}]})"), 400);
  EXPECT_EQ(post(R"({"conditions":[{"field":"merchant","op":"is","value":"x"}],"actions":[]})"), 400);
  EXPECT_EQ(service.Send("PUT", "/rules/none?user_id=user123", std::string(kCoffeeRule)).status, 404);
}

}  // namespace
}  // namespace finance::transaction_processor
