// Of one pair with M baseline counts m and N counts n of now, guesses a and b, and
// g = (M a + N b) / (M + N): evidence = Π (a/g)^m (b/g)^n (Turner, Ly and Grünwald, "Generic
// e-variables for exact sequential k-sample tests that allow for optional stopping", 2024). Its
// expectation under any common distribution is at most 1: docs/drift.md.
#include "awry/stats/drift_test_process.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace awry::stats {
namespace {

constexpr double kLearnedWeight = 0.3;  // of all bets
constexpr double kForget = 0.9;         // of what was learned, per pair
constexpr double kPrior = 20;           // observations that the learned factors start with
constexpr double kLowest = -std::numeric_limits<double>::infinity();

double Sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

double LogAdd(double a, double b) {
  if (a < b) std::swap(a, b);
  return b == kLowest ? a : a + std::log1p(std::exp(b - a));
}

// Onset at the j-th pair (from 1) has weight 1/(j(j+1)): they sum to 1, with 1/(j+1) still to come.
double LogOnsetWeight(size_t pair) {
  const auto j = static_cast<double>(pair + 1);
  return -std::log(j * (j + 1));
}

void Normalize(std::vector<DriftBet>& bets) {
  double total = 0;
  for (const DriftBet& bet : bets) total += bet.weight;
  for (DriftBet& bet : bets) bet.weight *= (1 - kLearnedWeight) / total;
}

std::vector<double> Smoothed(const std::vector<double>& counts) {
  const double total = Sum(counts) + 0.5 * static_cast<double>(counts.size());
  std::vector<double> shares;
  for (const double count : counts) shares.push_back((count + 0.5) / total);
  return shares;
}

double LogEvidenceOfPair(const DriftPair& pair, const DriftBet& bet) {
  const std::vector<double>& factors = bet.factors;
  const double m = Sum(pair.baseline);
  const double n = Sum(pair.now);
  if (m <= 0 || n <= 0) return 0;
  double total = 0;
  for (size_t k = 0; k < factors.size(); ++k) total += pair.shares[k] * factors[k];
  double log = 0;
  for (size_t k = 0; k < factors.size(); ++k) {
    // b / a is factor / total; only ratios of a, b and g count.
    const double ratio = factors[k] / total;
    const double log_middle = std::log((m + n * ratio) / (m + n));
    log += pair.baseline[k] * -log_middle + pair.now[k] * (std::log(ratio) - log_middle);
  }
  return bet.tempering * log;
}

}  // namespace

std::vector<DriftBet> CategoricalBets(size_t bins) {
  std::vector<DriftBet> bets;
  for (size_t bin = 0; bin < bins; ++bin) {
    for (const double factor : {3.0, 1.6, 1 / 1.6, 1 / 3.0}) {
      std::vector<double> factors(bins, 1);
      factors[bin] = factor;
      bets.push_back({std::move(factors)});
    }
  }
  return bets;
}

std::vector<DriftBet> OrderedBets(const std::vector<double>& shares) {
  std::vector<double> scores;  // of mean 0 and deviation 1 when shares are even
  double below = 0;
  for (const double share : shares) {
    scores.push_back((2 * (below + share / 2) - 1) * std::sqrt(3.0));
    below += share;
  }
  std::vector<DriftBet> bets;
  const auto add = [&](double shift, double spread) {
    std::vector<double> factors;
    for (const double score : scores)
      factors.push_back(std::exp(shift * score + spread * (score * score - 1)));
    bets.push_back({std::move(factors)});
  };
  for (const double shift : {0.2, 0.45, 0.9, 1.6}) add(shift, 0), add(-shift, 0);
  for (const double spread : {0.25, 0.6}) add(0, spread), add(0, -spread);
  return bets;
}

DriftTest::DriftTest(std::vector<DriftBet> bets) : bets_(std::move(bets)) {
  Normalize(bets_);
  double lowest = 1;
  for (DriftBet& bet : bets_) {
    bet.tempering = std::clamp(bet.tempering, 1e-6, 1.0);
    lowest = std::min(lowest, bet.tempering);
  }
  bets_.push_back({{}, kLearnedWeight, lowest});
  log_running_.assign(bets_.size(), kLowest);
}

std::vector<double> DriftTest::LearnedFactors(size_t bins) const {
  std::vector<double> factors(bins, 1);
  for (size_t k = 0; k < learned_now_.size() && k < bins; ++k)
    factors[k] = (learned_now_[k] + kPrior / static_cast<double>(bins)) /
                 (learned_expected_[k] + kPrior / static_cast<double>(bins));
  return factors;
}

