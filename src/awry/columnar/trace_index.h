// Which traces of a segment have which operation, and how new each is.
// Format: docs/formats/segment.md, "trace index".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "awry/columnar/row.h"
#include "awry/columnar/schema.h"

namespace awry::columnar {

// Times are kept in steps of 2^20 ns, about a millisecond.
inline constexpr uint32_t kTimeStepBits = 20;

// Durations in eighths of a power of two, rounded down: 0 below 4,096 ns, 255 from about two hours; a
// longer one has no smaller step.
uint8_t DurationStep(uint64_t duration_ns);

// Collects rows in segment order. Used by one thread.
class TraceIndexBuilder {
 public:
  // `schema` is the segment's, and must outlive this.
  explicit TraceIndexBuilder(const Schema& schema) : schema_(schema) {}
  void Add(uint32_t ordinal, const Row& row);
  // `start_min_ns` of the whole segment.
  std::string Finish(int64_t start_min_ns) const;

 private:
  struct Operation {
    uint32_t service = 0;  // a resource with that service
    uint32_t name = 0;
    std::vector<uint32_t> traces;
  };
  const Schema& schema_;
  std::vector<int64_t> newest_ns_;   // start, by ordinal
  std::vector<uint8_t> longest_;     // DurationStep, by ordinal
  std::vector<Operation> operations_;
  std::vector<uint32_t> operation_of_shape_;  // + 1
  std::unordered_map<std::string, uint32_t> operation_ids_;
  std::vector<uint32_t> error_traces_;
};

// Thread-compatible.
class TraceIndex {
 public:
  // False when the bytes are malformed.
  [[nodiscard]] bool Load(std::string bytes, uint32_t version, uint64_t traces,
                          int64_t start_min_ns);

  // Ordinals, newest first.
  const std::vector<uint32_t>& order() const { return order_; }
  // No span of the trace starts later.
  int64_t NewestBound(uint32_t ordinal) const;
  // One byte for each trace: whether it may have a span with that service, name, status and
  // duration.
  std::vector<uint8_t> Candidates(const store::SpanFilter& filter) const;
  size_t memory_bytes() const;

 private:
  struct Operation {
    std::string_view service, name, traces;  // into bytes_
  };
  static bool Mark(std::string_view traces, std::vector<uint8_t>& marks);

  std::string bytes_;
  int64_t start_min_ns_ = 0;
  std::vector<uint32_t> newest_;  // steps since start_min_ns
  std::vector<uint32_t> order_;
  std::string_view longest_;        // DurationStep of each; empty in version 1
  std::string_view error_traces_;
  std::vector<Operation> operations_;
};

}  // namespace awry::columnar
