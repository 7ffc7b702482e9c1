#include "awry/columnar/mem_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "awry/store/store_suite.h"
#include "base/random.h"

namespace awry::columnar {
namespace {

using trace::Value;
using trace::ValueView;

// Spans of `traces` traces, of which some start at the same moment; some have events and errors.
std::vector<trace::Span> RandomSpans(base::Random& random, size_t count, uint64_t traces) {
  std::vector<trace::Span> spans;
  for (size_t i = 0; i < count; ++i) {
    trace::Span span = store::MakeSpan({1, 1 + random.Below(traces)}, 1 + i, 0, "svc",
                                       random.Chance(0.5) ? "read" : "write",
                                       static_cast<int64_t>(1'000 + random.Below(20)), 500);
    span.attributes = {{"id", Value(ValueView::String(std::to_string(random.Next())))},
                       {"n", Value(ValueView::Int(static_cast<int64_t>(random.Below(3))))}};
    if (random.Chance(0.2)) {
      span.events.push_back({.time_ns = 7,
                             .name = "event",
                             .attributes = {{"k", Value(ValueView::Bool(true))}},
                             .dropped_attributes = 0});
    }
    spans.push_back(std::move(span));
  }
  return spans;
}

EncodedBatch Encode(std::span<const trace::Span> spans) {
  BatchEncoder encoder;
  for (const trace::Span& span : spans) trace::Replay(span, encoder);
  return encoder.Finish(42);
}

struct Seen {
  trace::TraceId trace_id;
  int64_t start_ns = 0;
  trace::SpanId span_id = 0;
  std::vector<uint32_t> hashes;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> Sorted(const MemTable& table) {
  std::vector<Seen> seen;
  table.VisitSorted(table.span_count(), [&](Row& row) {
    seen.push_back({row.trace_id, row.start_ns, row.span_id, row.hashes});
    return true;
  });
  return seen;
}

TEST(Batch, IsReadAsItWasEncoded) {
  base::Random random(1);
  const auto spans = RandomSpans(random, 200, 20);
  const EncodedBatch made = Encode(spans);
  EncodedBatch read;
  ASSERT_TRUE(ReadBatch(made.bytes, read));
  EXPECT_EQ(read.bytes, made.bytes);
  EXPECT_EQ(read.arrival_ns, 42);
  EXPECT_EQ(read.hashes, made.hashes);
  ASSERT_EQ(read.spans(), made.spans());
  for (size_t i = 0; i < spans.size(); ++i) {
    EXPECT_EQ(read.rows[i].trace_id, made.rows[i].trace_id);
    EXPECT_EQ(read.rows[i].start_ns, made.rows[i].start_ns);
    EXPECT_EQ(read.rows[i].duration_ns, made.rows[i].duration_ns);
    EXPECT_EQ(read.rows[i].offset, made.rows[i].offset);
    EXPECT_EQ(read.rows[i].shape, made.rows[i].shape);
    EXPECT_EQ(read.rows[i].hashes_end, made.rows[i].hashes_end);
  }
}

TEST(Batch, ThatIsCutIsNotRead) {
  base::Random random(2);
  const EncodedBatch made = Encode(RandomSpans(random, 5, 2));
  for (size_t size = 0; size < made.bytes.size(); ++size) {
    EncodedBatch read;
    EXPECT_FALSE(ReadBatch(made.bytes.substr(0, size), read)) << size;
  }
}

// Traces of more spans than are sorted in place, and of few.
TEST(MemTable, GivesSpansByTraceThenStartThenArrival) {
  for (const uint64_t traces : {uint64_t{3}, uint64_t{100}}) {
    base::Random random(traces);
    const auto spans = RandomSpans(random, 1'000, traces);
    MemTable table(1'000);
    for (size_t i = 0; i < spans.size(); i += 100)
      table.Add(Encode(std::span(spans).subspan(i, 100)));
    auto expected = spans;
    std::stable_sort(expected.begin(), expected.end(), [](const auto& a, const auto& b) {
      return a.trace_id != b.trace_id ? a.trace_id < b.trace_id : a.start_ns < b.start_ns;
    });
    const auto seen = Sorted(table);
    ASSERT_EQ(seen.size(), expected.size());
    for (size_t i = 0; i < seen.size(); ++i) {
      EXPECT_EQ(seen[i].trace_id, expected[i].trace_id);
      EXPECT_EQ(seen[i].span_id, expected[i].span_id);
      EXPECT_EQ(seen[i].hashes.size(), expected[i].events.empty() ? 2u : 3u);
    }
  }
}

TEST(MemTable, HoldsTheSameFromTheLogAsFromTheEncoder) {
  base::Random random(3);
  const auto spans = RandomSpans(random, 600, 40);
  MemTable made(600), replayed(600);
  for (size_t i = 0; i < spans.size(); i += 150) {
    const EncodedBatch batch = Encode(std::span(spans).subspan(i, 150));
    made.Add(batch);
    ASSERT_TRUE(replayed.AddUntrusted(batch.bytes));
  }
  EXPECT_FALSE(replayed.AddUntrusted("no batch"));
  EXPECT_EQ(Sorted(made), Sorted(replayed));
  EXPECT_EQ(made.arrival_min_ns(), replayed.arrival_min_ns());
  EXPECT_EQ(made.memory_bytes(), replayed.memory_bytes());
}

// What one table leaves behind is not seen by the next.
TEST(MemTable, UsesTheMemoryOfTheTableBeforeIt) {
  const auto pool = std::make_shared<BlockPool>(size_t{64} << 20);
  base::Random random(4);
  constexpr size_t kSpansMax = 200'000;  // its index is large enough for the pool
  std::vector<Seen> first;
  const auto spans = RandomSpans(random, 500, 30);
  for (int round = 0; round < 2; ++round) {
    MemTable table(kSpansMax, pool);
    EXPECT_EQ(pool->kept_bytes(), 0u);
    EXPECT_EQ(table.trace_count(), 0u);
    table.Add(Encode(spans));
    if (round == 0) first = Sorted(table);
    EXPECT_EQ(Sorted(table), first);
  }
  EXPECT_GT(pool->kept_bytes(), 0u);
}

}  // namespace
}  // namespace awry::columnar
