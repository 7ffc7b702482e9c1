// Judges the traces of the past by checks, and stores nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "awry/check/rule.h"
#include "awry/query/plan.h"
#include "awry/store/trace_store.h"
#include "base/clock.h"
#include "base/status.h"

namespace awry::check {

struct DryRunOptions {
  query::Window window;  // traces with a span that starts in it
  size_t traces_max = 500'000;  // the newest
  std::chrono::milliseconds time{60'000};
  size_t examples_max = 20;
  size_t samples_max = 10;
  const base::Clock* clock = &base::SystemClock();
};

struct Tally {
  uint64_t violations = 0;
  uint64_t checked = 0;
};

// One violating trace, with what the check compares.
struct Sample {
  trace::TraceId trace_id;
  int64_t start_ns = 0;
  std::optional<trace::Verdict> label;
  std::string service;
  std::string span;
  trace::SpanId span_id = 0;  // 0: no single span
  std::vector<std::pair<std::string, std::string>> values;  // field, value
};

struct CheckOutcome {
  Tally all;
  Tally wrong, right, unlabelled;  // by the label of the trace
  std::vector<std::pair<int64_t, trace::TraceId>> examples;  // newest first
  std::vector<Sample> samples;
  std::optional<int64_t> first_ns, last_ns;  // of the violating traces' roots
  std::vector<Tally> series;                 // one a step
};

struct DryRunResult {
  std::vector<CheckOutcome> outcomes;  // as the rules
  uint64_t traces = 0;                 // read
  bool complete = true;                // false: a limit was met
  int64_t start_ns = 0;                // of the series
  int64_t end_ns = 0;
  int64_t step_ns = 0;
};

// An open end of the window is that of the store's spans.
base::Result<DryRunResult> DryRun(store::TraceStore& store, const RuleSet& rules,
                                  const DryRunOptions& options);

}  // namespace awry::check
