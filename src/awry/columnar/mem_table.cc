#include "awry/columnar/mem_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <span>

#include "awry/columnar/attribute_hash.h"
#include "base/check.h"

namespace awry::columnar {

namespace {

uint32_t Upper(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

size_t HashOf(const trace::TraceId& id) {
  return static_cast<size_t>((id.high ^ std::rotl(id.low, 32)) * 0x9e3779b97f4a7c15ULL >> 20);
}

// Keeps the order of equals. Nearly every trace is short; std::stable_sort takes memory for each.
template <typename Key>
void SortByStart(std::span<Key> keys) {
  constexpr size_t kShort = 64;
  const auto before = [](const Key& a, const Key& b) { return a.start_ns < b.start_ns; };
  if (keys.size() > kShort) return std::stable_sort(keys.begin(), keys.end(), before);
  for (size_t i = 1; i < keys.size(); ++i) {
    const Key key = keys[i];
    size_t at = i;
    for (; at > 0 && before(key, keys[at - 1]); --at) keys[at] = keys[at - 1];
    keys[at] = key;
  }
}

}  // namespace

MemTable::MemTable(size_t spans_max, std::shared_ptr<BlockPool> pool)
    : pool_(std::move(pool)),
      spans_max_(spans_max),
      index_size_(std::bit_ceil(std::max<size_t>(spans_max, 32) * 2)),
      index_block_(index_size_ * sizeof(std::atomic<uint32_t>), pool_.get()),
      index_(reinterpret_cast<std::atomic<uint32_t>*>(index_block_.data())) {
  for (size_t i = 0; i < index_size_; ++i) new (&index_[i]) std::atomic<uint32_t>(0);
  memory_bytes_ = index_size_ * sizeof(index_[0]);
}

bool MemTable::AddUntrusted(std::string bytes) {
  EncodedBatch batch;
  if (!ReadBatch(std::move(bytes), batch)) return false;
  Add(batch);
  return true;
}

// Batches lie in few large blocks, which the next table uses again.
std::string_view MemTable::Keep(std::string_view bytes) {
  constexpr size_t kFirstBytes = size_t{64} << 10, kMostBytes = size_t{4} << 20;
  if (bytes.size() > arena_left_) {
    const size_t doubled = kFirstBytes << std::min<size_t>(arena_.size(), 6);
    arena_left_ = std::max(bytes.size(), std::min(doubled, kMostBytes));
    arena_next_ = arena_.emplace_back(arena_left_, pool_.get()).data();
  }
  if (!bytes.empty()) std::memcpy(arena_next_, bytes.data(), bytes.size());
  const std::string_view kept(arena_next_, bytes.size());
  arena_next_ += bytes.size();
  arena_left_ -= bytes.size();
  return kept;
}

void MemTable::Add(const EncodedBatch& batch) {
  const std::vector<BatchRow>& rows = batch.rows;
  CHECK(entries_.next() + rows.size() <= spans_max_);
  Batch& kept = batches_.Add();
  kept.bytes = Keep(batch.bytes);
  SchemaMap map(*batch.schema, schema_);
  const size_t shapes = batch.schema->shape_count();
  kept.shapes.reserve(shapes);
  for (uint32_t i = 0; i < shapes; ++i) kept.shapes.push_back(map.Shape(i));
  batches_.Publish();
  const auto number = static_cast<uint32_t>(batches_.next() - 1);
  const size_t hashes_before = hashes_.next();
  for (const uint32_t hash : batch.hashes) hashes_.Add() = hash;
  // Traces of one batch lie far apart: their slots, then what these name, are fetched ahead.
  constexpr size_t kSlotAhead = 16, kTraceAhead = 8;
  const auto slot_of = [&](size_t i) -> const std::atomic<uint32_t>& {
    return index_[HashOf(rows[i].trace_id) & (index_size_ - 1)];
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kSlotAhead < rows.size()) __builtin_prefetch(&slot_of(i + kSlotAhead));
    if (i + kTraceAhead < rows.size()) {
      const uint32_t slot = slot_of(i + kTraceAhead).load(std::memory_order_relaxed);
      if (slot != 0) __builtin_prefetch(&traces_[slot - 1]);
    }
    AddRow(rows[i], number, kept.shapes[rows[i].shape], hashes_before);
  }
  arrival_min_ = std::min(arrival_min_ns(), batch.arrival_ns);
  arrival_max_ = std::max(arrival_max_ns(), batch.arrival_ns);
  batch_bytes_ += kept.bytes.size() + kept.shapes.capacity() * sizeof(uint32_t);
  memory_bytes_ = batch_bytes_ + index_size_ * sizeof(index_[0]) + schema_.memory_bytes() +
                  batches_.memory_bytes() + entries_.memory_bytes() + traces_.memory_bytes() +
                  hashes_.memory_bytes();
  published_.store(entries_.next(), std::memory_order_release);
}

void MemTable::AddRow(const BatchRow& row, uint32_t batch, uint32_t shape, size_t hashes_before) {
  const uint32_t slot = TraceSlot(row.trace_id);
  Trace& owner = traces_[slot];
  Entry& entry = entries_.Add();
  entry = {.start_ns = row.start_ns,
           .duration_ns = row.duration_ns,
           .batch = batch,
           .offset = row.offset,
           .shape = shape,
           .trace = slot,
           .previous = owner.newest_entry.load(std::memory_order_relaxed),
           .hashes_end = static_cast<uint32_t>(hashes_before + row.hashes_end)};
  // Pairs with the load in AppendTrace: who follows the chain sees the entry written.
  owner.newest_entry.store(static_cast<uint32_t>(entries_.next() - 1), std::memory_order_release);
  if (row.start_ns < start_min_.load(std::memory_order_relaxed)) start_min_ = row.start_ns;
  if (row.start_ns > start_max_.load(std::memory_order_relaxed)) start_max_ = row.start_ns;
}

uint32_t MemTable::TraceSlot(const trace::TraceId& id) {
  const size_t mask = index_size_ - 1;
  for (size_t at = HashOf(id) & mask;; at = (at + 1) & mask) {
    const uint32_t slot = index_[at].load(std::memory_order_relaxed);
    if (slot == 0) {
      traces_.Add().id = id;
      traces_.Publish();
      // Pairs with the load in FindTraceSlot.
      index_[at].store(static_cast<uint32_t>(traces_.next()), std::memory_order_release);
      return static_cast<uint32_t>(traces_.next() - 1);
    }
    if (traces_[slot - 1].id == id) return slot - 1;
  }
}

uint32_t MemTable::FindTraceSlot(const trace::TraceId& id) const {
  const size_t mask = index_size_ - 1;
  for (size_t at = HashOf(id) & mask;; at = (at + 1) & mask) {
    const uint32_t slot = index_[at].load(std::memory_order_acquire);
    if (slot == 0) return kNoId;
    if (traces_[slot - 1].id == id) return slot - 1;
  }
}

void MemTable::ReadRowOf(const Entry& entry, Row& row) const {
  const Batch& batch = batches_[entry.batch];
  ByteReader in(batch.bytes.substr(entry.offset));
  const auto shape_of = [&](uint32_t id) { return &schema_.shape(batch.shapes[id]); };
  CHECK(ReadRow(schema_, shape_of, in, row));  // Add has read it before
  row.shape = entry.shape;
}

void MemTable::VisitTrace(const trace::TraceId& id, size_t span_count,
                          const std::function<bool(const Row&)>& visit) const {
  const uint32_t slot = FindTraceSlot(id);
  if (slot == kNoId) return;
  Row row;
  for (uint32_t at = traces_[slot].newest_entry.load(std::memory_order_acquire); at != kNoId;
       at = entries_[at].previous) {
    if (at >= span_count) continue;
    ReadRowOf(entries_[at], row);
    if (!visit(row)) return;
  }
}

std::vector<MemTable::RowPlace> MemTable::PlacesOf(const trace::TraceId& id,
                                                   size_t span_count) const {
  std::vector<RowPlace> places;
  const uint32_t slot = FindTraceSlot(id);
  if (slot == kNoId) return places;
  for (uint32_t at = traces_[slot].newest_entry.load(std::memory_order_acquire); at != kNoId;
       at = entries_[at].previous) {
    if (at < span_count) places.push_back({entries_[at].start_ns, at});
  }
  std::reverse(places.begin(), places.end());
  std::stable_sort(places.begin(), places.end(),
                   [](const RowPlace& a, const RowPlace& b) { return a.start_ns < b.start_ns; });
  return places;
}

std::vector<trace::TraceId> MemTable::SortedTraces(size_t span_count) const {
  std::vector<uint8_t> seen(traces_.size());
  std::vector<trace::TraceId> ids;
  entries_.ForEachRun(0, span_count, [&](size_t, const Entry* run, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      if (seen[run[i].trace]++ == 0) ids.push_back(traces_[run[i].trace].id);
      if (seen[run[i].trace] == 0) seen[run[i].trace] = 1;  // the counter went round
    }
  });
  std::sort(ids.begin(), ids.end());
  return ids;
}

