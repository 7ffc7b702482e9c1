// Spans that are in the log but not yet in a segment; searchable as soon as they are added.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "awry/columnar/batch.h"
#include "awry/columnar/large_block.h"
#include "awry/columnar/row.h"
#include "awry/columnar/schema.h"
#include "awry/columnar/stable_vector.h"

namespace awry::columnar {

// A matching span of a trace: the newest.
struct TraceMatch {
  trace::TraceId trace_id;
  int64_t start_ns = 0;
};

// A span without what its attributes say.
struct SpanHead {
  trace::TraceId trace_id;
  trace::SpanId span_id = 0;
  trace::SpanId parent_id = 0;
  int64_t start_ns = 0;
  uint32_t shape = 0;
};

// One thread adds batches; any thread reads. A reader passes the span_count() that it saw first,
// and then sees exactly those spans, whatever is added meanwhile: batches appear whole.
class MemTable {
 public:
  // `pool` may be null.
  explicit MemTable(size_t spans_max, std::shared_ptr<BlockPool> pool = nullptr);

  // Copies the rows of a batch, which must be sound. The table must have room.
  void Add(const EncodedBatch& batch);
  // The same for a batch from a file. False when it is malformed: then nothing was added.
  [[nodiscard]] bool AddUntrusted(std::string batch);

  size_t span_count() const { return published_.load(std::memory_order_acquire); }
  size_t spans_max() const { return spans_max_; }
  size_t memory_bytes() const { return memory_bytes_.load(std::memory_order_relaxed); }
  // Of the batches alone: what the log holds of this table.
  size_t batch_bytes() const { return batch_bytes_.load(std::memory_order_relaxed); }
  size_t trace_count() const { return traces_.size(); }
  int64_t start_min_ns() const { return start_min_.load(std::memory_order_relaxed); }
  int64_t start_max_ns() const { return start_max_.load(std::memory_order_relaxed); }
  int64_t arrival_min_ns() const { return arrival_min_.load(std::memory_order_relaxed); }
  int64_t arrival_max_ns() const { return arrival_max_.load(std::memory_order_relaxed); }
  const Schema& schema() const { return schema_; }

  // Calls `visit` for the spans of the trace, in the order of their arrival backwards, until it
  // returns false.
  void VisitTrace(const trace::TraceId& id, size_t span_count,
                  const std::function<bool(const Row&)>& visit) const;
  // Where a span of a trace lies.
  struct RowPlace {
    int64_t start_ns = 0;
    uint32_t entry = 0;
  };
  // The spans of the trace by start.
  std::vector<RowPlace> PlacesOf(const trace::TraceId& id, size_t span_count) const;
  void ReadRowAt(const RowPlace& place, Row& row) const { ReadRowOf(entries_[place.entry], row); }
  // The ids of all traces, sorted.
  std::vector<trace::TraceId> SortedTraces(size_t span_count) const;
  // Calls `visit` for every span, in the order of arrival. Its shape is one of schema().
  void VisitHeads(size_t span_count, const std::function<void(const SpanHead&)>& visit) const;
  class Matches;
  // Calls `visit` for every span by trace id, then start; it may change the row. Its shape is one
  // of schema(), and it has its hashes.
  void VisitSorted(size_t span_count, const std::function<bool(Row&)>& visit) const;

 private:
  struct Entry {
    int64_t start_ns = 0;
    uint64_t duration_ns = 0;
    const char* row = nullptr;  // in arena_: its length, u32, then the row as the batch has it
    uint32_t shape = 0;
    uint32_t trace = 0;
    uint32_t previous = kNoId;  // the entry before in the same trace
    // In the hashes of its part; they begin where those of the part's entry before end.
    uint32_t hashes_end = 0;
  };
  // Traces whose ids lie near each other keep rows and hashes in memory that lies together: by ids they
  // are read in far less time than from all over the table.
  struct Part {
    StableVector<uint32_t> members;  // entries
    StableVector<uint32_t> hashes;   // upper halves of AttributeHash
    char* next = nullptr;            // in a chunk of arena_
    size_t left_bytes = 0, chunk_bytes = 0;
  };
  static constexpr size_t kParts = 64;
  struct Trace {
    trace::TraceId id;
    std::atomic<uint32_t> newest_entry{kNoId};
  };

  static size_t PartOf(const trace::TraceId& id) {
    return static_cast<size_t>((id.high != 0 ? id.high : id.low) >> 58);
  }
  static std::string_view BytesOf(const Entry& entry);
  // How many of the part's members are among the first `span_count` entries.
  size_t MembersWithin(const Part& part, size_t span_count) const;
  char* TakeChunk(size_t bytes);
  const char* Keep(Part& part, std::string_view row);
  void AddRow(const BatchRow& row, std::string_view bytes, uint32_t shape, std::span<const uint32_t> hashes);
  uint32_t TraceSlot(const trace::TraceId& id);
  uint32_t FindTraceSlot(const trace::TraceId& id) const;
  void ReadRowOf(const Entry& entry, Row& row) const;
  void MarkHashMatches(const RowFilter& filter, size_t span_count,
                       std::vector<uint8_t>& marks) const;

  const std::shared_ptr<BlockPool> pool_;  // outlives all below
  const size_t spans_max_;
  Schema schema_;
  StableVector<Entry> entries_{pool_.get()};
  StableVector<Trace> traces_{pool_.get()};
  std::array<Part, kParts> parts_;
  std::vector<LargeBlock> arena_;             // of all parts
  char* arena_next_ = nullptr;
  size_t arena_left_ = 0;
  const size_t index_size_;                   // a power of two
  LargeBlock index_block_;
  std::atomic<uint32_t>* const index_;        // trace slot + 1 by hash of the id
  std::atomic<size_t> published_{0};          // spans; all they need was written before
  std::atomic<size_t> memory_bytes_{0};
  std::atomic<int64_t> start_min_{INT64_MAX}, start_max_{INT64_MIN};
  std::atomic<int64_t> arrival_min_{INT64_MAX}, arrival_max_{INT64_MIN};
  std::atomic<size_t> batch_bytes_{0};
  size_t row_bytes_ = 0, hash_count_ = 0;     // that are kept
  std::vector<uint32_t> shapes_;              // of the batch that is added: its number → the table's
};

// The matches of a filter among the first spans of a table, by blocks of entries, so that who wants the newest looks at few.
// Used by one thread; table and filter must outlive it.
class MemTable::Matches {
 public:
  struct Block {
    int64_t newest_ns;  // no match of the block starts later
    size_t first;
  };

  Matches(const MemTable& table, const RowFilter& filter, size_t span_count);

  // Those that may have a match, the newest last.
  std::vector<Block> Blocks() const;
  // Adds each matching trace of the block with its newest matching span there.
  void FindIn(const Block& block, std::vector<TraceMatch>& out);

 private:
  static constexpr size_t kBlockSpans = 4'096;
  template <typename Visit>
  void ForEachFitting(size_t first, size_t end, const Visit& visit) const;

  const MemTable& table_;
  const RowFilter& filter_;
  const size_t span_count_;
  const size_t equals_;
  std::vector<uint8_t> marks_;         // by entry: the equalities that its attributes fulfil by hash
  std::vector<uint8_t> fits_, shared_; // by shape
  bool any_shared_ = false;            // a shape fulfils an equality by its resource or scope
  std::vector<uint32_t> best_;         // by trace: of the block that is looked at
  std::vector<uint32_t> touched_;
};

}  // namespace awry::columnar
