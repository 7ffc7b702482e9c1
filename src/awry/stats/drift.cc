// One version of a model at a time: its reference (which traces "as before" means), then each
// attribute: bins, pairs, test. An observation of the reference serves either the guesses (bins,
// shares, overdispersion) or one pair, by its random number, so that no evidence is used twice.
#include "awry/stats/drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "awry/stats/drift_bins.h"
#include "awry/stats/drift_reference.h"
#include "awry/stats/drift_test_process.h"

namespace awry::stats {
namespace {

constexpr double kShrink = 20;  // observations of all strata that join those of one

using Counts = std::vector<double>;

double Sum(const Counts& counts) {
  double sum = 0;
  for (const double count : counts) sum += count;
  return sum;
}

// Counts of one attribute, by stratum of the season.
struct Tally {
  std::vector<std::vector<Counts>> guesses;  // by stratum, by unit (week, day or window)
  std::vector<std::vector<Counts>> pairs;    // by stratum, by occurrence of it in the test
  std::vector<Counts> reference;             // by stratum: all of it
  std::vector<Counts> now;                   // by tested window
};

// Tests one attribute of one version. Used by one thread.
class AttributeTest {
 public:
  AttributeTest(const DriftSeries& tested, const std::string& key, const Reference& reference,
                const DriftOptions& options)
      : tested_(tested),
        key_(key),
        attribute_(tested.attributes.at(key)),
        reference_(reference),
        options_(options),
        windows_(static_cast<size_t>((options.end_ns - reference.test_from_ns) / options.step_ns)),
        strata_(reference.period_ns == 0
                    ? 1
                    : static_cast<size_t>(std::max<int64_t>(
                          1, reference.period_ns / options.step_ns))),
        occurrences_(reference.period_ns == 0 ? windows_ : (windows_ + strata_ - 1) / strata_) {}

  std::optional<DriftFinding> Run() {
    if (windows_ == 0) return std::nullopt;
    const DriftBins bins(attribute_, GuessValues());
    if (!bins.useful()) return std::nullopt;
    const Tally tally = Count(bins);
    DriftFinding finding;
    Describe(finding);
    for (const Counts& counts : tally.now) finding.now.count += static_cast<uint64_t>(Sum(counts));
    for (const Counts& counts : tally.reference)
      finding.baseline.count += static_cast<uint64_t>(Sum(counts));
    if (finding.now.count < options_.now_min || finding.baseline.count < options_.baseline_min)
      return std::nullopt;
    const std::optional<size_t> onset = Test(bins, tally, finding);
    Compare(bins, tally, onset, finding);
    return finding;
  }

 private:
  size_t StratumOf(int64_t at_ns) const {
    if (reference_.period_ns == 0) return 0;
    const int64_t in_period =
        at_ns - FloorDiv(at_ns, reference_.period_ns) * reference_.period_ns;
    return static_cast<size_t>(in_period / options_.step_ns) % strata_;
  }
  size_t UnitOf(int64_t at_ns) const {
    const int64_t unit_ns = reference_.period_ns == 0 ? options_.step_ns : reference_.period_ns;
    return static_cast<size_t>((at_ns - reference_.from_ns) / unit_ns);
  }
  size_t units() const { return UnitOf(reference_.until_ns - 1) + 1; }
  static bool IsGuess(uint64_t random) { return random % 2 == 0; }

  template <typename Visit>
  void ForEachReference(const Visit& visit) const {
    for (const DriftSeries* source : reference_.sources) {
      const auto found = source->attributes.find(key_);
      if (found == source->attributes.end() || found->second.numeric != attribute_.numeric)
        continue;
      for (const DriftAttribute::Entry& entry : found->second.entries) {
        const int64_t at_ns = source->start_ns[entry.observation];
        if (at_ns < reference_.from_ns || at_ns >= reference_.until_ns || std::isnan(entry.value))
          continue;
        visit(found->second, at_ns, source->random[entry.observation], entry.value);
      }
    }
  }

