#include "finance/category_predictor/text_net.h"

#include <algorithm>
#include <cmath>

namespace finance::category_predictor {
namespace {

void AddRow(const HiddenRow& row, float value, HiddenRow& out) {
  for (size_t h = 0; h < kNetHidden; ++h) out[h] += value * row[h];
}

}  // namespace

TextVector PoolVectors(const TextNet& net, const std::vector<TextGram>& grams) {
  TextVector sum{};
  for (const TextGram& gram : grams) {
    const float* vector = &net.vectors[size_t{gram.row & (kNetGrams - 1)} * kNetWidth];
    for (size_t d = 0; d < kNetWidth; ++d) sum[d] += vector[d];
  }
  const float value = grams.empty() ? 0 : 2 / std::sqrt(static_cast<float>(grams.size()));
  for (float& number : sum) number *= value;
  return sum;
}

void RunNet(const TextNet& net, const NetContext& context, NetPass& pass) {
  HiddenRow hidden = net.hidden_bias;
  for (size_t d = 0; d < kNetWidth; ++d) AddRow(net.from_vector[d], pass.vector[d], hidden);
  if (context.amount_bin >= 0) {
    AddRow(net.from_amount[static_cast<size_t>(context.amount_bin)], 1, hidden);
  }
  for (size_t c = 0; context.share_logits != nullptr && c < kClasses; ++c) {
    AddRow(net.from_share[c], context.share_logits[c], hidden);
  }
  for (float& number : hidden) number = std::max(0.0F, number);
  std::array<float, kClasses> logits = net.bias;
  for (size_t h = 0; h < kNetHidden; ++h) {
    for (size_t c = 0; c < kClasses; ++c) logits[c] += hidden[h] * net.from_hidden[h][c];
  }
  pass.hidden = hidden;
  pass.logits = logits;
}

}  // namespace finance::category_predictor
