#include "finance/dashboard/reasons.h"

#include <algorithm>
#include <cmath>

#include "codec/json.h"

namespace finance::dashboard {

using awry::base::NotFound;
using awry::base::Result;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;

namespace {

constexpr std::string_view kReasonPrefix = "explain.";
constexpr std::string_view kInputPrefix = "features.";

JsonValue TagOf(JsonValue span, std::string_view key) {
  for (const JsonValue tag : span.Find("tags").items()) {
    if (tag.Find("key").AsString() == key) return tag.Find("value");
  }
  return {};
}

bool Failed(JsonValue span) { return TagOf(span, "error").AsBool().value_or(false); }

// The span of that name that started last: an earlier one belongs to an attempt that was repeated.
JsonValue NewestSpan(JsonValue spans, std::string_view name) {
  JsonValue newest;
  for (const JsonValue span : spans.items()) {
    if (span.Find("operationName").AsString() != name || Failed(span)) continue;
    if (!newest.exists() || span.Find("startTime").AsInt64() > newest.Find("startTime").AsInt64())
      newest = span;
  }
  return newest;
}

void AddInputs(JsonValue span, std::map<std::string, std::string>& inputs) {
  for (const JsonValue tag : span.Find("tags").items()) {
    const std::string_view key = tag.Find("key").AsString().value_or("");
    if (!key.starts_with(kInputPrefix)) continue;
    std::string json;
    JsonWriter(json).Value(tag.Find("value"));
    inputs[std::string(key.substr(kInputPrefix.size()))] = std::move(json);
  }
}

}  // namespace

Result<Explanation> ReadExplanation(std::string_view json) {
  ASSIGN_OR_RETURN(const auto document, awry::codec::JsonDocument::Parse(json));
  const JsonValue spans = document.root().Find("data").At(0).Find("spans");
  const JsonValue prediction = NewestSpan(spans, "model_prediction");
  if (!prediction.exists())
    return NotFound("The trace holds no prediction; it may be too old or still on its way.");
  Explanation explanation;
  for (const JsonValue tag : prediction.Find("tags").items()) {
    const std::string_view key = tag.Find("key").AsString().value_or("");
    const double weight = tag.Find("value").AsDouble().value_or(0);
    if (!key.starts_with(kReasonPrefix) || weight == 0) continue;
    explanation.reasons.push_back({std::string(key.substr(kReasonPrefix.size())), weight});
  }
  std::sort(explanation.reasons.begin(), explanation.reasons.end(),
            [](const Reason& a, const Reason& b) {
              const double heavier = std::abs(a.weight) - std::abs(b.weight);
              return heavier != 0 ? heavier > 0 : a.feature < b.feature;
            });
  explanation.category = TagOf(prediction, "prediction.category").AsString().value_or("");
  explanation.model_version = TagOf(prediction, "model.version").AsString().value_or("");
  AddInputs(NewestSpan(spans, "prepare_features"), explanation.inputs);
  return explanation;
}

std::string ExplanationJson(const Explanation& explanation) {
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("category").String(explanation.category);
  writer.Key("model_version").String(explanation.model_version).Key("reasons").BeginArray();
  for (const Reason& reason : explanation.reasons) {
    writer.BeginObject()
        .Key("feature")
        .String(reason.feature)
        .Key("weight")
        .Double(reason.weight)
        .EndObject();
  }
  writer.EndArray().Key("inputs").BeginObject();
  for (const auto& [name, value] : explanation.inputs) writer.Key(name).Raw(value);
  writer.EndObject().EndObject();
  return json;
}

}  // namespace finance::dashboard
