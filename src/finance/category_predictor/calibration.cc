#include "finance/category_predictor/calibration.h"

#include <algorithm>
#include <cmath>

#include "finance/category_predictor/class_sights.h"

namespace finance::category_predictor {
namespace {

double LossAt(std::span<const LabelledLogits> rows, double temperature) {
  double loss = 0;
  for (const auto& [logits, label] : rows) {
    const double highest = double{*std::max_element(logits.begin(), logits.end())};
    double sum = 0;
    for (const float logit : logits) sum += std::exp((double{logit} - highest) / temperature);
    loss += std::log(sum) - (double{logits[label]} - highest) / temperature;
  }
  return loss;
}

}  // namespace

float BestTemperature(std::span<const LabelledLogits> rows) {
  constexpr double kGolden = 0.618033988749895;
  double low = 0.5;
  double high = 3;
  for (int i = 0; i < 12; ++i) {
    const double a = high - kGolden * (high - low);
    const double b = low + kGolden * (high - low);
    if (LossAt(rows, a) < LossAt(rows, b)) {
      high = b;
    } else {
      low = a;
    }
  }
  return static_cast<float>((low + high) / 2);
}

void AddToClassTable(const Weights& weights, const std::vector<TextGram>& grams,
                     const Features& features, const Inputs& inputs, uint8_t label, float weight,
                     ClassTable& table) {
  const RowLogits logits = SumLogits(weights, grams, inputs);
  const Candidates candidates = CandidatesOf(inputs, logits.all);
  const std::span<const uint8_t> classes = candidates.span();
  if (std::find(classes.begin(), classes.end(), label) == classes.end()) return;
  const ClassSights sights(features, inputs, logits);
  table.begins.push_back(static_cast<uint32_t>(table.sights.size()));
  table.weights.push_back(weight);
  for (const uint8_t c : classes) {
    table.sights.push_back(sights.Of(c));
    table.logits.push_back(logits.all[c]);
    table.truth.push_back(c == label ? 1 : 0);
  }
}

}  // namespace finance::category_predictor
