#include "check_text.h"

#include <fmt/format.h>

#include <cctype>
#include <set>

#include "awry/check/check_yaml.h"
#include "awry/query/time_text.h"
#include "codec/utf8.h"
#include "terminal.h"

namespace awry::app {
namespace {

using codec::JsonValue;

std::string Text(JsonValue value) { return Visible(value.AsString().value_or("")); }
uint64_t Number(JsonValue value) { return value.AsUInt64().value_or(0); }
std::string Time(JsonValue ns) { return query::TimeToText(ns.AsInt64().value_or(0)); }

std::string SampleText(JsonValue sample) {
  std::string out = fmt::format("    {}  {}", Text(sample.Find("trace_id")), Time(sample.Find("start_ns")));
  if (const JsonValue span = sample.Find("span"); span.exists())
    out += fmt::format("  {}: {}", Text(span.Find("service")), Text(span.Find("name")));
  std::string values;
  for (const JsonValue value : sample.Find("values").items()) {
    const std::string field = Text(value.Find("field"));
    if (field == "name") continue;
    values += fmt::format("{}{} = {}", values.empty() ? "" : ", ", field, Text(value.Find("value")));
  }
  if (!values.empty()) out += "  " + values;
  if (const JsonValue label = sample.Find("label"); label.exists()) out += fmt::format("  [{}]", Text(label));
  return out + "\n";
}

std::string OutcomeText(JsonValue check, size_t examples) {
  const uint64_t violations = Number(check.Find("violations"));
  const uint64_t checked = Number(check.Find("checked"));
  const char* mark = violations > 0 ? "✗" : checked > 0 ? "✓" : "·";
  std::string out = fmt::format("{} {}  ({})  ", mark, Text(check.Find("name")), Text(check.Find("severity")));
  if (violations > 0) {
    out += fmt::format("violated by {} of {} traces\n", Grouped(violations), Grouped(checked));
  } else if (checked > 0) {
    out += fmt::format("holds in {} traces\n", Grouped(checked));
  } else {
    out += "applies to no trace\n";
  }
  const char* word = check.Find("always").exists() ? "always" : "never";
  if (violations == 0) return out;
  out += fmt::format("    {} {}\n", word, Text(check.Find(word)));
  if (const std::string description = Text(check.Find("description")); !description.empty())
    out += "    " + description + "\n";
  const JsonValue labelled = check.Find("labelled");
  const JsonValue wrong = labelled.Find("wrong"), right = labelled.Find("right");
  if (Number(wrong.Find("checked")) + Number(right.Find("checked")) > 0) {
    out += fmt::format("    {} of {} labelled wrong, {} of {} labelled right\n",
                       Grouped(Number(wrong.Find("violations"))), Grouped(Number(wrong.Find("checked"))),
                       Grouped(Number(right.Find("violations"))), Grouped(Number(right.Find("checked"))));
  }
  out += fmt::format("    first {}, last {}\n", Time(check.Find("first_violation_ns")),
                     Time(check.Find("last_violation_ns")));
  size_t shown = 0;
  for (const JsonValue sample : check.Find("samples").items()) {
    if (shown++ == examples) break;
    out += SampleText(sample);
  }
  return out;
}

// "fetch-patterns.user_id": what a check is about, as a name.
std::string NameOf(JsonValue invariant, std::set<std::string>& taken) {
  std::string name(invariant.Find("span").Find("name").AsString().value_or("check"));
  for (const JsonValue key : invariant.Find("attributes").items())
    name += "-" + std::string(key.AsString().value_or(""));
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (!(byte >= 0x80 || std::isalnum(byte) != 0 || c == '.' || c == '_' || c == '-')) c = '-';
  }
  constexpr size_t kRoomForNumber = 5;
  name = codec::TruncateUtf8(name, check::kNameBytesMax - kRoomForNumber);
  const std::string base = name;
  for (int number = 2; !taken.insert(name).second; ++number) name = fmt::format("{}-{}", base, number);
  return name;
}

}  // namespace

std::string CheckText(JsonValue answer, size_t examples) {
  std::string out;
  size_t violated = 0;
  for (const JsonValue check : answer.Find("checks").items()) {
    out += OutcomeText(check, examples);
    violated += Number(check.Find("violations")) > 0 ? 1 : 0;
  }
  const size_t all = answer.Find("checks").size();
  out += fmt::format("\n{} of {} checks {} violated; {} traces read in {:.1f} s\n", violated, all,
                     violated == 1 ? "is" : "are", Grouped(Number(answer.Find("traces"))),
                     static_cast<double>(Number(answer.Find("took_ms"))) / 1'000);
  return out;
}

std::string InvariantsYaml(JsonValue answer) {
  std::string checks, unsaid;
  std::set<std::string> taken;
  for (const JsonValue invariant : answer.Find("invariants").items()) {
    const std::string support = fmt::format("held in {} of {} traces", Grouped(Number(invariant.Find("holds"))),
                                            Grouped(Number(invariant.Find("of"))));
    const std::string statement = Text(invariant.Find("statement"));
    const auto query = invariant.Find("check").AsString();
    if (!query.has_value() || query->empty()) {
      unsaid += fmt::format("# {}: {}; no query says it\n", statement, support);
      continue;
    }
    checks += fmt::format("  - name: {}  # {}\n    never: {}\n    severity: warning\n    description: {}\n",
                          check::YamlScalar(NameOf(invariant, taken)), support, check::YamlScalar(*query),
                          check::YamlScalar(codec::TruncateUtf8(statement, check::kDescriptionBytesMax)));
  }
  if (checks.empty()) return "# no invariants found: more right traces are needed\nchecks: []\n" + unsaid;
  return "checks:\n" + checks + unsaid;
}

}  // namespace awry::app
