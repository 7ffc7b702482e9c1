// For each key that returns, a few pairs of traces with the same value are enough to drop nearly all
// other attributes; the map of the survivors is learned from all rows.
#include "awry/why/relation_keeps.h"

#include <algorithm>
#include <unordered_map>

namespace awry::why {
namespace {

constexpr size_t kKeysMax = 24;         // key columns that are tried
constexpr size_t kPairsMax = 96;        // of traces with the same key, for one key column
constexpr size_t kKeepsMax = 200;
constexpr size_t kDistinctMin = 60;     // fewer different keys: kDetermines
constexpr size_t kSeenMin = 3;          // traces that a key needs before it is known what it stands for
constexpr double kAgreeMin = 0.75;
constexpr double kLuckMax = 0.3;

using Pairs = std::vector<std::pair<size_t, size_t>>;

// Neighbouring traces with the same key, spread over the window.
Pairs SameKey(const Column& key, const std::vector<size_t>& rows) {
  std::unordered_map<uint64_t, size_t> last;
  Pairs all;
  for (size_t i : rows) {
    const uint64_t value = ValueKey(key, i);
    if (value == 0) continue;
    const auto [place, added] = last.emplace(value, i);
    if (added) continue;
    all.emplace_back(place->second, i);
    place->second = i;
  }
  if (all.size() <= kPairsMax) return all;
  Pairs out;
  for (size_t k = 0; k < kPairsMax; ++k) out.push_back(all[k * all.size() / kPairsMax]);
  return out;
}

double Agreement(const Column& column, const Pairs& pairs) {
  size_t known = 0, same = 0;
  for (const auto& [i, j] : pairs) {
    const uint64_t x = ValueKey(column, i), y = ValueKey(column, j);
    if (x == 0 || y == 0) continue;
    ++known;
    same += x == y ? 1 : 0;
  }
  return known < 20 ? 0 : static_cast<double>(same) / static_cast<double>(known);
}

Pairs Shuffled(const std::vector<size_t>& sample) {
  Pairs out;
  for (size_t k = 0; k < std::min(kPairsMax, sample.size()); ++k) out.emplace_back(sample[k], sample[(k + 17) % sample.size()]);
  return out;
}

std::unordered_map<uint64_t, uint64_t> Learn(const Column& key, const Column& kept, const std::vector<size_t>& rows) {
  std::unordered_map<uint64_t, std::unordered_map<uint64_t, size_t>> counts;
  for (size_t i : rows) {
    const uint64_t from = ValueKey(key, i), to = ValueKey(kept, i);
    if (from != 0 && to != 0) ++counts[from][to];
  }
  std::unordered_map<uint64_t, uint64_t> out;
  for (const auto& [from, targets] : counts) {
    size_t sum = 0;
    std::pair<size_t, uint64_t> best{0, 0};
    for (const auto& [to, times] : targets) {
      sum += times;
      best = std::max(best, {times, to});
    }
    if (sum >= kSeenMin && 2 * best.first > sum) out.emplace(from, best.second);
  }
  return out;
}

// Of all traces, right or wrong: whose value it is does not hang on the answers.
std::unordered_map<uint64_t, uint64_t> Owners(const Column& key, const Column& kept, size_t traces) {
  struct Holder {
    uint64_t key = 0;
    size_t times = 0;
    bool shared = false;
  };
  std::unordered_map<uint64_t, Holder> holders;
  for (size_t i = 0; i < traces; ++i) {
    const uint64_t from = ValueKey(key, i), to = ValueKey(kept, i);
    if (from == 0 || to == 0) continue;
    Holder& holder = holders[to];
    if (holder.times == 0) holder.key = from;
    holder.shared = holder.shared || holder.key != from;
    ++holder.times;
  }
  std::unordered_map<uint64_t, uint64_t> out;
  for (const auto& [value, holder] : holders) {
    if (holder.times >= kSeenMin && !holder.shared) out.emplace(value, holder.key);
  }
  return out;
}

}  // namespace

std::vector<Relation> FindKeeps(const Corpus& corpus, const std::vector<size_t>& sample, const std::vector<size_t>& rows,
                                const std::vector<uint32_t>& columns,
                                const std::set<std::pair<uint32_t, uint32_t>>& related) {
  const auto is_related = [&](uint32_t x, uint32_t y) { return related.contains({std::min(x, y), std::max(x, y)}); };
  const Pairs luck = Shuffled(sample);
  std::vector<uint32_t> keys;
  std::vector<Relation> out;
  for (uint32_t b : columns) {
    const Column& key = corpus.columns()[b];
    if (keys.size() >= kKeysMax) break;
    if (key.numeric || key.is_list || key.distinct <= kDistinctMin || key.count < 2 * key.distinct) continue;
    // A copy of an earlier key would say the same once more.
    if (std::any_of(keys.begin(), keys.end(), [&](uint32_t other) { return is_related(other, b); })) continue;
    const Pairs pairs = SameKey(key, rows);
    if (pairs.size() < 30) continue;
    keys.push_back(b);
    for (uint32_t a : columns) {
      const Column& kept = corpus.columns()[a];
      if (a == b || kept.is_list || kept.distinct <= 8 || is_related(a, b) || out.size() >= kKeepsMax) continue;
      if (Agreement(kept, pairs) < kAgreeMin || Agreement(kept, luck) > kLuckMax) continue;
      Relation relation{.kind = RelationKind::kKeeps, .a = a, .b = b};
      relation.map = Learn(key, kept, rows);
      if (relation.map.size() < 10) continue;
      relation.owner = Owners(key, kept, corpus.size());
      out.push_back(std::move(relation));
    }
  }
  return out;
}

}  // namespace awry::why
