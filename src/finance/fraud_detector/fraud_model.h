// A model learned from labels: boosted trees over the signals, and reasons in words for what they say.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "finance/fraud_detector/boosted_trees.h"
#include "finance/fraud_detector/rules.h"
#include "finance/fraud_detector/signals.h"

namespace finance::fraud_detector {

// Immutable once made. Thread-safe.
class FraudModel {
 public:
  FraudModel(BoostedTrees trees, std::string version);

  double Score(const Signals& signals) const { return trees_.Predict(signals.values); }

  // Puts the model's score in place of the rules', and its reasons beside theirs: a rule's reason stays,
  // with the weight that it had.
  void Judge(const Signals& signals, Assessment& assessment) const;

  const std::string& version() const { return version_; }
  const BoostedTrees& trees() const { return trees_; }

 private:
  BoostedTrees trees_;
  std::string version_;
};

struct JudgedCharge {
  Signals signals;
  int64_t at_ns = 0;
  bool fraud = false;
};

struct LearnOptions {
  size_t frauds_min = 40;  // with fewer nothing is learned
  size_t rights_min = 400;
  size_t rights_per_fraud = 25;  // more are sampled, each counting for several
  int days = 45;                 // older rows are left out
  BoostingOptions boosting;
};

// kFailedPrecondition when there is too little to learn from. `rows` in any order. Deterministic.
base::Result<BoostedTrees> LearnTrees(std::span<const JudgedCharge> rows, const LearnOptions& options);

// Average precision of scores: the mean of the precision at each fraud, surest first; equal scores count
// as one step. 0 without frauds.
double AveragePrecision(std::span<const double> scores, const std::vector<bool>& frauds);

// Which is better on the newest labels: one model learned from what came before them, or `current` (null:
// the rules)?
struct Trial {
  size_t rows = 0;
  size_t frauds = 0;
  double candidate_precision = 0;  // average precision
  double current_precision = 0;
  bool better() const { return candidate_precision > current_precision; }
};

// The newest fifth of the frauds and what lies between them judge; what is older teaches. `trained_ns`:
// rows up to it were seen by `current` and do not judge, when enough are left.
base::Result<Trial> TryOut(std::span<const JudgedCharge> rows, const FraudModel* current,
                           int64_t trained_ns, const LearnOptions& options);

}  // namespace finance::fraud_detector
