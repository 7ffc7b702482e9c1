#include "finance/category_predictor/explanation.h"

#include <algorithm>
#include <cmath>

namespace finance::category_predictor {
namespace {

size_t SecondClass(const Logits& logits, size_t best) {
  size_t second = best == 0 ? 1 : 0;
  for (size_t c = 0; c < kClasses; ++c) {
    if (c != best && logits[c] > logits[second]) second = c;
  }
  return second;
}

// Sums logits of `answer` minus `other` in numbered slots; only the heaviest get names in the end.
class Margins {
 public:
  // Logits of the sum count `sharpness` of theirs in the answer.
  Margins(size_t answer, size_t other, double sharpness, std::string_view text)
      : answer_(answer), other_(other), sharpness_(sharpness) {
    for (const std::string_view word : WordsOf(text)) {
      const auto same = std::find_if(words_.begin(), words_.end(), [word](const Word& known) { return known.text == word; });
      words_.push_back({word, static_cast<size_t>(same - words_.begin())});
    }
  }

  double Difference(const float* row) const {
    return sharpness_ * (double{row[answer_]} - double{row[other_]});
  }
  // What `weight` on one class alone makes of it.
  double Difference(int8_t only_class, float weight) const {
    if (only_class < 0) return 0;
    const auto c = static_cast<size_t>(only_class);
    return sharpness_ * (c == answer_ ? double{weight} : c == other_ ? -double{weight} : 0);
  }

  void AddGroup(Group group, double weight) { by_group_[static_cast<size_t>(group)] += weight; }
  void AddShare(size_t index, double weight) { by_share_[index] += weight; }
  // Equal words are one.
  void AddWord(uint16_t word, double weight) {
    if (word == kWholeText) {
      whole_text_ += weight;
      return;
    }
    words_[words_[word].first].weight += weight;
  }
  double bias() const { return by_group_[static_cast<size_t>(Group::kBias)]; }
  std::vector<Contribution> Heaviest(size_t top) const;

 private:
  struct Word {
    std::string_view text;
    size_t first;  // place of the first word like it, which takes the weight
    double weight = 0;
  };
  std::string NameOf(size_t slot) const;

  size_t answer_;
  size_t other_;
  double sharpness_;
  std::vector<Word> words_;
  std::array<double, kGroups> by_group_{};
  std::array<double, kClasses> by_share_{};
  double whole_text_ = 0;
};

std::string_view GroupName(Group group) {
  switch (group) {
    case Group::kBias:
      return "bias";
    case Group::kAmount:
      return "amount";
    case Group::kDate:
      return "date";
    case Group::kMcc:
      return "mcc";
    case Group::kContextCount:
      return "context_count";
    case Group::kGroceryAmount:
      return "avg_grocery_amount";
    case Group::kGroceryFrequency:
      return "grocery_frequency";
    case Group::kMemory:
      return "memory";
    case Group::kMerchant:
      return "merchant_memory";
    case Group::kLearnedAll:
      return "learned_all";
    case Group::kLearnedOwn:
      return "learned_own";
    case Group::kName:
      return "text";
    case Group::kTogether:
      return "together";
  }
  return "";
}

// Slots: groups, shares, the whole text, words.
std::string Margins::NameOf(size_t slot) const {
  if (slot < kGroups) return std::string(GroupName(static_cast<Group>(slot)));
  if (slot < kGroups + kClasses) return std::string(FeatureName(FeatureCount() - kClasses + slot - kGroups));
  if (slot == kGroups + kClasses) return "text";
  return std::string("text:").append(words_[slot - kGroups - kClasses - 1].text);
}

std::vector<Contribution> Margins::Heaviest(size_t top) const {
  struct Part {
    double weight;
    size_t slot;
  };
  std::vector<Part> parts;
  parts.reserve(kGroups + kClasses + 1 + words_.size());
  const auto add = [&](double weight, size_t slot) {
    if (weight != 0) parts.push_back({weight, slot});
  };
  for (size_t g = 0; g < kGroups; ++g) {
    if (g != static_cast<size_t>(Group::kBias)) add(by_group_[g], g);
  }
  for (size_t c = 0; c < kClasses; ++c) add(by_share_[c], kGroups + c);
  add(whole_text_, kGroups + kClasses);
  for (size_t w = 0; w < words_.size(); ++w) add(words_[w].weight, kGroups + kClasses + 1 + w);
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
    const double x = std::abs(a.weight), y = std::abs(b.weight);
    return x != y ? x > y : a.slot < b.slot;
  });
  if (parts.size() > top) parts.resize(top);
  std::vector<Contribution> out;
  out.reserve(parts.size());
  for (const Part& part : parts) out.push_back({NameOf(part.slot), part.weight});
  return out;
}

void ExplainText(const Weights& weights, const ScoredRow& row, Margins& margins) {
  const Inputs& inputs = row.inputs;
  const double scale = double{weights.text_scale[inputs.state]};
  const double value = scale * double{TextValue(row.grams.size())};
  for (const TextGram& gram : row.grams) {
    double weight = margins.Difference(weights.HashedRow(gram.row));
    if (gram.whole_word) {
      weight += margins.Difference(
          weights.HashedRow(OwnersRow(gram.row, inputs.kind, weights.hashed_rows)));
    }
    margins.AddWord(gram.word, value * weight);
  }
  margins.AddWord(kWholeText, double{weights.tied.net[inputs.state]} *
                                  margins.Difference(row.sum.net.data()));
  if (!inputs.has_amount) return;
  margins.AddGroup(Group::kAmount, scale * double{kAmountKeyValue} *
                                       margins.Difference(weights.HashedRow(inputs.amount_key)));
}

