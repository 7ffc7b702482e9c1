#include "awry/stats/drift_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace awry::stats {
namespace {

constexpr int64_t kDayNs = 86'400'000'000'000;
constexpr int64_t kWeekNs = 7 * kDayNs;

std::string Plural(size_t number, const char* thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

size_t WeeksOf(const std::vector<const DriftSeries*>& sources, int64_t start_ns) {
  std::set<int64_t> weeks;
  for (const DriftSeries* series : sources) {
    for (const int64_t at : series->start_ns) {
      if (at < start_ns && at >= start_ns - kDriftHistoryNs)
        weeks.insert(FloorDiv(at - start_ns, kWeekNs));
    }
  }
  return weeks.size();
}

// Earlier weeks of the same version, else of other versions.
std::optional<Reference> EarlierWeeks(const std::vector<const DriftSeries*>& versions,
                                      const DriftSeries& tested, const DriftOptions& options) {
  const int64_t from_ns = options.start_ns - kDriftHistoryNs;
  Reference out{.from_ns = from_ns,
                .until_ns = options.start_ns,
                .period_ns = kWeekNs,
                .test_from_ns = options.start_ns};
  std::string others;
  if (CountIn(tested, from_ns, options.start_ns) >= options.baseline_min) {
    out.sources = {&tested};
  } else {
    size_t count = 0;
    for (const DriftSeries* series : versions) {
      const size_t of_this = CountIn(*series, from_ns, options.start_ns);
      if (series == &tested || of_this == 0) continue;
      count += of_this;
      out.sources.push_back(series);
      others += (others.empty() ? " of version " : ", ") + series->version;
    }
    if (count < options.baseline_min) return std::nullopt;
    others += ": this version has no earlier week";
  }
  out.what = "the same hours and weekdays of " +
             Plural(WeeksOf(out.sources, options.start_ns), "earlier week") + others;
  return out;
}

// The first half of what this version has in the window itself.
std::optional<Reference> FirstHalf(const DriftSeries& tested, const DriftOptions& options) {
  int64_t first_ns = options.end_ns;
  for (const int64_t at : tested.start_ns) {
    if (at >= options.start_ns) first_ns = std::min(first_ns, at);
  }
  const int64_t from_ns = FloorDiv(first_ns, options.step_ns) * options.step_ns;
  const int64_t half_ns = (options.end_ns - from_ns) / 2;
  Reference out{.sources = {&tested}, .from_ns = from_ns};
  if (half_ns >= 2 * kDayNs && kDayNs % options.step_ns == 0) {
    out.until_ns = from_ns + half_ns / kDayNs * kDayNs;
    out.period_ns = kDayNs;
    out.what = fmt::format(
        "the same hours of the first {}: there is no earlier week, so weekdays cannot be told "
        "from drift",
        Plural(static_cast<size_t>(half_ns / kDayNs), "day"));
  } else {
    out.until_ns = from_ns + half_ns / options.step_ns * options.step_ns;
    out.what =
        "the first half of what there is: there is no earlier week, so hours and weekdays cannot "
        "be told from drift";
  }
  out.test_from_ns = out.until_ns;
  if (CountIn(tested, out.from_ns, out.until_ns) < options.baseline_min) return std::nullopt;
  return out;
}

}  // namespace

size_t CountIn(const DriftSeries& series, int64_t from_ns, int64_t until_ns) {
  return static_cast<size_t>(std::ranges::count_if(
      series.start_ns, [&](int64_t at) { return at >= from_ns && at < until_ns; }));
}

std::optional<Reference> ReferenceOf(const std::vector<const DriftSeries*>& versions, const DriftSeries& tested,
                                     const DriftOptions& options) {
  auto reference = EarlierWeeks(versions, tested, options);
  return reference ? reference : FirstHalf(tested, options);
}

}  // namespace awry::stats
