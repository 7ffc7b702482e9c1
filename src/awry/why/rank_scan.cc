// Going down from the largest number, the cases met so far are a walk: of N - K numbers left, m - c are cases. At the end
// of each group of equal numbers the walk is stopped where Fisher's tail is as small as the best one seen; what is
// stopped, summed over all walks, is p. The tails are hypergeometric, so p is exact, ties and all.
#include "awry/why/rank_scan.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace awry::why {
namespace {

constexpr double kSame = 1e-9;  // of two logarithms that rounding tells apart

struct Group {
  size_t numbers = 0;  // that reach the threshold
  size_t cases = 0;    // of these
  double threshold = 0;
};

std::vector<Group> GroupsOf(const std::vector<double>& cases, const std::vector<double>& controls, double from) {
  std::vector<std::pair<double, bool>> all;
  for (double value : cases) all.emplace_back(value, true);
  for (double value : controls) all.emplace_back(value, false);
  std::sort(all.begin(), all.end(), [](const auto& x, const auto& y) { return x.first > y.first; });
  std::vector<Group> out;
  size_t met = 0;
  for (size_t k = 0; k < all.size() && all[k].first >= from; ++k) {
    met += all[k].second ? 1 : 0;
    if (k + 1 < all.size() && all[k + 1].first == all[k].first) continue;
    if (2 * (k + 1) > all.size()) break;
    out.push_back({.numbers = k + 1, .cases = met, .threshold = all[k].first});
  }
  return out;
}

Table TableAt(size_t numbers, size_t met, size_t cases, size_t all) {
  const auto a = static_cast<double>(met), k = static_cast<double>(numbers), m = static_cast<double>(cases);
  return {.a = a, .b = m - a, .c = k - a, .d = static_cast<double>(all) - m - (k - a)};
}

// Share of all walks that a group stops at `least` or less.
double Stopped(const std::vector<Group>& groups, size_t cases, size_t all, double least) {
  std::vector<double> alive(cases + 1, 0);  // by cases met
  alive[0] = 1;
  double stopped = 0;
  size_t place = 0, bound = 1;
  for (const Group& group : groups) {
    for (; place < group.numbers; ++place) {
      const auto left = static_cast<double>(all - place);
      for (size_t c = std::min(place + 1, cases) + 1; c-- > 0;) {
        const double stay = alive[c] * (left - static_cast<double>(cases - c)) / left;
        const double step = c > 0 ? alive[c - 1] * static_cast<double>(cases - c + 1) / left : 0;
        alive[c] = std::max(0.0, stay) + step;
      }
    }
    const size_t most = std::min(cases, group.numbers);
    while (bound <= most && LogFisherGreater(TableAt(group.numbers, bound, cases, all)) > least + kSame) ++bound;
    for (size_t c = bound; c <= most; ++c) stopped += std::exchange(alive[c], 0.0);
  }
  return stopped;
}

}  // namespace

RankScan ScanRanks(const std::vector<double>& cases, const std::vector<double>& controls, double from) {
  RankScan out;
  if (cases.empty() || controls.empty() || cases.size() > kScanCasesMax) return out;
  const size_t all = cases.size() + controls.size();
  const std::vector<Group> groups = GroupsOf(cases, controls, from);
  double least = 0;
  for (const Group& group : groups) {
    const Table table = TableAt(group.numbers, group.cases, cases.size(), all);
    if (table.a * table.d <= table.b * table.c) continue;
    const double log_p = LogFisherGreater(table);
    if (log_p >= least) continue;
    least = log_p;
    out.threshold = group.threshold;
    out.table = table;
  }
  if (least == 0) return out;
  const double p = Stopped(groups, cases.size(), all, least);
  // Below what a double holds, a bound by all thresholds.
  out.log_p = std::min(0.0, p > 1e-290 ? std::log(p) : least + std::log(static_cast<double>(groups.size())));
  return out;
}

}  // namespace awry::why
