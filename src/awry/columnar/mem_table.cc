#include "awry/columnar/mem_table.h"

#include <algorithm>
#include <bit>

#include "awry/columnar/attribute_hash.h"
#include "awry/columnar/batch.h"
#include "base/check.h"

namespace awry::columnar {

namespace {

uint32_t Upper(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

size_t HashOf(const trace::TraceId& id) {
  return static_cast<size_t>((id.high ^ std::rotl(id.low, 32)) * 0x9e3779b97f4a7c15ULL >> 20);
}

}  // namespace

MemTable::MemTable(size_t spans_max)
    : spans_max_(spans_max), index_(std::bit_ceil(std::max<size_t>(spans_max, 32) * 2)) {
  memory_bytes_ = index_.size() * sizeof(index_[0]);
}

bool MemTable::AddUntrusted(std::string batch) {
  BatchReader check;
  Row row;
  if (!check.Open(batch)) return false;
  while (check.Next(row)) {
  }
  if (!check.ok()) return false;
  AddRead(std::move(batch), nullptr);
  return true;
}

void MemTable::Add(EncodedBatch batch) {
  std::string bytes = std::move(batch.bytes);
  AddRead(std::move(bytes), &batch);
}

void MemTable::AddRead(std::string bytes, const EncodedBatch* known) {
  Batch& kept = batches_.Add();
  kept.bytes = std::move(bytes);
  BatchReader reader;
  if (known != nullptr) {
    reader.Open(kept.bytes, *known);
  } else {
    CHECK(reader.Open(kept.bytes));
  }
  CHECK(entries_.next() + reader.span_count() <= spans_max_);
  SchemaMap map(reader.schema(), schema_);
  for (uint32_t i = 0; i < reader.schema().shape_count(); ++i) kept.shapes.push_back(map.Shape(i));
  batches_.Publish();
  const auto number = static_cast<uint32_t>(batches_.next() - 1);
  Row row;
  for (size_t offset = reader.offset(); reader.Next(row); offset = reader.offset()) {
    AddRow(row, number, offset, kept.shapes[row.shape]);
  }
  CHECK(reader.ok());
  arrival_min_ = std::min(arrival_min_ns(), reader.arrival_ns());
  arrival_max_ = std::max(arrival_max_ns(), reader.arrival_ns());
  batch_bytes_ += kept.bytes.capacity() + kept.shapes.capacity() * 4;
  memory_bytes_ = batch_bytes_ + index_.size() * sizeof(index_[0]) + schema_.memory_bytes() +
                  batches_.memory_bytes() + entries_.memory_bytes() + traces_.memory_bytes() +
                  hashes_.memory_bytes();
  published_.store(entries_.next(), std::memory_order_release);
}

void MemTable::AddRow(const Row& row, uint32_t batch, size_t offset, uint32_t shape_id) {
  const Shape& shape = schema_.shape(shape_id);
  for (size_t i = 0; i < row.values.size(); ++i) {
    hashes_.Add() = Upper(AttributeHash(schema_.column(shape.columns[i]).key_hash, row.values[i]));
  }
  if (!row.extras.empty()) {
    scratch_.clear();
    HashExtras(row.extras, scratch_);
    for (const uint64_t hash : scratch_) hashes_.Add() = Upper(hash);
  }
  const uint32_t slot = TraceSlot(row.trace_id);
  Trace& owner = traces_[slot];
  Entry& entry = entries_.Add();
  entry = {.start_ns = row.start_ns,
           .duration_ns = row.duration_ns,
           .batch = batch,
           .offset = static_cast<uint32_t>(offset),
           .shape = shape_id,
           .trace = slot,
           .previous = owner.newest_entry.load(std::memory_order_relaxed),
           .hashes_end = static_cast<uint32_t>(hashes_.next())};
  // Pairs with the load in AppendTrace: who follows the chain sees the entry written.
  owner.newest_entry.store(static_cast<uint32_t>(entries_.next() - 1), std::memory_order_release);
  if (row.start_ns < start_min_.load(std::memory_order_relaxed)) start_min_ = row.start_ns;
  if (row.start_ns > start_max_.load(std::memory_order_relaxed)) start_max_ = row.start_ns;
}

uint32_t MemTable::TraceSlot(const trace::TraceId& id) {
  const size_t mask = index_.size() - 1;
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
  const size_t mask = index_.size() - 1;
  for (size_t at = HashOf(id) & mask;; at = (at + 1) & mask) {
    const uint32_t slot = index_[at].load(std::memory_order_acquire);
    if (slot == 0) return kNoId;
    if (traces_[slot - 1].id == id) return slot - 1;
  }
}

void MemTable::ReadRowOf(const Entry& entry, Row& row) const {
  const Batch& batch = batches_[entry.batch];
  ByteReader in(std::string_view(batch.bytes).substr(entry.offset));
  const auto shape_of = [&](uint32_t id) { return &schema_.shape(batch.shapes[id]); };
  CHECK(ReadRow(schema_, shape_of, in, row));  // Add has read it before
  row.shape = entry.shape;
}

void MemTable::AppendTrace(const trace::TraceId& id, size_t span_count,
                           std::vector<trace::Span>& out) const {
  const uint32_t slot = FindTraceSlot(id);
  if (slot == kNoId) return;
  Row row;
  for (uint32_t at = traces_[slot].newest_entry.load(std::memory_order_acquire); at != kNoId;
       at = entries_[at].previous) {
    if (at >= span_count) continue;
    ReadRowOf(entries_[at], row);
    out.push_back(ToSpan(schema_, row));
  }
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
      ByteReader in(std::string_view(batches_[entry.batch].bytes).substr(entry.offset));
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

std::vector<TraceMatch> MemTable::Find(const RowFilter& filter, size_t span_count) const {
  const size_t equals = std::min<size_t>(filter.equals_count(), 8);
  std::vector<uint8_t> marks(equals > 0 ? span_count : 0);
  MarkHashMatches(filter, span_count, marks);
  // Per shape: does it fit, and which equalities hold through its resource or scope.
  const size_t shapes = schema_.shape_count();
  std::vector<uint8_t> fits(shapes), shared(shapes);
  for (uint32_t s = 0; s < shapes; ++s) {
    fits[s] = filter.MatchesShape(schema_, schema_.shape(s));
    for (size_t e = 0; fits[s] != 0 && e < equals; ++e) {
      if (filter.SharedHas(e, schema_, schema_.shape(s))) {
        shared[s] = static_cast<uint8_t>(shared[s] | 1u << e);
      }
    }
  }
  const auto all = static_cast<uint8_t>((1u << equals) - 1);
  std::vector<uint32_t> best(traces_.size(), kNoId);
  Row row;
  entries_.ForEachRun(0, span_count, [&](size_t first, const Entry* run, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const Entry& entry = run[i];
      if (fits[entry.shape] == 0 || !filter.MatchesTimes(entry.start_ns, entry.duration_ns))
        continue;
      uint32_t& newest = best[entry.trace];
      if (newest != kNoId && entries_[newest].start_ns >= entry.start_ns) continue;
      if (equals > 0) {
        if ((marks[first + i] | shared[entry.shape]) != all) continue;
        ReadRowOf(entry, row);
        if (!filter.MatchesAttributes(schema_, row)) continue;
      }
      newest = static_cast<uint32_t>(first + i);
    }
  });
  std::vector<TraceMatch> matches;
  for (const uint32_t entry : best) {
    if (entry == kNoId) continue;
    matches.push_back({traces_[entries_[entry].trace].id, entries_[entry].start_ns});
  }
  return matches;
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
    std::stable_sort(keys.begin() + static_cast<ptrdiff_t>(first),
                     keys.begin() + static_cast<ptrdiff_t>(end),
                     [](const Key& a, const Key& b) { return a.start_ns < b.start_ns; });
    for (; first < end; ++first) {
      const Key& later = keys[std::min(first + kAhead, keys.size() - 1)];
      for (size_t line = 0; line < 256; line += 64) __builtin_prefetch(later.bytes + line);
      __builtin_prefetch(later.entry);
      if (later.hashes < hashes_.size()) __builtin_prefetch(&hashes_[later.hashes]);
      const Key& key = keys[first];
      ReadRowOf(*key.entry, row);
      row.hashes.clear();
      for (uint32_t i = key.hashes; i < key.entry->hashes_end; ++i)
        row.hashes.push_back(hashes_[i]);
      if (!visit(row)) return;
    }
  }
}

}  // namespace awry::columnar
