// Checks, violations, guards of findings and the health of the instrumentation, over HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/api/server_test.h"
#include "awry/api/violated_checks.h"
#include "awry/check/watched_store.h"
#include "awry/check/watcher.h"
#include "awry/query/vector_store.h"

namespace awry::api {
namespace {

using query::Attr;
using query::MakeTrace;
using testing::HasSubstr;

// A server with a watcher that judges when it is told to.
class Checked {
 public:
  Checked() : folder_(std::filesystem::temp_directory_path() / ("awry_checked_" + std::to_string(base::EntropySeed()))) {
    std::filesystem::create_directories(folder_);
    ledger_ = *check::Ledger::Open("sqlite:" + (folder_ / "checks.sqlite").string());
    server = std::make_unique<TestServer>();
    book_ = *check::CheckBook::Open(server->store(), "");
    check::WatcherOptions options{.clock = &clock_, .background = false};
    options.on_trace = [this](const trace::Trace& trace) { instrumentation_.Add(trace, clock_.NowUnixNs()); };
    watcher = std::make_unique<check::Watcher>(server->store(), *book_, *ledger_, nullptr, options);
    server->Restart({.instrumentation = &instrumentation_, .checks = watcher.get()});
  }
  ~Checked() {
    server->Restart({});
    watcher.reset();
    book_.reset();
    server.reset();
    std::filesystem::remove_all(folder_);
  }

  // Stores `n` traces, every fourth with another user's patterns, and judges them.
  void Fill(uint64_t n) {
    std::vector<trace::TraceId> ids;
    for (uint64_t i = 1; i <= n; ++i) {
      const char* owner = i % 4 == 0 ? "user1" : "user123";
      const int64_t start_ns = static_cast<int64_t>(i) * 1'000'000'000;
      server->Add(MakeTrace(i, {{.id = 1, .service = "predictor", .name = "categorize", .attributes = {Attr("user_id", "user123")}, .start_ns = start_ns},
                                {.id = 2, .parent = i % 5 == 0 ? 77u : 1u, .service = "predictor", .name = "fetch", .attributes = {Attr("patterns.user_id", owner)}, .start_ns = start_ns}}));
      ids.push_back({0, i});
    }
    watcher->Note(ids);
    clock_.Advance(std::chrono::seconds(6));
    EXPECT_EQ(watcher->JudgeDue(), n);
  }

  void Judge() {
    clock_.Advance(std::chrono::seconds(6));
    EXPECT_EQ(watcher->JudgeDue(), 1u);
  }

  std::unique_ptr<TestServer> server;
  std::unique_ptr<check::Watcher> watcher;

 private:
  base::FakeClock clock_{kStartNs + 3'600'000'000'000};
  std::filesystem::path folder_;
  stats::InstrumentationBook instrumentation_;
  std::unique_ptr<check::Ledger> ledger_;
  std::unique_ptr<check::CheckBook> book_;
};

codec::JsonDocument Json(const net::HttpResponse& response) {
  auto json = codec::JsonDocument::Parse(response.body);
  EXPECT_TRUE(json.ok()) << response.body;
  return json.ok() ? *std::move(json) : *codec::JsonDocument::Parse("null");
}

constexpr char kChecks[] =
    R"({"checks":[{"name":"own","never":"{ span.patterns.user_id != trace.user_id }","description":"d"},)"
    R"({"name":"fetched","always":"{ name = \"fetch\" }","severity":"info"}]})";

