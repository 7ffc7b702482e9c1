// Makes one group of a segment: rows of whole traces, taken apart into columns.
// Format: docs/formats/segment.md, "group".
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "awry/columnar/bit_stream.h"
#include "awry/columnar/byte_writer.h"
#include "awry/columnar/row.h"
#include "awry/columnar/schema.h"
#include "awry/columnar/segment_format.h"

namespace awry::columnar {

// Used by one thread; used again after each Finish.
class GroupWriter {
 public:
  // `schema` is the segment's; it and `encoder` must outlive this.
  GroupWriter(const Schema& schema, BlockEncoder& encoder) : schema_(schema), encoder_(encoder) {}

  // Rows come by trace id, then start. `row.hashes` has one for each value, then those of its extras.
  // A row of more columns than a group may have is a group of its own.
  void Add(const Row& row);
  uint32_t span_count() const { return ref_.spans; }
  uint32_t trace_count() const { return ref_.traces; }
  uint32_t shape_count() const { return shape_count_; }
  size_t column_count() const { return used_columns_.size(); }
  // Whether the group, which has a row, would have too many columns with this one.
  bool WouldBeTooWide(const Row& row) const;

  // Appends the blocks to `out`, which begins at `file_offset`, and appends the upper halves of the
  // hashes of all attributes to `hashes`.
  GroupRef Finish(uint64_t file_offset, std::string& out, std::vector<uint32_t>& hashes);

 private:
  struct Known {
    uint32_t hash = 0;
    uint32_t offset = 0;  // in `text`
    uint32_t bytes = 0;
  };
  struct ColumnStream {
    ByteWriter refs;  // of strings (see AddString); or raw values
    ByteWriter text;  // of the new strings
    std::vector<Known> known;
    std::vector<uint32_t> slots;  // into `known`, + 1
    std::vector<int64_t> integers;
    std::vector<double> doubles;
    bool used = false;
    uint32_t stored_groups = 0;  // that many to come are not compressed
  };
  // What was last seen in spans of one shape: entries of dictionaries, + 1, by place in the shape.
  struct ShapeState {
    uint64_t group = 0;   // valid for this group
    uint32_t number = 0;  // in the group, in the order of their first spans
    std::vector<uint32_t> last_entries;
  };
  void AddTime(uint64_t value, ByteWriter& widths);
  ColumnStream& StreamOf(uint32_t column);
  void AddValue(ColumnStream& stream, const trace::ValueView& value, uint32_t hash, uint32_t& last);
  void AddString(ColumnStream& stream, std::string_view bytes, uint32_t hash, uint32_t& last);
  ShapeState& StateOf(uint32_t shape, size_t columns);
  static void GrowSlots(ColumnStream& stream);
  void EndTrace();
  // The column's bytes in `encoded_`, and where they change their kind in `cuts_`.
  void EncodeColumn(const Column& info, const ColumnStream& stream);
  // Appends the column's block; the stream is empty afterwards.
  void AppendColumn(const Column& info, ColumnStream& stream, std::string& out);
  void AppendColumn(uint32_t column, ColumnStream& stream);
  // Writes the columns one by one: a stream for each takes more than its value.
  void AddWide(const Row& row);
  // The streams, each as `bytes`, in `encoded_`, and where each ends in `cuts_`. Empties them.
  void Join(std::initializer_list<ByteWriter*> streams);

  const Schema& schema_;
  BlockEncoder& encoder_;
  GroupRef ref_;
  ByteWriter trace_ids_, span_ids_;
  ByteWriter trace_spans_, trace_starts_, shapes_, used_shapes_, parents_, far_parents_;
  ByteWriter start_widths_, duration_widths_;
  BitWriter time_bits_;
  ByteWriter extras_;
  std::vector<ColumnStream> columns_;
  std::vector<uint32_t> used_columns_;
  bool wide_ = false;             // the group is one row, whose columns are written already:
  std::string columns_text_;      // their blocks,
  ByteWriter column_sizes_;       // and number and bytes of each
  std::vector<ShapeState> shape_states_;
  uint64_t group_ = 1;
  uint32_t shape_count_ = 0;  // of the group
  std::vector<uint32_t> hashes_;
  ByteWriter encoded_;
  std::vector<size_t> cuts_;
  std::vector<std::string_view> entries_;
  // Of the trace that is being added.
  trace::TraceId trace_id_;
  std::vector<trace::SpanId> ids_, parent_ids_;
  int64_t previous_start_ns_ = 0, trace_start_ns_ = 0;
};

}  // namespace awry::columnar
