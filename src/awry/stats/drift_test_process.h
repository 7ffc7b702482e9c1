// The sequential test of drift: how much evidence there is, at every look, against "what comes now
// is distributed as in the baseline". Derived in docs/drift.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace awry::stats {

// Counts over the same bins: what came in one window, and its own part of the baseline, of the same
// hours and weekday. No observation is in two pairs.
struct DriftPair {
  std::vector<double> baseline;
  std::vector<double> now;
  std::vector<double> shares;  // guess at the baseline's distribution from other data; sums to 1
};

// A way of being different: each bin's share times `factors`, made to sum to 1 again.
struct DriftBet {
  std::vector<double> factors;
  double weight = 1;
  double tempering = 1;  // in (0, 1]: its evidence is raised to this power (1 / overdispersion)
};

// One of `bins` becomes more or less frequent, by a little or by much.
std::vector<DriftBet> CategoricalBets(size_t bins);
// The values of ordered bins grow or shrink, or lie farther apart or closer. `shares` as in DriftPair.
std::vector<DriftBet> OrderedBets(const std::vector<double>& shares);

// Takes pairs in the order of time. Used by one thread.
class DriftTest {
 public:
  // One more bet, on what was learned from earlier pairs, is tempered as the most tempered of `bets`.
  explicit DriftTest(std::vector<DriftBet> bets);

  void Add(const DriftPair& pair);

  // Natural logarithm of the largest evidence at any look so far: with probability at most α it ever
  // exceeds 1 / α when nothing has changed. >= 0.
  double log_evidence() const { return log_evidence_max_; }
  // The pair with which the change began, by the evidence when it was largest.
  size_t onset() const { return onset_; }

 private:
  std::vector<double> LearnedFactors(size_t bins) const;
  void Learn(const DriftPair& pair);
  void NoteOnset(size_t bet);

  std::vector<DriftBet> bets_;  // the last one is what was learned
  std::vector<double> log_running_;               // by bet: Σ over onsets of weight · evidence since
  std::vector<std::vector<double>> log_of_pair_;  // by pair, by bet
  std::vector<double> learned_now_, learned_expected_;
  double log_evidence_max_ = 0;
  size_t onset_ = 0;
};

// Counts of the guessing part of the reference, by stratum of the season, by unit (week), by bin.
using UnitCounts = std::vector<std::vector<std::vector<double>>>;

// How much more the mean of ln(factor) varies between units than chance alone explains, around the
// mean of each stratum: a variance ratio. `scale`: observations in a tested unit ÷ those in a
// counted one. 2 when there is one unit only, so that it cannot be told.
double Overdispersion(const UnitCounts& counts, const std::vector<double>& factors, double scale);

// Σ (now - baseline) · ln(now / baseline) over shares, with half an observation added to every bin.
double PopulationStabilityIndex(const std::vector<double>& baseline, const std::vector<double>& now);
// Square root of the Jensen–Shannon divergence to base 2: 0…1.
double JensenShannonDistance(const std::vector<double>& baseline, const std::vector<double>& now);

}  // namespace awry::stats