  // Numbers of categories are those of `attribute_`, which may not know all.
  std::vector<double> GuessValues() {
    std::vector<double> values;
    ForEachReference([&](const DriftAttribute& from, int64_t, uint64_t random, double value) {
      if (!IsGuess(random)) return;
      if (attribute_.numeric) {
        values.push_back(value);
        return;
      }
      const std::string& category = from.categories[static_cast<size_t>(value)];
      const auto [at, is_new] =
          attribute_.numbers.try_emplace(category, attribute_.categories.size());
      if (is_new) attribute_.categories.push_back(category);
      values.push_back(at->second);
    });
    return values;
  }

  Tally Count(const DriftBins& bins) const {
    const Counts none(bins.size(), 0);
    Tally out{.guesses = {strata_, std::vector<Counts>(units(), none)},
              .pairs = {strata_, std::vector<Counts>(occurrences_, none)},
              .reference = {strata_, none},
              .now = {windows_, none}};
    ForEachReference([&](const DriftAttribute& from, int64_t at_ns, uint64_t random, double value) {
      const size_t stratum = StratumOf(at_ns);
      const size_t bin = bins.BinOf(from, value);
      ++out.reference[stratum][bin];
      if (IsGuess(random)) {
        ++out.guesses[stratum][UnitOf(at_ns)][bin];
      } else {
        ++out.pairs[stratum][random / 2 % occurrences_][bin];
      }
    });
    for (const DriftAttribute::Entry& entry : attribute_.entries) {
      const int64_t at_ns = tested_.start_ns[entry.observation];
      if (at_ns < reference_.test_from_ns || at_ns >= options_.end_ns || std::isnan(entry.value))
        continue;
      const auto window =
          static_cast<size_t>((at_ns - reference_.test_from_ns) / options_.step_ns);
      ++out.now[window][bins.BinOf(attribute_, entry.value)];
    }
    return out;
  }

  int64_t StartOf(size_t window) const {
    return reference_.test_from_ns + static_cast<int64_t>(window) * options_.step_ns;
  }

  // Shares of each stratum by the guesses, drawn towards those of all strata.
  std::vector<Counts> GuessedShares(const Tally& tally, Counts& all) const {
    std::vector<Counts> by_stratum(strata_, Counts(all.size(), 0));
    for (size_t s = 0; s < strata_; ++s) {
      for (const Counts& unit : tally.guesses[s]) {
        for (size_t k = 0; k < unit.size(); ++k) by_stratum[s][k] += unit[k], all[k] += unit[k];
      }
    }
    const double total = Sum(all) + 0.5 * static_cast<double>(all.size());
    for (double& share : all) share = (share + 0.5) / total;
    for (Counts& counts : by_stratum) {
      const double of_this = Sum(counts) + kShrink;
      for (size_t k = 0; k < counts.size(); ++k)
        counts[k] = (counts[k] + kShrink * all[k]) / of_this;
    }
    return by_stratum;
  }

  // Tempers each bet by how much its own direction varied between earlier weeks.
  void Temper(const Tally& tally, std::vector<DriftBet>& bets) const {
    double guessed = 0, now = 0;
    for (const auto& stratum : tally.guesses) {
      for (const Counts& unit : stratum) guessed += Sum(unit);
    }
    for (const Counts& window : tally.now) now += Sum(window);
    const int64_t unit_ns = reference_.period_ns == 0 ? options_.step_ns : reference_.period_ns;
    const double tested_units =
        std::max(1.0, static_cast<double>(options_.end_ns - reference_.test_from_ns) /
                          static_cast<double>(unit_ns));
    const double scale =
        guessed == 0 ? 1 : (now / tested_units) / (guessed / static_cast<double>(units()));
    for (DriftBet& bet : bets)
      bet.tempering = 1 / Overdispersion(tally.guesses, bet.factors, scale);
  }