TEST(Checks, ArePutRunAndListed) {
  Checked checked;
  EXPECT_THAT(checked.server->Get("/api/v1/checks").body, HasSubstr(R"("checks":[],"yaml":"")"));
  const auto put = checked.server->Send("PUT", "/api/v1/checks", kChecks);
  ASSERT_EQ(put.status, 200) << put.body;
  checked.Fill(20);
  const auto answer = Json(checked.server->Get("/api/v1/checks"));
  const auto own = answer.root().Find("checks").At(0);
  EXPECT_EQ(own.Find("name").AsString(), "own");
  EXPECT_EQ(own.Find("never").AsString(), "{ span.patterns.user_id != trace.user_id }");
  EXPECT_EQ(own.Find("severity").AsString(), "error");
  EXPECT_EQ(own.Find("source").AsString(), "api");
  EXPECT_EQ(own.Find("violations").AsInt64(), 5);
  EXPECT_EQ(own.Find("checked").AsInt64(), 20);
  EXPECT_EQ(own.Find("last_violation_ns").AsInt64(), kStartNs + 20'000'000'000);
  EXPECT_EQ(own.Find("series").size(), 24u);
  EXPECT_EQ(answer.root().Find("checks").At(1).Find("violations").AsInt64(), 0);
  EXPECT_THAT(std::string(*answer.root().Find("yaml").AsString()), HasSubstr("- name: 'own'"));
  EXPECT_EQ(answer.root().Find("live").Find("evaluated").AsInt64(), 20);
}

TEST(Checks, YamlIsKeptAsItIsAndRefusedByLine) {
  Checked checked;
  const auto put = checked.server->Send("PUT", "/api/v1/checks", R"({"yaml":"# mine\n- {name: a, never: '{}'}\n"})");
  ASSERT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(Json(put).root().Find("yaml").AsString(), "# mine\n- {name: a, never: '{}'}\n");
  const auto bad_yaml = checked.server->Send("PUT", "/api/v1/checks", R"({"yaml":"- name: a\n  nevr: x\n"})");
  EXPECT_EQ(bad_yaml.status, 400);
  EXPECT_THAT(bad_yaml.body, HasSubstr(R"("details":[{"line":2,"column":3}])"));
  const auto bad_query = checked.server->Send("PUT", "/api/v1/checks", R"({"yaml":"- name: a\n  never: '{ x = }'\n"})");
  EXPECT_EQ(bad_query.status, 400);
  EXPECT_THAT(bad_query.body, HasSubstr(R"("details":[{"line":1,"column":9,"check":"a","query_column":3)"));
  EXPECT_EQ(Json(checked.server->Get("/api/v1/checks")).root().Find("checks").size(), 1u) << "nothing was replaced";
}

TEST(Checks, BadBodiesAreRefused) {
  Checked checked;
  const std::pair<const char*, const char*> rows[] = {
      {"[]", "must have 'checks' or 'yaml'"},
      {R"({"checks":[],"yaml":""})", "must have 'checks' or 'yaml'"},
      {R"({"checks":{}})", "'checks' must be an array"},
      {R"({"checks":[5]})", "checks[0]: a check must be an object"},
      {R"({"checks":[{"name":"a"}]})", "'never' or 'always'"},
      {R"({"checks":[{"name":"a","never":"{}","always":"{}"}]})", "not both"},
      {R"({"checks":[{"name":"a","never":"{}","when":"{}"}]})", "unknown key 'when'"},
      {R"({"checks":[{"never":"{}"}]})", "must have a 'name'"},
      {R"({"checks":[{"name":"a","never":"{}","severity":"bad"}]})", "'severity' must be"},
      {R"({"checks":[{"name":"a","never":"{}"},{"name":"a","never":"{}"}]})", "another check has this name"},
      {R"({"yaml":5})", "'yaml' must be a string"},
  };
  for (const auto& [body, message] : rows) {
    const auto response = checked.server->Send("PUT", "/api/v1/checks", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_THAT(response.body, HasSubstr(message)) << body;
  }
  EXPECT_EQ(checked.server->Send("PUT", "/api/v1/checks", kChecks, {{"Origin", "http://evil.example"}}).status, 403);
  EXPECT_EQ(checked.server->Get("/api/v1/checks?window_s=5").status, 400);
}

TEST(Checks, ADryRunStoresNothing) {
  Checked checked;
  checked.Fill(20);
  const auto run = checked.server->Send("PUT", "/api/v1/checks?dry_run=1&since=2020-09-13T12:26:45Z", kChecks);
  ASSERT_EQ(run.status, 200) << run.body;
  const auto answer = Json(run);
  const auto own = answer.root().Find("checks").At(0);
  EXPECT_EQ(answer.root().Find("traces").AsInt64(), 16);
  EXPECT_EQ(own.Find("violations").AsInt64(), 4);
  EXPECT_EQ(own.Find("checked").AsInt64(), 16);
  EXPECT_EQ(own.Find("examples").At(0).AsString(), trace::ToHex({0, 20}));
  EXPECT_EQ(own.Find("samples").At(0).Find("span").Find("name").AsString(), "fetch");
  EXPECT_EQ(own.Find("samples").At(0).Find("values").At(0).Find("value").AsString(), "user1");
  EXPECT_EQ(own.Find("labelled").Find("none").Find("violations").AsInt64(), 4);
  EXPECT_EQ(answer.root().Find("complete").AsBool(), true);
  EXPECT_THAT(checked.server->Get("/api/v1/checks").body, HasSubstr(R"("checks":[])"));
  EXPECT_EQ(checked.server->Send("PUT", "/api/v1/checks?dry_run=1&since=x", kChecks).status, 400);
  // The command line asks a server that runs no checks, too.
  TestServer plain;
  EXPECT_EQ(plain.Send("PUT", "/api/v1/checks?dry_run=1", kChecks).status, 200);
  EXPECT_EQ(plain.Send("PUT", "/api/v1/checks", kChecks).status, 404);
  EXPECT_EQ(plain.Get("/api/v1/violations").status, 404);
}

TEST(Violations, ArePagedAndFiltered) {
  Checked checked;
  ASSERT_EQ(checked.server->Send("PUT", "/api/v1/checks", kChecks).status, 200);
  checked.Fill(20);
  const auto page = Json(checked.server->Get("/api/v1/violations?limit=2"));
  EXPECT_EQ(page.root().Find("total").AsInt64(), 5);
  const auto first = page.root().Find("violations").At(0);
  EXPECT_EQ(first.Find("check").AsString(), "own");
  EXPECT_EQ(first.Find("trace_id").AsString(), trace::ToHex({0, 20}));
  EXPECT_EQ(first.Find("span").Find("span_id").AsString(), "0000000000000002");
  const std::string cursor(page.root().Find("next_cursor").AsString().value_or(""));
  const auto next = Json(checked.server->Get("/api/v1/violations?limit=20&cursor=" + cursor));
  EXPECT_EQ(next.root().Find("violations").size(), 3u);
  EXPECT_FALSE(next.root().Find("next_cursor").exists());
  EXPECT_EQ(Json(checked.server->Get("/api/v1/violations?check=fetched")).root().Find("total").AsInt64(), 0);
  EXPECT_EQ(Json(checked.server->Get("/api/v1/violations?trace_id=4")).root().Find("total").AsInt64(), 1);
  EXPECT_EQ(Json(checked.server->Get("/api/v1/violations?start=2020-09-13T12:26:50Z")).root().Find("total").AsInt64(), 3);
  for (const char* bad : {"limit=0", "limit=x", "cursor=x", "start=x", "trace_id=xyz"}) {
    EXPECT_EQ(checked.server->Get(std::string("/api/v1/violations?") + bad).status, 400) << bad;
  }
}

TEST(Findings, NameTheChecksThatGuardThem) {
  Checked checked;
  ASSERT_EQ(checked.server->Send("PUT", "/api/v1/checks", kChecks).status, 200);
  checked.Fill(80);
  std::string labels;
  codec::JsonWriter json(labels);
  json.BeginArray();
  for (uint64_t i = 1; i <= 80; ++i) {
    json.BeginObject().Key("trace_id").String(trace::ToHex({0, i})).Key("label").String(i % 4 == 0 ? "wrong" : "right").EndObject();
  }
  json.EndArray();
  ASSERT_EQ(checked.server->Send("POST", "/api/v1/labels", labels).status, 200);
  ASSERT_TRUE(checked.server->findings().RefreshNow().ok());
  const auto answer = Json(checked.server->Get("/api/v1/findings"));
  ASSERT_GE(answer.root().Find("findings").size(), 1u);
  const auto finding = answer.root().Find("findings").At(0);
  EXPECT_EQ(finding.Find("checks").At(0).AsString(), "own");
  EXPECT_EQ(finding.Find("guards").At(0).AsString(), "own");
  EXPECT_EQ(finding.Find("guards").size(), 1u);
}

TEST(Findings, AreMadeOfViolatedChecksWithoutAnyLabel) {
  Checked checked;
  ASSERT_EQ(checked.server->Send("PUT", "/api/v1/checks", kChecks).status, 200);
  checked.Fill(40);
  checked.server->findings().ReportFrom([&] { return ViolatedChecks(*checked.watcher); });
  ASSERT_TRUE(checked.server->findings().RefreshNow().ok());
  const auto answer = Json(checked.server->Get("/api/v1/findings"));
  ASSERT_EQ(answer.root().Find("findings").size(), 1u);
  const auto finding = answer.root().Find("findings").At(0);
  const std::string id(finding.Find("id").AsString().value_or(""));
  EXPECT_EQ(finding.Find("state").AsString(), "new");
  EXPECT_EQ(finding.Find("checks").At(0).AsString(), "own");
  const auto cause = finding.Find("cause");
  EXPECT_EQ(cause.Find("kind").AsString(), "check");
  EXPECT_EQ(cause.Find("span").Find("name").AsString(), "fetch");
  EXPECT_EQ(cause.Find("bad").Find("with").AsInt64(), 10);
  EXPECT_EQ(cause.Find("examples").At(0).AsString(), trace::ToHex({0, 40}));
  // What a person dismissed stays dismissed, and a check that is gone says nothing any more.
  ASSERT_EQ(checked.server->Send("PATCH", "/api/v1/findings/" + id, R"({"state":"dismissed","note":"known"})").status, 200);
  ASSERT_TRUE(checked.server->findings().RefreshNow().ok());
  EXPECT_EQ(checked.server->findings().List().front().state, why::FindingState::kDismissed);
  ASSERT_EQ(checked.server->Send("PATCH", "/api/v1/findings/" + id, R"({"state":"new","note":""})").status, 200);
  ASSERT_EQ(checked.server->Send("PUT", "/api/v1/checks", R"({"checks":[]})").status, 200);
  ASSERT_TRUE(checked.server->findings().RefreshNow().ok());
  EXPECT_TRUE(checked.server->findings().List().empty());
  checked.server->findings().ReportFrom({});
}

TEST(Checks, AskingForLabelsAreJudgedAgainWhenLabelsCome) {
  Checked checked;
  ASSERT_EQ(checked.server->Send("PUT", "/api/v1/checks", R"({"checks":[{"name":"right","never":"{ label = wrong }"}]})").status, 200);
  checked.Fill(4);
  EXPECT_EQ(Json(checked.server->Get("/api/v1/violations")).root().Find("total").AsInt64(), 0);
  const auto put = [&](const char* label) {
    return checked.server->Send("POST", "/api/v1/labels", R"([{"trace_id":")" + trace::ToHex({0, 3}) + R"(","label":")" + label + R"("}])").status;
  };
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(put("wrong"), 200);
    checked.Judge();
    EXPECT_EQ(Json(checked.server->Get("/api/v1/violations")).root().Find("total").AsInt64(), 1);
    for (const trace::Label& label : checked.server->store().Labels()) {
      ASSERT_EQ(checked.server->Send("DELETE", "/api/v1/labels/" + label.id, "").status, 200);
    }
    checked.Judge();
    EXPECT_EQ(Json(checked.server->Get("/api/v1/violations")).root().Find("total").AsInt64(), 0);
  }
}

TEST(Instrumentation, CountsWithSeriesServicesAndExamples) {
  Checked checked;
  checked.Fill(20);
  const auto answer = Json(checked.server->Get("/api/v1/instrumentation"));
  const auto orphans = answer.root().Find("signals").At(0);
  EXPECT_EQ(orphans.Find("key").AsString(), "orphan_spans");
  EXPECT_EQ(orphans.Find("count").AsInt64(), 4);
  EXPECT_EQ(orphans.Find("of").AsInt64(), 40);
  EXPECT_EQ(orphans.Find("series").size(), 61u);
  EXPECT_EQ(orphans.Find("services").At(0).Find("service").AsString(), "predictor");
  EXPECT_EQ(orphans.Find("services").At(0).Find("traces").At(0).AsString(), trace::ToHex({0, 20}));
  EXPECT_EQ(Json(checked.server->Get("/api/v1/instrumentation?window_s=86400")).root().Find("step_s").AsInt64(), 1440);
  EXPECT_EQ(checked.server->Get("/api/v1/instrumentation?window_s=1").status, 400);
}

}  // namespace
}  // namespace awry::api
