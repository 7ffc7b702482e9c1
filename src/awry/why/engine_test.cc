// The engine and the findings over a store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <fmt/format.h>

#include "awry/why/corpus.h"
#include "awry/why/findings.h"
#include "awry/why/made_system.h"
#include "awry/why/memory_store.h"
#include "awry/why/why.h"

namespace awry::why {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

void Fill(MemoryStore& store, MadeSystem& system, bool labels = true) {
  for (const trace::Trace& trace : system.traces) store.Add(trace);
  if (labels) {
    ASSERT_TRUE(store.PutLabels(system.labels).ok());
  }
}

TEST(Engine, AnswersFromTheLabelsOfAStore) {
  MemoryStore store;
  MadeSystem system = MakeSystem({.seed = 21, .fault = MadeFault::kCutKey});
  Fill(store, system);
  auto answer = Engine(store).Explain({});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  ASSERT_FALSE(answer->causes.empty());
  EXPECT_EQ(answer->causes.front().span.name, "load_profile");
}

TEST(Engine, AnswersFromQueriesAndSaysWhatDoesNotParse) {
  MemoryStore store;
  MadeSystem system = MakeSystem({.seed = 22, .fault = MadeFault::kSwapped});
  Fill(store, system);
  Engine engine(store);
  auto answer = engine.Explain({.bad_query = "{ name = \"price_basket\" && span.in.total < 32 }"});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_FALSE(answer->causes.empty());
  auto broken = engine.Explain({.bad_query = "{ name = "});
  EXPECT_EQ(broken.status().code(), base::StatusCode::kInvalidArgument);
  EXPECT_THAT(broken.status().message(), HasSubstr("column"));
  auto nothing = engine.Explain({.bad_query = "{ name = \"nowhere\" }"});
  EXPECT_EQ(nothing.status().code(), base::StatusCode::kInvalidArgument);
  EXPECT_THAT(nothing.status().message(), HasSubstr("matches no trace"));
}

TEST(Engine, AnswersFromOneTraceAndFromAMoment) {
  MemoryStore store;
  MadeSystem system = MakeSystem({.seed = 23, .fault = MadeFault::kUnit});
  Fill(store, system, false);
  Engine engine(store);
  auto single = engine.Explain({.kind = QuestionKind::kSingle, .trace = system.faulted.back()});
  ASSERT_TRUE(single.ok()) << single.status().ToString();
  ASSERT_FALSE(single->causes.empty());
  EXPECT_EQ(single->causes.front().attributes.front(), "in.total");
  auto onset = engine.Explain({.kind = QuestionKind::kOnset, .onset_ns = system.onset_ns});
  ASSERT_TRUE(onset.ok()) << onset.status().ToString();
  ASSERT_FALSE(onset->causes.empty());
  EXPECT_EQ(onset->causes.front().attributes.front(), "in.total");
  EXPECT_EQ(engine.Explain({.kind = QuestionKind::kSingle, .trace = {1, 1}}).status().code(), base::StatusCode::kNotFound);
}

TEST(Engine, ShowsWhatIsUnusualInATrace) {
  MemoryStore store;
  MadeSystem system = MakeSystem({.seed = 24, .fault = MadeFault::kCutKey});
  Fill(store, system, false);
  auto facts = Engine(store).UnusualFacts(system.faulted.back());
  ASSERT_TRUE(facts.ok()) << facts.status().ToString();
  const auto key = std::find_if(facts->begin(), facts->end(), [](const UnusualFact& f) { return f.attribute == "cache.key"; });
  ASSERT_NE(key, facts->end());
  EXPECT_THAT(key->usual, HasSubstr("prof/c"));
  EXPECT_GT(key->usual.size(), key->value.size());
  EXPECT_NE(key->span_id, 0u);
  EXPECT_GT(key->with * 10, key->of * 8);
}

TEST(Engine, ProposesRelationsAsChecks) {
  MemoryStore store;
  MadeSystem system = MakeSystem({.seed = 25});
  Fill(store, system);
  auto invariants = Engine(store).Invariants();
  ASSERT_TRUE(invariants.ok()) << invariants.status().ToString();
  std::vector<std::string> checks;
  for (const Invariant& invariant : *invariants) checks.push_back(invariant.check);
  EXPECT_THAT(checks, Contains("{ name = \"price_basket\" && span.in.total != parent.basket.total }"));
}

TEST(Findings, AreKeptFixedAndFoundAgain) {
  MemoryStore store;
  MadeSystem system = MakeSystem({.seed = 26, .fault = MadeFault::kCutKey});
  Fill(store, system);
  auto findings = Findings::Open(store, {}, {.background = false});
  ASSERT_TRUE(findings.ok());
  ASSERT_TRUE((*findings)->RefreshNow().ok());
  std::vector<Finding> list = (*findings)->List();
  ASSERT_FALSE(list.empty());
  EXPECT_EQ(list.front().cause.span.name, "load_profile");
  EXPECT_EQ(list.front().state, FindingState::kNew);
  const std::string id = list.front().id;

  auto patched = (*findings)->Patch(id, FindingState::kConfirmed, "seen");
  ASSERT_TRUE(patched.ok());
  EXPECT_EQ((*findings)->Patch("nothing", FindingState::kConfirmed, "").status().code(), base::StatusCode::kNotFound);
  ASSERT_TRUE((*findings)->RefreshNow().ok());
  EXPECT_EQ((*findings)->List().front().state, FindingState::kConfirmed) << "a search does not undo a person's word";

  // Later traces in which the relation holds again.
  MadeSystem after = MakeSystem({.seed = 27});
  const int64_t shift = int64_t{1'500} * 60 * 1'000'000'000;
  for (trace::Trace& trace : after.traces) {
    for (trace::Span& span : trace.spans) {
      span.start_ns += shift;
      span.end_ns += shift;
    }
    store.Add(trace);
  }
  ASSERT_TRUE((*findings)->RefreshNow().ok());
  list = (*findings)->List();
  ASSERT_FALSE(list.empty());
  EXPECT_EQ(list.front().id, id);
  EXPECT_EQ(list.front().state, FindingState::kFixed);
  ASSERT_TRUE(list.front().until_ns.has_value());
  EXPECT_GT(*list.front().until_ns, list.front().since_ns);
  EXPECT_THAT(ToJson(list), HasSubstr("\"state\":\"fixed\""));

  // A restart reads what was kept.
  auto again = Findings::Open(store, {}, {.background = false});
  ASSERT_TRUE(again.ok());
  ASSERT_EQ((*again)->List().size(), list.size());
  EXPECT_EQ((*again)->List().front().state, FindingState::kFixed);
  EXPECT_EQ((*again)->List().front().note, "seen");
  EXPECT_EQ(ToJson((*again)->List()), ToJson(list));
}

TEST(Findings, WhatAPersonMarkedAsFixedIsNotUndoneByTheSameOldTraces) {
  MemoryStore store;
  MadeSystem system = MakeSystem({.seed = 26, .fault = MadeFault::kCutKey});
  Fill(store, system);
  int64_t newest_ns = 0;
  for (const trace::Trace& trace : system.traces) newest_ns = std::max(newest_ns, trace.spans.front().start_ns);
  base::FakeClock clock(newest_ns + 1'000'000'000);
  auto findings = Findings::Open(store, {.clock = &clock}, {.background = false});
  ASSERT_TRUE(findings.ok());
  ASSERT_TRUE((*findings)->RefreshNow().ok());
  ASSERT_FALSE((*findings)->List().empty());
  const std::string id = (*findings)->List().front().id;
  ASSERT_TRUE((*findings)->Patch(id, FindingState::kFixed, "deployed").ok());
  ASSERT_TRUE((*findings)->RefreshNow().ok());
  EXPECT_EQ((*findings)->List().front().state, FindingState::kFixed);
  EXPECT_EQ((*findings)->List().front().until_ns, clock.NowUnixNs());

  // A restart remembers the mark.
  auto again = Findings::Open(store, {.clock = &clock}, {.background = false});
  ASSERT_TRUE(again.ok());
  ASSERT_TRUE((*again)->RefreshNow().ok());
  EXPECT_EQ((*again)->List().front().state, FindingState::kFixed);

  // Answers that go wrong by it after the mark bring it back.
  MadeSystem later = MakeSystem({.seed = 28, .traces = 400, .fault = MadeFault::kCutKey, .sudden = false});
  const int64_t shift = int64_t{1'500} * 60 * 1'000'000'000;
  for (trace::Trace& trace : later.traces) {
    for (trace::Span& span : trace.spans) {
      span.start_ns += shift;
      span.end_ns += shift;
    }
    store.Add(trace);
  }
  ASSERT_TRUE(store.PutLabels(later.labels).ok());
  ASSERT_TRUE((*again)->RefreshNow().ok());
  EXPECT_EQ((*again)->List().front().id, id);
  EXPECT_EQ((*again)->List().front().state, FindingState::kNew);
}

TEST(Findings, TheBackgroundSearchStopsWithItsOwner) {
  MemoryStore store;
  auto findings = Findings::Open(store, {});
  ASSERT_TRUE(findings.ok());
  (*findings)->LabelsChanged();
}

TEST(Findings, RefuseADocumentThatIsNone) {
  MemoryStore store;
  ASSERT_TRUE(store.PutDocument("findings", "{]").ok());
  EXPECT_EQ(Findings::Open(store, {}, {.background = false}).status().code(), base::StatusCode::kDataLoss);
  ASSERT_TRUE(store.PutDocument("findings", R"([{"id":"x","state":"odd"}])").ok());
  EXPECT_EQ(Findings::Open(store, {}, {.background = false}).status().code(), base::StatusCode::kDataLoss);
}

TEST(Corpus, LeavesOutWhatIsBeyondItsLimitsAndSaysSo) {
  Corpus corpus({.columns_max = 50, .columns_of_class_max = 40, .text_bytes_max = 16, .spans_of_trace_max = 10});
  trace::Trace trace{.id = {1, 1}};
  for (uint64_t k = 0; k < 30; ++k) {
    trace::Span span;
    span.span_id = k + 1;
    span.name = "s";
    span.resource = std::make_shared<trace::Resource>(trace::Resource{.service = "svc"});
    span.scope = std::make_shared<trace::Scope>();
    for (int a = 0; a < 100; ++a) {
      span.attributes.push_back({fmt::format("key{}", a), trace::Value(trace::ValueView::String(std::string(5'000, 'x')))});
    }
    trace.spans.push_back(std::move(span));
  }
  corpus.Add(trace);
  corpus.Finish();
  EXPECT_LE(corpus.columns().size(), 40u);
  EXPECT_THAT(corpus.left_out(), Contains(HasSubstr("spans beyond the limit of one trace")));
  EXPECT_THAT(corpus.left_out(), Contains(HasSubstr("keys beyond the limit")));
  EXPECT_THAT(corpus.left_out(), Contains(HasSubstr("long attribute values")));
}

TEST(Corpus, TakesAHostileTraceWithinItsBounds) {
  Corpus corpus;
  trace::Trace trace{.id = {1, 1}};
  const auto resource = std::make_shared<const trace::Resource>(trace::Resource{.service = "svc"});
  const auto scope = std::make_shared<const trace::Scope>();
  const trace::Value large(trace::ValueView::String(std::string(10'000, 'y')));
  for (uint64_t k = 0; k < 100'000; ++k) {
    trace::Span span{.span_id = k + 1, .parent_id = k, .name = "s", .resource = resource, .scope = scope};
    if (k % 10 == 0) span.attributes.push_back({fmt::format("key{}", k), k < 1'000 ? large : trace::Value(trace::ValueView::Int(1))});
    trace.spans.push_back(std::move(span));
  }
  // Only the representative span's attributes and those of repeats become columns.
  for (uint64_t k = 0; k < 10'000; ++k) trace.spans[19'999].attributes.push_back({fmt::format("other{}", k), large});
  corpus.Add(trace);
  corpus.Finish();
  EXPECT_LE(corpus.columns().size(), CorpusLimits{}.columns_of_class_max);
  EXPECT_LT(corpus.texts().bytes(), size_t{1} << 20) << "long values are kept cut";
  EXPECT_THAT(corpus.left_out(), Contains(HasSubstr("80000 spans beyond the limit of one trace")));
  EXPECT_THAT(corpus.left_out(), Contains(HasSubstr("keys beyond the limit")));
}

TEST(Engine, CountsLabelsThatContradictEachOther) {
  MemoryStore store;
  MadeSystem system = MakeSystem({.seed = 21, .fault = MadeFault::kCutKey});
  trace::Label other = system.labels.front();
  other.id = "other";
  other.source = "another person";
  other.verdict = other.verdict == trace::Verdict::kWrong ? trace::Verdict::kRight : trace::Verdict::kWrong;
  system.labels.push_back(other);
  Fill(store, system);
  auto answer = Engine(store).Explain({});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_THAT(answer->searched.notes, Contains(HasSubstr("contradict each other on 1 traces")));
}

TEST(Engine, SaysHowManyOfTheTracesItCouldNotRead) {
  MemoryStore store;
  MadeSystem system = MakeSystem({.seed = 26, .fault = MadeFault::kUnit});
  Fill(store, system);
  std::vector<trace::Label> gone{{.id = "gone", .trace_id = {9, 9}, .verdict = trace::Verdict::kWrong}};
  ASSERT_TRUE(store.PutLabels(gone).ok());
  const auto answer = Engine(store).Explain({});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_FALSE(answer->causes.empty());
  EXPECT_THAT(answer->searched.left_out, Contains(::testing::StartsWith("1 of ")));
}

TEST(Engine, SaysHowManyLabelsAreNeeded) {
  MemoryStore store;
  MadeSystem system = MakeSystem({.seed = 27});
  Fill(store, system, false);
  std::vector<trace::Label> right;
  for (size_t k = 0; k < 40; ++k) right.push_back({.id = std::to_string(k), .trace_id = system.traces[k].id, .verdict = trace::Verdict::kRight});
  ASSERT_TRUE(store.PutLabels(right).ok());
  const auto answer = Engine(store).Explain({});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_TRUE(answer->causes.empty());
  EXPECT_THAT(answer->searched.notes, Contains(HasSubstr("0 wrong (at least 4 needed) and 40 right (at least 20 needed)")));
}

TEST(Engine, SaysWhenItLooksAtASpreadOfTheTraces) {
  MemoryStore store;
  MadeSystem system = MakeSystem({.seed = 21, .fault = MadeFault::kCutKey});
  Fill(store, system);
  auto answer = Engine(store, {.traces_max = 200}).Explain({});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_LE(answer->traces_bad + answer->traces_good, 200u);
  EXPECT_THAT(answer->searched.notes, Contains(HasSubstr("a spread of")));
}

}  // namespace
}  // namespace awry::why
