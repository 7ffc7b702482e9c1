// Traces that are not held whole: their answers are those of held ones, within the budget.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "awry/api/adjusters.h"
#include "awry/api/outgoing_trace.h"
#include "awry/api/server_test.h"
#include "awry/api/span_heads.h"
#include "base/byte_budget.h"
#include "wire/jaeger_json.h"

namespace awry::api {
namespace {

using query::Attr;
using query::MakeTrace;
using testing::HasSubstr;

constexpr size_t kSpans = 6'000;

// Some parents are missing, some children lie outside of theirs, some ids are shared.
trace::Trace RandomTrace(uint64_t id, size_t spans, uint64_t seed) {
  base::Random random(seed);
  std::vector<query::SpanSpec> specs;
  for (uint64_t i = 1; i <= spans; ++i) {
    const bool shared = i > 1 && random.Chance(0.02);
    query::SpanSpec spec{.id = shared ? i - 1 : i,
                         .parent = random.Chance(0.02) ? spans * 2 : random.Below(i),
                         .service = "svc-" + std::to_string(random.Below(3)),
                         .attributes = {Attr("zz", static_cast<int64_t>(i)), Attr("ip", 2130706433),
                                        Attr("text", std::string(60, 'x').c_str())},
                         .start_ns = static_cast<int64_t>(i * 1'000 + random.Below(5'000)),
                         .duration_ns = static_cast<int64_t>(random.Below(100'000))};
    if (shared) {
      specs.back().kind = trace::SpanKind::kClient;
      spec.kind = trace::SpanKind::kServer;
      spec.start_ns = specs.back().start_ns + 1;
    }
    specs.push_back(std::move(spec));
  }
  trace::Trace trace = MakeTrace(id, std::move(specs));
  for (trace::Span& span : trace.spans) {
    if (!random.Chance(0.5)) continue;
    span.resource = std::make_shared<trace::Resource>(
        trace::Resource{.service = span.resource->service,
                        .attributes = {Attr("host.name", random.Chance(0.5) ? "a" : "b")}});
  }
  return trace;
}

std::string JsonOf(const trace::Trace& trace) {
  std::string out;
  wire::AppendJaegerTraceJson(trace, out);
  return out;
}

TEST(SpanHeads, AdjustAsTheWholeTraceIsAdjusted) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    base::Random random(seed);
    trace::Trace trace = RandomTrace(7, 1 + random.Below(60), seed);
    // Circles of parents, and ids that stand twice without a client.
    for (trace::Span& span : trace.spans) {
      if (random.Chance(0.1)) span.parent_id = 1 + random.Below(trace.spans.size());
      if (seed % 4 == 0 && random.Chance(0.05)) span.span_id = 1 + random.Below(trace.spans.size());
    }
    SpanHeads heads;
    for (const trace::Span& span : trace.spans) heads.Add(span);
    heads.Settle();
    trace::Trace one_by_one = trace;
    SpanAdjuster adjuster;
    for (size_t i = 0; i < one_by_one.spans.size(); ++i) {
      heads.Apply(i, one_by_one.spans[i]);
      adjuster.Adjust(one_by_one.spans[i]);
    }
    Adjust(trace);
    EXPECT_EQ(JsonOf(one_by_one), JsonOf(trace));
  }
}

TEST(SpanHeads, KeepAsManyAsALargeTraceHas) {
  constexpr uint64_t kMany = 250'000;
  trace::Span span;
  span.resource = std::make_shared<trace::Resource>();
  SpanHeads heads;
  for (uint64_t i = 1; i <= kMany; ++i) {
    span.span_id = i;
    span.parent_id = i - 1;
    heads.Add(span);
  }
  heads.Settle();
  EXPECT_EQ(heads.size(), kMany);
  EXPECT_LT(heads.held_bytes(), kMany * 64);
  for (uint64_t i = 1; i <= kMany; ++i) {
    trace::Span applied;
    heads.Apply(i - 1, applied);
    ASSERT_EQ(applied.span_id, i);
    ASSERT_EQ(applied.parent_id, i - 1);
    ASSERT_TRUE(applied.warnings.empty());
  }
}

class LargeTrace : public testing::Test {
 protected:
  // Half of a trace lies in a segment, half in memory.
  void Fill() {
    trace::Trace first = RandomTrace(0xa, kSpans, 3);
    trace::Trace second{.id = first.id, .spans = {}};
    for (size_t i = 0; i < first.spans.size(); i += 2) second.spans.push_back(first.spans[i]);
    server_.Add(std::move(second));
    ASSERT_TRUE(server_.store().Flush().ok());
    server_.Add(std::move(first));  // with what is there already
  }
  void LimitTo(size_t bytes) {
    auto budget = std::make_unique<base::ByteBudget>(bytes);
    server_.Restart({.limits = {.memory_bytes = bytes, .budget = budget.get()}});
    budget_ = std::move(budget);
  }

