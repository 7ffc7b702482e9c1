// awry label: a file of labels to the store.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "awry/api/label_json.h"
#include "backend.h"
#include "codec/json.h"
#include "commands.h"
#include "label_file.h"

namespace awry::app {
namespace {
constexpr size_t kLabelsAtOnce = 5'000;

std::string ArrayOf(std::span<const trace::Label> labels) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginArray();
  for (const trace::Label& label : labels) api::AppendLabel(label, json);
  json.EndArray();
  return out;
}
}  // namespace

int RunLabel(const LabelOptions& options) {
  const auto labels = ReadLabelFile(options.file);
  if (!labels.ok()) return Fail(labels.status());
  auto backend = Backend::Open(options.place, {});
  if (!backend.ok()) return Fail(backend.status());
  uint64_t created = 0, unchanged = 0;
  for (size_t at = 0; at < labels->size(); at += kLabelsAtOnce) {
    const auto part = std::span(*labels).subspan(at, std::min(kLabelsAtOnce, labels->size() - at));
    const auto answer = (*backend)->Post("/api/v1/labels", ArrayOf(part));
    if (!answer.ok()) return Fail(answer.status());
    const auto json = codec::JsonDocument::Parse(*answer);
    if (!json.ok()) return Fail(json.status());
    created += json->root().Find("created").AsUInt64().value_or(0);
    unchanged += json->root().Find("unchanged").AsUInt64().value_or(0);
  }
  fmt::print("{} labels created, {} unchanged\n", created, unchanged);
  return 0;
}

}  // namespace awry::app
