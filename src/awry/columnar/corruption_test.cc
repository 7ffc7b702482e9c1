// Spoilt files: what is corrupt is detected and named; no wrong span is ever given.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "awry/columnar/columnar_store.h"
#include "awry/columnar/fault_file_system.h"
#include "awry/columnar/manifest.h"
#include "awry/store/store_suite.h"
#include "base/random.h"

namespace awry::columnar {
namespace {

using base::StatusCode;
using trace::TraceId;
using trace::Value;
using trace::ValueView;

ColumnarOptions OptionsOf(FaultFileSystem& files) {
  return {
      .path = "/data", .fsync = FsyncPolicy::kNever, .table_spans_max = 200, .file_system = &files};
}

trace::Span SpanOf(uint64_t t, uint64_t s) {
  trace::Span span = store::MakeSpan({t, t}, s, s - 1, "svc", "op" + std::to_string(s),
                                     static_cast<int64_t>(t * 1000 + s));
  span.attributes = {{"transaction.id", Value(ValueView::String("tx" + std::to_string(t * 7919)))},
                     {"n", Value(ValueView::Int(static_cast<int64_t>(t)))}};
  if (s == 2) span.events = {{.time_ns = 5, .name = "event", .attributes = span.attributes}};
  return span;
}

constexpr uint64_t kTraces = 60, kSpans = 5;

// Traces 1..40 in segments, the rest in the log, two labels and a document.
void Fill(FaultFileSystem& files) {
  auto opened = Open(OptionsOf(files));
  ASSERT_TRUE(opened.ok());
  for (uint64_t t = 1; t <= kTraces; ++t) {
    std::vector<trace::Span> spans;
    for (uint64_t s = 1; s <= kSpans; ++s) spans.push_back(SpanOf(t, s));
    ASSERT_TRUE(Put(**opened, spans).ok());
    if (t == 20 || t == 40) {
      ASSERT_TRUE((*opened)->Flush().ok());
    }
  }
  std::vector<trace::Label> labels{{.trace_id = {1, 1}, .expected = "a"},
                                   {.trace_id = {2, 2}, .expected = "b"}};
  ASSERT_TRUE((*opened)->PutLabels(labels).ok());
  ASSERT_TRUE((*opened)->PutDocument("doc", "contents").ok());
}

std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// How many traces are there, each exactly as it was written. Says in `errors` what was refused.
size_t CountGoodTraces(store::TraceStore& store, std::string& errors) {
  size_t good = 0;
  for (uint64_t t = 1; t <= kTraces; ++t) {
    const auto trace = store.GetTrace({t, t});
    if (!trace.ok()) {
      EXPECT_TRUE(trace.status().code() == StatusCode::kNotFound ||
                  trace.status().code() == StatusCode::kDataLoss)
          << trace.status().ToString();
      if (trace.status().code() == StatusCode::kDataLoss) errors += trace.status().message() + "\n";
      continue;
    }
    EXPECT_EQ(trace->spans.size(), kSpans);
    for (uint64_t s = 1; s <= trace->spans.size(); ++s)
      EXPECT_EQ(store::Difference(trace->spans[s - 1], SpanOf(t, s)), "");
    ++good;
  }
  // Scans give nothing wrong either.
  for (const store::SpanFilter& filter :
       {store::SpanFilter{}, store::SpanFilter{.equals = {{"n", "7"}}},
        store::SpanFilter{.name = "op3"}}) {
    EXPECT_TRUE(store
                    .VisitTraces(filter,
                                 [&](trace::Trace& trace) {
                                   for (const trace::Span& span : trace.spans)
                                     EXPECT_EQ(store::Difference(
                                                   span, SpanOf(span.trace_id.high, span.span_id)),
                                               "");
                                   return true;
                                 })
                    .ok());
  }
  return good;
}

TEST(Corruption, AFlippedBitAnywhereIsNamedAndNeverGivesAWrongSpan) {
  const uint64_t seed = base::EntropySeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  base::Random random(seed);
  FaultFileSystem pristine(1);
  Fill(pristine);
  const std::set<std::string> paths = pristine.Paths();
  ASSERT_TRUE(
      std::any_of(paths.begin(), paths.end(), [](const auto& p) { return p.ends_with(".seg"); }));
  const char* longer = std::getenv("AWRY_FLIPS");  // of each file
  const uint64_t flips = longer == nullptr ? 40 : std::stoull(longer);
  size_t refused = 0, set_aside = 0;
  for (const std::string& path : paths) {
    if (path.ends_with("LOCK")) continue;
    for (uint64_t i = 0; i < flips; ++i) {
      FaultFileSystem files(2);
      for (const std::string& each : paths) {
        auto made = files.OpenForAppend(each, true);
        ASSERT_TRUE((*made)->Append(pristine.Contents(each)).ok());
      }
      std::string& bytes = files.Contents(path);
      const size_t at = random.Below(bytes.size());
      bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1u << random.Below(8)));
      SCOPED_TRACE(path + " at " + std::to_string(at) + " of " + std::to_string(bytes.size()));
      auto opened = Open(OptionsOf(files));
      if (!opened.ok()) {
        ++refused;
        EXPECT_TRUE(opened.status().code() == StatusCode::kDataLoss ||
                    opened.status().code() == StatusCode::kUnimplemented);
        EXPECT_NE(opened.status().message().find(BaseName(path)), std::string::npos)
            << opened.status().ToString();
        continue;
      }
      store::TraceStore& store = **opened;
      std::string told;
      const size_t good = CountGoodTraces(store, told);
      const auto document = store.GetDocument("doc");
      if (!document.ok()) told += document.status().message();
      if (document.ok()) {
        EXPECT_EQ(*document, "contents");
      }
      for (const trace::Label& label : store.Labels())
        EXPECT_EQ(label.expected, label.trace_id.high == 1 ? "a" : "b");
      (void)store.Flush().ok();
      for (const std::string& problem : store.Stats().problems) told += problem + "\n";
      if (good < kTraces || !document.ok() || store.Labels().size() < 2) {
        ++set_aside;
        EXPECT_NE(told.find(BaseName(path)), std::string::npos) << "told: " << told;
      }
    }
  }
  EXPECT_GT(refused, 0u);
  EXPECT_GT(set_aside, 0u);
}

