// Multinomial logistic regression by AdaGrad, in three passes:
//  1. the older rows train everything; parts of what is known are hidden at random, so that the text
//     learns to stand without memories, and the memories without the text;
//  2. the newest rows come in parts. Each is replayed as new users live it, with the text as it was
//     before it: all memories and the online learner begin empty. Then it trains the text;
//  3. the parts, each with the text that had not seen it, train how far to trust text, context and
//     memories, and give the temperatures: this is the calibration. The class trees learn from the
//     same rows what the sum gets wrong.
#include "finance/category_predictor/model_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>

#include "base/random.h"
#include "finance/category_predictor/calibration.h"
#include "finance/category_predictor/inputs.h"
#include "finance/category_predictor/training_corpus.h"

namespace finance::category_predictor {
namespace {

// Shares of the steps in which a row is shown as nobody's: who has no history is more often a person.
constexpr double kStrangers = 0.3;
constexpr double kStrangeOffices = 0.05;
// The text has to say it without the list of names, too.
constexpr double kNamesHidden = 0.4;
// Made rows draw their shops from that list; in life what begins like a name is often another's.
constexpr double kNamesWrong = 0.15;

enum Trained : unsigned { kText = 1, kRest = 2, kScale = 4 };

class Trainer {
 public:
  Trainer(std::span<const LabelledRow> rows, const TrainerOptions& options)
      : options_(options),
        random_(options.seed),
        weights_(StartOf(rows, options)),
        corpus_(MakeCorpus(rows, options, weights_)) {}

  Weights Run() {
    ResetSums();
    for (int epoch = 0; epoch < options_.text_epochs; ++epoch) {
      Epoch(corpus_.older, kText | kRest, "older rows");
    }
    StartNet();
    for (Part& part : corpus_.newest) {
      versions_.push_back({weights_.hashed, weights_.net});
      StartTrust();
      Replay(part, weights_);
      CatchUp(part);
    }
    StartTrust();
    ResetSums();
    for (int epoch = 0; epoch < options_.calibration_epochs; ++epoch) {
      ForEachPart([&](const Part& part) { Epoch(part.examples, kRest | kScale, "calibration"); });
    }
    TrustLongHistories(weights_);
    TakeTemperatures();
    GrowTrees();
    return std::move(weights_);
  }

 private:
  static Weights StartOf(std::span<const LabelledRow> rows, const TrainerOptions& options) {
    Weights weights = Weights::Zero(options.hashed_rows);
    weights.prior = PriorOf(rows);
    weights.names = NamesOf(rows);
    return weights;
  }

  // The text as it was before a part taught it.
  struct TextVersion {
    std::vector<float> hashed;
    TextNet net;
  };

  // Calls `visit` with each part of the newest rows, the text being as it was before it.
  template <typename Visit>
  void ForEachPart(const Visit& visit) {
    for (size_t p = 0; p < corpus_.newest.size(); ++p) {
      std::swap(weights_.hashed, versions_[p].hashed);
      std::swap(weights_.net, versions_[p].net);
      visit(corpus_.newest[p]);
      std::swap(weights_.hashed, versions_[p].hashed);
      std::swap(weights_.net, versions_[p].net);
    }
  }

  void StartTrust() {
    if (!net_) return;
    weights_.tied.net.fill(0.5F);
    weights_.text_scale.fill(0.6F);
  }

  // The network learns apart from the sum: what two think that differ is better than what one does.
  void StartNet() {
    if (!options_.with_net) return;
    net_.emplace(weights_.net, options_.net, options_.seed);
    for (int epoch = 0; epoch < options_.net_epochs; ++epoch) NetEpoch(corpus_.older);
  }

  void NetEpoch(const std::vector<Example>& examples) {
    Shuffle(examples.size());
    for (const uint32_t index : order_) {
      if (options_.stop.stop_requested()) return;
      const Example& example = examples[index];
      const Text& text = corpus_.texts[example.text];
      Hide hide;
      hide.amount = !example.has_amount;
      hide.context = random_.Chance(IsMade(example.shared) ? kStrangers : 2 * kStrangeOffices);
      const Inputs inputs = MakeInputs(example.features, text.keys, weights_, hide);
      const float shared = inputs.has_context ? example.shared : 1;
      net_->Step(text.grams, NetContextOf(inputs), example.label, example.weight * shared);
    }
  }

