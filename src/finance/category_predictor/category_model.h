// The trained category model: hashed character n-grams, words, amount, date, the user's context and
// what was learned from corrections, in one multinomial logistic regression with a calibration
// layer.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/category_predictor/features.h"
#include "finance/category_predictor/weights.h"

namespace finance::category_predictor {

// One reason for an answer, in words; reasons.h has the codes.
struct Reason {
  std::string code;
  std::string text;  // English, names a category by its id
  double weight = 0;
  int64_t count = 0;
  int64_t total = 0;
  std::vector<std::string> words;
};

struct Prediction {
  ledger::Category category = ledger::Category::kUncategorized;
  double confidence = 0;                         // calibrated probability of `category`, 0…1
  std::array<double, kClasses> probabilities{};  // by class; sums to 1
  std::vector<Reason> reasons;  // heaviest first; only where they were asked for
};

// One named part of the answer.
struct Contribution {
  std::string feature;  // "text:tesco", "share_groceries", "amount", "memory", …
  double weight = 0;  // logits for the answer against the runner-up; positive speaks for the answer
};

// All contributions and the bias sum to `margin`, the logit of the answer minus the runner-up's.
struct Explanation {
  ledger::Category runner_up = ledger::Category::kUncategorized;
  double margin = 0;
  double bias = 0;
  std::vector<Contribution> contributions;  // heaviest first
};

struct ExplainedPrediction {
  Prediction prediction;
  Explanation why;
};

struct ScoredRow;

// Immutable once made. Thread-safe.
class CategoryModel {
 public:
  // `weights` are taken over; `version` names them in answers and on spans.
  CategoryModel(Weights weights, std::string version);

  // Reads a model file. kNotFound; kDataLoss names a file that is damaged or no model;
  // kUnimplemented one of another format version.
  static base::Result<CategoryModel> Load(const std::string& path);

  // Replaces the file at `path` atomically.
  base::Status Save(const std::string& path) const;

  // The same features give the same answer, bit for bit, on every thread.
  Prediction Predict(const Features& features) const;

  // What Predict answers, and why, in at most `top` contributions.
  ExplainedPrediction Explain(const Features& features, size_t top) const;

  const std::string& version() const { return version_; }
  const Weights& weights() const { return weights_; }

 private:
  ScoredRow Score(const Features& features) const;
  Prediction Decide(const ScoredRow& scored) const;

  Weights weights_;
  std::string version_;
  std::vector<TreeMeans> tree_means_;
};

}  // namespace finance::category_predictor
