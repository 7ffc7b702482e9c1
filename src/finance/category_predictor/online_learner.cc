#include "finance/category_predictor/online_learner.h"

#include <algorithm>
#include <cmath>

namespace finance::category_predictor {
namespace {

constexpr uint32_t kGramRows = 1U << 16;
constexpr uint64_t kSeedOwnWord = 0x6F776E;

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

std::vector<TextGram>& Grams(std::string_view normalised) {
  thread_local std::vector<TextGram> grams;
  grams.clear();
  AppendTextGrams(normalised, kGramRows, grams);
  return grams;
}

void AddTo(Logits& out, const Logits& value, float by) {
  for (size_t c = 0; c < kClasses; ++c) out[c] += by * value[c];
}

// Softmax minus the truth.
Logits SlopeOf(const Logits& logits, size_t truth) {
  const float highest = *std::max_element(logits.begin(), logits.end());
  Logits slope;
  float sum = 0;
  for (size_t c = 0; c < kClasses; ++c) {
    slope[c] = std::exp(logits[c] - highest);
    sum += slope[c];
  }
  for (float& value : slope) value /= sum;
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

Logits OnlineLearner::Everybodys(const std::vector<TextGram>& grams) const {
  Logits out{};
  if (grams_.empty()) return out;
  for (const TextGram& gram : grams) AddTo(out, grams_[gram.row].value, 1);
  for (float& logit : out) logit *= Share(grams.size());
  return out;
}

const OnlineLearner::User* OnlineLearner::Known(std::string_view user) const {
  const auto found = users_.find(user);
  return found == users_.end() ? nullptr : &found->second;
}

Learned OnlineLearner::Look(std::string_view user, std::string_view normalised) const {
  Learned learned;
  if (grams_.empty()) return learned;
  learned.all = Everybodys(Grams(normalised));
  if (const User* known = Known(user)) {
    const std::vector<uint64_t>& words = OwnWords(normalised);
    for (const uint64_t word : words) {
      const auto found = known->words.find(word);
      if (found != known->words.end()) AddTo(learned.own, found->second.value, Share(words.size()));
    }
    AddTo(learned.own, known->overall.value, 1);
  }
  for (float& logit : learned.all) logit = WholeHundredths(logit);
  for (float& logit : learned.own) logit = WholeHundredths(logit);
  return learned;
}

void OnlineLearner::Learn(const Weights& weights, const std::string& user, const Features& row,
                          ledger::Category category) {
  if (category == ledger::Category::kUncategorized) return;
  if (grams_.empty()) grams_.resize(kGramRows);
  const size_t truth = ClassOfCategory(category);
  Logits logits = LogitsOfRow(weights, row);
  const Learned known = Look(user, row.text);
  AddTo(logits, known.all, 1);
  const Logits everybodys = SlopeOf(logits, truth);
  AddTo(logits, known.own, 1);
  const Logits own = SlopeOf(logits, truth);
  const std::vector<TextGram>& grams = Grams(row.text);
  for (const TextGram& gram : grams) {
    Move(grams_[gram.row], everybodys, Share(grams.size()), kGramRate, kGramFloor);
  }
  if (user.empty()) return;
  User& person = users_[user];
  Move(person.overall, own, 1, kOverallRate, kOwnFloor);
  const std::vector<uint64_t>& words = OwnWords(row.text);
  for (const uint64_t word : words) {
    Move(person.words[word], own, Share(words.size()), kOwnRate, kOwnFloor);
  }
}

}  // namespace finance::category_predictor
