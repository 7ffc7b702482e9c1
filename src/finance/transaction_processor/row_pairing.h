// Pairs rows of a file with rows of the ledger, one to one, so that the whole is best.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace finance::transaction_processor {

// Costs above this are no pair at all.
inline constexpr int64_t kPairCostMax = 1'000'000;
// Larger problems are solved pair by pair, the cheapest first.
inline constexpr size_t kExactPairsMax = 160;

// `cost[left * right_count + right]` is what a pair costs. Returns for each left its right, or nothing:
// the most pairs that can be, of all those the cheapest, ties by the lower index. O(n^3) up to
// kExactPairsMax a side.
std::vector<std::optional<size_t>> BestPairs(std::span<const int64_t> cost, size_t left_count, size_t right_count);

}  // namespace finance::transaction_processor
