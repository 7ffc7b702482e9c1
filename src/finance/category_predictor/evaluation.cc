#include "finance/category_predictor/evaluation.h"

#include <fmt/format.h>

#include <time.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "finance/category_predictor/text_features.h"

namespace finance::category_predictor {
namespace {

int64_t ThreadCpuNs() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return int64_t{spent.tv_sec} * 1'000'000'000 + spent.tv_nsec;
}

struct Outcome {
  double confidence = 0;
  bool right = false;
};

// Fills the classes' F1 and returns the mean of those that are present.
double MacroF1(const std::array<std::array<size_t, kClasses>, kClasses>& confusion, Quality& quality) {
  double sum = 0;
  size_t present = 0;
  for (size_t c = 0; c < kClasses; ++c) {
    size_t truth = 0;
    size_t answered = 0;
    for (size_t k = 0; k < kClasses; ++k) {
      truth += confusion[c][k];
      answered += confusion[k][c];
    }
    quality.class_rows[c] = truth;
    if (truth == 0) continue;
    ++present;
    quality.class_f1[c] =
        2.0 * static_cast<double>(confusion[c][c]) / static_cast<double>(truth + answered);
    sum += quality.class_f1[c];
  }
  return present == 0 ? 0 : sum / static_cast<double>(present);
}

double CalibrationError(const std::vector<Outcome>& outcomes) {
  std::array<double, 10> confidence{};
  std::array<double, 10> right{};
  for (const Outcome& outcome : outcomes) {
    const auto bin = std::min<size_t>(9, static_cast<size_t>(outcome.confidence * 10));
    confidence[bin] += outcome.confidence;
    right[bin] += outcome.right ? 1 : 0;
  }
  double error = 0;
  for (size_t b = 0; b < 10; ++b) error += std::abs(confidence[b] - right[b]);
  return outcomes.empty() ? 0 : error / static_cast<double>(outcomes.size());
}

double AnswerableAt95(std::vector<Outcome> outcomes) {
  std::stable_sort(outcomes.begin(), outcomes.end(),
                   [](const Outcome& a, const Outcome& b) { return a.confidence > b.confidence; });
  size_t right = 0;
  size_t best = 0;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    right += outcomes[i].right ? 1 : 0;
    if (static_cast<double>(right) >= 0.95 * static_cast<double>(i + 1)) best = i + 1;
  }
  return outcomes.empty() ? 0 : static_cast<double>(best) / static_cast<double>(outcomes.size());
}

// The yardstick's merchant: lower case, letters and & only.
std::string LettersOf(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if ((c >= 'a' && c <= 'z') || c == '&' || (static_cast<unsigned char>(c) & 0x80) != 0) out.push_back(c);
  }
  return out;
}

Quality Measure(const CategoryModel& model, std::span<const LabelledRow> rows,
                const std::vector<Features>& features) {
  Quality quality;
  quality.rows = rows.size();
  std::vector<Outcome> outcomes;
  outcomes.reserve(rows.size());
  std::array<std::array<size_t, kClasses>, kClasses> confusion{};
  std::array<size_t, 6> purchases{};
  std::array<size_t, 6> purchases_right{};
  std::unordered_map<std::string, size_t> visits;
  std::unordered_map<std::string, ledger::Date> first_days;  // by user and merchant
  size_t unseen_right = 0;
  size_t right = 0;
  int64_t spent_ns = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t start_ns = ThreadCpuNs();
    const Prediction prediction = model.Predict(features[i]);
    spent_ns += ThreadCpuNs() - start_ns;
    const bool hit = prediction.category == rows[i].category;
    outcomes.push_back({prediction.confidence, hit});
    ++confusion[ClassOfCategory(rows[i].category)][ClassOfCategory(prediction.category)];
    right += hit ? 1 : 0;
    const std::string pair =
        rows[i].user + '\0' + LettersOf(rows[i].merchant.empty() ? rows[i].text : rows[i].merchant);
    const auto first = first_days.try_emplace(pair, rows[i].date).first;
    const bool unseen = first->second == rows[i].date;
    quality.unseen_rows += unseen ? 1 : 0;
    unseen_right += unseen && hit ? 1 : 0;
    const size_t visit = std::min<size_t>(5, visits[pair]++);
    ++purchases[visit];
    purchases_right[visit] += hit ? 1 : 0;
  }
  const auto ratio = [](size_t part, size_t all) {
    return all == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(all);
  };
  quality.accuracy = ratio(right, rows.size());
  quality.macro_f1 = MacroF1(confusion, quality);
  quality.unseen_accuracy = ratio(unseen_right, quality.unseen_rows);
  quality.seen_accuracy = ratio(right - unseen_right, rows.size() - quality.unseen_rows);
  quality.calibration_error = CalibrationError(outcomes);
  quality.answerable_at_95 = AnswerableAt95(std::move(outcomes));
  for (size_t v = 0; v < 6; ++v) quality.by_purchase[v] = ratio(purchases_right[v], purchases[v]);
  quality.micros_per_row =
      rows.empty() ? 0 : static_cast<double>(spent_ns) / 1000 / static_cast<double>(rows.size());
  return quality;
}

}  // namespace

Quality EvaluateDayByDay(const CategoryModel& model, std::span<const LabelledRow> rows) {
  return Measure(model, rows, ReplayDays(rows, &model.weights()));
}

Quality EvaluateWithoutHistory(const CategoryModel& model, std::span<const LabelledRow> rows,
                               bool hide_mcc) {
  std::vector<Features> features;
  features.reserve(rows.size());
  for (const LabelledRow& row : rows) {
    features.push_back(FeaturesOf(row));
    if (hide_mcc) features.back().mcc = 0;
  }
  return Measure(model, rows, features);
}

std::string ClassLines(const Quality& quality) {
  std::string out;
  for (size_t c = 0; c < kClasses; ++c) {
    if (quality.class_rows[c] == 0) continue;
    out += fmt::format("  {:<14} {:>6} rows  F1 {:.3f}\n", ledger::CategoryId(CategoryOfClass(c)),
                       quality.class_rows[c], quality.class_f1[c]);
  }
  return out;
}

std::string QualityLine(const Quality& q) {
  return fmt::format(
      "rows {}  accuracy {:.4f}  macro-F1 {:.4f}  seen {:.4f}  unseen {:.4f} ({} rows)  ECE {:.4f} "
      " "
      "cov95 {:.4f}  by purchase {:.3f} {:.3f} {:.3f} {:.3f} {:.3f} {:.3f}  {:.2f} us/row",
      q.rows, q.accuracy, q.macro_f1, q.seen_accuracy, q.unseen_accuracy, q.unseen_rows,
      q.calibration_error, q.answerable_at_95, q.by_purchase[0], q.by_purchase[1], q.by_purchase[2],
      q.by_purchase[3], q.by_purchase[4], q.by_purchase[5], q.micros_per_row);
}

}  // namespace finance::category_predictor
