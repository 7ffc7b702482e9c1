#include "finance/category_predictor/class_trees.h"

namespace finance::category_predictor {

float SumOfTrees(std::span<const ClassTree> trees, const Sights& sights) {
  float sum = 0;
  for (const ClassTree& tree : trees) sum += tree.leaves[tree.LeafOf(sights)];
  return sum;
}

std::vector<TreeMeans> MeansOf(std::span<const ClassTree> trees) {
  std::vector<TreeMeans> all(trees.size());
  for (size_t t = 0; t < trees.size(); ++t) {
    TreeMeans& means = all[t];
    for (size_t i = means.size(); i-- > 0;) {
      means[i] = i >= kClassTreeCuts ? trees[t].leaves[i - kClassTreeCuts]
                                     : (means[2 * i + 1] + means[2 * i + 2]) / 2;
    }
  }
  return all;
}

void ExplainTrees(std::span<const ClassTree> trees, std::span<const TreeMeans> means, const Sights& sights,
                  double& base, std::span<double, kSights> parts) {
  for (size_t t = 0; t < trees.size(); ++t) {
    const ClassTree& tree = trees[t];
    double mean = means[t][0];
    base += mean;
    for (size_t at = 0; at < kClassTreeCuts;) {
      const uint8_t column = tree.columns[at];
      at = 2 * at + (sights[column] < tree.thresholds[at] ? 1 : 2);
      parts[column] += means[t][at] - mean;
      mean = means[t][at];
    }
  }
}

}  // namespace finance::category_predictor
