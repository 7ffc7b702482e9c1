#include "awry/columnar/mem_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "base/check.h"

namespace awry::columnar {

namespace {

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
  for (Part& part : parts_) {
    part.members.set_pool(pool_.get());
    part.hashes.set_pool(pool_.get());
  }
}

bool MemTable::AddUntrusted(std::string bytes) {
  EncodedBatch batch;
  if (!ReadBatch(std::move(bytes), batch)) return false;
  Add(batch);
  return true;
}

// Chunks lie in few large blocks, which the next table uses again.
char* MemTable::TakeChunk(size_t bytes) {
  constexpr size_t kFirstBytes = size_t{64} << 10, kMostBytes = size_t{4} << 20;
  if (bytes > arena_left_) {
    const size_t doubled = kFirstBytes << std::min<size_t>(arena_.size(), 6);
    arena_left_ = std::max(bytes, std::min(doubled, kMostBytes));
    arena_next_ = arena_.emplace_back(arena_left_, pool_.get()).data();
  }
  arena_left_ -= bytes;
  return std::exchange(arena_next_, arena_next_ + bytes);
}

const char* MemTable::Keep(Part& part, std::string_view row) {
  constexpr size_t kFirstBytes = size_t{1} << 10, kMostBytes = size_t{32} << 10;
  const auto length = static_cast<uint32_t>(row.size());
  const size_t bytes = sizeof(length) + row.size();
  if (bytes > part.left_bytes) {
    part.chunk_bytes = std::clamp(part.chunk_bytes * 2, kFirstBytes, kMostBytes);
    part.left_bytes = std::max(bytes, part.chunk_bytes);
    part.next = TakeChunk(part.left_bytes);
  }
  char* kept = part.next;
  std::memcpy(kept, &length, sizeof(length));
  std::memcpy(kept + sizeof(length), row.data(), row.size());
  part.next += bytes;
  part.left_bytes -= bytes;
  row_bytes_ += bytes;
  return kept;
}

std::string_view MemTable::BytesOf(const Entry& entry) {
  uint32_t length = 0;
  std::memcpy(&length, entry.row, sizeof(length));
  return {entry.row + sizeof(length), length};
}

void MemTable::Add(const EncodedBatch& batch) {
  const std::vector<BatchRow>& rows = batch.rows;
  CHECK(entries_.next() + rows.size() <= spans_max_);
  SchemaMap map(*batch.schema, schema_);
  const size_t shapes = batch.schema->shape_count();
  shapes_.clear();
  for (uint32_t i = 0; i < shapes; ++i) shapes_.push_back(map.Shape(i));
  // Traces of one batch lie far apart: their slots, then what these name, are fetched ahead.
  constexpr size_t kSlotAhead = 16, kTraceAhead = 8;
  const auto slot_of = [&](size_t i) -> const std::atomic<uint32_t>& {
    return index_[HashOf(rows[i].trace_id) & (index_size_ - 1)];
  };
  const std::span<const uint32_t> hashes(batch.hashes);
  uint32_t first_hash = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kSlotAhead < rows.size()) __builtin_prefetch(&slot_of(i + kSlotAhead));
    if (i + kTraceAhead < rows.size()) {
      const uint32_t slot = slot_of(i + kTraceAhead).load(std::memory_order_relaxed);
      if (slot != 0) __builtin_prefetch(&traces_[slot - 1]);
    }
    // Rows follow each other to the end of the batch.
    const size_t end = i + 1 < rows.size() ? rows[i + 1].offset : batch.bytes.size();
    AddRow(rows[i], std::string_view(batch.bytes).substr(rows[i].offset, end - rows[i].offset),
           shapes_[rows[i].shape], hashes.subspan(first_hash, rows[i].hashes_end - first_hash));
    first_hash = rows[i].hashes_end;
  }
  arrival_min_ = std::min(arrival_min_ns(), batch.arrival_ns);
  arrival_max_ = std::max(arrival_max_ns(), batch.arrival_ns);
  batch_bytes_ += batch.bytes.size();
  memory_bytes_ = row_bytes_ + index_size_ * sizeof(index_[0]) + schema_.memory_bytes() +
                  entries_.memory_bytes() + traces_.memory_bytes() +
                  (hash_count_ + entries_.next()) * sizeof(uint32_t);
  published_.store(entries_.next(), std::memory_order_release);
}

