// The three questions over a made system: planted faults are named, and nothing is named where
// nothing was planted.
#include "awry/why/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/query/query.h"
#include "awry/why/made_system.h"
#include "awry/why/statistics.h"

namespace awry::why {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Question Labelled() { return {}; }
Question Single(const trace::TraceId& id) { return {.kind = QuestionKind::kSingle, .trace = id}; }
Question Onset(int64_t at) { return {.kind = QuestionKind::kOnset, .onset_ns = at}; }

Answer Ask(MadeSystem system, const Question& question) {
  auto answer = ExplainTraces(std::move(system.traces), system.labels, question);
  EXPECT_TRUE(answer.ok()) << answer.status().ToString();
  return answer.ok() ? *answer : Answer{};
}

// The answer without deploys that are shown for context.
std::vector<Cause> Named(const Answer& answer) {
  std::vector<Cause> out = answer.causes;
  std::erase_if(out, [](const Cause& cause) { return cause.kind == "context"; });
  return out;
}

struct Planted {
  MadeFault fault;
  const char* name;
  std::vector<std::string> spans;
  std::vector<std::string> attributes;  // one of them must be named
};

class PlantedFault : public ::testing::TestWithParam<Planted> {
 protected:
  MadeSystem System() const { return MakeSystem({.seed = 5, .fault = GetParam().fault, .deploy_at_onset = true}); }
  void ExpectNamedFirst(const Answer& answer) const {
    const std::vector<Cause> causes = Named(answer);
    ASSERT_FALSE(causes.empty()) << ToPlainText(answer);
    const Cause& first = causes.front();
    EXPECT_THAT(GetParam().spans, Contains(first.span.name)) << ToPlainText(answer);
    EXPECT_THAT(first.attributes, Contains(::testing::AnyOfArray(GetParam().attributes))) << ToPlainText(answer);
    EXPECT_EQ(first.rank, 1u);
    EXPECT_FALSE(first.examples.empty());
    EXPECT_TRUE(first.pair.has_value());
    if (!first.check.empty()) {
      EXPECT_TRUE(query::Parse(first.check).ok()) << first.check;
    }
  }
};

TEST_P(PlantedFault, IsNamedFromLabels) { ExpectNamedFirst(Ask(System(), Labelled())); }

TEST_P(PlantedFault, IsNamedFromOneTrace) {
  MadeSystem system = System();
  const trace::TraceId id = system.faulted[system.faulted.size() / 2];
  ExpectNamedFirst(Ask(std::move(system), Single(id)));
}

TEST_P(PlantedFault, IsNamedFromTheMomentItBegan) {
  MadeSystem system = System();
  const int64_t about = system.onset_ns + int64_t{300} * 1'000'000'000;
  ExpectNamedFirst(Ask(std::move(system), Onset(about)));
}

// Nothing in the names says what the answer is, nor how sure it is.
MadeSystem WithoutTellingNames(MadeSystem system) {
  for (trace::Trace& trace : system.traces) {
    for (trace::Span& span : trace.spans) {
      for (trace::Attribute& attribute : span.attributes) {
        if (attribute.key == "result.tier" || attribute.key == "prediction.tier") attribute.key = "tariff";
        if (attribute.key == "result.confidence" || attribute.key == "prediction.confidence") attribute.key = "gamma";
      }
    }
  }
  return system;
}

TEST_P(PlantedFault, IsNamedFromOneTraceWhoseAnswerHasNoTellingName) {
  MadeSystem system = WithoutTellingNames(System());
  const trace::TraceId id = system.faulted[system.faulted.size() / 2];
  ExpectNamedFirst(Ask(std::move(system), Single(id)));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, PlantedFault,
    ::testing::Values(Planted{MadeFault::kCutKey, "CutKey", {"load_profile"}, {"row.customer"}},
                      Planted{MadeFault::kUnit, "Unit", {"price_basket"}, {"in.total"}},
                      Planted{MadeFault::kSwapped, "Swapped", {"price_basket"}, {"in.total", "in.shipping"}},
                      Planted{MadeFault::kFallback, "Fallback", {"guess_tier", "score_tier"}, {"@present"}},
                      Planted{MadeFault::kBadConfig, "BadConfig", {"price_basket", "score_tier"}, {"app.config.hash"}},
                      Planted{MadeFault::kStale, "Stale", {"load_profile"}, {"row.age_s"}},
                      Planted{MadeFault::kWrongOrder, "WrongOrder", {"check_stock", "reserve_stock"}, {"@order"}}),
    [](const auto& made) { return std::string(made.param.name); });

TEST(Explain, SaysNothingWhereNothingIsWrong) {
  size_t alarms = 0, asked = 0;
  std::string named;
  for (uint64_t seed = 100; seed < 120; ++seed) {
    MadeSystem system = MakeSystem({.seed = seed, .traces = 900, .deploy_at_onset = seed % 2 == 0});
    const trace::TraceId id = system.natural_wrong[system.natural_wrong.size() / 2];
    for (const Question& question : {Labelled(), Single(id), Onset(system.onset_ns)}) {
      const Answer answer = Ask(system, question);
      ++asked;
      alarms += Named(answer).empty() ? 0 : 1;
      if (!Named(answer).empty()) named += Named(answer).front().statement + "\n";
      EXPECT_GT(answer.searched.facts, 100u);
    }
  }
  // Household rows are a harmless exception that one trace alone cannot tell from a fault.
  EXPECT_LE(alarms, 2u) << "of " << asked << "\n" << named;
}

// There are few spans and thousands of values: what is true of a span need not be told from all of these.
TEST(Explain, NamesASpanThatShouldNotBeThereFromFewLabels) {
  size_t named = 0;
  for (uint64_t seed = 200; seed < 220; ++seed) {
    const Answer answer = Ask(MakeSystem({.seed = seed, .traces = 220, .fault = MadeFault::kFallback, .fault_share = 0.08, .sudden = false}), Labelled());
    named += !Named(answer).empty() && Named(answer).front().attributes == std::vector<std::string>{"@present"} ? 1 : 0;
  }
  EXPECT_GE(named, 17u);
}

// Both values are common and neither becomes commoner: labels alone can show it.
TEST(Explain, NamesTwoValuesThatDoHarmTogether) {
  const Answer answer = Ask(MakeSystem({.seed = 5, .fault = MadeFault::kTogether}), Labelled());
  ASSERT_FALSE(answer.causes.empty()) << ToPlainText(answer);
  EXPECT_THAT(answer.causes.front().attributes, AllOf(Contains("parser.name"), Contains("channel")));
  EXPECT_EQ(answer.causes.front().kind, "interaction");
}

TEST(Explain, TellsTheStoryOfTheCutKeyInOneCause) {
  const MadeSystem system = MakeSystem({.seed = 8, .fault = MadeFault::kCutKey});
  const Answer answer = Ask(system, Labelled());
  ASSERT_FALSE(answer.causes.empty());
  const Cause& cause = answer.causes.front();
  EXPECT_EQ(cause.kind, "relation");
  EXPECT_THAT(cause.attributes, AllOf(Contains("row.customer"), Contains("profile.customer"), Contains("cache.key")));
  EXPECT_THAT(cause.statement, HasSubstr("load_profile: "));
  EXPECT_THAT(cause.statement, HasSubstr(" wrong and "));
  EXPECT_THAT(cause.statement, HasSubstr("is a cut-off `prof/c"));
  EXPECT_GT(cause.odds_ratio->ci.lo, 3);
  EXPECT_LT(cause.p_value, 1e-6);
  ASSERT_TRUE(cause.since_ns.has_value());
  EXPECT_NEAR(static_cast<double>(*cause.since_ns), static_cast<double>(system.onset_ns), 3.6e12);
  for (size_t k = 1; k < answer.causes.size(); ++k) {
    EXPECT_NE(answer.causes[k].span.name, "load_profile") << "one fault is one cause";
  }
}

TEST(Explain, PairsAWrongTraceWithARightOneThatDiffersInTheCause) {
  const Answer answer = Ask(MakeSystem({.seed = 8, .fault = MadeFault::kUnit}), Labelled());
  ASSERT_FALSE(answer.causes.empty());
  ASSERT_TRUE(answer.causes.front().pair.has_value());
  const TwinPair& pair = *answer.causes.front().pair;
  EXPECT_NE(pair.wrong, pair.right);
  ASSERT_FALSE(pair.differing.empty());
  EXPECT_EQ(pair.differing.front().attribute, "in.total");
  EXPECT_LE(pair.differing.size(), TwinPair::kRowsMax);
  EXPECT_THAT(answer.causes.front().statement, HasSubstr("is 100 times"));
}

TEST(Explain, TellsADeployApartFromACause) {
  const MadeSystem system = MakeSystem({.seed = 3, .deploy_at_onset = true});
  const Answer answer = Ask(system, Onset(system.onset_ns));
  EXPECT_THAT(Named(answer), IsEmpty());
  ASSERT_FALSE(answer.causes.empty());
  EXPECT_EQ(answer.causes.front().kind, "context");
  EXPECT_EQ(answer.causes.front().span.service, "stock");
}

TEST(Explain, SaysWhenThereAreTooFewTracesToTell) {
  MadeSystem system = MakeSystem({.seed = 3, .traces = 100});
  std::erase_if(system.labels, [](const trace::Label& label) { return label.verdict == trace::Verdict::kWrong; });
  const Answer answer = Ask(std::move(system), Labelled());
  EXPECT_THAT(answer.causes, IsEmpty());
  EXPECT_THAT(answer.searched.notes, Contains(HasSubstr("0 wrong (at least 4 needed)")));
}

TEST(Explain, LetsUnlabelledTracesStandInForRightOnes) {
  MadeSystem system = MakeSystem({.seed = 4, .fault = MadeFault::kSwapped, .labelled_right = 0});
  const Answer answer = Ask(std::move(system), Labelled());
  ASSERT_FALSE(answer.causes.empty()) << ToPlainText(answer);
  EXPECT_EQ(answer.causes.front().span.name, "price_basket");
  EXPECT_THAT(answer.searched.notes, Contains(HasSubstr("stand in")));
}

TEST(Explain, RefusesATraceThatIsNotThere) {
  auto answer = ExplainTraces({}, {}, Single({.high = 1, .low = 2}));
  EXPECT_EQ(answer.status().code(), base::StatusCode::kNotFound);
}

TEST(Explain, StopsWhenItsCallerSaysSo) {
  MadeSystem system = MakeSystem({.seed = 3, .traces = 200});
  auto answer = ExplainTraces(std::move(system.traces), system.labels, Labelled(), {},
                              [](std::string_view, double) { return false; });
  EXPECT_EQ(answer.status().code(), base::StatusCode::kCancelled);
}

TEST(Explain, WritesTheAnswerAsTheContractSays) {
  const Answer answer = Ask(MakeSystem({.seed = 8, .fault = MadeFault::kCutKey}), Labelled());
  const std::string json = ToJson(answer);
  for (const char* part : {"\"traces\":{\"bad\":", "\"causes\":[{\"rank\":1,\"score\":", "\"kind\":\"relation\"",
                           "\"span\":{\"service\":\"profile\",\"name\":\"load_profile\"}", "\"attributes\":[\"",
                           "\"bad\":{\"with\":", "\"p_value\":", "\"examples\":[\"", "\"check\":\"{ name = \\\"load_profile\\\"",
                           "\"odds_ratio\":{\"value\":", "\"series\":[{\"at\":\"", "\"searched\":{\"facts\":"}) {
    EXPECT_THAT(json, HasSubstr(part));
  }
  EXPECT_THAT(ToJson(Answer{}), HasSubstr("\"causes\":[]"));
  EXPECT_THAT(ToPlainText(Answer{}), HasSubstr("No cause found."));
}

}  // namespace
}  // namespace awry::why
