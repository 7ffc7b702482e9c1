#include "finance/category_predictor/label_votes.h"

#include <algorithm>
#include <cmath>

namespace finance::category_predictor {
namespace {

constexpr size_t kTallies = 1U << 16;
constexpr size_t kPairs = 1U << 19;
constexpr size_t kOwnRowsMax = 256;
constexpr size_t kVotersMax = 48;
constexpr float kVectorLength = 100;

// How fast old labels fade: what one counts after the next of its kind.
constexpr float kUsersKeep = 0.85F;
constexpr float kTallyKeep = 0.9F;
// A row counts e to the power of this times its cosine less 1.
constexpr float kSharpness = 10;
constexpr float kAgree = 0.5F;
constexpr float kAgreeMax = 4;
constexpr float kDiffer = 1.2F;
constexpr float kDifferMax = 6;
constexpr float kGeneralCalls = 3;  // labels' worth of what everybody says

constexpr float kVotesMax = 100;

uint64_t MixOf(uint32_t a, uint32_t b) {
  const uint64_t both = (uint64_t{std::min(a, b)} << 32) | std::max(a, b);
  uint64_t hash = both * 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 29);
}

void Fade(ClassVotes& votes, float keep, size_t label) {
  for (float& vote : votes) vote *= keep;
  votes[label] += 1;
}

// Scaled down where they are too many for a span.
void Round(ClassVotes& votes) {
  float sum = 0;
  for (const float vote : votes) sum += vote;
  const float scale = sum > kVotesMax ? kVotesMax / sum : 1;
  for (float& vote : votes) vote = WholeHundredths(scale * vote);
}

ClassVotes& VotesOf(std::array<ClassVotes, kVotes>& votes, Vote which) {
  return votes[static_cast<size_t>(which)];
}

}  // namespace

std::array<int8_t, kNetWidth> DirectionOf(const TextVector& vector) {
  float square = 0;
  for (const float number : vector) square += number * number;
  std::array<int8_t, kNetWidth> out{};
  if (!(square > 0)) return out;
  const float scale = kVectorLength / std::sqrt(square);
  for (size_t d = 0; d < kNetWidth; ++d) out[d] = static_cast<int8_t>(std::lround(scale * vector[d]));
  return out;
}

ClassVotes& LabelVotes::Tally(uint64_t hash) {
  if (tallies_.empty()) tallies_.resize(kTallies);
  return tallies_[hash % kTallies];
}

const ClassVotes* LabelVotes::FindTally(uint64_t hash) const {
  return tallies_.empty() ? nullptr : &tallies_[hash % kTallies];
}

LabelVotes::Pair LabelVotes::PairOf(uint32_t a, uint32_t b) const {
  if (pairs_.empty()) return {};
  const uint64_t hash = MixOf(a, b);
  const Pair& pair = pairs_[hash % kPairs];
  return pair.tag == static_cast<uint32_t>(hash >> 32) ? pair : Pair{};
}

LabelVotes::Pair& LabelVotes::MakePair(uint32_t a, uint32_t b) {
  if (pairs_.empty()) pairs_.resize(kPairs);
  const uint64_t hash = MixOf(a, b);
  Pair& pair = pairs_[hash % kPairs];
  const auto tag = static_cast<uint32_t>(hash >> 32);
  if (pair.tag != tag) pair = {.tag = tag};
  return pair;
}

// A user's word on a merchant counts once, however often it is said; a new word replaces the old.
void LabelVotes::LearnPairs(uint32_t user, uint64_t merchant, size_t label) {
  std::vector<Voter>& voters = voters_[merchant];
  const auto own = std::find_if(voters.begin(), voters.end(), [&](const Voter& voter) { return voter.user == user; });
  const bool known = own != voters.end();
  if (known && own->label == label) return;
  for (const Voter& voter : voters) {
    if (voter.user == user) continue;
    Pair& pair = MakePair(user, voter.user);
    if (known) {
      uint16_t& before = voter.label == own->label ? pair.agree : pair.differ;
      if (before > 0) --before;
    }
    uint16_t& now = voter.label == label ? pair.agree : pair.differ;
    if (now < UINT16_MAX) ++now;
  }
  if (known) {
    own->label = static_cast<uint8_t>(label);
    return;
  }
  if (voters.size() >= kVotersMax) voters.erase(voters.begin());
  voters.push_back({user, static_cast<uint8_t>(label)});
}

