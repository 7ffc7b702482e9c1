// Calls counted from heads agree with a plain count over whole traces, wherever their spans lie.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "awry/columnar/columnar_store.h"
#include "awry/columnar/fault_file_system.h"
#include "awry/store/store_suite.h"
#include "base/random.h"

namespace awry::columnar {
namespace {

using trace::Span;
using trace::TraceId;

constexpr int64_t kSecondNs = 1'000'000'000;

std::vector<Span> RandomTrace(base::Random& random, uint64_t number) {
  std::vector<Span> spans;
  const TraceId id{random.Next(), number};
  const uint64_t count = 1 + random.Below(20);
  for (uint64_t s = 1; s <= count; ++s) {
    // Some roots, some parents that never arrive, some that call themselves.
    const uint64_t parent = random.Chance(0.1) ? random.Below(3) * 1000 : random.Below(s + 1);
    const std::string service = "svc-" + std::to_string(random.Below(6));
    spans.push_back(store::MakeSpan(id, s, parent, service, "op",
                                    static_cast<int64_t>(number + s) * kSecondNs));
  }
  if (random.Chance(0.05)) spans.push_back(spans.back());  // sent twice
  return spans;
}

std::vector<store::ServiceCalls> CountPlainly(store::TraceStore& store, int64_t from_ns,
                                              int64_t until_ns, const std::set<TraceId>& without) {
  std::map<std::pair<std::string, std::string>, uint64_t> calls;
  EXPECT_TRUE(store.VisitTraces({}, [&](trace::Trace& trace) {
    if (without.contains(trace.id)) return true;
    for (const Span& span : trace.spans) {
      for (const Span& parent : trace.spans) {
        const bool counts = span.parent_id != 0 && span.parent_id == parent.span_id &&
                            span.start_ns >= from_ns && span.start_ns <= until_ns &&
                            span.resource->service != parent.resource->service;
        if (counts) ++calls[{parent.resource->service, span.resource->service}];
      }
    }
    return true;
  }).ok());
  std::vector<store::ServiceCalls> out;
  for (const auto& [pair, count] : calls) out.push_back({pair.first, pair.second, count});
  return out;
}

TEST(CountServiceCalls, AgreesWithAPlainCountWhereverTheSpansLie) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    base::Random random(seed);
    FaultFileSystem files(seed);
    auto opened = Open({.path = "/data", .table_spans_max = 150, .file_system = &files});
    ASSERT_TRUE(opened.ok());
    store::TraceStore& store = **opened;
    // The spans of 100 traces are mixed, so that traces stand in several tables and segments.
    std::vector<Span> spans;
    std::set<TraceId> repeated;
    for (uint64_t t = 0; t < 100; ++t) {
      std::set<uint64_t> ids;
      for (Span& span : RandomTrace(random, t)) {
        if (!ids.insert(span.span_id).second) repeated.insert(span.trace_id);
        spans.push_back(std::move(span));
      }
    }
    // With odd seeds they are mixed little, so that many traces stand in one place alone.
    const size_t far = seed % 2 == 0 ? 400 : 12;
    for (size_t i = spans.size() - 1; i > 0; --i)
      std::swap(spans[i], spans[i - random.Below(std::min<size_t>(i, far) + 1)]);
    for (size_t i = 0; i < spans.size(); i += 37) {
      const size_t end = std::min(spans.size(), i + 37);
      ASSERT_TRUE(Put(store, {spans.begin() + static_cast<ptrdiff_t>(i),
                              spans.begin() + static_cast<ptrdiff_t>(end)}).ok());
      if (i == 37 * 20) {
        ASSERT_TRUE(store.Flush().ok());
      }
    }
    ASSERT_GT(store.Stats().segments, 0u);  // a merge may have made one of all
    const std::pair<int64_t, int64_t> windows[] = {{store::kTimeMin, store::kTimeMax},
                                                   {30 * kSecondNs, 60 * kSecondNs},
                                                   {0, 9 * kSecondNs},
                                                   {60 * kSecondNs + 1, store::kTimeMax},
                                                   {500 * kSecondNs, 600 * kSecondNs}};
    for (const auto& [from_ns, until_ns] : windows) {
      SCOPED_TRACE(from_ns);
      std::set<TraceId> uncounted;
      const auto counted = store.CountServiceCalls(from_ns, until_ns, {}, [&](const TraceId& id) {
        uncounted.insert(id);
        return true;
      });
      ASSERT_TRUE(counted.ok());
      EXPECT_EQ(*counted, CountPlainly(store, from_ns, until_ns, uncounted));
      if (from_ns == store::kTimeMin) {
        EXPECT_EQ(uncounted, repeated);
        EXPECT_FALSE(counted->empty());
      }
    }
  }
}

TEST(CountServiceCalls, KeepsToItsLimits) {
  FaultFileSystem files(1);
  auto opened = Open({.path = "/data", .file_system = &files});
  ASSERT_TRUE(opened.ok());
  ASSERT_TRUE(Put(**opened, {store::MakeSpan({1, 1}, 1, 0, "a", "op", 5)}).ok());
  const auto none = [](const TraceId&) { return true; };
  const auto cancelled = (*opened)->CountServiceCalls(0, 10, {.cancelled = [] { return true; }}, none);
  EXPECT_EQ(cancelled.status().code(), base::StatusCode::kCancelled);
}

}  // namespace
}  // namespace awry::columnar
