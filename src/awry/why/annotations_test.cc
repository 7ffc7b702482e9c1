#include "awry/why/annotations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/why/made_system.h"
#include "awry/why/memory_store.h"
#include "awry/why/why.h"

namespace awry::why {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

trace::Attribute Text(const std::string& key, const std::string& text) {
  return {key, trace::Value(trace::ValueView::String(text))};
}

trace::Trace WithAttributes(trace::Attributes attributes) {
  trace::Span span{.span_id = 7, .attributes = std::move(attributes), .resource = std::make_shared<trace::Resource>(),
                   .scope = std::make_shared<trace::Scope>()};
  return {.id = {1, 2}, .spans = {span}};
}

TEST(Annotations, BecomeLabelsOfTheSpanOrTheTrace) {
  const auto labels = AnnotationsOf(WithAttributes(
      {Text("annotations.0.annotation.label", "Incorrect"), Text("annotations.0.annotation.name", "reviewer"),
       Text("annotations.0.annotation.explanation", "another person's row"),
       {"trace.annotations.0.annotation.score", trace::Value(trace::ValueView::Double(0.9))}}));
  ASSERT_EQ(labels.size(), 2u);
  const trace::Label& of_span = labels[0].span_id == 7 ? labels[0] : labels[1];
  const trace::Label& of_trace = labels[0].span_id == 7 ? labels[1] : labels[0];
  EXPECT_EQ(of_span.verdict, trace::Verdict::kWrong);
  EXPECT_EQ(of_span.source, "reviewer");
  EXPECT_EQ(of_span.note, "another person's row");
  EXPECT_EQ(of_trace.verdict, trace::Verdict::kRight);
  EXPECT_EQ(of_trace.span_id, 0u);
}

TEST(Annotations, ThatGiveNoVerdictAreNoLabels) {
  EXPECT_THAT(AnnotationsOf(WithAttributes({Text("annotations.0.annotation.label", "verbose"),
                                            {"annotations.1.annotation.score", trace::Value(trace::ValueView::Double(17))},
                                            Text("annotations.x.annotation.label", "wrong"), Text("annotations.", "wrong"),
                                            Text("annotations.99999999999999999999.annotation.label", "wrong"),
                                            Text("annotations.2", "wrong")})),
              IsEmpty());
  EXPECT_EQ(VerdictOfScore(0.0), trace::Verdict::kWrong);
  EXPECT_EQ(VerdictOfScore(-1), std::nullopt);
}

// An evaluator's span comes hours after the answer, into the same trace.
TEST(Annotations, AnswerTheQuestionWhenThereAreNoOtherLabels) {
  MemoryStore store;
  MadeSystem system = MakeSystem({.seed = 21, .fault = MadeFault::kCutKey});
  std::map<trace::TraceId, trace::Verdict> verdicts;
  for (const trace::Label& label : system.labels) verdicts[label.trace_id] = label.verdict;
  for (trace::Trace& trace : system.traces) {
    if (const auto verdict = verdicts.find(trace.id); verdict != verdicts.end()) {
      trace::Span late = trace.spans.front();
      late.parent_id = late.span_id;
      late.span_id = 99;
      late.name = "evaluate";
      late.start_ns += int64_t{5} * 3'600 * 1'000'000'000;
      late.end_ns = late.start_ns + 1;
      late.attributes = {Text("trace.annotations.0.annotation.label", verdict->second == trace::Verdict::kWrong ? "incorrect" : "correct")};
      trace.spans.push_back(late);
    }
    store.Add(trace);
  }
  auto answer = Engine(store).Explain({});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  ASSERT_FALSE(answer->causes.empty());
  EXPECT_EQ(answer->causes.front().span.name, "load_profile");
  EXPECT_THAT(answer->searched.notes, Contains(HasSubstr("annotations")));
}

}  // namespace
}  // namespace awry::why
