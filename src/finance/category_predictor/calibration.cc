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

void AddToStates(const Weights& weights, const std::vector<TextGram>& grams, const TextKeys& keys,
                 const Features& features, bool has_amount, uint8_t label, LogitsByState& rows) {
  const bool known = features.memory.total > 0 || features.merchant.total > 0;
  for (const bool alone : {false, true}) {
    const Hide hide{.amount = !has_amount, .memory = alone, .merchant = alone, .learned = alone};
    const Inputs inputs = MakeInputs(features, keys, weights, hide);
    if (alone && inputs.state == 0 && !known) continue;  // already counted as it is
    rows[inputs.state].push_back({SumLogits(weights, grams, inputs).all, label});
  }
}

void FitTemperatures(const LogitsByState& rows, Weights& weights) {
  constexpr size_t kRowsMin = 200;
  for (size_t s = 0; s < kStates; ++s) {
    if (rows[s].size() >= kRowsMin) weights.temperature[s] = BestTemperature(rows[s]);
  }
}

void TrustLongHistories(Weights& weights) {
  auto& share = weights.tied.share;
  for (size_t i = 0; i < share.size(); ++i) {
    if (i % rows::kCountBins != 0 && share[i] == 0) share[i] = share[i - 1];
  }
}

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