void LabelVotes::Learn(const std::string& user, const VotedText& text, size_t label) {
  Fade(Tally(text.merchant), kTallyKeep, label);
  Fade(Tally(text.word), kTallyKeep, label);
  if (user.empty()) return;
  User& person = users_[user];
  if (person.number == 0) person.number = ++numbers_;
  Fade(person.newest, kUsersKeep, label);
  for (size_t k = 0; k < kClasses; ++k) {
    person.calls[k][label] += text.probabilities[k];
    everybodys_calls_[k][label] += text.probabilities[k];
  }
  const OwnRow row{text.vector, static_cast<uint8_t>(label)};
  if (person.rows.size() < kOwnRowsMax) {
    person.rows.push_back(row);
  } else {
    person.rows[person.next] = row;
    person.next = (person.next + 1) % kOwnRowsMax;
  }
  LearnPairs(person.number, text.merchant, label);
}

void LabelVotes::AddNearest(const User& user, const VotedText& text, ClassVotes& out) const {
  for (const OwnRow& row : user.rows) {
    int dot = 0;
    for (size_t d = 0; d < kNetWidth; ++d) dot += int{row.vector[d]} * int{text.vector[d]};
    const float behind = static_cast<float>(dot) / (kVectorLength * kVectorLength) - 1;
    if (behind > -0.7F) out[row.label] += std::exp(kSharpness * std::min(0.0F, behind));
  }
}

void LabelVotes::AddCalls(const User& user, const VotedText& text, ClassVotes& out) const {
  for (size_t k = 0; k < kClasses; ++k) {
    if (text.probabilities[k] < 1e-3F) continue;
    float own = 0;
    float general = 1e-3F * kClasses;
    for (size_t c = 0; c < kClasses; ++c) {
      own += user.calls[k][c];
      general += everybodys_calls_[k][c];
    }
    const float prior = kGeneralCalls / general;
    const float scale = kVotesMax * text.probabilities[k] / (own + kGeneralCalls);
    for (size_t c = 0; c < kClasses; ++c) {
      out[c] += scale * (user.calls[k][c] + prior * (everybodys_calls_[k][c] + 1e-3F));
    }
  }
}

// What was said of this very merchant plays no part in how far two users agree.
void LabelVotes::AddAgreeing(uint32_t user, uint64_t merchant, ClassVotes& out) const {
  const std::vector<Voter>* voters = voters_.Find(merchant);
  if (voters == nullptr) return;
  const auto own = std::find_if(voters->begin(), voters->end(), [&](const Voter& voter) { return voter.user == user; });
  for (const Voter& voter : *voters) {
    if (voter.user == user) continue;
    const Pair pair = user == 0 ? Pair{} : PairOf(user, voter.user);
    int agree = pair.agree;
    int differ = pair.differ;
    if (own != voters->end()) --(own->label == voter.label ? agree : differ);
    out[voter.label] += std::exp(std::min(kAgreeMax, kAgree * static_cast<float>(std::max(0, agree))) -
                                 std::min(kDifferMax, kDiffer * static_cast<float>(std::max(0, differ))));
  }
}

void LabelVotes::Look(const std::string& user, const VotedText& text, std::array<ClassVotes, kVotes>& out) const {
  out = {};
  if (const ClassVotes* tally = FindTally(text.merchant)) VotesOf(out, Vote::kMerchant) = *tally;
  if (const ClassVotes* tally = FindTally(text.word)) VotesOf(out, Vote::kFirstWord) = *tally;
  const User* person = user.empty() ? nullptr : users_.Find(user);
  AddAgreeing(person == nullptr ? 0 : person->number, text.merchant, VotesOf(out, Vote::kAgreeing));
  if (person != nullptr) {
    AddNearest(*person, text, VotesOf(out, Vote::kNearest));
    VotesOf(out, Vote::kNewest) = person->newest;
    AddCalls(*person, text, VotesOf(out, Vote::kCalls));
  }
  for (ClassVotes& votes : out) Round(votes);
}

}  // namespace finance::category_predictor
