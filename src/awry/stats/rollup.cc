// A scan visits the traces of a time range once and deals their spans out to builders, one a bin.
#include "awry/stats/rollup.h"

#include <fmt/format.h>

#include <algorithm>

#include "awry/query/topology.h"

namespace awry::stats {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kMinuteNs = 60 * kSecondNs;
constexpr int64_t kHourNs = 60 * kMinuteNs;
constexpr int64_t kDayNs = 24 * kHourNs;
constexpr size_t kEntryBytes = 200;   // of one counted thing, without its histogram
constexpr size_t kBucketBytes = 16;  // of a histogram's bucket, spare capacity included

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Makes one Block. Used by one thread.
class BlockBuilder {
 public:
  // Each returns the bytes that it took.
  size_t AddOperation(uint32_t operation, const trace::Span& span) {
    return Take(operations_, operation, span);
  }
  size_t AddService(uint32_t service, const trace::Span& span, bool entry) {
    auto& [spans, entries] = services_[service];
    size_t bytes = spans == 0 ? kEntryBytes : 0;
    ++spans;
    if (entry) bytes += entries.Add(span);
    block_->start_min_ns = std::min(block_->start_min_ns, span.start_ns);
    block_->start_max_ns = std::max(block_->start_max_ns, span.start_ns);
    return bytes;
  }
  size_t AddEdge(uint32_t parent, uint32_t child, const trace::Span& span) {
    return Take(edges_, uint64_t{parent} << 32 | child, span);
  }
  void NoteMissingParent() { block_->parents_missing = true; }

  BlockPtr Finish() {
    for (auto& [operation, calls] : operations_)
      block_->operations.emplace_back(operation, std::move(calls));
    for (auto& [service, counted] : services_)
      block_->services.push_back({service, counted.first, std::move(counted.second)});
    for (auto& [pair, calls] : edges_) {
      block_->edges.push_back({static_cast<uint32_t>(pair >> 32),
                               static_cast<uint32_t>(pair & UINT32_MAX), std::move(calls)});
    }
    const auto first = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::ranges::sort(block_->operations, first);
    std::ranges::sort(block_->services, {}, &Block::Service::service);
    std::ranges::sort(block_->edges, [](const Block::Edge& a, const Block::Edge& b) {
      return std::pair(a.parent, a.child) < std::pair(b.parent, b.child);
    });
    return block_;
  }

 private:
  template <typename Map, typename Number>
  static size_t Take(Map& map, Number number, const trace::Span& span) {
    const auto [at, is_new] = map.try_emplace(number);
    return at->second.Add(span) + (is_new ? kEntryBytes : 0);
  }

  std::shared_ptr<Block> block_ = std::make_shared<Block>();
  std::unordered_map<uint32_t, Calls> operations_;
  std::unordered_map<uint32_t, std::pair<uint64_t, Calls>> services_;
  std::unordered_map<uint64_t, Calls> edges_;
};

// Deals the spans of traces out to bins. Used by one thread.
class Dealer {
 public:
  Dealer(int64_t bin_ns, const query::Window& window, NameTable& names)
      : bin_ns_(bin_ns), window_(window), names_(names) {}

  // False when the limit of memory is met.
  bool Take(const trace::Trace& trace, size_t bytes_max) {
    const query::Topology topology(trace);
    names_.Intern(trace.spans, ids_);
    for (size_t i = 0; i < trace.spans.size(); ++i) {
      const trace::Span& span = trace.spans[i];
      if (span.start_ns >= window_.from_ns && span.start_ns <= window_.until_ns)
        TakeSpan(span, i, topology.parent(i));
    }
    return bytes_ <= bytes_max;
  }

  void Finish(std::map<int64_t, BlockPtr>& out) {
    for (auto& [bin, builder] : builders_) out[bin] = builder.Finish();
  }

 private:
  void TakeSpan(const trace::Span& span, size_t index, size_t parent) {
    BlockBuilder& builder = BuilderOf(FloorDiv(span.start_ns, bin_ns_));
    const NameTable::Ids& ids = ids_[index];
    const bool missing = parent == query::kNone && span.parent_id != 0;
    if (missing) builder.NoteMissingParent();
    const bool called = parent != query::kNone && ids_[parent].service != ids.service;
    const bool entry = called || span.parent_id == 0 ||
                       (missing && (span.kind == trace::SpanKind::kServer ||
                                    span.kind == trace::SpanKind::kConsumer));
    bytes_ += builder.AddOperation(ids.operation, span);
    bytes_ += builder.AddService(ids.service, span, entry);
    if (called) bytes_ += builder.AddEdge(ids_[parent].service, ids.service, span);
  }

  BlockBuilder& BuilderOf(int64_t bin) {
    if (last_ == nullptr || bin != last_bin_) {
      last_ = &builders_[bin];
      last_bin_ = bin;
    }
    return *last_;
  }

