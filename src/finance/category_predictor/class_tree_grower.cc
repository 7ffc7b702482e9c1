// Columns are cut into bins at quantiles once; a tree grows level by level, and each node takes the
// cut with the highest gain G²/(H+λ) of its histogram of slopes G and curvatures H (XGBoost, Chen and
// Guestrin 2016). A node that no cut improves sends everything left.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "finance/category_predictor/class_trees.h"

namespace finance::category_predictor {
namespace {

constexpr size_t kBins = 64;
constexpr size_t kSampleForBins = 40'000;

struct Sums {
  double slope = 0;
  double curve = 0;
  void Add(const Sums& other) {
    slope += other.slope;
    curve += other.curve;
  }
};

class Grower {
 public:
  Grower(const ClassTable& table, const ClassTreesOptions& options)
      : table_(table), options_(options), random_(options.seed), logits_(table.logits) {
    for (size_t c = 0; c < kSights; ++c) Bin(c);
    slopes_.resize(table.sights.size());
    nodes_.resize(table.sights.size());
  }

  ClassTree Grow() {
    MakeSlopes();
    DrawColumns();
    ClassTree tree;
    tree.thresholds.fill(std::numeric_limits<float>::max());
    std::fill(nodes_.begin(), nodes_.end(), uint8_t{0});
    for (size_t depth = 0; depth < kClassTreeDepth; ++depth) Level(depth, tree);
    SetLeaves(tree);
    for (size_t i = 0; i < logits_.size(); ++i) logits_[i] += tree.leaves[nodes_[i] - kClassTreeCuts];
    return tree;
  }

 private:
  void Bin(size_t column) {
    std::vector<float> values;
    const size_t step = std::max<size_t>(1, table_.sights.size() / kSampleForBins);
    for (size_t i = 0; i < table_.sights.size(); i += step) values.push_back(table_.sights[i][column]);
    std::sort(values.begin(), values.end());
    std::vector<float>& cuts = cuts_[column];
    for (size_t b = 1; b < kBins; ++b) {
      const float at = values[b * values.size() / kBins];
      if (at > values.front() && (cuts.empty() || at > cuts.back())) cuts.push_back(at);
    }
    std::vector<uint8_t>& bins = bins_[column];
    bins.reserve(table_.sights.size());
    for (const Sights& sights : table_.sights) {
      bins.push_back(static_cast<uint8_t>(
          std::upper_bound(cuts.begin(), cuts.end(), sights[column]) - cuts.begin()));
    }
  }

  size_t EndOf(size_t row) const {
    return row + 1 < table_.begins.size() ? table_.begins[row + 1] : table_.sights.size();
  }

  void MakeSlopes() {
    for (size_t row = 0; row < table_.begins.size(); ++row) {
      const size_t begin = table_.begins[row];
      const size_t end = EndOf(row);
      const bool drawn = random_.Chance(options_.row_share);
      const double weight = drawn ? double{table_.weights[row]} : 0;
      const float highest = *std::max_element(logits_.begin() + static_cast<std::ptrdiff_t>(begin),
                                              logits_.begin() + static_cast<std::ptrdiff_t>(end));
      double sum = 0;
      for (size_t i = begin; i < end; ++i) {
        slopes_[i].slope = std::exp(double{logits_[i]} - double{highest});
        sum += slopes_[i].slope;
      }
      for (size_t i = begin; i < end; ++i) {
        const double p = slopes_[i].slope / sum;
        slopes_[i] = {weight * (p - table_.truth[i]), weight * std::max(1e-4, p * (1 - p))};
      }
    }
  }

  void DrawColumns() {
    for (bool& used : used_) used = random_.Chance(options_.column_share);
    used_[static_cast<size_t>(Sight::kLogProbability)] = true;
  }

  double Gain(const Sums& sums) const {
    return sums.slope * sums.slope / (sums.curve + options_.l2);
  }

  void Level(size_t depth, ClassTree& tree) {
    const size_t first = (size_t{1} << depth) - 1;
    const size_t count = size_t{1} << depth;
    std::vector<double> best(count, 1e-6);
    std::vector<size_t> best_bin(count, kBins);
    std::vector<Sums> histogram;
    for (size_t c = 0; c < kSights; ++c) {
      if (!used_[c] || cuts_[c].empty()) continue;
      histogram.assign(count * kBins, {});
      const std::vector<uint8_t>& bins = bins_[c];
      for (size_t i = 0; i < bins.size(); ++i) {
        histogram[(nodes_[i] - first) * kBins + bins[i]].Add(slopes_[i]);
      }
      for (size_t n = 0; n < count; ++n) {
        const size_t bin = BestBin(std::span(histogram).subspan(n * kBins, kBins), best[n]);
        if (bin == kBins) continue;
        best_bin[n] = bin;
        tree.columns[first + n] = static_cast<uint8_t>(c);
        tree.thresholds[first + n] = cuts_[c][bin];
      }
    }
    for (size_t i = 0; i < nodes_.size(); ++i) {
      const size_t n = nodes_[i] - first;
      const bool left = best_bin[n] == kBins || bins_[tree.columns[first + n]][i] <= best_bin[n];
      nodes_[i] = static_cast<uint8_t>(2 * nodes_[i] + (left ? 1 : 2));
    }
  }

  // The cut behind a bin that gains more than `best`, which it raises; kBins: none.
  size_t BestBin(std::span<const Sums> histogram, double& best) const {
    Sums all;
    for (const Sums& sums : histogram) all.Add(sums);
    const double whole = Gain(all);
    size_t found = kBins;
    Sums left;
    for (size_t b = 0; b + 1 < kBins; ++b) {
      left.Add(histogram[b]);
      const Sums right{all.slope - left.slope, all.curve - left.curve};
      if (left.curve < options_.leaf_weight_min || right.curve < options_.leaf_weight_min) continue;
      const double gain = Gain(left) + Gain(right) - whole;
      if (gain <= best) continue;
      best = gain;
      found = b;
    }
    return found;
  }

  void SetLeaves(ClassTree& tree) const {
    std::array<Sums, kClassTreeLeaves> sums{};
    for (size_t i = 0; i < nodes_.size(); ++i) sums[nodes_[i] - kClassTreeCuts].Add(slopes_[i]);
    for (size_t l = 0; l < kClassTreeLeaves; ++l) {
      tree.leaves[l] = static_cast<float>(-options_.learning_rate * sums[l].slope /
                                          (sums[l].curve + options_.l2));
    }
  }

  const ClassTable& table_;
  const ClassTreesOptions& options_;
  awry::base::Random random_;
  std::array<std::vector<float>, kSights> cuts_;
  std::array<std::vector<uint8_t>, kSights> bins_;
  std::array<bool, kSights> used_{};
  std::vector<float> logits_;
  std::vector<Sums> slopes_;
  std::vector<uint8_t> nodes_;  // of the tree as a heap
};

}  // namespace

std::vector<ClassTree> GrowClassTrees(const ClassTable& table, const ClassTreesOptions& options,
                                      const std::stop_token& stop) {
  std::vector<ClassTree> trees;
  if (table.sights.empty()) return trees;
  Grower grower(table, options);
  while (trees.size() < static_cast<size_t>(options.trees) && !stop.stop_requested()) {
    trees.push_back(grower.Grow());
  }
  return trees;
}

}  // namespace finance::category_predictor
