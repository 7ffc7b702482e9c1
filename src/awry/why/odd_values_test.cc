// Values that no sum and no order is made for: whatever a trace holds, every question ends with an
// answer.
#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>

#include "awry/why/memory_store.h"
#include "awry/why/why.h"
#include "base/random.h"

namespace awry::why {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr uint64_t kTraces = 140;

trace::Span MakeSpan(uint64_t id, uint64_t parent, const char* name, int64_t start_ns,
                     int64_t duration_ns) {
  static const auto resource =
      std::make_shared<const trace::Resource>(trace::Resource{.service = "svc"});
  static const auto scope = std::make_shared<const trace::Scope>();
  return {.span_id = id,
          .parent_id = parent,
          .name = name,
          .start_ns = start_ns,
          .end_ns = start_ns + duration_ns,
          .resource = resource,
          .scope = scope};
}

trace::Value Number(double value) { return trace::Value(trace::ValueView::Double(value)); }

trace::TraceId IdOf(uint64_t i) { return {7, i + 1}; }

// Every tenth trace is wrong.
void Label(MemoryStore& store) {
  std::vector<trace::Label> labels;
  for (uint64_t i = 0; i < kTraces; ++i) {
    labels.push_back({.trace_id = IdOf(i),
                      .verdict = i % 10 == 0 ? trace::Verdict::kWrong : trace::Verdict::kRight});
  }
  ASSERT_TRUE(store.PutLabels(labels).ok());
}

TEST(Engine, TakesAnInfinityThatASpanRepeats) {
  MemoryStore store;
  for (uint64_t i = 0; i < kTraces; ++i) {
    const int64_t at = static_cast<int64_t>(i + 1) * kSecond;
    trace::Trace trace{.id = IdOf(i)};
    trace.spans = {MakeSpan(1, 0, "root", at, 100), MakeSpan(2, 1, "step", at, 10),
                   MakeSpan(3, 1, "step", at, 10)};
    for (trace::Span& span : trace.spans) span.attributes.push_back({"loss", Number(-INFINITY)});
    store.Add(trace);
  }
  Label(store);
  const auto answer = Engine(store).Explain({});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_TRUE(answer->causes.empty());
}

TEST(Engine, NamesAnAttributeThatIsNotANumberInWrongTraces) {
  MemoryStore store;
  for (uint64_t i = 0; i < kTraces; ++i) {
    const int64_t at = static_cast<int64_t>(i + 1) * kSecond;
    trace::Trace trace{.id = IdOf(i)};
    trace.spans = {MakeSpan(1, 0, "root", at, 100), MakeSpan(2, 1, "step", at, 10)};
    trace.spans[1].attributes.push_back(
        {"mean", Number(i % 10 == 0 ? NAN : 1 + static_cast<double>(i % 7))});
    store.Add(trace);
  }
  Label(store);
  const auto answer = Engine(store).Explain({});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  ASSERT_FALSE(answer->causes.empty());
  EXPECT_EQ(answer->causes.front().attributes.front(), "mean");
}

TEST(Engine, AnswersWhateverNumbersThereAre) {
  constexpr double kOdd[] = {0,       -0.0,     1,       -1,     NAN,  INFINITY, -INFINITY,
                             DBL_MAX, -DBL_MAX, DBL_MIN, 5e-324, 1e17, 0.5};
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    base::Random random(seed);
    MemoryStore store;
    for (uint64_t i = 0; i < kTraces; ++i) {
      const int64_t at = static_cast<int64_t>(i + 1) * kSecond;
      trace::Trace trace{.id = IdOf(i)};
      trace.spans = {MakeSpan(1, 0, "root", at, 100)};
      const uint64_t steps = 1 + random.Below(3);
      for (uint64_t s = 0; s < steps; ++s)
        trace.spans.push_back(
            MakeSpan(2 + s, 1, "step", at, static_cast<int64_t>(random.Below(3)) * (INT64_MAX / 4)));
      for (trace::Span& span : trace.spans) {
        for (const char* key : {"a", "b", "c"}) {
          if (random.Below(4) == 0) continue;
          span.attributes.push_back({key, Number(kOdd[random.Below(std::size(kOdd))])});
        }
        if (random.Below(3) == 0)
          span.attributes.push_back({"d", trace::Value(trace::ValueView::Int(
                                              random.Below(2) == 0 ? INT64_MIN : INT64_MAX))});
        if (random.Below(3) == 0)
          span.attributes.push_back({"d", trace::Value(trace::ValueView::String(
                                              random.Below(2) == 0 ? "1e308" : "-nan"))});
      }
      store.Add(trace);
    }
    Label(store);
    Engine engine(store);
    EXPECT_TRUE(engine.Explain({}).ok()) << seed;
    EXPECT_TRUE(engine.Explain({.kind = QuestionKind::kSingle, .trace = IdOf(10)}).ok()) << seed;
    EXPECT_TRUE(engine.Explain({.kind = QuestionKind::kOnset, .onset_ns = 70 * kSecond}).ok())
        << seed;
    EXPECT_TRUE(engine.UnusualFacts(IdOf(10)).ok()) << seed;
    EXPECT_TRUE(engine.Invariants().ok()) << seed;
  }
}

}  // namespace
}  // namespace awry::why