// Copies the files, lets `spoil` change them, and opens.
base::Result<std::unique_ptr<store::TraceStore>> OpenSpoilt(
    FaultFileSystem& files, const std::function<void(std::string&)>& spoil,
    std::string_view ending) {
  Fill(files);
  for (const std::string& path : files.Paths()) {
    if (path.ends_with(ending)) {
      spoil(files.Contents(path));
      break;
    }
  }
  return Open(OptionsOf(files));
}

TEST(Corruption, ABadLogRecordBeforeAGoodOneIsRefused) {
  FaultFileSystem files(1);
  const auto opened =
      OpenSpoilt(files, [](std::string& log) { log[60] = static_cast<char>(log[60] ^ 1); }, ".log");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), StatusCode::kDataLoss);
}

TEST(Corruption, ATornEndOfTheLogIsCutAndTold) {
  FaultFileSystem files(1);
  Fill(files);
  const std::string path = [&] {
    std::string last;
    for (const std::string& each : files.Paths()) {
      if (each.find("/wal-") != std::string::npos) last = each;
    }
    return last;
  }();
  const size_t whole = files.Contents(path).size();
  files.Contents(path).resize(whole - 3);
  auto opened = Open(OptionsOf(files));
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  ASSERT_EQ((*opened)->Stats().problems.size(), 1u);
  EXPECT_TRUE((*opened)->Stats().problems[0].starts_with("torn end cut: " + path + ", offset "))
      << (*opened)->Stats().problems[0];
  EXPECT_FALSE((*opened)->GetTrace({kTraces, kTraces}).ok());
  EXPECT_TRUE((*opened)->GetTrace({kTraces - 1, kTraces - 1}).ok());
  opened->reset();
  opened = Open(OptionsOf(files));
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE((*opened)->Stats().problems.empty()) << "cut once";
}

TEST(Corruption, ACorruptSegmentIsSetAsideAndTheRestServes) {
  FaultFileSystem files(1);
  auto opened =
      OpenSpoilt(files, [](std::string& segment) { segment[segment.size() - 1] = 'x'; }, ".seg");
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  EXPECT_FALSE((*opened)->GetTrace({1, 1}).ok());
  EXPECT_TRUE((*opened)->GetTrace({30, 30}).ok());
  EXPECT_TRUE((*opened)->GetTrace({50, 50}).ok());
  ASSERT_EQ((*opened)->Stats().problems.size(), 1u);
  EXPECT_TRUE(
      (*opened)->Stats().problems[0].starts_with("set aside: segment trailer is corrupt: /data/"));
  EXPECT_TRUE(Put(**opened, {SpanOf(99, 1)}).ok());
}

