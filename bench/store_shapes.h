// Spans as two systems send them, for the benchmarks of the store: seeded, in the order of arrival.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "trace/span.h"

namespace awry::bench {

enum class ShapeKind {
  kFive,   // a finance tracker of five services, 12 spans a trace
  kThirty  // thirty services, traces of 8 to 40 spans, four near-unique values on every span
};

// One trace to ask for later.
struct Needle {
  trace::TraceId trace_id;
  std::string value;  // of the attribute kNeedleKey, on every span of the trace and on no other
};
inline constexpr char kNeedleKey[] = "transaction.id";

// Gives requests of 512 spans of one service each. A span arrives up to 6 s after its start, so that
// the spans of a trace come in several requests, among those of some 50,000 others. Ids are random
// over 128 and 64 bits, times have full nanosecond noise.
class SpanSource {
 public:
  SpanSource(ShapeKind shape, uint64_t seed);
  // Calls `send` with every request until `spans` were given, and `note` with one trace in 100.
  void Run(uint64_t spans, const std::function<void(const std::vector<trace::Span>&)>& send,
           const std::function<void(const Needle&)>& note);

 private:
  struct Arriving {
    int64_t at_ns = 0;
    uint64_t number = 0;  // in the order they were made
    size_t service = 0;
    trace::Span span;
    bool operator<(const Arriving& other) const {
      return at_ns != other.at_ns ? at_ns > other.at_ns : number > other.number;
    }
  };
  void AddFive(int64_t start_ns, const trace::TraceId& id, const std::string& transaction);
  void AddThirty(int64_t start_ns, const trace::TraceId& id, const std::string& transaction);
  void Arrive(size_t service, trace::Span span);
  std::string Hex(size_t digits);

  const ShapeKind shape_;
  base::Random random_;
  std::vector<std::shared_ptr<const trace::Resource>> resources_;
  std::shared_ptr<const trace::Scope> scope_;
  std::priority_queue<Arriving> arriving_;
  uint64_t made_ = 0;
};

}  // namespace awry::bench
