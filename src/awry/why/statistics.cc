// The incomplete gamma and beta functions follow the series and continued fractions of Abramowitz
// and Stegun 6.5 and 26.5, evaluated in logarithms so that tails of 1e-300 and beyond keep order.
#include "awry/why/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace awry::why {
namespace {

constexpr double kFisherMax = 20'000;  // margins above it use the G-test
constexpr double kZ95 = 1.959963984540054;

// ln of the upper regularised incomplete gamma Q(s, x).
double LogGammaQ(double s, double x) {
  if (x <= 0) return 0;
  const double head = s * std::log(x) - x - std::lgamma(s);
  if (x < s + 1) {
    double term = 1 / s;
    double sum = term;
    for (int n = 1; n < 500; ++n) {
      term *= x / (s + n);
      sum += term;
      if (term < sum * 1e-16) break;
    }
    const double p = std::exp(head) * sum;
    return p >= 1 ? -std::numeric_limits<double>::infinity() : std::log1p(-p);
  }
  // Lentz's continued fraction.
  double b = x + 1 - s;
  double c = 1e300;
  double d = 1 / b;
  double h = d;
  for (int i = 1; i < 500; ++i) {
    const double an = -i * (i - s);
    b += 2;
    d = an * d + b;
    if (std::abs(d) < 1e-300) d = 1e-300;
    c = b + an / c;
    if (std::abs(c) < 1e-300) c = 1e-300;
    d = 1 / d;
    const double delta = d * c;
    h *= delta;
    if (std::abs(delta - 1) < 1e-15) break;
  }
  return head + std::log(h);
}

// Continued fraction of the incomplete beta function.
double BetaFraction(double a, double b, double x) {
  double c = 1;
  double d = 1 - (a + b) * x / (a + 1);
  if (std::abs(d) < 1e-300) d = 1e-300;
  d = 1 / d;
  double h = d;
  for (int m = 1; m < 1000; ++m) {
    const double m2 = 2.0 * m;
    double aa = m * (b - m) * x / ((a + m2 - 1) * (a + m2));
    d = 1 + aa * d;
    if (std::abs(d) < 1e-300) d = 1e-300;
    c = 1 + aa / c;
    if (std::abs(c) < 1e-300) c = 1e-300;
    d = 1 / d;
    h *= d * c;
    aa = -(a + m) * (a + b + m) * x / ((a + m2) * (a + m2 + 1));
    d = 1 + aa * d;
    if (std::abs(d) < 1e-300) d = 1e-300;
    c = 1 + aa / c;
    if (std::abs(c) < 1e-300) c = 1e-300;
    d = 1 / d;
    const double delta = d * c;
    h *= delta;
    if (std::abs(delta - 1) < 1e-15) break;
  }
  return h;
}

double BetaI(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double head = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                               a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return head * BetaFraction(a, b, x) / a;
  return 1 - head * BetaFraction(b, a, 1 - x) / b;
}

// x with BetaI(a, b, x) = p, by bisection: 60 halvings give 1e-18.
double BetaQuantile(double a, double b, double p) {
  double lo = 0;
  double hi = 1;
  for (int i = 0; i < 60; ++i) {
    const double mid = (lo + hi) / 2;
    (BetaI(a, b, mid) < p ? lo : hi) = mid;
  }
  return (lo + hi) / 2;
}

double LogChoose(double n, double k) {
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}

double XLogX(double x) { return x > 0 ? x * std::log(x) : 0; }

std::vector<double> StepUp(std::span<const double> log_p, size_t tests, double log_factor) {
  std::vector<size_t> order(log_p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t x, size_t y) { return log_p[x] < log_p[y]; });
  std::vector<double> corrected(log_p.size());
  double least = 0;
  for (size_t i = order.size(); i-- > 0;) {
    const double value = log_p[order[i]] + log_factor + std::log(static_cast<double>(tests)) -
                         std::log(static_cast<double>(i + 1));
    least = std::min(least, value);
    corrected[order[i]] = least;
  }
  return corrected;
}

}  // namespace

double LogChiSquareTail(double x, double degrees) { return LogGammaQ(degrees / 2, x / 2); }

double LogNormalTail(double z) {
  if (z < 5) return std::log(0.5 * std::erfc(z / std::sqrt(2.0)));
  // Half of the two-sided tail, which is a chi-square tail.
  return LogChiSquareTail(z * z, 1) - std::log(2.0);
}

double GStatistic(const Table& t) {
  const double n = t.total();
  const double g = XLogX(t.a) + XLogX(t.b) + XLogX(t.c) + XLogX(t.d) + XLogX(n) -
                   XLogX(t.a + t.b) - XLogX(t.c + t.d) - XLogX(t.a + t.c) - XLogX(t.b + t.d);
  return std::max(0.0, 2 * g);
}

