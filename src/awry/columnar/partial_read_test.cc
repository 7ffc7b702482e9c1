// What is read of a group for few rows is what is read of it for all.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "awry/columnar/columnar_store.h"
#include "awry/columnar/fault_file_system.h"
#include "awry/store/store_suite.h"
#include "base/random.h"

namespace awry::columnar {
namespace {

using trace::Span;
using trace::TraceId;
using trace::Value;
using trace::ValueView;

ValueView RandomValue(base::Random& random, std::string& text) {
  text = (random.Chance(0.5) ? "user" : "tx-0") + std::to_string(random.Below(40));
  switch (random.Below(7)) {
    case 0: return ValueView::Int(static_cast<int64_t>(random.Below(5)) - 2);
    case 1: return ValueView::Int(static_cast<int64_t>(random.Next()));
    case 2: return ValueView::Double(static_cast<double>(random.Below(8)) / 4);
    case 3: return ValueView::Double(random.Uniform());
    case 4: return ValueView::Bool(random.Chance(0.5));
    case 5: return ValueView::Bytes(text);
    default: return ValueView::String(text);
  }
}

Span RandomSpan(base::Random& random, TraceId id, uint64_t number) {
  Span span = store::MakeSpan(id, number, random.Below(number + 2), "svc-" + std::to_string(random.Below(3)),
                              "op-" + std::to_string(random.Below(4)),
                              static_cast<int64_t>(random.Next() >> random.Below(64) >> 2),
                              static_cast<int64_t>(random.Below(1'000'000)));
  std::string text;
  for (uint64_t a = random.Below(6); a > 0; --a) {  // keys repeat, in one span and with several kinds
    const ValueView value = RandomValue(random, text);
    span.attributes.push_back({"key-" + std::to_string(random.Below(5)), Value(value)});
  }
  if (random.Chance(0.2)) span.status_message = "message " + std::to_string(number);
  if (random.Chance(0.2)) {
    span.events.push_back({.time_ns = 5, .name = "event", .attributes = {}});
    const ValueView value = RandomValue(random, text);
    span.events.back().attributes.push_back({"key-1", Value(value)});
  }
  return span;
}

bool Has(const Span& span, const std::string& key, const std::string& text) {
  const auto any = [&](const trace::Attributes& attributes) {
    return std::any_of(attributes.begin(), attributes.end(), [&](const trace::Attribute& attribute) {
      return attribute.key == key && ToText(attribute.value.view()) == text;
    });
  };
  return any(span.attributes) ||
         std::any_of(span.events.begin(), span.events.end(), [&](const auto& e) { return any(e.attributes); });
}

void ExpectSame(const trace::Trace& got, const std::vector<Span>& expected) {
  ASSERT_EQ(got.spans.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(store::Difference(got.spans[i], expected[i]), "") << i;
}

class PartialRead : public testing::TestWithParam<uint64_t> {
 protected:
  // Some hundred traces in one segment.
  void SetUp() override {
    std::vector<Span> spans;
    for (uint64_t t = 0; t < 150; ++t) {
      const TraceId id{random_.Next(), t};
      for (uint64_t s = 1, count = 1 + random_.Below(t % 50 == 0 ? 200 : 12); s <= count; ++s) {
        spans.push_back(RandomSpan(random_, id, s));
        traces_[id].push_back(spans.back());
      }
      std::sort(traces_[id].begin(), traces_[id].end(), [](const Span& a, const Span& b) {
        return a.start_ns != b.start_ns ? a.start_ns < b.start_ns : a.span_id < b.span_id;
      });
    }
    opened_ = Open({.path = "/data", .file_system = &files_});
    ASSERT_TRUE(opened_.ok());
    ASSERT_TRUE(Put(**opened_, spans).ok());
    ASSERT_TRUE((*opened_)->Flush().ok());
    ASSERT_EQ((*opened_)->Stats().segments, 1u);
  }
  store::TraceStore& store() { return **opened_; }

  base::Random random_{GetParam()};
  FaultFileSystem files_{GetParam()};
  std::map<TraceId, std::vector<Span>> traces_;
  base::Result<std::unique_ptr<store::TraceStore>> opened_ = base::NotFound("not opened");
};

TEST_P(PartialRead, OneTraceIsWhatWasStored) {
  for (int time = 0; time < 3; ++time) {  // later out of a cache
    for (const auto& [id, spans] : traces_) {
      const auto trace = store().GetTrace(id);
      ASSERT_TRUE(trace.ok()) << trace.status().message();
      ExpectSame(*trace, spans);
    }
  }
}

TEST_P(PartialRead, SomeTracesOfAGroupAreWhatWasStored) {
  for (int round = 0; round < 20; ++round) {
    std::vector<TraceId> ids;
    for (const auto& [id, spans] : traces_) {
      if (random_.Chance(0.1)) ids.push_back(id);
    }
    size_t given = 0;
    ASSERT_TRUE(store().GetTraces(ids, [&](trace::Trace& trace) {
      ++given;
      ExpectSame(trace, traces_[trace.id]);
      return true;
    }).ok());
    EXPECT_EQ(given, ids.size());
  }
}

TEST_P(PartialRead, SpanBySpanIsWhatWasStored) {
  for (const auto& [id, spans] : traces_) {
    const auto view = store().OpenTrace(id);
    ASSERT_TRUE(view.ok());
    trace::Trace trace{.id = id, .spans = {}};
    ASSERT_TRUE((*view)->Visit({}, [&](Span& span) {
      trace.spans.push_back(std::move(span));
      return true;
    }).ok());
    ExpectSame(trace, spans);
  }
}

TEST_P(PartialRead, EveryValueIsFoundWhereItStandsAndNowhereElse) {
  std::set<std::pair<std::string, std::string>> values = {{"key-0", "user41"}, {"key-1", "nan"}, {"other", "1"}};
  for (const auto& [id, spans] : traces_) {
    for (const Span& span : spans) {
      for (const trace::Attribute& attribute : span.attributes)
        values.emplace(attribute.key, ToText(attribute.value.view()));
    }
  }
  int number = 0;
  for (const auto& [key, text] : values) {
    const int64_t least_ns = number++ % 2 == 0 ? 0 : 500'000;
    std::set<TraceId> expected;
    for (const auto& [id, spans] : traces_) {
      for (const Span& span : spans) {
        if (span.duration_ns() >= least_ns && span.resource->service == "svc-1" && Has(span, key, text))
          expected.insert(id);
      }
    }
    const auto found = store::Find(
        store(), {.service = "svc-1", .duration_min_ns = least_ns, .equals = {{key, text}}});
    EXPECT_EQ(std::set<TraceId>(found.begin(), found.end()), expected) << key << "=" << text;
    EXPECT_EQ(found.size(), expected.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PartialRead, testing::Values(1, 2, 3));

}  // namespace
}  // namespace awry::columnar
