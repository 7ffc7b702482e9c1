#include "finance/category_predictor/category_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "finance/category_predictor/class_sights.h"
#include "finance/category_predictor/explanation.h"
#include "finance/category_predictor/inputs.h"
#include "finance/category_predictor/model_file.h"

namespace finance::category_predictor {
namespace {

// The scratch of one thread: a prediction allocates nothing once it has grown.
std::vector<TextGram>& Scratch() {
  thread_local std::vector<TextGram> grams;
  grams.clear();
  return grams;
}

}  // namespace

CategoryModel::CategoryModel(Weights weights, std::string version)
    : weights_(std::move(weights)), version_(std::move(version)), tree_means_(MeansOf(weights_.trees)) {
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

ScoredRow CategoryModel::Score(const Features& features) const {
  std::vector<TextGram>& grams = Scratch();
  AppendTextGrams(features.text, weights_.hashed_rows, grams);
  const Inputs inputs = MakeInputs(features, KeysOf(features.text, weights_), weights_);
  ScoredRow scored{grams, inputs, SumLogits(weights_, grams, inputs), {}, {}};
  scored.logits = scored.sum.all;
  if (weights_.trees.empty()) return scored;
  scored.candidates = CandidatesOf(scored.inputs, scored.sum.all);
  const ClassSights sights(features, scored.inputs, scored.sum);
  for (const uint8_t c : scored.candidates.span()) {
    scored.logits[c] += SumOfTrees(weights_.trees, sights.Of(c));
  }
  return scored;
}

Prediction CategoryModel::Decide(const ScoredRow& scored) const {
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
  const ScoredRow scored = Score(features);
  return {Decide(scored), ExplainRow(weights_, tree_means_, features, scored, top)};
}

}  // namespace finance::category_predictor
