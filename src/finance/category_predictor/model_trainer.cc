// Multinomial logistic regression by AdaGrad, in three passes:
//  1. the older rows train everything; parts of what is known are hidden at random, so that the
//  text
//     learns to stand without memories, and the memories without the text;
//  2. the newest rows, which the text has never seen, train how far to trust text, context and
//  memories,
//     with the text's weights held still, and give the temperatures: this is the calibration. They
//     are seen as a new user sees them: all memories and the online learner begin empty. The class
//     trees learn from the same rows what the sum gets wrong;
//  3. the newest rows train the text, beside the rest as it was in the first pass.
#include "finance/category_predictor/model_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "base/random.h"
#include "finance/category_predictor/calibration.h"
#include "finance/category_predictor/inputs.h"

namespace finance::category_predictor {
namespace {

struct Example {
  Features features;  // without the text
  uint32_t text = 0;  // into Corpus::texts
  uint8_t label = 0;
  float weight = 1;
  float shared = 1;
  bool has_amount = true;
  bool has_user = true;
};

struct Text {
  std::vector<TextGram> grams;
  uint64_t key_hash = 0;
};

struct Corpus {
  std::vector<Text> texts;
  std::vector<Example> older;
  std::vector<Example> newest;
};

// Shares of the steps in which a row is shown as nobody's: who has no history is more often a person.
constexpr double kStrangers = 0.3;
constexpr double kStrangeOffices = 0.05;

enum Trained : unsigned { kText = 1, kRest = 2, kScale = 4 };

class Trainer {
 public:
  Trainer(std::span<const LabelledRow> rows, const TrainerOptions& options)
      : options_(options), random_(options.seed), weights_(Weights::Zero(options.hashed_rows)) {
    MakePrior(rows);
    MakeCorpus(rows);
  }

  Weights Run() {
    ResetSums();
    for (int epoch = 0; epoch < options_.text_epochs; ++epoch) {
      Epoch(corpus_.older, kText | kRest, "older rows");
    }
    StartNet();
    const std::vector<float> dense = weights_.dense;
    const TiedWeights tied = weights_.tied;
    ReplayNewest();
    const std::vector<float> sums = hashed_sums_;
    ResetSums();
    for (int epoch = 0; epoch < options_.calibration_epochs; ++epoch) {
      Epoch(corpus_.newest, kRest | kScale, "calibration");
    }
    TrustLongHistories();
    FitTemperatures();
    GrowTrees();
    if (options_.fresh_epochs > 0) {
      hashed_sums_ = sums;
      CatchUp(dense, tied);
    }
    return std::move(weights_);
  }

 private:
  void MakePrior(std::span<const LabelledRow> rows) {
    std::array<double, kClasses> sums{};
    double all = 0;
    for (const LabelledRow& row : rows) {
      if (row.user.empty()) continue;
      sums[ClassOfCategory(row.category)] += row.weight * row.shared;
      all += row.weight * row.shared;
    }
    if (all <= 0) return;
    for (size_t c = 0; c < kClasses; ++c) weights_.prior[c] = static_cast<float>(sums[c] / all);
  }

  uint32_t TextIndex(const std::string& text) {
    const auto [found, added] =
        text_index_.try_emplace(text, static_cast<uint32_t>(corpus_.texts.size()));
    if (added) {
      Text& made = corpus_.texts.emplace_back();
      AppendTextGrams(text, options_.hashed_rows, made.grams);
      made.key_hash = KeyHash(text);
    }
    return found->second;
  }

  static bool IsMade(float shared) { return shared < 1; }

  // Of the made households most teach the text, as those that the model will meet are not among them.
  static bool IsForTextAlone(const LabelledRow& row) {
    return IsMade(row.shared) && StableHash(row.user) % 3 != 0;
  }

  // Habits change: what somebody lived long ago counts less.
  float Faded(const LabelledRow& row, ledger::Date newest) const {
    if (row.user.empty() || IsMade(row.shared)) return 1;
    const double days = std::max(0, ledger::DaysBetween(row.date, newest));
    return static_cast<float>(std::exp2(-days / options_.half_life_days));
  }

  // Counted in rows that somebody lived, where there are any.
  size_t NewestFrom(std::span<const LabelledRow> rows) const {
    const auto lived = [](const LabelledRow& row) { return !row.user.empty() && !IsMade(row.shared); };
    const bool any = std::any_of(rows.begin(), rows.end(), lived);
    const auto counts = [&](const LabelledRow& row) { return any ? lived(row) : !row.user.empty(); };
    const auto all = static_cast<double>(std::count_if(rows.begin(), rows.end(), counts));
    double newer = 0;
    size_t at = rows.size();
    while (at > 0 && newer < all * options_.newest_share) newer += counts(rows[--at]) ? 1 : 0;
    return at;
  }

  void MakeCorpus(std::span<const LabelledRow> rows) {
    std::vector<Features> features = ReplayDays(rows);
    const size_t newest_from = NewestFrom(rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      Example example;
      example.text = TextIndex(rows[i].text);
      example.label = static_cast<uint8_t>(ClassOfCategory(rows[i].category));
      example.weight = rows[i].weight * Faded(rows[i], rows.back().date);
      example.shared = rows[i].shared;
      example.has_amount = rows[i].has_amount;
      example.has_user = !rows[i].user.empty();
      example.features = std::move(features[i]);
      example.features.text = std::string();
      // What belongs to nobody has no date either: it is always old.
      const bool newest = i >= newest_from && example.has_user && !IsForTextAlone(rows[i]);
      if (newest) newest_rows_.push_back(rows[i]);
      (newest ? corpus_.newest : corpus_.older).push_back(std::move(example));
    }
    if (corpus_.older.empty()) corpus_.older = corpus_.newest;
  }