  void Shuffle(size_t count) {
    order_.resize(count);
    std::iota(order_.begin(), order_.end(), 0U);
    for (size_t i = count; i > 1; --i) std::swap(order_[i - 1], order_[random_.Below(i)]);
  }

  void CatchUp(const Part& part) {
    weights_.text_scale.fill(1);
    std::vector<Example> lived;
    std::copy_if(part.examples.begin(), part.examples.end(), std::back_inserter(lived),
                 [](const Example& example) { return !IsMade(example.shared); });
    for (int epoch = 0; epoch < options_.fresh_epochs; ++epoch) {
      Epoch(lived, kText, "newest rows");
      if (net_) NetEpoch(lived);
    }
  }

  void GrowTrees() {
    ClassTable table;
    ForEachPart([&](const Part& part) {
      for (const Example& example : part.examples) {
        AddToTable(example, {.amount = !example.has_amount}, table);
        // Once more with less, so that no tree is needed by what may be missing.
        if (random_.Chance(0.3)) AddToTable(example, ChooseHide(example), table);
      }
    });
    ClassTreesOptions options = options_.trees;
    options.seed = options_.seed;
    weights_.trees = GrowClassTrees(table, options, options_.stop);
    if (options_.progress) {
      options_.progress(fmt::format("trees: {} over {} classes of {} rows", weights_.trees.size(),
                                    table.sights.size(), table.begins.size()));
    }
  }

  TextKeys KeysFor(const Example& example) {
    TextKeys keys = corpus_.texts[example.text].keys;
    if (keys.name >= 0 && IsMade(example.shared) && random_.Chance(kNamesWrong)) {
      keys.name = static_cast<int8_t>(random_.Below(kClasses));
    }
    return keys;
  }

  void AddToTable(const Example& example, const Hide& hide, ClassTable& table) {
    const Text& text = corpus_.texts[example.text];
    const Inputs inputs = MakeInputs(example.features, KeysFor(example), weights_, hide);
    const float weight = example.weight * std::sqrt(example.shared);
    AddToClassTable(weights_, text.grams, example.features, inputs, example.label, weight, table);
  }

  void ResetSums() {
    hashed_sums_.assign(weights_.hashed.size(), 1e-3F);
    dense_sums_.assign(weights_.dense.size(), 1e-2F);
    tied_sums_ = TiedWeights{};
    scale_sums_.fill(0);
  }

  Hide ChooseHide(const Example& example) {
    Hide hide;
    hide.name = random_.Chance(kNamesHidden);
    hide.amount = !example.has_amount || random_.Chance(0.03);
    hide.date = !example.has_amount;
    hide.mcc = random_.Chance(0.3);
    hide.context = random_.Chance(IsMade(example.shared) ? kStrangers : kStrangeOffices);
    const bool alone = random_.Chance(0.35);
    hide.memory = alone || random_.Chance(0.1);
    hide.merchant = alone || random_.Chance(0.15);
    hide.learned = alone || random_.Chance(0.1);
    return hide;
  }

  void Epoch(const std::vector<Example>& examples, unsigned trained, std::string_view what) {
    Shuffle(examples.size());
    double loss = 0;
    for (const uint32_t index : order_) {
      if (options_.stop.stop_requested()) return;
      loss += Step(examples[index], trained);
    }
    if (options_.progress) {
      options_.progress(
          fmt::format("{}: {} rows, loss {:.4f}", what, examples.size(),
                      loss / std::max<double>(1, static_cast<double>(examples.size()))));
    }
  }

  // Without words, pairs and key the pieces have to say it, as they must for a name never seen.
  const std::vector<TextGram>& GramsFor(const Text& text, unsigned trained) {
    if ((trained & kText) == 0 || !random_.Chance(options_.pieces_only)) return text.grams;
    pieces_.clear();
    for (const TextGram& gram : text.grams) {
      if (!gram.whole_word) pieces_.push_back(gram);
    }
    return pieces_;
  }