  const int64_t bin_ns_;
  const query::Window window_;
  NameTable& names_;
  std::vector<NameTable::Ids> ids_;
  std::map<int64_t, BlockBuilder> builders_;
  BlockBuilder* last_ = nullptr;
  int64_t last_bin_ = 0;
  size_t bytes_ = 0;
};

int64_t BinFor(const query::Window& window) {
  const auto length_ns = static_cast<uint64_t>(window.until_ns) -
                         static_cast<uint64_t>(window.from_ns);
  if (length_ns <= static_cast<uint64_t>(2 * kDayNs)) return kMinuteNs;
  return length_ns <= static_cast<uint64_t>(120 * kDayNs) ? kHourNs : kDayNs;
}

}  // namespace

size_t Calls::Add(const trace::Span& span) {
  ++calls;
  errors += span.status == trace::SpanStatus::kError ? 1 : 0;
  return durations.Add(span.duration_ns()) ? kBucketBytes : 0;
}

size_t Block::memory_bytes() const {
  size_t bytes = sizeof(Block) + 64;
  for (const auto& [number, calls] : operations)
    bytes += sizeof(operations[0]) + calls.durations.memory_bytes();
  for (const Service& service : services)
    bytes += sizeof(service) + service.entries.durations.memory_bytes();
  for (const Edge& edge : edges) bytes += sizeof(edge) + edge.calls.durations.memory_bytes();
  return bytes;
}

Rollup::Rollup(store::TraceStore& store, RollupOptions options)
    : store_(store), options_(std::move(options)) {}

bool Rollup::IsFresh(const Kept& kept, const Key& key) const {
  if (!options_.changed) return store_.generation() == kept.generation;
  // The parent of a span starts at most that long before it; clocks may differ by a minute.
  const bool waits = kept.block != nullptr && kept.block->parents_missing;
  const int64_t from_ns = key.first * key.second;
  const int64_t until_ns = from_ns + key.first - 1;
  return options_.changed(waits ? from_ns - query::kTraceLengthMaxNs : from_ns,
                          waits ? until_ns + kMinuteNs : until_ns) <= kept.generation;
}

void Rollup::ForgetDropped() {
  const uint64_t dropped = store_.Stats().spans_dropped_by_retention;
  if (dropped == dropped_) return;
  dropped_ = dropped;
  kept_.clear();
  kept_bytes_ = 0;
}

void Rollup::MakeRoom() {
  if (kept_bytes_ <= options_.cache_bytes_max) return;
  std::vector<std::pair<uint64_t, Key>> by_use;
  for (const auto& [key, kept] : kept_) by_use.emplace_back(kept.used, key);
  std::ranges::sort(by_use);
  for (const auto& [used, key] : by_use) {
    if (kept_bytes_ <= options_.cache_bytes_max / 4 * 3) break;
    const auto at = kept_.find(key);
    kept_bytes_ -= at->second.bytes;
    kept_.erase(at);
  }
}

// Gives what is known and fresh; returns the ranges that are not.
std::vector<Rollup::Range> Rollup::TakeKept(int64_t bin_ns, Range bins,
                                            std::map<int64_t, BlockPtr>& out) {
  std::vector<Range> missing;
  ++tick_;
  for (int64_t bin = bins.first; bin <= bins.second; ++bin) {
    const auto at = kept_.find({bin_ns, bin});
    if (at != kept_.end() && IsFresh(at->second, at->first)) {
      at->second.used = tick_;
      if (at->second.block != nullptr) out[bin] = at->second.block;
    } else if (!missing.empty() && missing.back().second == bin - 1) {
      missing.back().second = bin;
    } else {
      missing.emplace_back(bin, bin);
    }
  }
  return missing;
}

void Rollup::Keep(int64_t bin_ns, const Range& range, const std::map<int64_t, BlockPtr>& blocks,
                  uint64_t generation) {
  for (int64_t bin = range.first; bin <= range.second; ++bin) {
    const auto found = blocks.find(bin);
    const BlockPtr block = found == blocks.end() ? nullptr : found->second;
    Kept& kept = kept_[{bin_ns, bin}];
    kept_bytes_ -= kept.bytes;
    kept = {block, generation, tick_, 128 + (block == nullptr ? 0 : block->memory_bytes())};
    kept_bytes_ += kept.bytes;
  }
}

base::Status Rollup::Scan(int64_t bin_ns, const query::Window& window,
                          const store::ReadLimits& limits, std::map<int64_t, BlockPtr>& out) {
  Dealer dealer(bin_ns, window, names_);
  bool within = true;
  store::SpanFilter filter{.start_from_ns = window.from_ns, .start_until_ns = window.until_ns};
  // All there is is read in order, without looking for it first.
  const store::StoreStats stats = store_.Stats();
  if (stats.newest_ns != 0 && window.from_ns <= stats.oldest_ns &&
      window.until_ns >= stats.newest_ns)
    filter = {};
  RETURN_IF_ERROR(store_.VisitTracesWithin(
      filter, limits,
      [&](const trace::Trace& trace) {
        within = dealer.Take(trace, options_.build_bytes_max);
        return within;
      }));
  if (!within) {
    return base::ResourceExhausted(
        fmt::format("metrics of this window need more than {} MiB: ask for a shorter window or a "
                    "longer step",
                    options_.build_bytes_max >> 20));
  }
  dealer.Finish(out);
  return base::OkStatus();
}

