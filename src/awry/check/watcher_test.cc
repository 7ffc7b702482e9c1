#include "awry/check/watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "awry/check/watched_store.h"
#include "awry/query/trace_builder.h"
#include "awry/query/vector_store.h"
#include "base/random.h"

namespace awry::check {
namespace {

using query::Attr;
using query::MakeTrace;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kStartNs = 1'600'000'000'000'000'000;

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("awry_check_" + std::to_string(base::EntropySeed()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  void Write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }

 private:
  std::filesystem::path path_;
};

trace::Trace Fetch(uint64_t id, const char* owner) {
  return MakeTrace(id, {{.id = 1, .service = "web", .name = "get", .attributes = {Attr("user_id", "user123")}, .start_ns = kStartNs},
                        {.id = 2, .parent = 1, .service = "web", .name = "fetch", .attributes = {Attr("owner", owner)}, .start_ns = kStartNs + 1}});
}

const std::vector<PlacedCheck> kChecks{
    {.check = {.name = "own", .query = "{ span.owner != trace.user_id }"}},
    {.check = {.name = "fetched", .always = true, .query = "{ name = \"fetch\" }", .severity = Severity::kWarning}}};

// A watcher that does nothing by itself, at a time that stands still.
struct Made {
  explicit Made(const Folder& folder, WatcherOptions options = {}, const std::string& file = "") {
    auto opened = Ledger::Open("sqlite:" + (folder / "checks.sqlite"));
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    ledger = *std::move(opened);
    auto book_opened = CheckBook::Open(store, file);
    EXPECT_TRUE(book_opened.ok()) << book_opened.status().message();
    book = *std::move(book_opened);
    options.clock = &clock;
    options.background = false;
    watcher = std::make_unique<Watcher>(store, *book, *ledger, nullptr, options);
  }
  void Arrives(trace::Trace trace) {
    const trace::TraceId id = trace.id;
    store.Add(std::move(trace));
    watcher->Note(std::span(&id, 1));
  }
  std::vector<std::string> Violations() {
    std::vector<std::string> out;
    const auto page = ledger->List({});
    EXPECT_TRUE(page.ok()) << page.status().message();
    for (const Violation& violation : page->violations) out.push_back(violation.check + " " + std::to_string(violation.trace_id.low));
    std::ranges::sort(out);
    return out;
  }
  Round::Count CountOf(const std::string& check) {
    const auto counts = ledger->Counts(0);
    EXPECT_TRUE(counts.ok());
    Round::Count sum;
    if (!counts->contains(check)) return sum;
    for (const auto& [hour, count] : counts->at(check).by_hour) {
      sum.checked += count.checked;
      sum.violations += count.violations;
    }
    return sum;
  }