  // Returns the window in which a change began, by the evidence.
  std::optional<size_t> Test(const DriftBins& bins, const Tally& tally, DriftFinding& finding) {
    Counts all(bins.size(), 0);
    const std::vector<Counts> shares = GuessedShares(tally, all);
    std::vector<DriftBet> bets =
        bins.numeric() ? OrderedBets(all) : CategoricalBets(bins.size());
    Temper(tally, bets);
    DriftTest test(std::move(bets));
    std::vector<size_t> window_of_pair;
    for (size_t window = 0; window < windows_; ++window) {
      const size_t stratum = StratumOf(StartOf(window));
      const size_t occurrence = reference_.period_ns == 0 ? window : window / strata_;
      const Counts& baseline = tally.pairs[stratum][occurrence];
      if (Sum(tally.now[window]) == 0 || Sum(baseline) == 0) continue;
      test.Add({baseline, tally.now[window], shares[stratum]});
      window_of_pair.push_back(window);
    }
    finding.log_evidence = test.log_evidence();
    if (window_of_pair.empty()) return std::nullopt;
    return window_of_pair[test.onset()];
  }

  // Fills PSI, JS and bins: the reference with as much of every stratum as now has.
  void Compare(const DriftBins& bins, const Tally& tally, std::optional<size_t> onset,
               DriftFinding& finding) const {
    const bool changed = finding.log_evidence > std::log(1 / options_.level);
    const size_t first = changed && onset.has_value() ? *onset : 0;
    Counts now(bins.size(), 0);
    Counts baseline(bins.size(), 0);
    for (size_t window = first; window < windows_; ++window) {
      const Counts& reference = tally.reference[StratumOf(StartOf(window))];
      const double size = Sum(reference);
      const double of_now = Sum(tally.now[window]);
      if (size == 0) continue;
      for (size_t k = 0; k < now.size(); ++k) {
        now[k] += tally.now[window][k];
        baseline[k] += reference[k] / size * of_now;
      }
    }
    finding.psi = PopulationStabilityIndex(baseline, now);
    finding.js = JensenShannonDistance(baseline, now);
    finding.since_ns = StartOf(first);
    finding.now.start_ns = StartOf(first);
    finding.now.count = static_cast<uint64_t>(Sum(now));
    const double of_now = std::max(1.0, Sum(now));
    const double of_baseline = std::max(1.0, Sum(baseline));
    for (size_t k = 0; k < now.size(); ++k)
      finding.bins.push_back({bins.labels()[k], baseline[k] / of_baseline, now[k] / of_now});
  }

  void Describe(DriftFinding& finding) const {
    finding.service = tested_.service;
    finding.span = tested_.span;
    finding.version = tested_.version;
    finding.attribute = key_;
    finding.numeric = attribute_.numeric;
    finding.baseline.what = reference_.what;
    finding.baseline.start_ns = reference_.from_ns;
    finding.baseline.end_ns = reference_.until_ns;
    finding.now.what = "since the window in which the change began, or all that was tested";
    finding.now.start_ns = reference_.test_from_ns;
    finding.now.end_ns = options_.end_ns;
  }

