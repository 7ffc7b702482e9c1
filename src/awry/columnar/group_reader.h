// Reads one group of a segment, as much of it as is asked for. Its columns: group_columns.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "awry/columnar/block_cache.h"
#include "awry/columnar/byte_reader.h"
#include "awry/columnar/column_codec.h"
#include "awry/columnar/row.h"
#include "awry/columnar/schema.h"
#include "awry/columnar/segment_format.h"
#include "codec/varint.h"

namespace awry::columnar {

// Each Open… takes the raw bytes of a block and is false when they are malformed. The core comes
// first. What few rows do not need is not decoded. Views live as long as the group. Used by one thread.
class Group {
 public:
  struct TraceRows {
    trace::TraceId id;  // zeros until the ids are open
    uint32_t first = 0;
    uint32_t end = 0;
  };
  struct ColumnRef {
    uint32_t column = 0;
    uint32_t bytes = 0;   // of its block
    uint64_t offset = 0;  // of its block, from the beginning of the first one
  };

  // Both must outlive this.
  Group(const Schema& schema, const GroupRef& ref) : schema_(schema), ref_(ref) {}
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  [[nodiscard]] bool OpenCore(std::string_view core);
  [[nodiscard]] bool OpenTimes(BlockBytes times, BlockBytes bits);
  [[nodiscard]] bool OpenIds(BlockBytes ids);
  [[nodiscard]] bool OpenParents(std::string_view parents);
  // Spares what is the same for every column, before all of them are opened.
  void PrepareColumns();
  // The column columns()[at]. `times_in_shape`, if given, says how often it stands in each shape of the
  // schema, for those who open it of many groups.
  [[nodiscard]] bool OpenColumn(size_t at, BlockBytes values,
                                const std::vector<uint32_t>* times_in_shape = nullptr);
  [[nodiscard]] bool OpenExtras(BlockBytes extras);
  // Version 1 of the format: ids and core, then all values and extras.
  [[nodiscard]] bool OpenVersion1(BlockBytes ids, std::string_view core);
  [[nodiscard]] bool OpenValuesVersion1(BlockBytes values, BlockBytes extras);

  // Whether the trace stands in the raw bytes of an ids block of `traces` traces; true when they are
  // too short, so that opening them tells.
  static bool HoldsTrace(std::string_view ids, uint32_t traces, const trace::TraceId& id);

  const GroupRef& ref() const { return ref_; }
  const std::vector<TraceRows>& traces() const { return traces_; }
  const std::vector<uint32_t>& shapes() const { return shapes_; }  // of each row
  const std::vector<ColumnRef>& columns() const { return column_refs_; }
  // Decodes the times of one trace, when they are open. Traces must be asked for in rising order; again
  // is no harm. False when they are malformed.
  [[nodiscard]] bool ReadTimes(const TraceRows& trace);
  // Of the rows of traces whose times were read.
  int64_t start_ns(uint32_t row) const { return starts_[row]; }
  uint64_t duration_ns(uint32_t row) const { return durations_[row]; }
  bool times_open() const { return !starts_.empty(); }
  bool ids_open() const { return ids_ != nullptr; }
  bool parents_open() const { return !parents_.empty(); }
  trace::SpanId span_id(uint32_t row) const {
    return codec::ReadFixed<uint64_t>(ids_->data() + traces_.size() * 16 + size_t{row} * 8);
  }
  // 0 none, kFarParent one that is elsewhere, else 1 + the row of the parent.
  static constexpr uint32_t kFarParent = UINT32_MAX;
  uint32_t parent(uint32_t row) const { return parents_[row]; }
  // Of the rows that have a far one, in their order.
  const std::vector<trace::SpanId>& far_parents() const { return far_parents_; }
  bool column_open(size_t at) const { return states_[at].open; }
  bool extras_open() const { return extras_open_; }

