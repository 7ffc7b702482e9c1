#include "awry/stats/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace awry::stats {
namespace {

constexpr double kGrowth = 1.02;
constexpr uint16_t kBuckets = 2206;  // up to the largest int64

const double kPerLog = 1.0 / std::log(kGrowth);

uint16_t BucketOf(int64_t ns) {
  if (ns <= 1) return 0;
  const double number = std::log(static_cast<double>(ns)) * kPerLog;
  return static_cast<uint16_t>(std::min<double>(number, kBuckets - 1));
}

double LowerBound(uint16_t bucket) { return std::exp(bucket / kPerLog); }

// Of the `inside`-th (0 is the first) of `count` durations in a bucket.
double Interpolate(uint16_t bucket, uint64_t inside, uint64_t count, int64_t min_ns,
                   int64_t max_ns) {
  const double low = LowerBound(bucket);
  const double part = (static_cast<double>(inside) + 0.5) / static_cast<double>(count);
  const double value = low + (low * kGrowth - low) * part;
  return std::clamp(value, static_cast<double>(min_ns), static_cast<double>(max_ns));
}

uint64_t RankOf(double quantile, uint64_t count) {
  const double rank = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(count - 1);
  return static_cast<uint64_t>(rank);
}

}  // namespace

bool Histogram::Add(int64_t duration_ns) {
  duration_ns = std::max<int64_t>(duration_ns, 1);
  const uint16_t bucket = BucketOf(duration_ns);
  auto at = std::lower_bound(buckets_.begin(), buckets_.end(), bucket,
                             [](const Bucket& b, uint16_t number) { return b.first < number; });
  const bool is_new = at == buckets_.end() || at->first != bucket;
  if (is_new) at = buckets_.insert(at, {bucket, 0});
  ++at->second;
  min_ns_ = count_ == 0 ? duration_ns : std::min(min_ns_, duration_ns);
  max_ns_ = std::max(max_ns_, duration_ns);
  ++count_;
  sum_ns_ += static_cast<double>(duration_ns);
  return is_new;
}

double Histogram::QuantileNs(double quantile) const {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  uint64_t left = RankOf(quantile, count_);
  for (const auto& [bucket, count] : buckets_) {
    if (left < count) return Interpolate(bucket, left, count, min_ns_, max_ns_);
    left -= count;
  }
  return static_cast<double>(max_ns_);
}

HistogramSum::HistogramSum() : counts_(kBuckets, 0) { Clear(); }

void HistogramSum::Clear() {
  if (first_ <= last_) std::fill(counts_.begin() + first_, counts_.begin() + last_ + 1, 0);
  first_ = kBuckets - 1;
  last_ = 0;
  count_ = 0;
  sum_ns_ = 0;
  min_ns_ = std::numeric_limits<int64_t>::max();
  max_ns_ = 0;
}

void HistogramSum::Add(const Histogram& histogram) {
  if (histogram.count_ == 0) return;
  for (const auto& [bucket, count] : histogram.buckets_) counts_[bucket] += count;
  first_ = std::min(first_, histogram.buckets_.front().first);
  last_ = std::max(last_, histogram.buckets_.back().first);
  count_ += histogram.count_;
  sum_ns_ += histogram.sum_ns_;
  min_ns_ = std::min(min_ns_, histogram.min_ns_);
  max_ns_ = std::max(max_ns_, histogram.max_ns_);
}

void HistogramSum::Remove(const Histogram& histogram) {
  for (const auto& [bucket, count] : histogram.buckets_) counts_[bucket] -= count;
  count_ -= histogram.count_;
  sum_ns_ -= histogram.sum_ns_;
  min_ns_ = 1;
  max_ns_ = std::numeric_limits<int64_t>::max();
}

double HistogramSum::QuantileNs(double quantile) const {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  uint64_t left = RankOf(quantile, count_);
  for (uint16_t bucket = first_; bucket <= last_; ++bucket) {
    if (left < counts_[bucket])
      return Interpolate(bucket, left, counts_[bucket], min_ns_, max_ns_);
    left -= counts_[bucket];
  }
  return static_cast<double>(max_ns_);
}

}  // namespace awry::stats