TEST(Corruption, AMissingManifestIsRefused) {
  FaultFileSystem files(1);
  Fill(files);
  ASSERT_TRUE(files.Remove("/data/MANIFEST").ok());
  EXPECT_EQ(Open(OptionsOf(files)).status().code(), StatusCode::kDataLoss);
}

TEST(Store, ASecondProcessIsRefusedByName) {
  FaultFileSystem files(1);
  auto first = Open(OptionsOf(files));
  ASSERT_TRUE(first.ok());
  const auto second = Open(OptionsOf(files));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(second.status().message().find("/data"), std::string::npos);
  first->reset();
  EXPECT_TRUE(Open(OptionsOf(files)).ok());
}

TEST(Store, AFullDiskRefusesAndRecovers) {
  FaultFileSystem files(1);
  auto opened = Open(OptionsOf(files));
  ASSERT_TRUE(opened.ok());
  for (int times = 0; times < 3; ++times) {
    const auto t = static_cast<uint64_t>(times) * 10 + 1;
    ASSERT_TRUE(Put(**opened, {SpanOf(t, 1)}).ok());
    files.SetFull(true);
    EXPECT_EQ(Put(**opened, {SpanOf(t + 1, 1)}).code(), StatusCode::kResourceExhausted);
    EXPECT_FALSE((*opened)->GetTrace({t + 1, t + 1}).ok()) << "nothing of it was kept";
    EXPECT_FALSE((*opened)->Flush().ok());
    EXPECT_TRUE((*opened)->GetTrace({t, t}).ok()) << "reading goes on";
    files.SetFull(false);
    EXPECT_TRUE(Put(**opened, {SpanOf(t + 2, 1)}).ok());
  }
  EXPECT_TRUE((*opened)->Flush().ok());
  opened->reset();
  opened = Open(OptionsOf(files));
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  EXPECT_EQ((*opened)->Stats().spans, 6u);
}

TEST(Store, OpensOnAFullDiskAndGoesOnWhenThereIsRoom) {
  FaultFileSystem files(1);
  auto opened = Open(OptionsOf(files));
  ASSERT_TRUE(opened.ok());
  ASSERT_TRUE(Put(**opened, {SpanOf(1, 1)}).ok());
  for (uint64_t t = 2; t <= 6; t += 2) {
    opened->reset();
    files.SetFull(true);
    opened = Open(OptionsOf(files));
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    EXPECT_TRUE((*opened)->GetTrace({1, 1}).ok());
    EXPECT_EQ(Put(**opened, {SpanOf(t, 1)}).code(), StatusCode::kResourceExhausted);
    files.SetFull(false);
    EXPECT_TRUE(Put(**opened, {SpanOf(t + 1, 1)}).ok());
  }
  opened->reset();
  opened = Open(OptionsOf(files));
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  EXPECT_EQ((*opened)->Stats().spans, 4u);
  EXPECT_TRUE((*opened)->Stats().problems.empty());
}

TEST(Store, AFailedSyncIsNotAcknowledged) {
  FaultFileSystem files(1);
  ColumnarOptions options = OptionsOf(files);
  options.fsync = FsyncPolicy::kAlways;
  auto opened = Open(options);
  ASSERT_TRUE(opened.ok());
  files.SetSyncFails(true);
  EXPECT_FALSE(Put(**opened, {SpanOf(1, 1)}).ok());
  EXPECT_FALSE(Put(**opened, {SpanOf(2, 1)}).ok());
  files.SetSyncFails(false);
  EXPECT_TRUE(Put(**opened, {SpanOf(3, 1)}).ok());
  opened->reset();
  files.RestartAfterPowerCut();
  opened = Open(options);
  ASSERT_TRUE(opened.ok());
  EXPECT_FALSE((*opened)->GetTrace({1, 1}).ok());
  EXPECT_TRUE((*opened)->GetTrace({3, 3}).ok());
}

