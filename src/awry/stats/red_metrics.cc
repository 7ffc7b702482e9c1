#include "awry/stats/red_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <utility>

namespace awry::stats {
namespace {

constexpr int64_t kMilliNs = 1'000'000;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

using CallsOfBins = std::map<int64_t, std::vector<const Calls*>>;  // of one thing, by bin

base::Status CheckPoints(int64_t points) {
  if (points <= kPointsMax) return base::OkStatus();
  return base::InvalidArgument(
      fmt::format("window has {} steps, at most {} are answered: ask for a longer step", points,
                  kPointsMax));
}

// The sum over a window that moves on by whole bins.
class MovingSum {
 public:
  explicit MovingSum(const CallsOfBins& bins) : bins_(bins), next_(bins.begin()) {}

  // Counts the bins [first, last]; both only ever rise.
  void MoveTo(int64_t first, int64_t last) {
    if (!inside_.empty() && inside_.back()->first < first) {
      sum_.Clear();
      calls_ = errors_ = 0;
      inside_.clear();
    }
    while (!inside_.empty() && inside_.front()->first < first) {
      for (const Calls* calls : inside_.front()->second) {
        sum_.Remove(calls->durations);
        calls_ -= calls->calls;
        errors_ -= calls->errors;
      }
      inside_.pop_front();
    }
    for (; next_ != bins_.end() && next_->first <= last; ++next_) {
      if (next_->first < first) continue;
      for (const Calls* calls : next_->second) {
        sum_.Add(calls->durations);
        calls_ += calls->calls;
        errors_ += calls->errors;
      }
      inside_.push_back(next_);
    }
  }

  TrailingSeries::Point At(int64_t at_ns, double quantile) const {
    return {at_ns, calls_, errors_, sum_.QuantileNs(quantile)};
  }

