// Training: columns are cut into bins at quantiles once; a tree grows level by level, and each node
// takes the cut with the highest gain G²/(H+λ) of its histogram of slopes G and curvatures H.
#include "finance/fraud_detector/boosted_trees.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <numeric>

namespace finance::fraud_detector {
namespace {

constexpr std::string_view kMagic = "trees1";

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct Sums {
  double slope = 0;
  double curve = 0;
  void Add(const Sums& other) {
    slope += other.slope;
    curve += other.curve;
  }
};

// Thresholds of one column: value < threshold[b] falls into a bin <= b.
std::vector<float> Thresholds(const LabelledTable& table, size_t column, size_t bins) {
  std::vector<float> values(table.rows());
  for (size_t i = 0; i < values.size(); ++i) values[i] = table.values[i * table.columns + column];
  std::sort(values.begin(), values.end());
  std::vector<float> cuts;
  for (size_t b = 1; b < bins; ++b) {
    const float at = values[b * values.size() / bins];
    if (at > values.front() && (cuts.empty() || at > cuts.back())) cuts.push_back(at);
  }
  // Rare values at the far end are where fraud is: quantiles alone would never cut there.
  for (const double share : {0.995, 0.998, 0.999}) {
    const float at = values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
    if (at > values.front() && (cuts.empty() || at > cuts.back())) cuts.push_back(at);
  }
  return cuts;
}

}  // namespace

class TreeGrower {
 public:
  TreeGrower(const LabelledTable& table, const BoostingOptions& options)
      : table_(table), options_(options), trees_(table.columns, 0) {
    Bin();
  }

  BoostedTrees Run() {
    double yes = 0;
    double all = 0;
    for (size_t i = 0; i < table_.rows(); ++i) {
      yes += table_.labels[i] != 0 ? double{table_.weights[i]} : 0;
      all += double{table_.weights[i]};
    }
    const double share = std::clamp(yes / all, 1e-6, 1 - 1e-6);
    trees_.base_ = std::log(share / (1 - share));
    odds_.assign(table_.rows(), trees_.base_);
    for (int t = 0; t < options_.trees; ++t) Grow();
    return std::move(trees_);
  }

 private:
  struct Open {  // a node of the level that is being split
    uint32_t node = 0;
    uint32_t begin = 0;  // its rows in order_
    uint32_t end = 0;
    Sums sums;
  };
  struct Split {
    double gain = 0;
    size_t column = 0;
    size_t bin = 0;  // bins <= this go left
  };

  void Bin() {
    const size_t bins = static_cast<size_t>(std::clamp(options_.bins, 2, 250));
    for (size_t c = 0; c < table_.columns; ++c) {
      cuts_.push_back(Thresholds(table_, c, bins));
      std::vector<uint8_t>& column = binned_.emplace_back(table_.rows());
      for (size_t i = 0; i < column.size(); ++i) {
        const float value = table_.values[i * table_.columns + c];
        column[i] = static_cast<uint8_t>(
            std::upper_bound(cuts_[c].begin(), cuts_[c].end(), value) - cuts_[c].begin());
      }
    }
  }

  void Grow() {
    slopes_.resize(table_.rows());
    order_.resize(table_.rows());
    std::iota(order_.begin(), order_.end(), 0U);
    Open root{0, 0, static_cast<uint32_t>(table_.rows()), {}};
    for (size_t i = 0; i < table_.rows(); ++i) {
      const double p = Sigmoid(odds_[i]);
      const double w = double{table_.weights[i]};
      slopes_[i] = {w * (p - table_.labels[i]), w * std::max(1e-9, p * (1 - p))};
      root.sums.Add(slopes_[i]);
    }
    root.node = NewNode(root.sums);
    trees_.roots_.push_back(root.node);
    std::vector<Open> level = {root};
    for (int d = 0; d < options_.depth && !level.empty(); ++d) level = NextLevel(level);
    for (size_t i = 0; i < table_.rows(); ++i) odds_[i] += double{LeafValue(root.node, i)};
  }

  uint32_t NewNode(const Sums& sums) {
    BoostedTrees::Node node;
    node.value = static_cast<float>(-options_.learning_rate * sums.slope / (sums.curve + options_.l2));
    trees_.nodes_.push_back(node);
    return static_cast<uint32_t>(trees_.nodes_.size() - 1);
  }

