// Makes one group of a segment: rows of whole traces, taken apart into columns.
// Format: docs/formats/segment.md, "group".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "awry/columnar/row.h"
#include "awry/columnar/schema.h"
#include "awry/columnar/segment_format.h"

namespace awry::columnar {

// Used by one thread; used again after each Finish.
class GroupWriter {
 public:
  // `schema` is the segment's, and must outlive this.
  explicit GroupWriter(const Schema& schema) : schema_(schema) {}

  // Rows come by trace id, then start.
  void Add(const Row& row);
  uint32_t span_count() const { return ref_.spans; }
  uint32_t trace_count() const { return ref_.traces; }

  // Appends the blocks to `out`, which begins at `file_offset`, and appends the hashes of all
  // attributes to `hashes`.
  GroupRef Finish(BlockEncoder& encoder, uint64_t file_offset, std::string& out,
                  std::vector<uint64_t>& hashes);

 private:
  struct Known {
    uint64_t hash = 0;
    uint32_t offset = 0;  // in `dictionary`
    uint32_t bytes = 0;
  };
  struct ColumnStream {
    std::string values;      // strings: 0 for a new one, else how far back it was first seen
    std::string dictionary;  // the new strings: length, bytes
    std::vector<Known> known;
    std::vector<uint32_t> slots;  // into `known`, + 1
    int64_t previous = 0;
    bool used = false;
  };
  void AddValue(uint32_t column, const trace::ValueView& value);
  void AddString(ColumnStream& stream, std::string_view bytes, uint64_t hash);
  static void GrowSlots(ColumnStream& stream);
  void EndTrace();
  std::string EncodeValues();

  const Schema& schema_;
  GroupRef ref_;
  std::string trace_ids_, span_ids_;
  std::string trace_spans_, trace_starts_, shapes_, parents_, far_parents_, starts_, durations_;
  std::string extras_;
  std::vector<ColumnStream> columns_;
  std::vector<uint32_t> used_columns_;
  std::vector<uint64_t> hashes_;
  // Of the trace that is being added.
  trace::TraceId trace_id_;
  std::vector<trace::SpanId> ids_, parent_ids_;
  int64_t previous_start_ns_ = 0, trace_start_ns_ = 0;
};

}  // namespace awry::columnar