  // Sets marks[row] to 1 where wanted[row] is 1 (else it is 0) and the row has a value with this text in the open
  // column. False when a value is malformed.
  [[nodiscard]] bool MarkEqual(size_t at, std::string_view text, const std::vector<uint8_t>& wanted,
                               std::vector<uint8_t>& marks);
  // Calls `visit(row, extras)` for each row that has some, until it returns false. False when they
  // are malformed.
  template <typename Visit>
  [[nodiscard]] bool VisitRowExtras(const Visit& visit) const {
    ByteReader in(*extras_bytes_);
    for (uint32_t i = 0; i < shapes_.size(); ++i) {
      if (!schema_.shape(shapes_[i]).has_extras) continue;
      const std::string_view extras = in.Bytes();
      if (!in.ok()) return false;
      if (!visit(i, extras)) return true;
    }
    return true;
  }

  // About what is decoded of it.
  size_t held_bytes() const;
  // Fills `row`, when all is open. Rows must be asked for in rising order. False when a value is
  // malformed.
  [[nodiscard]] bool ReadRow(uint32_t number, Row& row);

 private:
  struct ColumnState {
    bool open = false;
    BlockBytes bytes;  // as they came
    DictionaryReader dictionary;
    IntegerReader integers;
    DoubleReader doubles;
    ByteReader raw;          // other kinds: what comes next,
    uint32_t raw_next = 0;   // and its number
    uint32_t count = 0;      // of the values of all rows
    uint32_t next = 0;       // where reading row by row stands
    // Of a dictionary with more than one entry: each value's entry, as far as references were followed.
    bool has_references = false;
    std::vector<uint32_t> entries;  // the first `followed`
    ByteReader references;
    bool a_byte_each = false;  // as all references have
    uint32_t followed = 0;
    uint32_t row = 0;    // whose references come next
    uint32_t known = 0;  // entries met so far
    // The places of the column in the used shape n are places[n] to places[n + 1]; what each had last, + 1.
    std::vector<uint32_t> places, last_of_place;
  };
  bool DecodeTraces(ByteReader spans);
  bool DecodeShapes(ByteReader used, ByteReader shapes);
  bool DecodeShapesVersion1(ByteReader shapes);
  bool DecodeTraceStarts(ByteReader starts);
  bool DecodeTimes(ByteReader starts, ByteReader durations);  // version 1
  bool DecodeTimeBits(std::string_view starts, std::string_view durations, std::string_view bits);
  bool DecodeParents(ByteReader parents, ByteReader far_parents);
  void CountRowsOfShapes();
  void FindStates();
  void CountValues(uint32_t column, const std::vector<uint32_t>* times_in_shape, ColumnState& state);
  bool FollowReferences(uint32_t end, ColumnState& state) const;
  template <typename Next>
  bool FollowReferences(uint32_t end, ColumnState& state, const Next& next) const;
  bool DecodeStringsVersion1(ByteReader references, ByteReader dictionary, ColumnState& state);
  bool NextValue(const Column& column, ColumnState& state, uint32_t rows_end, trace::ValueView& value) const;
  bool ValueAt(const Column& column, ColumnState& state, uint32_t at, trace::ValueView& value) const;
  bool SkipRows(uint32_t end);

  const Schema& schema_;
  const GroupRef& ref_;
  std::vector<TraceRows> traces_;
  std::vector<uint32_t> used_shapes_;       // of the schema, in the order they are met
  std::vector<uint32_t> shape_numbers_;     // of each row, in used_shapes_
  std::vector<uint32_t> rows_of_shape_;     // of each used shape
  std::vector<uint32_t> shapes_, parents_;  // parents: 0 none, 1 + its row, or kFarParent
  std::vector<trace::SpanId> far_parents_;
  std::vector<int64_t> starts_;
  std::vector<uint64_t> durations_;
  BlockBytes times_, bits_, ids_, extras_bytes_, values_;
  std::string_view start_widths_, duration_widths_;  // in times_; empty in version 1, which has all times
  uint32_t timed_end_ = 0;   // the rows before it are read, or passed over
  uint64_t timed_bits_ = 0;  // that they have
  bool extras_open_ = false;
  std::vector<ColumnRef> column_refs_;
  std::vector<ColumnState> states_;
  std::vector<uint32_t> state_of_column_;  // + 1
  // Where reading row by row stands.
  uint32_t next_row_ = 0, trace_at_ = 0, far_parent_at_ = 0;
  ByteReader extras_;
};

}  // namespace awry::columnar
