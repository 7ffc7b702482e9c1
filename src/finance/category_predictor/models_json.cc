#include "finance/category_predictor/models_json.h"

#include "codec/json.h"

namespace finance::category_predictor {
namespace {

using awry::codec::JsonWriter;

void WriteFigures(JsonWriter& json, std::string_view name, bool measured, double accuracy, double macro_f1) {
  json.Key(name);
  if (!measured) {
    json.Null();
    return;
  }
  json.BeginObject().Key("accuracy").Double(accuracy).Key("macro_f1").Double(macro_f1).EndObject();
}

void WriteVersion(JsonWriter& json, const ModelVersion& version, const std::string& answering) {
  const bool measured = version.held_out > 0;
  json.BeginObject().Key("version").String(version.version).Key("origin").String(version.origin);
  json.Key("answers").Bool(version.version == answering).Key("chosen").Bool(version.chosen);
  json.Key("made_ns").Int(version.made_ns).Key("labels").Int(version.labels);
  json.Key("held_out").Int(version.held_out);
  WriteFigures(json, "figures", measured, version.accuracy, version.macro_f1);
  json.Key("compared_with").String(version.compared_with);
  WriteFigures(json, "compared_figures", measured, version.compared_accuracy, version.compared_macro_f1);
  json.Key("verdict").String(version.verdict).EndObject();
}

}  // namespace

std::string ModelsJson(const std::vector<ModelVersion>& versions, const RetrainerState& state, const std::string& answering) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("answering").String(answering);
  json.Key("training").BeginObject().Key("available").Bool(state.available).Key("running").Bool(state.running);
  json.Key("labels").Int(state.labels).Key("labels_wanted").Int(state.labels_wanted);
  json.Key("last_error").String(state.last_error).EndObject();
  json.Key("models").BeginArray();
  for (const ModelVersion& version : versions) WriteVersion(json, version, answering);
  json.EndArray().EndObject();
  return out;
}

}  // namespace finance::category_predictor