void ExplainRest(const Weights& weights, const Inputs& inputs, Margins& margins) {
  for (size_t i = 0; i < inputs.dense_count; ++i) {
    const DenseInput& input = inputs.dense[i];
    const double weight = double{input.value} * margins.Difference(weights.DenseRow(input.row));
    if (input.group == Group::kName) {
      margins.AddWord(kWholeText, weight);
    } else {
      margins.AddGroup(input.group, weight);
    }
  }
  if (inputs.has_mcc) {
    margins.AddGroup(Group::kMcc,
                     double{kMccRowValue} * margins.Difference(weights.HashedRow(inputs.mcc_row)));
  }
  for (size_t c = 0; inputs.has_context && c < kClasses; ++c) {
    const double own =
        margins.Difference(static_cast<int8_t>(c), weights.tied.share[inputs.share_bin]);
    margins.AddShare(c, double{inputs.share_logits[c]} *
                            (own + margins.Difference(weights.DenseRow(rows::kShare + c))));
  }
  const LabelInput& memory = inputs.memory;
  const TiedWeights& tied = weights.tied;
  margins.AddGroup(Group::kMemory, margins.Difference(memory.top, tied.memory.top[memory.bin]));
  if (memory.top >= 0) {
    margins.AddGroup(Group::kMemory,
                     margins.Difference(memory.second, tied.memory.second[memory.bin]) +
                         margins.Difference(memory.last, tied.memory.last[memory.bin]));
  }
  margins.AddGroup(Group::kMerchant,
                   margins.Difference(inputs.merchant.top, tied.merchant_top[inputs.merchant.bin]));
  margins.AddGroup(Group::kLearnedAll, double{tied.learned_all[inputs.state]} *
                                           margins.Difference(inputs.learned.all.data()));
  margins.AddGroup(Group::kLearnedOwn, double{tied.learned_own[inputs.state]} *
                                           margins.Difference(inputs.learned.own.data()));
}

// The user's own votes come first.
Group GroupOfVote(size_t vote) {
  return vote <= static_cast<size_t>(Vote::kCalls) ? Group::kLearnedOwn : Group::kLearnedAll;
}

Group GroupOf(Sight sight) {
  if (sight >= Sight::kFirstVote) {
    return GroupOfVote((static_cast<size_t>(sight) - static_cast<size_t>(Sight::kFirstVote)) / kSightsOfVotes);
  }
  switch (sight) {
    case Sight::kLearnedAll:
      return Group::kLearnedAll;
    case Sight::kLearnedOwn:
      return Group::kLearnedOwn;
    case Sight::kUserRows:
    case Sight::kOwner:
      return Group::kContextCount;
    case Sight::kUserLabels:
    case Sight::kUserTotal:
    case Sight::kUserLast:
      return Group::kMemory;
    case Sight::kOthersLabels:
    case Sight::kOthersTotal:
      return Group::kMerchant;
    case Sight::kAmount:
    case Sight::kMoneyIn:
      return Group::kAmount;
    default:
      return Group::kTogether;
  }
}

// What the trees add to the class `c`; `sign` 1 for the answer, -1 for the runner-up.
void ExplainClass(const Weights& weights, std::span<const TreeMeans> means, const ClassSights& all, size_t c,
                  double sign, Margins& margins) {
  std::array<double, kSights> parts{};
  double base = 0;
  ExplainTrees(weights.trees, means, all.Of(c), base, parts);
  margins.AddGroup(Group::kTogether, sign * base);
  for (size_t s = 0; s < kSights; ++s) {
    const auto sight = static_cast<Sight>(s);
    if (sight == Sight::kShare) {
      margins.AddShare(c, sign * parts[s]);
    } else if (sight == Sight::kRow || sight == Sight::kWithAll || sight == Sight::kNet) {
      margins.AddWord(kWholeText, sign * parts[s]);
    } else {
      margins.AddGroup(GroupOf(sight), sign * parts[s]);
    }
  }
}

}  // namespace

size_t BestClass(const Logits& logits) {
  return static_cast<size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

Explanation ExplainRow(const Weights& weights, std::span<const TreeMeans> means, const Features& features,
                       const ScoredRow& row, size_t top) {
  const size_t best = BestClass(row.logits);
  const size_t second = SecondClass(row.logits, best);
  Margins margins(best, second, 1 / double{weights.temperature[row.inputs.state]}, features.text);
  ExplainText(weights, row, margins);
  ExplainRest(weights, row.inputs, margins);
  const ClassSights sights(features, row.inputs, row.sum);
  for (const uint8_t c : row.candidates.span()) {
    if (c == best) ExplainClass(weights, means, sights, c, 1, margins);
    if (c == second) ExplainClass(weights, means, sights, c, -1, margins);
  }
  return {.runner_up = CategoryOfClass(second),
          .margin = double{row.logits[best]} - double{row.logits[second]},
          .bias = margins.bias(),
          .contributions = margins.Heaviest(top)};
}

}  // namespace finance::category_predictor
