// The spans that a question matches are those that a look at each of them finds, wherever they
// stand, and come newest first: every span has the attributes asked for, as spans of real services
// have.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "awry/columnar/columnar_store.h"
#include "awry/columnar/fault_file_system.h"
#include "awry/store/store_suite.h"
#include "base/random.h"

namespace awry::columnar {
namespace {

using trace::Attribute;
using trace::Span;
using trace::TraceId;
using trace::Value;
using trace::ValueView;

class GroupMatch : public testing::TestWithParam<uint64_t> {
 protected:
  // Several groups of short traces; in a group a user comes again after others, a status seldom
  // changes.
  void SetUp() override {
    opened_ = Open({.path = "/data", .file_system = &files_});
    ASSERT_TRUE(opened_.ok());
    const uint64_t users = GetParam() % 2 == 0 ? 20 : 400;  // references of one byte or of two
    for (uint64_t t = 0; t < 500; ++t) {
      const TraceId id{random_.Next(), t};
      const std::string user = "user" + std::to_string(100 + random_.Below(users));
      std::vector<Span> spans;
      for (uint64_t s = 1, count = 1 + random_.Below(12); s <= count; ++s) {
        Span span = store::MakeSpan(
            id, s, s - 1, "svc-" + std::to_string(s % 3), "op-" + std::to_string(s % 5),
            static_cast<int64_t>(1'000'000'000 + random_.Below(60'000'000'000)),
            static_cast<int64_t>(random_.Below(3'000'000)));
        if (random_.Chance(0.02)) span.status = trace::SpanStatus::kError;
        span.attributes = {
            Text("user_id",
                 random_.Chance(0.9) ? user : "user" + std::to_string(random_.Below(30))),
            Text("thread", "worker-" + std::to_string(random_.Below(3)))};
        span.attributes.push_back(
            {"status", Value(ValueView::Int(random_.Chance(0.97) ? 200 : 503))});
        spans.push_back(std::move(span));
      }
      spans_.insert(spans_.end(), spans.begin(), spans.end());
    }
    ASSERT_TRUE(Put(**opened_, spans_).ok());
  }
  static Attribute Text(const char* key, const std::string& text) {
    return {key, Value(ValueView::String(text))};
  }

  static bool Matches(const store::SpanFilter& filter, const Span& span) {
    for (const auto& [key, text] : filter.equals) {
      const bool has = std::ranges::any_of(span.attributes, [&](const Attribute& attribute) {
        return attribute.key == key && ToText(attribute.value.view()) == text;
      });
      if (!has) return false;
    }
    return (filter.service.empty() || span.resource->service == filter.service) &&
           (filter.name.empty() || span.name == filter.name) &&
           (!filter.errors_only || span.status == trace::SpanStatus::kError) &&
           span.start_ns >= filter.start_from_ns && span.start_ns <= filter.start_until_ns &&
           span.duration_ns() >= filter.duration_min_ns &&
           span.duration_ns() <= filter.duration_max_ns;
  }

  void ExpectFound(const store::SpanFilter& filter) {
    std::map<TraceId, int64_t> newest;
    for (const Span& span : spans_) {
      if (!Matches(filter, span)) continue;
      const auto [at, added] = newest.emplace(span.trace_id, span.start_ns);
      at->second = std::max(at->second, span.start_ns);
    }
    std::vector<std::pair<int64_t, TraceId>> expected;
    for (const auto& [id, start_ns] : newest) expected.emplace_back(-start_ns, id);
    std::ranges::sort(expected);
    const std::vector<TraceId> found = store::Find(**opened_, filter);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], expected[i].second) << i;
  }

  void ExpectAllFound() {
    for (const int64_t least_ns :
         {int64_t{0}, int64_t{1}, int64_t{1} << 20, int64_t{2'900'000}, int64_t{3'000'000}}) {
      for (const char* user : {"user105", "user119", "user7", "user300", "nobody"})
        ExpectFound(
            {.service = "svc-1", .duration_min_ns = least_ns, .equals = {{"user_id", user}}});
      ExpectFound({.service = "svc-2", .duration_min_ns = least_ns, .equals = {{"status", "503"}}});
      ExpectFound(
          {.duration_min_ns = least_ns, .equals = {{"status", "503"}, {"thread", "worker-1"}}});
      ExpectFound({.service = "svc-0", .name = "op-3", .duration_min_ns = least_ns});
    }
    ExpectFound({.service = "svc-1", .errors_only = true});
    ExpectFound(
        {.start_from_ns = 20'000'000'000, .start_until_ns = 30'000'000'000, .service = "svc-1"});
    ExpectFound({});
  }

  base::Random random_{GetParam()};
  FaultFileSystem files_{GetParam()};
  std::vector<Span> spans_;
  base::Result<std::unique_ptr<store::TraceStore>> opened_ = base::NotFound("not opened");
};

TEST_P(GroupMatch, FindsWhatALookAtEachSpanFindsInATable) { ExpectAllFound(); }

TEST_P(GroupMatch, FindsWhatALookAtEachSpanFindsInASegment) {
  ASSERT_TRUE((*opened_)->Flush().ok());
  for (int time = 0; time < 3; ++time) ExpectAllFound();  // later out of a cache
}

INSTANTIATE_TEST_SUITE_P(Seeds, GroupMatch, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace awry::columnar
