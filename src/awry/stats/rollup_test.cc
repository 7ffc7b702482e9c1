#include "awry/stats/rollup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "awry/query/trace_builder.h"
#include "awry/query/vector_store.h"
#include "awry/stats/arrival_log.h"
#include "awry/stats/dependencies.h"
#include "awry/stats/red_metrics.h"
#include "awry/stats/service_graph.h"
#include "base/random.h"

namespace awry::stats {
namespace {

using query::MakeTrace;
constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kMinuteNs = 60 * kSecondNs;
constexpr int64_t kStartNs = 1'600'000'020 * kSecondNs;  // a whole minute

std::vector<query::SpanSpec> WebCallsApi(int64_t at_ns, int64_t duration_ns, bool fails = false) {
  using enum trace::SpanKind;
  return {{.id = 1, .service = "web", .name = "GET /", .start_ns = at_ns,
           .duration_ns = 2 * duration_ns, .kind = kServer},
          {.id = 2, .parent = 1, .service = "web", .name = "call api", .start_ns = at_ns + 1,
           .duration_ns = duration_ns, .kind = kClient},
          {.id = 3, .parent = 2, .service = "api", .name = "answer", .start_ns = at_ns + 2,
           .duration_ns = duration_ns,
           .status = fails ? trace::SpanStatus::kError : trace::SpanStatus::kUnset,
           .kind = kServer}};
}

// One trace every ten seconds over `minutes`, each fifth one fails; durations are random.
void Fill(query::VectorStore& store, int minutes, std::vector<int64_t>* durations = nullptr) {
  base::Random random(7);
  for (int i = 0; i < minutes * 6; ++i) {
    const auto duration_ns = static_cast<int64_t>(1'000 + random.Next() % 50'000'000);
    if (durations != nullptr) durations->push_back(duration_ns);
    store.Add(MakeTrace(static_cast<uint64_t>(i + 1),
                        WebCallsApi(kStartNs + i * 10 * kSecondNs, duration_ns, i % 5 == 0)));
  }
}

double Exact(std::vector<int64_t> values, double quantile) {
  std::ranges::sort(values);
  return static_cast<double>(
      values[static_cast<size_t>(quantile * static_cast<double>(values.size() - 1))]);
}

TEST(Histogram, QuantilesAreWithinTwoPercentOfTheTrueOnes) {
  base::Random random(3);
  for (int round = 0; round < 20; ++round) {
    std::vector<int64_t> values;
    Histogram one, other;
    for (int i = 0; i < 1 + round * 40; ++i) {
      const double exponent = static_cast<double>(random.Next() % 1'000) / 1'000.0 * 30;
      values.push_back(static_cast<int64_t>(std::exp(exponent)));
      (i % 2 == 0 ? one : other).Add(values.back());
    }
    HistogramSum sum;
    sum.Add(one);
    sum.Add(other);
    EXPECT_EQ(sum.count(), values.size());
    for (const double quantile : {0.0, 0.25, 0.5, 0.95, 0.99, 1.0}) {
      const double exact = Exact(values, quantile);
      EXPECT_NEAR(sum.QuantileNs(quantile), exact, exact * 0.0201) << round << " " << quantile;
    }
  }
}

TEST(Histogram, TakesOutWhatWasAdded) {
  Histogram one, other;
  one.Add(1'000);
  other.Add(5'000'000);
  HistogramSum sum;
  sum.Add(one);
  sum.Add(other);
  sum.Remove(other);
  EXPECT_EQ(sum.count(), 1u);
  EXPECT_NEAR(sum.QuantileNs(0.99), 1'000, 20);
  sum.Clear();
  EXPECT_TRUE(std::isnan(sum.QuantileNs(0.5)));
}

TEST(Histogram, CopesWithTheLargestAndSmallestDurations) {
  Histogram histogram;
  histogram.Add(-5);
  histogram.Add(0);
  histogram.Add(std::numeric_limits<int64_t>::max());
  EXPECT_NEAR(histogram.QuantileNs(0), 1, 0.02);
  EXPECT_NEAR(histogram.QuantileNs(1), 9.22e18, 0.2e18);
}

TEST(Rollup, ReadsTheStoreOnceUntilSomethingArrives) {
  query::VectorStore store;
  Fill(store, 5);
  int scans = 0;
  class Counting final : public store::TraceStore {
   public:
    Counting(query::VectorStore& of, int& counter) : of_(of), counter_(counter) {}
    std::unique_ptr<store::SpanBatch> NewBatch() override { return nullptr; }
    base::Result<trace::Trace> GetTrace(const trace::TraceId& id) override {
      return of_.GetTrace(id);
    }
    base::Status GetTraces(std::span<const trace::TraceId> ids,
                           const store::TraceVisitor& visit) override {
      return of_.GetTraces(ids, visit);
    }
    base::Status FindTraces(const store::SpanFilter& filter,
                            const store::TraceIdVisitor& visit) override {
      return of_.FindTraces(filter, visit);
    }
    base::Status VisitTraces(const store::SpanFilter& filter,
                             const store::TraceVisitor& visit) override {
      ++counter_;
      return of_.VisitTraces(filter, visit);
    }
    std::vector<std::string> Services() override { return of_.Services(); }
    std::vector<store::Operation> Operations(const std::string& service) override {
      return of_.Operations(service);
    }
    base::Result<size_t> PutLabels(std::vector<trace::Label>& labels) override {
      return of_.PutLabels(labels);
    }
    base::Status DeleteLabel(const std::string& id) override { return of_.DeleteLabel(id); }
    std::vector<trace::Label> LabelsOf(const trace::TraceId& id) override {
      return of_.LabelsOf(id);
    }
    std::vector<trace::Label> Labels() override { return of_.Labels(); }
    base::Status PutDocument(const std::string& name, const std::string& contents) override {
      return of_.PutDocument(name, contents);
    }
    base::Result<std::string> GetDocument(const std::string& name) override {
      return of_.GetDocument(name);
    }
    store::StoreStats Stats() override { return of_.Stats(); }
    uint64_t generation() const override { return of_.generation(); }
    base::Status Flush() override { return of_.Flush(); }

   private:
    query::VectorStore& of_;
    int& counter_;
  } counting(store, scans);
  // Everything that arrives belongs into the fifth minute.
  const int64_t fifth = kStartNs + 4 * kMinuteNs;
  Rollup rollup(counting, {.changed = [&](int64_t, int64_t until_ns) {
                  return until_ns >= fifth ? store.generation() : 0;
                }});
  const query::Window window{.from_ns = kStartNs, .until_ns = kStartNs + 5 * kMinuteNs - 1};
  ASSERT_EQ(ReadServiceGraph(rollup, window)->edges[0].calls.calls, 30u);
  EXPECT_EQ(scans, 1);
  ASSERT_EQ(ReadServiceGraph(rollup, window)->edges[0].calls.calls, 30u);
  EXPECT_EQ(scans, 1);
  store.Add(MakeTrace(900, WebCallsApi(fifth, 1'000)));
  EXPECT_EQ(ReadServiceGraph(rollup, window)->edges[0].calls.calls, 31u);
  EXPECT_EQ(scans, 2);
}

TEST(Rollup, CountsExactlyTheWindowWhereverItBegins) {
  query::VectorStore store;
  Fill(store, 3);
  Rollup rollup(store);
  base::Random random(11);
  for (int i = 0; i < 40; ++i) {
    const int64_t from = kStartNs + static_cast<int64_t>(random.Next() % 200) * kSecondNs;
    const int64_t until = from + static_cast<int64_t>(random.Next() % 200) * kSecondNs;
    const query::Window window{.from_ns = from, .until_ns = until};
    EXPECT_EQ(*Dependencies(rollup, window), *Dependencies(store, window)) << from << " " << until;
    uint64_t spans = 0;
    const auto graph = ReadServiceGraph(rollup, window);
    for (const auto& node : graph->nodes) spans += node.spans;
    uint64_t counted = 0;
    const auto operations = CountOperations(store, window);
    for (const auto& operation : *operations) counted += operation.spans;
    EXPECT_EQ(spans, counted);
  }
}

TEST(Rollup, RefusesWhatNeedsTooMuchMemory) {
  query::VectorStore store;
  Fill(store, 3);
  Rollup rollup(store, {.build_bytes_max = 1'000});
  const auto graph = ReadServiceGraph(rollup, {.from_ns = kStartNs, .until_ns = kStartNs * 2});
  EXPECT_EQ(graph.status().code(), base::StatusCode::kResourceExhausted);
}

TEST(Rollup, ForgetsTheLongestUnusedWhenItsCacheIsFull) {
  query::VectorStore store;
  Fill(store, 10);
  Rollup rollup(store, {.cache_bytes_max = 2'000});
  const query::Window window{.from_ns = kStartNs, .until_ns = kStartNs + 10 * kMinuteNs};
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ReadServiceGraph(rollup, window)->edges[0].calls.calls, 60u);
}

TEST(ServiceGraph, TellsErrorsAndDurationsOfTheCalledSide) {
  query::VectorStore store;
  std::vector<int64_t> durations;
  Fill(store, 10, &durations);
  Rollup rollup(store);
  const auto graph = ReadServiceGraph(rollup, {});
  ASSERT_TRUE(graph.ok());
  ASSERT_EQ(graph->edges.size(), 1u);
  EXPECT_EQ(graph->edges[0].parent, "web");
  EXPECT_EQ(graph->edges[0].child, "api");
  EXPECT_EQ(graph->edges[0].calls.errors, 12u);
  const double exact = Exact(durations, 0.95);
  EXPECT_NEAR(graph->edges[0].calls.p95_ns, exact, exact * 0.0201);
  ASSERT_EQ(graph->nodes.size(), 2u);
  EXPECT_EQ(graph->nodes[1].service, "web");
  EXPECT_EQ(graph->nodes[1].spans, 120u);
  EXPECT_EQ(graph->nodes[1].entries.calls, 60u);
}

TEST(RedMetrics, PointsOfWidthEqualToTheirStepAddUpToAllCalls) {
  query::VectorStore store;
  Fill(store, 10);
  Rollup rollup(store);
  for (const int64_t step : {10 * kSecondNs, 30 * kSecondNs, kMinuteNs, 7 * kSecondNs}) {
    const auto series = ReadTrailing(
        rollup, {.services = {"web", "api"}, .kinds = {trace::SpanKind::kServer},
                 .from_ns = kStartNs - step, .until_ns = kStartNs + 11 * kMinuteNs,
                 .step_ns = step, .rate_ns = step});
    ASSERT_TRUE(series.ok());
    ASSERT_EQ(series->size(), 2u);
    for (const TrailingSeries& one : *series) {
      uint64_t calls = 0, errors = 0;
      for (const auto& point : one.points) calls += point.calls, errors += point.errors;
      EXPECT_EQ(calls, 60u);
      EXPECT_EQ(errors, one.service == "api" ? 12u : 0u);
    }
  }
}

TEST(RedMetrics, ATrailingWindowIsTheSumOfItsSteps) {
  query::VectorStore store;
  Fill(store, 10);
  Rollup rollup(store);
  TrailingQuery query{.services = {"api"}, .kinds = {trace::SpanKind::kServer},
                      .from_ns = kStartNs, .until_ns = kStartNs + 20 * kMinuteNs,
                      .step_ns = kMinuteNs, .rate_ns = kMinuteNs};
  const auto single = *ReadTrailing(rollup, query);
  query.rate_ns = 3 * kMinuteNs;
  const auto triple = *ReadTrailing(rollup, query);
  const auto& a = single[0].points;
  const auto& b = triple[0].points;
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 2; i < a.size(); ++i)
    EXPECT_EQ(b[i].calls, a[i].calls + a[i - 1].calls + a[i - 2].calls) << i;
  EXPECT_TRUE(std::isnan(b.back().quantile_ns));
}

TEST(RedMetrics, RefusesTooManyPoints) {
  query::VectorStore store;
  Rollup rollup(store);
  const auto series = ReadTrailing(rollup, {.services = {"a"}, .from_ns = 0,
                                            .until_ns = 12'000 * kSecondNs,
                                            .step_ns = kSecondNs, .rate_ns = kSecondNs});
  EXPECT_EQ(series.status().code(), base::StatusCode::kInvalidArgument);
  EXPECT_THAT(series.status().message(), testing::HasSubstr("12001 steps, at most 11000"));
}

TEST(Monitor, SeriesAddUpToTheirOperation) {
  query::VectorStore store;
  std::vector<int64_t> durations;
  Fill(store, 10, &durations);
  Rollup rollup(store);
  const auto monitor = ReadMonitor(
      rollup, {.service = "web",
               .window = {.from_ns = kStartNs + 1, .until_ns = kStartNs + 10 * kMinuteNs - 1},
               .step_ns = kMinuteNs});
  ASSERT_TRUE(monitor.ok());
  EXPECT_EQ(monitor->window.from_ns, kStartNs);
  ASSERT_EQ(monitor->operations.size(), 2u);
  EXPECT_EQ(monitor->operations[0].name, "GET /");  // the longer of the two
  for (const Monitor::Operation& operation : monitor->operations) {
    uint64_t calls = 0;
    for (const Monitor::Point& point : operation.series) calls += point.calls;
    EXPECT_EQ(operation.calls, 60u);
    EXPECT_EQ(calls, 60u);
    EXPECT_LE(operation.p50_ns, operation.p75_ns);
    EXPECT_LE(operation.p95_ns, operation.p99_ns);
  }
  const double exact = Exact(durations, 0.5);
  EXPECT_NEAR(monitor->operations[1].p50_ns, exact, exact * 0.0201);
  uint64_t entries = 0;
  for (const Monitor::Point& point : monitor->series) entries += point.calls;
  EXPECT_EQ(entries, 60u);
}

TEST(ArrivalLog, TellsTheNewestGenerationOfARange) {
  ArrivalLog log(5);
  const std::vector<int64_t> minutes{10, 12};
  log.Note(minutes, 8);
  const std::vector<int64_t> later{12};
  log.Note(later, 9);
  const auto at = [](int64_t minute) { return minute * kMinuteNs; };
  EXPECT_EQ(log.Changed(at(0), at(10) - 1), 5u);
  EXPECT_EQ(log.Changed(at(0), at(10)), 8u);
  EXPECT_EQ(log.Changed(at(11), at(12) - 1), 5u);
  EXPECT_EQ(log.Changed(at(10), at(20)), 9u);
  EXPECT_EQ(MinuteOf(-1), -1);
}

TEST(ArrivalLog, StaysTrueWhenItIsFull) {
  ArrivalLog log(1);
  std::vector<int64_t> minutes(ArrivalLog::kMinutesMax + 1);
  std::iota(minutes.begin(), minutes.end(), 0);
  log.Note(minutes, 7);
  EXPECT_EQ(log.Changed(-5, -4), 7u);  // later than true, never earlier
}

TEST(NameTable, FoldsOperationsBeyondItsLimitIntoOne) {
  NameTable names;
  std::vector<NameTable::Ids> ids;
  for (size_t i = 0; i < NameTable::kOperationsMax + 20; ++i) {
    const trace::Trace trace = MakeTrace(1, {{.name = "GET /" + std::to_string(i)}});
    names.Intern(trace.spans, ids);
  }
  EXPECT_TRUE(names.full());
  EXPECT_EQ(names.OperationOf(ids[0].operation).name, NameTable::kOther);
}

}  // namespace
}  // namespace awry::stats
