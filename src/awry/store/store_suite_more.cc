// The rest of the suite: labels, documents, readers beside writers, and a plain model beside the store.
#include "awry/store/store_suite.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "base/random.h"

namespace awry::store {
namespace {

using trace::Span;
using trace::TraceId;
using trace::Value;
using trace::ValueView;

TEST_P(StoreSuite, TheSameLabelTwiceIsOneLabel) {
  std::vector<trace::Label> labels{
      {.trace_id = {1, 2}, .verdict = trace::Verdict::kWrong, .expected = "a", .source = "dash"},
      {.trace_id = {1, 2}, .span_id = 5, .verdict = trace::Verdict::kRight}};
  EXPECT_EQ(store().PutLabels(labels).value(), 2u);
  EXPECT_FALSE(labels[0].id.empty());
  EXPECT_NE(labels[0].id, labels[1].id);
  EXPECT_NE(labels[0].created_ns, 0);
  std::vector<trace::Label> again{labels[0]};
  again[0].id.clear();
  again[0].created_ns = 0;
  EXPECT_EQ(store().PutLabels(again).value(), 0u);
  EXPECT_EQ(again[0].id, labels[0].id);
  Reopen();
  EXPECT_EQ(store().LabelsOf({1, 2}).size(), 2u);
  EXPECT_TRUE(store().LabelsOf({2, 2}).empty());
  const auto all = store().Labels();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_NE(std::find(all.begin(), all.end(), labels[0]), all.end());
  EXPECT_TRUE(store().DeleteLabel(labels[0].id).ok());
  EXPECT_EQ(store().DeleteLabel(labels[0].id).code(), base::StatusCode::kNotFound);
  Reopen();
  EXPECT_EQ(store().Labels().size(), 1u);
}

TEST_P(StoreSuite, DocumentsAreReplacedAndSurvive) {
  EXPECT_EQ(store().GetDocument("findings").status().code(), base::StatusCode::kNotFound);
  ASSERT_TRUE(store().PutDocument("findings", "one").ok());
  ASSERT_TRUE(store().PutDocument("a/../b ü", std::string("\0\xff", 2)).ok());
  ASSERT_TRUE(store().PutDocument("findings", "two").ok());
  Reopen();
  EXPECT_EQ(store().GetDocument("findings").value(), "two");
  EXPECT_EQ(store().GetDocument("a/../b ü").value(), std::string("\0\xff", 2));
}

TEST_P(StoreSuite, ReadersSeeWholeBatchesWhileWritersCommit) {
  constexpr uint64_t kWriters = 3, kBatches = 60, kSpans = 8;
  std::atomic<bool> done{false};
  std::atomic<uint64_t> newest{0};
  std::thread reader([&] {
    while (!done) {
      const uint64_t known = newest.load();
      (void)store().VisitTraces({}, [&](trace::Trace& trace) {
        EXPECT_EQ(trace.spans.size(), kSpans) << "a batch is seen whole";
        return true;
      });
      if (known != 0) {
        EXPECT_TRUE(store().GetTrace({known, 1}).ok()) << "committed before the read";
      }
      (void)Find(store(), {.service = "s1", .equals = {{"k", "3"}}});
      (void)store().Stats();
    }
  });
  std::vector<std::thread> writers;
  for (uint64_t w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (uint64_t b = 1; b <= kBatches; ++b) {
        const TraceId id{b * kWriters + w, 1};
        std::vector<Span> spans;
        for (uint64_t s = 1; s <= kSpans; ++s) {
          spans.push_back(MakeSpan(id, s, 0, "s" + std::to_string(w), "n" + std::to_string(b),
                                   static_cast<int64_t>(s)));
          spans.back().attributes = {{"k", Value(ValueView::Int(static_cast<int64_t>(s)))}};
        }
        ASSERT_TRUE(Put(store(), spans).ok());
        newest = id.high;
        if (b % 25 == 0) {
          ASSERT_TRUE(store().Flush().ok());
        }
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  done = true;
  reader.join();
  EXPECT_EQ(Find(store(), {}).size(), kWriters * kBatches);
  EXPECT_EQ(store().Stats().spans, kWriters * kBatches * kSpans);
}

// A plain model beside the store: random spans, random flushes, random questions.
TEST_P(StoreSuite, AgreesWithAPlainModel) {
  const uint64_t seed = base::EntropySeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  base::Random random(seed);
  std::vector<Span> model;
  for (int round = 0; round < 40; ++round) {
    std::vector<Span> batch;
    for (uint64_t n = 1 + random.Below(30); n > 0; --n) {
      Span span = MakeSpan({random.Below(4), 1 + random.Below(60)}, model.size() + batch.size() + 1,
                           random.Below(20), "svc" + std::to_string(random.Below(4)),
                           "op" + std::to_string(random.Below(5)),
                           static_cast<int64_t>(random.Below(20'000'000'000)),
                           static_cast<int64_t>(random.Below(100)));
      if (random.Chance(0.1)) span.status = trace::SpanStatus::kError;
      for (uint64_t a = random.Below(4); a > 0; --a) {
        const auto number = static_cast<int64_t>(random.Below(6));
        span.attributes.push_back({"k" + std::to_string(random.Below(3)),
                                   random.Chance(0.5)
                                       ? Value(ValueView::Int(number))
                                       : Value(ValueView::String(std::to_string(number)))});
      }
      batch.push_back(std::move(span));
    }
    ASSERT_TRUE(Put(store(), batch).ok());
    model.insert(model.end(), batch.begin(), batch.end());
    if (random.Chance(0.3)) {
      ASSERT_TRUE(store().Flush().ok());
    }
    if (random.Chance(0.05)) Reopen();

    SpanFilter filter;
    if (random.Chance(0.6)) filter.service = "svc" + std::to_string(random.Below(5));
    if (random.Chance(0.4)) filter.name = "op" + std::to_string(random.Below(5));
    if (random.Chance(0.3))
      filter.start_from_ns = static_cast<int64_t>(random.Below(20'000'000'000));
    if (random.Chance(0.3))
      filter.start_until_ns = static_cast<int64_t>(random.Below(20'000'000'000));
    if (random.Chance(0.3)) filter.duration_min_ns = static_cast<int64_t>(random.Below(100));
    if (random.Chance(0.2)) filter.errors_only = true;
    while (random.Chance(0.4)) {
      filter.equals.emplace_back("k" + std::to_string(random.Below(3)),
                                 std::to_string(random.Below(6)));
    }
    std::map<TraceId, int64_t> expected;  // newest match
    for (const Span& span : model) {
      bool fits = (filter.service.empty() || span.resource->service == filter.service) &&
                  (filter.name.empty() || span.name == filter.name) &&
                  span.start_ns >= filter.start_from_ns && span.start_ns <= filter.start_until_ns &&
                  span.duration_ns() >= filter.duration_min_ns &&
                  (!filter.errors_only || span.status == trace::SpanStatus::kError);
      for (const auto& [key, text] : filter.equals) {
        fits = fits && std::any_of(span.attributes.begin(), span.attributes.end(),
                                   [&](const trace::Attribute& a) {
                                     return a.key == key && trace::ToText(a.value.view()) == text;
                                   });
      }
      if (!fits) continue;
      const auto [at, added] = expected.emplace(span.trace_id, span.start_ns);
      if (!added) at->second = std::max(at->second, span.start_ns);
    }
    const std::vector<TraceId> found = Find(store(), filter);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
      ASSERT_TRUE(expected.contains(found[i]));
      if (i > 0) {
        ASSERT_GE(expected[found[i - 1]], expected[found[i]]) << "newest match first";
      }
    }
  }
  size_t spans = 0;
  ASSERT_TRUE(store()
                  .VisitTraces({},
                               [&](trace::Trace& trace) {
                                 for (const Span& span : trace.spans)
                                   EXPECT_EQ(Difference(span, model[span.span_id - 1]), "");
                                 spans += trace.spans.size();
                                 return true;
                               })
                  .ok());
  EXPECT_EQ(spans, model.size());
}

}  // namespace
}  // namespace awry::store
