// Gradient-boosted regression trees for a yes or no answer (Friedman 2001, with the second-order
// steps of XGBoost, Chen and Guestrin 2016). Deterministic: the same rows and options give the same
// trees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace finance::fraud_detector {

namespace base = awry::base;

inline constexpr size_t kTreesMax = 1000;
inline constexpr size_t kTreeDepthMax = 8;

struct BoostingOptions {
  int trees = 120;
  int depth = 4;              // splits from the root to a leaf, at most kTreeDepthMax
  double learning_rate = 0.1;
  double l2 = 2;              // on the leaves' values
  double leaf_weight_min = 2; // least sum of p (1 - p) in a leaf
  int bins = 64;              // candidate thresholds per column, at most 255
};

// Rows side by side: row i is `values[i * columns … (i + 1) * columns)`.
struct LabelledTable {
  size_t columns = 0;
  std::vector<float> values;
  std::vector<uint8_t> labels;  // 0 or 1, one per row
  std::vector<float> weights;   // one per row, above 0
  size_t rows() const { return labels.size(); }
};

// Immutable once made. Thread-safe.
class BoostedTrees {
 public:
  // An answer of `log_odds` to everything.
  BoostedTrees(size_t columns, double log_odds) : columns_(columns), base_(log_odds) {}

  // kInvalidArgument when a label or a weight is missing or there are no rows.
  static base::Result<BoostedTrees> Train(const LabelledTable& table, const BoostingOptions& options);

  size_t columns() const { return columns_; }
  size_t trees() const { return roots_.size(); }

  // The probability of yes. `row` has columns() values.
  double Predict(std::span<const float> row) const;

  // The log odds, and what each column added to the base on the way down the trees (the changes of
  // the nodes' means, Saabas): base + sum of `parts` = log odds.
  double Explain(std::span<const float> row, std::span<double> parts) const;

  // One line of text. Parse gives kDataLoss on anything that Serialise did not write.
  std::string Serialise() const;
  static base::Result<BoostedTrees> Parse(std::string_view text);

 private:
  struct Node {
    int32_t left = -1;  // the right child follows it; -1: a leaf
    uint16_t column = 0;
    float threshold = 0;  // values below it, and those that are no number, go left
    float value = 0;      // the answer if the tree ended here
  };
  friend class TreeGrower;

  double LogOdds(std::span<const float> row) const;

  size_t columns_ = 0;
  double base_ = 0;
  std::vector<uint32_t> roots_;
  std::vector<Node> nodes_;
};

}  // namespace finance::fraud_detector
