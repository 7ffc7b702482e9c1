#include "awry/store/store_suite.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <filesystem>
#include <limits>
#include <set>

#include "base/random.h"

namespace awry::store {

using trace::Attributes;
using trace::Span;
using trace::TraceId;
using trace::Value;
using trace::ValueView;

void StoreSuite::SetUp() {
  static std::atomic<int> number{0};
  folder_ = testing::TempDir() + "/awry_store_" + std::to_string(base::EntropySeed()) + "_" +
            std::to_string(number++);
  std::filesystem::create_directories(folder_);
  auto opened = GetParam().open(folder_);
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  store_ = *std::move(opened);
}

void StoreSuite::TearDown() {
  store_.reset();
  std::filesystem::remove_all(folder_);
}

void StoreSuite::Reopen() {
  store_.reset();
  auto opened = GetParam().open(folder_);
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  store_ = *std::move(opened);
}

Span MakeSpan(TraceId trace_id, trace::SpanId span_id, trace::SpanId parent_id,
              const std::string& service, const std::string& name, int64_t start_ns,
              int64_t duration_ns) {
  Span span;
  span.trace_id = trace_id;
  span.span_id = span_id;
  span.parent_id = parent_id;
  span.name = name;
  span.start_ns = start_ns;
  span.end_ns = start_ns + duration_ns;
  span.resource = std::make_shared<trace::Resource>(trace::Resource{.service = service});
  span.scope = std::make_shared<trace::Scope>();
  return span;
}

base::Status Put(TraceStore& store, const std::vector<Span>& spans) {
  const auto batch = store.NewBatch();
  for (const Span& span : spans) trace::Replay(span, *batch);
  return batch->Commit();
}

std::string Difference(const Span& a, const Span& b) {
  if (a.trace_id != b.trace_id) return "trace_id";
  if (a.span_id != b.span_id) return "span_id";
  if (a.parent_id != b.parent_id) return "parent_id";
  if (a.name != b.name) return "name";
  if (a.kind != b.kind) return "kind";
  if (a.status != b.status || a.status_message != b.status_message) return "status";
  if (a.trace_state != b.trace_state) return "trace_state";
  if (a.start_ns != b.start_ns || a.end_ns != b.end_ns) return "times";
  if (a.flags != b.flags) return "flags";
  if (a.dropped_attributes != b.dropped_attributes || a.dropped_events != b.dropped_events ||
      a.dropped_links != b.dropped_links) {
    return "dropped counts";
  }
  if (a.attributes != b.attributes) return "attributes";
  if (a.events != b.events) return "events";
  if (a.links != b.links) return "links";
  if (a.warnings != b.warnings) return "warnings";
  if (!(*a.resource == *b.resource)) return "resource";
  if (!(*a.scope == *b.scope)) return "scope";
  return "";
}

std::vector<TraceId> Find(TraceStore& store, const SpanFilter& filter) {
  std::vector<TraceId> ids;
  const base::Status status = store.FindTraces(filter, [&](const TraceId& id) {
    ids.push_back(id);
    return true;
  });
  EXPECT_TRUE(status.ok()) << status.ToString();
  return ids;
}

namespace {

Attributes EveryKind() {
  const double nan = std::bit_cast<double>(0x7ff8000000000123ULL);  // a NaN with a payload
  return {
      {"string", Value(ValueView::String("text"))},
      {"empty", Value(ValueView::String(""))},
      {"", Value(ValueView::String("empty key"))},
      {"unicode ключ 🗝", Value(ValueView::String("значение \xf0\x9f\x92\xb6 \n\t\"\\"))},
      {"zero byte", Value(ValueView::String(std::string_view("a\0b", 3)))},
      {"true", Value(ValueView::Bool(true))},
      {"false", Value(ValueView::Bool(false))},
      {"int max", Value(ValueView::Int(INT64_MAX))},
      {"int min", Value(ValueView::Int(INT64_MIN))},
      {"zero", Value(ValueView::Int(0))},
      {"half", Value(ValueView::Double(0.5))},
      {"minus zero", Value(ValueView::Double(-0.0))},
      {"nan", Value(ValueView::Double(nan))},
      {"infinity", Value(ValueView::Double(std::numeric_limits<double>::infinity()))},
      {"denormal", Value(ValueView::Double(5e-324))},
      {"bytes", Value(ValueView::Bytes(std::string_view("\0\xff\x80", 3)))},
      {"no bytes", Value(ValueView::Bytes(""))},
      // ["x", 2] and {"k": [true]} in OTLP's protobuf.
      {"array", Value(ValueView::Array(std::string_view("\x0a\x03\x0a\x01x\x0a\x02\x18\x02", 9)))},
      {"map", Value(ValueView::Map(
                  std::string_view("\x0a\x0b\x0a\x01k\x12\x06\x2a\x04\x0a\x02\x10\x01", 13)))},
      {"empty array", Value(ValueView::Array(""))},
      {"null", Value(ValueView{})},
      {"twice", Value(ValueView::Int(1))},
      {"twice", Value(ValueView::String("again"))}};
}

Span FullSpan() {
  Span span =
      MakeSpan({0xfedcba9876543210, 1}, UINT64_MAX, 7, "svc", "op", 1'700'000'000'123'456'789);
  span.kind = trace::SpanKind::kConsumer;
  span.status = trace::SpanStatus::kError;
  span.status_message = "it broke: \xe2\x9c\x97";
  span.trace_state = "a=b,c=d";
  span.flags = 0x301;
  span.dropped_attributes = 1;
  span.dropped_events = UINT32_MAX;
  span.dropped_links = 3;
  span.attributes = EveryKind();
  span.events = {
      {.time_ns = 5, .name = "first", .attributes = EveryKind(), .dropped_attributes = 2},
      {.time_ns = -1, .name = "", .attributes = {}}};
  span.links = {{.trace_id = {9, 8},
                 .span_id = 7,
                 .trace_state = "x=y",
                 .attributes = EveryKind(),
                 .dropped_attributes = 1,
                 .flags = 1},
                {.trace_id = {0, 0}, .span_id = 0}};
  span.warnings = {"end before start", "second"};
  span.resource = std::make_shared<trace::Resource>(trace::Resource{.service = "svc",
                                                                    .attributes = EveryKind(),
                                                                    .schema_url = "https://r",
                                                                    .dropped_attributes = 4});
  span.scope = std::make_shared<trace::Scope>(trace::Scope{.name = "lib",
                                                           .version = "1.2",
                                                           .attributes = EveryKind(),
                                                           .schema_url = "https://s",
                                                           .dropped_attributes = 5});
  return span;
}

TEST_P(StoreSuite, KeepsEveryFieldOfASpanExactly) {
  const Span span = FullSpan();
  ASSERT_TRUE(Put(store(), {span}).ok());
  for (const char* where : {"memory", "files", "opened again"}) {
    const auto trace = store().GetTrace(span.trace_id);
    ASSERT_TRUE(trace.ok()) << where << trace.status().ToString();
    ASSERT_EQ(trace->spans.size(), 1u) << where;
    EXPECT_EQ(trace->id, span.trace_id);
    EXPECT_EQ(Difference(trace->spans[0], span), "") << where;
    ASSERT_TRUE(store().Flush().ok());
    if (std::string_view(where) == "files") Reopen();
  }
}

TEST_P(StoreSuite, KeepsExtremeTimesAndIds) {
  Span span = MakeSpan({UINT64_MAX, UINT64_MAX}, 1, UINT64_MAX, "s", "n", 0);
  span.start_ns = INT64_MIN;
  span.end_ns = INT64_MAX;
  Span other = MakeSpan({UINT64_MAX, UINT64_MAX}, 2, 1, "s", "n", INT64_MAX, 0);
  ASSERT_TRUE(Put(store(), {other, span}).ok());
  ASSERT_TRUE(store().Flush().ok());
  const auto trace = store().GetTrace(span.trace_id);
  ASSERT_TRUE(trace.ok());
  ASSERT_EQ(trace->spans.size(), 2u);
  EXPECT_EQ(Difference(trace->spans[0], span), "");
  EXPECT_EQ(Difference(trace->spans[1], other), "");
}

TEST_P(StoreSuite, AnUnknownTraceIsNotFound) {
  EXPECT_EQ(store().GetTrace({1, 2}).status().code(), base::StatusCode::kNotFound);
  ASSERT_TRUE(Put(store(), {MakeSpan({1, 1}, 1, 0, "s", "n", 5)}).ok());
  ASSERT_TRUE(store().Flush().ok());
  EXPECT_EQ(store().GetTrace({1, 2}).status().code(), base::StatusCode::kNotFound);
}

TEST_P(StoreSuite, ABatchIsSeenOnlyAfterItsCommit) {
  const uint64_t before = store().generation();
  const auto batch = store().NewBatch();
  trace::Replay(MakeSpan({1, 1}, 1, 0, "s", "n", 5), *batch);
  EXPECT_EQ(batch->span_count(), 1u);
  EXPECT_FALSE(store().GetTrace({1, 1}).ok());
  EXPECT_EQ(store().generation(), before);
  ASSERT_TRUE(batch->Commit().ok());
  EXPECT_TRUE(store().GetTrace({1, 1}).ok());
  EXPECT_GT(store().generation(), before);
  EXPECT_EQ(Find(store(), {}).size(), 1u);
  EXPECT_EQ(store().Services(), std::vector<std::string>{"s"});
}

TEST_P(StoreSuite, AnEmptyBatchIsFine) {
  EXPECT_TRUE(store().NewBatch()->Commit().ok());
  EXPECT_EQ(store().Stats().spans, 0u);
  EXPECT_TRUE(Find(store(), {}).empty());
  EXPECT_TRUE(store().Flush().ok());
}

TEST_P(StoreSuite, GathersATraceFromManyBatchesInOrderOfTime) {
  const TraceId id{3, 4};
  for (const int at : {5, 1, 4, 2, 3}) {
    ASSERT_TRUE(Put(store(), {MakeSpan(id, static_cast<uint64_t>(at), 0, "s", "n", at * 100),
                              MakeSpan({9, static_cast<uint64_t>(at)}, 1, 0, "s", "n", at)})
                    .ok());
    if (at == 4) {
      ASSERT_TRUE(store().Flush().ok());
    }
  }
  const auto trace = store().GetTrace(id);
  ASSERT_TRUE(trace.ok());
  ASSERT_EQ(trace->spans.size(), 5u);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(trace->spans[i].span_id, i + 1);
}

TEST_P(StoreSuite, GivesExactDuplicatesOnceAndKeepsTheRest) {
  Span span = FullSpan();
  ASSERT_TRUE(Put(store(), {span, span}).ok());
  ASSERT_TRUE(store().Flush().ok());
  ASSERT_TRUE(Put(store(), {span}).ok());
  Span differs = span;
  differs.attributes[0].value = Value(ValueView::String("other"));
  ASSERT_TRUE(Put(store(), {differs, span}).ok());
  const auto trace = store().GetTrace(span.trace_id);
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ(trace->spans.size(), 2u) << "one of each";
}

TEST_P(StoreSuite, FindsTracesNewestMatchFirst) {
  // Trace i: a root at 100 i, and a child "late" at 10,000 - 100 i.
  for (uint64_t i = 1; i <= 40; ++i) {
    const auto at = static_cast<int64_t>(i) * 100;
    ASSERT_TRUE(Put(store(), {MakeSpan({i, i}, 1, 0, "front", "root", at),
                              MakeSpan({i, i}, 2, 1, "back", "late", 10'000 - at)})
                    .ok());
    if (i % 16 == 0) {
      ASSERT_TRUE(store().Flush().ok());
    }
  }
  const std::vector<TraceId> roots = Find(store(), {.service = "front"});
  ASSERT_EQ(roots.size(), 40u);
  EXPECT_EQ(roots.front(), (TraceId{40, 40}));
  EXPECT_TRUE(std::is_sorted(roots.rbegin(), roots.rend()));
  const std::vector<TraceId> late = Find(store(), {.name = "late"});
  ASSERT_EQ(late.size(), 40u);
  EXPECT_TRUE(std::is_sorted(late.begin(), late.end()));
  EXPECT_EQ(
      Find(store(), {.start_from_ns = 3'800, .start_until_ns = 4'000, .service = "front"}).size(),
      3u);
  EXPECT_TRUE(Find(store(), {.service = "front", .name = "late"}).empty())
      << "one and the same span";
  EXPECT_TRUE(Find(store(), {.service = "none"}).empty());

  std::vector<TraceId> first;
  ASSERT_TRUE(store()
                  .FindTraces({},
                              [&](const TraceId& id) {
                                first.push_back(id);
                                return first.size() < 3;
                              })
                  .ok());
  EXPECT_EQ(first.size(), 3u) << "false stops";
}

TEST_P(StoreSuite, FiltersByDurationAndStatus) {
  std::vector<Span> spans;
  for (uint64_t i = 1; i <= 20; ++i) {
    spans.push_back(MakeSpan({0, i}, i, 0, "s", "n", 1'000, static_cast<int64_t>(i) * 10));
    if (i % 5 == 0) spans.back().status = trace::SpanStatus::kError;
  }
  ASSERT_TRUE(Put(store(), spans).ok());
  for (int flushed = 0; flushed < 2; ++flushed) {
    EXPECT_EQ(Find(store(), {.duration_min_ns = 150, .duration_max_ns = 170}).size(), 3u);
    EXPECT_EQ(Find(store(), {.errors_only = true}).size(), 4u);
    EXPECT_EQ(Find(store(), {.duration_min_ns = 150, .errors_only = true}).size(), 2u);
    ASSERT_TRUE(store().Flush().ok());
  }
}

TEST_P(StoreSuite, FindsEveryKindOfAttributeByItsTextWhereverItStands) {
  Span plain = MakeSpan({5, 5}, 1, 0, "other", "n", 1);
  plain.attributes = {{"string", Value(ValueView::String("not this"))}};
  const Span full = FullSpan();
  for (const char* place : {"span", "event", "link", "resource", "scope"}) {
    Span span = MakeSpan({7, 7}, 1, 0, "s", "n", 2);
    const std::string_view where = place;
    if (where == "span") span.attributes = EveryKind();
    if (where == "event") span.events = {{.time_ns = 1, .name = "e", .attributes = EveryKind()}};
    if (where == "link")
      span.links = {{.trace_id = {1, 1}, .span_id = 1, .attributes = EveryKind()}};
    if (where == "resource") span.resource = full.resource;
    if (where == "scope") span.scope = full.scope;
    span.trace_id = {
        7, 100 + static_cast<uint64_t>(where.size()) + static_cast<unsigned char>(where[0])};
    ASSERT_TRUE(Put(store(), {span, plain}).ok());
    for (int flushed = 0; flushed < 2; ++flushed) {
      for (const trace::Attribute& attribute : EveryKind()) {
        const SpanFilter filter{.equals = {{attribute.key, trace::ToText(attribute.value.view())}}};
        const auto found = Find(store(), filter);
        EXPECT_NE(std::find(found.begin(), found.end(), span.trace_id), found.end())
            << place << " '" << attribute.key << "' flushed " << flushed;
      }
      ASSERT_TRUE(store().Flush().ok());
    }
  }
}

TEST_P(StoreSuite, VisitsWholeTracesThatMatch) {
  for (uint64_t i = 1; i <= 30; ++i) {
    Span child = MakeSpan({1, i}, 2, 1, "back", "child", 50);
    child.attributes = {{"even", Value(ValueView::Bool(i % 2 == 0))}};
    ASSERT_TRUE(Put(store(), {MakeSpan({1, i}, 1, 0, "front", "root", 10)}).ok());
    if (i == 15) {
      ASSERT_TRUE(store().Flush().ok());
    }
    ASSERT_TRUE(Put(store(), {child}).ok());
  }
  const auto visit = [&](const SpanFilter& filter) {
    std::set<TraceId> ids;
    const base::Status status = store().VisitTraces(filter, [&](trace::Trace& trace) {
      EXPECT_EQ(trace.spans.size(), 2u);
      EXPECT_TRUE(ids.insert(trace.id).second) << "each once";
      return true;
    });
    EXPECT_TRUE(status.ok());
    return ids.size();
  };
  EXPECT_EQ(visit({}), 30u);
  EXPECT_EQ(visit({.name = "child", .equals = {{"even", "true"}}}), 15u);
  EXPECT_EQ(visit({.name = "nothing"}), 0u);
}

TEST_P(StoreSuite, GetsManyTracesAndLeavesOutTheUnknown) {
  for (uint64_t i = 1; i <= 10; ++i)
    ASSERT_TRUE(Put(store(), {MakeSpan({i, 0}, 1, 0, "s", "n", 1)}).ok());
  ASSERT_TRUE(store().Flush().ok());
  const std::vector<TraceId> ids{{9, 0}, {77, 0}, {2, 0}, {9, 0}};
  std::set<TraceId> got;
  ASSERT_TRUE(store()
                  .GetTraces(ids, [&](trace::Trace& trace) { return got.insert(trace.id).second; })
                  .ok());
  EXPECT_EQ(got, (std::set<TraceId>{{2, 0}, {9, 0}}));
}

TEST_P(StoreSuite, ListsServicesAndOperations) {
  Span server = MakeSpan({1, 1}, 1, 0, "b", "op", 1);
  server.kind = trace::SpanKind::kServer;
  ASSERT_TRUE(Put(store(), {server, MakeSpan({1, 1}, 2, 0, "a", "z", 1),
                            MakeSpan({1, 1}, 3, 0, "b", "op", 1)})
                  .ok());
  ASSERT_TRUE(store().Flush().ok());
  ASSERT_TRUE(Put(store(), {MakeSpan({1, 1}, 4, 0, "b", "another", 1)}).ok());
  EXPECT_EQ(store().Services(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(store().Operations("b"),
            (std::vector<Operation>{{"another", trace::SpanKind::kUnspecified},
                                    {"op", trace::SpanKind::kUnspecified},
                                    {"op", trace::SpanKind::kServer}}));
  EXPECT_TRUE(store().Operations("none").empty());
}

TEST_P(StoreSuite, SpansSurviveClosing) {
  for (uint64_t i = 1; i <= 100; ++i) {
    ASSERT_TRUE(Put(store(), {MakeSpan({i, i}, i, 0, "s", "n", static_cast<int64_t>(i))}).ok());
    if (i % 30 == 0) Reopen();
    if (i == 50) {
      ASSERT_TRUE(store().Flush().ok());
    }
  }
  Reopen();
  EXPECT_EQ(Find(store(), {.service = "s"}).size(), 100u);
  const StoreStats stats = store().Stats();
  EXPECT_EQ(stats.spans, 100u);
  EXPECT_EQ(stats.oldest_ns, 1);
  EXPECT_EQ(stats.newest_ns, 100);
  EXPECT_TRUE(stats.problems.empty()) << stats.problems.front();
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreSuite);

}  // namespace awry::store
