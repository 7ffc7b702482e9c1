#include "awry/stats/drift_bins.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace awry::stats {

DriftBins::DriftBins(const DriftAttribute& attribute, std::vector<double> values)
    : numeric_(attribute.numeric) {
  if (numeric_) {
    MakeNumeric(std::move(values));
  } else {
    MakeNamed(attribute, values);
  }
}

void DriftBins::MakeNumeric(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  std::ranges::sort(values);
  for (size_t i = 1; i < kNumericMax && !values.empty(); ++i) {
    const double cut = values[i * values.size() / kNumericMax];
    if (cut > values.front() && (cuts_.empty() || cut > cuts_.back())) cuts_.push_back(cut);
  }
  // Few distinct values: what lies above the last cut may be a value of its own.
  if (!values.empty() && cuts_.empty() && values.back() > values.front())
    cuts_.push_back(values.back());
  if (values.empty()) useful_ = false;
  if (cuts_.empty() && !values.empty()) {
    // All are equal: below, equal, above.
    cuts_ = {values.front(), std::nextafter(values.front(), HUGE_VAL)};
  }
  for (size_t i = 0; i <= cuts_.size(); ++i) {
    labels_.push_back(cuts_.empty()        ? "any"
                      : i == 0             ? fmt::format("< {:.4g}", cuts_[0])
                      : i == cuts_.size()  ? fmt::format("≥ {:.4g}", cuts_.back())
                                           : fmt::format("{:.4g} – {:.4g}", cuts_[i - 1], cuts_[i]));
  }
}

void DriftBins::MakeNamed(const DriftAttribute& attribute, const std::vector<double>& values) {
  std::vector<size_t> counts(attribute.categories.size(), 0);
  for (const double value : values) ++counts[static_cast<size_t>(value)];
  std::vector<size_t> order(counts.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater<>(), [&](size_t i) { return counts[i]; });
  size_t in_named = 0;
  for (const size_t category : order) {
    if (labels_.size() == kNamedMax || counts[category] == 0) break;
    in_named += counts[category];
    named_.emplace(attribute.categories[category], labels_.size());
    labels_.push_back(attribute.categories[category]);
  }
  labels_.emplace_back("(other)");
  const auto distinct =
      static_cast<size_t>(std::ranges::count_if(counts, [](size_t count) { return count > 0; }));
  useful_ = !values.empty() && (distinct <= 2 * kNamedMax || in_named * 4 >= values.size());
}

size_t DriftBins::BinOf(const DriftAttribute& attribute, double value) const {
  if (numeric_) {
    return static_cast<size_t>(std::ranges::upper_bound(cuts_, value) - cuts_.begin());
  }
  const auto found = named_.find(attribute.categories[static_cast<size_t>(value)]);
  return found == named_.end() ? labels_.size() - 1 : found->second;
}

}  // namespace awry::stats