void MemTable::VisitHeads(size_t span_count,
                          const std::function<void(const SpanHead&)>& visit) const {
  entries_.ForEachRun(0, span_count, [&](size_t, const Entry* run, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const Entry& entry = run[i];
      ByteReader in(batches_[entry.batch].bytes.substr(entry.offset));
      SpanHead head{.start_ns = entry.start_ns, .shape = entry.shape};
      in.Varint();  // the batch's number of the shape
      head.trace_id.high = in.Fixed<uint64_t>();
      head.trace_id.low = in.Fixed<uint64_t>();
      head.span_id = in.Fixed<uint64_t>();
      head.parent_id = in.Fixed<uint64_t>();
      visit(head);
    }
  });
}

// Sets bit e of marks[i] where entry i has an attribute whose hash fits equality e (e < 8).
void MemTable::MarkHashMatches(const RowFilter& filter, size_t span_count,
                               std::vector<uint8_t>& marks) const {
  const size_t hashes_end = span_count == 0 ? 0 : entries_[span_count - 1].hashes_end;
  for (size_t e = 0; e < std::min<size_t>(filter.equals_count(), 8); ++e) {
    std::vector<uint32_t> wanted;
    for (const uint64_t hash : filter.hashes(e)) wanted.push_back(Upper(hash));
    size_t entry = 0;
    hashes_.ForEachRun(0, hashes_end, [&](size_t first, const uint32_t* run, size_t count) {
      for (const uint32_t hash : wanted) {
        entry = 0;
        for (size_t i = 0; i < count; ++i) {
          if (run[i] != hash) [[likely]]
            continue;
          size_t low = entry, high = span_count;
          while (low < high) {  // the first entry whose hashes end behind this one
            const size_t middle = (low + high) / 2;
            entries_[middle].hashes_end <= first + i ? low = middle + 1 : high = middle;
          }
          entry = low;
          marks[entry] = static_cast<uint8_t>(marks[entry] | 1u << e);
        }
      }
    });
  }
}

