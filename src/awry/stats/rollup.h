// Calls, errors and latencies by bins of time: per operation, per service and per edge between
// services. Bins are computed once and kept until a span arrives that belongs into them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "awry/query/plan.h"
#include "awry/stats/histogram.h"
#include "awry/store/trace_store.h"
#include "base/mutex.h"
#include "base/status.h"
#include "trace/span.h"

namespace awry::stats {

struct Calls {
  uint64_t calls = 0;
  uint64_t errors = 0;
  Histogram durations;
  // Returns the bytes of memory that this took.
  size_t Add(const trace::Span& span);
};

// What starts in one bin of time. Numbers are those of NameTable. Immutable once built.
struct Block {
  std::vector<std::pair<uint32_t, Calls>> operations;  // by number
  struct Service {
    uint32_t service = 0;
    uint64_t spans = 0;
    Calls entries;  // spans that are not called from the same service
  };
  std::vector<Service> services;  // by number
  struct Edge {
    uint32_t parent = 0;
    uint32_t child = 0;
    Calls calls;
  };
  std::vector<Edge> edges;  // by parent, child
  int64_t start_min_ns = store::kTimeMax;
  int64_t start_max_ns = store::kTimeMin;
  bool parents_missing = false;  // a parent may still arrive

  size_t memory_bytes() const;
};
using BlockPtr = std::shared_ptr<const Block>;

// Numbers for services and operations. Beyond kOperationsMax, a service's further operations share
// kOther. Thread-safe; numbers stay.
class NameTable {
 public:
  static constexpr size_t kOperationsMax = 10'000;
  static constexpr std::string_view kOther = "(other operations)";
  struct Operation {
    uint32_t service = 0;
    std::string name;
    trace::SpanKind kind = trace::SpanKind::kUnspecified;
  };
  struct Ids {
    uint32_t service = 0;
    uint32_t operation = 0;
  };

  // One of each span, in order.
  void Intern(std::span<const trace::Span> spans, std::vector<Ids>& out);
  std::string ServiceName(uint32_t service) const;
  Operation OperationOf(uint32_t operation) const;
  bool full() const;

 private:
  uint32_t ServiceNumber(std::string_view name) REQUIRES(mutex_);
  uint32_t OperationNumber(uint32_t service, std::string_view name, trace::SpanKind kind)
      REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  std::map<std::string, uint32_t, std::less<>> service_numbers_ GUARDED_BY(mutex_);
  std::vector<std::string> services_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, uint32_t> operation_numbers_ GUARDED_BY(mutex_);
  std::vector<Operation> operations_ GUARDED_BY(mutex_);
  std::string key_ GUARDED_BY(mutex_);
};

struct RollupOptions {
  size_t cache_bytes_max = 64u << 20;
  size_t build_bytes_max = 256u << 20;  // of one request; beyond it kResourceExhausted
  // The store's generation after the newest commit that added a span which starts in
  // [from_ns, until_ns]; may be later. Empty: any commit counts.
  std::function<uint64_t(int64_t from_ns, int64_t until_ns)> changed;
};

// Thread-safe. One thread computes at a time; the others wait and share.
class Rollup {
 public:
  static constexpr size_t kBinsMax = 100'000;

  // `store` must outlive this.
  explicit Rollup(store::TraceStore& store, RollupOptions options = {});

  // The blocks of bins `first`…`last` (bin n starts at n · bin_ns) that hold a span; key: n.
  // kResourceExhausted when a limit is met; kCancelled and kDeadlineExceeded as `limits` say.
  base::Result<std::map<int64_t, BlockPtr>> Bins(int64_t bin_ns, int64_t first, int64_t last,
                                                 const store::ReadLimits& limits = {});
  // Blocks that together hold exactly the spans that start in `window`.
  base::Result<std::vector<BlockPtr>> Cover(const query::Window& window,
                                            const store::ReadLimits& limits = {});

  // Blocks that are known already, and the windows that they leave open: they do not overlap, and are
  // few. Reads no span.
  std::vector<query::Window> CoverKept(const query::Window& window, std::vector<BlockPtr>& out);

  const NameTable& names() const { return names_; }
  store::TraceStore& store() const { return store_; }

 private:
  using Key = std::pair<int64_t, int64_t>;  // bin_ns, number
  struct Kept {
    BlockPtr block;
    uint64_t generation = 0;
    uint64_t used = 0;
    size_t bytes = 0;
  };

  using Range = std::pair<int64_t, int64_t>;  // bins, both inclusive

  query::Window Clamped(query::Window window);
  std::vector<Range> TakeKept(int64_t bin_ns, Range bins, std::map<int64_t, BlockPtr>& out)
      REQUIRES(mutex_);
  base::Status Scan(int64_t bin_ns, const query::Window& window, const store::ReadLimits& limits,
                    std::map<int64_t, BlockPtr>& out);
  void Keep(int64_t bin_ns, const Range& range, const std::map<int64_t, BlockPtr>& blocks,
            uint64_t generation) REQUIRES(mutex_);
  bool IsFresh(const Kept& kept, const Key& key) const;
  void ForgetDropped() REQUIRES(mutex_);
  void MakeRoom() REQUIRES(mutex_);

  store::TraceStore& store_;
  const RollupOptions options_;
  NameTable names_;
  mutable base::Mutex mutex_;
  base::CondVar built_;
  bool building_ GUARDED_BY(mutex_) = false;
  std::map<Key, Kept> kept_ GUARDED_BY(mutex_);
  size_t kept_bytes_ GUARDED_BY(mutex_) = 0;
  uint64_t tick_ GUARDED_BY(mutex_) = 0;
  uint64_t dropped_ GUARDED_BY(mutex_) = 0;  // spans by retention, when last looked
};

}  // namespace awry::stats
