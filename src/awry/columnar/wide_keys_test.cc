// Keys that nobody sees twice: spans with very many of them, and many spans with a few each.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "awry/columnar/batch.h"
#include "awry/columnar/columnar_store.h"
#include "awry/columnar/fault_file_system.h"
#include "awry/columnar/mem_table.h"
#include "awry/columnar/segment_cursor.h"
#include "awry/columnar/segment_reader.h"
#include "awry/columnar/segment_writer.h"
#include "awry/store/store_suite.h"

namespace awry::columnar {
namespace {

using base::StatusCode;
using trace::Span;
using trace::TraceId;
using trace::Value;
using trace::ValueView;

constexpr TraceId kBefore{5, 4}, kWide{5, 5}, kBehind{5, 6};

Span SpanWithKeys(const TraceId& id, uint64_t span, uint64_t first_key, uint64_t keys) {
  Span made = store::MakeSpan(id, span, 0, "svc", "operation", static_cast<int64_t>(1'000 + span));
  made.attributes.emplace_back("known", Value(ValueView::String("v" + std::to_string(span % 3))));
  for (uint64_t k = first_key; k < first_key + keys; ++k) {
    const std::string key = "key-" + std::to_string(k);
    made.attributes.emplace_back(key, Value(k % 2 == 0 ? ValueView::String(key) : ValueView::Int(static_cast<int64_t>(k))));
  }
  return made;
}

std::unique_ptr<store::TraceStore> OpenStore(FaultFileSystem& files, size_t trace_bytes_max) {
  return Open({.path = "/data", .trace_bytes_max = trace_bytes_max, .file_system = &files}).value();
}

// A group of a span that has most keys twice, and then the same keys otherwise.
TEST(WideKeys, ComeBackAsTheyWere) {
  FaultFileSystem files(3);
  const auto store = OpenStore(files, 64 << 20);
  std::vector<Span> spans;
  for (uint64_t s = 0; s < 3; ++s) {
    Span span = SpanWithKeys(kWide, 1 + s, 0, 9'000);
    span.attributes.emplace_back("key-1", Value(ValueView::Int(-1)));
    for (uint64_t k = 0; k < 9'000; k += 2) span.attributes.emplace_back("key-" + std::to_string(k), Value(ValueView::String(k % 3 == 0 ? "again" : "key-" + std::to_string(k))));
    if (s == 1) std::ranges::reverse(span.attributes);
    spans.push_back(std::move(span));
  }
  spans.push_back(SpanWithKeys(kBehind, 9, 4, 3));
  ASSERT_TRUE(store::Put(*store, spans).ok());
  ASSERT_TRUE(store->Flush().ok());
  const trace::Trace wide = store->GetTrace(kWide).value();
  ASSERT_EQ(wide.spans.size(), 3u);
  for (size_t s = 0; s < 3; ++s) EXPECT_EQ(store::Difference(wide.spans[s], spans[s]), "");
  EXPECT_EQ(store::Difference(store->GetTrace(kBehind).value().spans.at(0), spans[3]), "");
  for (const char* value : {"key-8", "again", "key-8998"}) {
    size_t found = 0;
    const auto key = std::string(value) == "again" ? "key-6" : value;
    ASSERT_TRUE(store->FindTraces({.equals = {{key, value}}}, [&](const TraceId& id) { return found += id == kWide; }).ok());
    EXPECT_EQ(found, 1u) << value;
  }
}

std::unique_ptr<MemTable> TableOf(const std::vector<Span>& spans) {
  BatchEncoder encoder;
  for (const Span& span : spans) trace::Replay(span, encoder);
  auto table = std::make_unique<MemTable>(spans.size());
  table->Add(encoder.Finish(77));
  return table;
}

TEST(WideKeys, AreRefusedBeforeTheirColumnsAreOpenedAndDisturbNoOtherTrace) {
  FaultFileSystem files(1);
  const auto store = OpenStore(files, 8 << 20);
  const Span before = SpanWithKeys(kBefore, 1, 0, 3), behind = SpanWithKeys(kBehind, 2, 5, 3);
  ASSERT_TRUE(store::Put(*store, {before, SpanWithKeys(kWide, 3, 0, 50'000), behind}).ok());
  ASSERT_TRUE(store->Flush().ok());

  EXPECT_EQ(store->GetTrace(kWide).status().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(store::Difference(store->GetTrace(kBefore).value().spans.at(0), before), "");
  EXPECT_EQ(store::Difference(store->GetTrace(kBehind).value().spans.at(0), behind), "");

  size_t asked_bytes = 0;
  store::ReadLimits limits;
  limits.may_hold = [&](size_t bytes) {
    asked_bytes = std::max(asked_bytes, bytes);
    return bytes < size_t{8} << 20;
  };
  const auto view = store->OpenTrace(kWide).value();
  const auto status = view->Visit(limits, [](Span&) { return true; });
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_NE(status.message().find("--memory"), std::string::npos);
  EXPECT_GT(asked_bytes, size_t{8} << 20);

  size_t archived = 0;  // who sets no limit is given all
  ASSERT_TRUE(view->Visit({}, [&](Span& span) { return archived += span.attributes.size(), true; }).ok());
  EXPECT_EQ(archived, 50'001u);

  std::vector<TraceId> seen, left_out;
  const store::TraceVisitor visit = [&](trace::Trace& trace) {
    seen.push_back(trace.id);
    return true;
  };
  limits.left_out = [&](const TraceId& id) { left_out.push_back(id); };
  const std::vector<TraceId> ids{kBefore, kWide, kBehind}, others{kBefore, kBehind};
  ASSERT_TRUE(store->GetTracesWithin(ids, limits, visit).ok());
  EXPECT_EQ(std::exchange(seen, {}), others);
  EXPECT_EQ(std::exchange(left_out, {}), std::vector{kWide});
  ASSERT_TRUE(store->VisitTracesWithin({}, limits, visit).ok());
  EXPECT_EQ(seen, others);
  EXPECT_EQ(left_out, std::vector{kWide});
  EXPECT_TRUE(store->Stats().problems.empty());
}

TEST(WideKeys, AreAllGivenWhereTheyFit) {
  FaultFileSystem files(1);
  const auto store = OpenStore(files, size_t{256} << 20);
  const Span wide = SpanWithKeys(kWide, 3, 0, 20'000);
  ASSERT_TRUE(store::Put(*store, {SpanWithKeys(kBefore, 1, 0, 3), wide}).ok());
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_EQ(store::Difference(store->GetTrace(kWide).value().spans.at(0), wide), "");
}

TEST(WideKeys, OfManySpansWithAFewEachAreGivenWithinLittleMemory) {
  FaultFileSystem files(1);
  const auto store = OpenStore(files, size_t{256} << 20);
  std::vector<Span> spans;
  for (uint64_t s = 0; s < 4'000; ++s) spans.push_back(SpanWithKeys(kWide, s + 1, 3 * s, 3));
  ASSERT_TRUE(store::Put(*store, spans).ok());
  ASSERT_TRUE(store->Flush().ok());
  const trace::Trace read = store->GetTrace(kWide).value();
  ASSERT_EQ(read.spans.size(), spans.size());
  for (size_t i = 0; i < spans.size(); ++i) ASSERT_EQ(store::Difference(read.spans[i], spans[i]), "") << i;
  size_t held_bytes = 0;
  store::ReadLimits limits;
  limits.may_hold = [&](size_t bytes) {
    held_bytes = std::max(held_bytes, bytes);
    return true;
  };
  size_t seen = 0;
  ASSERT_TRUE(store->OpenTrace(kWide).value()->Visit(limits, [&](Span& span) {
                                                return store::Difference(span, spans[seen++]).empty();
                                              }).ok());
  EXPECT_EQ(seen, spans.size());
  EXPECT_LT(held_bytes, size_t{32} << 20);
}

// What all their columns take together is more than is opened at once.
TEST(WideKeys, OfOneGroupAreReadTraceByTrace) {
  FaultFileSystem files(1);
  std::vector<Span> spans;
  for (uint64_t t = 0; t < 1'300; ++t) spans.push_back(SpanWithKeys({7, t + 1}, t + 1, 3 * t, 3));
  const auto table = TableOf(spans);
  auto writer = SegmentWriter::Create(files, "/g/1.seg", 1).value();
  SchemaMap map(table->schema(), writer->schema());
  table->VisitSorted(table->span_count(), [&](Row& row) {
    row.shape = map.Shape(row.shape);
    return writer->Add(row).ok();
  });
  ASSERT_TRUE(writer->Finish(77, 77).ok());
  const auto segment = SegmentReader::Open(files, "/g/1.seg", 1, nullptr).value();
  const SegmentRun& run = *segment->runs().at(0);
  size_t by_trace = 0;
  for (uint32_t g = 0; g < run.footer().groups.size(); ++g)
    by_trace += run.LoadGroup(g).value()->columns_by_trace() ? 1 : 0;
  EXPECT_GT(by_trace, 0u);

  SegmentCursor cursor(run, [](const base::Status& status) { ADD_FAILURE() << status.message(); });
  cursor.SeekToFirst();
  for (const Span& span : spans) {
    ASSERT_TRUE(cursor.valid());
    ASSERT_TRUE(cursor.TakeRows(
                          [&](const Row& row) {
                            EXPECT_EQ(store::Difference(ToSpan(run.schema(), row), span), "");
                            return base::OkStatus();
                          },
                          [](size_t bytes) { return bytes < 1 << 20; })
                    .ok());
  }
  EXPECT_FALSE(cursor.valid());
  for (const uint64_t t : {3u, 4u, 300u}) {
    SegmentCursor sought(run, [](const base::Status& status) { ADD_FAILURE() << status.message(); });
    ASSERT_TRUE(sought.Seek({7, t + 1}));
    EXPECT_EQ(sought.TakeRows([](const Row&) { return base::OkStatus(); }, [](size_t) { return false; }).code(),
              StatusCode::kResourceExhausted);
  }
  EXPECT_TRUE(segment->Verify().ok());
}

}  // namespace
}  // namespace awry::columnar
