#include "finance/category_predictor/category_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "finance/category_predictor/class_sights.h"
#include "finance/category_predictor/inputs.h"
#include "finance/category_predictor/model_file.h"

namespace finance::category_predictor {
namespace {

size_t BestClass(const Logits& logits) {
  return static_cast<size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

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
      : answer_(answer), other_(other), sharpness_(sharpness), words_(WordsOf(text)), by_word_(words_.size()) {}

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
    const auto first = std::find(words_.begin(), words_.end(), words_[word]);
    by_word_[static_cast<size_t>(first - words_.begin())] += weight;
  }
  double bias() const { return by_group_[static_cast<size_t>(Group::kBias)]; }
  std::vector<Contribution> Heaviest(size_t top) const;

 private:
  size_t answer_;
  size_t other_;
  double sharpness_;
  std::vector<std::string_view> words_;
  std::vector<double> by_word_;
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
    case Group::kTogether:
      return "together";
  }
  return "";
}

std::vector<Contribution> Margins::Heaviest(size_t top) const {
  struct Part {
    double weight;
    size_t slot;
  };
  std::vector<Part> parts;
  const auto add = [&](double weight, size_t slot) {
    if (weight != 0) parts.push_back({weight, slot});
  };
  for (size_t g = 0; g < kGroups; ++g) {
    if (g != static_cast<size_t>(Group::kBias)) add(by_group_[g], g);
  }
  for (size_t c = 0; c < kClasses; ++c) add(by_share_[c], kGroups + c);
  add(whole_text_, kGroups + kClasses);
  for (size_t w = 0; w < words_.size(); ++w) add(by_word_[w], kGroups + kClasses + 1 + w);
  std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
    return std::abs(a.weight) > std::abs(b.weight);
  });
  std::vector<Contribution> out;
  for (const Part& part : parts) {
    if (out.size() >= top) break;
    const size_t slot = part.slot;
    std::string name = slot < kGroups ? std::string(GroupName(static_cast<Group>(slot)))
                       : slot < kGroups + kClasses
                           ? std::string(FeatureName(FeatureCount() - kClasses + slot - kGroups))
                       : slot == kGroups + kClasses
                           ? std::string("text")
                           : fmt::format("text:{}", words_[slot - kGroups - kClasses - 1]);
    out.push_back({std::move(name), part.weight});
  }
  return out;
}

void ExplainText(const Weights& weights, const std::vector<TextGram>& grams, const Inputs& inputs,
                 Margins& margins) {
  const double scale = double{weights.text_scale[inputs.state]};
  const double value = scale * double{TextValue(grams.size())};
  for (const TextGram& gram : grams) {
    double weight = margins.Difference(weights.HashedRow(gram.row));
    if (gram.whole_word) {
      weight += margins.Difference(
          weights.HashedRow(OwnersRow(gram.row, inputs.kind, weights.hashed_rows)));
    }
    margins.AddWord(gram.word, value * weight);
  }
  margins.AddWord(kWholeText, double{weights.tied.net[inputs.state]} *
                                  margins.Difference(NetLogits(weights, grams, inputs).data()));
  if (!inputs.has_amount) return;
  margins.AddGroup(Group::kAmount, scale * double{kAmountKeyValue} *
                                       margins.Difference(weights.HashedRow(inputs.amount_key)));
}

