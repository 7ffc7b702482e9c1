#include "fraud_world.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "base/random.h"

namespace fraud_world {
namespace {

using awry::base::Random;

constexpr int64_t kDay = 86'400;

struct Customer {
  double x = 0;
  double y = 0;
  double mean = 0;
  double rate = 0;
  std::vector<int> near;
};

int Poisson(double mean, Random& random) {
  const double limit = std::exp(-mean);
  int count = 0;
  for (double product = random.Uniform(); product > limit; product *= random.Uniform()) ++count;
  return count;
}

std::vector<Customer> MakeCustomers(const WorldOptions& options, Random& random) {
  std::vector<std::pair<double, double>> terminals;
  for (int t = 0; t < options.terminals; ++t) {
    const double x = random.Uniform() * 100;
    terminals.emplace_back(x, random.Uniform() * 100);
  }
  std::vector<Customer> customers(static_cast<size_t>(options.customers));
  for (Customer& customer : customers) {
    customer.x = random.Uniform() * 100;
    customer.y = random.Uniform() * 100;
    customer.mean = 5 + random.Uniform() * 95;
    customer.rate = random.Uniform() * 4;
    for (size_t t = 0; t < terminals.size(); ++t) {
      const double dx = terminals[t].first - customer.x;
      const double dy = terminals[t].second - customer.y;
      if (dx * dx + dy * dy < options.radius * options.radius) customer.near.push_back(static_cast<int>(t));
    }
  }
  return customers;
}

void AddDay(const Customer& customer, int id, int day, Random& random, std::vector<Row>& rows) {
  for (int n = Poisson(customer.rate, random); n > 0; --n) {
    const double second = random.Normal(43'200, 20'000);
    if (second <= 0 || second >= static_cast<double>(kDay) || customer.near.empty()) continue;
    double amount = random.Normal(customer.mean, customer.mean / 2);
    if (amount < 0) amount = random.Uniform() * customer.mean * 2;
    Row row{.at_s = day * kDay + static_cast<int64_t>(second), .customer = id};
    row.amount_minor = std::llround(amount * 100);
    row.terminal = customer.near[random.Below(customer.near.size())];
    rows.push_back(row);
  }
}

std::vector<int> Pick(int of, size_t count, Random& random) {
  std::set<int> picked;
  while (picked.size() < count) picked.insert(static_cast<int>(random.Below(static_cast<uint64_t>(of))));
  return {picked.begin(), picked.end()};
}

// Rows of `day` up to `days` later, for which `same` holds.
template <typename Same>
std::vector<size_t> RowsWithin(const std::vector<Row>& rows, int day, int days, const Same& same) {
  std::vector<size_t> out;
  const auto begin = std::lower_bound(rows.begin(), rows.end(), day * kDay,
                                      [](const Row& row, int64_t at) { return row.at_s < at; });
  for (auto row = begin; row != rows.end() && row->at_s < (day + days) * kDay; ++row) {
    if (same(*row)) out.push_back(static_cast<size_t>(row - rows.begin()));
  }
  return out;
}

void AddFrauds(const WorldOptions& options, Random& random, std::vector<Row>& rows) {
  for (Row& row : rows) {
    if (row.amount_minor > 22'000) row.scenario = 1;
  }
  for (int day = 0; day + 1 < options.days; ++day) {
    for (const int terminal : Pick(options.terminals, 1, random)) {
      for (const size_t i : RowsWithin(rows, day, 28, [&](const Row& r) { return r.terminal == terminal; })) {
        rows[i].scenario = 2;
      }
    }
  }
  for (int day = 0; day + 1 < options.days; ++day) {
    for (const int customer : Pick(options.customers, 1 + random.Below(2), random)) {
      std::vector<size_t> own = RowsWithin(rows, day, 14, [&](const Row& r) { return r.customer == customer; });
      for (size_t n = own.size() / 3; n > 0; --n) {
        const size_t at = random.Below(own.size());
        rows[own[at]].amount_minor *= 5;
        rows[own[at]].scenario = 3;
        own.erase(own.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
  }
}

// Times and running sums of one customer or terminal.
struct Series {
  std::vector<int64_t> times;
  std::vector<double> sums = {0};
  // Rows and their sum with from < time <= until.
  std::pair<double, double> Between(int64_t from, int64_t until) const {
    const auto a = std::upper_bound(times.begin(), times.end(), from) - times.begin();
    const auto b = std::upper_bound(times.begin(), times.end(), until) - times.begin();
    return {static_cast<double>(b - a), sums[static_cast<size_t>(b)] - sums[static_cast<size_t>(a)]};
  }
  void Add(int64_t at, double value) {
    times.push_back(at);
    sums.push_back(sums.back() + value);
  }
};

constexpr size_t kWeights = kBookFeatures + 1;  // the last is the intercept
using Vector = std::array<double, kWeights>;
using Matrix = std::array<Vector, kWeights>;

// Solves a · x = b by elimination; `a` is positive definite.
Vector Solve(Matrix a, Vector b) {
  for (size_t i = 0; i < kWeights; ++i) {
    for (size_t r = i + 1; r < kWeights; ++r) {
      const double f = a[r][i] / a[i][i];
      for (size_t c = i; c < kWeights; ++c) a[r][c] -= f * a[i][c];
      b[r] -= f * b[i];
    }
  }
  Vector x{};
  for (size_t i = kWeights; i-- > 0;) {
    double sum = b[i];
    for (size_t c = i + 1; c < kWeights; ++c) sum -= a[i][c] * x[c];
    x[i] = sum / a[i][i];
  }
  return x;
}

Vector Newton(const std::vector<Vector>& x, const std::vector<bool>& y) {
  Vector weights{};
  for (int step = 0; step < 25; ++step) {
    Vector slope{};
    Matrix curve{};
    for (size_t c = 0; c < kBookFeatures; ++c) {
      slope[c] = weights[c];
      curve[c][c] = 1;
    }
    curve[kBookFeatures][kBookFeatures] = 1e-9;
    for (size_t i = 0; i < x.size(); ++i) {
      const double z = std::inner_product(x[i].begin(), x[i].end(), weights.begin(), 0.0);
      const double p = 1 / (1 + std::exp(-z));
      for (size_t r = 0; r < kWeights; ++r) {
        slope[r] += (p - (y[i] ? 1 : 0)) * x[i][r];
        for (size_t c = 0; c < kWeights; ++c) curve[r][c] += p * (1 - p) * x[i][r] * x[i][c];
      }
    }
    const Vector move = Solve(curve, slope);
    double size = 0;
    for (size_t c = 0; c < kWeights; ++c) {
      weights[c] -= move[c];
      size += move[c] * move[c];
    }
    if (size < 1e-10) break;
  }
  return weights;
}

double Auc(const std::vector<double>& scores, const std::vector<bool>& frauds) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] < scores[b]; });
  double ranks = 0;
  double yes = 0;
  for (size_t i = 0; i < order.size();) {
    size_t end = i;
    double here = 0;
    for (; end < order.size() && scores[order[end]] == scores[order[i]]; ++end) here += frauds[order[end]] ? 1 : 0;
    ranks += here * (static_cast<double>(i + 1) + static_cast<double>(end)) / 2;
    yes += here;
    i = end;
  }
  const double no = static_cast<double>(scores.size()) - yes;
  return yes > 0 && no > 0 ? (ranks - yes * (yes + 1) / 2) / (yes * no) : 0;
}

double Precision(const std::vector<double>& scores, const std::vector<bool>& frauds) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  double found = 0;
  double sum = 0;
  for (size_t i = 0; i < order.size();) {
    size_t end = i;
    double here = 0;
    for (; end < order.size() && scores[order[end]] == scores[order[i]]; ++end) here += frauds[order[end]] ? 1 : 0;
    found += here;
    sum += here * found / static_cast<double>(end);
    i = end;
  }
  return found > 0 ? sum / found : 0;
}

double CardPrecision(const std::vector<Row>& rows, const std::vector<size_t>& test,
                     const std::vector<double>& scores, size_t k) {
  std::map<int, std::map<int, std::pair<double, bool>>> days;  // day, card: highest score, defrauded
  for (size_t i = 0; i < test.size(); ++i) {
    const Row& row = rows[test[i]];
    auto& [score, fraud] = days[row.day()].try_emplace(row.customer, -1.0, false).first->second;
    score = std::max(score, scores[i]);
    fraud = fraud || row.fraud();
  }
  std::set<int> found;
  double sum = 0;
  for (const auto& [day, cards] : days) {
    std::vector<std::pair<double, int>> order;
    for (const auto& [card, seen] : cards) {
      if (!found.contains(card)) order.emplace_back(-seen.first, card);
    }
    std::sort(order.begin(), order.end());
    double right = 0;
    for (size_t i = 0; i < std::min(k, order.size()); ++i) {
      if (!cards.at(order[i].second).second) continue;
      right += 1;
      found.insert(order[i].second);
    }
    sum += right / static_cast<double>(k);
  }
  return days.empty() ? 0 : sum / static_cast<double>(days.size());
}

}  // namespace