TEST(Store, RefusesOverItsMemoryLimitAndTakesAgainLater) {
  FaultFileSystem files(1);
  ColumnarOptions options = OptionsOf(files);
  options.memory_bytes_max = 200'000;
  options.table_spans_max = 500;
  auto opened = Open(options);
  ASSERT_TRUE(opened.ok());
  const std::string text(1'000, 'x');
  bool refused = false;
  files.SetFull(false);
  for (uint64_t t = 1; t <= 400 && !refused; ++t) {
    trace::Span span = SpanOf(t, 1);
    span.attributes.push_back({"long", Value(ValueView::String(text))});
    const std::vector<trace::Span> spans(5, span);
    files.SetSyncFails(t > 10);  // segments cannot be written
    const base::Status status = Put(**opened, spans);
    refused = status.code() == StatusCode::kResourceExhausted;
    if (refused) {
      EXPECT_NE(status.message().find("200000"), std::string::npos) << status.ToString();
    }
    if (!status.ok()) break;
  }
  files.SetSyncFails(false);
  EXPECT_TRUE((*opened)->Flush().ok() || (*opened)->Flush().ok());
  EXPECT_TRUE(Put(**opened, {SpanOf(900, 1)}).ok());
}

TEST(Store, DropsTheOldestSegmentsOverItsLimitsAndCountsThem) {
  FaultFileSystem files(1);
  base::FakeClock clock(1'000'000'000'000);
  ColumnarOptions options = OptionsOf(files);
  options.retention_age = std::chrono::seconds(100);
  options.clock = &clock;
  auto opened = Open(options);
  ASSERT_TRUE(opened.ok());
  ASSERT_TRUE(Put(**opened, {SpanOf(1, 1), SpanOf(1, 2)}).ok());
  ASSERT_TRUE((*opened)->Flush().ok());
  clock.Advance(std::chrono::seconds(101));
  ASSERT_TRUE(Put(**opened, {SpanOf(2, 1)}).ok());
  opened->reset();
  opened = Open(options);  // the background looks at once
  ASSERT_TRUE(opened.ok());
  ASSERT_TRUE((*opened)->Flush().ok());
  EXPECT_FALSE((*opened)->GetTrace({1, 1}).ok());
  EXPECT_TRUE((*opened)->GetTrace({2, 2}).ok()) << "counted from arrival, not from the span's time";
  EXPECT_EQ((*opened)->Stats().spans_dropped_by_retention, 2u);
  options.retention_age = std::chrono::seconds(0);
  options.retention_bytes = 1;
  opened->reset();
  opened = Open(options);
  ASSERT_TRUE(opened.ok());
  ASSERT_TRUE(Put(**opened, {SpanOf(3, 1)}).ok());
  ASSERT_TRUE((*opened)->Flush().ok());
  EXPECT_FALSE((*opened)->GetTrace({2, 2}).ok());
  EXPECT_GE((*opened)->Stats().spans_dropped_by_retention, 3u) << "counted over restarts";
}

TEST(Store, MergesSmallSegmentsAndKeepsEverySpan) {
  FaultFileSystem files(1);
  auto opened = Open(OptionsOf(files));
  ASSERT_TRUE(opened.ok());
  for (uint64_t t = 1; t <= 30; ++t) {
    ASSERT_TRUE(Put(**opened, {SpanOf(t, 1), SpanOf(1'000, t)}).ok());
    ASSERT_TRUE((*opened)->Flush().ok());
  }
  EXPECT_LT((*opened)->Stats().segments, 30u);
  EXPECT_EQ((*opened)->Stats().spans, 60u);
  EXPECT_EQ((*opened)->GetTrace({1'000, 1'000})->spans.size(), 30u);
  for (uint64_t t = 1; t <= 30; ++t) EXPECT_TRUE((*opened)->GetTrace({t, t}).ok());
}

TEST(Store, ReadsItsFsyncSetting) {
  ColumnarOptions options;
  EXPECT_TRUE(ParseFsync("always", options));
  EXPECT_EQ(options.fsync, FsyncPolicy::kAlways);
  EXPECT_TRUE(ParseFsync("interval:250ms", options));
  EXPECT_EQ(options.fsync, FsyncPolicy::kInterval);
  EXPECT_EQ(options.fsync_interval, std::chrono::milliseconds(250));
  for (const char* bad :
       {"", "interval", "interval:", "interval:0s", "interval:1h", "interval:-1s", "sometimes"}) {
    EXPECT_FALSE(ParseFsync(bad, options)) << bad;
  }
}

}  // namespace
}  // namespace awry::columnar
