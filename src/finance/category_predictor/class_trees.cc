#include "finance/category_predictor/class_trees.h"

namespace finance::category_predictor {

float SumOfTrees(std::span<const ClassTree> trees, const Sights& sights) {
  float sum = 0;
  for (const ClassTree& tree : trees) sum += tree.leaves[tree.LeafOf(sights)];
  return sum;
}

void ExplainTrees(std::span<const ClassTree> trees, const Sights& sights, double& base,
                  std::span<double, kSights> parts) {
  for (const ClassTree& tree : trees) {
    // Means of the leaves below each cut, leaves last: the tree as a heap.
    std::array<double, kClassTreeCuts + kClassTreeLeaves> means{};
    for (size_t i = means.size(); i-- > 0;) {
      means[i] = i >= kClassTreeCuts ? double{tree.leaves[i - kClassTreeCuts]}
                                     : (means[2 * i + 1] + means[2 * i + 2]) / 2;
    }
    base += means[0];
    for (size_t at = 0; at < kClassTreeCuts;) {
      const size_t next = 2 * at + (sights[tree.columns[at]] < tree.thresholds[at] ? 1 : 2);
      parts[tree.columns[at]] += means[next] - means[at];
      at = next;
    }
  }
}

}  // namespace finance::category_predictor
