#include "finance/fraud_detector/fraud_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace finance::fraud_detector {
namespace {

constexpr int64_t kDayNs = int64_t{86'400} * 1'000'000'000;
constexpr size_t kTrialFraudsMin = 10;

// What a reason says of a group of signals.
struct Group {
  std::string_view code;
  Signal first;
  Signal last;
};
constexpr std::array<Group, 9> kGroups = {{
    {"amount", Signal::kAmount, Signal::kAmount},
    {"time_of_day", Signal::kWeekend, Signal::kNight},
    {"velocity", Signal::kUserRows1, Signal::kUserMean30},
    {"place_risk", Signal::kPlaceRows1, Signal::kPlaceRisk30},
    {"amount_outlier", Signal::kAmountRatio, Signal::kAmountOfMax},
    {"card_compromised", Signal::kLargeRows14, Signal::kDaysSinceLastFraud},
    {"place_compromised", Signal::kPlaceUnexplained, Signal::kPlaceRightSinceLast},
    {"new_merchant", Signal::kNewPlace, Signal::kNewPlace},
    {"velocity", Signal::kHoursSinceLast, Signal::kHourRows},
}};

std::string Words(std::string_view code, const Signals& s) {
  if (code == "amount") return fmt::format("the amount of {:.2f}", s[Signal::kAmount]);
  if (code == "time_of_day") return "the time at which it was made";
  if (code == "velocity") {
    return fmt::format("{:.0f} charges within a day, {:.0f} within a week", s[Signal::kUserRows1],
                       s[Signal::kUserRows7]);
  }
  if (code == "amount_outlier") {
    if (s[Signal::kAmountRatio] < 0) return "too little is known of this user's usual amounts";
    return fmt::format("{:.1f} times the user's usual amount", s[Signal::kAmountRatio]);
  }
  if (code == "card_compromised") {
    if (s[Signal::kUserFrauds] > 0) {
      return fmt::format("{:.0f} confirmed frauds of this user within 60 days", s[Signal::kUserFrauds]);
    }
    return fmt::format("{:.0f} unusually large charges of this user within 14 days",
                       s[Signal::kLargeRows14]);
  }
  if (code == "place_compromised" && s[Signal::kPlaceUnexplained] > 0) {
    return fmt::format("{:.0f} confirmed frauds of usual amounts at this place within 28 days",
                       s[Signal::kPlaceUnexplained]);
  }
  if (code == "new_merchant") {
    return s[Signal::kNewPlace] > 0 ? "the user's first charge at this place"
                                    : "the user has paid at this place before";
  }
  return fmt::format("{:.0f} % of the charges known of this place within 30 days were fraud",
                     100 * s[Signal::kPlaceRisk30]);
}

double Odds(double p) { return std::log(p / (1 - p)); }

}  // namespace

FraudModel::FraudModel(BoostedTrees trees, std::string version)
    : trees_(std::move(trees)), version_(std::move(version)) {
  CHECK(trees_.columns() == kSignals);
}

void FraudModel::Judge(const Signals& signals, Assessment& assessment) const {
  std::array<double, kSignals> parts;
  const double odds = trees_.Explain(signals.values, parts);
  assessment.score = 1 / (1 + std::exp(-odds));
  assessment.suspicious = assessment.score >= kSuspiciousScore;
  if (odds < Odds(0.1)) return;  // nothing to explain
  for (const Group& group : kGroups) {
    double pushed = 0;
    for (auto s = static_cast<size_t>(group.first); s <= static_cast<size_t>(group.last); ++s) {
      pushed += parts[s];
    }
    const bool said = std::any_of(assessment.reasons.begin(), assessment.reasons.end(),
                                  [&](const Reason& reason) { return reason.code == group.code; });
    if (pushed < 0.5 || said) continue;
    // The score without this group, taken off.
    const double without = 1 / (1 + std::exp(pushed - odds));
    assessment.reasons.push_back({std::string(group.code), Words(group.code, signals),
                                  std::clamp(assessment.score - without, 0.0, 1.0)});
  }
  std::stable_sort(assessment.reasons.begin(), assessment.reasons.end(),
                   [](const Reason& a, const Reason& b) { return a.weight > b.weight; });
}

base::Result<BoostedTrees> LearnTrees(std::span<const JudgedCharge> rows, const LearnOptions& options) {
  int64_t newest_ns = INT64_MIN;
  for (const JudgedCharge& row : rows) newest_ns = std::max(newest_ns, row.at_ns);
  const int64_t from_ns = rows.empty() ? 0 : newest_ns - options.days * kDayNs;
  std::vector<const JudgedCharge*> rights;
  LabelledTable table{.columns = kSignals, .values = {}, .labels = {}, .weights = {}};
  const auto add = [&](const JudgedCharge& row, float weight) {
    table.values.insert(table.values.end(), row.signals.values.begin(), row.signals.values.end());
    table.labels.push_back(row.fraud ? 1 : 0);
    table.weights.push_back(weight);
  };
  for (const JudgedCharge& row : rows) {
    if (row.at_ns < from_ns) continue;
    if (row.fraud) {
      add(row, 1);
    } else {
      rights.push_back(&row);
    }
  }
  const size_t frauds = table.rows();
  if (frauds < options.frauds_min || rights.size() < options.rights_min) {
    return base::FailedPrecondition(fmt::format(
        "too few labels to learn from; {} and {} are needed: {} frauds, {} right charges",
        options.frauds_min, options.rights_min, frauds, rights.size()));
  }
  const size_t wanted = std::max(options.rights_min, frauds * options.rights_per_fraud);
  const size_t step = std::max<size_t>(1, rights.size() / wanted);
  const size_t taken = (rights.size() + step - 1) / step;
  const auto weight = static_cast<float>(static_cast<double>(rights.size()) / static_cast<double>(taken));
  for (size_t i = 0; i < rights.size(); i += step) add(*rights[i], weight);
  return BoostedTrees::Train(table, options.boosting);
}

double AveragePrecision(std::span<const double> scores, const std::vector<bool>& frauds) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  const auto all = static_cast<double>(std::count(frauds.begin(), frauds.end(), true));
  double found = 0;
  double sum = 0;
  for (size_t i = 0; i < order.size();) {
    double step = 0;
    size_t end = i;
    for (; end < order.size() && scores[order[end]] == scores[order[i]]; ++end) {
      step += frauds[order[end]] ? 1 : 0;
    }
    found += step;
    sum += step * found / static_cast<double>(end);
    i = end;
  }
  return all > 0 ? sum / all : 0;
}

