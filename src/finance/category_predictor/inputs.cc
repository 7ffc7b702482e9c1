#include "finance/category_predictor/inputs.h"

#include <algorithm>
#include <cmath>

#include "finance/ledger/money.h"

namespace finance::category_predictor {
namespace {

constexpr double kSharePseudoRows = 5;    // rows of the general shares mixed into a user's own
constexpr double kPriorFloor = 0.01;      // no class is rarer than this when shares are compared
constexpr int64_t kContextRowsMax = 400;  // beyond that a share is as sure as it gets

// Amount in major units, always positive.
double MajorUnits(int64_t minor, std::string_view currency) {
  const auto parsed = ledger::Currency::Parse(currency);
  const int exponent = parsed.ok() ? parsed->exponent() : 2;
  return std::abs(static_cast<double>(minor)) / std::pow(10.0, exponent);
}

size_t SizeBin(double major) {
  if (major <= 0) return 0;
  const double bin = std::floor(std::log10(major) * 3) + 4;  // three bins to a power of ten
  return static_cast<size_t>(std::clamp(bin, 1.0, double{rows::kAmountSizes - 1}));
}

size_t DayPart(int64_t day) {
  return day <= 3 ? 0 : day <= 10 ? 1 : day <= 20 ? 2 : day <= 25 ? 3 : 4;
}

size_t CountBin(int64_t count) {
  return count <= 3     ? 0
         : count <= 10  ? 1
         : count <= 30  ? 2
         : count <= 100 ? 3
         : count <= 300 ? 4
                        : 5;
}

uint8_t LabelBin(const LabelMemory& memory) {
  const size_t amount = memory.total <= 1   ? 0
                        : memory.total <= 2 ? 1
                        : memory.total <= 4 ? 2
                        : memory.total <= 9 ? 3
                                            : 4;
  const double purity = static_cast<double>(memory.count) / static_cast<double>(memory.total);
  const size_t agree = purity < 0.6 ? 0 : purity < 0.85 ? 1 : purity < 1 ? 2 : 3;
  return static_cast<uint8_t>(amount * 4 + agree);
}

int8_t ClassOrNone(ledger::Category category) {
  return static_cast<int8_t>(static_cast<int>(category) - 1);
}

LabelInput MakeLabels(const LabelMemory& memory) {
  if (memory.total <= 0 || memory.top == ledger::Category::kUncategorized) return {};
  return {ClassOrNone(memory.top), ClassOrNone(memory.second), ClassOrNone(memory.last),
          LabelBin(memory)};
}

size_t MemoryLevel(const LabelMemory& memory, const Learned& learned) {
  if (memory.total <= 0) return learned.own == Learned{}.own ? 0 : 1;
  return memory.total == 1 ? 2 : memory.total <= 4 ? 3 : 4;
}

size_t MerchantLevel(const LabelMemory& merchant) {
  return merchant.total <= 0 ? 0 : merchant.total <= 3 ? 1 : 2;
}

void AddAmount(const Features& features, uint64_t key_hash, const Weights& weights, Inputs& out) {
  const double major = MajorUnits(features.amount_minor, features.currency);
  const size_t in = features.amount_minor > 0 ? 1 : 0;
  const size_t bin = in * rows::kAmountSizes + SizeBin(major);
  out.amount_bin = static_cast<uint8_t>(bin);
  out.log_amount = static_cast<float>(std::log10(1 + major));
  out.Add(rows::kAmount + bin, 1, Group::kAmount);
  if (major > 0 && major == std::floor(major)) out.Add(rows::kWhole + in, 1, Group::kAmount);
  if (major > 0 && std::fmod(major, 10) == 0) out.Add(rows::kRound, 1, Group::kAmount);
  const uint64_t mixed = (key_hash ^ (0xA110 + bin)) * 0x9E3779B97F4A7C15ULL;
  out.amount_key = static_cast<uint32_t>(mixed >> 33) & (weights.hashed_rows - 1);
}

void AddDate(const Features& features, Inputs& out) {
  out.Add(rows::kMonth + static_cast<size_t>(features.month - 1), 0.3F, Group::kDate);
  out.Add(rows::kWeekday + static_cast<size_t>(features.weekday - 1), 0.3F, Group::kDate);
  out.Add(rows::kDay + DayPart(features.day), 0.5F, Group::kDate);
}

void AddMcc(const Features& features, const Weights& weights, Inputs& out) {
  if (features.mcc <= 0) return;
  if (const auto hint = ledger::CategoryOfMcc(static_cast<int>(features.mcc))) {
    if (*hint != ledger::Category::kUncategorized) {
      out.Add(rows::kMccHint + ClassOfCategory(*hint), 1, Group::kMcc);
    }
  }
  const uint64_t mixed = (static_cast<uint64_t>(features.mcc) ^ 0x6D6363) * 0x9E3779B97F4A7C15ULL;
  out.mcc_row = static_cast<uint32_t>(mixed >> 33) & (weights.hashed_rows - 1);
  out.has_mcc = true;
}

void AddGroceries(const Features& features, Inputs& out) {
  const UserContext& context = features.context;
  out.Add(rows::kGroceryFrequency, static_cast<float>(std::min(context.grocery_frequency, 10.0)),
          Group::kGroceryFrequency);
  const double average = MajorUnits(context.avg_grocery_amount_minor, features.currency);
  if (average <= 0) return;
  out.Add(rows::kGroceryAverage, static_cast<float>(std::log10(1 + average) / 3),
          Group::kGroceryAmount);
  if (features.amount_minor >= 0) return;
  const double ratio = MajorUnits(features.amount_minor, features.currency) / average;
  const double bin = std::floor(std::log2(std::max(ratio, 1e-6))) + 5;
  out.Add(
      rows::kGroceryRatio + static_cast<size_t>(std::clamp(bin, 0.0, double{rows::kRatioBins - 1})),
      0.5F, Group::kGroceryAmount);
}

Owner OwnerOf(const UserContext& context) {
  using enum ledger::Category;
  double own = 0;
  for (const ledger::Category category : {kIncome, kTransfer, kCash, kHousing, kHealth, kDebt}) {
    own += context.shares[ClassOfCategory(category)];
  }
  return own > 0.01 ? Owner::kPerson : Owner::kBusiness;
}

// Cards of one kind of office give the same shop the same meaning: the kind is the class that stands
// out most against the general shares.
uint8_t KindOf(const Inputs& inputs) {
  if (inputs.owner != Owner::kBusiness) return static_cast<uint8_t>(inputs.owner);
  const auto most = std::max_element(inputs.share_logits.begin(), inputs.share_logits.end());
  return static_cast<uint8_t>(2 + (most - inputs.share_logits.begin()));
}

void AddContext(const Features& features, const Weights& weights, Inputs& out) {
  const UserContext& context = features.context;
  out.has_context = true;
  out.owner = OwnerOf(context);
  out.Add(rows::kContextCount + CountBin(context.count), 0.5F, Group::kContextCount);
  AddGroceries(features, out);
  const auto count = static_cast<double>(std::min(context.count, kContextRowsMax));
  for (size_t c = 0; c < kClasses; ++c) {
    const double prior = std::max(kPriorFloor, double{weights.prior[c]});
    const double share =
        (count * context.shares[c] + kSharePseudoRows * prior) / (count + kSharePseudoRows);
    out.share_logits[c] = static_cast<float>(std::log(share / prior));
  }
  out.kind = KindOf(out);
}

void AddScaled(const float* row, float value, Logits& out) {
  for (size_t c = 0; c < kClasses; ++c) out[c] += value * row[c];
}

void AddLabels(const LabelInput& labels, const TiedWeights::Labels& tied, Logits& out) {
  if (labels.top < 0) return;
  out[static_cast<size_t>(labels.top)] += tied.top[labels.bin];
  if (labels.second >= 0) out[static_cast<size_t>(labels.second)] += tied.second[labels.bin];
  if (labels.last >= 0) out[static_cast<size_t>(labels.last)] += tied.last[labels.bin];
}

}  // namespace

uint64_t KeyHash(std::string_view normalised) { return StableHash(MerchantKeyOf(normalised)); }

float TextValue(size_t grams) {
  return grams == 0 ? 0.0F : 2.0F / std::sqrt(static_cast<float>(grams));
}

TextKeys KeysOf(std::string_view normalised, const Weights& weights) {
  return {.merchant = KeyHash(normalised), .name = FindName(weights.names, normalised)};
}

Inputs MakeInputs(const Features& features, const TextKeys& keys, const Weights& weights,
                  const Hide& hide) {
  Inputs out;
  out.Add(rows::kBias, 1, Group::kBias);
  out.has_amount = !hide.amount;
  if (!hide.amount) AddAmount(features, keys.merchant, weights, out);
  if (!hide.date) AddDate(features, out);
  if (!hide.mcc) AddMcc(features, weights, out);
  const bool context = features.has_context() && !hide.context;
  if (context) {
    AddContext(features, weights, out);
  } else {
    out.Add(rows::kNoContext, 1, Group::kContextCount);
  }
  if (keys.name >= 0 && !hide.name) {
    const size_t first = rows::kName + (out.owner == Owner::kBusiness ? kClasses : 0);
    out.Add(first + static_cast<size_t>(keys.name), 1, Group::kName);
  }
  const LabelMemory none;
  const LabelMemory& memory = hide.memory ? none : features.memory;
  const LabelMemory& merchant = hide.merchant ? none : features.merchant;
  out.memory = MakeLabels(memory);
  // Only what stands on the span may count: of all users' labels that is the most frequent one.
  const LabelInput others = MakeLabels(merchant);
  out.merchant = {.top = others.top, .bin = others.bin};
  if (out.memory.top >= 0) {
    out.Add(rows::kMemoryTop + static_cast<size_t>(out.memory.top), 1, Group::kMemory);
  }
  if (out.merchant.top >= 0) {
    out.Add(rows::kMerchantTop + static_cast<size_t>(out.merchant.top), 1, Group::kMerchant);
  }
  if (!hide.learned) out.learned = features.learned;
  const size_t owner = out.owner == Owner::kPerson ? 1 : 0;
  const size_t level = MemoryLevel(memory, out.learned) * kOwnerKinds + owner;
  out.state = static_cast<uint8_t>(level * kMerchantLevels + MerchantLevel(merchant));
  out.share_bin = static_cast<uint8_t>(level * rows::kCountBins + CountBin(features.context.count));
  return out;
}

void AddText(const Weights& weights, const std::vector<TextGram>& grams, const Inputs& inputs,
             Logits& out) {
  Logits sum{};
  for (const TextGram& gram : grams) {
    AddScaled(weights.HashedRow(gram.row), 1, sum);
    if (gram.whole_word) {
      AddScaled(weights.HashedRow(OwnersRow(gram.row, inputs.kind, weights.hashed_rows)), 1, sum);
    }
  }
  const float value = TextValue(grams.size());
  for (size_t c = 0; c < kClasses; ++c) out[c] += value * sum[c];
  if (inputs.has_amount) AddScaled(weights.HashedRow(inputs.amount_key), kAmountKeyValue, out);
}

void AddRest(const Weights& weights, const Inputs& inputs, Logits& out) {
  for (size_t i = 0; i < inputs.dense_count; ++i) {
    AddScaled(weights.DenseRow(inputs.dense[i].row), inputs.dense[i].value, out);
  }
  if (inputs.has_mcc) AddScaled(weights.HashedRow(inputs.mcc_row), kMccRowValue, out);
  if (inputs.has_context) {
    const float trust = weights.tied.share[inputs.share_bin];
    for (size_t c = 0; c < kClasses; ++c) {
      out[c] += trust * inputs.share_logits[c];
      AddScaled(weights.DenseRow(rows::kShare + c), inputs.share_logits[c], out);
    }
  }
  AddLabels(inputs.memory, weights.tied.memory, out);
  if (inputs.merchant.top >= 0) {
    out[static_cast<size_t>(inputs.merchant.top)] += weights.tied.merchant_top[inputs.merchant.bin];
  }
  AddScaled(inputs.learned.all.data(), weights.tied.learned_all[inputs.state], out);
  AddScaled(inputs.learned.own.data(), weights.tied.learned_own[inputs.state], out);
}

NetContext NetContextOf(const Inputs& inputs) {
  return {.amount_bin = inputs.has_amount ? int{inputs.amount_bin} : -1,
          .share_logits = inputs.has_context ? inputs.share_logits.data() : nullptr};
}

Logits NetLogits(const Weights& weights, const std::vector<TextGram>& grams, const Inputs& inputs) {
  if (weights.net.empty()) return {};
  NetPass pass;
  pass.vector = PoolVectors(weights.net, grams);
  RunNet(weights.net, NetContextOf(inputs), pass);
  return pass.logits;
}

RowLogits SumLogits(const Weights& weights, const std::vector<TextGram>& grams,
                    const Inputs& inputs) {
  RowLogits logits;
  AddText(weights, grams, inputs, logits.text);
  for (float& logit : logits.text) logit *= weights.text_scale[inputs.state];
  logits.net = NetLogits(weights, grams, inputs);
  AddScaled(logits.net.data(), weights.tied.net[inputs.state], logits.text);
  logits.all = logits.text;
  AddRest(weights, inputs, logits.all);
  for (float& logit : logits.all) logit /= weights.temperature[inputs.state];
  return logits;
}

Logits LogitsOfRow(const Weights& weights, const std::vector<TextGram>& grams, const Features& features) {
  const Hide alone{.context = true, .memory = true, .merchant = true, .learned = true};
  const Inputs inputs = MakeInputs(features, KeysOf(features.text, weights), weights, alone);
  return SumLogits(weights, grams, inputs).all;
}

Logits LogitsOfText(const Weights& weights, const std::vector<TextGram>& grams, const TextKeys& keys) {
  const Hide alone{
      .amount = true, .date = true, .mcc = true, .context = true, .memory = true, .merchant = true, .learned = true};
  return SumLogits(weights, grams, MakeInputs(Features{}, keys, weights, alone)).all;
}

}  // namespace finance::category_predictor
