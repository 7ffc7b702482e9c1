// Copies of a store that is open, and what ages in memory and on disk.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "awry/columnar/columnar_store.h"
#include "awry/columnar/fault_file_system.h"
#include "awry/columnar/index_cache.h"
#include "awry/store/store_suite.h"
#include "base/random.h"

namespace awry::columnar {
namespace {

using base::StatusCode;

trace::Span SpanOf(uint64_t t, uint64_t s) {
  trace::Span span = store::MakeSpan({t, t}, s, 0, "svc", "op", static_cast<int64_t>(t));
  span.attributes = {{"k", trace::Value(trace::ValueView::String("v" + std::to_string(t)))}};
  return span;
}

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(testing::TempDir() + "awry_backup_" + std::to_string(base::EntropySeed())) {}
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  const std::string path_;
};

TEST(Backup, HasAllThatWasAcknowledgedBeforeItWhileOthersWrite) {
  const TemporaryFolder folder;
  auto opened = Open({.path = folder / "store", .fsync = FsyncPolicy::kNever, .table_spans_max = 100});
  ASSERT_TRUE(opened.ok());
  store::TraceStore& store = **opened;
  std::atomic<uint64_t> acknowledged{0};
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (uint64_t t = 1; !stop || t < 50; ++t) {
      if (Put(store, {SpanOf(t, 1), SpanOf(t, 2)}).ok()) acknowledged = t;
    }
  });
  std::vector<trace::Label> labels{{.trace_id = {1, 1}, .expected = "a"}};
  ASSERT_TRUE(store.PutLabels(labels).ok());
  ASSERT_TRUE(store.PutDocument("doc", "contents").ok());
  for (int copy = 0; copy < 3; ++copy) {
    const uint64_t before = acknowledged;
    const std::string path = folder / ("copy" + std::to_string(copy));
    const base::Status made = store.Backup(path);
    ASSERT_TRUE(made.ok()) << made.ToString();
    auto reopened = Open({.path = path});
    ASSERT_TRUE(reopened.ok()) << reopened.status().ToString();
    EXPECT_TRUE((*reopened)->Stats().problems.empty());
    for (uint64_t t = 1; t <= before; ++t)
      ASSERT_EQ((*reopened)->GetTrace({t, t})->spans.size(), 2u) << t;
    EXPECT_EQ((*reopened)->Labels().size(), 1u);
    EXPECT_EQ(*(*reopened)->GetDocument("doc"), "contents");
    // The copy lives its own life.
    EXPECT_TRUE(Put(**reopened, {SpanOf(1'000'000, 1)}).ok());
  }
  stop = true;
  writer.join();
  EXPECT_FALSE(store.GetTrace({1'000'000, 1'000'000}).ok());
}

TEST(Backup, WantsANewFolder) {
  FaultFileSystem files(1);
  auto opened = Open({.path = "/data", .file_system = &files});
  ASSERT_TRUE(opened.ok());
  ASSERT_TRUE(Put(**opened, {SpanOf(1, 1)}).ok());
  ASSERT_TRUE((*opened)->Backup("/copy").ok());
  EXPECT_EQ((*opened)->Backup("/copy").code(), StatusCode::kAlreadyExists);
  auto copy = Open({.path = "/copy", .file_system = &files});
  ASSERT_TRUE(copy.ok()) << copy.status().ToString();
  EXPECT_TRUE((*copy)->GetTrace({1, 1}).ok());
}

TEST(Backup, OneThatWasBrokenOffIsNoStore) {
  FaultFileSystem files(1);
  auto opened = Open({.path = "/data", .file_system = &files});
  ASSERT_TRUE(opened.ok());
  ASSERT_TRUE(Put(**opened, {SpanOf(1, 1)}).ok());
  ASSERT_TRUE((*opened)->Flush().ok());
  files.SetFull(true);
  EXPECT_FALSE((*opened)->Backup("/copy").ok());
  files.SetFull(false);
  EXPECT_FALSE(Open({.path = "/copy", .file_system = &files}).ok());
  EXPECT_TRUE((*opened)->GetTrace({1, 1}).ok());
}

