// Boosted trees that look at one class of a row at a time, with all that is known for and against it,
// and correct its logit: what the sum of weights cannot say ("the shop's name is new, but this user
// calls everything like it home"). The same trees serve all classes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

namespace finance::category_predictor {

// What the trees see of one class of one row.
enum class Sight : uint8_t {
  kLogProbability,  // by the sum of weights
  kBehindBest,      // its logit behind the best
  kHighest,         // probability of the best class
  kRow,             // logits of the row alone
  kWithAll,         // … and everybody's labels
  kLearnedAll,
  kLearnedOwn,
  kShare,        // log of the user's share against the general one
  kUserRows,     // rows known of the user
  kUserLabels,   // labels for this class by this user at this merchant
  kUserTotal,    // … for any class
  kUserLast,     // 1: the last one
  kOthersLabels, // by all users
  kOthersTotal,
  kAmount,   // log10 of major units
  kMoneyIn,  // 1: a refund or income
  kOwner,    // a person's account, an office's, or not known
  kNet,      // logits of the network, behind its best
  kClass,
  kFirstVote,  // three of each of label_votes.h: log of the class's share, votes for it, for any
};
inline constexpr size_t kSightsOfVotes = 3;
inline constexpr size_t kSights = 19 + 6 * kSightsOfVotes;
using Sights = std::array<float, kSights>;

inline constexpr size_t kClassTreeDepth = 4;
inline constexpr size_t kClassTreeCuts = (1U << kClassTreeDepth) - 1;
inline constexpr size_t kClassTreeLeaves = 1U << kClassTreeDepth;
inline constexpr size_t kClassTreesMax = 500;

// Complete: cut i goes on to 2i + 1 when the value is below its threshold, else to 2i + 2.
struct ClassTree {
  std::array<float, kClassTreeCuts> thresholds{};
  std::array<uint8_t, kClassTreeCuts> columns{};  // below kSights
  std::array<float, kClassTreeLeaves> leaves{};

  size_t LeafOf(const Sights& sights) const {
    size_t at = 0;
    while (at < kClassTreeCuts) at = 2 * at + (sights[columns[at]] < thresholds[at] ? 1 : 2);
    return at - kClassTreeCuts;
  }
};

// What all trees add to the logit of the class that `sights` shows.
float SumOfTrees(std::span<const ClassTree> trees, const Sights& sights);

// Of a tree's cuts and leaves, numbered as ClassTree numbers cuts, leaves last: the mean of the leaves below.
using TreeMeans = std::array<float, kClassTreeCuts + kClassTreeLeaves>;
std::vector<TreeMeans> MeansOf(std::span<const ClassTree> trees);

// The sum split by what was looked at: on the way down, the change of the mean of the leaves that can
// still be reached goes to the column of the cut (Saabas). `base` gets the means before the first cut;
// base and parts sum to SumOfTrees. `means` are those of `trees`.
void ExplainTrees(std::span<const ClassTree> trees, std::span<const TreeMeans> means, const Sights& sights,
                  double& base, std::span<double, kSights> parts);

// Classes of rows to learn from, those of a row side by side.
struct ClassTable {
  std::vector<Sights> sights;
  std::vector<float> logits;     // one per entry: what the trees' sum is added to
  std::vector<uint8_t> truth;    // one per entry: 1 for the row's class
  std::vector<uint32_t> begins;  // one per row: its first entry
  std::vector<float> weights;    // one per row
};

struct ClassTreesOptions {
  int trees = 80;
  double learning_rate = 0.12;
  double l2 = 10;              // on the leaves' values
  double leaf_weight_min = 8;  // least sum of p (1 - p) in a leaf
  double row_share = 0.7;      // of the rows, drawn for each tree
  double column_share = 0.7;
  uint64_t seed = 1;
};

// Trees that lower the cross entropy of the softmax over each row's entries, one after the other.
// Deterministic. Ends early, with the trees so far, when `stop` asks.
std::vector<ClassTree> GrowClassTrees(const ClassTable& table, const ClassTreesOptions& options,
                                      const std::stop_token& stop = {});

}  // namespace finance::category_predictor