  // The newest rows' features, all memories empty before them.
  void ReplayNewest() {
    const size_t parts = std::max<size_t>(1, static_cast<size_t>(options_.replays));
    for (size_t part = 0; part < parts; ++part) {
      const size_t begin = newest_rows_.size() * part / parts;
      const size_t end = newest_rows_.size() * (part + 1) / parts;
      const auto rows = std::span(newest_rows_).subspan(begin, end - begin);
      std::vector<Features> features = ReplayDays(rows, &weights_);
      for (size_t i = begin; i < end; ++i) {
        corpus_.newest[i].features = std::move(features[i - begin]);
        corpus_.newest[i].features.text = std::string();
      }
    }
    newest_rows_ = {};
  }

  // The network learns apart from the sum: what two think that differ is better than what one does.
  void StartNet() {
    if (!options_.with_net) return;
    net_.emplace(weights_.net, options_.net, options_.seed);
    for (int epoch = 0; epoch < options_.net_epochs; ++epoch) NetEpoch(corpus_.older);
    weights_.tied.net.fill(0.5F);
    weights_.text_scale.fill(0.6F);
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
      const Inputs inputs = MakeInputs(example.features, text.key_hash, weights_, hide);
      const float shared = inputs.has_context ? example.shared : 1;
      net_->Step(text.grams, NetContextOf(inputs), example.label, example.weight * shared);
    }
  }

  void Shuffle(size_t count) {
    order_.resize(count);
    std::iota(order_.begin(), order_.end(), 0U);
    for (size_t i = count; i > 1; --i) std::swap(order_[i - 1], order_[random_.Below(i)]);
  }

  void CatchUp(std::vector<float> dense, TiedWeights tied) {
    auto scale = weights_.text_scale;
    weights_.text_scale.fill(1);
    std::swap(weights_.dense, dense);
    std::swap(weights_.tied, tied);
    std::erase_if(corpus_.newest, [](const Example& example) { return IsMade(example.shared); });
    for (int epoch = 0; epoch < options_.fresh_epochs; ++epoch) {
      Epoch(corpus_.newest, kText, "newest rows");
      if (net_) NetEpoch(corpus_.newest);
    }
    weights_.text_scale = scale;
    weights_.dense = std::move(dense);
    weights_.tied = tied;
  }

  // The rows hold few users with hundreds of rows of their own; where none came by, more rows are as
  // good as fewer.
  void TrustLongHistories() {
    std::array<float, kMemoryLevels * kOwnerKinds * rows::kCountBins>& share = weights_.tied.share;
    for (size_t i = 0; i < share.size(); ++i) {
      if (i % rows::kCountBins != 0 && share[i] == 0) share[i] = share[i - 1];
    }
  }

  void GrowTrees() {
    ClassTable table;
    for (const Example& example : corpus_.newest) {
      Hide hide;
      hide.amount = !example.has_amount;
      AddToTable(example, hide, table);
      // Once more with less, so that no tree is needed by what may be missing.
      if (!random_.Chance(0.3)) continue;
      hide = ChooseHide(example);
      AddToTable(example, hide, table);
    }
    ClassTreesOptions options = options_.trees;
    options.seed = options_.seed;
    weights_.trees = GrowClassTrees(table, options, options_.stop);
    if (options_.progress) {
      options_.progress(fmt::format("trees: {} over {} classes of {} rows", weights_.trees.size(),
                                    table.sights.size(), table.begins.size()));
    }
  }

  void AddToTable(const Example& example, const Hide& hide, ClassTable& table) const {
    const Text& text = corpus_.texts[example.text];
    const Inputs inputs = MakeInputs(example.features, text.key_hash, weights_, hide);
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
        MakeInputs(example.features, text.key_hash, weights_, ChooseHide(example));
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
      UpdateDense(input.row, input.value, input.row == rows::kNoContext ? slope : part);
    }
    if (inputs.has_mcc) UpdateHashed(inputs.mcc_row, part);
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

  // One temperature per state of the memories, by golden section on the newest rows' loss.
  void FitTemperatures() {
    std::array<std::vector<LabelledLogits>, kStates> by_state;
    for (const Example& example : corpus_.newest) {
      for (const bool alone : {false, true}) {
        Hide hide;
        hide.amount = !example.has_amount;
        hide.memory = hide.merchant = hide.learned = alone;
        const Text& text = corpus_.texts[example.text];
        const Inputs inputs = MakeInputs(example.features, text.key_hash, weights_, hide);
        if (alone && inputs.state == 0 && example.features.memory.total == 0 &&
            example.features.merchant.total == 0) {
          continue;  // already counted as it is
        }
        // Temperatures are still 1.
        by_state[inputs.state].push_back(
            {SumLogits(weights_, text.grams, inputs).all, example.label});
      }
    }
    for (size_t s = 0; s < kStates; ++s) {
      if (by_state[s].size() >= 200) weights_.temperature[s] = BestTemperature(by_state[s]);
    }
  }

  const TrainerOptions& options_;
  awry::base::Random random_;
  Weights weights_;
  Corpus corpus_;
  std::unordered_map<std::string, uint32_t> text_index_;
  std::vector<uint32_t> order_;
  std::vector<TextGram> pieces_;
  std::vector<LabelledRow> newest_rows_;
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
