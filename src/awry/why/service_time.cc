#include "awry/why/service_time.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "awry/why/range_cut.h"
#include "awry/why/rank_scan.h"
#include "awry/why/statistics.h"

namespace awry::why {
namespace {

constexpr size_t kUsualMin = 3;       // controls that tell what is usual
constexpr double kTimeFloorMs = 0.2;  // shorter times differ by what else the machine does
constexpr double kShareOfWhole = 0.02;
constexpr double kSlower = 1.6;

double MedianOf(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<long>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Without NaN.
std::vector<double> Among(const std::vector<double>& values, const Bits& rows) {
  std::vector<double> out;
  rows.ForEach([&](size_t i) { if (!std::isnan(values[i])) out.push_back(values[i]); });
  return out;
}

// A threshold with ln of what its choice costs.
struct Cut {
  double threshold = 0;
  double log_choices = 0;
  double scarcity = 1;
  double log_p_exact = 0;
};

// Sorted sides; the logarithm of p with the choice counted in.
double LogP(const RangeCut& cut, const std::vector<double>& cases, const std::vector<double>& controls) {
  const auto reach = [&](const std::vector<double>& v) { return static_cast<double>(v.end() - std::lower_bound(v.begin(), v.end(), cut.threshold)); };
  Table table{.a = reach(cases), .c = reach(controls)};
  table.b = static_cast<double>(cases.size()) - table.a;
  table.d = std::round((static_cast<double>(controls.size()) - table.c) * cut.scarcity);
  return LogPValueCommonerInWrong(table) + std::log(static_cast<double>(cut.choices));
}

// The exact test of all thresholds, unless none of the controls comes near: then how far they are away tells more than
// how many they are. Nothing where no threshold tells. Sorts both sides.
std::optional<Cut> BestCut(std::vector<double>& cases, std::vector<double>& controls) {
  const RangeCut cut = BestRangeCut(cases, controls, true, kSlower);
  const RankScan scan = ScanRanks(cases, controls, kSlower);
  if (scan.log_p < 0 && (cut.g <= 0 || scan.log_p < LogP(cut, cases, controls))) {
    return Cut{.threshold = scan.threshold, .log_choices = scan.log_p - LogPValueCommonerInWrong(scan.table), .log_p_exact = scan.log_p};
  }
  if (cut.g <= 0) return std::nullopt;
  return Cut{.threshold = cut.threshold, .log_choices = std::log(static_cast<double>(cut.choices)), .scarcity = cut.scarcity,
             .log_p_exact = scan.log_p};
}

struct Times {
  std::vector<uint32_t> columns;
  std::vector<double> usual_ms;  // by column
};

class Pool {
 public:
  Pool(const Corpus& corpus, const Groups& groups) : corpus_(corpus), groups_(groups) {
    std::vector<double> wholes = Among(WholeTimes(corpus), groups.controls);
    if (!wholes.empty()) least_ms_ = kShareOfWhole * MedianOf(wholes);
  }

  void Add(Times& times, uint32_t c) const {
    const Column& column = corpus_.columns()[c];
    std::vector<double> values = Among(column.number, And(column.present, groups_.controls));
    if (values.size() < kUsualMin) return;
    times.columns.push_back(c);
    times.usual_ms.push_back(std::max(kTimeFloorMs, MedianOf(values)));
  }

  // By trace: how many times as long as usual the columns take together; NaN where there are none.
  std::vector<double> Ratios(const Times& times) const {
    std::vector<double> taken(corpus_.size(), 0), usual(corpus_.size(), 0);
    for (size_t k = 0; k < times.columns.size(); ++k) {
      const Column& column = corpus_.columns()[times.columns[k]];
      column.present.ForEach([&](size_t i) {
        taken[i] += std::max(0.0, column.number[i]);
        usual[i] += times.usual_ms[k];
      });
    }
    std::vector<double> out(corpus_.size(), kNoNumber);
    for (size_t i = 0; i < corpus_.size(); ++i) {
      if (usual[i] <= 0) continue;
      out[i] = taken[i] / usual[i];
      if (taken[i] - usual[i] < least_ms_) out[i] = std::min(1.0, out[i]);
    }
    return out;
  }

  // Nothing where no threshold tells.
  bool FactOf(const Times& times, FactKind kind, Fact& out) const {
    if (times.columns.empty()) return false;
    const std::vector<double> ratios = Ratios(times);
    std::vector<double> cases = Among(ratios, groups_.cases), controls = Among(ratios, groups_.controls);
    if (cases.empty() || controls.empty()) return false;
    const auto cut = BestCut(cases, controls);
    if (!cut) return false;
    out = {.kind = kind, .span_class = corpus_.columns()[Slowest(times)].span_class, .threshold = cut->threshold,
           .log_choices = cut->log_choices, .log_p_exact = cut->log_p_exact, .scarcity = cut->scarcity,
           .with = Bits(corpus_.size()), .known = Bits(corpus_.size())};
    for (size_t i = 0; i < corpus_.size(); ++i) {
      if (std::isnan(ratios[i])) continue;
      out.known.Set(i);
      if (ratios[i] >= cut->threshold) out.with.Set(i);
    }
    return true;
  }

 private:
  // The column that takes most beyond the usual, over all cases.
  uint32_t Slowest(const Times& times) const {
    uint32_t out = times.columns.front();
    double most = 0;
    for (size_t k = 0; k < times.columns.size(); ++k) {
      const Column& column = corpus_.columns()[times.columns[k]];
      double excess = 0;
      And(column.present, groups_.cases).ForEach([&](size_t i) { excess += std::max(0.0, column.number[i]) - times.usual_ms[k]; });
      if (k > 0 && excess <= most) continue;
      most = excess;
      out = times.columns[k];
    }
    return out;
  }

  const Corpus& corpus_;
  const Groups& groups_;
  double least_ms_ = 0;  // less is not why a request is slow
};

bool IsCall(const Column& column) { return column.key == "@gap"; }

bool IsTimeOfService(const Corpus& corpus, const Column& column) {
  return column.is_time() && (IsCall(column) || !IsSpelledOut(corpus, column));
}

}  // namespace

std::vector<double> WholeTimes(const Corpus& corpus) {
  std::vector<double> out(corpus.size(), 0);
  for (const Column& column : corpus.columns()) {
    if (column.origin != Origin::kDerived || column.key != "@duration" || corpus.ClassOf(column).depth > 0.5) continue;
    column.present.ForEach([&](size_t i) { out[i] = std::max(out[i], column.number[i]); });
  }
  return out;
}

bool IsSpelledOut(const Corpus& corpus, const Column& column) {
  if (column.origin != Origin::kDerived || column.key != "@duration") return false;
  size_t parts = corpus.ClassOf(column).calls;
  for (uint32_t c : corpus.ClassOf(column).columns) {
    const Column& other = corpus.columns()[c];
    if (other.origin == Origin::kDerived && other.key == "@self") parts += other.count;
  }
  return parts * 10 >= column.count * 8;
}

std::vector<Fact> ServiceTimeFacts(const Corpus& corpus, const Groups& groups) {
  const Pool pool(corpus, groups);
  std::map<std::pair<std::string, FactKind>, Times> services;
  for (uint32_t c = 0; c < corpus.columns().size(); ++c) {
    const Column& column = corpus.columns()[c];
    if (!IsTimeOfService(corpus, column)) continue;
    pool.Add(services[{corpus.ClassOf(column).ref.service, IsCall(column) ? FactKind::kSlowCalls : FactKind::kSlowSteps}], c);
  }
  std::vector<Fact> out;
  for (const auto& [service, times] : services) {
    Fact fact;
    if (pool.FactOf(times, service.second, fact)) out.push_back(std::move(fact));
  }
  return out;
}

std::vector<double> ServiceSlowness(const Corpus& corpus, const Groups& groups, const std::string& service) {
  const Pool pool(corpus, groups);
  Times times;
  for (uint32_t c = 0; c < corpus.columns().size(); ++c) {
    const Column& column = corpus.columns()[c];
    if (!IsTimeOfService(corpus, column)) continue;
    const SpanClass& here = corpus.ClassOf(column);
    const bool from_here = IsCall(column) && here.parent != kNoText && corpus.classes()[here.parent].ref.service == service;
    if (here.ref.service == service || from_here) pool.Add(times, c);
  }
  return pool.Ratios(times);
}

}  // namespace awry::why