  std::vector<Open> NextLevel(const std::vector<Open>& level) {
    std::vector<Open> next;
    for (const Open& open : level) {
      const Split split = BestSplit(open);
      if (split.gain <= 1e-6) continue;
      const auto first = order_.begin();
      const std::vector<uint8_t>& bins = binned_[split.column];
      const auto middle = std::stable_partition(first + open.begin, first + open.end,
                                                [&](uint32_t i) { return bins[i] <= split.bin; });
      Open left{0, open.begin, static_cast<uint32_t>(middle - first), {}};
      Open right{0, left.end, open.end, {}};
      for (uint32_t i = left.begin; i < left.end; ++i) left.sums.Add(slopes_[order_[i]]);
      for (uint32_t i = right.begin; i < right.end; ++i) right.sums.Add(slopes_[order_[i]]);
      left.node = NewNode(left.sums);
      right.node = NewNode(right.sums);
      BoostedTrees::Node& parent = trees_.nodes_[open.node];
      parent.left = static_cast<int32_t>(left.node);
      parent.column = static_cast<uint16_t>(split.column);
      parent.threshold = cuts_[split.column][split.bin];
      next.push_back(left);
      next.push_back(right);
    }
    return next;
  }

  Split BestSplit(const Open& open) const {
    Split best;
    std::vector<Sums> histogram;
    const double whole = Gain(open.sums);
    for (size_t c = 0; c < table_.columns; ++c) {
      histogram.assign(cuts_[c].size() + 1, {});
      const std::vector<uint8_t>& bins = binned_[c];
      for (uint32_t i = open.begin; i < open.end; ++i) {
        histogram[bins[order_[i]]].Add(slopes_[order_[i]]);
      }
      Sums left;
      for (size_t b = 0; b + 1 < histogram.size(); ++b) {
        left.Add(histogram[b]);
        const Sums right{open.sums.slope - left.slope, open.sums.curve - left.curve};
        if (left.curve < options_.leaf_weight_min || right.curve < options_.leaf_weight_min) continue;
        const double gain = Gain(left) + Gain(right) - whole;
        if (gain > best.gain) best = {gain, c, b};
      }
    }
    return best;
  }

  double Gain(const Sums& sums) const {
    return sums.slope * sums.slope / (sums.curve + options_.l2);
  }

  float LeafValue(uint32_t node, size_t row) const {
    const float* values = &table_.values[row * table_.columns];
    while (trees_.nodes_[node].left >= 0) {
      const BoostedTrees::Node& at = trees_.nodes_[node];
      node = static_cast<uint32_t>(at.left) + (values[at.column] >= at.threshold ? 1U : 0U);
    }
    return trees_.nodes_[node].value;
  }

