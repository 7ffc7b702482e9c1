#include "awry/why/pair.h"

#include <algorithm>
#include <cmath>

#include "awry/why/relations.h"

namespace awry::why {
namespace {

constexpr double kTimeWeight = 2;
constexpr double kTimeScaleNs = 3.6e12;  // an hour apart halves the nearness

bool Differs(const Column& column, size_t x, size_t y) { return ValueKey(column, x) != ValueKey(column, y); }

}  // namespace

std::optional<size_t> NearestTwin(const Corpus& corpus, size_t trace, const Bits& candidates,
                                  const std::vector<uint32_t>& ignored) {
  std::vector<double> score(corpus.size(), 0);
  for (uint32_t c = 0; c < corpus.columns().size(); ++c) {
    const Column& column = corpus.columns()[c];
    if (!column.present.Test(trace) || column.origin == Origin::kDerived) continue;
    if (std::find(ignored.begin(), ignored.end(), c) != ignored.end()) continue;
    const double spread = std::log(1 + static_cast<double>(column.distinct));
    if (!column.numeric) {
      const uint32_t value = column.text[trace];
      candidates.ForEach([&](size_t i) { score[i] += column.text[i] == value ? spread : 0; });
      continue;
    }
    const double value = column.number[trace];
    candidates.ForEach([&](size_t i) {
      const double other = column.number[i];
      if (std::isnan(other)) return;
      const double gap = std::abs(other - value) / (std::abs(other) + std::abs(value) + 1e-9);
      score[i] += 0.5 / (1 + 10 * gap);
    });
  }
  std::optional<size_t> best;
  double most = -1;
  candidates.ForEach([&](size_t i) {
    if (i == trace) return;
    const double apart = std::abs(static_cast<double>(corpus.start_ns()[i] - corpus.start_ns()[trace]));
    const double total = score[i] + kTimeWeight / (1 + apart / kTimeScaleNs);
    if (total <= most) return;
    most = total;
    best = i;
  });
  return best;
}

TwinPair ComparePair(const Corpus& corpus, size_t wrong, size_t right, const std::vector<uint32_t>& first) {
  TwinPair out{.wrong = corpus.ids()[wrong], .right = corpus.ids()[right]};
  const auto add = [&](uint32_t c) {
    const Column& column = corpus.columns()[c];
    if (out.differing.size() >= TwinPair::kRowsMax) return;
    out.differing.push_back({.span = corpus.ClassOf(column).ref, .attribute = column.key,
                             .wrong_value = corpus.ValueText(column, wrong),
                             .right_value = corpus.ValueText(column, right),
                             .wrong_missing = !column.present.Test(wrong),
                             .right_missing = !column.present.Test(right)});
  };
  for (uint32_t c : first) add(c);
  std::vector<uint32_t> order;
  for (uint32_t c = 0; c < corpus.columns().size(); ++c) {
    const Column& column = corpus.columns()[c];
    if (column.origin == Origin::kDerived || std::find(first.begin(), first.end(), c) != first.end()) continue;
    if (!column.present.Test(wrong) && !column.present.Test(right)) continue;
    if (Differs(column, wrong, right)) {
      order.push_back(c);
    } else {
      ++out.equal;
    }
  }
  // Ids that differ in any two traces come last.
  std::stable_sort(order.begin(), order.end(), [&](uint32_t x, uint32_t y) {
    const auto unique = [&](uint32_t c) {
      const Column& column = corpus.columns()[c];
      return column.distinct * 10 > column.count * 9 && !column.numeric;
    };
    return std::pair(unique(x), corpus.ClassOf(corpus.columns()[x]).position) <
           std::pair(unique(y), corpus.ClassOf(corpus.columns()[y]).position);
  });
  for (uint32_t c : order) add(c);
  return out;
}

}  // namespace awry::why