// To where the store has spans; `from_ns` > `until_ns` when it has none there.
query::Window Rollup::Clamped(query::Window window) {
  const store::StoreStats stats = store_.Stats();
  if (stats.oldest_ns == 0 && stats.newest_ns == 0) return window;  // it does not tell
  return {.from_ns = std::max(window.from_ns, stats.oldest_ns),
          .until_ns = std::min(window.until_ns, stats.newest_ns)};
}

base::Result<std::map<int64_t, BlockPtr>> Rollup::Bins(int64_t bin_ns, int64_t first, int64_t last,
                                                       const store::ReadLimits& limits) {
  std::map<int64_t, BlockPtr> out;
  if (first > last) return out;
  if (last - first >= static_cast<int64_t>(kBinsMax))
    return base::ResourceExhausted(fmt::format("window has more than {} steps", kBinsMax));
  std::vector<Range> missing;
  {
    const base::MutexLock lock(mutex_);
    while (building_) built_.Wait(mutex_);
    ForgetDropped();
    missing = TakeKept(bin_ns, {first, last}, out);
    if (missing.empty()) return out;
    building_ = true;
  }
  const uint64_t generation = store_.generation();
  base::Status status;
  std::map<int64_t, BlockPtr> blocks;
  for (const auto& [from, until] : missing) {
    status = Scan(bin_ns, {.from_ns = from * bin_ns, .until_ns = (until + 1) * bin_ns - 1}, limits,
                  blocks);
    if (!status.ok()) break;
  }
  {
    const base::MutexLock lock(mutex_);
    building_ = false;
    if (status.ok()) {
      for (const Range& range : missing) Keep(bin_ns, range, blocks, generation);
      MakeRoom();
    }
  }
  built_.NotifyAll();
  RETURN_IF_ERROR(status);
  out.merge(blocks);
  return out;
}

base::Result<std::vector<BlockPtr>> Rollup::Cover(const query::Window& wanted,
                                                  const store::ReadLimits& limits) {
  std::vector<BlockPtr> out;
  const query::Window window = Clamped(wanted);
  if (window.from_ns > window.until_ns) return out;
  if (window.from_ns == store::kTimeMin || window.until_ns == store::kTimeMax) {
    std::map<int64_t, BlockPtr> all;
    RETURN_IF_ERROR(Scan(kDayNs, window, limits, all));
    for (auto& [bin, block] : all) out.push_back(std::move(block));
    return out;
  }
  const int64_t bin_ns = BinFor(window);
  ASSIGN_OR_RETURN(const auto bins, Bins(bin_ns, FloorDiv(window.from_ns, bin_ns),
                                         FloorDiv(window.until_ns, bin_ns), limits));
  for (const auto& [bin, block] : bins) {
    if (block->start_min_ns >= window.from_ns && block->start_max_ns <= window.until_ns) {
      out.push_back(block);
      continue;
    }
    std::map<int64_t, BlockPtr> part;
    RETURN_IF_ERROR(Scan(bin_ns,
                         {.from_ns = std::max(window.from_ns, bin * bin_ns),
                          .until_ns = std::min(window.until_ns, (bin + 1) * bin_ns - 1)},
                         limits, part));
    for (auto& [number, piece] : part) out.push_back(std::move(piece));
  }
  return out;
}

std::vector<query::Window> Rollup::CoverKept(const query::Window& wanted,
                                             std::vector<BlockPtr>& out) {
  constexpr size_t kOpenMax = 3;
  const query::Window window = Clamped(wanted);
  if (window.from_ns > window.until_ns) return {};
  if (window.from_ns == store::kTimeMin || window.until_ns == store::kTimeMax) return {window};
  const int64_t bin_ns = BinFor(window);
  const Range bins{FloorDiv(window.from_ns, bin_ns), FloorDiv(window.until_ns, bin_ns)};
  if (bins.second - bins.first >= static_cast<int64_t>(kBinsMax)) return {window};
  std::map<int64_t, BlockPtr> kept;
  std::vector<Range> open;
  {
    const base::MutexLock lock(mutex_);
    ForgetDropped();
    open = TakeKept(bin_ns, bins, kept);
  }
  for (const auto& [bin, block] : kept) {
    if (block->start_min_ns >= window.from_ns && block->start_max_ns <= window.until_ns) {
      out.push_back(block);
    } else {
      open.emplace_back(bin, bin);
    }
  }
  if (open.size() > kOpenMax) {
    out.clear();
    return {window};
  }
  std::vector<query::Window> rest;
  for (const auto& [first, last] : open) {
    rest.push_back({.from_ns = std::max(window.from_ns, first * bin_ns),
                    .until_ns = std::min(window.until_ns, (last + 1) * bin_ns - 1)});
  }
  return rest;
}

}  // namespace awry::stats