void ExplainRest(const Weights& weights, const Inputs& inputs, Margins& margins) {
  for (size_t i = 0; i < inputs.dense_count; ++i) {
    const DenseInput& input = inputs.dense[i];
    margins.AddGroup(input.group,
                     double{input.value} * margins.Difference(weights.DenseRow(input.row)));
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

Group GroupOf(Sight sight) {
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
void ExplainClass(const Weights& weights, const ClassSights& all, size_t c, double sign,
                  Margins& margins) {
  std::array<double, kSights> parts{};
  double base = 0;
  ExplainTrees(weights.trees, all.Of(c), base, parts);
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

// The scratch of one thread: a prediction allocates nothing once it has grown.
std::vector<TextGram>& Scratch() {
  thread_local std::vector<TextGram> grams;
  grams.clear();
  return grams;
}

}  // namespace

CategoryModel::CategoryModel(Weights weights, std::string version)
    : weights_(std::move(weights)), version_(std::move(version)) {
  CHECK(weights_.hashed.size() == size_t{weights_.hashed_rows} * kClasses);
  CHECK(weights_.dense.size() == size_t{rows::kCount} * kClasses);
  CHECK(weights_.net.empty() || weights_.net.vectors.size() == size_t{kNetGrams} * kNetWidth);
}

base::Result<CategoryModel> CategoryModel::Load(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, base::RealFileSystem().ReadAll(path));
  auto model = DecodeModel(bytes);
  if (!model.ok()) {
    return base::Status(model.status().code(),
                        fmt::format("{}: {}", model.status().message(), path));
  }
  return CategoryModel(std::move(model->weights), std::move(model->version));
}

base::Status CategoryModel::Save(const std::string& path) const {
  return base::RealFileSystem().WriteAtomically(path, EncodeModel({weights_, version_}));
}

// What a prediction is made of; `grams` are the thread's scratch.
struct CategoryModel::Scored {
  std::vector<TextGram>& grams;
  Inputs inputs;
  RowLogits sum;  // before the trees
  Candidates candidates;
  Logits logits;
};

CategoryModel::Scored CategoryModel::Score(const Features& features) const {
  std::vector<TextGram>& grams = Scratch();
  AppendTextGrams(features.text, weights_.hashed_rows, grams);
  const Inputs inputs = MakeInputs(features, KeyHash(features.text), weights_);
  Scored scored{grams, inputs, SumLogits(weights_, grams, inputs), {}, {}};
  scored.logits = scored.sum.all;
  if (weights_.trees.empty()) return scored;
  scored.candidates = CandidatesOf(scored.inputs, scored.sum.all);
  const ClassSights sights(features, scored.inputs, scored.sum);
  for (const uint8_t c : scored.candidates.span()) {
    scored.logits[c] += SumOfTrees(weights_.trees, sights.Of(c));
  }
  return scored;
}

Prediction CategoryModel::Decide(const Scored& scored) const {
  const size_t best = BestClass(scored.logits);
  Prediction prediction;
  double sum = 0;
  for (size_t c = 0; c < kClasses; ++c) {
    prediction.probabilities[c] =
        std::exp(double{scored.logits[c]} - double{scored.logits[best]});
    sum += prediction.probabilities[c];
  }
  for (double& probability : prediction.probabilities) probability /= sum;
  prediction.category = CategoryOfClass(best);
  prediction.confidence = prediction.probabilities[best];
  return prediction;
}

Prediction CategoryModel::Predict(const Features& features) const {
  return Decide(Score(features));
}

ExplainedPrediction CategoryModel::Explain(const Features& features, size_t top) const {
  const Scored scored = Score(features);
  ExplainedPrediction out{Decide(scored), {}};
  const size_t best = BestClass(scored.logits);
  const size_t second = SecondClass(scored.logits, best);
  const double sharpness = 1 / double{weights_.temperature[scored.inputs.state]};
  Margins margins(best, second, sharpness, features.text);
  ExplainText(weights_, scored.grams, scored.inputs, margins);
  ExplainRest(weights_, scored.inputs, margins);
  const ClassSights sights(features, scored.inputs, scored.sum);
  for (const uint8_t c : scored.candidates.span()) {
    if (c == best) ExplainClass(weights_, sights, c, 1, margins);
    if (c == second) ExplainClass(weights_, sights, c, -1, margins);
  }
  out.why.runner_up = CategoryOfClass(second);
  out.why.margin = double{scored.logits[best]} - double{scored.logits[second]};
  out.why.bias = margins.bias();
  out.why.contributions = margins.Heaviest(top);
  return out;
}

}  // namespace finance::category_predictor
