// Tests on two-by-two tables, corrections for many tests, and intervals. Derived in docs/why.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "awry/why/answer.h"

namespace awry::why {

// Counts of traces:            with the fact   without
//   wrong (the cases)               a             b
//   right (the controls)            c             d
struct Table {
  double a = 0;
  double b = 0;
  double c = 0;
  double d = 0;
  double total() const { return a + b + c + d; }
};

// Natural logarithm of P(chi-square with `degrees` >= x); exact far into the tail.
double LogChiSquareTail(double x, double degrees);
// 2 Σ O ln(O/E), the likelihood-ratio statistic; 0 when a margin is empty.
double GStatistic(const Table& table);
// ln p that the fact is as much commoner among the wrong, or more, if it has nothing to do with it:
// Fisher's exact test where an expected count is below 5 (and margins below kFisherMax), else the
// one-sided G-test. 0 (p = 1) when the fact is not commoner among the wrong.
double LogPValueCommonerInWrong(const Table& table);
// ln p of Fisher's exact test, one-sided (a this large or larger).
double LogFisherGreater(const Table& table);

// Odds ratio with 0.5 added to each cell (Haldane–Anscombe), and its 95 % interval (Woolf).
OddsRatio OddsRatioOf(const Table& table);
// Lower end of the 95 % interval of P(with | wrong) / P(with | right), 0.5 added to empty cells.
double RiskRatioLowerBound(const Table& table);

// Mantel–Haenszel: association within strata. `log_p` is one-sided (commoner among the wrong), with
// continuity correction; `odds_ratio` is the common one with the Robins–Breslow–Greenland interval.
struct Stratified {
  double log_p = 0;
  OddsRatio odds_ratio;
};
Stratified MantelHaenszel(std::span<const Table> strata);

// Corrected p-values (step-up), as logarithms: false-discovery rate under independence
// (Benjamini–Hochberg) or any dependence (Benjamini–Yekutieli). `tests` >= log_p.size() counts tests
// that were made but are not listed (they count as p = 1).
std::vector<double> BenjaminiHochberg(std::span<const double> log_p, size_t tests);
std::vector<double> BenjaminiYekutieli(std::span<const double> log_p, size_t tests);

// Exact interval of a proportion; `confidence` e.g. 0.95. [0, 1] when `of` is 0.
Interval ClopperPearson(uint64_t with, uint64_t of, double confidence = 0.95);
// Wilson's score interval, 95 %.
Interval Wilson(double with, double of);

// P(Z >= z) of the standard normal, as a natural logarithm.
double LogNormalTail(double z);

}  // namespace awry::why
