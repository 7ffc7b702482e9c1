#include "awry/why/slow_service.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace awry::why {
namespace {

constexpr int64_t kMs = 1'000'000;

// Builds traces in which services call each other, and facts of what took long there.
class Calls {
 public:
  void Add(const std::vector<trace::Span>& spans) {
    trace::Trace trace{.id = {1, ++traces_}, .spans = spans};
    corpus_.Add(trace);
  }
  const Corpus& Finish() {
    corpus_.Finish();
    for (uint32_t c = 0; c < corpus_.columns().size(); ++c) {
      const Column& column = corpus_.columns()[c];
      if (column.is_time()) facts.push_back({.kind = FactKind::kAtLeast, .span_class = column.span_class, .column = c});
    }
    return corpus_;
  }
  SlowPlace Place(const std::string& service, const std::string& key, double g) const {
    for (uint32_t f = 0; f < facts.size(); ++f) {
      const Column& column = corpus_.columns()[facts[f].column];
      if (corpus_.ClassOf(column).ref.service == service && column.key == key) return {.fact = f, .g = g};
    }
    ADD_FAILURE() << "no time " << key << " of " << service;
    return {};
  }
  std::string ServiceOf(const SlowService& slow) const {
    const SpanClass& here = corpus_.classes()[facts[slow.fact].span_class];
    return slow.is_caller ? corpus_.classes()[here.parent].ref.service : here.ref.service;
  }
  std::vector<Fact> facts;

 private:
  Corpus corpus_;
  uint64_t traces_ = 0;
};

trace::Span MakeSpan(uint64_t id, uint64_t parent, const std::string& service, const std::string& name, int64_t from, int64_t until) {
  return {.span_id = id, .parent_id = parent, .name = name, .start_ns = from * kMs, .end_ns = until * kMs,
          .resource = std::make_shared<trace::Resource>(trace::Resource{.service = service}), .scope = std::make_shared<trace::Scope>()};
}

// shop calls stock and price, and each of them a step of its own.
std::vector<trace::Span> Shop() {
  return {MakeSpan(1, 0, "shop", "order", 0, 100),
          MakeSpan(2, 1, "shop", "GET", 10, 40),   MakeSpan(3, 2, "stock", "look", 12, 38),   MakeSpan(4, 3, "stock", "SELECT", 15, 20),
          MakeSpan(5, 1, "shop", "GET", 50, 90),   MakeSpan(6, 5, "price", "quote", 65, 80),  MakeSpan(7, 6, "price", "SELECT", 70, 75)};
}

TEST(SlowService, TheWayToOneServiceIsThatServices) {
  Calls calls;
  for (int k = 0; k < 3; ++k) calls.Add(Shop());
  const Corpus& corpus = calls.Finish();
  const SlowService slow = SlowServiceOf(corpus, calls.facts, {calls.Place("price", "@gap", 50), calls.Place("shop", "@self", 20)});
  EXPECT_EQ(calls.ServiceOf(slow), "price");
  EXPECT_FALSE(slow.is_caller);
}

TEST(SlowService, TheWaysToSeveralServicesAreTheirCallers) {
  Calls calls;
  for (int k = 0; k < 3; ++k) calls.Add(Shop());
  const Corpus& corpus = calls.Finish();
  const SlowService slow = SlowServiceOf(corpus, calls.facts, {calls.Place("price", "@gap", 50), calls.Place("stock", "@gap", 40)});
  EXPECT_EQ(calls.ServiceOf(slow), "shop");
  EXPECT_TRUE(slow.is_caller);
  // A step of its own names the service better.
  const SlowService own = SlowServiceOf(corpus, calls.facts,
                                        {calls.Place("price", "@gap", 50), calls.Place("stock", "@gap", 40), calls.Place("shop", "@self", 10)});
  EXPECT_EQ(calls.ServiceOf(own), "shop");
  EXPECT_FALSE(own.is_caller);
}

TEST(SlowService, ServicesThatAreSlowToReachTogetherAreTheirCallers) {
  Calls calls;
  for (int k = 0; k < 3; ++k) calls.Add(Shop());
  const Corpus& corpus = calls.Finish();
  std::vector<SlowPlace> places;
  for (const char* service : {"stock", "price"}) {
    const Fact way = calls.facts[calls.Place(service, "@gap", 1).fact];
    calls.facts.push_back({.kind = FactKind::kSlowCalls, .span_class = way.span_class});
    places.push_back({.fact = static_cast<uint32_t>(calls.facts.size() - 1), .g = 40});
  }
  const SlowService both = SlowServiceOf(corpus, calls.facts, places);
  EXPECT_EQ(calls.ServiceOf(both), "shop");
  EXPECT_TRUE(both.is_caller);
  EXPECT_EQ(calls.ServiceOf(SlowServiceOf(corpus, calls.facts, {places[1]})), "price");
}

TEST(SlowService, NothingSlowIsNobodys) {
  Calls calls;
  calls.Add(Shop());
  EXPECT_EQ(SlowServiceOf(calls.Finish(), calls.facts, {}).fact, kNoText);
}

TEST(Corpus, EverySpanOfANameGivesItsEventsAndTheLongestWay) {
  Calls calls;
  std::vector<trace::Span> spans = Shop();
  spans[1].events.push_back({.name = "first"});
  spans.push_back(MakeSpan(8, 1, "shop", "GET", 90, 99));
  spans.push_back(MakeSpan(9, 8, "price", "quote", 91, 98));
  calls.Add(spans);
  const Corpus& corpus = calls.Finish();
  const auto has = [&](const std::string& key, double number) {
    return std::ranges::any_of(corpus.columns(), [&](const Column& c) {
      return c.key == key && (number == 0 || (!c.number.empty() && c.number[0] == number));
    });
  };
  EXPECT_TRUE(has("@event:first", 0)) << "of a span that is not the last of its name";
  EXPECT_TRUE(has("@gap", 40 - 15)) << "of price: the longer of its two ways";
  EXPECT_TRUE(has("@gap", 30 - 26)) << "of stock";
}

}  // namespace
}  // namespace awry::why
