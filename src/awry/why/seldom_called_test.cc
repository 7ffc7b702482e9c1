// Services that a handful of the wrong traces call: which one is named, and when none is.
#include "awry/why/seldom_called.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "awry/why/oddness.h"
#include "awry/why/service_time.h"
#include "awry/why/why.h"
#include "base/random.h"

namespace awry::why {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int kRight = 400;
constexpr int kWrong = 40;

// A shop: each request asks stock; each tenth also logs in, which asks captcha.
class Shop {
 public:
  void Begin(bool wrong) {
    all_.push_back({.id = {9, all_.size() + 1}});
    (wrong ? question_.bad : question_.good).push_back(all_.back().id);
    Span(0, "gateway", "GET /", 0, 400 + random_.Below(20));
    Call(1, "gateway", "stock", "look", 5, 2 + random_.Below(3), 20 + random_.Below(9));
  }
  uint64_t Span(uint64_t parent, const std::string& service, const std::string& name, uint64_t from_ms, uint64_t ms, const std::string& event = "") {
    auto& spans = all_.back().spans;
    const uint64_t id = spans.size() + 1;
    const int64_t start = static_cast<int64_t>(all_.size() * 1'000 + from_ms) * kMs;
    spans.push_back({.trace_id = all_.back().id, .span_id = id, .parent_id = parent, .name = name, .start_ns = start,
                     .end_ns = start + static_cast<int64_t>(ms) * kMs,
                     .resource = std::make_shared<trace::Resource>(trace::Resource{.service = service}),
                     .scope = std::make_shared<trace::Scope>()});
    if (!event.empty()) spans.back().events.push_back({.name = event});
    return id;
  }
  uint64_t Call(uint64_t parent, const std::string& caller, const std::string& service, const std::string& name, uint64_t from_ms, uint64_t wait_ms,
                uint64_t ms, const std::string& event = "") {
    return Span(Span(parent, caller, "call", from_ms, ms + 2 * wait_ms), service, name, from_ms + wait_ms, ms, event);
  }
  // `odd`: captcha refuses, so that the login shows an error page.
  void LogIn(uint64_t wait_ms, bool odd, bool error_page) {
    const uint64_t login = Call(1, "gateway", "login", "POST /login", 60, 2 + random_.Below(3), 300);
    Call(login, "login", "captcha", "check", 70, wait_ms, 5 + random_.Below(4), odd ? "Captcha#132 refused" : "Captcha#129 passed");
    if (error_page) Span(login, "login", "error page", 340, 2);
  }
  base::Random& random() { return random_; }
  Answer Ask() {
    auto answer = ExplainTraces(std::move(all_), {}, question_);
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
    return answer.ok() ? *std::move(answer) : Answer{};
  }

 private:
  std::vector<trace::Trace> all_;
  Question question_;
  base::Random random_{17};
};

std::string First(const Answer& answer) { return answer.causes.empty() ? "silent" : answer.causes[0].span.service + " " + answer.causes[0].statement; }

// The right traces hold other minutes of the same fault.
TEST(SeldomCalled, ThreeCallsThatWaitAreEnough) {
  for (const bool waits : {true, false}) {
    Shop shop;
    for (int k = 0; k < 3 * kRight + kWrong; ++k) {
      const bool wrong = k >= 3 * kRight;
      shop.Begin(wrong);
      const bool slow = wrong ? waits : k % 600 == 0;
      if (k % 12 == 0) shop.LogIn(slow ? 200 + shop.random().Below(9) : 2 + shop.random().Below(3), false, false);
    }
    const Answer answer = shop.Ask();
    if (!waits) {
      EXPECT_TRUE(answer.causes.empty()) << First(answer);
      continue;
    }
    ASSERT_FALSE(answer.causes.empty());
    EXPECT_EQ(answer.causes[0].span.service, "captcha") << First(answer);
    EXPECT_LE(answer.causes[0].bad.of, 4u) << First(answer);
    EXPECT_LE(answer.causes[0].p_value, 0.005);
  }
}

// What a callee does otherwise makes its caller do otherwise, even when that is the rarer sight.
TEST(SeldomCalled, OddCalleesGoBeforeOddCallers) {
  Shop shop;
  for (int k = 0; k < kRight + kWrong; ++k) {
    const bool wrong = k >= kRight;
    shop.Begin(wrong);
    if (wrong ? k % 9 != 0 : k % 2 != 0) continue;
    const bool odd = wrong || k % 40 == 0;
    shop.LogIn(2, odd, wrong && k % 27 != 0);
  }
  const Answer answer = shop.Ask();
  ASSERT_FALSE(answer.causes.empty());
  EXPECT_EQ(answer.causes[0].span.service, "captcha") << First(answer);
  EXPECT_NE(answer.causes[0].statement.find("Captcha#1"), std::string::npos) << First(answer);
}

// Labels that fell by lot: hardly any is explained.
TEST(SeldomCalled, SaysNothingOfLabelsThatFellByLot) {
  int named = 0;
  constexpr int kRounds = 40;
  for (int round = 0; round < kRounds; ++round) {
    Shop shop;
    base::Random lot(static_cast<uint64_t>(round) + 100);
    for (int k = 0; k < 300; ++k) {
      shop.Begin(lot.Chance(0.12));
      if (lot.Chance(0.25)) {
        shop.LogIn(lot.Chance(0.1) ? 100 + lot.Below(200) : 2 + lot.Below(4), lot.Chance(0.1), lot.Chance(0.05));
      }
    }
    named += shop.Ask().causes.empty() ? 0 : 1;
  }
  EXPECT_LE(named, 1);
}

TEST(SeldomCalled, TheServiceThatIsSlowWheneverItIsCalledGoesBeforeItsCallerThatBreaksOff) {
  Shop shop;
  for (int k = 0; k < kRight + 2 * kWrong; ++k) {
    const bool wrong = k >= kRight;
    shop.Begin(wrong);
    const uint64_t order = shop.Call(1, "gateway", "orders", "POST /order", 60, 2, 300);
    const uint64_t pay = shop.Call(order, "orders", "payment", "pay", 70, 2, 20 + shop.random().Below(5));
    shop.Span(pay, "payment", "INSERT", 75, 3);
    if (wrong && k % 4 != 0) continue;
    shop.Call(order, "orders", "meals", "book", 120, wrong ? 60 + shop.random().Below(30) : 2 + shop.random().Below(3), 10);
  }
  const Answer answer = shop.Ask();
  ASSERT_GE(answer.causes.size(), 2u) << First(answer);
  EXPECT_EQ(answer.causes[0].span.service, "meals") << First(answer);
  EXPECT_EQ(answer.causes[0].rank, 1u);
}

TEST(Oddness, AddsUpHowRareWhatAServiceDidIs) {
  Corpus corpus;
  for (uint64_t k = 0; k < 10; ++k) {
    trace::Trace trace{.id = {3, k + 1}};
    trace::Span span{.span_id = 1, .name = "check", .start_ns = 0, .end_ns = 10,
                     .resource = std::make_shared<trace::Resource>(trace::Resource{.service = k < 8 ? "captcha" : "other"}),
                     .scope = std::make_shared<trace::Scope>()};
    if (k < 2) span.events.push_back({.name = "refused"});
    if (k == 0) span.status = trace::SpanStatus::kError;
    trace.spans.push_back(span);
    corpus.Add(trace);
  }
  corpus.Finish();
  Bits rows(corpus.size());
  for (size_t i = 0; i < corpus.size(); ++i) rows.Set(i);
  const std::vector<double> odd = OddnessOf(corpus, "captcha", rows);
  EXPECT_NEAR(odd[0], -std::log(2.0 / 8) - std::log(1.0 / 8), 1e-9);
  EXPECT_NEAR(odd[1], -std::log(2.0 / 8) - std::log(7.0 / 8), 1e-9);
  EXPECT_NEAR(odd[5], -std::log(6.0 / 8) - std::log(7.0 / 8), 1e-9);
  EXPECT_TRUE(std::isnan(odd[9])) << "not called";
}

TEST(ServiceTime, AddsUpTheStepsAndTheWaysToAndFrom) {
  Corpus corpus;
  Groups groups{Bits(6), Bits(6)};
  const auto span = [](uint64_t id, uint64_t parent, const char* service, int64_t from, int64_t ms) {
    return trace::Span{.span_id = id, .parent_id = parent, .name = fmt::format("step {}", id), .start_ns = from * kMs, .end_ns = (from + ms) * kMs,
                       .resource = std::make_shared<trace::Resource>(trace::Resource{.service = service}), .scope = std::make_shared<trace::Scope>()};
  };
  for (uint64_t k = 0; k < 6; ++k) {
    const int64_t slow = k == 5 ? 90 : 0;
    // shop's own time 10 ms, the way to price 10 ms, and 90 ms more of it in the last trace.
    corpus.Add({.id = {4, k + 1}, .spans = {span(1, 0, "shop", 0, 60 + slow), span(2, 1, "shop", 10, 50 + slow), span(3, 2, "price", 15, 40)}});
    (k == 5 ? groups.cases : groups.controls).Set(k);
  }
  corpus.Finish();
  EXPECT_NEAR(ServiceSlowness(corpus, groups, "shop")[5], 110.0 / 20, 0.01);
  EXPECT_NEAR(ServiceSlowness(corpus, groups, "price")[5], 140.0 / 50, 0.01);
  EXPECT_NEAR(ServiceSlowness(corpus, groups, "shop")[0], 1, 1e-9);
  EXPECT_TRUE(std::isnan(ServiceSlowness(corpus, groups, "nobody")[0]));
}

}  // namespace
}  // namespace awry::why
