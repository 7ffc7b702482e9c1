// The newest labels are held out; the older ones join the shipped rows. Most of those are given dates before
// the newest part of the shipped rows, from which the trainer learns texts, and every fifth a date in that
// part, on which it weighs text against memory: it takes rows in the order of their dates. Dates move by whole
// 364 days, which keeps the weekday, and the month but for a few days.
#include "finance/category_predictor/retraining.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/release.h"
#include "finance/category_predictor/evaluation.h"
#include "finance/category_predictor/model_file.h"
#include "finance/category_predictor/text_features.h"

namespace finance::category_predictor {
namespace {

constexpr int32_t kYearOfWeeksDays = 364;
constexpr size_t kNewestEvery = 5;

double Ratio(size_t part, size_t all) { return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all); }

// Rows by true and by predicted class.
struct Tally {
  std::array<size_t, kClasses> truth{}, predicted{}, right{};
  size_t rows = 0, rows_right = 0;

  void Add(size_t label, size_t answer) {
    ++truth[label];
    ++predicted[answer];
    ++rows;
    if (label != answer) return;
    ++right[label];
    ++rows_right;
  }
  double MacroF1() const {
    double sum = 0;
    size_t present = 0;
    for (size_t c = 0; c < kClasses; ++c) {
      if (truth[c] == 0) continue;
      ++present;
      sum += 2.0 * static_cast<double>(right[c]) / static_cast<double>(truth[c] + predicted[c]);
    }
    return present == 0 ? 0 : sum / static_cast<double>(present);
  }
};

ledger::Date MovedBefore(ledger::Date date, ledger::Date end) {
  const int32_t beyond = date.days() - end.days();
  const int32_t years = beyond <= 0 ? 0 : (beyond + kYearOfWeeksDays - 1) / kYearOfWeeksDays;
  return date.AddDays(-years * kYearOfWeeksDays);
}

void AddLabels(std::span<const FeedbackExample> examples, const RetrainingOptions& options, std::vector<LabelledRow>& rows) {
  const double older = std::max(0.0, 1 - options.trainer.newest_share - 0.05);
  const ledger::Date older_end = rows[static_cast<size_t>(older * static_cast<double>(rows.size() - 1))].date;
  const ledger::Date end = rows.back().date;
  for (size_t i = 0; i < examples.size(); ++i) {
    LabelledRow row = examples[i].row;
    row.date = MovedBefore(row.date, i % kNewestEvery == kNewestEvery - 1 ? end : older_end);
    row.weight = options.label_weight;
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const LabelledRow& a, const LabelledRow& b) { return a.date < b.date; });
}

// Rows of made households that no model was trained on: other households, drawn anew.
std::vector<LabelledRow> GuardRows(const TrainingSet& set, const RowsOptions& trained) {
  RowsOptions options = trained;
  options.seed = trained.seed + 1'000'003;
  options.until = ledger::Date::FromDays(INT32_MIN / 2);
  options.with_mcc_purchases = false;
  options.households = std::min(trained.households, 60);
  options.rows_per_household = std::min(trained.rows_per_household, 100);
  std::vector<LabelledRow> rows = MakeTrainingRows(set, options);
  std::erase_if(rows, [](const LabelledRow& row) { return row.user.empty(); });
  return rows;
}

size_t HeldOutBegin(std::span<const FeedbackExample> examples, int64_t current_until, const RetrainingOptions& options) {
  const auto share = static_cast<size_t>(options.held_out_share * static_cast<double>(examples.size()));
  const size_t held_out = std::max(options.held_out_min, share);
  const size_t newest = examples.size() - std::min(examples.size(), held_out);
  const auto unseen = std::partition_point(examples.begin(), examples.end(),
                                           [&](const FeedbackExample& example) { return example.sequence <= current_until; });
  return std::max(newest, static_cast<size_t>(unseen - examples.begin()));
}

}  // namespace

