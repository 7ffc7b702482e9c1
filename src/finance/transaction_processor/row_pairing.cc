// The Hungarian method with potentials: one row is added at a time along a shortest augmenting path.
#include "finance/transaction_processor/row_pairing.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace finance::transaction_processor {
namespace {

// Not being paired costs so much that more pairs always win.
constexpr int64_t kUnpaired = kPairCostMax * 1000;

std::vector<std::optional<size_t>> GreedyPairs(std::span<const int64_t> cost, size_t left_count, size_t right_count) {
  std::vector<size_t> order(cost.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return cost[a] < cost[b]; });
  std::vector<std::optional<size_t>> pairs(left_count);
  std::vector<bool> taken(right_count, false);
  for (const size_t at : order) {
    if (cost[at] > kPairCostMax) break;
    const size_t left = at / right_count;
    const size_t right = at % right_count;
    if (pairs[left] || taken[right]) continue;
    pairs[left] = right;
    taken[right] = true;
  }
  return pairs;
}

// A square problem whose size is the larger side's; what lies beyond a side is "unpaired".
class Assignment {
 public:
  Assignment(std::span<const int64_t> cost, size_t left_count, size_t right_count)
      : cost_(cost), left_count_(left_count), right_count_(right_count), size_(std::max(left_count, right_count)),
        left_potential_(size_ + 1), right_potential_(size_ + 1), left_of_(size_ + 1, 0), way_(size_ + 1, 0) {}

  std::vector<std::optional<size_t>> Solve() {
    for (size_t left = 1; left <= size_; ++left) AddLeft(left);
    std::vector<std::optional<size_t>> pairs(left_count_);
    for (size_t right = 1; right <= right_count_; ++right) {
      const size_t left = left_of_[right];
      if (left >= 1 && left <= left_count_ && CostOf(left, right) <= kPairCostMax) pairs[left - 1] = right - 1;
    }
    return pairs;
  }

 private:
  int64_t CostOf(size_t left, size_t right) const {
    if (left > left_count_ || right > right_count_) return kUnpaired;
    return std::min(cost_[(left - 1) * right_count_ + right - 1], kUnpaired);
  }

  // Sides count from 1; 0 is the free place that the path begins at.
  void AddLeft(size_t left) {
    left_of_[0] = left;
    size_t at = 0;
    std::vector<int64_t> least(size_ + 1, std::numeric_limits<int64_t>::max());
    std::vector<bool> used(size_ + 1, false);
    while (true) {
      used[at] = true;
      at = Relax(at, least, used);
      if (left_of_[at] == 0) break;
    }
    while (at != 0) {
      left_of_[at] = left_of_[way_[at]];
      at = way_[at];
    }
  }

  size_t Relax(size_t at, std::vector<int64_t>& least, const std::vector<bool>& used) {
    const size_t left = left_of_[at];
    int64_t delta = std::numeric_limits<int64_t>::max();
    size_t next = 0;
    for (size_t right = 1; right <= size_; ++right) {
      if (used[right]) continue;
      const int64_t reduced = CostOf(left, right) - left_potential_[left] - right_potential_[right];
      if (reduced < least[right]) {
        least[right] = reduced;
        way_[right] = at;
      }
      if (least[right] < delta) {
        delta = least[right];
        next = right;
      }
    }
    for (size_t right = 0; right <= size_; ++right) {
      if (used[right]) {
        left_potential_[left_of_[right]] += delta;
        right_potential_[right] -= delta;
      } else if (least[right] != std::numeric_limits<int64_t>::max()) {
        least[right] -= delta;
      }
    }
    return next;
  }

  const std::span<const int64_t> cost_;
  const size_t left_count_, right_count_, size_;
  std::vector<int64_t> left_potential_, right_potential_;
  std::vector<size_t> left_of_, way_;
};

}  // namespace

std::vector<std::optional<size_t>> BestPairs(std::span<const int64_t> cost, size_t left_count, size_t right_count) {
  if (left_count == 0 || right_count == 0) return std::vector<std::optional<size_t>>(left_count);
  if (std::max(left_count, right_count) > kExactPairsMax) return GreedyPairs(cost, left_count, right_count);
  return Assignment(cost, left_count, right_count).Solve();
}

}  // namespace finance::transaction_processor
