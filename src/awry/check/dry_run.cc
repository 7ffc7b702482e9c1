#include "awry/check/dry_run.h"

#include <algorithm>
#include <unordered_map>

#include "awry/query/search.h"

namespace awry::check {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr size_t kPointsMax = 60;

// The shortest usual step that gives at most kPointsMax points.
int64_t StepFor(int64_t length_ns) {
  constexpr int64_t kMinute = 60, kHour = 3'600, kDay = 86'400;
  constexpr int64_t kSteps[] = {1,          2,          5,          10,         15,        30,
                                kMinute,    2 * kMinute, 5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute,
                                kHour,      2 * kHour,  3 * kHour,  6 * kHour,  12 * kHour, kDay,
                                2 * kDay,   7 * kDay,   14 * kDay,  30 * kDay};
  for (const int64_t step : kSteps) {
    if (length_ns / (step * kSecondNs) < static_cast<int64_t>(kPointsMax)) return step * kSecondNs;
  }
  return length_ns / static_cast<int64_t>(kPointsMax - 1) + 1;
}

// Keeps the newest `max` of what is added, newest first.
template <typename T>
void KeepNewest(std::vector<T>& kept, T item, size_t max, auto newer) {
  const auto place = std::upper_bound(kept.begin(), kept.end(), item, newer);
  if (static_cast<size_t>(place - kept.begin()) >= max) return;
  kept.insert(place, std::move(item));
  if (kept.size() > max) kept.pop_back();
}

// Used by one thread.
class Judge {
 public:
  Judge(const RuleSet& rules, const DryRunOptions& options, DryRunResult& result)
      : rules_(rules.rules()), options_(options), result_(result) {
    result_.outcomes.resize(rules_.size());
  }

  void Take(const trace::Trace& trace, const std::vector<trace::Label>& labels) {
    ++result_.traces;
    const int64_t start_ns = trace::Root(trace)->start_ns;
    std::optional<trace::Verdict> label;
    for (const trace::Label& given : labels) {
      if (!label.has_value() || given.verdict == trace::Verdict::kWrong) label = given.verdict;
    }
    for (size_t i = 0; i < rules_.size(); ++i) {
      const Judgement judgement = rules_[i].Judge(trace, labels);
      if (!judgement.applies) continue;
      CheckOutcome& outcome = result_.outcomes[i];
      Tally& group = !label.has_value()                       ? outcome.unlabelled
                     : *label == trace::Verdict::kWrong ? outcome.wrong
                                                        : outcome.right;
      for (Tally* tally : {&outcome.all, &group, &PointAt(outcome, start_ns)}) {
        ++tally->checked;
        tally->violations += judgement.violated ? 1 : 0;
      }
      if (judgement.violated) Note(outcome, rules_[i], trace, labels, label, judgement, start_ns);
    }
  }

 private:
  Tally& PointAt(CheckOutcome& outcome, int64_t at_ns) {
    const auto points = static_cast<size_t>((result_.end_ns - result_.start_ns) / result_.step_ns) + 1;
    outcome.series.resize(points);
    const int64_t index = (at_ns - result_.start_ns) / result_.step_ns;
    return outcome.series[static_cast<size_t>(
        std::clamp<int64_t>(index, 0, static_cast<int64_t>(points) - 1))];
  }

  void Note(CheckOutcome& outcome, const Rule& rule, const trace::Trace& trace,
            const std::vector<trace::Label>& labels, std::optional<trace::Verdict> label,
            const Judgement& judgement, int64_t start_ns) {
    outcome.first_ns = std::min(outcome.first_ns.value_or(start_ns), start_ns);
    outcome.last_ns = std::max(outcome.last_ns.value_or(start_ns), start_ns);
    KeepNewest(outcome.examples, {start_ns, trace.id}, options_.examples_max, std::greater<>());
    const bool newest = outcome.samples.size() < options_.samples_max ||
                        start_ns > outcome.samples.back().start_ns;
    if (!newest) return;
    Sample sample{.trace_id = trace.id, .start_ns = start_ns, .label = label};
    const size_t index = judgement.span.value_or(
        static_cast<size_t>(trace::Root(trace) - trace.spans.data()));
    if (judgement.span.has_value()) {
      const trace::Span& span = trace.spans[index];
      sample.service = span.resource->service;
      sample.span = span.name;
      sample.span_id = span.span_id;
    }
    query::Stage select;
    select.kind = query::Stage::Kind::kSelect;
    select.select = rule.fields();
    const query::Query fields(query::Pipeline{.source = {}, .stages = {std::move(select)}});
    sample.values = query::SelectedValues(fields, {.trace = trace, .matched = {index}, .labels = labels}, index);
    KeepNewest(outcome.samples, std::move(sample), options_.samples_max,
               [](const Sample& x, const Sample& y) { return x.start_ns > y.start_ns; });
  }

  const std::vector<Rule>& rules_;
  const DryRunOptions& options_;
  DryRunResult& result_;
};

void SetRange(store::TraceStore& store, const DryRunOptions& options, DryRunResult& result) {
  const store::StoreStats stats = store.Stats();
  result.start_ns = std::max(options.window.from_ns, stats.oldest_ns);
  result.end_ns = std::max(result.start_ns, std::min(options.window.until_ns, stats.newest_ns));
  if (options.window.from_ns != store::kTimeMin) result.start_ns = options.window.from_ns;
  if (options.window.until_ns != store::kTimeMax)
    result.end_ns = std::max(result.start_ns, options.window.until_ns);
  result.step_ns = StepFor(result.end_ns - result.start_ns);
  result.start_ns -= ((result.start_ns % result.step_ns) + result.step_ns) % result.step_ns;
}

}  // namespace

base::Result<DryRunResult> DryRun(store::TraceStore& store, const RuleSet& rules,
                                  const DryRunOptions& options) {
  const int64_t deadline_ns = options.clock->MonotonicNs() + options.time.count() * 1'000'000;
  DryRunResult result;
  SetRange(store, options, result);
  std::unordered_map<trace::TraceId, std::vector<trace::Label>> labels;
  for (trace::Label& label : store.Labels()) labels[label.trace_id].push_back(std::move(label));
  std::vector<trace::TraceId> ids;
  RETURN_IF_ERROR(store.FindTraces(
      {.start_from_ns = options.window.from_ns, .start_until_ns = options.window.until_ns},
      [&](const trace::TraceId& id) {
        if (ids.size() == options.traces_max) {
          result.complete = false;
          return false;
        }
        ids.push_back(id);
        return true;
      }));
  Judge judge(rules, options, result);
  static const std::vector<trace::Label> kNone;
  RETURN_IF_ERROR(store.GetTraces(ids, [&](trace::Trace& trace) {
    if (options.clock->MonotonicNs() >= deadline_ns) {
      result.complete = false;
      return false;
    }
    const auto own = labels.find(trace.id);
    judge.Take(trace, own == labels.end() ? kNone : own->second);
    return true;
  }));
  const auto points = static_cast<size_t>((result.end_ns - result.start_ns) / result.step_ns) + 1;
  for (CheckOutcome& outcome : result.outcomes) outcome.series.resize(points);
  return result;
}

}  // namespace awry::check