  double Step(const Example& example, unsigned trained) {
    const Text& text = corpus_.texts[example.text];
    const std::vector<TextGram>& grams = GramsFor(text, trained);
    const Inputs inputs =
        MakeInputs(example.features, KeysFor(example), weights_, ChooseHide(example));
    Logits text_logits{};
    AddText(weights_, grams, inputs, text_logits);
    const float scale = weights_.text_scale[inputs.state];
    Logits logits;
    for (size_t c = 0; c < kClasses; ++c) logits[c] = scale * text_logits[c];
    AddRest(weights_, inputs, logits);
    // The text learns as if there were no network.
    Logits net_logits{};
    if ((trained & kScale) != 0) net_logits = NetLogits(weights_, grams, inputs);
    for (size_t c = 0; c < kClasses; ++c) logits[c] += weights_.tied.net[inputs.state] * net_logits[c];
    Logits slope;
    const double loss = Softmax(logits, example, slope);
    if ((trained & kText) != 0) UpdateText(grams, inputs, scale, slope, example.shared);
    if ((trained & kText) != 0 && inputs.has_mcc) UpdateMcc(inputs, slope, example.shared);
    if ((trained & kRest) != 0) UpdateRest(inputs, slope, example.shared);
    if ((trained & kScale) != 0) {
      float gradient = 0;
      for (size_t c = 0; c < kClasses; ++c) gradient += slope[c] * text_logits[c];
      UpdateScalar(gradient, weights_.text_scale[inputs.state], scale_sums_[inputs.state], 0.05F);
      gradient = 0;
      for (size_t c = 0; c < kClasses; ++c) gradient += slope[c] * net_logits[c];
      UpdateScalar(gradient, weights_.tied.net[inputs.state], tied_sums_.net[inputs.state], 0.05F);
    }
    return loss;
  }

  static double Softmax(const Logits& logits, const Example& example, Logits& slope) {
    const float highest = *std::max_element(logits.begin(), logits.end());
    float sum = 0;
    for (size_t c = 0; c < kClasses; ++c) {
      slope[c] = std::exp(logits[c] - highest);
      sum += slope[c];
    }
    for (float& value : slope) value /= sum;
    const double loss = -std::log(std::max(1e-9F, slope[example.label])) * example.weight;
    slope[example.label] -= 1;
    for (float& value : slope) value *= example.weight;
    return loss;
  }

  void UpdateRow(const Logits& gradient, float* row, float* sums) const {
    const auto rate = static_cast<float>(options_.learning_rate);
    const auto l2 = static_cast<float>(options_.l2);
    for (size_t c = 0; c < kClasses; ++c) {
      const float g = gradient[c] + l2 * row[c];
      sums[c] += g * g;
      row[c] -= rate * g / std::sqrt(sums[c]);
    }
  }

  void UpdateHashed(uint32_t row, const Logits& gradient) {
    UpdateRow(gradient, weights_.HashedRow(row), &hashed_sums_[size_t{row} * kClasses]);
  }

  void UpdateText(const std::vector<TextGram>& grams, const Inputs& inputs, float scale,
                  const Logits& slope, float shared) {
    Logits gradient;
    Logits owners;
    const float value = scale * TextValue(grams.size());
    for (size_t c = 0; c < kClasses; ++c) {
      owners[c] = value * slope[c];
      gradient[c] = shared * owners[c];
    }
    for (const TextGram& gram : grams) {
      UpdateHashed(gram.row, gradient);
      if (gram.whole_word) {
        UpdateHashed(OwnersRow(gram.row, inputs.kind, options_.hashed_rows), owners);
      }
    }
    if (!inputs.has_amount) return;
    for (size_t c = 0; c < kClasses; ++c) gradient[c] = shared * scale * kAmountKeyValue * slope[c];
    UpdateHashed(inputs.amount_key, gradient);
  }

  void UpdateMcc(const Inputs& inputs, const Logits& slope, float shared) {
    Logits gradient;
    for (size_t c = 0; c < kClasses; ++c) gradient[c] = shared * kMccRowValue * slope[c];
    UpdateHashed(inputs.mcc_row, gradient);
  }

  void UpdateScalar(float gradient, float& value, float& sum, float rate) const {
    sum += gradient * gradient;
    if (sum > 0) value -= rate * gradient / std::sqrt(sum + 1);
  }

