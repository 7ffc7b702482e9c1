#include "awry/stats/instrumentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "awry/query/trace_builder.h"
#include "awry/query/vector_store.h"

namespace awry::stats {
namespace {

using query::MakeTrace;
using testing::ElementsAre;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kNow = 1'600'000'020 * kSecond;  // a full minute

const SignalHealth& Of(const InstrumentationHealth& health, Signal signal) {
  return health.signals[static_cast<size_t>(signal)];
}
uint64_t Sum(const std::vector<uint64_t>& series) {
  return std::accumulate(series.begin(), series.end(), uint64_t{0});
}

// web calls api; api's span may be an orphan, early, or the root of a piece of its own.
trace::Trace Call(uint64_t id, int64_t at_ns, int64_t api_start = 10, trace::SpanId parent = 1) {
  return MakeTrace(id, {{.id = 1, .service = "web", .name = "get", .start_ns = at_ns, .kind = trace::SpanKind::kServer},
                        {.id = 2, .parent = parent, .service = "api", .name = "call", .start_ns = at_ns + api_start, .kind = trace::SpanKind::kServer}});
}

TEST(InstrumentationBook, CountsByServiceAndMinute) {
  InstrumentationBook book;
  book.Add(Call(1, kNow - 10 * kMinute), kNow);
  book.Add(Call(2, kNow - 10 * kMinute, 10, 77), kNow);
  book.Add(Call(3, kNow - 2 * kMinute, 10, 77), kNow);
  book.Add(Call(4, kNow - kMinute, -40'000'000), kNow);
  const auto health = book.Report(kHour, kNow);
  EXPECT_EQ(health.traces, 4u);
  EXPECT_EQ(health.spans, 8u);
  EXPECT_EQ(health.step_ns, kMinute);
  const SignalHealth& orphans = Of(health, Signal::kOrphanSpans);
  EXPECT_EQ(orphans.count, 2u);
  EXPECT_EQ(orphans.of, 8u);
  ASSERT_EQ(orphans.series.size(), 61u);
  EXPECT_EQ(orphans.series[60 - 10], 1u);
  EXPECT_EQ(orphans.series[60 - 2], 1u);
  EXPECT_EQ(orphans.of_series[60 - 10], 4u);
  ASSERT_EQ(orphans.services.size(), 1u);
  EXPECT_EQ(orphans.services[0].service, "api");
  EXPECT_EQ(orphans.services[0].of, 4u);
  EXPECT_THAT(orphans.services[0].examples, ElementsAre(trace::TraceId{0, 3}, trace::TraceId{0, 2}));
  const SignalHealth& skew = Of(health, Signal::kClockSkew);
  EXPECT_EQ(skew.count, 1u);
  EXPECT_EQ(skew.services.at(0).detail, "starts up to 40 ms before its caller");
}

TEST(InstrumentationBook, LateSpansCorrectWhatATraceSaid) {
  InstrumentationBook book;
  trace::Trace whole = Call(1, kNow - kMinute);
  trace::Trace part = whole;
  part.spans.erase(part.spans.begin());
  book.Add(part, kNow);
  EXPECT_EQ(Of(book.Report(kHour, kNow), Signal::kOrphanSpans).count, 1u);
  book.Add(whole, kNow);
  const auto health = book.Report(kHour, kNow);
  EXPECT_EQ(Of(health, Signal::kOrphanSpans).count, 0u);
  EXPECT_TRUE(Of(health, Signal::kOrphanSpans).services.empty());
  EXPECT_EQ(health.traces, 1u);
  EXPECT_EQ(health.spans, 2u);
}

TEST(InstrumentationBook, FindsServicesThatBeginTracesWhereTheyUsuallyAreCalled) {
  InstrumentationBook book;
  for (uint64_t i = 1; i <= 30; ++i) book.Add(Call(i, kNow - 30 * kMinute + static_cast<int64_t>(i) * kSecond), kNow);
  EXPECT_EQ(Of(book.Report(kHour, kNow), Signal::kBrokenPropagation).count, 0u);
  book.Add(MakeTrace(99, {{.id = 1, .service = "api", .name = "call", .start_ns = kNow - kMinute, .kind = trace::SpanKind::kServer}}), kNow);
  book.Add(MakeTrace(98, {{.id = 1, .service = "cron", .name = "call", .start_ns = kNow - kMinute, .kind = trace::SpanKind::kServer}}), kNow);
  book.Add(Call(97, kNow - kMinute, 10, 0), kNow);
  const auto health = book.Report(kHour, kNow);
  const SignalHealth& broken = Of(health, Signal::kBrokenPropagation);
  EXPECT_EQ(broken.count, 2u) << "one trace of its own, one in two pieces";
  EXPECT_EQ(broken.of, 33u);
  ASSERT_EQ(broken.services.size(), 1u);
  EXPECT_EQ(broken.services[0].service, "api");
}

TEST(InstrumentationBook, AServiceIsQuietAfterManyOfItsUsualGaps) {
  InstrumentationBook book;
  uint64_t id = 0;
  for (int64_t at = kNow - 50 * kMinute; at < kNow; at += 20 * kSecond) {
    const bool api_is_gone = at > kNow - 20 * kMinute;
    book.Add(api_is_gone ? MakeTrace(++id, {{.service = "web", .start_ns = at}}) : Call(++id, at), at);
  }
  const auto health = book.Report(kHour, kNow);
  const SignalHealth& quiet = Of(health, Signal::kQuietServices);
  EXPECT_EQ(quiet.count, 1u);
  EXPECT_EQ(quiet.of, 2u);
  ASSERT_EQ(quiet.services.size(), 1u);
  EXPECT_EQ(quiet.services[0].service, "api");
  EXPECT_EQ(quiet.services[0].detail, "last span 20 min ago, usually every 20 s");
  EXPECT_EQ(quiet.series.back(), 1u);
  EXPECT_EQ(quiet.series[60 - 30], 0u);
  EXPECT_EQ(quiet.series[60 - 10], 1u);
}

TEST(InstrumentationBook, CountsRefusalsByTheMinute) {
  InstrumentationBook book;
  book.NoteRefused(5, 1, 100, kNow - 3 * kMinute);
  book.NoteRefused(7, 1, 150, kNow);
  const auto health = book.Report(kHour, kNow);
  EXPECT_EQ(Of(health, Signal::kSpansRefused).count, 7u);
  EXPECT_EQ(Of(health, Signal::kSpansRefused).of, 157u);
  EXPECT_EQ(Of(health, Signal::kSpansRefused).series[60], 2u);
  EXPECT_EQ(Of(health, Signal::kSpansRefused).series[60 - 3], 5u);
  EXPECT_EQ(Of(health, Signal::kRequestsRefused).count, 1u);
}

TEST(InstrumentationBook, ForgetsAfterADayAndTakesNoOlderTraces) {
  InstrumentationBook book;
  book.Add(Call(1, kNow - 25 * kHour, 10, 77), kNow);
  book.Add(Call(2, kNow - 23 * kHour, 10, 77), kNow);
  EXPECT_EQ(Of(book.Report(24 * kHour, kNow), Signal::kOrphanSpans).count, 1u);
  EXPECT_EQ(Of(book.Report(kHour, kNow), Signal::kOrphanSpans).count, 0u);
  book.Add(Call(3, kNow + 2 * kHour), kNow + 2 * kHour);
  const auto health = book.Report(24 * kHour, kNow + 2 * kHour);
  EXPECT_EQ(Of(health, Signal::kOrphanSpans).count, 0u);
  EXPECT_EQ(health.step_ns, 24 * kMinute);
  EXPECT_EQ(Sum(Of(health, Signal::kOrphanSpans).of_series), 2u);
}

TEST(InstrumentationBook, FillsFromAStoreAndSaysWhetherThatIsAll) {
  query::VectorStore store;
  for (uint64_t i = 1; i <= 10; ++i) store.Add(Call(i, kNow - static_cast<int64_t>(i) * kMinute, 10, 77));
  InstrumentationBook whole;
  ASSERT_TRUE(whole.Fill(store, kNow - kHour, 10, kNow, {}).ok());
  EXPECT_TRUE(whole.Report(kHour, kNow).complete);
  EXPECT_FALSE(whole.Report(2 * kHour, kNow).complete);
  EXPECT_EQ(Of(whole.Report(kHour, kNow), Signal::kOrphanSpans).count, 10u);
  InstrumentationBook cut;
  ASSERT_TRUE(cut.Fill(store, kNow - kHour, 9, kNow, {}).ok());
  EXPECT_FALSE(cut.Report(kHour, kNow).complete);
  EXPECT_EQ(cut.Report(kHour, kNow).traces, 9u);
}

TEST(InstrumentationBook, ServicesBeyondTheLimitShareAName) {
  InstrumentationBook book;
  for (uint64_t i = 1; i <= InstrumentationBook::kServicesMax + 50; ++i) {
    book.Add(MakeTrace(i, {{.parent = 5, .service = "s" + std::to_string(i), .start_ns = kNow - kMinute}}), kNow);
  }
  const auto health = book.Report(kHour, kNow);
  EXPECT_EQ(Of(health, Signal::kOrphanSpans).count, InstrumentationBook::kServicesMax + 50);
  EXPECT_EQ(Of(health, Signal::kOrphanSpans).services.size(), InstrumentationBook::kServicesMax + 1);
  EXPECT_EQ(Of(health, Signal::kOrphanSpans).services[0].count, 50u);
}

}  // namespace
}  // namespace awry::stats
