// A time beyond all n controls is the rarer the longer it is. Times have heavy tails, but none so heavy that
// their mean is infinite: a time r times as long as the longest of n is met less than once in n · r.
#include "awry/why/range_cut.h"

#include <algorithm>
#include <cmath>

#include "awry/why/statistics.h"

namespace awry::why {
namespace {

constexpr size_t kQuantiles = 6;  // of each side, towards each end
constexpr double kScarcityMax = 100;

std::vector<double> Cuts(const std::vector<double>& cases, const std::vector<double>& controls) {
  std::vector<double> out{controls.back(), controls.front()};
  for (const auto* values : {&cases, &controls}) {
    const auto last = static_cast<double>(values->size() - 1);
    for (size_t k = 0; k < kQuantiles; ++k) {
      const double tail = 0.5 * std::pow(0.5, static_cast<double>(k));
      out.push_back((*values)[static_cast<size_t>((1 - tail) * last)]);
      out.push_back((*values)[static_cast<size_t>(tail * last)]);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

RangeCut BestRangeCut(std::vector<double>& cases, std::vector<double>& controls, bool above, double slow_from) {
  std::sort(cases.begin(), cases.end());
  std::sort(controls.begin(), controls.end());
  const std::vector<double> cuts = Cuts(cases, controls);
  RangeCut best;
  size_t tried = 0;
  const auto odd = [&](const std::vector<double>& v, double cut) {
    return static_cast<double>(above ? v.end() - std::lower_bound(v.begin(), v.end(), cut)
                                     : std::upper_bound(v.begin(), v.end(), cut) - v.begin());
  };
  for (const double cut : cuts) {
    if (slow_from > 0 && cut < slow_from) continue;
    ++tried;
    Table table{.a = odd(cases, cut), .c = odd(controls, cut)};
    table.b = static_cast<double>(cases.size()) - table.a;
    table.d = static_cast<double>(controls.size()) - table.c;
    if (table.a * table.d <= table.b * table.c) continue;
    const bool beyond = slow_from > 0 && table.c == 0;
    const double scarcity = beyond ? std::clamp(cut / std::max(slow_from, controls.back()), 1.0, kScarcityMax) : 1;
    table.d *= scarcity;
    const double g = GStatistic(table);
    if (g > best.g) best = {.g = g, .threshold = cut, .scarcity = scarcity};
  }
  best.choices = std::max<size_t>(1, tried);
  return best;
}

double SlowFromGap(const std::vector<double>& usual, double time, double slow_from) {
  if (time < slow_from) return time;
  auto next = std::lower_bound(usual.begin(), usual.end(), slow_from);
  double before = next == usual.begin() ? slow_from : *std::prev(next);
  double from = time, widest = 1;
  for (;; ++next) {
    const bool last = next == usual.end() || *next >= time;
    const double value = last ? time : *next;
    if (before > 0 && value / before > widest) {
      widest = value / before;
      from = value;
    }
    if (last) return from;
    before = value;
  }
}

}  // namespace awry::why
