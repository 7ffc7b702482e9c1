#include "awry/api/label_json.h"

#include <fmt/format.h>

#include "awry/api/request_json.h"
#include "awry/api/trace_id_text.h"
#include "awry/query/time_text.h"

namespace awry::api {
namespace {

base::Result<std::string> LimitedText(codec::JsonValue object, std::string_view key) {
  ASSIGN_OR_RETURN(std::string text, TextMember(object, key));
  if (text.size() > kLabelTextBytesMax) {
    return base::InvalidArgument(fmt::format("'{}' is too long: {} bytes, at most {}", key,
                                             text.size(), kLabelTextBytesMax));
  }
  return text;
}

base::Result<trace::Label> LabelFromJson(codec::JsonValue object) {
  if (!object.is_object()) return base::InvalidArgument("a label must be an object");
  trace::Label label;
  ASSIGN_OR_RETURN(const std::string trace_id, TextMember(object, "trace_id"));
  const auto id = ParseTraceId(trace_id);
  if (!id.has_value())
    return base::InvalidArgument("'trace_id' must be 1 to 32 hex digits, not all zero");
  label.trace_id = *id;
  ASSIGN_OR_RETURN(const std::string span_id, TextMember(object, "span_id"));
  if (!span_id.empty()) {
    const auto span = trace::SpanIdFromHex(span_id);
    if (!span.has_value()) return base::InvalidArgument("'span_id' must be 1 to 16 hex digits");
    label.span_id = *span;
  }
  ASSIGN_OR_RETURN(const std::string verdict, TextMember(object, "label"));
  if (verdict != "wrong" && verdict != "right")
    return base::InvalidArgument("'label' must be \"wrong\" or \"right\"");
  label.verdict = verdict == "wrong" ? trace::Verdict::kWrong : trace::Verdict::kRight;
  ASSIGN_OR_RETURN(label.expected, LimitedText(object, "expected"));
  ASSIGN_OR_RETURN(label.actual, LimitedText(object, "actual"));
  ASSIGN_OR_RETURN(label.source, LimitedText(object, "source"));
  ASSIGN_OR_RETURN(label.note, LimitedText(object, "note"));
  return label;
}

}  // namespace

base::Result<std::vector<trace::Label>> LabelsFromJson(codec::JsonValue value) {
  std::vector<trace::Label> labels;
  if (value.is_object()) {
    ASSIGN_OR_RETURN(trace::Label label, LabelFromJson(value));
    labels.push_back(std::move(label));
    return labels;
  }
  if (!value.is_array()) return base::InvalidArgument("labels must be an array of objects");
  if (value.size() > kLabelsMax)
    return base::InvalidArgument(
        fmt::format("too many labels at once: {}, at most {}", value.size(), kLabelsMax));
  for (const codec::JsonValue item : value.items()) {
    auto label = LabelFromJson(item);
    if (!label.ok()) return label.status().WithContext(fmt::format("labels[{}]", labels.size()));
    labels.push_back(*std::move(label));
  }
  return labels;
}

void AppendLabel(const trace::Label& label, codec::JsonWriter& json) {
  json.BeginObject()
      .Key("id")
      .String(label.id)
      .Key("trace_id")
      .String(trace::ToHex(label.trace_id));
  if (label.span_id != 0) json.Key("span_id").String(trace::SpanIdToHex(label.span_id));
  json.Key("label").String(label.verdict == trace::Verdict::kWrong ? "wrong" : "right");
  const auto text = [&](const char* key, const std::string& value) {
    if (!value.empty()) json.Key(key).String(value);
  };
  text("expected", label.expected);
  text("actual", label.actual);
  text("source", label.source);
  text("note", label.note);
  if (label.created_ns != 0) json.Key("created_at").String(query::TimeToText(label.created_ns));
  json.EndObject();
}

std::string LabelsToJson(std::span<const trace::Label> labels) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("labels").BeginArray();
  for (const trace::Label& label : labels) AppendLabel(label, json);
  json.EndArray().EndObject();
  return out;
}

}  // namespace awry::api
