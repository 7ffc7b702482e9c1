#include "finance/budget_manager/budget_manager.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/random.h"
#include "codec/json.h"
#include "finance/budget_manager/running_budgets_test.h"

namespace finance::budget_manager {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;

// 2026-03-15.
constexpr int64_t kNow = 1'773'532'800'000'000'000;

// In March 2026.
class Running : public RunningBudgets {
 public:
  Running() : RunningBudgets(kNow) {}
  void Limit(int64_t minor) {
    const auto response = Send("PUT", "/budgets/u", R"({"budgets":[{"categories":["groceries","dining"],"period":"month","currency":"EUR","limit_minor":)" +
                                                        std::to_string(minor) + "}]}");
    EXPECT_EQ(response.status, 200) << response.body;
  }
  std::string Spend(const std::string& id, int64_t minor, const std::string& category = "groceries", int64_t revision = 0, const std::string& date = "2026-03-10") {
    const auto response = Send("PUT", "/spending/u/transactions/" + id,
                               R"({"date":")" + date + R"(","currency":"EUR","category":")" + category + R"(","amount_minor":)" +
                                   std::to_string(minor) + R"(,"revision":)" + std::to_string(revision) + "}");
    EXPECT_EQ(response.status, 200) << response.body;
    return response.body;
  }
  // "2026-03:80:open" for each standing alert.
  std::multiset<std::string> Alerts() {
    const auto document = JsonDocument::Parse(Send("GET", "/alerts/u").body);
    std::multiset<std::string> alerts;
    for (const JsonValue alert : document->root().Find("alerts").items()) {
      alerts.insert(std::string(*alert.Find("period").AsString()) + ":" + std::to_string(*alert.Find("threshold").AsInt64()) + ":" +
                    std::string(*alert.Find("state").AsString()));
    }
    return alerts;
  }
};

using Set = std::multiset<std::string>;

TEST(BudgetManager, AlertsOnceAt80AndOnceAt100Percent) {
  Running service;
  service.Limit(10'000);
  EXPECT_EQ(service.Spend("a", -7'999), R"({"changed":true,"alerts":0})");
  EXPECT_EQ(service.Spend("b", -1), R"({"changed":true,"alerts":1})");
  EXPECT_EQ(service.Spend("b", -1), R"({"changed":false,"alerts":0})");
  EXPECT_EQ(service.Spend("c", -500, "dining"), R"({"changed":true,"alerts":0})");
  EXPECT_EQ(service.Alerts(), (Set{"2026-03:80:open"}));
  service.Spend("d", -5'000);
  EXPECT_EQ(service.Alerts(), (Set{"2026-03:100:open", "2026-03:80:open"}));
}

TEST(BudgetManager, WithdrawsWhenSpendingFallsAndAlertsAgainWhenItRises) {
  Running service;
  service.Limit(10'000);
  service.Spend("a", -12'000);
  EXPECT_EQ(service.Alerts().size(), 2U);
  service.Spend("a", -12'000, "travel", 1);
  EXPECT_EQ(service.Alerts(), Set());
  service.Spend("a", -12'000, "dining", 2);
  EXPECT_EQ(service.Alerts().size(), 2U);
  service.Spend("refund", 3'000);
  EXPECT_EQ(service.Alerts(), (Set{"2026-03:80:open"}));
  EXPECT_EQ(service.Send("DELETE", "/spending/u/transactions/a?revision=3").body, R"({"changed":true,"alerts":0})");
  EXPECT_EQ(service.Alerts(), Set());
}

TEST(BudgetManager, NeverAlertsForAMonthThatIsOver) {
  Running service;
  service.Limit(10'000);
  service.Spend("a", -50'000, "groceries", 0, "2026-02-27");
  EXPECT_EQ(service.Alerts(), Set());
  const auto budgets = JsonDocument::Parse(service.Send("GET", "/budgets/u?month=2026-02").body);
  EXPECT_EQ(budgets->root().Find("budgets").At(0).Find("spent_minor").AsInt64(), 50'000);
}

TEST(BudgetManager, ChangedLimitRaisesAndWithdrawsAndKeepsTheBudgetsId) {
  Running service;
  service.Limit(10'000);
  service.Spend("a", -5'000);
  const auto id_of = [&] {
    return std::string(*JsonDocument::Parse(service.Send("GET", "/budgets/u").body)->root().Find("budgets").At(0).Find("id").AsString());
  };
  const std::string id = id_of();
  service.Limit(5'000);
  EXPECT_EQ(service.Alerts().size(), 2U);
  EXPECT_EQ(id_of(), id);
  service.Limit(1'000'000);
  EXPECT_EQ(service.Alerts(), Set());
}

TEST(BudgetManager, AcknowledgedAlertStaysAcknowledged) {
  Running service;
  service.Limit(1'000);
  service.Spend("a", -900);
  const auto alerts = JsonDocument::Parse(service.Send("GET", "/alerts/u").body);
  const JsonValue alert = alerts->root().Find("alerts").At(0);
  EXPECT_EQ(alert.Find("transactions").At(0).AsString(), "a");
  EXPECT_EQ(service.Send("POST", "/alerts/" + std::string(*alert.Find("id").AsString()) + "/ack").status, 200);
  service.Spend("b", -10);
  EXPECT_EQ(service.Alerts(), (Set{"2026-03:80:acked"}));
  EXPECT_EQ(service.Send("POST", "/alerts/none/ack").status, 404);
  EXPECT_EQ(service.Send("POST", "/alerts/none/snooze").status, 404);
  EXPECT_EQ(service.Send("POST", "/alerts/" + std::string(*alert.Find("id").AsString()) + "/snooze?days=0").status, 400);
  EXPECT_EQ(service.Send("POST", "/alerts/" + std::string(*alert.Find("id").AsString()) + "/snooze?days=14").status, 200);
  EXPECT_EQ(service.Alerts(), (Set{"2026-03:80:snoozed"}));
  service.clock().Advance(std::chrono::hours(14 * 24));
  EXPECT_EQ(service.Alerts(), (Set{"2026-03:80:open"})) << "it is there again";
}

TEST(BudgetManager, AnyOrderAndRepetitionEndsLikeARecomputation) {
  awry::base::Random random(77);
  struct Change {
    std::string id;
    int64_t minor;
    std::string category;
    int64_t revision;
  };
  for (int round = 0; round < 6; ++round) {
    std::vector<Change> changes;
    std::map<std::string, int64_t> revisions;
    for (int i = 0; i < 25; ++i) {
      const std::string id = "t" + std::to_string(random.Below(8));
      changes.push_back({id, -static_cast<int64_t>(random.Below(4'000)), random.Chance(0.7) ? "groceries" : "travel", revisions[id]++});
    }
    int64_t spent = 0;
    for (const Change& change : changes) {
      if (change.revision + 1 == revisions[change.id] && change.category == "groceries") spent -= change.minor;
    }
    std::vector<Change> arrivals = changes;
    arrivals.insert(arrivals.end(), changes.begin(), changes.begin() + 10);
    for (size_t i = arrivals.size(); i > 1; --i) std::swap(arrivals[i - 1], arrivals[random.Below(i)]);
    Running service;
    service.Limit(10'000);
    for (const Change& change : arrivals) service.Spend(change.id, change.minor, change.category, change.revision);
    Set expected;
    if (spent >= 8'000) expected.insert("2026-03:80:open");
    if (spent >= 10'000) expected.insert("2026-03:100:open");
    EXPECT_EQ(service.Alerts(), expected) << "spent " << spent;
  }
}

TEST(BudgetManager, RefusesBadInput) {
  Running service;
  const auto put = [&](const std::string& budget) { return service.Send("PUT", "/budgets/u", "{\"budgets\":[" + budget + "]}").status; };
  EXPECT_EQ(put(R"({"categories":["groceries"],"limit_minor":-5,"currency":"EUR"})"), 400);
  EXPECT_EQ(put(R"({"categories":["groceries"],"limit_minor":0,"currency":"EUR"})"), 400);
  EXPECT_EQ(put(R"({"categories":[],"limit_minor":5,"currency":"EUR"})"), 400);
  EXPECT_EQ(put(R"({"categories":["food"],"limit_minor":5,"currency":"EUR"})"), 400);
  EXPECT_EQ(put(R"({"categories":["groceries"],"limit_minor":5,"currency":"ABC"})"), 400);
  EXPECT_EQ(put(R"({"categories":["groceries"],"limit_minor":5,"currency":"EUR","period":"decade"})"), 400);
  EXPECT_EQ(put(R"({"id":"foreign","categories":["groceries"],"limit_minor":5,"currency":"EUR"})"), 400);
  EXPECT_EQ(service.Send("PUT", "/budgets/u", "{}").status, 400);
  EXPECT_EQ(service.Send("GET", "/budgets/a%20b").status, 400);
}

}  // namespace
}  // namespace finance::budget_manager
