// Durations counted in buckets that grow by 2 %: small, exact to add up, true to 2 %.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace awry::stats {

// Value type. Thread-compatible.
class Histogram {
 public:
  // Counts a duration; below 1 ns counts as 1 ns. True when this took more memory.
  bool Add(int64_t duration_ns);

  uint64_t count() const { return count_; }
  double sum_ns() const { return sum_ns_; }
  // The order statistic of rank floor(q · (count - 1)), interpolated inside its bucket and kept
  // within the smallest and largest duration: at most 2 % from the true one. NaN when empty.
  // `quantile` in 0…1.
  double QuantileNs(double quantile) const;
  size_t memory_bytes() const { return buckets_.capacity() * sizeof(Bucket); }

 private:
  friend class HistogramSum;
  using Bucket = std::pair<uint16_t, uint32_t>;  // number, count
  std::vector<Bucket> buckets_;                  // by number
  uint64_t count_ = 0;
  double sum_ns_ = 0;
  int64_t min_ns_ = 0;
  int64_t max_ns_ = 0;
};

// Adds up many histograms without moving buckets about. Used by one thread.
class HistogramSum {
 public:
  HistogramSum();
  void Add(const Histogram& histogram);
  // Takes out what was added. From then on, until Clear, quantiles know no smallest and largest.
  void Remove(const Histogram& histogram);
  void Clear();
  uint64_t count() const { return count_; }
  double sum_ns() const { return sum_ns_; }
  double QuantileNs(double quantile) const;  // as Histogram's

 private:
  std::vector<uint64_t> counts_;  // by bucket number
  uint16_t first_ = 0, last_ = 0;
  uint64_t count_ = 0;
  double sum_ns_ = 0;
  int64_t min_ns_ = 0;
  int64_t max_ns_ = 0;
};

}  // namespace awry::stats
