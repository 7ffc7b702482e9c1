#include "awry/why/service_time.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "awry/why/range_cut.h"

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

struct Times {
  std::vector<uint32_t> columns;
  std::vector<double> usual_ms;  // by column
};

class Pool {
 public:
  Pool(const Corpus& corpus, const Groups& groups, const std::vector<double>& whole_ms) : corpus_(corpus), groups_(groups) {
    std::vector<double> wholes;
    groups.controls.ForEach([&](size_t i) { wholes.push_back(whole_ms[i]); });
    if (!wholes.empty()) least_ms_ = kShareOfWhole * MedianOf(wholes);
  }

  void Add(Times& times, uint32_t c) const {
    std::vector<double> values;
    const Column& column = corpus_.columns()[c];
    And(column.present, groups_.controls).ForEach([&](size_t i) { values.push_back(column.number[i]); });
    if (values.size() < kUsualMin) return;
    times.columns.push_back(c);
    times.usual_ms.push_back(std::max(kTimeFloorMs, MedianOf(values)));
  }

  // Nothing where no threshold tells.
  bool FactOf(const Times& times, FactKind kind, Fact& out) const {
    if (times.columns.empty()) return false;
    std::vector<double> taken(corpus_.size(), 0), usual(corpus_.size(), 0);
    std::vector<double> excess(times.columns.size(), 0);
    for (size_t k = 0; k < times.columns.size(); ++k) {
      const Column& column = corpus_.columns()[times.columns[k]];
      column.present.ForEach([&](size_t i) {
        const double time = std::max(0.0, column.number[i]);
        taken[i] += time;
        usual[i] += times.usual_ms[k];
        if (groups_.cases.Test(i)) excess[k] += time - times.usual_ms[k];
      });
    }
    const auto ratio = [&](size_t i) { return taken[i] - usual[i] < least_ms_ ? std::min(1.0, taken[i] / usual[i]) : taken[i] / usual[i]; };
    std::vector<double> cases, controls;
    groups_.cases.ForEach([&](size_t i) { if (usual[i] > 0) cases.push_back(ratio(i)); });
    groups_.controls.ForEach([&](size_t i) { if (usual[i] > 0) controls.push_back(ratio(i)); });
    if (cases.empty() || controls.empty()) return false;
    const RangeCut cut = BestRangeCut(cases, controls, true, kSlower);
    if (cut.g <= 0) return false;
    const auto most = static_cast<size_t>(std::max_element(excess.begin(), excess.end()) - excess.begin());
    out = {.kind = kind, .span_class = corpus_.columns()[times.columns[most]].span_class, .threshold = cut.threshold,
           .log_choices = std::log(static_cast<double>(cut.choices)), .scarcity = cut.scarcity,
           .with = Bits(corpus_.size()), .known = Bits(corpus_.size())};
    for (size_t i = 0; i < corpus_.size(); ++i) {
      if (usual[i] <= 0) continue;
      out.known.Set(i);
      if (ratio(i) >= cut.threshold) out.with.Set(i);
    }
    return true;
  }

 private:
  const Corpus& corpus_;
  const Groups& groups_;
  double least_ms_ = 0;  // less is not why a request is slow
};

}  // namespace

std::vector<Fact> ServiceTimeFacts(const Corpus& corpus, const Groups& groups, const std::function<bool(uint32_t)>& is_step,
                                   const std::vector<double>& whole_ms) {
  const Pool pool(corpus, groups, whole_ms);
  std::map<std::pair<std::string, FactKind>, Times> services;
  for (uint32_t c = 0; c < corpus.columns().size(); ++c) {
    const Column& column = corpus.columns()[c];
    if (!column.is_time()) continue;
    const bool call = column.key == "@gap";
    if (!call && !is_step(c)) continue;
    pool.Add(services[{corpus.ClassOf(column).ref.service, call ? FactKind::kSlowCalls : FactKind::kSlowSteps}], c);
  }
  std::vector<Fact> out;
  for (const auto& [service, times] : services) {
    Fact fact;
    if (pool.FactOf(times, service.second, fact)) out.push_back(std::move(fact));
  }
  return out;
}

}  // namespace awry::why
