#include "awry/why/finding_document.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "codec/json.h"

namespace awry::why {
namespace {

std::string Text(codec::JsonValue value) { return std::string(value.AsString().value_or("")); }

SpanRef ReadSpan(codec::JsonValue value) { return {Text(value.Find("service")), Text(value.Find("name"))}; }

Share ReadShare(codec::JsonValue value) {
  return {value.Find("with").AsUInt64().value_or(0), value.Find("of").AsUInt64().value_or(0)};
}

// What lists and comparisons need; the full cause stays as JSON.
Cause ReadCauseHead(codec::JsonValue value) {
  Cause cause;
  cause.rank = value.Find("rank").AsUInt64().value_or(0);
  cause.score = value.Find("score").AsDouble().value_or(0);
  cause.p_value = value.Find("p_value").AsDouble().value_or(1);
  cause.kind = Text(value.Find("kind"));
  cause.span = ReadSpan(value.Find("span"));
  if (value.Find("other_span").exists()) cause.other_span = ReadSpan(value.Find("other_span"));
  for (codec::JsonValue key : value.Find("attributes").items()) cause.attributes.push_back(Text(key));
  cause.statement = Text(value.Find("statement"));
  cause.check = Text(value.Find("check"));
  cause.bad = ReadShare(value.Find("bad"));
  cause.good = ReadShare(value.Find("good"));
  for (codec::JsonValue id : value.Find("examples").items()) {
    if (const auto trace = trace::TraceIdFromHex(id.AsString().value_or(""))) cause.examples.push_back(*trace);
  }
  return cause;
}

}  // namespace

std::string_view FindingStateName(FindingState state) {
  switch (state) {
    case FindingState::kNew: return "new";
    case FindingState::kConfirmed: return "confirmed";
    case FindingState::kFixed: return "fixed";
    case FindingState::kDismissed: return "dismissed";
  }
  return "new";
}

std::optional<FindingState> FindingStateFromName(std::string_view name) {
  for (FindingState state : {FindingState::kNew, FindingState::kConfirmed, FindingState::kFixed, FindingState::kDismissed}) {
    if (FindingStateName(state) == name) return state;
  }
  return std::nullopt;
}

namespace {

// FNV-1a: the same on every machine and in every version.
std::string IdOf(std::initializer_list<std::string_view> parts) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const std::string_view text : parts) {
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    hash = (hash ^ 0xff) * 0x100000001b3ULL;
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace

std::string FindingId(const Cause& cause) {
  return IdOf({cause.span.service, cause.span.name, cause.attributes.empty() ? cause.kind : cause.attributes.front()});
}

std::string CheckFindingId(std::string_view check) { return IdOf({kCheckKind, check}); }

bool SameSubject(const Cause& x, const Cause& y) {
  if (x.span != y.span) return false;
  if (x.attributes.empty() && y.attributes.empty()) return x.kind == y.kind;
  return std::any_of(x.attributes.begin(), x.attributes.end(), [&](const std::string& key) {
    return std::find(y.attributes.begin(), y.attributes.end(), key) != y.attributes.end();
  });
}

std::string ToJson(const Finding& finding) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("id").String(finding.id).Key("state").String(FindingStateName(finding.state));
  json.Key("since").String(Rfc3339(finding.since_ns));
  if (finding.until_ns) json.Key("until").String(Rfc3339(*finding.until_ns));
  if (!finding.note.empty()) json.Key("note").String(finding.note);
  json.Key("cause").Raw(finding.cause_json.empty() ? ToJson(finding.cause) : finding.cause_json);
  json.Key("checks").BeginArray();
  for (const std::string& name : finding.checks) json.String(name);
  json.EndArray().EndObject();
  return out;
}

std::string ToJson(const std::vector<Finding>& findings) {
  std::string out = "{\"findings\":[";
  for (size_t k = 0; k < findings.size(); ++k) out += (k == 0 ? "" : ",") + ToJson(findings[k]);
  return out + "]}";
}

std::string WriteFindings(const std::vector<Finding>& findings) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginArray();
  for (const Finding& finding : findings) {
    json.BeginObject().Key("id").String(finding.id).Key("state").String(FindingStateName(finding.state));
    json.Key("since_ns").Int(finding.since_ns);
    if (finding.until_ns) json.Key("until_ns").Int(*finding.until_ns);
    if (finding.marked_fixed_ns) json.Key("marked_fixed_ns").Int(*finding.marked_fixed_ns);
    json.Key("note").String(finding.note).Key("checks").BeginArray();
    for (const std::string& name : finding.checks) json.String(name);
    json.EndArray().Key("cause").Raw(finding.cause_json.empty() ? ToJson(finding.cause) : finding.cause_json);
    json.EndObject();
  }
  json.EndArray();
  return out;
}

base::Result<std::vector<Finding>> ReadFindings(std::string_view text) {
  const auto document = codec::JsonDocument::Parse(text);
  if (!document.ok()) return base::DataLoss("document of findings cannot be read: " + document.status().message());
  if (!document->root().is_array()) return base::DataLoss("document of findings is no list");
  std::vector<Finding> out;
  for (codec::JsonValue item : document->root().items()) {
    Finding finding{.id = Text(item.Find("id"))};
    const auto state = FindingStateFromName(Text(item.Find("state")));
    if (finding.id.empty() || !state) return base::DataLoss("document of findings has an entry without id or state");
    finding.state = *state;
    finding.since_ns = item.Find("since_ns").AsInt64().value_or(0);
    finding.until_ns = item.Find("until_ns").AsInt64();
    finding.marked_fixed_ns = item.Find("marked_fixed_ns").AsInt64();
    finding.note = Text(item.Find("note"));
    for (codec::JsonValue name : item.Find("checks").items()) finding.checks.push_back(Text(name));
    finding.cause = ReadCauseHead(item.Find("cause"));
    codec::JsonWriter(finding.cause_json).Value(item.Find("cause"));
    out.push_back(std::move(finding));
  }
  return out;
}

}  // namespace awry::why
