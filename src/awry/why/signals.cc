#include "awry/why/signals.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "awry/why/statistics.h"

namespace awry::why {
namespace {

constexpr double kLocalWith = 16;  // traces with the fact that show whether a step is sharp
constexpr double kFewWith = 4;      // with fewer, a mean tells nothing
constexpr double kFewWithout = 20;  // the usual must be known well: all the surprise is measured in it

// 0 when either side is too small.
double ShiftOf(const Column& column, const Bits& with, const Bits& rows) {
  double sum[2] = {0, 0}, squares[2] = {0, 0}, count[2] = {0, 0};
  And(rows, column.present).ForEach([&](size_t i) {
    const double x = column.number[i];
    if (std::isnan(x)) return;
    const int side = with.Test(i) ? 1 : 0;
    sum[side] += x;
    squares[side] += x * x;
    count[side] += 1;
  });
  if (count[0] < kFewWithout || count[1] < kFewWith) return 0;
  const double mean0 = sum[0] / count[0], mean1 = sum[1] / count[1];
  const double variance = std::max(1e-12, squares[0] / count[0] - mean0 * mean0);
  return (mean1 - mean0) / std::sqrt(variance / count[0] + variance / count[1]);
}

}  // namespace

std::vector<size_t> ByTime(const Corpus& corpus) {
  std::vector<size_t> out(corpus.size());
  std::iota(out.begin(), out.end(), size_t{0});
  std::sort(out.begin(), out.end(), [&](size_t a, size_t b) {
    return std::pair(corpus.start_ns()[a], a) < std::pair(corpus.start_ns()[b], b);
  });
  return out;
}

Step BestStep(const Corpus& corpus, const std::vector<size_t>& by_time, const Bits& with, const Bits& known,
              int64_t from_ns, int64_t until_ns) {
  std::vector<size_t> rows;
  std::vector<uint32_t> sums{0};  // with the fact among the first k rows
  for (size_t i : by_time) {
    if (!known.Test(i)) continue;
    rows.push_back(i);
    sums.push_back(sums.back() + (with.Test(i) ? 1 : 0));
  }
  Step best;
  const size_t n = rows.size();
  const double all = sums.back();
  if (n < 2 * kStepEdge || all == 0) return best;
  size_t at = 0;
  for (size_t k = kStepEdge; k + kStepEdge <= n; ++k) {
    const int64_t time = corpus.start_ns()[rows[k]];
    if (time < from_ns || time > until_ns) continue;
    const double early = sums[k], late = all - early;
    const auto size = static_cast<double>(k);
    const double g = GStatistic({.a = late, .b = static_cast<double>(n - k) - late, .c = early, .d = size - early});
    if (g <= best.g) continue;
    best = {.g = g, .at_ns = time, .before = early / size, .after = late / static_cast<double>(n - k)};
    at = k;
  }
  if (best.g == 0) return best;
  // As few traces as still hold some with the fact: the shorter, the better a drift is told from a step.
  const auto local = static_cast<size_t>(std::clamp(kLocalWith / std::max(best.after, 0.01), 40.0, 120.0));
  const size_t left = at > local ? at - local : 0;
  const size_t right = std::min(n, at + local);
  const double near_before = static_cast<double>(sums[at] - sums[left]) / static_cast<double>(at - left);
  const double near_after = static_cast<double>(sums[right] - sums[at]) / static_cast<double>(right - at);
  const double rise = best.after - best.before;
  best.sharp = (near_after - near_before) / rise >= 0.5 && (near_before - best.before) / rise <= 0.25;
  return best;
}

double OutcomeShift(const Corpus& corpus, const Flow& flow, const Bits& with, const Bits& known,
                    const Bits& within) {
  double worst = 0;
  for (size_t c = 0; c < corpus.columns().size(); ++c) {
    if (flow.confidence[c] == 0) continue;
    const double shift = ShiftOf(corpus.columns()[c], with, And(known, within));
    if (shift < worst || worst == 0) worst = shift;
  }
  return worst;
}

}  // namespace awry::why
