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