std::vector<Row> MakeWorld(const WorldOptions& options) {
  Random random(options.seed);
  const std::vector<Customer> customers = MakeCustomers(options, random);
  std::vector<Row> rows;
  for (size_t c = 0; c < customers.size(); ++c) {
    for (int day = 0; day < options.days; ++day) AddDay(customers[c], static_cast<int>(c), day, random, rows);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.at_s < b.at_s; });
  AddFrauds(options, random, rows);
  return rows;
}

std::vector<BookFeatures> MakeBookFeatures(const std::vector<Row>& rows) {
  std::map<int, Series> customers;
  std::map<int, Series> terminals;
  for (const Row& row : rows) {
    customers[row.customer].Add(row.at_s, static_cast<double>(row.amount_minor) / 100);
    terminals[row.terminal].Add(row.at_s, row.fraud() ? 1 : 0);
  }
  std::vector<BookFeatures> out;
  out.reserve(rows.size());
  for (const Row& row : rows) {
    BookFeatures f{};
    f[0] = static_cast<double>(row.amount_minor) / 100;
    f[1] = (row.day() % 7) >= 5 ? 1 : 0;  // the first day is a Monday
    f[2] = row.at_s % kDay / 3600 <= 6 ? 1 : 0;
    constexpr std::array<int64_t, 3> kWindows = {1, 7, 30};
    for (size_t w = 0; w < 3; ++w) {
      const auto [count, sum] = customers[row.customer].Between(row.at_s - kWindows[w] * kDay, row.at_s);
      f[3 + w] = count;
      f[6 + w] = sum / std::max(1.0, count);
      const int64_t until = row.at_s - kLabelDelayDays * kDay;
      const auto [at, frauds] = terminals[row.terminal].Between(until - kWindows[w] * kDay, until);
      f[9 + w] = at;
      f[12 + w] = at > 0 ? frauds / at : 0;
    }
    out.push_back(f);
  }
  return out;
}