 private:
  const CallsOfBins& bins_;
  CallsOfBins::const_iterator next_;
  std::deque<CallsOfBins::const_iterator> inside_;
  HistogramSum sum_;
  uint64_t calls_ = 0;
  uint64_t errors_ = 0;
};

bool Wanted(const TrailingQuery& query, const std::string& service, trace::SpanKind kind) {
  return std::ranges::find(query.services, service) != query.services.end() &&
         std::ranges::find(query.kinds, kind) != query.kinds.end();
}

Monitor::Point PointOf(int64_t at_ns, const Calls* calls) {
  if (calls == nullptr) {
    const double none = Histogram().QuantileNs(0);
    return {.at_ns = at_ns, .p50_ns = none, .p95_ns = none};
  }
  return {at_ns, calls->calls, calls->errors, calls->durations.QuantileNs(0.5),
          calls->durations.QuantileNs(0.95)};
}

// One point a bin of [first, last], those without calls too.
std::vector<Monitor::Point> PointsOf(const std::map<int64_t, const Calls*>& bins, int64_t first,
                                     int64_t last, int64_t step_ns) {
  std::vector<Monitor::Point> points;
  for (int64_t bin = first; bin <= last; ++bin) {
    const auto found = bins.find(bin);
    points.push_back(PointOf(bin * step_ns, found == bins.end() ? nullptr : found->second));
  }
  return points;
}

Monitor::Operation FiguresOf(const std::map<int64_t, const Calls*>& bins) {
  Monitor::Operation out;
  HistogramSum sum;
  for (const auto& [bin, calls] : bins) {
    sum.Add(calls->durations);
    out.calls += calls->calls;
    out.errors += calls->errors;
  }
  out.p50_ns = sum.QuantileNs(0.5);
  out.p75_ns = sum.QuantileNs(0.75);
  out.p95_ns = sum.QuantileNs(0.95);
  out.p99_ns = sum.QuantileNs(0.99);
  out.sum_ns = sum.sum_ns();
  return out;
}

}  // namespace

base::Result<std::vector<TrailingSeries>> ReadTrailing(Rollup& rollup, const TrailingQuery& query,
                                                       const store::ReadLimits& limits) {
  if (query.step_ns < kMilliNs || query.rate_ns < kMilliNs)
    return base::InvalidArgument("step and rate must be at least 1 ms");
  const int64_t bin_ns = std::gcd(query.step_ns, query.rate_ns);
  const int64_t first_point = -FloorDiv(-query.from_ns, query.step_ns);
  const int64_t last_point = FloorDiv(query.until_ns, query.step_ns);
  std::vector<TrailingSeries> out;
  if (first_point > last_point) return out;
  RETURN_IF_ERROR(CheckPoints(last_point - first_point + 1));
  const int64_t steps = query.step_ns / bin_ns;
  const int64_t width = query.rate_ns / bin_ns;
  ASSIGN_OR_RETURN(const auto bins, rollup.Bins(bin_ns, first_point * steps - width,
                                                last_point * steps - 1, limits));
  std::map<std::pair<std::string, std::string>, CallsOfBins> things;
  std::map<uint32_t, CallsOfBins*> thing_of;  // by operation; null: not wanted
  for (const auto& [bin, block] : bins) {
    for (const auto& [number, calls] : block->operations) {
      const auto [at, is_new] = thing_of.try_emplace(number, nullptr);
      if (is_new) {
        const NameTable::Operation operation = rollup.names().OperationOf(number);
        const std::string service = rollup.names().ServiceName(operation.service);
        if (Wanted(query, service, operation.kind))
          at->second = &things[{service, query.by_operation ? operation.name : ""}];
      }
      if (at->second != nullptr) (*at->second)[bin].push_back(&calls);
    }
  }
  for (const auto& [names, calls] : things) {
    TrailingSeries& series = out.emplace_back(TrailingSeries{names.first, names.second, {}});
    MovingSum sum(calls);
    for (int64_t point = first_point; point <= last_point; ++point) {
      sum.MoveTo(point * steps - width, point * steps - 1);
      series.points.push_back(sum.At(point * query.step_ns, query.quantile));
    }
  }
  return out;
}

base::Result<Monitor> ReadMonitor(Rollup& rollup, const MonitorQuery& query,
                                  const store::ReadLimits& limits) {
  const int64_t first = FloorDiv(query.window.from_ns, query.step_ns);
  const int64_t last = FloorDiv(query.window.until_ns, query.step_ns);
  RETURN_IF_ERROR(CheckPoints(last - first + 1));
  ASSIGN_OR_RETURN(const auto bins, rollup.Bins(query.step_ns, first, last, limits));
  std::map<uint32_t, std::map<int64_t, const Calls*>> operations;
  std::map<int64_t, const Calls*> total;
  std::map<uint32_t, bool> wanted;
  for (const auto& [bin, block] : bins) {
    for (const Block::Service& service : block->services) {
      if (rollup.names().ServiceName(service.service) == query.service)
        total[bin] = &service.entries;
    }
    for (const auto& [number, calls] : block->operations) {
      const auto [at, is_new] = wanted.try_emplace(number, false);
      if (is_new) {
        const NameTable::Operation operation = rollup.names().OperationOf(number);
        at->second = rollup.names().ServiceName(operation.service) == query.service &&
                     (query.kinds.empty() ||
                      std::ranges::find(query.kinds, operation.kind) != query.kinds.end());
      }
      if (at->second) operations[number][bin] = &calls;
    }
  }
  Monitor monitor{.window = {.from_ns = first * query.step_ns,
                             .until_ns = (last + 1) * query.step_ns - 1},
                  .operations = {},
                  .series = PointsOf(total, first, last, query.step_ns)};
  for (const auto& [number, calls] : operations) {
    Monitor::Operation operation = FiguresOf(calls);
    const NameTable::Operation known = rollup.names().OperationOf(number);
    operation.name = known.name;
    operation.kind = known.kind;
    operation.series = PointsOf(calls, first, last, query.step_ns);
    monitor.operations.push_back(std::move(operation));
  }
  std::ranges::sort(monitor.operations, std::greater<>(), &Monitor::Operation::sum_ns);
  return monitor;
}

}  // namespace awry::stats
