#include "awry/why/signals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include "awry/why/statistics.h"

namespace awry::why {
namespace {

constexpr double kLocalWith = 16;  // traces with the fact that show whether a step is sharp
constexpr double kLocalMax = 120;    // traces
constexpr double kLocalOfNew = 320;
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

constexpr size_t kBins = 32;
constexpr size_t kFitEdge = 15;      // rows on each side of a moment
constexpr double kDayNs = 24.0 * 3'600 * 1e9;

// Solves the 4 × 4 normal equations by Gauss's elimination; a pivot near 0 leaves its unknown at 0.
std::array<double, 4> Solve(std::array<std::array<double, 5>, 4> m) {
  for (size_t k = 0; k < 4; ++k) {
    for (size_t row = k + 1; row < 4; ++row) {
      if (std::abs(m[row][k]) > std::abs(m[k][k])) std::swap(m[row], m[k]);
    }
    if (std::abs(m[k][k]) < 1e-9) continue;
    for (size_t row = 0; row < 4; ++row) {
      if (row == k) continue;
      const double factor = m[row][k] / m[k][k];
      for (size_t c = k; c < 5; ++c) m[row][c] -= factor * m[k][c];
    }
  }
  std::array<double, 4> out{};
  for (size_t k = 0; k < 4; ++k) out[k] = std::abs(m[k][k]) < 1e-9 ? 0 : m[k][4] / m[k][k];
  return out;
}

struct Course {
  double fit = 0;   // sums of squares that the step, and
  double wave = 0;  // the smooth course take off
};

// Holds a step from `before` to `after` at row `at` against a smooth course: a constant, a trend and a wave of a day,
// fitted by least squares to means of equal parts. A load that comes and goes with the hours follows the course
// better. `sums`: of the first k rows.
template <typename Number>
Course Compare(const Corpus& corpus, const std::vector<size_t>& rows, const std::vector<Number>& sums, size_t bins, size_t at, double before,
               double after) {
  const size_t n = rows.size();
  const double mean = static_cast<double>(sums[n]) / static_cast<double>(n);
  const auto begin = static_cast<double>(corpus.start_ns()[rows.front()]);
  const double length = std::max(1.0, static_cast<double>(corpus.start_ns()[rows.back()]) - begin);
  std::array<std::array<double, 5>, 4> equations{};
  std::vector<std::array<double, 4>> terms;
  std::vector<double> means, weights, of_step;
  for (size_t b = 0; b < bins; ++b) {
    const size_t from = b * n / bins, until = (b + 1) * n / bins;
    const double time = static_cast<double>(corpus.start_ns()[rows[(from + until) / 2]]);
    const double angle = time / kDayNs * 2 * std::numbers::pi;
    terms.push_back({1, (time - begin) / length, std::sin(angle), std::cos(angle)});
    weights.push_back(static_cast<double>(until - from));
    means.push_back(static_cast<double>(sums[until] - sums[from]) / weights.back());
    const double late = std::clamp((static_cast<double>(until) - static_cast<double>(at)) / weights.back(), 0.0, 1.0);
    of_step.push_back(before + late * (after - before));
    for (size_t i = 0; i < 4; ++i) {
      for (size_t j = 0; j < 4; ++j) equations[i][j] += weights[b] * terms[b][i] * terms[b][j];
      equations[i][4] += weights[b] * terms[b][i] * means[b];
    }
  }
  const std::array<double, 4> fit = Solve(equations);
  double rest_of_course = 0, rest_of_step = 0, all = 0;
  for (size_t b = 0; b < bins; ++b) {
    double course = 0;
    for (size_t i = 0; i < 4; ++i) course += fit[i] * terms[b][i];
    rest_of_course += weights[b] * (means[b] - course) * (means[b] - course);
    rest_of_step += weights[b] * (means[b] - of_step[b]) * (means[b] - of_step[b]);
    all += weights[b] * (means[b] - mean) * (means[b] - mean);
  }
  return {.fit = all - rest_of_step, .wave = all - rest_of_course};
}

// The same of the share of a fact, as chi-square.
void CompareShares(const Corpus& corpus, const std::vector<size_t>& rows, const std::vector<uint32_t>& sums, size_t at, Step& step) {
  const size_t n = rows.size(), bins = std::min(kBins, n / 20);
  const double mean = static_cast<double>(sums[n]) / static_cast<double>(n);
  if (bins < 8 || mean <= 0 || mean >= 1) return;
  const Course course = Compare(corpus, rows, sums, bins, at, step.before, step.after);
  step.course = course.wave / (mean * (1 - mean));
  step.fit = course.fit / (mean * (1 - mean));
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
  // What was never met before does not drift: a few more are needed of what is rare.
  const double longest = best.IsNew() ? kLocalOfNew : kLocalMax;
  const auto local = static_cast<size_t>(std::clamp(kLocalWith / std::max(best.after, 0.01), 40.0, longest));
  const size_t left = at > local ? at - local : 0;
  const size_t right = std::min(n, at + local);
  const double near_before = static_cast<double>(sums[at] - sums[left]) / static_cast<double>(at - left);
  const double near_after = static_cast<double>(sums[right] - sums[at]) / static_cast<double>(right - at);
  const double rise = best.after - best.before;
  best.sharp = (near_after - near_before) / rise >= 0.5 && (near_before - best.before) / rise <= 0.25;
  if (best.sharp) CompareShares(corpus, rows, sums, at, best);
  return best;
}

bool IsRegime(const std::vector<size_t>& by_time, const Bits& with, const Bits& known, double edge) {
  const size_t size = CountAnd(with, known);
  if (size < kStepEdge || known.Count() < size + kStepEdge) return false;
  size_t seen = 0, met = 0;
  for (size_t k = by_time.size(); k > 0 && seen < size; --k) {
    const size_t i = by_time[k - 1];
    if (!known.Test(i)) continue;
    ++seen;
    met += with.Test(i) ? 1 : 0;
  }
  return static_cast<double>(met) >= (1 - edge) * static_cast<double>(size);
}

double SmoothCourse(const Corpus& corpus, const std::vector<size_t>& by_time, const Bits& with, const Bits& known) {
  std::vector<size_t> rows;
  std::vector<uint32_t> sums{0};
  for (size_t i : by_time) {
    if (!known.Test(i)) continue;
    rows.push_back(i);
    sums.push_back(sums.back() + (with.Test(i) ? 1 : 0));
  }
  Step none;
  if (!rows.empty()) CompareShares(corpus, rows, sums, rows.size(), none);
  return none.course;
}

StepFit FitStep(const Corpus& corpus, const std::vector<size_t>& by_time, const std::vector<double>& value, const Bits& rows, const Bits& late) {
  std::vector<size_t> order;
  std::vector<double> sums{0};
  double squares = 0;
  size_t at = 0;
  for (size_t i : by_time) {
    if (!rows.Test(i) || std::isnan(value[i])) continue;
    if (!late.Test(i)) at = order.size() + 1;
    order.push_back(i);
    sums.push_back(sums.back() + value[i]);
    squares += value[i] * value[i];
  }
  StepFit out;
  const size_t n = order.size();
  if (n < 2 * kFitEdge || at < kFitEdge || n - at < kFitEdge) return out;
  const auto count = static_cast<double>(n);
  const double mean = sums[n] / count;
  const double between = squares / count - mean * mean;
  // Chi-square of a step: its sum of squares over the variance within the two parts.
  const auto explained = [&](size_t k) {
    const auto size = static_cast<double>(k);
    const double gap = sums[k] / size - (sums[n] - sums[k]) / (count - size);
    return gap * gap * size * (count - size) / count;
  };
  const double variance = std::max(1e-12, between - explained(at) / count);
  for (size_t k = kFitEdge; k + kFitEdge <= n; ++k) out.elsewhere = std::max(out.elsewhere, explained(k) / variance);
  out.step = explained(at) / variance;
  const size_t bins = std::min(kBins, n / 12);
  if (bins < 8) return out;
  const auto size = static_cast<double>(at);
  out.course = Compare(corpus, order, sums, bins, at, sums[at] / size, (sums[n] - sums[at]) / (count - size)).wave / variance;
  return out;
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
