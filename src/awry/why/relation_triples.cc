#include "awry/why/relation_triples.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

namespace awry::why {
namespace {

constexpr size_t kColumnsMax = 60;  // numbers that take part: the cube of it is tried
constexpr size_t kProbes = 12;
constexpr size_t kTriplesMax = 200;

std::vector<std::string_view> Words(std::string_view key) {
  std::vector<std::string_view> out;
  size_t from = 0;
  for (size_t i = 0; i <= key.size(); ++i) {
    if (i < key.size() && key[i] != '.' && key[i] != '_' && key[i] != '-') continue;
    if (i > from) out.push_back(key.substr(from, i - from));
    from = i + 1;
  }
  return out;
}

bool IsTime(const Column& column) {
  for (double v : column.number) {
    if (std::isnan(v)) continue;
    return (v > 1e9 && v < 4e9) || (v > 1e12 && v < 4e12) || (v > 1e15 && v < 4e15) || v > 1e18;
  }
  return false;
}

// Whole numbers of about the same size: "fetched" and "total", "in" and "out".
bool AreCounts(const Column& x, const Column& y) {
  double sums[2] = {0, 0};
  for (size_t i = 0; i < x.number.size(); ++i) {
    if (std::isnan(x.number[i]) || std::isnan(y.number[i])) continue;
    if (std::floor(x.number[i]) != x.number[i] || std::floor(y.number[i]) != y.number[i]) return false;
    sums[0] += x.number[i];
    sums[1] += y.number[i];
  }
  return sums[0] > 0 && sums[1] > 0 && sums[0] < 4 * sums[1] && sums[1] < 4 * sums[0];
}

// Rows of the sample in which all three are known, at most kProbes.
std::vector<size_t> Probes(const Column& a, const Column& b, const Column& c, const std::vector<size_t>& sample) {
  std::vector<size_t> out;
  for (size_t i : sample) {
    if (!a.present.Test(i) || !b.present.Test(i) || !c.present.Test(i)) continue;
    out.push_back(i);
    if (out.size() >= kProbes) break;
  }
  return out;
}

}  // namespace

double RoundingOf(const Column& column, const std::vector<size_t>& rows) {
  if (column.number.empty()) return 0;
  double unit = 1;
  for (size_t i : rows) {
    const double v = column.number[i];
    if (std::isnan(v)) continue;
    while (unit > 1e-7 && std::abs(v / unit - std::round(v / unit)) > 1e-6 * std::max(1.0, std::abs(v / unit) * 1e-6)) {
      unit /= 10;
    }
  }
  return unit >= 1 ? 0 : 0.51 * unit;
}

bool SameUnit(const Corpus& corpus, uint32_t a, uint32_t b) {
  const Column& x = corpus.columns()[a];
  const Column& y = corpus.columns()[b];
  if (IsTime(x) != IsTime(y)) return false;
  if (IsTime(x)) return true;
  const auto wx = Words(x.key), wy = Words(y.key);
  if (wx.empty() || wy.empty()) return false;
  const bool related = x.span_class == y.span_class ||
                       corpus.ClassOf(x).parent == y.span_class || corpus.ClassOf(y).parent == x.span_class;
  if (wx.back() == wy.back()) return related || wx.front() == wy.front();
  return x.span_class == y.span_class && wx.front() == wy.front() && AreCounts(x, y);
}

std::vector<Relation> FindTriples(const Corpus& corpus, const std::vector<size_t>& sample,
                                  const std::vector<uint32_t>& columns,
                                  const std::set<std::pair<uint32_t, uint32_t>>& related) {
  std::vector<uint32_t> numbers, groups;
  for (uint32_t c : columns) {
    const Column& column = corpus.columns()[c];
    if (column.numeric && column.distinct >= 8 && numbers.size() < kColumnsMax) numbers.push_back(c);
    if (!column.numeric && column.distinct >= 2 && column.distinct <= 40 && groups.size() < kColumnsMax) {
      groups.push_back(c);
    }
  }
  const auto is_related = [&](uint32_t x, uint32_t y) {
    return related.contains({std::min(x, y), std::max(x, y)});
  };
  const auto fits = [&](Relation& r) {
    const Column& a = corpus.columns()[r.a];
    const std::vector<size_t> rows =
        Probes(a, corpus.columns()[r.b], corpus.columns()[r.c], sample);
    if (rows.size() < 8) return false;
    size_t holds = 0;
    for (size_t i : rows) {
      holds += Evaluate(corpus, r, i) == Truth::kHolds ? 1 : 0;
      if (holds == 0 && i == rows[2]) return false;
    }
    return holds + 2 >= rows.size();
  };
  std::vector<Relation> out;
  for (uint32_t a : numbers) {
    const double rounding = RoundingOf(corpus.columns()[a], sample);
    for (uint32_t b : numbers) {
      if (a == b || is_related(a, b)) continue;
      for (uint32_t c : numbers) {
        if (c == a || c == b || out.size() >= kTriplesMax || is_related(b, c) || is_related(a, c)) continue;
        for (RelationKind kind : {RelationKind::kSum, RelationKind::kProduct}) {
          if (c < b) continue;  // both are symmetric
          Relation r{.kind = kind, .a = a, .b = b, .c = c, .tolerance = 2 * rounding};
          if (fits(r)) out.push_back(std::move(r));
        }
      }
    }
  }
  return out;
}

}  // namespace awry::why
