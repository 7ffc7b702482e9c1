#include "finance/category_predictor/training_corpus.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/release.h"
#include "finance/category_predictor/inputs.h"

namespace finance::category_predictor {
namespace {

// Of the made households most teach the text, as those that the model will meet are not among them.
bool IsForTextAlone(const LabelledRow& row) { return IsMade(row.shared) && StableHash(row.user) % 3 != 0; }

// Habits change: what somebody lived long ago counts less.
float Faded(const LabelledRow& row, ledger::Date newest, double half_life_days) {
  if (row.user.empty() || IsMade(row.shared)) return 1;
  const double days = std::max(0, ledger::DaysBetween(row.date, newest));
  return static_cast<float>(std::exp2(-days / half_life_days));
}

// Counted in rows that somebody lived, where there are any.
size_t NewestFrom(std::span<const LabelledRow> rows, double newest_share) {
  const auto lived = [](const LabelledRow& row) { return !row.user.empty() && !IsMade(row.shared); };
  const bool any = std::any_of(rows.begin(), rows.end(), lived);
  const auto counts = [&](const LabelledRow& row) { return any ? lived(row) : !row.user.empty(); };
  const auto all = static_cast<double>(std::count_if(rows.begin(), rows.end(), counts));
  double newer = 0;
  size_t at = rows.size();
  while (at > 0 && newer < all * newest_share) newer += counts(rows[--at]) ? 1 : 0;
  return at;
}

class TextTable {
 public:
  TextTable(const Weights& weights, std::vector<Text>& texts) : weights_(weights), texts_(texts) {}
  uint32_t IndexOf(const std::string& text) {
    const auto [found, added] = index_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
    if (added) {
      Text& made = texts_.emplace_back();
      AppendTextGrams(text, weights_.hashed_rows, made.grams);
      made.keys = KeysOf(text, weights_);
    }
    return found->second;
  }

 private:
  const Weights& weights_;
  std::vector<Text>& texts_;
  std::unordered_map<std::string, uint32_t> index_;
};

std::vector<Part> Divide(Part all, int count) {
  std::vector<Part> parts(static_cast<size_t>(count));
  for (size_t i = 0; i < all.rows.size(); ++i) {
    Part& part = parts[i * parts.size() / all.rows.size()];
    part.rows.push_back(std::move(all.rows[i]));
    part.examples.push_back(std::move(all.examples[i]));
  }
  return parts;
}

}  // namespace

std::array<float, kClasses> PriorOf(std::span<const LabelledRow> rows) {
  std::array<double, kClasses> sums{};
  double all = 0;
  for (const LabelledRow& row : rows) {
    if (row.user.empty()) continue;
    sums[ClassOfCategory(row.category)] += row.weight * row.shared;
    all += row.weight * row.shared;
  }
  std::array<float, kClasses> prior;
  for (size_t c = 0; c < kClasses; ++c) {
    prior[c] = all > 0 ? static_cast<float>(sums[c] / all) : 1.0F / kClasses;
  }
  return prior;
}

KnownNames NamesOf(std::span<const LabelledRow> rows) {
  std::vector<std::pair<std::string_view, size_t>> names;
  for (const LabelledRow& row : rows) {
    if (row.user.empty() && !row.has_amount) names.emplace_back(row.text, ClassOfCategory(row.category));
  }
  return MakeKnownNames(names);
}

Corpus MakeCorpus(std::span<const LabelledRow> rows, const TrainerOptions& options, const Weights& weights) {
  Corpus corpus;
  TextTable table(weights, corpus.texts);
  std::vector<Features> features = ReplayDays(rows);
  const size_t newest_from = NewestFrom(rows, options.newest_share);
  Part newest;
  for (size_t i = 0; i < rows.size(); ++i) {
    Example example;
    example.text = table.IndexOf(rows[i].text);
    example.label = static_cast<uint8_t>(ClassOfCategory(rows[i].category));
    example.weight = rows[i].weight * Faded(rows[i], rows.back().date, options.half_life_days);
    example.shared = rows[i].shared;
    example.has_amount = rows[i].has_amount;
    example.features = std::move(features[i]);
    base::Release(example.features.text);
    const bool is_newest = i >= newest_from && !rows[i].user.empty() && !IsForTextAlone(rows[i]);
    if (is_newest) newest.rows.push_back(rows[i]);
    (is_newest ? newest.examples : corpus.older).push_back(std::move(example));
  }
  if (corpus.older.empty()) corpus.older = newest.examples;
  corpus.newest = Divide(std::move(newest), std::max(1, options.replays));
  return corpus;
}

void Replay(Part& part, const Weights& weights) {
  std::vector<Features> features = ReplayDays(part.rows, &weights);
  for (size_t i = 0; i < features.size(); ++i) {
    part.examples[i].features = std::move(features[i]);
    base::Release(part.examples[i].features.text);
  }
}

}  // namespace finance::category_predictor
