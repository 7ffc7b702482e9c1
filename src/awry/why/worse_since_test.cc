// Harm that begins at a moment without a fact that does: a shop that picks a shard, a parser and a channel for each
// request, all of them equally often before and since.
#include "awry/why/worse_since.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "awry/query/query.h"
#include "awry/why/why.h"
#include "base/random.h"

namespace awry::why {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr size_t kTraces = 1'200;
constexpr int64_t kMinuteNs = int64_t{60} * 1'000'000'000;
constexpr int64_t kBeginNs = 1'770'000'000'000'000'000;
constexpr int64_t kMomentNs = kBeginNs + static_cast<int64_t>(kTraces) * kMinuteNs;  // a trace every two minutes

struct Pick {
  uint64_t shard, parser, channel;
  bool late;
  double hour;
};
using Sureness = std::function<double(const Pick&)>;  // beside noise of 0.1

trace::Attributes Of(std::initializer_list<std::pair<const char*, std::string>> values) {
  trace::Attributes out;
  for (const auto& [key, value] : values) out.push_back({key, trace::Value(trace::ValueView::String(value))});
  return out;
}

Answer AskOf(const Sureness& sureness, uint64_t seed = 1) {
  base::Random random(seed);
  std::vector<trace::Trace> traces;
  const auto resource = std::make_shared<trace::Resource>(trace::Resource{.service = "shop"});
  const auto scope = std::make_shared<trace::Scope>();
  for (size_t i = 0; i < kTraces; ++i) {
    const int64_t at = kBeginNs + static_cast<int64_t>(2 * i) * kMinuteNs;
    const Pick pick{random.Below(6), random.Below(3), random.Below(4), at >= kMomentNs, static_cast<double>(at / kMinuteNs % 1'440) / 60};
    const auto span = [&](uint64_t id, uint64_t parent, const char* name, trace::Attributes attributes) {
      trace::Span out{.trace_id = {7, i + 1}, .span_id = id, .parent_id = parent, .name = name,
                      .start_ns = at + static_cast<int64_t>(id) * 1'000'000, .end_ns = at + 9'000'000};
      out.attributes = std::move(attributes);
      out.resource = resource;
      out.scope = scope;
      return out;
    };
    trace::Trace trace{.id = {7, i + 1}};
    trace.spans.push_back(span(1, 0, "ask", Of({{"session.id", std::to_string(random.Next())}})));
    trace.spans.push_back(span(2, 1, "look_up", Of({{"index.shard", "s" + std::to_string(pick.shard)}})));
    trace.spans.push_back(span(3, 1, "read", Of({{"parser.name", "p" + std::to_string(pick.parser)}, {"channel", "c" + std::to_string(pick.channel)}})));
    trace.spans.push_back(span(4, 1, "decide", {}));
    trace.spans.back().attributes.push_back({"result.confidence", trace::Value(trace::ValueView::Double(sureness(pick) + random.Normal(0, 0.1)))});
    traces.push_back(std::move(trace));
  }
  auto answer = ExplainTraces(std::move(traces), {}, {.kind = QuestionKind::kOnset, .onset_ns = kMomentNs});
  EXPECT_TRUE(answer.ok()) << answer.status().ToString();
  return answer.ok() ? *answer : Answer{};
}

TEST(WorseSince, NamesTheValueWhoseAnswersAreLessSureSinceThen) {
  const Answer answer = AskOf([](const Pick& p) { return p.late && p.shard == 3 ? 0.66 : 0.8; });
  ASSERT_EQ(answer.causes.size(), 1u) << ToPlainText(answer);
  const Cause& cause = answer.causes.front();
  EXPECT_EQ(cause.span.name, "look_up");
  EXPECT_THAT(cause.attributes, Contains("index.shard"));
  EXPECT_THAT(cause.statement, AllOf(HasSubstr("index.shard = `s3`"), HasSubstr("result.confidence was 0.8"), HasSubstr("since"))) << cause.statement;
  EXPECT_TRUE(query::Parse(cause.check).ok()) << cause.check;
  EXPECT_TRUE(cause.pair.has_value());
}

TEST(WorseSince, NamesTwoValuesThatDoHarmTogetherSinceThen) {
  const Answer answer = AskOf([](const Pick& p) { return p.late && p.parser == 2 && p.channel == 1 ? 0.6 : 0.8; });
  ASSERT_EQ(answer.causes.size(), 1u) << ToPlainText(answer);
  EXPECT_EQ(answer.causes.front().kind, "interaction");
  EXPECT_THAT(answer.causes.front().attributes, AllOf(Contains("parser.name"), Contains("channel")));
}

TEST(WorseSince, SaysNothingWhereAllAnswersAreLessSureAlike) {
  EXPECT_THAT(AskOf([](const Pick& p) { return p.late ? 0.65 : 0.8; }).causes, IsEmpty());
}

TEST(WorseSince, SaysNothingOfAValueThatAlwaysDidWorse) {
  EXPECT_THAT(AskOf([](const Pick& p) { return p.shard == 3 ? 0.6 : 0.8; }).causes, IsEmpty());
}

TEST(WorseSince, SaysNothingOfHarmThatComesAndGoesWithTheHours) {
  const Answer answer = AskOf([](const Pick& p) {
    return p.shard == 3 ? 0.75 - 0.12 * std::sin(p.hour / 24 * 2 * std::numbers::pi) : 0.8;
  });
  EXPECT_THAT(answer.causes, IsEmpty()) << ToPlainText(answer);
}

TEST(WorseSince, SaysNothingWhereNothingChanged) {
  for (uint64_t seed = 10; seed < 16; ++seed) {
    const Answer answer = AskOf([](const Pick&) { return 0.8; }, seed);
    EXPECT_THAT(answer.causes, IsEmpty()) << ToPlainText(answer);
  }
}

}  // namespace
}  // namespace awry::why