double LogFisherGreater(const Table& t) {
  const double wrong = t.a + t.b;
  const double with = t.a + t.c;
  const double n = t.total();
  const double last = std::min(wrong, with);
  const double denominator = LogChoose(n, with);
  double sum = 0;  // relative to the first term
  const double first = LogChoose(wrong, t.a) + LogChoose(n - wrong, with - t.a) - denominator;
  double term = 1;
  for (double k = t.a; k <= last; ++k) {
    sum += term;
    term *= (wrong - k) * (with - k) / ((k + 1) * (n - wrong - with + k + 1));
    if (term < sum * 1e-17) break;
  }
  return std::min(0.0, first + std::log(sum));
}

double LogPValueCommonerInWrong(const Table& t) {
  const double n = t.total();
  if (n == 0 || t.a * (t.c + t.d) <= t.c * (t.a + t.b)) return 0;
  const double least_expected =
      std::min(t.a + t.b, t.c + t.d) * std::min(t.a + t.c, t.b + t.d) / n;
  if (least_expected < 5 && std::min(t.a + t.c, t.a + t.b) <= kFisherMax) return LogFisherGreater(t);
  return LogChiSquareTail(GStatistic(t), 1) - std::log(2.0);
}

OddsRatio OddsRatioOf(const Table& t) {
  const double a = t.a + 0.5;
  const double b = t.b + 0.5;
  const double c = t.c + 0.5;
  const double d = t.d + 0.5;
  const double log_or = std::log(a * d / (b * c));
  const double error = std::sqrt(1 / a + 1 / b + 1 / c + 1 / d);
  return {.value = std::exp(log_or),
          .ci = {std::exp(log_or - kZ95 * error), std::exp(log_or + kZ95 * error)}};
}

double RiskRatioLowerBound(const Table& t) {
  const double a = std::max(t.a, 0.5);
  const double c = std::max(t.c, 0.5);
  const double wrong = std::max(t.a + t.b, 1.0);
  const double right = std::max(t.c + t.d, 1.0);
  const double log_rr = std::log(a / wrong) - std::log(c / right);
  const double error = std::sqrt(std::max(0.0, 1 / a - 1 / wrong + 1 / c - 1 / right));
  return std::exp(log_rr - kZ95 * error);
}

Stratified MantelHaenszel(std::span<const Table> strata) {
  double observed = 0, expected = 0, variance = 0;
  double r = 0, s = 0, pr = 0, ps_qr = 0, qs = 0;
  for (const Table& t : strata) {
    const double n = t.total();
    if (n < 2) continue;
    const double wrong = t.a + t.b, right = t.c + t.d, with = t.a + t.c, without = t.b + t.d;
    observed += t.a;
    expected += wrong * with / n;
    variance += wrong * right * with * without / (n * n * (n - 1));
    const double ri = t.a * t.d / n, si = t.b * t.c / n;
    const double p = (t.a + t.d) / n, q = (t.b + t.c) / n;
    r += ri;
    s += si;
    pr += p * ri;
    ps_qr += p * si + q * ri;
    qs += q * si;
  }
  Stratified out;
  if (variance > 0 && observed > expected) {
    const double z = std::max(0.0, observed - expected - 0.5) / std::sqrt(variance);
    out.log_p = LogNormalTail(z);
  }
  // An empty sum means that no stratum held both outcomes on one side: half a trace stands in.
  const double rr = std::max(r, 1e-9), ss = std::max(s, 0.5 / std::max<double>(2, static_cast<double>(strata.size()) + 1));
  const double log_or = std::log(rr / ss);
  const double error = std::sqrt(pr / (2 * rr * rr) + ps_qr / (2 * rr * ss) + qs / (2 * ss * ss));
  out.odds_ratio = {.value = std::exp(log_or),
                    .ci = {std::exp(log_or - kZ95 * error), std::exp(log_or + kZ95 * error)}};
  return out;
}

std::vector<double> BenjaminiHochberg(std::span<const double> log_p, size_t tests) {
  return StepUp(log_p, std::max(tests, log_p.size()), 0);
}

std::vector<double> BenjaminiYekutieli(std::span<const double> log_p, size_t tests) {
  const size_t m = std::max(tests, log_p.size());
  double harmonic = 0;
  for (size_t i = 1; i <= m; ++i) harmonic += 1 / static_cast<double>(i);
  return StepUp(log_p, m, std::log(std::max(1.0, harmonic)));
}

Interval ClopperPearson(uint64_t with, uint64_t of, double confidence) {
  if (of == 0) return {0, 1};
  const double k = static_cast<double>(with);
  const double n = static_cast<double>(of);
  const double tail = (1 - confidence) / 2;
  Interval out;
  out.lo = with == 0 ? 0 : BetaQuantile(k, n - k + 1, tail);
  out.hi = with == of ? 1 : BetaQuantile(k + 1, n - k, 1 - tail);
  return out;
}

Interval Wilson(double with, double of) {
  if (of <= 0) return {0, 1};
  const double p = with / of;
  const double z2 = kZ95 * kZ95;
  const double centre = (p + z2 / (2 * of)) / (1 + z2 / of);
  const double half = kZ95 * std::sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of);
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

}  // namespace awry::why