std::vector<double> LogisticRegression(const std::vector<BookFeatures>& features, const std::vector<Row>& rows,
                                       const std::vector<size_t>& train, const std::vector<size_t>& test) {
  BookFeatures mean{};
  BookFeatures deviation{};
  for (const size_t i : train) {
    for (size_t c = 0; c < kBookFeatures; ++c) mean[c] += features[i][c] / static_cast<double>(train.size());
  }
  for (const size_t i : train) {
    for (size_t c = 0; c < kBookFeatures; ++c) {
      deviation[c] += (features[i][c] - mean[c]) * (features[i][c] - mean[c]) / static_cast<double>(train.size());
    }
  }
  const auto standardised = [&](size_t i) {
    Vector x{};
    for (size_t c = 0; c < kBookFeatures; ++c) {
      x[c] = deviation[c] > 0 ? (features[i][c] - mean[c]) / std::sqrt(deviation[c]) : 0;
    }
    x[kBookFeatures] = 1;
    return x;
  };
  std::vector<Vector> x;
  std::vector<bool> y;
  for (const size_t i : train) {
    x.push_back(standardised(i));
    y.push_back(rows[i].fraud());
  }
  const Vector weights = Newton(x, y);
  std::vector<double> out;
  for (const size_t i : test) {
    const Vector values = standardised(i);
    out.push_back(1 / (1 + std::exp(-std::inner_product(values.begin(), values.end(), weights.begin(), 0.0))));
  }
  return out;
}

std::vector<double> Oracle(const std::vector<Row>& rows, const std::vector<size_t>& test) {
  std::map<int, std::vector<int>> days;  // terminal: days of its scenario 2 rows
  for (const Row& row : rows) {
    if (row.scenario == 2) days[row.terminal].push_back(row.day());
  }
  std::vector<double> out;
  for (const size_t i : test) {
    const Row& row = rows[i];
    bool known = row.fraud();
    if (row.scenario == 2) {
      const std::vector<int>& own = days[row.terminal];
      known = std::any_of(own.begin(), own.end(), [&](int day) {
        return day <= row.day() - kLabelDelayDays && day > row.day() - 28;
      });
    }
    out.push_back(known ? 1 : 0);
  }
  return out;
}

Figures Measure(const std::vector<Row>& rows, const std::vector<size_t>& test, const std::vector<double>& scores) {
  std::vector<bool> frauds;
  for (const size_t i : test) frauds.push_back(rows[i].fraud());
  return {Auc(scores, frauds), Precision(scores, frauds), CardPrecision(rows, test, scores, 50),
          CardPrecision(rows, test, scores, 100)};
}

std::vector<size_t> TestRows(const std::vector<Row>& rows, int known_from, int first, int last) {
  std::map<int, int> known;  // card: first day of a fraud from `known_from` on
  for (const Row& row : rows) {
    if (row.fraud() && row.day() >= known_from) known.try_emplace(row.customer, row.day());
  }
  std::vector<size_t> out;
  for (size_t i = 0; i < rows.size(); ++i) {
    const int day = rows[i].day();
    if (day < first || day > last) continue;
    const auto card = known.find(rows[i].customer);
    if (card != known.end() && card->second < day - kLabelDelayDays) continue;
    out.push_back(i);
  }
  return out;
}

}  // namespace fraud_world