  // The tied weights are of one kind of owner each, and so is who is not known: they take the whole slope.
  void UpdateRest(const Inputs& inputs, const Logits& slope, float shared) {
    Logits part;
    for (size_t c = 0; c < kClasses; ++c) part[c] = shared * slope[c];
    for (size_t i = 0; i < inputs.dense_count; ++i) {
      const DenseInput& input = inputs.dense[i];
      UpdateDense(input.row, input.value, input.row == rows::kNoContext || input.group == Group::kName ? slope : part);
    }
    if (inputs.has_context) UpdateShares(inputs, slope, part);
    UpdateLabels(inputs.memory, slope, weights_.tied.memory, tied_sums_.memory);
    UpdateLearned(inputs, slope);
    if (inputs.merchant.top < 0) return;
    UpdateScalar(slope[static_cast<size_t>(inputs.merchant.top)],
                 weights_.tied.merchant_top[inputs.merchant.bin],
                 tied_sums_.merchant_top[inputs.merchant.bin], 0.2F);
  }

  void UpdateDense(size_t row, float value, const Logits& slope) {
    Logits gradient;
    for (size_t c = 0; c < kClasses; ++c) gradient[c] = value * slope[c];
    UpdateRow(gradient, weights_.DenseRow(row), &dense_sums_[row * kClasses]);
  }

  void UpdateShares(const Inputs& inputs, const Logits& slope, const Logits& part) {
    float gradient = 0;
    for (size_t c = 0; c < kClasses; ++c) gradient += slope[c] * inputs.share_logits[c];
    UpdateScalar(gradient, weights_.tied.share[inputs.share_bin],
                 tied_sums_.share[inputs.share_bin], 0.1F);
    for (size_t c = 0; c < kClasses; ++c) {
      UpdateDense(rows::kShare + c, inputs.share_logits[c], part);
    }
  }

  void UpdateLearned(const Inputs& inputs, const Logits& slope) {
    float all = 0;
    float own = 0;
    for (size_t c = 0; c < kClasses; ++c) {
      all += slope[c] * inputs.learned.all[c];
      own += slope[c] * inputs.learned.own[c];
    }
    const size_t state = inputs.state;
    UpdateScalar(all, weights_.tied.learned_all[state], tied_sums_.learned_all[state], 0.05F);
    UpdateScalar(own, weights_.tied.learned_own[state], tied_sums_.learned_own[state], 0.05F);
  }

  void UpdateLabels(const LabelInput& labels, const Logits& slope, TiedWeights::Labels& tied,
                    TiedWeights::Labels& sums) const {
    if (labels.top < 0) return;
    const size_t bin = labels.bin;
    UpdateScalar(slope[static_cast<size_t>(labels.top)], tied.top[bin], sums.top[bin], 0.2F);
    if (labels.second >= 0) {
      UpdateScalar(slope[static_cast<size_t>(labels.second)], tied.second[bin], sums.second[bin],
                   0.2F);
    }
    if (labels.last >= 0) {
      UpdateScalar(slope[static_cast<size_t>(labels.last)], tied.last[bin], sums.last[bin], 0.2F);
    }
  }

  void TakeTemperatures() {
    LogitsByState by_state;
    ForEachPart([&](const Part& part) {
      for (const Example& example : part.examples) {
        const Text& text = corpus_.texts[example.text];
        AddToStates(weights_, text.grams, text.keys, example.features, example.has_amount, example.label, by_state);
      }
    });
    FitTemperatures(by_state, weights_);
  }

  const TrainerOptions& options_;
  awry::base::Random random_;
  Weights weights_;
  Corpus corpus_;
  std::vector<TextVersion> versions_;  // one per part of the newest rows
  std::vector<uint32_t> order_;
  std::vector<TextGram> pieces_;
  std::vector<float> hashed_sums_;
  std::vector<float> dense_sums_;
  TiedWeights tied_sums_;
  std::optional<TextNetTrainer> net_;
  std::array<float, kStates> scale_sums_{};
};

}  // namespace

Weights TrainModel(std::span<const LabelledRow> rows, const TrainerOptions& options) {
  return Trainer(rows, options).Run();
}

}  // namespace finance::category_predictor