base::Result<Trial> TryOut(std::span<const JudgedCharge> rows, const FraudModel* current,
                           int64_t trained_ns, const LearnOptions& options) {
  std::vector<int64_t> fraud_times;
  for (const JudgedCharge& row : rows) {
    if (row.fraud) fraud_times.push_back(row.at_ns);
  }
  std::sort(fraud_times.begin(), fraud_times.end());
  if (fraud_times.size() < options.frauds_min + kTrialFraudsMin) {
    return base::FailedPrecondition(fmt::format("too few frauds to try a model out; {} are needed: {}",
                                                options.frauds_min + kTrialFraudsMin, fraud_times.size()));
  }
  int64_t split_ns = fraud_times[fraud_times.size() - std::max(kTrialFraudsMin, fraud_times.size() / 5)];
  const auto unseen = fraud_times.end() - std::upper_bound(fraud_times.begin(), fraud_times.end(), trained_ns);
  if (current != nullptr && trained_ns > split_ns && unseen >= static_cast<std::ptrdiff_t>(kTrialFraudsMin)) {
    split_ns = trained_ns + 1;
  }
  std::vector<JudgedCharge> older;
  std::vector<const JudgedCharge*> newer;
  for (const JudgedCharge& row : rows) {
    if (row.at_ns < split_ns) {
      older.push_back(row);
    } else {
      newer.push_back(&row);
    }
  }
  ASSIGN_OR_RETURN(const BoostedTrees candidate, LearnTrees(older, options));
  Trial trial{.rows = newer.size()};
  std::vector<double> by_candidate;
  std::vector<double> by_current;
  std::vector<bool> frauds;
  for (const JudgedCharge* row : newer) {
    frauds.push_back(row->fraud);
    trial.frauds += row->fraud ? 1 : 0;
    by_candidate.push_back(candidate.Predict(row->signals.values));
    by_current.push_back(current != nullptr ? current->Score(row->signals)
                                            : double{row->signals[Signal::kRuleScore]});
  }
  trial.candidate_precision = AveragePrecision(by_candidate, frauds);
  trial.current_precision = AveragePrecision(by_current, frauds);
  return trial;
}

}  // namespace finance::fraud_detector
