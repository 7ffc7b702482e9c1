// Traces that are too large to be held are read span by span, and left out of what reads many.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "awry/columnar/columnar_store.h"
#include "awry/columnar/fault_file_system.h"
#include "awry/store/store_suite.h"
#include "base/random.h"

namespace awry::columnar {
namespace {

using base::StatusCode;
using trace::Span;
using trace::TraceId;

constexpr TraceId kLarge{5, 5};

// Every tenth span stands twice; of `starts` different starts.
std::vector<Span> SpansOf(const TraceId& id, size_t count, uint64_t starts, base::Random& random) {
  std::vector<Span> spans;
  for (uint64_t s = 1; s <= count; ++s) {
    spans.push_back(store::MakeSpan(id, s, s / 2, "svc", "operation-" + std::to_string(s % 9),
                                    static_cast<int64_t>(1 + random.Below(starts))));
    if (s % 10 == 0) spans.push_back(spans.back());
  }
  for (size_t i = spans.size(); i > 1; --i) std::swap(spans[i - 1], spans[random.Below(i)]);
  return spans;
}

// In small tables, so that it lies in memory and in many runs.
std::unique_ptr<store::TraceStore> Fill(FaultFileSystem& files, const std::vector<Span>& spans,
                                        size_t trace_bytes_max) {
  auto store = Open({.path = "/data",
                     .trace_bytes_max = trace_bytes_max,
                     .table_spans_max = 700,
                     .file_system = &files})
                   .value();
  for (size_t i = 0; i < spans.size(); i += 100) {
    const auto end = std::min(spans.size(), i + 100);
    const std::vector<Span> part(spans.begin() + static_cast<ptrdiff_t>(i),
                                 spans.begin() + static_cast<ptrdiff_t>(end));
    EXPECT_TRUE(store::Put(*store, part).ok());
    if (i == spans.size() / 200 * 100) {
      EXPECT_TRUE(store->Flush().ok());
    }
  }
  return store;
}

std::vector<Span> ReadAll(store::TraceView& view) {
  std::vector<Span> spans;
  EXPECT_TRUE(view.Visit({}, [&](Span& span) {
                    spans.push_back(std::move(span));
                    return true;
                  }).ok());
  return spans;
}

TEST(LargeTrace, IsReadSpanBySpanInTheOrderOfTheWholeTrace) {
  for (const uint64_t starts : {1u, 40u, 1'000'000'000u}) {
    SCOPED_TRACE(starts);
    base::Random random(starts);
    FaultFileSystem files(1);
    const auto store = Fill(files, SpansOf(kLarge, 3'000, starts, random), SIZE_MAX);
    ASSERT_TRUE(store::Put(*store, {store::MakeSpan({5, 4}, 1, 0, "svc", "before", 5),
                                    store::MakeSpan({5, 6}, 1, 0, "svc", "behind", 5)}).ok());
    const trace::Trace whole = store->GetTrace(kLarge).value();
    ASSERT_EQ(whole.spans.size(), 3'000u);
    const auto view = store->OpenTrace(kLarge).value();
    for (int again = 0; again < 2; ++again) {
      const std::vector<Span> spans = ReadAll(*view);
      ASSERT_EQ(spans.size(), whole.spans.size());
      for (size_t i = 0; i < spans.size(); ++i)
        ASSERT_EQ(store::Difference(spans[i], whole.spans[i]), "") << i;
      // What comes later is not of the trace that was opened.
      ASSERT_TRUE(store::Put(*store, {store::MakeSpan(kLarge, 90'000, 0, "svc", "late", 1)}).ok());
    }
    EXPECT_EQ(store->OpenTrace({9, 9}).status().code(), StatusCode::kNotFound);
  }
}

TEST(LargeTrace, GivesEverySpanWhereThousandsStartTogether) {
  base::Random random(1);
  FaultFileSystem files(1);
  const auto store = Fill(files, SpansOf(kLarge, 11'000, 1, random), SIZE_MAX);
  std::set<trace::SpanId> ids;
  const auto view = store->OpenTrace(kLarge).value();
  for (const Span& span : ReadAll(*view)) ids.insert(span.span_id);
  EXPECT_EQ(ids.size(), 11'000u);
}

TEST(LargeTrace, IsRefusedWholeAndLeftOutOfWhatReadsMany) {
  base::Random random(1);
  FaultFileSystem files(1);
  const auto store = Fill(files, SpansOf(kLarge, 3'000, 1'000'000, random), 1 << 20);
  ASSERT_TRUE(store::Put(*store, {store::MakeSpan({5, 4}, 1, 0, "svc", "before", 5),
                                  store::MakeSpan({5, 6}, 1, 0, "svc", "behind", 5)}).ok());
  const auto refused = store->GetTrace(kLarge);
  EXPECT_EQ(refused.status().code(), StatusCode::kResourceExhausted);
  EXPECT_NE(refused.status().message().find("--memory"), std::string::npos);
  EXPECT_EQ(ReadAll(*store->OpenTrace(kLarge).value()).size(), 3'000u);

  const std::vector<TraceId> ids{{5, 4}, kLarge, {5, 6}};
  std::vector<TraceId> seen, left_out;
  const store::TraceVisitor visit = [&](trace::Trace& trace) {
    seen.push_back(trace.id);
    return true;
  };
  const store::ReadLimits limits{.left_out = [&](const TraceId& id) { left_out.push_back(id); }};
  const std::vector<TraceId> others{{5, 4}, {5, 6}};
  ASSERT_TRUE(store->GetTracesWithin(ids, limits, visit).ok());
  EXPECT_EQ(std::exchange(seen, {}), others);
  EXPECT_EQ(std::exchange(left_out, {}), std::vector{kLarge});
  ASSERT_TRUE(store->VisitTracesWithin({}, limits, visit).ok());
  EXPECT_EQ(std::exchange(seen, {}), others);
  EXPECT_EQ(left_out, std::vector{kLarge});
  ASSERT_TRUE(store->VisitTraces({.service = "svc"}, visit).ok());
  EXPECT_EQ(seen, others);
  const auto problems = store->Stats().problems;
  ASSERT_EQ(problems.size(), 1u) << "who asked for no list finds it said there";
  EXPECT_NE(problems[0].find("too large"), std::string::npos);
}

TEST(LargeTrace, IsHeldOnlyAsFarAsTheReaderAllows) {
  base::Random random(1);
  FaultFileSystem files(1);
  const auto store = Fill(files, SpansOf(kLarge, 3'000, 1'000'000, random), SIZE_MAX);
  size_t most = 0;
  const store::ReadLimits limits{.may_hold = [&](size_t bytes) {
    most = std::max(most, bytes);
    return bytes <= 600 << 10;
  }};
  EXPECT_EQ(store->GetTraceWithin(kLarge, limits).status().code(), StatusCode::kResourceExhausted);
  EXPECT_GT(most, size_t{600} << 10);
  most = 0;
  const auto view = store->OpenTrace(kLarge).value();
  EXPECT_TRUE(view->Visit({.may_hold = [&](size_t bytes) {
                             most = std::max(most, bytes);
                             return true;
                           }},
                          [](Span&) { return true; })
                  .ok());
  EXPECT_GT(most, 0u);
  EXPECT_EQ(view->Visit({.may_hold = [](size_t) { return false; }}, [](Span&) { return true; }).code(),
            StatusCode::kResourceExhausted);
}

// A value that stands in one trace is found among many runs, whatever else has its key.
TEST(Needle, IsFoundAmongManyRunsAsByAPlainLook) {
  base::Random random(3);
  FaultFileSystem files(1);
  const auto store = Open({.path = "/data", .table_spans_max = 400, .file_system = &files}).value();
  std::vector<Span> all;
  for (uint64_t t = 1; t <= 1'200; ++t) {
    for (uint64_t s = 1; s <= 1 + random.Below(4); ++s) {
      Span span = store::MakeSpan({random.Next(), t}, s, 0, "svc", "op", static_cast<int64_t>(t * 1000 + s));
      span.attributes = {{"needle", trace::Value(trace::ValueView::String("v" + std::to_string(random.Below(900))))}};
      if (random.Chance(0.001)) {
        span.resource = std::make_shared<trace::Resource>(trace::Resource{
            .service = "svc",
            .attributes = {{"needle", trace::Value(trace::ValueView::String("v7"))}}});
      }
      all.push_back(span);
    }
  }
  for (size_t i = 0; i < all.size(); i += 100) {
    ASSERT_TRUE(store::Put(*store, {all.begin() + static_cast<ptrdiff_t>(i),
                                    all.begin() + static_cast<ptrdiff_t>(std::min(all.size(), i + 100))}).ok());
  }
  ASSERT_TRUE(store->Flush().ok());
  for (int v = 0; v < 40; ++v) {
    const std::string value = "v" + std::to_string(v);
    std::set<TraceId> expected;
    for (const Span& span : all) {
      const trace::Value* own = trace::Find(span.attributes, "needle");
      const trace::Value* shared = trace::Find(span.resource->attributes, "needle");
      if (trace::ToText(own->view()) == value || (shared != nullptr && trace::ToText(shared->view()) == value))
        expected.insert(span.trace_id);
    }
    const std::vector<TraceId> found = store::Find(*store, {.equals = {{"needle", value}}});
    EXPECT_EQ(std::set<TraceId>(found.begin(), found.end()), expected) << value;
    EXPECT_EQ(found.size(), expected.size()) << value;
  }
}

}  // namespace
}  // namespace awry::columnar
