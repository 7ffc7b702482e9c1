#include "awry/api/status_meter.h"

namespace awry::api {
namespace {
constexpr int64_t kSpanNs = 60'000'000'000;
constexpr int64_t kStepNs = 1'000'000'000;  // samples lie at least this far apart

double PerSecond(uint64_t now, uint64_t before, int64_t elapsed_ns) {
  return now > before ? static_cast<double>(now - before) * 1e9 / static_cast<double>(elapsed_ns)
                      : 0;
}
}  // namespace

StatusMeter::Rates StatusMeter::Note(uint64_t spans, uint64_t traces) {
  const int64_t now_ns = clock_.MonotonicNs();
  base::MutexLock lock(mutex_);
  while (samples_.size() > 1 && samples_[1].at_ns <= now_ns - kSpanNs) samples_.pop_front();
  Rates rates;
  if (!samples_.empty() && now_ns > samples_.front().at_ns) {
    const Sample& before = samples_.front();
    rates.spans_per_second = PerSecond(spans, before.spans, now_ns - before.at_ns);
    rates.traces_per_minute = PerSecond(traces, before.traces, now_ns - before.at_ns) * 60;
  }
  if (samples_.empty() || samples_.back().at_ns <= now_ns - kStepNs)
    samples_.push_back({now_ns, spans, traces});
  return rates;
}

}  // namespace awry::api
