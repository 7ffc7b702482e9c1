#include "finance/category_predictor/text_net_trainer.h"

#include <algorithm>
#include <cmath>

namespace finance::category_predictor {
namespace {

constexpr float kFirstSum = 1e-3F;

template <typename Rows>
void FillRows(Rows& rows, float value) {
  for (auto& row : rows) row.fill(value);
}

template <typename Rows>
void DrawRows(Rows& rows, double deviation, awry::base::Random& random) {
  for (auto& row : rows) {
    for (float& number : row) number = static_cast<float>(random.Normal(0, deviation));
  }
}

}  // namespace

TextNetTrainer::TextNetTrainer(TextNet& net, const TextNetOptions& options, uint64_t seed)
    : net_(net), options_(options), random_(seed) {
  net_ = TextNet();
  net_.vectors.resize(size_t{kNetGrams} * kNetWidth);
  for (float& number : net_.vectors) number = static_cast<float>(random_.Normal(0, 0.1));
  DrawRows(net_.from_vector, 1 / std::sqrt(double{kNetWidth}), random_);
  DrawRows(net_.from_hidden, 1 / std::sqrt(double{kNetHidden}), random_);
  FillRows(sums_.from_vector, kFirstSum);
  FillRows(sums_.from_amount, kFirstSum);
  FillRows(sums_.from_share, kFirstSum);
  FillRows(sums_.from_hidden, kFirstSum);
  sums_.hidden_bias.fill(kFirstSum);
  sums_.bias.fill(kFirstSum);
  vector_sums_.assign(kNetGrams, kFirstSum);
}

void TextNetTrainer::Step(const std::vector<TextGram>& grams, const NetContext& context, size_t label,
                          float weight) {
  DropGrams(grams);
  pass_.vector = PoolVectors(net_, seen_);
  RunNet(net_, context, pass_);
  Slopes slopes;
  const float highest = *std::max_element(pass_.logits.begin(), pass_.logits.end());
  float sum = 0;
  for (size_t c = 0; c < kClasses; ++c) sum += slopes.logits[c] = std::exp(pass_.logits[c] - highest);
  for (float& slope : slopes.logits) slope *= weight / sum;
  slopes.logits[label] -= weight;
  UpdateOut(slopes);
  UpdateHidden(context, slopes);
  UpdateVectors(slopes);
}

void TextNetTrainer::DropGrams(const std::vector<TextGram>& grams) {
  seen_.clear();
  for (const TextGram& gram : grams) {
    if (!random_.Chance(options_.dropped_grams)) seen_.push_back(gram);
  }
  if (seen_.empty()) seen_ = grams;
}

void TextNetTrainer::Move(float slope, float& value, float& sum) const {
  sum += slope * slope;
  value -= static_cast<float>(options_.learning_rate) * slope / std::sqrt(sum);
}

void TextNetTrainer::MoveRow(const HiddenRow& slope, float value, HiddenRow& row, HiddenRow& sums) const {
  for (size_t h = 0; h < kNetHidden; ++h) Move(value * slope[h], row[h], sums[h]);
}

// The slopes of the hidden layer are of the weights before the step.
void TextNetTrainer::UpdateOut(Slopes& slopes) {
  for (size_t h = 0; h < kNetHidden; ++h) {
    if (pass_.hidden[h] <= 0) continue;
    for (size_t c = 0; c < kClasses; ++c) {
      slopes.hidden[h] += slopes.logits[c] * net_.from_hidden[h][c];
      Move(slopes.logits[c] * pass_.hidden[h], net_.from_hidden[h][c], sums_.from_hidden[h][c]);
    }
  }
  for (size_t c = 0; c < kClasses; ++c) Move(slopes.logits[c], net_.bias[c], sums_.bias[c]);
}

void TextNetTrainer::UpdateHidden(const NetContext& context, Slopes& slopes) {
  for (size_t d = 0; d < kNetWidth; ++d) {
    HiddenRow& row = net_.from_vector[d];
    for (size_t h = 0; h < kNetHidden; ++h) slopes.vector[d] += slopes.hidden[h] * row[h];
    MoveRow(slopes.hidden, pass_.vector[d], row, sums_.from_vector[d]);
  }
  MoveRow(slopes.hidden, 1, net_.hidden_bias, sums_.hidden_bias);
  if (context.amount_bin >= 0) {
    const auto bin = static_cast<size_t>(context.amount_bin);
    MoveRow(slopes.hidden, 1, net_.from_amount[bin], sums_.from_amount[bin]);
  }
  for (size_t c = 0; context.share_logits != nullptr && c < kClasses; ++c) {
    MoveRow(slopes.hidden, context.share_logits[c], net_.from_share[c], sums_.from_share[c]);
  }
}

void TextNetTrainer::UpdateVectors(const Slopes& slopes) {
  const float value = 2 / std::sqrt(static_cast<float>(std::max<size_t>(1, seen_.size())));
  float square = 0;
  for (const float slope : slopes.vector) square += value * value * slope * slope;
  square /= float{kNetWidth};
  for (const TextGram& gram : seen_) {
    const size_t at = gram.row & (kNetGrams - 1);
    vector_sums_[at] += square;
    const float rate = static_cast<float>(options_.learning_rate) * value / std::sqrt(vector_sums_[at]);
    for (size_t d = 0; d < kNetWidth; ++d) net_.vectors[at * kNetWidth + d] -= rate * slopes.vector[d];
  }
}

}  // namespace finance::category_predictor
