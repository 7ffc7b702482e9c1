#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/query/trace_builder.h"
#include "awry/query/vector_store.h"
#include "awry/stats/dependencies.h"

namespace awry::stats {
namespace {

using query::MakeTrace;

void Fill(query::VectorStore& store) {
  store.Add(
      MakeTrace(1, {{.id = 1, .service = "web", .name = "get", .start_ns = 100},
                    {.id = 2,
                     .parent = 1,
                     .service = "api",
                     .name = "call",
                     .start_ns = 110,
                     .status = trace::SpanStatus::kError},
                    {.id = 3, .parent = 2, .service = "api", .name = "inner", .start_ns = 120},
                    {.id = 4, .parent = 2, .service = "db", .name = "select", .start_ns = 105}}));
  store.Add(
      MakeTrace(2, {{.id = 1, .service = "web", .name = "get", .start_ns = 200},
                    {.id = 2, .parent = 1, .service = "api", .name = "call", .start_ns = 210},
                    {.id = 9, .parent = 77, .service = "api", .name = "call", .start_ns = 220}}));
}

TEST(Dependencies, CountsCallsBetweenServices) {
  query::VectorStore store;
  Fill(store);
  EXPECT_THAT(*Dependencies(store, {}),
              testing::ElementsAre(Dependency{"api", "db", 1}, Dependency{"web", "api", 2}));
  EXPECT_THAT(*Dependencies(store, {}, "web"), testing::ElementsAre(Dependency{"web", "api", 2}));
}

TEST(Dependencies, KeepsToTheWindow) {
  query::VectorStore store;
  Fill(store);
  EXPECT_THAT(*Dependencies(store, {.from_ns = 201}),
              testing::ElementsAre(Dependency{"web", "api", 1}));
  EXPECT_THAT(*Dependencies(store, {.from_ns = 300}), testing::IsEmpty());
}

TEST(Dependencies, AreTheSameWhetherOrNotTheRollupKnowsThem) {
  constexpr int64_t kMinuteNs = 60'000'000'000;
  query::VectorStore store;
  Fill(store);
  for (uint64_t minute = 0; minute < 12; ++minute) {
    const auto start_ns = static_cast<int64_t>(minute) * kMinuteNs;
    store.Add(MakeTrace(100 + minute,
                        {{.id = 1, .service = "web", .name = "get", .start_ns = start_ns + 500},
                         {.id = 2, .parent = 1, .service = "db", .start_ns = start_ns + 40'000'000'000},
                         {.id = 3, .parent = 1, .service = "api", .start_ns = start_ns + kMinuteNs}}));
  }
  const query::Window windows[] = {{.from_ns = 0, .until_ns = 12 * kMinuteNs},
                                   {.from_ns = 201, .until_ns = 5 * kMinuteNs + 10},
                                   {.from_ns = 2 * kMinuteNs, .until_ns = 3 * kMinuteNs - 1}};
  Rollup rollup(store);
  for (const query::Window& window : windows) {
    const auto before = Dependencies(rollup, window);
    ASSERT_TRUE(before.ok());
    EXPECT_EQ(*before, *Dependencies(store, window));
    EXPECT_FALSE(before->empty());
  }
  ASSERT_TRUE(rollup.Cover(windows[2]).ok());  // it knows a part
  EXPECT_EQ(*Dependencies(rollup, windows[0]), *Dependencies(store, windows[0]));
  ASSERT_TRUE(rollup.Cover(windows[0]).ok());  // and now all
  std::vector<BlockPtr> blocks;
  EXPECT_THAT(rollup.CoverKept(windows[2], blocks), testing::IsEmpty());
  EXPECT_EQ(blocks.size(), 1u);
  for (const query::Window& window : windows)
    EXPECT_EQ(*Dependencies(rollup, window), *Dependencies(store, window));
}

TEST(CountOperations, CountsSpansAndErrors) {
  query::VectorStore store;
  Fill(store);
  const auto kind = trace::SpanKind::kInternal;
  EXPECT_THAT(*CountOperations(store, {}),
              testing::ElementsAre(OperationCount{"api", "call", kind, 3, 1},
                                   OperationCount{"api", "inner", kind, 1, 0},
                                   OperationCount{"db", "select", kind, 1, 0},
                                   OperationCount{"web", "get", kind, 2, 0}));
}

}  // namespace
}  // namespace awry::stats
