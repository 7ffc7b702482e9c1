// A restart, or a release, that came with the fault or before it: since then every trace is different, right
// ones as well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "awry/why/memory_store.h"
#include "awry/why/why.h"
#include "base/random.h"

namespace awry::why {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr uint64_t kBefore = 4'000;   // traces before the restart; nobody looked at their answers
constexpr uint64_t kFaulty = 400;     // since the restart, with the fault
constexpr uint64_t kMended = 360;     // and after it
constexpr uint64_t kPeople = 40;

trace::Value Text(const std::string& text) { return trace::Value(trace::ValueView::String(text)); }

trace::Span MakeSpan(uint64_t id, uint64_t parent, const char* name, int64_t start_ns, std::vector<trace::Attribute> attributes) {
  static const auto resource = std::make_shared<const trace::Resource>(trace::Resource{.service = "predictor"});
  static const auto scope = std::make_shared<const trace::Scope>();
  return {.span_id = id, .parent_id = parent, .name = name, .start_ns = start_ns, .end_ns = start_ns + kSecond / 1'000,
          .attributes = std::move(attributes), .resource = resource, .scope = scope};
}

// Of the answers that got another person's row `wrong_of_faulty` percent are wrong; of the others since the
// restart one in seven.
void Fill(MemoryStore& store, uint64_t seed, uint64_t wrong_of_faulty) {
  base::Random random(seed);
  std::vector<trace::Label> labels;
  for (uint64_t i = 0; i < kBefore + kFaulty + kMended; ++i) {
    const bool restarted = i >= kBefore, faulty = restarted && i < kBefore + kFaulty && random.Below(100) < 95;
    const uint64_t person = random.Below(kPeople);
    const std::string user = fmt::format("user{}", 1'000 + person);
    const std::string other = fmt::format("user{}", 1'000 + (person + 1 + random.Below(kPeople - 1)) % kPeople);
    const int64_t at = static_cast<int64_t>(i + 1) * kSecond;
    trace::Trace trace{.id = {9, i + 1}};
    trace.spans = {MakeSpan(1, 0, "categorize", at, {{"user_id", Text(user)}}),
                   MakeSpan(2, 1, "GET", at + 10, {{"url.full", Text(fmt::format("http://127.0.0.1:{}/patterns/{}", restarted ? 18188 : 7206, user))}}),
                   MakeSpan(3, 1, "fetch", at + 20, {{"patterns.user_id", Text(faulty ? other : user)}, {"user_id", Text(user)}})};
    store.Add(trace);
    if (restarted && random.Below(100) < (faulty ? wrong_of_faulty : 14)) {
      labels.push_back({.trace_id = trace.id, .verdict = trace::Verdict::kWrong});
    } else if (restarted && random.Below(100) < 2) {
      labels.push_back({.trace_id = trace.id, .verdict = trace::Verdict::kRight});
    }
  }
  ASSERT_TRUE(store.PutLabels(labels).ok());
}

TEST(Regime, WhatEverythingMeetsSinceARestartIsNoCauseBesideAFault) {
  for (const uint64_t seed : {1, 2, 3, 4, 5, 6}) {
    MemoryStore store;
    Fill(store, seed, 36);
    const auto answer = Engine(store).Explain({});
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    ASSERT_EQ(answer->causes.size(), 1u) << seed << ": " << (answer->causes.empty() ? "silent" : answer->causes.back().statement);
    EXPECT_THAT(answer->causes.front().attributes, ::testing::Contains("patterns.user_id")) << answer->causes.front().statement;
    EXPECT_TRUE(answer->causes.front().until_ns.has_value()) << "the fault has ended";
  }
}

TEST(Regime, WhatEverythingMeetsSinceARestartLeadsWhereNothingElseTells) {
  MemoryStore store;
  Fill(store, 7, 14);  // the fault does no harm
  const auto answer = Engine(store).Explain({});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  ASSERT_FALSE(answer->causes.empty());
  EXPECT_THAT(answer->causes.front().attributes, ::testing::Contains("url.full")) << answer->causes.front().statement;
}

}  // namespace
}  // namespace awry::why
