#include "awry/why/operations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/why/made_system.h"
#include "awry/why/memory_store.h"
#include "awry/why/why.h"

namespace awry::why {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

Cause MakeCause(const std::string& kind, const std::string& service, double score) {
  return {.score = score, .kind = kind, .span = {.service = service, .name = "step"}, .attributes = {"a"}};
}

TEST(Operations, OneOperationsAnswerStaysAsItIs) {
  const Answer answer = PutTogether({{.operation = "shop GET /", .answer = {.traces_bad = 5, .causes = {MakeCause("value", "x", 7)}}}}, 6.5, 10);
  ASSERT_EQ(answer.causes.size(), 1u);
  EXPECT_TRUE(answer.searched.notes.empty());
}

TEST(Operations, TheBestCauseOfAllIsFirstAndEachFurtherLookCosts) {
  std::vector<OperationAnswer> looks;
  looks.push_back({"shop GET /", {.traces_bad = 5, .traces_good = 6, .causes = {MakeCause("value", "weak", 7), MakeCause("context", "deployed", 0)}}});
  looks.push_back({"shop POST /", {.traces_bad = 2, .traces_good = 3, .causes = {MakeCause("relation", "strong", 12), MakeCause("context", "deployed", 0)},
                                   .searched = {.facts = 4, .notes = {"a note"}}}});
  looks.push_back({"shop PUT /", {.causes = {MakeCause("value", "fair", 8)}}});
  const Answer answer = PutTogether(std::move(looks), 6.5, 10);
  ASSERT_EQ(answer.causes.size(), 3u) << "6.5 + ln 3 = 7.6; the deploy once";
  EXPECT_EQ(answer.causes[0].span.service, "strong");
  EXPECT_EQ(answer.causes[1].span.service, "fair");
  EXPECT_EQ(answer.causes[2].span.service, "deployed");
  EXPECT_EQ(answer.causes[2].rank, 3u);
  EXPECT_EQ(answer.traces_bad, 7u);
  EXPECT_EQ(answer.searched.facts, 4u);
  EXPECT_THAT(answer.searched.notes, Contains("shop POST /: a note"));
  EXPECT_THAT(answer.searched.notes, Contains(HasSubstr("shop GET /, shop POST /, shop PUT /")));
}

// Most requests are of another operation, which shares no span with the one that is at fault.
TEST(Operations, AFaultOfTheLessFrequentOneIsFoundAtAMoment) {
  MemoryStore store;
  MadeSystem calm = MakeSystem({.seed = 31, .traces = 1'500}), faulty = MakeSystem({.seed = 32, .traces = 900, .fault = MadeFault::kUnit});
  for (trace::Trace& trace : calm.traces) {
    for (trace::Span& span : trace.spans) span.name = "other " + span.name;
    store.Add(trace);
  }
  for (const trace::Trace& trace : faulty.traces) store.Add(trace);
  const auto answer = Engine(store).Explain({.kind = QuestionKind::kOnset, .onset_ns = faulty.onset_ns});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  ASSERT_FALSE(answer->causes.empty());
  EXPECT_EQ(answer->causes.front().attributes.front(), "in.total");
  EXPECT_THAT(answer->searched.notes, Contains(HasSubstr("2 most frequent operations")));
}

}  // namespace
}  // namespace awry::why