TEST(Retention, SpansInMemoryAndLogAgeToo) {
  FaultFileSystem files(1);
  base::FakeClock clock(1'000'000'000'000);
  ColumnarOptions options{.path = "/data",
                          .fsync_interval = std::chrono::milliseconds(2),
                          .retention_age = std::chrono::seconds(100),
                          .file_system = &files,
                          .clock = &clock};
  auto opened = Open(options);
  ASSERT_TRUE(opened.ok());
  ASSERT_TRUE(Put(**opened, {SpanOf(1, 1), SpanOf(1, 2)}).ok());
  EXPECT_TRUE((*opened)->GetTrace({1, 1}).ok());
  clock.Advance(std::chrono::seconds(120));
  // The background looks every few milliseconds; nothing is flushed by hand.
  while ((*opened)->Stats().spans_dropped_by_retention == 0) std::this_thread::yield();
  EXPECT_FALSE((*opened)->GetTrace({1, 1}).ok());
  EXPECT_EQ((*opened)->Stats().spans_dropped_by_retention, 2u);
  ASSERT_TRUE(Put(**opened, {SpanOf(2, 1)}).ok());
  EXPECT_TRUE((*opened)->GetTrace({2, 2}).ok());
}

std::shared_ptr<const TraceIndex> IndexOf(size_t traces) {
  auto index = std::make_shared<TraceIndex>();
  std::string bytes(traces * 2, '\0');  // newest starts and durations
  bytes += std::string("\1\0\0", 3);    // no errors in a set of form 0, no operations
  EXPECT_TRUE(index->Load(bytes, 2, traces, 0));
  return index;
}

TEST(IndexCache, PutsOutWhatWasUsedLongestAgo) {
  const auto first = IndexOf(100), second = IndexOf(100), third = IndexOf(100);
  IndexCache cache(2 * 2 * first->memory_bytes());  // the other half is for blocks
  const int owners[3] = {};
  cache.Put(&owners[0], first);
  cache.Put(&owners[1], second);
  EXPECT_EQ(cache.Get(&owners[0]), first);
  cache.Put(&owners[2], third);
  EXPECT_EQ(cache.Get(&owners[1]), nullptr);
  EXPECT_EQ(cache.Get(&owners[0]), first);
  EXPECT_EQ(cache.Get(&owners[2]), third);
  EXPECT_LE(cache.bytes(), 2 * first->memory_bytes());
  cache.Remove(&owners[0]);
  EXPECT_EQ(cache.Get(&owners[0]), nullptr);
}

TEST(ReadLimits, EndALongRead) {
  FaultFileSystem files(1);
  auto opened = Open({.path = "/data", .table_spans_max = 50, .file_system = &files});
  ASSERT_TRUE(opened.ok());
  for (uint64_t t = 1; t <= 200; ++t) ASSERT_TRUE(Put(**opened, {SpanOf(t, 1)}).ok());
  ASSERT_TRUE((*opened)->Flush().ok());
  uint64_t seen = 0;
  const auto count = [&](const trace::TraceId&) { return ++seen < 1'000; };
  const auto cancelled = (*opened)->FindTracesWithin(
      {.name = "op"}, {.cancelled = [&] { return seen >= 10; }}, count);
  EXPECT_EQ(cancelled.code(), StatusCode::kCancelled);
  EXPECT_LE(seen, 11u);
  const auto late = (*opened)->FindTracesWithin({.name = "op"}, {.deadline_monotonic_ns = 1}, count);
  EXPECT_EQ(late.code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ((*opened)
                ->VisitTracesWithin({}, {.deadline_monotonic_ns = 1},
                                    [](trace::Trace&) { return true; })
                .code(),
            StatusCode::kDeadlineExceeded);
  seen = 0;
  EXPECT_TRUE((*opened)->FindTracesWithin({.name = "op"}, {}, count).ok());
  EXPECT_EQ(seen, 200u);
}

}  // namespace
}  // namespace awry::columnar
