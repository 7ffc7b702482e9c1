#include "awry/why/replay.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "awry/why/explain.h"
#include "base/random.h"
#include "codec/json.h"

namespace awry::why {
namespace {

trace::Attribute Text(const std::string& key, const std::string& value) {
  return {key, trace::Value(trace::ValueView::String(value))};
}
trace::Attribute Whole(const std::string& key, int64_t value) {
  return {key, trace::Value(trace::ValueView::Int(value))};
}

// The model: a user's own share of groceries decides, whatever the amount.
std::string Decide(int64_t share) { return share > 50 ? "groceries" : "fun"; }

struct Bank {
  std::vector<trace::Trace> traces;
  std::vector<trace::Label> labels;
};

trace::Span MakeSpan(const trace::Trace& trace, const std::string& name, trace::SpanId id, trace::SpanId parent, int64_t at) {
  trace::Span span;
  span.trace_id = trace.id;
  span.span_id = id;
  span.parent_id = parent;
  span.name = name;
  span.start_ns = at;
  span.end_ns = at + 1'000'000;
  span.resource = std::make_shared<trace::Resource>(trace::Resource{.service = "predictor"});
  span.scope = std::make_shared<trace::Scope>();
  return span;
}

// Users of even number buy groceries, the others do not; half of the later traces get the row of a
// user of the other kind.
Bank MakeBank() {
  base::Random random(11);
  Bank bank;
  for (int64_t i = 0; i < 1'200; ++i) {
    const int64_t user = static_cast<int64_t>(random.Below(40));
    const bool wrong_row = i > 700 && random.Chance(0.3);
    const int64_t row = wrong_row ? (user + 1) % 40 : user;
    const int64_t share = (row % 2 == 0 ? 80 : 15) + static_cast<int64_t>(random.Below(5));
    trace::Trace trace{.id = {.high = 9, .low = static_cast<uint64_t>(i) + 1}};
    const int64_t at = i * 60'000'000'000;
    trace.spans.push_back(MakeSpan(trace, "categorize", 1, 0, at));
    trace.spans.back().attributes = {Text("user_id", fmt::format("user{}", user))};
    trace.spans.push_back(MakeSpan(trace, "fetch_context", 2, 1, at + 1'000'000));
    trace.spans.back().attributes = {Text("user_id", fmt::format("user{}", user)), Text("row.user_id", fmt::format("user{}", row))};
    trace.spans.push_back(MakeSpan(trace, "prepare_features", 3, 1, at + 2'000'000));
    trace.spans.back().attributes = {Whole("features.count", 3), Whole("features.amount", static_cast<int64_t>(random.Below(9'000))),
                                     Whole("features.share", share), Text("features.text", fmt::format("shop {}", random.Below(500)))};
    trace.spans.push_back(MakeSpan(trace, "model", 4, 1, at + 3'000'000));
    trace.spans.back().attributes = {Text("prediction.category", Decide(share)), Text("prediction.because", "it says so")};
    bank.labels.push_back({.trace_id = trace.id, .verdict = wrong_row ? trace::Verdict::kWrong : trace::Verdict::kRight,
                           .expected = wrong_row ? Decide(user % 2 == 0 ? 80 : 15) : ""});
    bank.traces.push_back(std::move(trace));
  }
  return bank;
}

struct Asked {
  Corpus corpus;
  Groups groups;
  Surroundings around;
  size_t requests = 0;

  explicit Asked(const Bank& bank) {
    for (const trace::Trace& trace : bank.traces) corpus.Add(trace);
    corpus.Finish();
    groups = {Bits(corpus.size()), Bits(corpus.size())};
    for (size_t i = 0; i < bank.labels.size(); ++i) {
      (bank.labels[i].verdict == trace::Verdict::kWrong ? groups.cases : groups.controls).Set(i);
      around.expected[bank.labels[i].trace_id] = bank.labels[i].expected;
    }
    around.fetch = [&bank](const trace::TraceId& id) -> std::optional<trace::Trace> {
      return bank.traces[id.low - 1];
    };
  }
};

TEST(Replay, SubstitutesWhatTheSuspectGaveAndNothingElse) {
  const Bank bank = MakeBank();
  Asked asked(bank);
  asked.around.send = [&](const std::string& service, const std::string& body) -> base::Result<std::string> {
    ++asked.requests;
    EXPECT_EQ(service, "predictor");
    const auto document = codec::JsonDocument::Parse(body);
    EXPECT_TRUE(document.ok());
    const codec::JsonValue features = document->root().Find("features");
    EXPECT_TRUE(features.Find("text").is_string());
    EXPECT_TRUE(features.Find("amount").is_number()) << "types are kept";
    return fmt::format("{{\"category\":\"{}\"}}", Decide(features.Find("share").AsInt64().value_or(0)));
  };
  auto answer = ExplainLabelled(asked.corpus, asked.groups, asked.around);
  ASSERT_TRUE(answer.ok());
  ASSERT_FALSE(answer->causes.empty());
  const Cause& cause = answer->causes.front();
  EXPECT_EQ(cause.span.name, "fetch_context") << cause.statement;
  ASSERT_TRUE(cause.replay.has_value());
  EXPECT_GT(cause.replay->of, 50u);
  EXPECT_EQ(cause.replay->of, asked.requests);
  EXPECT_EQ(cause.replay->flipped, cause.replay->of) << "neighbours are of the other kind";
  EXPECT_EQ(cause.replay->flipped_to_expected, cause.replay->flipped);
  EXPECT_GT(cause.replay->ci.lo, 0.9);
}

TEST(Replay, GivesUpOnAnEndpointThatFails) {
  const Bank bank = MakeBank();
  Asked asked(bank);
  asked.around.send = [&](const std::string&, const std::string&) -> base::Result<std::string> {
    ++asked.requests;
    return base::Unavailable("no one there");
  };
  auto answer = ExplainLabelled(asked.corpus, asked.groups, asked.around);
  ASSERT_TRUE(answer.ok());
  ASSERT_FALSE(answer->causes.empty());
  ASSERT_TRUE(answer->causes.front().replay.has_value());
  EXPECT_EQ(answer->causes.front().replay->of, 0u);
  EXPECT_EQ(answer->causes.front().replay->failed, 5u);
  EXPECT_EQ(asked.requests, 5u);
}

TEST(Replay, IsLeftOutWhenTheServiceHasNoEndpoint) {
  const Bank bank = MakeBank();
  Asked asked(bank);
  asked.around.send = HttpReplaySender({{"another-service", "http://127.0.0.1:1/replay"}});
  auto answer = ExplainLabelled(asked.corpus, asked.groups, asked.around);
  ASSERT_TRUE(answer.ok());
  ASSERT_FALSE(answer->causes.empty());
  EXPECT_FALSE(answer->causes.front().replay.has_value());
}

TEST(Replay, NeverAsksMoreThanItsLimit) {
  const Bank bank = MakeBank();
  Asked asked(bank);
  asked.around.replays_max = 7;
  asked.around.send = [&](const std::string&, const std::string&) -> base::Result<std::string> {
    ++asked.requests;
    return std::string("{\"category\":\"fun\"}");
  };
  auto answer = ExplainLabelled(asked.corpus, asked.groups, asked.around);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(asked.requests, 7u);
}

}  // namespace
}  // namespace awry::why