void DriftTest::Learn(const DriftPair& pair) {
  learned_now_.resize(pair.now.size(), 0);
  learned_expected_.resize(pair.now.size(), 0);
  const double n = Sum(pair.now);
  const double m = Sum(pair.baseline);
  for (size_t k = 0; k < pair.now.size(); ++k) {
    const double share = m > 0 ? (pair.baseline[k] + kPrior * pair.shares[k]) / (m + kPrior)
                               : pair.shares[k];
    learned_now_[k] = kForget * learned_now_[k] + pair.now[k];
    learned_expected_[k] = kForget * learned_expected_[k] + n * share;
  }
}

void DriftTest::Add(const DriftPair& pair) {
  bets_.back().factors = LearnedFactors(pair.now.size());
  const size_t number = log_of_pair_.size();
  std::vector<double>& logs = log_of_pair_.emplace_back();
  double log_all = -std::log(static_cast<double>(number + 2));  // onsets that are still to come
  size_t best = 0;
  for (size_t b = 0; b < bets_.size(); ++b) {
    logs.push_back(LogEvidenceOfPair(pair, bets_[b]));
    const double begins = LogOnsetWeight(number) + std::log(bets_[b].weight);
    log_running_[b] = logs[b] + LogAdd(log_running_[b], begins);
    log_all = LogAdd(log_all, log_running_[b]);
    if (log_running_[b] > log_running_[best]) best = b;
  }
  Learn(pair);
  if (log_all <= log_evidence_max_) return;
  log_evidence_max_ = log_all;
  NoteOnset(best);
}

void DriftTest::NoteOnset(size_t bet) {
  double since = 0;
  double largest = kLowest;
  for (size_t pair = log_of_pair_.size(); pair-- > 0;) {
    since += log_of_pair_[pair][bet];
    if (since + LogOnsetWeight(pair) <= largest) continue;
    largest = since + LogOnsetWeight(pair);
    onset_ = pair;
  }
}

double Overdispersion(const UnitCounts& counts, const std::vector<double>& factors, double scale) {
  std::vector<double> scores;
  for (const double factor : factors) scores.push_back(std::log(factor));
  std::vector<double> residuals;  // by unit, over all strata
  std::vector<double> sizes;
  double variance = 0;
  for (const auto& stratum : counts) {
    residuals.resize(std::max(residuals.size(), stratum.size()), 0);
    sizes.resize(residuals.size(), 0);
    double size = 0, sum = 0, squares = 0;
    for (const auto& unit : stratum) {
      for (size_t k = 0; k < scores.size(); ++k) {
        size += unit[k];
        sum += unit[k] * scores[k];
        squares += unit[k] * scores[k] * scores[k];
      }
    }
    if (size == 0) continue;
    const double mean = sum / size;
    variance += squares - sum * mean;
    for (size_t u = 0; u < stratum.size(); ++u) {
      for (size_t k = 0; k < scores.size(); ++k) {
        residuals[u] += stratum[u][k] * (scores[k] - mean);
        sizes[u] += stratum[u][k];
      }
    }
  }
  const auto units =
      static_cast<double>(std::ranges::count_if(sizes, [](double size) { return size > 0; }));
  if (units < 2) return 2;
  if (variance <= 0) return 1;
  double between = 0;
  for (const double residual : residuals) between += residual * residual;
  // The means take one of the units' degrees of freedom.
  const double ratio = between / variance * units / (units - 1);
  return 1 + std::max(0.0, ratio - 1) * std::max(scale, 0.0);
}

double PopulationStabilityIndex(const std::vector<double>& baseline,
                                const std::vector<double>& now) {
  const std::vector<double> a = Smoothed(baseline);
  const std::vector<double> b = Smoothed(now);
  double psi = 0;
  for (size_t k = 0; k < a.size(); ++k) psi += (b[k] - a[k]) * std::log(b[k] / a[k]);
  return psi;
}

double JensenShannonDistance(const std::vector<double>& baseline, const std::vector<double>& now) {
  const double m = Sum(baseline);
  const double n = Sum(now);
  if (m <= 0 || n <= 0) return 0;
  double divergence = 0;
  for (size_t k = 0; k < baseline.size(); ++k) {
    const double a = baseline[k] / m;
    const double b = now[k] / n;
    const double middle = (a + b) / 2;
    if (a > 0) divergence += 0.5 * a * std::log2(a / middle);
    if (b > 0) divergence += 0.5 * b * std::log2(b / middle);
  }
  return std::sqrt(std::clamp(divergence, 0.0, 1.0));
}

}  // namespace awry::stats
