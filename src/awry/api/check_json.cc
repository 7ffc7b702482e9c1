#include "awry/api/check_json.h"

#include <fmt/format.h>

#include "awry/api/request_json.h"
#include "awry/check/check_yaml.h"
#include "awry/check/event_json.h"

namespace awry::api {
namespace {

using check::Check;
using codec::JsonValue;
using codec::JsonWriter;

constexpr int64_t kSecondNs = 1'000'000'000;

base::Result<Check> CheckFromJson(JsonValue object) {
  if (!object.is_object()) return base::InvalidArgument("a check must be an object");
  for (const codec::JsonMember member : object.members()) {
    constexpr std::string_view kKnown[] = {"name", "never", "always", "severity", "description"};
    bool known = false;
    for (const std::string_view key : kKnown) known = known || member.key == key;
    if (!known) {
      return base::InvalidArgument(fmt::format(
          "unknown key '{}': expected name, never, always, severity or description", member.key.substr(0, 40)));
    }
  }
  Check check;
  ASSIGN_OR_RETURN(check.name, TextMember(object, "name"));
  ASSIGN_OR_RETURN(const std::string never, TextMember(object, "never"));
  ASSIGN_OR_RETURN(const std::string always, TextMember(object, "always"));
  ASSIGN_OR_RETURN(const std::string severity, TextMember(object, "severity"));
  ASSIGN_OR_RETURN(check.description, TextMember(object, "description"));
  if (check.name.empty()) return base::InvalidArgument("a check must have a 'name'");
  if (never.empty() == always.empty())
    return base::InvalidArgument("a check must have 'never' or 'always', and not both");
  check.always = never.empty();
  check.query = check.always ? always : never;
  if (!severity.empty()) {
    const auto known = check::SeverityFromName(severity);
    if (!known.has_value()) return base::InvalidArgument("'severity' must be info, warning or error");
    check.severity = *known;
  }
  return check;
}

// The members of a check that are its own.
void AppendCheck(const Check& check, JsonWriter& json) {
  json.Key("name").String(check.name).Key(check.always ? "always" : "never").String(check.query);
  json.Key("severity").String(check::SeverityName(check.severity));
  if (!check.description.empty()) json.Key("description").String(check.description);
}

void AppendPoint(int64_t at_ns, uint64_t violations, uint64_t checked, JsonWriter& json) {
  json.BeginObject().Key("at_ns").Int(at_ns).Key("violations").UInt(violations);
  json.Key("checked").UInt(checked).EndObject();
}

void AppendTally(const char* key, const check::Tally& tally, JsonWriter& json) {
  json.Key(key).BeginObject().Key("violations").UInt(tally.violations);
  json.Key("checked").UInt(tally.checked).EndObject();
}

struct Window {
  int64_t from_ns;  // start of an hour
  int64_t until_ns;
};

// Sums and series of one check over the hours of the window.
void AppendCounts(const check::CheckCounts& counts, const Window& window, JsonWriter& json) {
  check::Round::Count sum;
  std::string series;
  JsonWriter points(series);
  points.BeginArray();
  for (int64_t at_ns = window.from_ns; at_ns <= window.until_ns; at_ns += check::kCountStepNs) {
    const auto found = counts.by_hour.find(at_ns);
    const check::Round::Count hour = found == counts.by_hour.end() ? check::Round::Count{} : found->second;
    const int64_t violations = std::max<int64_t>(0, hour.violations);
    sum.violations += violations;
    sum.checked += hour.checked;
    AppendPoint(at_ns, static_cast<uint64_t>(violations), static_cast<uint64_t>(hour.checked), points);
  }
  points.EndArray();
  json.Key("violations").Int(sum.violations).Key("checked").Int(sum.checked);
  if (counts.last_violation_ns.has_value()) json.Key("last_violation_ns").Int(*counts.last_violation_ns);
  json.Key("series").Raw(series);
}

void AppendLive(check::Watcher& watcher, JsonWriter& json) {
  const check::WatcherCounts counts = watcher.counts();
  json.Key("live").BeginObject().Key("running").Bool(true).Key("quiet_ms").Int(counts.quiet_ms);
  json.Key("open").UInt(counts.open).Key("lag_ms").Int(counts.lag_ms);
  json.Key("evaluated").UInt(counts.evaluated).Key("skipped").UInt(counts.skipped);
  json.Key("late").UInt(counts.late).Key("unsaved").UInt(counts.unsaved);
  json.Key("problems").BeginArray();
  for (const std::string& problem : counts.problems) json.String(problem);
  json.EndArray();
  if (check::Webhook* webhook = watcher.webhook()) {
    const check::WebhookCounts hook = webhook->counts();
    json.Key("webhook").BeginObject().Key("host").String(webhook->host());
    json.Key("pending").UInt(hook.pending).Key("delivered").UInt(hook.delivered);
    json.Key("failed").UInt(hook.failed).Key("dead").UInt(hook.dead).EndObject();
  }
  json.EndObject();
}

void AppendSample(const check::Sample& sample, JsonWriter& json) {
  json.BeginObject().Key("trace_id").String(trace::ToHex(sample.trace_id));
  json.Key("start_ns").Int(sample.start_ns);
  if (sample.label.has_value())
    json.Key("label").String(*sample.label == trace::Verdict::kWrong ? "wrong" : "right");
  if (sample.span_id != 0) {
    json.Key("span").BeginObject().Key("service").String(sample.service).Key("name").String(sample.span);
    json.Key("span_id").String(trace::SpanIdToHex(sample.span_id)).EndObject();
  }
  json.Key("values").BeginArray();
  for (const auto& [field, value] : sample.values)
    json.BeginObject().Key("field").String(field).Key("value").String(value).EndObject();
  json.EndArray().EndObject();
}

void AppendOutcome(const check::Rule& rule, const check::CheckOutcome& outcome,
                   const check::DryRunResult& result, JsonWriter& json) {
  json.BeginObject();
  AppendCheck(rule.check(), json);
  json.Key("query").String(rule.violation_query());
  json.Key("checked").UInt(outcome.all.checked).Key("violations").UInt(outcome.all.violations);
  json.Key("examples").BeginArray();
  for (const auto& [start_ns, id] : outcome.examples) json.String(trace::ToHex(id));
  json.EndArray();
  if (outcome.first_ns.has_value()) {
    json.Key("first_violation_ns").Int(*outcome.first_ns);
    json.Key("last_violation_ns").Int(*outcome.last_ns);
  }
  json.Key("labelled").BeginObject();
  AppendTally("wrong", outcome.wrong, json);
  AppendTally("right", outcome.right, json);
  AppendTally("none", outcome.unlabelled, json);
  json.EndObject().Key("series").BeginArray();
  for (size_t i = 0; i < outcome.series.size(); ++i) {
    const check::Tally& point = outcome.series[i];
    AppendPoint(result.start_ns + static_cast<int64_t>(i) * result.step_ns, point.violations,
                point.checked, json);
  }
  json.EndArray().Key("samples").BeginArray();
  for (const check::Sample& sample : outcome.samples) AppendSample(sample, json);
  json.EndArray().EndObject();
}

}  // namespace

base::Result<ChecksBody> ChecksFromJson(JsonValue body, check::Problem& problem) {
  ChecksBody out;
  const JsonValue checks = body.Find("checks");
  const JsonValue yaml = body.Find("yaml");
  if (checks.exists() == yaml.exists())
    return base::InvalidArgument("request body must have 'checks' or 'yaml'");
  if (yaml.exists()) {
    const auto text = yaml.AsString();
    if (!text.has_value()) return base::InvalidArgument("'yaml' must be a string");
    out.yaml = std::string(*text);
    ASSIGN_OR_RETURN(out.checks, check::ReadYaml(out.yaml, &problem));
    if (out.yaml.empty()) out.yaml.push_back('\n');
    return out;
  }
  if (!checks.is_array()) return base::InvalidArgument("'checks' must be an array");
  for (const JsonValue item : checks.items()) {
    if (out.checks.size() == check::kChecksMax)
      return base::ResourceExhausted(fmt::format("more than {} checks", check::kChecksMax));
    auto read = CheckFromJson(item);
    if (!read.ok()) return read.status().WithContext(fmt::format("checks[{}]", out.checks.size()));
    out.checks.push_back({.check = *std::move(read)});
  }
  return out;
}

net::HttpResponse CheckFailure(const base::Status& status, const check::Problem& problem) {
  if (problem.line == 0 && problem.check.empty()) return net::ErrorResponse(status);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("error").BeginObject();
  json.Key("code").String(base::StatusCodeName(status.code())).Key("message").String(status.message());
  json.Key("details").BeginArray().BeginObject();
  if (problem.line != 0) json.Key("line").UInt(problem.line).Key("column").UInt(problem.column);
  if (!problem.check.empty()) json.Key("check").String(problem.check);
  if (problem.query_column != 0) {
    json.Key("query_column").UInt(problem.query_column).Key("expected").String(problem.expected);
    json.Key("found").String(problem.found);
  }
  json.EndObject().EndArray().EndObject().EndObject();
  return net::JsonResponse(base::HttpStatusOf(status.code()), std::move(out));
}

base::Result<std::string> ChecksToJson(check::Watcher& watcher, int64_t window_s, int64_t now_ns) {
  const Window window{(now_ns - window_s * kSecondNs) / check::kCountStepNs * check::kCountStepNs +
                          check::kCountStepNs,
                      now_ns};
  ASSIGN_OR_RETURN(const auto counts, watcher.ledger().Counts(window.from_ns));
  const auto in_force = watcher.book().in_force();
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("window_s").Int(window_s).Key("step_s").Int(check::kCountStepNs / kSecondNs);
  json.Key("checks").BeginArray();
  const auto& rules = in_force->rules->rules();
  for (size_t i = 0; i < rules.size(); ++i) {
    json.BeginObject();
    AppendCheck(rules[i].check(), json);
    json.Key("source").String(i < in_force->from_file ? "file" : "api");
    json.Key("query").String(rules[i].violation_query());
    const auto found = counts.find(rules[i].check().name);
    AppendCounts(found == counts.end() ? check::CheckCounts{} : found->second, window, json);
    json.EndObject();
  }
  json.EndArray().Key("yaml").String(in_force->yaml);
  AppendLive(watcher, json);
  json.EndObject();
  return out;
}

std::string DryRunToJson(const check::RuleSet& rules, const check::DryRunResult& result, int64_t took_ms) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("checks").BeginArray();
  for (size_t i = 0; i < rules.rules().size(); ++i)
    AppendOutcome(rules.rules()[i], result.outcomes[i], result, json);
  json.EndArray().Key("start_ns").Int(result.start_ns).Key("end_ns").Int(result.end_ns);
  json.Key("step_s").Int(result.step_ns / kSecondNs).Key("traces").UInt(result.traces);
  json.Key("took_ms").Int(took_ms).Key("complete").Bool(result.complete).EndObject();
  return out;
}

std::string ViolationsToJson(const check::ViolationPage& page) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("violations").BeginArray();
  for (const check::Violation& violation : page.violations) check::AppendViolation(violation, json);
  json.EndArray().Key("total").UInt(page.total);
  if (!page.next_cursor.empty()) json.Key("next_cursor").String(page.next_cursor);
  json.EndObject();
  return out;
}

}  // namespace awry::api
