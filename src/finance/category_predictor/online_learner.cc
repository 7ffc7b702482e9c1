#include "finance/category_predictor/online_learner.h"

#include <algorithm>
#include <cmath>

namespace finance::category_predictor {
namespace {

constexpr uint32_t kGramRows = 1U << 16;
constexpr uint64_t kSeedOwnWord = 0x6F776E;
constexpr uint64_t kSeedFirstWord = 0x666972;

// Fitted on the purchases of 2018, with a model of those before.
constexpr float kGramRate = 0.2F;
constexpr float kGramFloor = 0.01F;  // what the sums of squares start from
constexpr float kOwnRate = 0.8F;
constexpr float kOverallRate = 0.4F;
constexpr float kOwnFloor = 0.3F;

float Share(size_t parts) { return 1 / std::sqrt(static_cast<float>(std::max<size_t>(1, parts))); }

// Each word once: "shop shop" is one.
std::vector<uint64_t>& OwnWords(std::string_view normalised) {
  thread_local std::vector<uint64_t> words;
  words.clear();
  for (size_t at = 0; at < normalised.size();) {
    const size_t end = std::min(normalised.find(' ', at), normalised.size());
    if (end > at + 1) words.push_back(StableHash(normalised.substr(at, end - at), kSeedOwnWord));
    at = end + 1;
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

std::vector<TextGram>& Grams(std::string_view normalised, const Weights& weights) {
  thread_local std::vector<TextGram> grams;
  grams.clear();
  AppendTextGrams(normalised, weights.hashed_rows, grams);
  return grams;
}

void AddTo(Logits& out, const Logits& value, float by) {
  for (size_t c = 0; c < kClasses; ++c) out[c] += by * value[c];
}

Logits Softmax(const Logits& logits) {
  const float highest = *std::max_element(logits.begin(), logits.end());
  Logits out;
  float sum = 0;
  for (size_t c = 0; c < kClasses; ++c) {
    out[c] = std::exp(logits[c] - highest);
    sum += out[c];
  }
  for (float& value : out) value /= sum;
  return out;
}

// Softmax minus the truth.
Logits SlopeOf(const Logits& logits, size_t truth) {
  Logits slope = Softmax(logits);
  slope[truth] -= 1;
  return slope;
}

}  // namespace

void OnlineLearner::Move(Cell& cell, const Logits& slope, float value, float rate, float floor) {
  for (size_t c = 0; c < kClasses; ++c) {
    const float g = value * slope[c];
    cell.sums[c] += g * g;
    cell.value[c] -= rate * g / std::sqrt(cell.sums[c] + floor);
  }
}

Learned OnlineLearner::Corrections(const std::string& user, std::string_view normalised,
                                   const std::vector<TextGram>& grams) const {
  Learned learned;
  for (const TextGram& gram : grams) AddTo(learned.all, grams_[gram.row % kGramRows].value, Share(grams.size()));
  if (const User* known = user.empty() ? nullptr : users_.Find(user)) {
    const std::vector<uint64_t>& words = OwnWords(normalised);
    for (const uint64_t word : words) {
      if (const Cell* found = known->words.Find(word)) AddTo(learned.own, found->value, Share(words.size()));
    }
    AddTo(learned.own, known->overall.value, 1);
  }
  for (float& logit : learned.all) logit = WholeHundredths(logit);
  for (float& logit : learned.own) logit = WholeHundredths(logit);
  return learned;
}

// The text is read for those alone who have votes of their own.
VotedText OnlineLearner::VotedTextOf(bool reads, std::string_view normalised, const std::vector<TextGram>& grams) const {
  const TextKeys keys = KeysOf(normalised, *weights_);
  VotedText text{.merchant = keys.merchant,
                 .word = StableHash(normalised.substr(0, normalised.find(' ')), kSeedFirstWord)};
  if (!reads) return text;
  text.probabilities = Softmax(LogitsOfText(*weights_, grams, keys));
  if (!weights_->net.empty()) text.vector = DirectionOf(PoolVectors(weights_->net, grams));
  return text;
}

Learned OnlineLearner::Look(const std::string& user, std::string_view normalised) const {
  if (grams_.empty()) return {};
  const std::vector<TextGram>& grams = Grams(normalised, *weights_);
  Learned learned = Corrections(user, normalised, grams);
  votes_.Look(user, VotedTextOf(votes_.Knows(user), normalised, grams), learned.votes);
  return learned;
}

void OnlineLearner::Learn(const std::string& user, const Features& row, ledger::Category category) {
  if (category == ledger::Category::kUncategorized) return;
  if (grams_.empty()) grams_.resize(kGramRows);
  const size_t truth = ClassOfCategory(category);
  const std::vector<TextGram>& grams = Grams(row.text, *weights_);
  Logits logits = LogitsOfRow(*weights_, grams, row);
  const Learned known = Corrections(user, row.text, grams);
  AddTo(logits, known.all, 1);
  const Logits everybodys = SlopeOf(logits, truth);
  AddTo(logits, known.own, 1);
  const Logits own = SlopeOf(logits, truth);
  for (const TextGram& gram : grams) {
    Move(grams_[gram.row % kGramRows], everybodys, Share(grams.size()), kGramRate, kGramFloor);
  }
  votes_.Learn(user, VotedTextOf(!user.empty(), row.text, grams), truth);
  if (user.empty()) return;
  User& person = users_[user];
  Move(person.overall, own, 1, kOverallRate, kOwnFloor);
  const std::vector<uint64_t>& words = OwnWords(row.text);
  for (const uint64_t word : words) {
    Move(person.words[word], own, Share(words.size()), kOwnRate, kOwnFloor);
  }
}

}  // namespace finance::category_predictor
