// Slow, failing and missing: which service is named.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "awry/why/why.h"

namespace awry::why {
namespace {

constexpr int64_t kMs = 1'000'000;

// Traces of a few services; a span is placed below the one before it, or beside.
class Requests {
 public:
  // Starts a trace `ms` long that enters at the gateway.
  void Begin(bool wrong, int64_t ms) {
    all_.push_back({.id = {7, all_.size() + 1}});
    (wrong ? question_.bad : question_.good).push_back(all_.back().id);
    at_ = static_cast<int64_t>(all_.size()) * 1'000 * kMs;
    Span(0, "gateway", "GET /", 0, ms);
  }
  // Returns the span's id.
  uint64_t Span(uint64_t parent, const std::string& service, const std::string& name, int64_t from_ms, int64_t until_ms,
                const std::string& event = "") {
    auto& spans = all_.back().spans;
    const uint64_t id = spans.size() + 1;
    spans.push_back({.trace_id = all_.back().id, .span_id = id, .parent_id = parent, .name = name, .start_ns = at_ + from_ms * kMs,
                     .end_ns = at_ + until_ms * kMs, .resource = std::make_shared<trace::Resource>(trace::Resource{.service = service}),
                     .scope = std::make_shared<trace::Scope>()});
    if (!event.empty()) spans.back().events.push_back({.name = event});
    return id;
  }
  // A call to `service` with the given wait on each way; the work takes `ms`. Returns the callee's span.
  uint64_t Call(uint64_t parent, const std::string& caller, const std::string& service, const std::string& name, int64_t from_ms,
                int64_t wait_ms, int64_t ms) {
    const uint64_t client = Span(parent, caller, "call", from_ms, from_ms + ms + 2 * wait_ms);
    return Span(client, service, name, from_ms + wait_ms, from_ms + wait_ms + ms);
  }
  Answer Ask() {
    auto answer = ExplainTraces(std::move(all_), {}, question_);
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
    return answer.ok() ? *std::move(answer) : Answer{};
  }

