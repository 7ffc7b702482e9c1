#include "awry/api/violated_checks.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"

namespace awry::api {
namespace {

constexpr size_t kExamples = 5;
constexpr double kOverdue = 5;  // violations expected since the last one: none then is chance in e^-5

double ScoreOf(check::Severity severity) { return severity == check::Severity::kError ? 100 : 10; }

why::Cause CauseOf(const check::Rule& rule, const check::CheckCounts& counts,
                   const std::vector<check::Violation>& newest) {
  const check::Check& check = rule.check();
  why::Cause cause{.score = ScoreOf(check.severity), .kind = std::string(why::kCheckKind), .check = rule.violation_query()};
  check::Round::Count all, since;
  const int64_t last_ns = *counts.last_violation_ns;
  for (const auto& [hour_ns, count] : counts.by_hour) {
    all.checked += count.checked;
    all.violations += count.violations;
    if (hour_ns > last_ns) since.checked += count.checked;
    if (count.violations > 0 && !cause.since_ns) cause.since_ns = hour_ns;
    if (count.checked > 0) cause.series.push_back({hour_ns, static_cast<uint64_t>(count.violations), static_cast<uint64_t>(count.checked)});
  }
  cause.bad = {static_cast<uint64_t>(all.violations), static_cast<uint64_t>(std::max(all.checked, all.violations))};
  cause.last_ns = last_ns;
  const double share = static_cast<double>(all.violations) / static_cast<double>(std::max<int64_t>(1, all.checked - since.checked));
  if (share * static_cast<double>(since.checked) >= kOverdue) cause.until_ns = last_ns;
  for (const check::Violation& violation : newest) cause.examples.push_back(violation.trace_id);
  if (!newest.empty()) cause.span = {newest.front().service, newest.front().span};
  for (const query::Field& field : rule.fields()) {
    std::string attribute = CauseAttribute(field);
    if (!attribute.empty()) cause.attributes.push_back(std::move(attribute));
  }
  cause.statement = fmt::format("The check {} is violated in {} of {} traces{}{}.", check.name, cause.bad.with, cause.bad.of,
                                check.description.empty() ? "" : ": ", check.description);
  return cause;
}

}  // namespace

std::string CauseAttribute(const query::Field& field) {
  if (field.scope != query::FieldScope::kIntrinsic) return field.key;
  return field.intrinsic == query::Intrinsic::kDuration ? "@duration" : "";
}

std::vector<why::ReportedCause> ViolatedChecks(check::Watcher& watcher) {
  std::vector<why::ReportedCause> out;
  const auto counts = watcher.ledger().Counts(0);
  if (!counts.ok()) {
    base::LogWarning("violations cannot be read: {}", counts.status().ToString());
    return out;
  }
  const auto in_force = watcher.book().in_force();
  for (const check::Rule& rule : in_force->rules->rules()) {
    const check::Check& check = rule.check();
    const auto found = counts->find(check.name);
    if (check.severity == check::Severity::kInfo || found == counts->end() || !found->second.last_violation_ns) continue;
    const auto newest = watcher.ledger().List({.check = check.name, .limit = kExamples});
    if (!newest.ok()) {
      base::LogWarning("violations cannot be read: {}", newest.status().ToString());
      continue;
    }
    out.push_back({.check = check.name, .cause = CauseOf(rule, found->second, newest->violations)});
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& x, const auto& y) { return x.cause.score > y.cause.score; });
  return out;
}

}  // namespace awry::api
