#include "awry/check/dry_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/query/trace_builder.h"
#include "awry/query/vector_store.h"

namespace awry::check {
namespace {

using query::Attr;
using query::MakeTrace;

constexpr int64_t kHourNs = 3'600'000'000'000;

std::shared_ptr<const RuleSet> Rules(std::vector<Check> checks) {
  std::vector<PlacedCheck> placed;
  for (Check& check : checks) placed.push_back({.check = std::move(check)});
  auto rules = RuleSet::Make(placed);
  EXPECT_TRUE(rules.ok()) << rules.status().message();
  return *rules;
}

// One trace an hour; every fifth is wrong.
void Fill(query::VectorStore& store, uint64_t n) {
  for (uint64_t i = 1; i <= n; ++i) {
    store.Add(MakeTrace(i, {{.id = 1, .service = "web", .name = "fetch", .attributes = {Attr("owner", i % 5 == 0 ? "b" : "a")}, .start_ns = static_cast<int64_t>(i) * kHourNs}}));
    std::vector<trace::Label> labels{{.trace_id = {0, i}, .verdict = i % 5 == 0 ? trace::Verdict::kWrong : trace::Verdict::kRight}};
    if (i % 2 != 0) continue;
    EXPECT_TRUE(store.PutLabels(labels).ok());
  }
}

TEST(DryRun, CountsByLabelAndTimeAndNamesExamples) {
  query::VectorStore store;
  Fill(store, 50);
  const auto rules = Rules({{.name = "owner", .query = "{ span.owner = \"b\" }"}, {.name = "none", .query = "{ span.x = 1 }"}});
  const auto result = DryRun(store, *rules, {.window = {.from_ns = kHourNs, .until_ns = 50 * kHourNs}, .examples_max = 3});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->traces, 50u);
  EXPECT_TRUE(result->complete);
  const CheckOutcome& owner = result->outcomes[0];
  EXPECT_EQ(owner.all.checked, 50u);
  EXPECT_EQ(owner.all.violations, 10u);
  EXPECT_EQ(owner.wrong.violations, 5u);
  EXPECT_EQ(owner.wrong.checked, 5u);
  EXPECT_EQ(owner.right.violations, 0u);
  EXPECT_EQ(owner.right.checked, 20u);
  EXPECT_EQ(owner.unlabelled.checked, 25u);
  EXPECT_EQ(owner.first_ns, 5 * kHourNs);
  EXPECT_EQ(owner.last_ns, 50 * kHourNs);
  ASSERT_EQ(owner.examples.size(), 3u);
  EXPECT_EQ(owner.examples[0].second.low, 50u);
  EXPECT_EQ(owner.examples[2].second.low, 40u);
  EXPECT_EQ(owner.samples.front().values.front(), (std::pair<std::string, std::string>("span.owner", "b")));
  EXPECT_EQ(owner.samples.front().label, trace::Verdict::kWrong);
  EXPECT_EQ(owner.samples.front().span, "fetch");
  uint64_t checked = 0, violations = 0;
  for (const Tally& point : owner.series) {
    checked += point.checked;
    violations += point.violations;
  }
  EXPECT_EQ(checked, 50u);
  EXPECT_EQ(violations, 10u);
  EXPECT_EQ(result->step_ns, kHourNs);
  EXPECT_EQ(result->outcomes[1].all.checked, 0u);
  EXPECT_EQ(result->outcomes[1].series.size(), owner.series.size());
}

TEST(DryRun, SaysWhenALimitWasMet) {
  query::VectorStore store;
  Fill(store, 20);
  const auto rules = Rules({{.name = "owner", .query = "{ span.owner = \"b\" }"}});
  const auto most = DryRun(store, *rules, {.traces_max = 20});
  EXPECT_TRUE(most->complete);
  const auto cut = DryRun(store, *rules, {.traces_max = 19});
  EXPECT_FALSE(cut->complete);
  EXPECT_EQ(cut->traces, 19u);
  EXPECT_EQ(cut->outcomes[0].last_ns, 20 * kHourNs) << "the newest are read";
  const auto late = DryRun(store, *rules, {.time = std::chrono::milliseconds(0)});
  EXPECT_FALSE(late->complete);
  EXPECT_EQ(late->traces, 0u);
}

TEST(DryRun, OverAnEmptyStoreIsEmpty) {
  query::VectorStore store;
  const auto result = DryRun(store, *Rules({{.name = "a", .query = "{}"}}), {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->traces, 0u);
}

}  // namespace
}  // namespace awry::check