Trial Compare(const CategoryModel& candidate, const CategoryModel& current, std::span<const FeedbackExample> examples,
              size_t held_out_begin) {
  Trial trial;
  History history;
  Tally of_candidate, of_current;
  for (size_t i = 0; i < examples.size(); ++i) {
    const LabelledRow& row = examples[i].row;
    const std::string key = MerchantKeyOf(row.text);
    if (i >= held_out_begin) {
      Features features = FeaturesOf(row);
      features.context = history.ContextOf(row.user);
      features.memory = history.MemoryOf(row.user, key);
      features.merchant = history.MerchantOf(key);
      const size_t label = ClassOfCategory(row.category);
      const size_t ours = ClassOfCategory(candidate.Predict(features).category);
      const size_t theirs = ClassOfCategory(current.Predict(features).category);
      of_candidate.Add(label, ours);
      of_current.Add(label, theirs);
      trial.only_candidate_right += ours == label && theirs != label ? 1 : 0;
      trial.only_current_right += ours != label && theirs == label ? 1 : 0;
    }
    history.LearnContext(row.user, row.category, row.amount_minor);
    history.LearnLabel(row.user, key, row.category);
  }
  trial.rows = of_candidate.rows;
  trial.accuracy = Ratio(of_candidate.rows_right, of_candidate.rows);
  trial.macro_f1 = of_candidate.MacroF1();
  trial.current_accuracy = Ratio(of_current.rows_right, of_current.rows);
  trial.current_macro_f1 = of_current.MacroF1();
  return trial;
}

void Judge(Trial& trial, const RetrainingOptions& options) {
  const auto won = static_cast<double>(trial.only_candidate_right);
  const auto lost = static_cast<double>(trial.only_current_right);
  const double deviations = won + lost > 0 ? (won - lost) / std::sqrt(won + lost) : 0;
  const std::string figures = fmt::format("{:.3f} against {:.3f} right of {} held-out labels", trial.accuracy, trial.current_accuracy, trial.rows);
  trial.better = false;
  if (deviations < options.deviations_min) {
    trial.verdict = "not surely better: " + figures;
  } else if (trial.macro_f1 < trial.current_macro_f1) {
    trial.verdict = fmt::format("rarer categories lose: macro-F1 {:.3f} against {:.3f}", trial.macro_f1, trial.current_macro_f1);
  } else if (trial.guard_accuracy + options.guard_loss_max < trial.current_guard_accuracy) {
    trial.verdict = fmt::format("loses on rows that nobody corrects: {:.3f} against {:.3f} of {}", trial.guard_accuracy,
                                trial.current_guard_accuracy, trial.guard_rows);
  } else {
    trial.better = true;
    trial.verdict = "better: " + figures;
  }
}

base::Result<Retrained> Retrain(const TrainingSet& set, std::span<const FeedbackExample> examples,
                                const CategoryModel& current, int64_t current_until, const RetrainingOptions& options) {
  const size_t held_out_begin = HeldOutBegin(examples, current_until, options);
  if (examples.size() < options.labels_min || examples.size() - held_out_begin < options.held_out_min || held_out_begin == 0) {
    return base::FailedPrecondition(fmt::format("too few labels to learn from: {} in all, {} of them new; {} and {} are needed",
                                                examples.size(), examples.size() - held_out_begin, options.labels_min,
                                                options.held_out_min));
  }
  std::vector<LabelledRow> rows = MakeTrainingRows(set, options.rows);
  if (rows.empty()) return base::FailedPrecondition("training set has no rows");
  AddLabels(examples.first(held_out_begin), options, rows);
  Weights weights = TrainModel(rows, options.trainer);
  if (options.trainer.stop.stop_requested()) return base::Unavailable("retraining was stopped");
  base::Release(rows);
  RoundToFilePrecision(weights);
  const CategoryModel candidate(weights, "candidate");
  Retrained out{std::move(weights), Compare(candidate, current, examples, held_out_begin)};
  out.trial.trained_until = examples[held_out_begin - 1].sequence;
  const std::vector<LabelledRow> guard = GuardRows(set, options.rows);
  out.trial.guard_rows = guard.size();
  out.trial.guard_accuracy = EvaluateDayByDay(candidate, guard).accuracy;
  out.trial.current_guard_accuracy = EvaluateDayByDay(current, guard).accuracy;
  Judge(out.trial, options);
  return out;
}

}  // namespace finance::category_predictor