  std::unique_ptr<base::ByteBudget> budget_;  // the server's answers give back to it until they are gone
  TestServer server_;
};

TEST_F(LargeTrace, IsAnsweredSpanBySpanJustAsWhole) {
  Fill();
  for (const char* path : {"/api/traces/a", "/api/traces/a?prettyPrint=true", "/api/traces/a?raw=true",
                           "/api/traces?traceID=a&traceID=b", "/api/v3/traces/a",
                           "/api/v3/traces/a?rawTraces=true"}) {
    SCOPED_TRACE(path);
    server_.Restart({});  // it fits
    const auto whole = server_.Get(path);
    EXPECT_EQ(whole.status, 200);
    LimitTo(3 << 20);  // the spans alone take more than twice as much
    const auto streamed = server_.Get(path);
    EXPECT_EQ(streamed.status, 200);
    EXPECT_TRUE(whole.body == streamed.body) << whole.body.size() << " and " << streamed.body.size();
    EXPECT_GT(whole.body.size(), kSpans * 100);
    server_.Restart({});
    EXPECT_EQ(budget_->taken(), 0u) << "all is given back";
  }
}

TEST_F(LargeTrace, IsRefusedWithAdviceWhenNotEvenItsIdsFit) {
  Fill();
  LimitTo(100 << 10);
  for (const char* path : {"/api/traces/a", "/api/v3/traces/a"}) {
    const auto refused = server_.Get(path);
    EXPECT_EQ(refused.status, 429) << path;
    EXPECT_THAT(refused.body, HasSubstr("--memory"));
  }
  EXPECT_EQ(budget_->taken(), 0u);
}

TEST_F(LargeTrace, LeavesRoomForOtherQuestions) {
  Fill();
  LimitTo(3 << 20);
  ASSERT_TRUE(budget_->Take(2'900 << 10));  // as another question may
  const auto refused = server_.Get("/api/traces/a");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("Retry-After"), "1");
  budget_->Give(2'900 << 10);
  EXPECT_EQ(server_.Get("/api/traces/a").status, 200);
}

TEST_F(LargeTrace, IsRefusedToMoreReadersAtOnceThanThereIsRoomForAndGivenToThemLater) {
  Fill();
  constexpr size_t kBytes = 3 << 20;
  base::ByteBudget budget(kBytes);
  const QuerySource source{.store = server_.store(), .limits = {.memory_bytes = kBytes, .budget = &budget}};
  const auto open = [&] { return OutgoingTrace::Open(source, {0, 0xa}, false); };
  // Readers that hold what they sent so far, as slow ones do.
  std::vector<std::unique_ptr<OutgoingTrace>> readers;
  for (auto reader = open(); reader.ok(); reader = open()) readers.push_back(*std::move(reader));
  EXPECT_GE(readers.size(), 1u);
  EXPECT_LT(readers.size(), 20u);
  EXPECT_LE(budget.taken(), kBytes);
  const auto refused = open();
  EXPECT_EQ(refused.status().code(), base::StatusCode::kResourceExhausted);
  readers.pop_back();
  const auto later = open();
  ASSERT_TRUE(later.ok()) << later.status().ToString();
  readers.clear();
  size_t spans = 0;
  EXPECT_TRUE((*later)->VisitSpans([&](const trace::Span&) {
    EXPECT_LE(budget.taken(), kBytes);
    return ++spans > 0;
  }).ok());
  EXPECT_EQ(spans, kSpans);
}

TEST_F(LargeTrace, IsNamedBySearchesThatCannotLookAtIt) {
  Fill();
  server_.Add(MakeTrace(0xb, {{.id = 1, .service = "svc-0"}}));
  LimitTo(3 << 20);
  const auto v1 = server_.Get("/api/traces?service=svc-0&start=0&end=9999999999999999");
  EXPECT_EQ(v1.status, 200);
  EXPECT_THAT(v1.body, HasSubstr(R"("traceID":"000000000000000b")"));
  EXPECT_THAT(v1.body, HasSubstr(R"("total":1,)"));
  EXPECT_THAT(v1.body, HasSubstr("too large to be searched within --memory"));
  EXPECT_THAT(v1.body, HasSubstr(R"("traceID":"000000000000000a"}])"));
  const auto v3 = server_.Get(
      "/api/v3/traces?query.service_name=svc-0&query.start_time_min=2000-01-01T00:00:00Z"
      "&query.start_time_max=2030-01-01T00:00:00Z");
  EXPECT_EQ(v3.status, 200);
  EXPECT_EQ(v3.header("Awry-Left-Out"), "0000000000000000000000000000000a");
  const auto own = server_.Send("POST", "/api/v1/search", R"({"query":"{}"})");
  EXPECT_THAT(own.body, HasSubstr(R"("left_out":["0000000000000000000000000000000a"])"));
  EXPECT_THAT(own.body, HasSubstr(R"("total_is_exact":false)"));
  EXPECT_EQ(budget_->taken(), 0u);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Peak of resident memory in bytes; writing 5 to clear_refs begins anew (proc(5)).
size_t PeakBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) << 10;
  }
  return 0;
}

TEST_F(LargeTrace, TakesLittleMemoryOfTheProcess) {
  constexpr uint64_t kMany = 50'000;
  for (uint64_t from = 0; from < kMany; from += 5'000) {
    trace::Trace part = RandomTrace(0xc, 5'000, from);
    for (trace::Span& span : part.spans) span.span_id += from;
    server_.Add(std::move(part));
  }
  ASSERT_TRUE(server_.store().Flush().ok());
  budget_ = std::make_unique<base::ByteBudget>(12 << 20);
  const QuerySource source{.store = server_.store(),
                           .limits = {.memory_bytes = 12 << 20, .budget = budget_.get()}};
  std::ofstream("/proc/self/clear_refs") << "5" << std::flush;
  const size_t before = PeakBytes();
  const auto trace = OutgoingTrace::Open(source, {0, 0xc}, false);
  ASSERT_TRUE(trace.ok()) << trace.status().ToString();
  size_t spans = 0, whole_bytes = 0;
  ASSERT_TRUE((*trace)->VisitSpans([&](const trace::Span& span) {
    ++spans;
    whole_bytes += trace::HeldBytes(span);
    return true;
  }).ok());
  EXPECT_EQ(spans, kMany);
  EXPECT_GT(whole_bytes, size_t{24} << 20);
  EXPECT_LT(PeakBytes() - before, size_t{16} << 20);
}
#endif

TEST_F(LargeTrace, GoesIntoTheArchiveWhole) {
  const std::string folder = testing::TempDir() + "/awry_large_" + std::to_string(base::EntropySeed());
  const auto archive = columnar::Open({.path = folder}).value();
  Fill();
  server_.Restart({.limits = {.memory_bytes = 3 << 20}, .archive = archive.get()});
  EXPECT_EQ(server_.Send("POST", "/api/archive/a").status, 200);
  EXPECT_EQ(archive->GetTrace({0, 0xa}).value().spans.size(),
            server_.store().GetTrace({0, 0xa}).value().spans.size());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace awry::api
