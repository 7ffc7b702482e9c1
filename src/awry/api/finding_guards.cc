#include "awry/api/finding_guards.h"

#include <algorithm>
#include <map>

#include "awry/api/violated_checks.h"
#include "awry/query/query.h"
#include "base/log.h"

namespace awry::api {
namespace {

bool Guards(const check::Rule& rule, const why::Cause& cause) {
  if (!cause.check.empty()) {
    const auto query = query::Parse(cause.check);
    if (query.ok() && query->ToText() == rule.violation_query()) return true;
  }
  if (!rule.span_name().empty() && rule.span_name() != cause.span.name) return false;
  return std::ranges::any_of(rule.fields(), [&](const query::Field& field) {
    const std::string attribute = CauseAttribute(field);
    return !attribute.empty() && std::ranges::find(cause.attributes, attribute) != cause.attributes.end() &&
           (!rule.span_name().empty() || attribute[0] != '@');
  });
}

}  // namespace

std::vector<FindingGuards> GuardsOf(const std::vector<why::Finding>& findings, check::Watcher* watcher) {
  std::vector<FindingGuards> out(findings.size());
  if (watcher == nullptr || findings.empty()) return out;
  const auto counts = watcher->ledger().Counts(0);
  if (!counts.ok()) base::LogWarning("violations cannot be read: {}", counts.status().ToString());
  const auto in_force = watcher->book().in_force();
  for (size_t i = 0; i < findings.size(); ++i) {
    const why::Finding& finding = findings[i];
    for (const check::Rule& rule : in_force->rules->rules()) {
      if (!Guards(rule, finding.cause)) continue;
      const std::string& name = rule.check().name;
      out[i].guards.push_back(name);
      if (!counts.ok() || !counts->contains(name)) continue;
      const auto last_ns = counts->at(name).last_violation_ns;
      if (last_ns.has_value() && *last_ns >= finding.until_ns.value_or(finding.since_ns))
        out[i].violated.push_back(name);
    }
  }
  return out;
}

}  // namespace awry::api
