#include "awry/query/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "awry/query/trace_builder.h"
#include "awry/query/vector_store.h"

namespace awry::query {
namespace {

// Of a search that must come to its end however slow the machine is.
const SearchLimits kPatient{.time = std::chrono::minutes(5), .counting = std::chrono::minutes(5)};

// Traces 1 … n, trace i starts at i * 1000; every third has an error.
void Fill(VectorStore& store, uint64_t n) {
  for (uint64_t i = 1; i <= n; ++i) {
    store.Add(MakeTrace(
        i, {{.id = 1,
             .name = "root",
             .attributes = {Attr("i", static_cast<int64_t>(i))},
             .start_ns = static_cast<int64_t>(i) * 1000,
             .status = i % 3 == 0 ? trace::SpanStatus::kError : trace::SpanStatus::kUnset}}));
  }
}

std::vector<uint64_t> Ids(const SearchResult& result) {
  std::vector<uint64_t> ids;
  for (const Hit& hit : result.hits) ids.push_back(hit.trace.id.low);
  return ids;
}

TEST(Search, GivesTheNewestFirstWithATrueTotal) {
  VectorStore store;
  Fill(store, 100);
  const auto result = Search(store, *Parse("{ span.i > 10 }"), {.limit = 3});
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(Ids(*result), testing::ElementsAre(100, 99, 98));
  EXPECT_EQ(result->total, 90u);
  EXPECT_TRUE(result->total_is_exact);
  EXPECT_FALSE(result->next_cursor.empty());
}

TEST(Search, CountsWithoutReadingWhenThePlanIsExact) {
  VectorStore store;
  Fill(store, 1000);
  const auto result = Search(store, *Parse("{ status = error }"), {.limit = 2});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->total, 333u);
  EXPECT_EQ(store.traces_read, 2u);
}

TEST(Search, CountsTagsWithoutReadingWhereTheStoreSettlesThem) {
  VectorStore plain, settling;
  Fill(plain, 300);
  Fill(settling, 300);
  settling.settles_equals = true;
  const auto search = [](VectorStore& store, const std::string& query, Counting count) {
    store.traces_read = 0;
    auto result = Search(store, *Parse(query), {.limit = 2, .count = count});
    EXPECT_TRUE(result.ok());
    return *std::move(result);
  };
  for (const Counting count : {Counting::kCheap, Counting::kAll}) {
    const auto expected = search(plain, R"({ tag("span.kind", "internal") || tag("i", "7") })", count);
    EXPECT_EQ(search(settling, R"({ tag("span.kind", "internal") || tag("i", "7") })", count).total, expected.total);
    for (const std::string query : {R"({ status = error && tag("i", "9") })", R"({ tag("i", "7") && duration >= 0ns })"}) {
      const auto by_reading = search(plain, query, count), by_store = search(settling, query, count);
      EXPECT_EQ(Ids(by_store), Ids(by_reading));
      EXPECT_EQ(by_store.total, by_reading.total);
      EXPECT_EQ(by_store.total_is_exact, by_reading.total_is_exact);
    }
  }
  // What a tag says beside the attributes is evaluated all the same.
  EXPECT_EQ(search(settling, R"({ tag("error", "false") })", Counting::kAll).total, 200u);
  EXPECT_GT(settling.traces_read, 200u);
  for (VectorStore* store : {&plain, &settling}) {
    for (uint64_t i = 1'001; i <= 1'050; ++i) {
      store->Add(MakeTrace(i, {{.id = 1, .name = "same", .attributes = {Attr("user", "u1")}, .start_ns = static_cast<int64_t>(i)}}));
    }
  }
  EXPECT_EQ(search(plain, R"({ tag("user", "u1") })", Counting::kAll).total, 50u);
  EXPECT_EQ(plain.traces_read, 50u);
  EXPECT_EQ(search(settling, R"({ tag("user", "u1") })", Counting::kAll).total, 50u);
  EXPECT_EQ(settling.traces_read, 2u);
}

TEST(Search, CountsFurtherMatchesOnlyAsFarAsThatIsCheap) {
  VectorStore small;
  Fill(small, 30);
  const auto few = Search(small, *Parse("{ span.i > 10 } | count() > 0"), {.limit = 3, .count = Counting::kCheap});
  ASSERT_TRUE(few.ok());
  EXPECT_EQ(few->total, 20u);
  EXPECT_TRUE(few->total_is_exact);
  VectorStore store;
  Fill(store, 9'000);
  const auto many = Search(store, *Parse("{ span.i > 0 } | count() > 0"), {.limit = 3, .count = Counting::kCheap});
  ASSERT_TRUE(many.ok());
  EXPECT_FALSE(many->total_is_exact);
  EXPECT_GE(many->total, 4u);
  EXPECT_LE(store.traces_read, 3 + 2 * kCheapTraces);
  const auto by_index = Search(store, *Parse("{ status = error }"), {.limit = 2, .count = Counting::kCheap});
  ASSERT_TRUE(by_index.ok());
  EXPECT_GE(by_index->total, kCheapIds);
  EXPECT_LT(by_index->total, 3'000u);
  store.traces_read = 0;
  const auto page = Search(store, *Parse("{ span.i > 0 } | count() > 0"), {.limit = 3, .count = Counting::kNone});
  ASSERT_TRUE(page.ok());
  EXPECT_FALSE(page->next_cursor.empty());
  EXPECT_LE(store.traces_read, 4u);
}

TEST(Search, ReadsManyAtOnceWhereHitsAreRare) {
  VectorStore store;
  Fill(store, 3'000);
  const auto rare = Search(store, *Parse("{ span.i = 1 } | count() > 0"), {.limit = 1, .limits = kPatient});
  ASSERT_TRUE(rare.ok());
  EXPECT_EQ(rare->total, 1u);
  EXPECT_LE(store.reads, 10u);
  store.reads = 0;
  const auto counted = Search(store, *Parse("{ span.i > 0 } | count() > 0"), {.limit = 1, .limits = kPatient});
  ASSERT_TRUE(counted.ok());
  EXPECT_EQ(counted->total, 3'000u);
  EXPECT_LE(store.reads, 10u);
}

TEST(Search, FillsThePageInOrderWhereManyHitsFollowNone) {
  VectorStore store;
  Fill(store, 6'000);
  for (const size_t limit : {1u, 3u, 100u}) {
    const auto result = Search(store, *Parse("{ span.i <= 3000 }"), {.limit = limit, .limits = kPatient});
    ASSERT_TRUE(result.ok());
    std::vector<uint64_t> newest;
    for (uint64_t i = 0; i < limit; ++i) newest.push_back(3'000 - i);
    EXPECT_EQ(Ids(*result), newest);
    EXPECT_EQ(result->hits.back().trace.spans.size(), 1u);
    EXPECT_EQ(result->total, 3'000u);
  }
}

TEST(Search, PagesThroughEverythingOnceEvenWhenTimesAreEqual) {
  VectorStore store;
  for (uint64_t i = 1; i <= 57; ++i) {
    store.Add(MakeTrace(i, {{.id = 1, .start_ns = static_cast<int64_t>(i / 5)},
                            {.id = 2, .start_ns = static_cast<int64_t>(i / 7)}}));
  }
  for (const char* text : {"{}", "{ childCount = 0 }"}) {
    std::set<uint64_t> seen;
    std::string cursor;
    int pages = 0;
    do {
      const auto page = Search(store, *Parse(text), {.limit = 4, .cursor = cursor});
      ASSERT_TRUE(page.ok());
      EXPECT_EQ(page->total, 57u) << pages;
      for (const uint64_t id : Ids(*page)) EXPECT_TRUE(seen.insert(id).second) << id;
      cursor = page->next_cursor;
    } while (!cursor.empty() && ++pages < 100);
    EXPECT_EQ(seen.size(), 57u);
  }
}

TEST(Search, KeepsToTheWindow) {
  VectorStore store;
  Fill(store, 10);
  for (const char* text : {"{}", "{ span.i > 0 }", "{} && {}", R"({ trace:rootName = "root" })"}) {
    const auto result =
        Search(store, *Parse(text), {.window = {.from_ns = 3000, .until_ns = 5000}});
    ASSERT_TRUE(result.ok());
    EXPECT_THAT(Ids(*result), testing::ElementsAre(5, 4, 3)) << text;
    EXPECT_EQ(result->total, 3u) << text;
  }
}

TEST(Search, StartsFromLabels) {
  VectorStore store;
  Fill(store, 10);
  std::vector<trace::Label> labels{{.trace_id = {0, 4}},
                                   {.trace_id = {0, 6}},
                                   {.trace_id = {0, 99}},
                                   {.trace_id = {0, 5}, .verdict = trace::Verdict::kRight}};
  ASSERT_TRUE(store.PutLabels(labels).ok());
  const auto result = Search(store, *Parse("label = wrong"), {});
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(Ids(*result), testing::ElementsAre(6, 4));
  EXPECT_EQ(result->hits[0].labels.size(), 1u);
}

TEST(Search, RefusesABadLimitOrCursor) {
  VectorStore store;
  for (const size_t limit : {size_t{0}, kSearchLimitMax + 1}) {
    EXPECT_EQ(Search(store, *Parse("{}"), {.limit = limit}).status().code(),
              base::StatusCode::kInvalidArgument);
  }
  for (const char* cursor : {"x", "5", "5.", "5.1.zz", "5.1.", ".."}) {
    EXPECT_EQ(Search(store, *Parse("{}"), {.cursor = cursor}).status().code(),
              base::StatusCode::kInvalidArgument)
        << cursor;
  }
}

// Moves on with every look.
class TickingClock final : public base::Clock {
 public:
  int64_t NowUnixNs() const override { return 0; }
  int64_t MonotonicNs() const override { return ticks_++ * 1'000'000; }

 private:
  mutable int64_t ticks_ = 0;
};

TEST(Search, StopsInTimeAndSaysWhatToDo) {
  VectorStore store;
  Fill(store, 10'000);
  const TickingClock clock;
  const auto result = Search(store, *Parse("{ span.i < 0 }"),
                             {.limits = {.time = std::chrono::milliseconds(5), .clock = &clock}});
  EXPECT_EQ(result.status().code(), base::StatusCode::kDeadlineExceeded);
  EXPECT_NE(result.status().message().find("narrow the time window"), std::string::npos);
}

TEST(Search, StopsCountingInTimeAndSaysSo) {
  VectorStore store;
  Fill(store, 10'000);
  const TickingClock clock;
  const auto result =
      Search(store, *Parse("{ span.i > 0 }"),
             {.limit = 2, .limits = {.counting = std::chrono::milliseconds(5), .clock = &clock}});
  ASSERT_TRUE(result.ok()) << result.status().ToString();
  EXPECT_EQ(result->hits.size(), 2u);
  EXPECT_FALSE(result->total_is_exact);
  EXPECT_LT(result->total, 10'000u);
}

TEST(Search, GivesTheSameByOneThreadAndBySeveral) {
  VectorStore store;
  Fill(store, 1'000);
  for (const char* text : {"{ span.i > 100 }", "{ status = error && span.i < 500 }", "{}"}) {
    const auto run = [&](unsigned threads) {
      const auto result = Search(store, *Parse(text), {.limit = 200, .limits = {.threads = threads}});
      EXPECT_TRUE(result.ok());
      std::vector<uint64_t> ids{result->total};
      for (const Hit& hit : result->hits) ids.push_back(hit.trace.id.low);
      return ids;
    };
    EXPECT_EQ(run(4), run(1)) << text;
  }
}

TEST(Search, EndsWhenItsClientIsGone) {
  VectorStore store;
  Fill(store, 10'000);
  int asked = 0;
  const SearchLimits limits{.cancelled = [&asked] { return ++asked > 3; }};
  for (const char* text : {"{ span.i < 0 }", "{ span.i > 0 }"}) {
    asked = 0;
    store.traces_read = 0;
    const auto result = Search(store, *Parse(text), {.limit = 2, .limits = limits});
    EXPECT_EQ(result.status().code(), base::StatusCode::kCancelled) << text;
    EXPECT_LT(store.traces_read, 1'000u) << text;
  }
  asked = 0;
  const auto visited = VisitMatches(
      store, *Parse("{}"), {}, limits,
      [](trace::Trace&, const std::vector<size_t>&) { return true; });
  EXPECT_EQ(visited.code(), base::StatusCode::kCancelled);
}

TEST(Search, RefusesAnAnswerThatNeedsTooMuchMemory) {
  VectorStore store;
  Fill(store, 1000);
  const auto result =
      Search(store, *Parse("{}"), {.limit = 1000, .limits = {.memory_bytes = 10'000}});
  EXPECT_EQ(result.status().code(), base::StatusCode::kResourceExhausted);
}

TEST(Search, ReturnsSelectedFields) {
  VectorStore store;
  Fill(store, 1);
  const Query query = *Parse("{} | select(span.i, name, span.none)");
  const auto result = Search(store, query, {});
  ASSERT_TRUE(result.ok());
  const std::vector<std::pair<std::string, std::string>> expected{{"span.i", "1"},
                                                                  {"name", "root"}};
  EXPECT_EQ(SelectedValues(query, result->hits[0], 0), expected);
}

TEST(VisitMatches, VisitsEachMatchOnce) {
  VectorStore store;
  Fill(store, 30);
  std::multiset<uint64_t> seen;
  const auto status = VisitMatches(store, *Parse("{ status = error && span.i > 10 }"), {}, {},
                                   [&](trace::Trace& trace, const std::vector<size_t>&) {
                                     seen.insert(trace.id.low);
                                     return true;
                                   });
  ASSERT_TRUE(status.ok());
  EXPECT_THAT(seen, testing::ElementsAre(12, 15, 18, 21, 24, 27, 30));
}

}  // namespace
}  // namespace awry::query