  base::FakeClock clock{kStartNs};
  query::VectorStore store;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<CheckBook> book;
  std::unique_ptr<Watcher> watcher;
};

TEST(Watcher, JudgesATraceOnceItIsQuiet) {
  Folder folder;
  Made made(folder);
  ASSERT_TRUE(made.book->Replace(kChecks, "").ok());
  made.Arrives(Fetch(1, "user12"));
  made.clock.Advance(seconds(3));
  const trace::TraceId again{0, 1};
  made.watcher->Note(std::span(&again, 1));
  made.clock.Advance(seconds(4));
  EXPECT_EQ(made.watcher->JudgeDue(), 0u) << "a span came 4 s ago";
  made.clock.Advance(seconds(1));
  EXPECT_EQ(made.watcher->JudgeDue(), 1u);
  const auto page = made.ledger->List({});
  ASSERT_EQ(page->violations.size(), 1u);
  const Violation& violation = page->violations.front();
  EXPECT_EQ(violation.check, "own");
  EXPECT_EQ(violation.trace_id, (trace::TraceId{0, 1}));
  EXPECT_EQ(violation.service, "web");
  EXPECT_EQ(violation.span, "fetch");
  EXPECT_EQ(violation.span_id, 2u);
  EXPECT_EQ(violation.at_ns, kStartNs + 1);
  EXPECT_EQ(made.CountOf("own").checked, 1);
  EXPECT_EQ(made.CountOf("fetched").checked, 1);
  EXPECT_EQ(made.CountOf("fetched").violations, 0);
}

TEST(Watcher, LateSpansAreJudgedOnceMore) {
  Folder folder;
  Made made(folder);
  ASSERT_TRUE(made.book->Replace(kChecks, "").ok());
  trace::Trace whole = Fetch(1, "user123");
  trace::Trace part = whole;
  part.spans.pop_back();
  const trace::TraceId id = part.id;
  query::VectorStore& store = made.store;
  store.Add(part);
  made.watcher->Note(std::span(&id, 1));
  made.clock.Advance(seconds(6));
  EXPECT_EQ(made.watcher->JudgeDue(), 1u);
  EXPECT_THAT(made.Violations(), ElementsAre("fetched 1"));
  store.Replace(whole);
  made.watcher->Note(std::span(&id, 1));
  made.clock.Advance(seconds(6));
  EXPECT_EQ(made.watcher->JudgeDue(), 1u);
  EXPECT_THAT(made.Violations(), ElementsAre()) << "the late span put it right";
  EXPECT_EQ(made.CountOf("fetched").checked, 1) << "one trace is counted once";
  EXPECT_EQ(made.CountOf("fetched").violations, 0);
  made.watcher->Note(std::span(&id, 1));
  made.clock.Advance(seconds(6));
  EXPECT_EQ(made.watcher->JudgeDue(), 0u);
  EXPECT_EQ(made.watcher->counts().late, 1u);
}

TEST(Watcher, ViolationsSurviveARestartAndAreKeptOnce) {
  Folder folder;
  {
    Made made(folder);
    ASSERT_TRUE(made.book->Replace(kChecks, "").ok());
    made.Arrives(Fetch(1, "user12"));
    made.Arrives(Fetch(2, "user123"));
    made.clock.Advance(seconds(6));
    EXPECT_EQ(made.watcher->JudgeDue(), 2u);
  }
  Made made(folder);
  EXPECT_THAT(made.Violations(), ElementsAre("own 1"));
  ASSERT_TRUE(made.book->Replace(kChecks, "").ok());
  made.Arrives(Fetch(1, "user12"));
  made.Arrives(Fetch(3, "user1"));
  made.clock.Advance(seconds(6));
  EXPECT_EQ(made.watcher->JudgeDue(), 2u);
  EXPECT_THAT(made.Violations(), ElementsAre("own 1", "own 3"));
  EXPECT_EQ(made.CountOf("own").violations, 2);
}

TEST(Watcher, GoesOnWithWhatWasOpenAtTheEnd) {
  Folder folder;
  {
    Made made(folder);
    made.Arrives(Fetch(1, "user12"));
    made.clock.Advance(seconds(1));
    made.watcher->KeepHouse();
  }
  // The same traces are in the store of the next start.
  auto ledger = Ledger::Open("sqlite:" + (folder / "checks.sqlite"));
  ASSERT_TRUE(ledger.ok());
  query::VectorStore store;
  store.Add(Fetch(1, "user12"));
  auto book = CheckBook::Open(store, "");
  ASSERT_TRUE((*book)->Replace(kChecks, "").ok());
  base::FakeClock clock(kStartNs + 60'000'000'000);
  Watcher watcher(store, **book, **ledger, nullptr, {.clock = &clock, .background = false});
  clock.Advance(seconds(6));
  EXPECT_EQ(watcher.JudgeDue(), 1u);
  EXPECT_EQ((*ledger)->List({})->total, 1u);
}

TEST(Watcher, CountsWhatItSkipsWhenTooManyAreOpen) {
  Folder folder;
  WatcherOptions options;
  options.open.open_max = 3;
  Made made(folder, options);
  for (uint64_t id = 1; id <= 5; ++id) made.Arrives(Fetch(id, "x"));
  const WatcherCounts counts = made.watcher->counts();
  EXPECT_EQ(counts.open, 3u);
  EXPECT_EQ(counts.skipped, 2u);
  EXPECT_THAT(made.watcher->ToMetrics(), HasSubstr("awry_check_skipped_total 2\n"));
}

TEST(Watcher, ATraceThatNeverRestsIsJudgedInTheEnd) {
  Folder folder;
  WatcherOptions options;
  options.open.longest_ns = 20'000'000'000;
  Made made(folder, options);
  made.Arrives(Fetch(1, "x"));
  size_t judged = 0;
  for (int i = 0; i < 6; ++i) {
    made.clock.Advance(seconds(4));
    judged += made.watcher->JudgeDue();
    const trace::TraceId id{0, 1};
    made.watcher->Note(std::span(&id, 1));
  }
  EXPECT_EQ(judged, 1u);
}

TEST(Watcher, CountsInMetricsWithEscapedNames) {
  Folder folder;
  Made made(folder);
  ASSERT_TRUE(made.book->Replace({{.check = {.name = "a\"b", .query = "{ name = \"get\" }"}}}, "").ok());
  made.Arrives(Fetch(1, "x"));
  made.clock.Advance(seconds(6));
  made.watcher->JudgeDue();
  EXPECT_THAT(made.watcher->ToMetrics(), HasSubstr("awry_check_violations_total{check=\"a\\\"b\"} 1\n"));
  EXPECT_THAT(made.watcher->ToMetrics(), HasSubstr("awry_checks 1\n"));
}

TEST(Watcher, TellsEachTraceToWhoListens) {
  Folder folder;
  std::vector<uint64_t> seen;
  WatcherOptions options;
  options.on_trace = [&](const trace::Trace& trace) { seen.push_back(trace.id.low); };
  Made made(folder, options);
  made.Arrives(Fetch(7, "x"));
  made.clock.Advance(seconds(6));
  made.watcher->JudgeDue();
  EXPECT_THAT(seen, ElementsAre(7u));
}

TEST(Watcher, ReadsASampleOfABusySystemsTracesWhileThereIsNoCheck) {
  Folder folder;
  size_t told = 0;
  Made made(folder, {.on_trace = [&](const trace::Trace&) { ++told; }});
  for (uint64_t id = 1; id <= 1'000; ++id) made.Arrives(Fetch(id, "user123"));
  made.clock.Advance(seconds(6));
  EXPECT_EQ(made.watcher->JudgeDue(), 1'000u);
  EXPECT_GT(told, 0u);
  EXPECT_LT(told, 500u);
  told = 0;
  ASSERT_TRUE(made.book->Replace(kChecks, "").ok());
  for (uint64_t id = 2'001; id <= 3'000; ++id) made.Arrives(Fetch(id, "user123"));
  made.clock.Advance(seconds(6));
  EXPECT_EQ(made.watcher->JudgeDue(), 1'000u);
  EXPECT_EQ(told, 1'000u);
}

TEST(Watcher, ItsThreadJudgesWhatArrives) {
  Folder folder;
  query::VectorStore store;
  store.Add(Fetch(1, "user12"));
  store.Add(Fetch(2, "user1"));
  const std::unique_ptr<Ledger> ledger = *Ledger::Open("sqlite:" + (folder / "checks.sqlite"));
  const std::unique_ptr<CheckBook> book = *CheckBook::Open(store, "");
  ASSERT_TRUE(book->Replace(kChecks, "").ok());
  base::Mutex mutex;
  base::CondVar judged;
  size_t count = 0;
  WatcherOptions options;
  options.open.quiet_ns = 1'000'000;
  options.on_trace = [&](const trace::Trace&) {
    base::MutexLock lock(mutex);
    ++count;
    judged.NotifyAll();
  };
  {
    Watcher watcher(store, *book, *ledger, nullptr, options);
    const std::vector<trace::TraceId> ids{{0, 1}, {0, 2}};
    watcher.Note(ids);
    EXPECT_THAT(watcher.ToMetrics(), HasSubstr("awry_checks 2\n"));
    base::MutexLock lock(mutex);
    while (count < 2) judged.Wait(mutex);
  }
  EXPECT_EQ(ledger->List({})->total, 2u) << "what was judged is kept before it ends";
}

TEST(CheckBook, AWrongFileKeepsTheFormerChecksAndIsShown) {
  Folder folder;
  folder.Write("checks.yaml", "- {name: a, never: '{ name = \"get\" }'}\n");
  Made made(folder, {}, folder / "checks.yaml");
  EXPECT_EQ(made.book->in_force()->rules->rules().size(), 1u);
  folder.Write("checks.yaml", "- {name: a, never: '{ name = }'}\n");
  made.watcher->KeepHouse();
  made.watcher->KeepHouse();
  EXPECT_EQ(made.book->in_force()->rules->rules().front().check().query, "{ name = \"get\" }");
  ASSERT_EQ(made.watcher->counts().problems.size(), 1u);
  EXPECT_THAT(made.watcher->counts().problems.front(), HasSubstr("checks.yaml: check 'a' (line 1): query does not parse"));
  folder.Write("checks.yaml", "- {name: b, never: '{}'}\n");
  made.watcher->KeepHouse();
  EXPECT_EQ(made.book->in_force()->rules->rules().front().check().name, "b");
  EXPECT_TRUE(made.watcher->counts().problems.empty());
  std::filesystem::remove(folder / "checks.yaml");
  made.watcher->KeepHouse();
  EXPECT_EQ(made.book->in_force()->rules->rules().size(), 1u);
  EXPECT_EQ(made.watcher->counts().problems.size(), 1u);
}

TEST(CheckBook, TheFilesChecksAreTheFiles) {
  Folder folder;
  folder.Write("checks.yaml", "- {name: a, never: '{}'}\n");
  Made made(folder, {}, folder / "checks.yaml");
  const PlacedCheck same{.check = {.name = "a", .query = "{}"}};
  const PlacedCheck other{.check = {.name = "a", .query = "{ name = \"x\" }"}};
  const PlacedCheck more{.check = {.name = "b", .query = "{}"}};
  EXPECT_TRUE(made.book->Replace({same, more}, "").ok());
  EXPECT_EQ(made.book->in_force()->rules->rules().size(), 2u);
  EXPECT_EQ(made.book->in_force()->from_file, 1u);
  EXPECT_THAT(made.book->in_force()->yaml, testing::Not(HasSubstr("'a'")));
  const auto refused = made.book->Replace({other}, "");
  EXPECT_EQ(refused.code(), base::StatusCode::kAlreadyExists);
  EXPECT_EQ(made.book->in_force()->rules->rules().size(), 2u);
}

TEST(CheckBook, ChecksOfTheApiSurviveARestart) {
  query::VectorStore store;
  const std::string yaml = "# mine\nchecks:\n- {name: b, never: '{}'}\n";
  {
    auto book = CheckBook::Open(store, "");
    ASSERT_TRUE((*book)->Replace({{.check = {.name = "b", .query = "{}"}}}, yaml).ok());
  }
  auto book = CheckBook::Open(store, "");
  ASSERT_TRUE(book.ok());
  EXPECT_EQ((*book)->in_force()->yaml, yaml);
  EXPECT_EQ((*book)->in_force()->rules->rules().size(), 1u);
  ASSERT_TRUE(store.PutDocument("checks", "[").ok());
  EXPECT_EQ(CheckBook::Open(store, "").status().code(), base::StatusCode::kDataLoss);
}

TEST(Ledger, CopiesWhatChecksHaveFoundButNoDeliveries) {
  Folder folder;
  auto ledger = Ledger::Open("sqlite:" + (folder / "l.sqlite"));
  ASSERT_TRUE(ledger.ok()) << ledger.status().ToString();
  Round round;
  for (uint64_t k = 1; k <= 12'000; ++k) round.violations.push_back({.check = "c", .trace_id = {0, k}, .at_ns = static_cast<int64_t>(k), .service = "s", .span = "n", .span_id = k});
  round.counts[{"c", 0}] = {.checked = 20'000};
  ASSERT_TRUE((*ledger)->Add(round, 0).ok());
  ASSERT_TRUE((*ledger)->Put("mark", "17").ok());
  ASSERT_TRUE((*ledger)->database().Execute("INSERT INTO outbox VALUES(1, 'd', '{}', 0, 0, 0, 0, '')").ok());
  const std::string url = "sqlite:" + (folder / "copy.sqlite");
  const base::Status copied = (*ledger)->CopyTo(url);
  ASSERT_TRUE(copied.ok()) << copied.ToString();
  auto copy = Ledger::Open(url);
  ASSERT_TRUE(copy.ok());
  const auto was = (*ledger)->List({.limit = 2}), is = (*copy)->List({.limit = 2});
  ASSERT_TRUE(was.ok() && is.ok());
  EXPECT_EQ(is->total, was->total);
  EXPECT_EQ(is->violations.front().id, was->violations.front().id);
  EXPECT_EQ(is->violations.front().span_id, was->violations.front().span_id);
  EXPECT_EQ((*copy)->Counts(0)->at("c").by_hour.at(0).checked, 20'000);
  EXPECT_EQ(*(*copy)->Get("mark"), "17");
  EXPECT_EQ((*copy)->database().Query("SELECT COUNT(*) FROM outbox")->front().Int(0), 0);
}

TEST(Ledger, PagesNewestFirstAndKeepsTheNewest) {
  Folder folder;
  auto ledger = Ledger::Open("sqlite:" + (folder / "l.sqlite"), {.violations_max = 7});
  ASSERT_TRUE(ledger.ok());
  Round round;
  for (uint64_t i = 1; i <= 1'500; ++i)
    round.violations.push_back({.check = i % 2 == 0 ? "even" : "odd", .trace_id = {0, i}, .at_ns = kStartNs + static_cast<int64_t>(i / 2)});
  EXPECT_EQ((*ledger)->Add(round, kStartNs)->size(), 1'500u);
  EXPECT_EQ((*ledger)->Add(round, kStartNs)->size(), 1'500u - 14u) << "what was dropped is new again";
  ViolationFilter filter{.limit = 3};
  std::vector<uint64_t> ids;
  do {
    const auto page = (*ledger)->List(filter);
    ASSERT_TRUE(page.ok()) << page.status().message();
    for (const Violation& violation : page->violations) ids.push_back(violation.trace_id.low);
    filter.cursor = page->next_cursor;
  } while (!filter.cursor.empty());
  EXPECT_GE(ids.size(), 14u);
  EXPECT_EQ(ids.front(), 1'500u);
  EXPECT_EQ(std::set<uint64_t>(ids.begin(), ids.end()).size(), ids.size());
  EXPECT_EQ((*ledger)->List({.check = "odd", .limit = 1})->violations.front().trace_id.low, 1'499u);
  EXPECT_EQ((*ledger)->List({.trace_id = trace::TraceId{0, 1'500}})->total, 1u);
  EXPECT_EQ((*ledger)->List({.from_ns = kStartNs + 750})->total, 1u);
  EXPECT_EQ((*ledger)->List({.cursor = "x"}).status().code(), base::StatusCode::kInvalidArgument);
}

TEST(WatchedStore, TellsOfCommittedTracesOnly) {
  class Batch final : public store::SpanBatch {
   public:
    explicit Batch(bool fails) : fails_(fails) {}
    void OnResource(const trace::ResourceFields&) override {}
    void OnResourceAttribute(std::string_view, const trace::ValueView&) override {}
    void OnScope(const trace::ScopeFields&) override {}
    void OnScopeAttribute(std::string_view, const trace::ValueView&) override {}
    void OnSpan(const trace::SpanFields&) override { ++spans_; }
    void OnAttribute(std::string_view, const trace::ValueView&) override {}
    void OnEvent(const trace::EventFields&) override {}
    void OnEventAttribute(std::string_view, const trace::ValueView&) override {}
    void OnLink(const trace::LinkFields&) override {}
    void OnLinkAttribute(std::string_view, const trace::ValueView&) override {}
    void OnWarning(std::string_view) override {}
    void OnSpanEnd() override {}
    size_t span_count() const override { return spans_; }
    base::Status Commit() override { return fails_ ? base::Unavailable("no") : base::OkStatus(); }

   private:
    bool fails_;
    size_t spans_ = 0;
  };
  class Batches final : public query::VectorStore {
   public:
    bool fails = false;
    std::unique_ptr<store::SpanBatch> NewBatch() override { return std::make_unique<Batch>(fails); }
  };
  Batches inner;
  std::vector<uint64_t> told;
  WatchedStore store(inner, [&](std::span<const trace::TraceId> ids) {
    for (const trace::TraceId& id : ids) told.push_back(id.low);
  });
  const auto commit = [&] {
    const auto batch = store.NewBatch();
    for (const uint64_t id : {2u, 2u, 1u, 2u}) {
      const trace::Trace trace = MakeTrace(id, {{}});
      trace::Replay(trace.spans[0], *batch);
    }
    EXPECT_EQ(batch->span_count(), 4u);
    return batch->Commit();
  };
  EXPECT_TRUE(commit().ok());
  EXPECT_THAT(told, ElementsAre(1u, 2u));
  inner.fails = true;
  EXPECT_FALSE(commit().ok());
  EXPECT_EQ(told.size(), 2u);
}

}  // namespace
}  // namespace awry::check