MemTable::Matches::Matches(const MemTable& table, const RowFilter& filter, size_t span_count)
    : table_(table), filter_(filter), span_count_(span_count), equals_(std::min<size_t>(filter.equals_count(), 8)),
      marks_(equals_ > 0 ? span_count : 0), best_(table.traces_.size(), kNoId) {
  table.MarkHashMatches(filter, span_count, marks_);
  // Per shape: does it fit, and which equalities hold through its resource or scope.
  const Schema& schema = table.schema_;
  const size_t shapes = schema.shape_count();
  fits_.resize(shapes);
  shared_.resize(shapes);
  for (uint32_t s = 0; s < shapes; ++s) {
    fits_[s] = filter.MatchesShape(schema, schema.shape(s));
    for (size_t e = 0; fits_[s] != 0 && e < equals_; ++e) {
      if (filter.SharedHas(e, schema, schema.shape(s))) shared_[s] = static_cast<uint8_t>(shared_[s] | 1u << e);
    }
  }
}

// Entries whose shape, times and hashes fit.
template <typename Visit>
void MemTable::Matches::ForEachFitting(size_t first, size_t end, const Visit& visit) const {
  const auto all = static_cast<uint8_t>((1u << equals_) - 1);
  table_.entries_.ForEachRun(first, end, [&](size_t run_first, const Entry* run, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const Entry& entry = run[i];
      if (fits_[entry.shape] == 0 || !filter_.MatchesTimes(entry.start_ns, entry.duration_ns)) continue;
      if (equals_ > 0 && (marks_[run_first + i] | shared_[entry.shape]) != all) continue;
      visit(run_first + i, entry);
    }
  });
}