  const LabelledTable& table_;
  const BoostingOptions& options_;
  BoostedTrees trees_;
  std::vector<std::vector<float>> cuts_;      // by column
  std::vector<std::vector<uint8_t>> binned_;  // by column, then row
  std::vector<Sums> slopes_;
  std::vector<double> odds_;
  std::vector<uint32_t> order_;
};

base::Result<BoostedTrees> BoostedTrees::Train(const LabelledTable& table,
                                               const BoostingOptions& options) {
  if (table.rows() == 0 || table.columns == 0 || table.weights.size() != table.rows() ||
      table.values.size() != table.rows() * table.columns || options.depth < 1 ||
      options.depth > static_cast<int>(kTreeDepthMax) || options.trees < 1 ||
      options.trees > static_cast<int>(kTreesMax)) {
    return base::InvalidArgument(fmt::format(
        "rows to learn from do not fit together: {} labels, {} weights, {} values", table.rows(),
        table.weights.size(), table.values.size()));
  }
  return TreeGrower(table, options).Run();
}

double BoostedTrees::LogOdds(std::span<const float> row) const {
  CHECK(row.size() == columns_);
  double odds = base_;
  for (const uint32_t root : roots_) {
    const Node* at = &nodes_[root];
    while (at->left >= 0) {
      at = &nodes_[static_cast<uint32_t>(at->left) + (row[at->column] >= at->threshold ? 1U : 0U)];
    }
    odds += double{at->value};
  }
  return odds;
}

double BoostedTrees::Predict(std::span<const float> row) const { return Sigmoid(LogOdds(row)); }

double BoostedTrees::Explain(std::span<const float> row, std::span<double> parts) const {
  CHECK(row.size() == columns_ && parts.size() == columns_);
  std::fill(parts.begin(), parts.end(), 0.0);
  double odds = base_;
  for (const uint32_t root : roots_) {
    const Node* at = &nodes_[root];
    float before = 0;  // a tree adds nothing before its first cut
    while (at->left >= 0) {
      const Node* next =
          &nodes_[static_cast<uint32_t>(at->left) + (row[at->column] >= at->threshold ? 1U : 0U)];
      parts[at->column] += double{next->value} - double{before};
      before = next->value;
      at = next;
    }
    odds += double{at->value};
  }
  return odds;
}

std::string BoostedTrees::Serialise() const {
  std::string out = fmt::format("{} {} {:a} {} {}", kMagic, columns_, base_, roots_.size(), nodes_.size());
  for (const uint32_t root : roots_) out += fmt::format(" {}", root);
  for (const Node& node : nodes_) {
    uint32_t threshold = 0;
    uint32_t value = 0;
    std::memcpy(&threshold, &node.threshold, sizeof threshold);
    std::memcpy(&value, &node.value, sizeof value);
    out += fmt::format(" {} {} {:x} {:x}", node.left, node.column, threshold, value);
  }
  return out;
}

namespace {

// Words between single blanks.
class Words {
 public:
  explicit Words(std::string_view text) : left_(text) {}
  std::string_view Next() {
    const size_t end = std::min(left_.find(' '), left_.size());
    const std::string_view word = left_.substr(0, end);
    left_.remove_prefix(std::min(end + 1, left_.size()));
    return word;
  }
  template <typename T>
  bool Number(T& out, int number_base = 10) {
    const std::string_view word = Next();
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out, number_base);
    return error == std::errc() && end == word.data() + word.size() && !word.empty();
  }
  bool Float(float& out) {
    uint32_t bits = 0;
    if (!Number(bits, 16)) return false;
    std::memcpy(&out, &bits, sizeof out);
    return std::isfinite(out);
  }
  bool done() const { return left_.empty(); }

 private:
  std::string_view left_;
};

base::Status Broken(std::string_view what) {
  return base::DataLoss(fmt::format("stored trees are damaged: {}", what));
}

}  // namespace

base::Result<BoostedTrees> BoostedTrees::Parse(std::string_view text) {
  Words words(text);
  if (words.Next() != kMagic) return Broken("they do not begin as trees");
  size_t columns = 0;
  size_t roots = 0;
  size_t nodes = 0;
  if (!words.Number(columns) || columns == 0 || columns > 1000) return Broken("number of columns");
  const std::string base_text(words.Next());
  char* base_end = nullptr;
  const double base_odds = std::strtod(base_text.c_str(), &base_end);
  if (base_text.empty() || *base_end != '\0' || !std::isfinite(base_odds)) return Broken("base");
  if (!words.Number(roots) || roots > kTreesMax) return Broken("number of trees");
  if (!words.Number(nodes) || nodes > kTreesMax << (kTreeDepthMax + 1)) return Broken("number of nodes");
  if (nodes > text.size() / 8) return Broken("number of nodes");
  BoostedTrees trees(columns, base_odds);
  trees.roots_.resize(roots);
  for (uint32_t& root : trees.roots_) {
    if (!words.Number(root) || root >= nodes) return Broken("a root");
  }
  trees.nodes_.resize(nodes);
  for (size_t i = 0; i < nodes; ++i) {
    Node& node = trees.nodes_[i];
    if (!words.Number(node.left) || !words.Number(node.column) || !words.Float(node.threshold) ||
        !words.Float(node.value) || node.column >= columns) {
      return Broken("a node");
    }
    // Children stand behind their parent, so that no walk can go round.
    const bool leaf = node.left == -1;
    if (!leaf && (node.left <= static_cast<int64_t>(i) || node.left + 1 >= static_cast<int64_t>(nodes))) {
      return Broken("a child");
    }
  }
  if (!words.done()) return Broken("more than the nodes");
  return trees;
}

}  // namespace finance::fraud_detector