void MemTable::AddRow(const BatchRow& row, std::string_view bytes, uint32_t shape,
                      std::span<const uint32_t> hashes) {
  Part& part = parts_[PartOf(row.trace_id)];
  part.hashes.Append(hashes.data(), hashes.size());
  hash_count_ += hashes.size();
  const uint32_t slot = TraceSlot(row.trace_id);
  Trace& owner = traces_[slot];
  Entry& entry = entries_.Add();
  const auto number = static_cast<uint32_t>(entries_.next() - 1);
  entry = {.start_ns = row.start_ns,
           .duration_ns = row.duration_ns,
           .row = Keep(part, bytes),
           .shape = shape,
           .trace = slot,
           .previous = owner.newest_entry.load(std::memory_order_relaxed),
           .hashes_end = static_cast<uint32_t>(part.hashes.next())};
  part.members.Push(number);
  // Pairs with the load in AppendTrace: who follows the chain sees the entry written.
  owner.newest_entry.store(number, std::memory_order_release);
  if (row.start_ns < start_min_.load(std::memory_order_relaxed)) start_min_ = row.start_ns;
  if (row.start_ns > start_max_.load(std::memory_order_relaxed)) start_max_ = row.start_ns;
}

size_t MemTable::MembersWithin(const Part& part, size_t span_count) const {
  size_t low = 0, high = part.members.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    part.members[middle] < span_count ? low = middle + 1 : high = middle;
  }
  return low;
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
  ByteReader in(BytesOf(entry));
  const auto shape_of = [&](uint32_t) { return &schema_.shape(entry.shape); };  // the row has its batch's number
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
      ByteReader in(BytesOf(entry));
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

void MemTable::VisitSorted(size_t span_count, const std::function<bool(Row&)>& visit) const {
  struct Ordinal {
    trace::TraceId id;
    uint32_t trace;
  };
  struct Key {
    int64_t start_ns;
    const Entry* entry;
    const char* row;
    uint32_t first_hash;  // of its part
    uint32_t hashes_end;
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
  const LargeBlock key_block(span_count * sizeof(Key), pool_.get());
  const std::span<Key> keys(reinterpret_cast<Key*>(key_block.data()), span_count);
  std::array<uint32_t, kParts> hashes{};
  for_each([&](const Entry& entry) {
    const uint32_t at = rank[entry.trace];
    uint32_t& first_hash = hashes[PartOf(order[at].id)];
    keys[ends[at]++] = {entry.start_ns, &entry, entry.row, first_hash, entry.hashes_end};
    first_hash = entry.hashes_end;
  });
  // Now ends[at] is where the keys of order[at] end.
  constexpr size_t kAhead = 16;
  Row row;
  size_t first = 0;
  for (size_t at = 0; at < order.size(); ++at) {
    const size_t end = ends[at];
    const Part& part = parts_[PartOf(order[at].id)];
    SortByStart(keys.subspan(first, end - first));
    for (; first < end; ++first) {
      const Key& later = keys[std::min(first + kAhead, keys.size() - 1)];
      for (size_t line = 0; line < 256; line += 64) __builtin_prefetch(later.row + line);
      __builtin_prefetch(later.entry);
      const Key& key = keys[first];
      ReadRowOf(*key.entry, row);
      row.hashes.clear();
      part.hashes.ForEachRun(key.first_hash, key.hashes_end,
                             [&](size_t, const uint32_t* run, size_t count) {
                               row.hashes.insert(row.hashes.end(), run, run + count);
                             });
      if (!visit(row)) return;
    }
  }
}

}  // namespace awry::columnar
