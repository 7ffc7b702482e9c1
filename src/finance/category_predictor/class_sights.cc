#include "finance/category_predictor/class_sights.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace finance::category_predictor {
namespace {

constexpr float kSure = 0.0005F;    // what is left for all other classes
constexpr float kBehindMax = 6.5F;  // logits behind the best: less likely than 1 to 660

// Votes' worth of the model's own judgement, in a class's share of them.
constexpr std::array<float, kVotes> kOwnJudgement = {0.5F, 1, 5, 1, 1, 2};
static_assert(kSights == static_cast<size_t>(Sight::kFirstVote) + kVotes * kSightsOfVotes);

float& At(Sights& sights, Sight which) { return sights[static_cast<size_t>(which)]; }

float HighestOf(const Logits& logits) { return *std::max_element(logits.begin(), logits.end()); }

bool IsLabel(const Inputs& inputs, size_t c) {
  const auto label = static_cast<int8_t>(c);
  return inputs.memory.top == label || inputs.memory.second == label ||
         inputs.memory.last == label || inputs.merchant.top == label;
}

}  // namespace

Candidates CandidatesOf(const Inputs& inputs, const Logits& logits) {
  Candidates out;
  const float best = HighestOf(logits);
  float others = -1;  // without the best
  for (const float logit : logits) others += std::exp(logit - best);
  if (others < kSure) return out;
  for (size_t c = 0; c < kClasses; ++c) {
    if (best - logits[c] <= kBehindMax || IsLabel(inputs, c)) {
      out.classes[out.count++] = static_cast<uint8_t>(c);
    }
  }
  return out;
}

ClassSights::ClassSights(const Features& features, const Inputs& inputs, const RowLogits& logits)
    : inputs_(inputs), net_(logits.net), text_(logits.text), logits_(logits.all) {
  best_ = HighestOf(logits_);
  float sum = 0;
  for (const float logit : logits_) sum += std::exp(logit - best_);
  log_sum_ = best_ + std::log(sum);
  net_best_ = HighestOf(net_);
  text_best_ = HighestOf(text_);
  with_all_best_ = text_[0] + inputs.learned.all[0];
  for (size_t c = 1; c < kClasses; ++c) {
    with_all_best_ = std::max(with_all_best_, text_[c] + inputs.learned.all[c]);
  }
  At(common_, Sight::kHighest) = 1 / sum;
  At(common_, Sight::kUserRows) =
      inputs.has_context ? static_cast<float>(features.context.count) : 0;
  At(common_, Sight::kUserTotal) =
      inputs.memory.top < 0 ? 0 : static_cast<float>(features.memory.total);
  At(common_, Sight::kOthersTotal) =
      inputs.merchant.top < 0 ? 0 : static_cast<float>(features.merchant.total);
  At(common_, Sight::kAmount) = inputs.has_amount ? inputs.log_amount : -1;
  At(common_, Sight::kMoneyIn) = inputs.has_amount && features.amount_minor > 0 ? 1 : 0;
  At(common_, Sight::kOwner) = static_cast<float>(inputs.owner);
  memory_ = {static_cast<float>(features.memory.count),
             static_cast<float>(features.memory.total - features.memory.count)};
  merchant_count_ = static_cast<float>(features.merchant.count);
  for (size_t v = 0; v < kVotes; ++v) {
    const ClassVotes& votes = inputs.learned.votes[v];
    vote_sums_[v] = std::accumulate(votes.begin(), votes.end(), 0.0F);
  }
}

void ClassSights::AddVotes(size_t c, float probability, Sights& sights) const {
  for (size_t v = 0; v < kVotes; ++v) {
    const float votes = inputs_.learned.votes[v][c];
    const float judgement = kOwnJudgement[v];
    float* out = &sights[static_cast<size_t>(Sight::kFirstVote) + v * kSightsOfVotes];
    out[0] = std::log((votes + judgement * probability) / (vote_sums_[v] + judgement) + 1e-5F);
    out[1] = votes;
    out[2] = vote_sums_[v];
  }
}

Sights ClassSights::Of(size_t c) const {
  Sights sights = common_;
  const auto label = static_cast<int8_t>(c);
  At(sights, Sight::kLogProbability) = logits_[c] - log_sum_;
  At(sights, Sight::kBehindBest) = best_ - logits_[c];
  At(sights, Sight::kRow) = text_[c] - text_best_;
  At(sights, Sight::kWithAll) = text_[c] + inputs_.learned.all[c] - with_all_best_;
  At(sights, Sight::kLearnedAll) = inputs_.learned.all[c];
  At(sights, Sight::kLearnedOwn) = inputs_.learned.own[c];
  At(sights, Sight::kShare) = inputs_.share_logits[c];
  if (inputs_.memory.top == label) At(sights, Sight::kUserLabels) = memory_[0];
  if (inputs_.memory.second == label) At(sights, Sight::kUserLabels) = memory_[1];
  At(sights, Sight::kUserLast) = inputs_.memory.last == label ? 1 : 0;
  if (inputs_.merchant.top == label) At(sights, Sight::kOthersLabels) = merchant_count_;
  At(sights, Sight::kNet) = net_[c] - net_best_;
  At(sights, Sight::kClass) = static_cast<float>(c);
  AddVotes(c, std::exp(logits_[c] - log_sum_), sights);
  return sights;
}

}  // namespace finance::category_predictor
