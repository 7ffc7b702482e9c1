// Facts of times, order and events, of two spans that a caller makes one after the other.
#include "awry/why/facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "awry/why/sentence.h"

namespace awry::why {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kMs = 1'000'000;
constexpr size_t kTraces = 120, kCases = 40;

struct Request {
  bool odd = false;             // one of the cases
  int64_t first_ms = 10;        // of the first step
  int64_t second_from_ms = 12;  // after the caller began
  int64_t wait_ms = 1;          // between the caller and the service that it calls
  bool logs = true;             // the second step writes its log line
};

trace::Span MakeSpan(uint64_t id, uint64_t parent, const std::string& service, const std::string& name, int64_t from, int64_t until) {
  trace::Span span{.span_id = id, .parent_id = parent, .name = name, .start_ns = from, .end_ns = until};
  span.resource = std::make_shared<trace::Resource>(trace::Resource{.service = service});
  span.scope = std::make_shared<trace::Scope>();
  return span;
}

// The facts, in words, that stand in at least half of the cases and hardly anywhere else.
std::vector<std::string> Told(const std::function<void(Request&)>& shape) {
  Corpus corpus;
  for (size_t i = 0; i < kTraces; ++i) {
    Request r{.odd = i < kCases};
    shape(r);
    const int64_t at = static_cast<int64_t>(i + 1) * 1'000 * kMs, jitter = static_cast<int64_t>(i % 7) * kMs / 10;
    trace::Trace trace{.id = {1, i + 1}};
    const int64_t call = at + 60 * kMs, work = 5 * kMs + jitter;
    trace.spans = {MakeSpan(1, 0, "shop", "order", at, at + 300 * kMs),
                   MakeSpan(2, 1, "shop", "check", at, at + r.first_ms * kMs + jitter),
                   MakeSpan(3, 1, "shop", "reserve", at + r.second_from_ms * kMs + jitter, at + (r.second_from_ms + 9) * kMs + jitter),
                   MakeSpan(4, 1, "shop", "call", call, call + work + r.wait_ms * kMs + jitter),
                   MakeSpan(5, 4, "bank", "pay", call + kMs / 2, call + kMs / 2 + work)};
    if (r.logs) trace.spans[2].events.push_back({.time_ns = at, .name = "reserved"});
    corpus.Add(trace);
  }
  corpus.Finish();
  Groups groups{Bits(kTraces), Bits(kTraces)};
  for (size_t i = 0; i < kTraces; ++i) (i < kCases ? groups.cases : groups.controls).Set(i);
  const Facts facts = BuildFacts(corpus, {}, groups);
  std::vector<std::string> out;
  const std::vector<Relation> none;
  for (const Fact& fact : facts.facts) {
    const Table t = TableOf(fact, groups);
    if (t.a * 2 < kCases || t.c > 4) continue;
    out.push_back(corpus.classes()[fact.span_class].ref.name + ": " + FactText({corpus, none, facts.facts}, fact));
  }
  return out;
}

TEST(Facts, TellThatAStepDoesNotWaitForTheOneBeforeIt) {
  const auto told = Told([](Request& r) { r.second_from_ms = r.odd ? 6 : 12; });
  EXPECT_THAT(told, Contains("reserve: span reserve starts before check has ended"));
}

TEST(Facts, TellThatStepsAreSwapped) {
  const auto told = Told([](Request& r) { r.second_from_ms = r.odd ? -3 : 12; });
  EXPECT_THAT(told, Contains("reserve: span reserve starts before check"));
}

TEST(Facts, TellTheWayToACalleeApartFromItsWork) {
  const auto told = Told([](Request& r) { r.wait_ms = r.odd ? 80 : 1; });
  EXPECT_THAT(told, Contains(HasSubstr("pay: time between caller and callee ≥ ")));
  EXPECT_THAT(told, Not(Contains(HasSubstr("pay: @duration"))));
  EXPECT_THAT(told, Not(Contains(HasSubstr("call: @duration")))) << "it is told of the callee";
}

TEST(Facts, TellThatALogEventDoesNotOccur) {
  const auto told = Told([](Request& r) { r.logs = !r.odd; });
  EXPECT_THAT(told, Contains("reserve: event reserved does not occur"));
}

TEST(Facts, TellNothingOfTimesThatAreALittleLonger) {
  EXPECT_THAT(Told([](Request& r) { r.first_ms = r.odd ? 11 : 10; }), Not(Contains(HasSubstr("check"))));
}

}  // namespace
}  // namespace awry::why