std::vector<MemTable::Matches::Block> MemTable::Matches::Blocks() const {
  std::vector<Block> blocks;
  ForEachFitting(0, span_count_, [&](size_t number, const Entry& entry) {
    const size_t first = number / kBlockSpans * kBlockSpans;
    if (blocks.empty() || blocks.back().first != first) blocks.push_back({entry.start_ns, first});
    blocks.back().newest_ns = std::max(blocks.back().newest_ns, entry.start_ns);
  });
  std::sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) { return a.newest_ns < b.newest_ns; });
  return blocks;
}

void MemTable::Matches::FindIn(const Block& block, std::vector<TraceMatch>& out) {
  Row row;
  ForEachFitting(block.first, std::min(block.first + kBlockSpans, span_count_), [&](size_t number, const Entry& entry) {
    uint32_t& newest = best_[entry.trace];
    if (newest != kNoId && table_.entries_[newest].start_ns >= entry.start_ns) return;
    if (equals_ > 0) {
      table_.ReadRowOf(entry, row);
      if (!filter_.MatchesAttributes(table_.schema_, row)) return;
    }
    if (newest == kNoId) touched_.push_back(entry.trace);
    newest = static_cast<uint32_t>(number);
  });
  for (const uint32_t trace : touched_) {
    out.push_back({table_.traces_[trace].id, table_.entries_[best_[trace]].start_ns});
    best_[trace] = kNoId;
  }
  touched_.clear();
}

void MemTable::VisitSorted(size_t span_count, const std::function<bool(Row&)>& visit) const {
  struct Ordinal {
    trace::TraceId id;
    uint32_t trace;
  };
  struct Key {
    int64_t start_ns;
    const Entry* entry;
    const char* bytes;  // of the row
    uint32_t hashes;    // the first of its own
  };
  std::vector<Ordinal> order;
  order.reserve(traces_.size());
  for (uint32_t t = 0; t < traces_.size(); ++t) order.push_back({traces_[t].id, t});
  std::sort(order.begin(), order.end(),
            [](const Ordinal& a, const Ordinal& b) { return a.id < b.id; });
  // A counting sort over traces: entries are read in the order of memory, not of the traces.
  std::vector<uint32_t> ends(order.size() + 1), rank(order.size());
  for (uint32_t at = 0; at < order.size(); ++at) rank[order[at].trace] = at;
  const auto for_each = [&](const auto& use) {
    entries_.ForEachRun(0, span_count, [&](size_t, const Entry* run, size_t count) {
      for (size_t i = 0; i < count; ++i) use(run[i]);
    });
  };
  for_each([&](const Entry& entry) { ++ends[rank[entry.trace] + 1]; });
  for (size_t at = 1; at < ends.size(); ++at) ends[at] += ends[at - 1];
  std::vector<Key> keys(span_count);
  uint32_t hashes = 0;
  for_each([&](const Entry& entry) {
    keys[ends[rank[entry.trace]]++] = {entry.start_ns, &entry,
                                       batches_[entry.batch].bytes.data() + entry.offset, hashes};
    hashes = entry.hashes_end;
  });
  // Now ends[at] is where the keys of order[at] end. Rows of a trace lie far apart: those to come
  // are fetched ahead.
  constexpr size_t kAhead = 16;
  Row row;
  size_t first = 0;
  for (size_t at = 0; at < order.size(); ++at) {
    const size_t end = ends[at];
    SortByStart(std::span(keys).subspan(first, end - first));
    for (; first < end; ++first) {
      const Key& later = keys[std::min(first + kAhead, keys.size() - 1)];
      for (size_t line = 0; line < 256; line += 64) __builtin_prefetch(later.bytes + line);
      __builtin_prefetch(later.entry);
      for (uint32_t line = 0; line < 32; line += 16) {
        if (later.hashes + line < hashes) __builtin_prefetch(&hashes_[later.hashes + line]);
      }
      const Key& key = keys[first];
      ReadRowOf(*key.entry, row);
      row.hashes.clear();
      hashes_.ForEachRun(key.hashes, key.entry->hashes_end,
                         [&](size_t, const uint32_t* run, size_t count) {
                           row.hashes.insert(row.hashes.end(), run, run + count);
                         });
      if (!visit(row)) return;
    }
  }
}

}  // namespace awry::columnar