 private:
  std::vector<trace::Trace> all_;
  Question question_;
  int64_t at_ = 0;
};

std::string FirstService(const Answer& answer) { return answer.causes.empty() ? "nobody" : answer.causes[0].span.service; }
std::string First(const Answer& answer) { return answer.causes.empty() ? "silent" : answer.causes[0].statement; }

TEST(ClassicFault, AWaitFarBeyondAnyBeforeNeedsFewCalls) {
  Requests requests;
  for (int k = 0; k < 160; ++k) {
    const bool wrong = k >= 60;
    requests.Begin(wrong, 100 + k % 7);
    requests.Call(1, "gateway", "stock", "look", 5, 1 + k % 3, 20);
    if (k % 8 == 0) requests.Call(1, "gateway", "safety", "check", 60, wrong && k % 3 > 0 ? 500 : 1 + k % 2, 10);
  }
  const Answer answer = requests.Ask();
  EXPECT_EQ(FirstService(answer), "safety") << First(answer);
}

TEST(ClassicFault, AServiceThatIsSlowInManyRareOperationsIsNamed) {
  Requests requests;
  for (int k = 0; k < 240; ++k) {
    const bool wrong = k % 2 == 1;
    const int step = k / 2;
    requests.Begin(wrong, 100 + step % 7);
    requests.Call(1, "gateway", "stock", "look", 5, 2, 20 + step % 5);
    const int64_t work = wrong ? 22 + step % 9 : 9 + step % 5;
    if (step % 2 == 0) requests.Call(1, "gateway", "meals", "operation " + std::to_string(step % 30), 40, 2, work);
  }
  const Answer answer = requests.Ask();
  EXPECT_EQ(FirstService(answer), "meals") << First(answer);
}

TEST(ClassicFault, ARequestThatBreaksOffDidSoAtWhatItCalledLast) {
  Requests requests;
  for (int k = 0; k < 240; ++k) {
    const bool wrong = k % 2 == 1;
    requests.Begin(wrong, 100);
    requests.Call(1, "gateway", "stock", "look", 5, 2, 5);
    requests.Call(1, "gateway", "prices", "quote", 20, 2, 5);
    if (wrong && k % 5 < 3) continue;
    requests.Call(1, "gateway", "basket", "add", 40, 2, 5);
    requests.Call(1, "gateway", "adverts", "choose", 60, 2, 5);
  }
  const Answer answer = requests.Ask();
  EXPECT_EQ(FirstService(answer), "prices") << First(answer);
  EXPECT_NE(First(answer).find("nothing follows"), std::string::npos) << First(answer);
}

TEST(ClassicFault, ARequestThatBreaksOffAfterACallThatDidAllItDoesWasBrokenOffByItsCaller) {
  for (const bool call_fails : {false, true}) {
    Requests requests;
    for (int k = 0; k < 160; ++k) {
      const bool wrong = k >= 80, hit = wrong && k % 2 == 0;
      requests.Begin(wrong, 100);
      const uint64_t order = requests.Call(1, "gateway", "orders", "PlaceOrder", 2, 1, 40 + k % 5);
      requests.Span(order, "orders", "reserve", 5, 15);
      if (!hit || !call_fails) requests.Span(order, "orders", "pay", 18, 30);
      if (!hit) requests.Call(1, "gateway", "mail", "Send", 60, 1, 9);
    }
    const Answer answer = requests.Ask();
    EXPECT_EQ(FirstService(answer), call_fails ? "orders" : "gateway") << First(answer);
  }
}

TEST(ClassicFault, ASpanBesideWhatItWaitsForIsNotSlowItself) {
  Requests requests;
  for (int k = 0; k < 240; ++k) {
    const bool wrong = k % 2 == 1;
    const int64_t work = wrong && k % 3 > 0 ? 300 + k % 11 : 20 + k % 11;
    requests.Begin(wrong, work + 20);
    requests.Span(1, "gateway", "filter", 1, work + 15);
    const uint64_t client = requests.Span(1, "gateway", "call", 2, work + 16);
    const uint64_t callee = requests.Span(client, "meals", "cook", 5, work + 10);
    requests.Span(callee, "meals", "SELECT", 6, work + 8);
  }
  const Answer answer = requests.Ask();
  EXPECT_EQ(FirstService(answer), "meals") << First(answer);
}

// The caller stops where its callee failed: what is missing of several spans would have come later.
TEST(ClassicFault, WhatACalleeLogsComesBeforeWhatItsCallerLeavesOut) {
  Requests requests;
  for (int k = 0; k < 240; ++k) {
    const bool wrong = k % 2 == 1, fails = wrong && k % 3 > 0;
    requests.Begin(wrong, 100);
    const uint64_t trip = requests.Call(1, "gateway", "trips", "search", 2, 1, 90);
    requests.Span(requests.Span(trip, "trips", "HTTP POST", 4, 14), "stations", "find", 5, 13);
    const uint64_t way = requests.Span(trip, "trips", "HTTP POST", 20, 35);
    requests.Span(way, "routes", "find", 22, 33, fails ? "RouteService#41" : "RouteService#77");
    if (!fails) requests.Span(requests.Span(trip, "trips", "HTTP POST", 40, 55), "seats", "count", 42, 53);
  }
  const Answer answer = requests.Ask();
  EXPECT_EQ(FirstService(answer), "routes") << First(answer);
}

// What comes out of its order leaves another step as the last one: nothing broke off.
TEST(ClassicFault, StepsOutOfTheirOrderAreNotABreakOff) {
  Requests requests;
  for (int k = 0; k < 240; ++k) {
    const bool wrong = k % 2 == 1, swapped = wrong && k % 3 > 0;
    requests.Begin(wrong, 100);
    requests.Span(1, "gateway", "lock", swapped ? 40 : 5, swapped ? 50 : 15);
    requests.Span(1, "gateway", "read", swapped ? 5 : 40, swapped ? 25 : 60);
  }
  const Answer answer = requests.Ask();
  ASSERT_FALSE(answer.causes.empty());
  EXPECT_EQ(answer.causes[0].kind, "order") << First(answer);
}

// A step that two operations lead to is missing most distinctly, but it was the caller that did neither.
TEST(ClassicFault, WhatIsMissingWithItsCallerIsItsCallers) {
  Requests requests;
  for (int k = 0; k < 300; ++k) {
    const bool wrong = k % 2 == 1;
    requests.Begin(wrong, 100);
    if (wrong && k % 3 > 0) continue;
    const int which = (k / 2) % 4;
    if (which != 0) {
      const uint64_t list = requests.Span(requests.Span(1, "gateway", "call list", 5, 29), "catalog", "list", 7, 27);
      requests.Span(list, "catalog", "SELECT", 8, 20);
    }
    if (which != 1) {
      const uint64_t item = requests.Span(requests.Span(1, "gateway", "call item", 40, 64), "catalog", "item", 42, 62);
      requests.Span(item, "catalog", "SELECT", 45, 55);
    }
  }
  const Answer answer = requests.Ask();
  EXPECT_EQ(FirstService(answer), "gateway") << First(answer);
}

}  // namespace
}  // namespace awry::why
