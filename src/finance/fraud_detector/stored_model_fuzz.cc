// Trees and signals as the database gives them back: right ones, or an error.
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "finance/fraud_detector/boosted_trees.h"
#include "finance/fraud_detector/signals.h"

namespace fraud = finance::fraud_detector;

namespace {

std::string SmallTrees() {
  fraud::LabelledTable table{.columns = 2};
  for (int i = 0; i < 200; ++i) {
    table.values.insert(table.values.end(), {static_cast<float>(i % 17), static_cast<float>(i % 5)});
    table.labels.push_back(i % 17 > 11 ? 1 : 0);
    table.weights.push_back(1);
  }
  const auto trees = fraud::BoostedTrees::Train(table, {.trees = 4, .depth = 2});
  CHECK(trees.ok());
  return trees->Serialise();
}

void Try(std::string_view text) {
  if (const auto trees = fraud::BoostedTrees::Parse(text); trees.ok()) {
    const std::vector<float> row(trees->columns(), 1.5F);
    std::vector<double> parts(trees->columns());
    (void)trees->Explain(row, parts);
    (void)trees->Predict(row);
    const auto again = fraud::BoostedTrees::Parse(trees->Serialise());
    CHECK(again.ok());
    CHECK(again->Serialise() == trees->Serialise());
  }
  if (const auto signals = fraud::DecodeSignals(text); signals.ok()) {
    for (const float value : signals->values) CHECK(std::isfinite(value));
    const auto again = fraud::DecodeSignals(fraud::EncodeSignals(*signals));
    CHECK(again.ok() && again->values == signals->values);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string trees = SmallTrees();
  static const std::string signals = fraud::EncodeSignals({});
  Try({reinterpret_cast<const char*>(data), size});
  // What was written, with some bytes changed, comes further than noise.
  for (std::string edited : {trees, signals}) {
    for (size_t i = 0; i + 2 < size; i += 3) edited[(data[i] * 256U + data[i + 1]) % edited.size()] = static_cast<char>(data[i + 2]);
    Try(edited);
  }
  return 0;
}
