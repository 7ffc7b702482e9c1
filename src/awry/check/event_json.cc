#include "awry/check/event_json.h"

#include "awry/query/time_text.h"

namespace awry::check {
namespace {

void AppendMembers(const Violation& violation, codec::JsonWriter& json) {
  json.Key("id").String(std::to_string(violation.id)).Key("check").String(violation.check);
  json.Key("severity").String(SeverityName(violation.severity));
  json.Key("trace_id").String(trace::ToHex(violation.trace_id)).Key("at_ns").Int(violation.at_ns);
  if (violation.span_id == 0) return;
  json.Key("span").BeginObject().Key("service").String(violation.service).Key("name").String(violation.span);
  json.Key("span_id").String(trace::SpanIdToHex(violation.span_id)).EndObject();
}

}  // namespace

void AppendViolation(const Violation& violation, codec::JsonWriter& json) {
  json.BeginObject();
  AppendMembers(violation, json);
  json.EndObject();
}

std::string ViolationEvent(const Violation& violation, const Check* check) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("type").String("violation");
  AppendMembers(violation, json);
  json.Key("at").String(query::TimeToText(violation.at_ns));
  if (check != nullptr) {
    json.Key(check->always ? "always" : "never").String(check->query);
    if (!check->description.empty()) json.Key("description").String(check->description);
  }
  json.EndObject();
  return out;
}

std::string FindingEvent(std::string_view state, std::string_view finding) {
  std::string out;
  codec::JsonWriter(out)
      .BeginObject()
      .Key("type")
      .String("finding")
      .Key("state")
      .String(state)
      .Key("finding")
      .Raw(finding)
      .EndObject();
  return out;
}

}  // namespace awry::check