  const DriftSeries& tested_;
  const std::string& key_;
  DriftAttribute attribute_;  // a copy: learns the reference's categories
  const Reference& reference_;
  const DriftOptions& options_;
  const size_t windows_;
  const size_t strata_;
  const size_t occurrences_;
};

DriftModel::Window::Confidence ConfidenceOf(std::vector<double> values) {
  std::ranges::sort(values);
  const auto at = [&](double quantile) {
    return values[static_cast<size_t>(quantile * static_cast<double>(values.size() - 1))];
  };
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  return {mean, at(0.1), at(0.5), at(0.9)};
}

DriftModel ModelOf(const DriftSeries& series, const DriftOptions& options) {
  DriftModel model{series.service, series.span, series.version, {}};
  for (int64_t at = options.start_ns; at < options.end_ns; at += options.step_ns)
    model.windows.push_back(
        {.start_ns = at, .end_ns = at + options.step_ns, .categories = {}, .confidence = {}});
  const auto window_of = [&](uint32_t observation) -> DriftModel::Window* {
    const int64_t at_ns = series.start_ns[observation];
    if (at_ns < options.start_ns || at_ns >= options.end_ns) return nullptr;
    return &model.windows[static_cast<size_t>((at_ns - options.start_ns) / options.step_ns)];
  };
  for (uint32_t i = 0; i < series.start_ns.size(); ++i) {
    if (DriftModel::Window* window = window_of(i)) ++window->count;
  }
  if (const auto found = series.attributes.find(options.category_key);
      found != series.attributes.end() && !found->second.numeric) {
    for (const DriftAttribute::Entry& entry : found->second.entries) {
      if (DriftModel::Window* window = window_of(entry.observation))
        ++window->categories[found->second.categories[static_cast<size_t>(entry.value)]];
    }
  }
  const auto found = series.attributes.find(options.confidence_key);
  if (found == series.attributes.end() || !found->second.numeric) return model;
  std::map<DriftModel::Window*, std::vector<double>> values;
  for (const DriftAttribute::Entry& entry : found->second.entries) {
    DriftModel::Window* window = window_of(entry.observation);
    if (window != nullptr && std::isfinite(entry.value)) values[window].push_back(entry.value);
  }
  for (auto& [window, of_window] : values) window->confidence = ConfidenceOf(std::move(of_window));
  return model;
}

void TestVersion(const std::vector<const DriftSeries*>& versions, const DriftSeries& tested,
                 const DriftOptions& options, DriftReport& report) {
  const auto reference = ReferenceOf(versions, tested, options);
  if (!reference.has_value()) {
    report.notes.push_back(fmt::format(
        "{} {} version {}: too few predictions to compare with, at least {} are needed",
        tested.service, tested.span, tested.version, options.baseline_min));
    return;
  }
  for (const auto& [key, attribute] : tested.attributes) {
    if (auto finding = AttributeTest(tested, key, *reference, options).Run())
      report.tests.push_back(*std::move(finding));
  }
}

}  // namespace

void DriftAttribute::Add(uint32_t observation, const std::string& category) {
  const auto [at, is_new] =
      numbers.try_emplace(category, static_cast<uint32_t>(categories.size()));
  if (is_new) categories.push_back(category);
  entries.push_back({observation, static_cast<double>(at->second)});
}

DriftReport AnalyzeDrift(const std::vector<DriftSeries>& series, const DriftOptions& options) {
  DriftReport report;
  std::map<std::pair<std::string, std::string>, std::vector<const DriftSeries*>> spans;
  for (const DriftSeries& one : series) spans[{one.service, one.span}].push_back(&one);
  for (const auto& [span, versions] : spans) {
    for (const DriftSeries* tested : versions) {
      if (!options.version.empty() && tested->version != options.version) continue;
      if (CountIn(*tested, options.start_ns, options.end_ns) == 0) continue;
      report.models.push_back(ModelOf(*tested, options));
      TestVersion(versions, *tested, options, report);
    }
  }
  for (DriftFinding& finding : report.tests) {
    finding.p_value = std::min(
        1.0, static_cast<double>(report.tests.size()) * std::exp(-finding.log_evidence));
    finding.alarm = finding.p_value <= options.level && finding.psi >= options.psi_min;
  }
  std::ranges::stable_sort(report.tests, [](const DriftFinding& a, const DriftFinding& b) {
    if (a.alarm != b.alarm) return a.alarm;
    return a.p_value != b.p_value ? a.p_value < b.p_value : a.psi > b.psi;
  });
  return report;
}

}  // namespace awry::stats
