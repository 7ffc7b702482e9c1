#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/random.h"
#include "codec/json.h"
#include "finance/budget_manager/alert_table.h"
#include "finance/budget_manager/budget_json.h"
#include "finance/budget_manager/budget_manager.h"
#include "finance/budget_manager/budget_periods.h"
#include "finance/budget_manager/budget_table.h"
#include "finance/budget_manager/running_budgets_test.h"
#include "finance/budget_manager/weekly_summary.h"
#include "sql/test_servers.h"

namespace finance::budget_manager {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using ledger::Category;
using ledger::Date;
using ledger::UserId;

Date Day(const std::string& text) { return Date::Parse(text).value(); }
ledger::Currency Eur() { return ledger::Currency::Parse("EUR").value(); }
const UserId& User() {
  static const UserId user = UserId::Parse("u").value();
  return user;
}

Budget Groceries(int64_t limit = 10'000) {
  return {.id = "b", .categories = {{Category::kGroceries, ""}}, .limit = {limit, Eur()}};
}

// --- periods ---

std::string PeriodText(const Budget& budget, const char* day) {
  const Period period = PeriodAt(budget, Day(day));
  return period.id + " " + period.from.ToString() + ".." + period.until.ToString();
}

TEST(PeriodAt, CutsTimeByTheCalendarOrByADayOfTheUser) {
  Budget budget = Groceries();
  EXPECT_EQ(PeriodText(budget, "2026-02-28"), "2026-02 2026-02-01..2026-03-01");
  budget.starts_on = Day("2026-01-25");
  EXPECT_EQ(PeriodText(budget, "2026-03-24"), "2026-02-25 2026-02-25..2026-03-25");
  EXPECT_EQ(PeriodText(budget, "2025-12-25"), "2025-12-25 2025-12-25..2026-01-25");
  budget = Groceries();
  budget.period = PeriodKind::kWeek;
  EXPECT_EQ(PeriodText(budget, "2026-03-15"), "2026-03-09 2026-03-09..2026-03-16") << "from Monday";
  budget.starts_on = Day("2026-01-04");
  EXPECT_EQ(PeriodText(budget, "2026-03-15"), "2026-03-15 2026-03-15..2026-03-22") << "from Sunday";
  budget = Groceries();
  budget.period = PeriodKind::kQuarter;
  EXPECT_EQ(PeriodText(budget, "2026-12-31"), "2026-Q4 2026-10-01..2027-01-01");
  budget.period = PeriodKind::kYear;
  EXPECT_EQ(PeriodText(budget, "2026-12-31"), "2026 2026-01-01..2027-01-01");
  budget.starts_on = Day("2026-04-01");
  EXPECT_EQ(PeriodText(budget, "2026-03-31"), "2025-04-01 2025-04-01..2026-04-01");
  budget.period = PeriodKind::kDays;
  budget.days = 10;
  EXPECT_EQ(PeriodText(budget, "2026-03-31"), "2026-03-22 2026-03-22..2026-04-01");
}

TEST(PeriodAt, PeriodsFollowEachOtherWithoutGapsOverTheWholeCalendar) {
  awry::base::Random random(5);
  for (int round = 0; round < 300; ++round) {
    Budget budget = Groceries();
    budget.period = static_cast<PeriodKind>(random.Below(5));
    budget.days = 1 + static_cast<int>(random.Below(366));
    if (random.Chance(0.7)) budget.starts_on = Date::FromYmd(1990 + static_cast<int>(random.Below(60)), 1 + static_cast<int>(random.Below(12)), 1 + static_cast<int>(random.Below(28)));
    const Date day = Date::FromDays(static_cast<int32_t>(random.Below(50'000)) - 10'000);
    const Period period = PeriodAt(budget, day);
    EXPECT_TRUE(period.Holds(day));
    EXPECT_EQ(PeriodAt(budget, period.until).from, period.until);
    EXPECT_EQ(PeriodAt(budget, period.from.AddDays(-1)).until, period.from);
  }
  Budget budget = Groceries();
  for (const int32_t end : {-800'000, 3'000'000}) EXPECT_NE(PeriodAt(budget, Date::FromDays(end)).id, "");
}

TEST(CategoryRef, CoversItsChildrenOnly) {
  const auto ref = [](const char* text) { return CategoryRef::Parse(text).value(); };
  EXPECT_TRUE(ref("groceries").Covers(ref("groceries.organic")));
  EXPECT_TRUE(ref("groceries.organic").Covers(ref("groceries.organic.milk")));
  EXPECT_FALSE(ref("groceries.organic").Covers(ref("groceries.organics")));
  EXPECT_FALSE(ref("groceries.organic").Covers(ref("groceries")));
  EXPECT_FALSE(ref("dining").Covers(ref("groceries")));
  for (const char* bad : {"", "food", "groceries.", "groceries.Ä", "groceries.a'b", "groceries..", "groceries.a."}) {
    EXPECT_FALSE(CategoryRef::Parse(bad).ok()) << bad;
  }
}

TEST(CarryOut, IsNothingSurplusOrBothAndNeverAboveTheCap) {
  Budget budget = Groceries();
  EXPECT_EQ(CarryOut(budget, 100, 40), 0);
  budget.carry = Carry::kSurplus;
  EXPECT_EQ(CarryOut(budget, 100, 40), 60);
  EXPECT_EQ(CarryOut(budget, 100, 140), 0);
  budget.carry = Carry::kFull;
  EXPECT_EQ(CarryOut(budget, 100, 140), -40);
  budget.carry_cap_minor = 50;
  EXPECT_EQ(CarryOut(budget, 100, 40), 50);
}

TEST(PaceOf, ProjectsWhatIsUsualAndCountsRecurringPaymentsOnce) {
  const PeriodState state{PeriodAt(Groceries(), Day("2026-06-01")), 6'000, 0, 0, 10'000};
  EXPECT_FALSE(PaceOf(state, {}, Day("2026-06-06")).projected_minor.has_value()) << "six days are too few";
  const Pace plain = PaceOf(state, {}, Day("2026-06-10"));
  EXPECT_EQ(plain.projected_minor, 18'000);
  EXPECT_EQ(plain.state, PaceState::kWillExceed);
  const Pace recurring = PaceOf(state, {.paid_minor = 5'000, .to_come_minor = 700}, Day("2026-06-10"));
  EXPECT_EQ(recurring.projected_minor, 3'000 + 5'000 + 700);
  EXPECT_EQ(recurring.state, PaceState::kOverPace);
  EXPECT_EQ(PaceOf(state, {.paid_minor = 5'000}, Day("2026-06-20")).state, PaceState::kOnPace);
  EXPECT_EQ(PaceOf(state, {}, Day("2026-08-01")).projected_minor, 6'000) << "over: as it was";
}

// --- tables ---

class Tables {
 public:
  Tables() : database_(std::move(*sql::Database::Open(awry::sql::TestDatabaseUrl(folder_.path() + "/a.db")))) {
    const std::vector<std::string> steps = BudgetSteps();
    EXPECT_TRUE(database_->Migrate(std::vector<std::string_view>(steps.begin(), steps.end())).ok());
  }
  void Run(const std::function<base::Status(sql::Connection&)>& body) {
    const base::Status status = database_->Write(body);
    EXPECT_TRUE(status.ok()) << status.ToString();
  }
  void Spend(const std::string& id, const std::string& day, int64_t minor, SpentRow like = {Date::FromDays(0), {0, Eur()}, {Category::kGroceries, ""}}) {
    like.date = Day(day);
    like.amount.minor = minor;
    Run([&](sql::Connection& c) -> base::Status {
      std::vector<SpentRow> touched;
      return SpendTransaction(c, User(), id, 0, like, touched).status();
    });
  }
  std::vector<PeriodState> Periods(const Budget& budget, const char* from, const char* until) {
    std::vector<PeriodState> states;
    Run([&](sql::Connection& c) -> base::Status {
      ASSIGN_OR_RETURN(states, ReadPeriods(c, User(), budget, Day(from), Day(until)));
      return {};
    });
    return states;
  }

 private:
  awry::sql::TestFolder folder_;
  std::unique_ptr<sql::Database> database_;
};

TEST(ReadPeriods, CarriesSurplusAndDeficitFromTheBudgetsBeginning) {
  Tables tables;
  tables.Spend("before", "2025-12-10", -99'000);
  tables.Spend("a", "2026-01-10", -4'000);
  tables.Spend("b", "2026-02-10", -19'000);
  tables.Spend("c", "2026-03-10", -1'000);
  Budget budget = Groceries();
  budget.active_from = Day("2026-01-01");
  const auto available = [&](Carry carry, std::optional<int64_t> cap = std::nullopt) {
    budget.carry = carry;
    budget.carry_cap_minor = cap;
    std::vector<int64_t> out;
    for (const PeriodState& state : tables.Periods(budget, "2025-11-01", "2026-04-01")) out.push_back(state.available_minor);
    return out;
  };
  EXPECT_EQ(available(Carry::kNone), (std::vector<int64_t>{10'000, 10'000, 10'000, 10'000})) << "not active before";
  EXPECT_EQ(available(Carry::kSurplus), (std::vector<int64_t>{10'000, 16'000, 10'000, 19'000}));
  EXPECT_EQ(available(Carry::kFull), (std::vector<int64_t>{10'000, 16'000, 7'000, 16'000}));
  EXPECT_EQ(available(Carry::kFull, 2'000), (std::vector<int64_t>{10'000, 12'000, 3'000, 12'000}));
  EXPECT_EQ(tables.Periods(budget, "2026-03-05", "2026-03-05").at(0).available_minor, 3'000) << "the same from the middle";
}

TEST(ReadPeriods, CountsPendingRefundsChildrenMerchantsAndTagsButNoTransfers) {
  Tables tables;
  const SpentRow plain{Date::FromDays(0), {0, Eur()}, {Category::kGroceries, ""}};
  SpentRow pending = plain, child = plain, transfer = plain, tagged = plain, foreign = plain;
  pending.pending = true;
  child.category.child = "organic";
  transfer.transfer = true;
  tagged.category = {Category::kTravel, ""};
  tagged.merchant = "rail";
  tagged.tags = {"50%", "holiday"};
  foreign.amount.currency = ledger::Currency::Parse("USD").value();
  tables.Spend("a", "2026-03-01", -1'000);
  tables.Spend("refund", "2026-03-02", 300);
  tables.Spend("pending", "2026-03-03", -200, pending);
  tables.Spend("child", "2026-03-04", -40, child);
  tables.Spend("transfer", "2026-03-05", -77'000, transfer);
  tables.Spend("own", "2026-03-05", -77'000, {Date::FromDays(0), {0, Eur()}, {Category::kTransfer, ""}});
  tables.Spend("tagged", "2026-03-06", -5, tagged);
  tables.Spend("foreign", "2026-03-06", -9'999, foreign);
  const auto spent = [&](Budget budget) {
    const PeriodState state = tables.Periods(budget, "2026-03-15", "2026-03-15").at(0);
    return std::pair(state.spent_minor, state.pending_minor);
  };
  const auto make = [](std::vector<CategoryRef> categories, std::vector<std::string> merchants, std::vector<std::string> tags) {
    return Budget{.id = "b", .categories = std::move(categories), .merchants = std::move(merchants), .tags = std::move(tags), .limit = {1, Eur()}};
  };
  using Sums = std::pair<int64_t, int64_t>;
  EXPECT_EQ(spent(Groceries()), Sums(940, 200));
  EXPECT_EQ(spent(make({{Category::kGroceries, "organic"}}, {}, {})), Sums(40, 0));
  EXPECT_EQ(spent(make({}, {"rail"}, {})), Sums(5, 0));
  EXPECT_EQ(spent(make({}, {}, {"holiday"})), Sums(5, 0));
  EXPECT_EQ(spent(make({}, {}, {"50%"})), Sums(5, 0));
  EXPECT_EQ(spent(make({}, {}, {"5_%"})), Sums(0, 0)) << "no pattern of SQL";
  EXPECT_EQ(spent(make({{Category::kGroceries, ""}}, {}, {"holiday"})), Sums(0, 0));
}

TEST(BudgetJson, GivesBackWhatItWrites) {
  Budget budget = Groceries(123);
  budget.name = "Essen \"&\" mehr";
  budget.categories = {{Category::kGroceries, "organic"}, {Category::kDining, ""}};
  budget.merchants = {"rail"};
  budget.tags = {"a b", "c"};
  budget.period = PeriodKind::kDays;
  budget.days = 14;
  budget.starts_on = Day("2026-01-31");
  budget.carry = Carry::kFull;
  budget.carry_cap_minor = 0;
  budget.active_from = Day("2026-01-01");
  budget.active_until = Day("2026-12-31");
  budget.thresholds = {50};
  budget.will_exceed = true;
  const std::string json = DefinitionJson(budget);
  const auto read = ParseBudget(json);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(DefinitionJson(*read), json);
}

// --- the service ---

class Running : public RunningBudgets {
 public:
  explicit Running(const std::string& today, BudgetManagerOptions options = {})
      : RunningBudgets(int64_t{Day(today).days()} * 86'400'000'000'000, std::move(options)) {}
  void Put(const std::string& budgets) {
    const auto response = Send("PUT", "/budgets/u", "{\"budgets\":[" + budgets + "]}");
    EXPECT_EQ(response.status, 200) << response.body;
  }
  std::string Batch(const std::string& rows) { return Send("POST", "/spending/u/batch", "{\"transactions\":[" + rows + "]}").body; }
  // "budget:2026-03:80" for each standing alert.
  std::multiset<std::string> Alerts() {
    const auto document = JsonDocument::Parse(Send("GET", "/alerts/u").body);
    std::multiset<std::string> alerts;
    for (const JsonValue alert : document->root().Find("alerts").items()) {
      alerts.insert(std::string(*alert.Find("kind").AsString()) + ":" + std::string(*alert.Find("period").AsString()) + ":" +
                    std::to_string(*alert.Find("threshold").AsInt64()));
    }
    return alerts;
  }
  // "2026-03-10 spent available": every budget's.
  std::string States() {
    const auto document = JsonDocument::Parse(Send("GET", "/budgets/u").body);
    std::string out;
    for (const JsonValue budget : document->root().Find("budgets").items()) {
      out += std::string(*budget.Find("period_id").AsString()) + " " + std::to_string(*budget.Find("spent_minor").AsInt64()) + " " +
             std::to_string(*budget.Find("available_minor").AsInt64()) + "\n";
    }
    return out;
  }
  void Advance(int days) { clock().Advance(std::chrono::hours(24 * days)); }
};

std::string RowJson(const std::string& id, const std::string& date, int64_t minor, const std::string& more = "") {
  return R"({"id":")" + id + R"(","date":")" + date + R"(","currency":"EUR","category":"groceries","amount_minor":)" + std::to_string(minor) + more + "}";
}

using Set = std::multiset<std::string>;

TEST(BudgetManager, AlertsAtTheThresholdsThatAreSwitchedOn) {
  Running service("2026-03-03");
  service.Put(R"({"categories":["groceries"],"limit_minor":1000,"currency":"EUR","thresholds":[50]},
                 {"categories":["groceries"],"period":"week","limit_minor":1000,"currency":"EUR","thresholds":[]})");
  service.Batch(RowJson("a", "2026-03-02", -2'000));
  EXPECT_EQ(service.Alerts(), (Set{"budget:2026-03:50"}));
}

TEST(BudgetManager, TellsOnceThatABudgetWillBeExceededAndTakesItBack) {
  Running service("2026-03-10");
  service.Put(R"({"categories":["groceries"],"limit_minor":10000,"currency":"EUR","thresholds":[100],"will_exceed":true})");
  service.Batch(RowJson("a", "2026-03-02", -5'000));
  EXPECT_EQ(service.Alerts(), (Set{"budget_will_exceed:2026-03:0"}));
  service.Batch(RowJson("b", "2026-03-03", -100));
  EXPECT_EQ(service.Alerts().size(), 1U);
  service.Advance(15);
  EXPECT_TRUE(service.service().Refresh(User()).ok());
  EXPECT_EQ(service.Alerts(), Set()) << "time has passed without spending";
  service.Batch(RowJson("c", "2026-03-20", -20'000));
  EXPECT_EQ(service.Alerts(), (Set{"budget:2026-03:100"}));
}

TEST(BudgetManager, ALateRowOfThePastReachesThePresentThroughCarryOnly) {
  Running service("2026-03-10");
  service.Put(R"({"categories":["groceries"],"limit_minor":10000,"currency":"EUR","carry":"full","active_from":"2026-01-01","thresholds":[100]})");
  service.Batch(RowJson("a", "2026-03-02", -25'000));
  EXPECT_EQ(service.Alerts(), Set()) << "30000 are there";
  service.Batch(RowJson("late", "2026-01-20", -6'000));
  EXPECT_EQ(service.Alerts(), (Set{"budget:2026-03:100"}));
  service.Batch(R"({"id":"late","revision":1,"removed":true})");
  EXPECT_EQ(service.Alerts(), Set());
}

TEST(BudgetManager, ABatchIsOneChangeWithOneAlertAndItsImport) {
  Running service("2026-03-10");
  service.Put(R"({"categories":["groceries"],"limit_minor":1000,"currency":"EUR"})");
  std::string rows;
  for (int i = 0; i < 50; ++i) rows += (i > 0 ? "," : "") + RowJson("r" + std::to_string(i), "2026-03-0" + std::to_string(1 + i % 9), -100, R"(,"import_id":"imp-1")");
  EXPECT_EQ(service.Batch(rows), R"({"changed":50,"alerts":2})");
  EXPECT_EQ(service.Batch(rows), R"({"changed":0,"alerts":0})");
  const auto alerts = JsonDocument::Parse(service.Send("GET", "/alerts/u").body);
  EXPECT_EQ(alerts->root().Find("alerts").At(0).Find("import_id").AsString(), "imp-1");
  EXPECT_EQ(alerts->root().Find("alerts").At(0).Find("transactions").size(), 50U);
}

TEST(BudgetManager, ShowsPeriodsAndTheRowsBehindThem) {
  Running service("2026-03-10");
  service.Put(R"({"categories":["groceries"],"limit_minor":1000,"currency":"EUR"})");
  service.Batch(RowJson("a", "2026-02-02", -300) + "," + RowJson("b", "2026-03-02", -100));
  const auto budgets = JsonDocument::Parse(service.Send("GET", "/budgets/u").body);
  const std::string id(*budgets->root().Find("budgets").At(0).Find("id").AsString());
  const auto periods = JsonDocument::Parse(service.Send("GET", "/budgets/u/" + id + "/periods?count=3").body);
  ASSERT_EQ(periods->root().Find("periods").size(), 3U);
  EXPECT_EQ(periods->root().Find("periods").At(0).Find("period_id").AsString(), "2026-03");
  EXPECT_EQ(periods->root().Find("periods").At(1).Find("spent_minor").AsInt64(), 300);
  EXPECT_EQ(service.Send("GET", "/budgets/u/" + id + "/transactions?date=2026-02-20").body, R"({"transactions":["a"]})");
  EXPECT_EQ(service.Send("GET", "/budgets/other/" + id + "/transactions").status, 404);
  EXPECT_EQ(service.Send("GET", "/budgets/u/" + id + "/periods?count=0").status, 400);
}

TEST(BudgetManager, LetsNobodyAcknowledgeAnothersAlert) {
  Running service("2026-03-10");
  service.Put(R"({"categories":["groceries"],"limit_minor":1000,"currency":"EUR"})");
  service.Batch(RowJson("a", "2026-03-02", -900));
  const auto alerts = JsonDocument::Parse(service.Send("GET", "/alerts/u").body);
  const std::string id(*alerts->root().Find("alerts").At(0).Find("id").AsString());
  EXPECT_EQ(service.Send("POST", "/alerts/" + id + "/ack?user_id=other").status, 404);
  EXPECT_EQ(service.Send("POST", "/alerts/" + id + "/ack?user_id=u").status, 200);
}

TEST(BudgetManager, RefusesBudgetsThatMeanNothing) {
  Running service("2026-03-10");
  const auto put = [&](const std::string& more) {
    return service.Send("PUT", "/budgets/u", R"({"budgets":[{"limit_minor":5,"currency":"EUR",)" + more + "}]}").status;
  };
  EXPECT_EQ(put(R"("categories":["groceries"])"), 200);
  for (const char* bad : {R"("categories":["transfer"])", R"("categories":["groceries"],"period":"days")", R"("categories":["groceries"],"period":"days","days":367)",
                          R"("categories":["groceries"],"starts_on":"2026-01-31")", R"("categories":["groceries"],"carry":"some")",
                          R"("categories":["groceries"],"carry_cap_minor":-1)", R"("categories":["groceries"],"thresholds":[99])",
                          R"("categories":["groceries"],"thresholds":80)", R"("categories":["groceries"],"active_from":"2026-02-01","active_until":"2026-01-01")",
                          R"("categories":["groceries"],"active_from":"0001-01-01")", R"("tags":[""])", R"("tags":["a,b"])"}) {
    EXPECT_EQ(put(bad), 400) << bad;
  }
  EXPECT_EQ(service.Send("PUT", "/spending/u/transactions/x", RowJson("x", "2026-03-01", INT64_MIN)).status, 400) << "no sum may overflow";
  EXPECT_EQ(service.Batch(RowJson("", "2026-03-01", -1)).find("changed"), std::string::npos);
}

// The contract's sentence: any order of inserts, edits, deletes and refunds ends as a recomputation does.
TEST(BudgetManager, AnyOrderOfChangesEndsLikeTheirNewestStatesInOneBatch) {
  awry::base::Random random(20'260'315);
  const std::string budgets = R"({"categories":["groceries"],"limit_minor":9000,"currency":"EUR","thresholds":[50,80,100],"will_exceed":true},
      {"categories":["groceries","dining"],"limit_minor":4000,"currency":"EUR","period":"week","carry":"full","active_from":"2026-01-05","carry_cap_minor":3000},
      {"categories":["groceries"],"limit_minor":9000,"currency":"EUR","period":"days","days":10,"carry":"surplus","active_from":"2026-01-01"},
      {"tags":["fun"],"limit_minor":3000,"currency":"EUR","period":"quarter"})";
  for (int round = 0; round < 4; ++round) {
    struct Change {
      std::string json;
      std::string id;
    };
    std::vector<Change> changes;
    std::map<std::string, int> revisions;
    for (int i = 0; i < 40; ++i) {
      const std::string id = "t" + std::to_string(random.Below(12));
      const int revision = revisions[id]++;
      const std::string rev = R"(,"revision":)" + std::to_string(revision);
      if (random.Chance(0.15)) {
        changes.push_back({R"({"id":")" + id + R"(","removed":true)" + rev + "}", id});
        continue;
      }
      const int64_t minor = random.Chance(0.2) ? static_cast<int64_t>(random.Below(2'000)) : -static_cast<int64_t>(random.Below(6'000));
      std::string more = rev;
      if (random.Chance(0.3)) more += R"(,"tags":["fun"])";
      if (random.Chance(0.2)) more += R"(,"status":"pending")";
      if (random.Chance(0.1)) more += R"(,"transfer":true)";
      changes.push_back({RowJson(id, Day("2026-01-01").AddDays(static_cast<int32_t>(random.Below(75))).ToString(), minor, more), id});
    }
    std::map<std::string, std::string> newest;
    for (const Change& change : changes) newest[change.id] = change.json;
    std::string scratch_rows;
    for (const auto& [id, json] : newest) scratch_rows += (scratch_rows.empty() ? "" : ",") + json;
    Running scratch("2026-03-15");
    scratch.Put(budgets);
    scratch.Batch(scratch_rows);
    for (size_t i = changes.size(); i > 1; --i) std::swap(changes[i - 1], changes[random.Below(i)]);
    Running replay("2026-03-15");
    replay.Put(budgets);
    for (size_t i = 0; i < changes.size();) {
      std::string rows;
      for (size_t n = 1 + random.Below(4); n > 0 && i < changes.size(); --n, ++i) rows += (rows.empty() ? "" : ",") + changes[i].json;
      replay.Batch(rows);
    }
    EXPECT_EQ(replay.Alerts(), scratch.Alerts());
    EXPECT_EQ(replay.States(), scratch.States());
  }
}

// --- what the Spending Analyzer says ---

class Analyzer {
 public:
  Analyzer() {
    net::Router router;
    router.Add("GET", "/forecast/{user_id}", [](const net::HttpRequest&) {
      return net::JsonResponse(200, R"({"forecasts":[{"currency":"EUR","upcoming":[{"date":"2026-03-12","merchant":"box","amount_minor":-4000,"category":"groceries"}]}]})");
    });
    router.Add("GET", "/insights/{user_id}", [this](const net::HttpRequest&) {
      return net::JsonResponse(200, noticed ? R"({"insights":[{"key":"price|s|d","kind":"recurring_price","severity":"warning","subject":"box","message":"box costs more","transactions":["t1"],"detail":{"new_minor":-4000}}]})"
                                            : R"({"insights":[]})");
    });
    server_ = std::move(*net::HttpServer::Start({}, router));
    client = std::move(*net::HttpClient::Create("http://127.0.0.1:" + std::to_string(server_->port())));
  }
  std::atomic<bool> noticed{true};
  std::unique_ptr<net::HttpClient> client;

 private:
  std::unique_ptr<net::HttpServer> server_;
};

TEST(BudgetManager, MakesAlertsOfInsightsAndExpectsRecurringPayments) {
  Analyzer analyzer;
  Running service("2026-03-10", {.spending_analyzer = analyzer.client.get()});
  service.Put(R"({"categories":["groceries"],"limit_minor":7000,"currency":"EUR","thresholds":[],"will_exceed":true})");
  service.Batch(RowJson("a", "2026-03-02", -1'000));
  EXPECT_EQ(service.Alerts(), Set());
  ASSERT_TRUE(service.service().Refresh(User()).ok());
  EXPECT_EQ(service.Alerts(), (Set{"budget_will_exceed:2026-03:0", "recurring_price:price|s|d:0"})) << "3100 at this pace, and 4000 for the box";
  const auto budgets = JsonDocument::Parse(service.Send("GET", "/budgets/u").body);
  EXPECT_EQ(budgets->root().Find("budgets").At(0).Find("pace").Find("expected_minor").AsInt64(), 4'000);
  ASSERT_TRUE(service.service().Refresh(User()).ok());
  EXPECT_EQ(service.Alerts().size(), 2U) << "one alert for one event";
  analyzer.noticed = false;
  ASSERT_TRUE(service.service().Refresh(User()).ok());
  EXPECT_EQ(service.Alerts(), (Set{"budget_will_exceed:2026-03:0"}));
}

TEST(WeeklySummary, NamesSpendingBudgetsAndWhatIsExpected) {
  Analyzer analyzer;
  Running service("2026-03-10", {.spending_analyzer = analyzer.client.get()});
  service.Put(R"({"name":"Food","categories":["groceries"],"limit_minor":7000,"currency":"EUR"})");
  service.Batch(RowJson("a", "2026-03-05", -1'234));
  ASSERT_TRUE(service.service().Refresh(User()).ok());
  const auto letter_in = [&](delivery::Language language) {
    delivery::Letter letter;
    EXPECT_TRUE(service.database().Read([&](sql::Connection& connection) -> base::Status {
      ASSIGN_OR_RETURN(letter, ComposeWeekly(connection, User(), Day("2026-03-10"), language));
      return {};
    }).ok());
    return letter;
  };
  const delivery::Letter english = letter_in(delivery::Language::kEnglish);
  EXPECT_EQ(english.subject, "Your week from 3 March 2026 to 9 March 2026");
  EXPECT_EQ(TextOf(english),
            "Spent\n  Groceries: 12.34 EUR\n\nBudgets\n  Food (March 2026): 12.34 EUR of 70.00 EUR spent, 57.66 EUR left\n"
            "\nExpected in the next seven days\n  12 March 2026: box, -40.00 EUR\n");
  const delivery::Letter german = letter_in(delivery::Language::kGerman);
  EXPECT_EQ(german.subject, "Deine Woche vom 3. März 2026 bis 9. März 2026");
  EXPECT_EQ(TextOf(german),
            "Ausgegeben\n  Lebensmittel: 12,34 EUR\n\nBudgets\n  Food (März 2026): 12,34 EUR von 70,00 EUR ausgegeben, 57,66 EUR übrig\n"
            "\nErwartet in den nächsten sieben Tagen\n  12. März 2026: box, -40,00 EUR\n");
}

}  // namespace
}  // namespace finance::budget_manager
