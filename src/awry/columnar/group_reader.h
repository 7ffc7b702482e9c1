// Reads one group of a segment, as much of it as is asked for. Its columns: group_columns.cc.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
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

// What the core of a group says. Immutable once it is decoded, so that those who read the group again
// may share it.
struct GroupCore {
  struct TraceRows {
    uint32_t first = 0;
    uint32_t end = 0;
  };
  struct ColumnRef {
    uint32_t column = 0;
    uint32_t bytes = 0;   // of its block
    uint64_t offset = 0;  // of its block, from the beginning of the first one
  };

  // False when the bytes are malformed.
  [[nodiscard]] bool Decode(const Schema& schema, const GroupRef& ref, std::string_view core);
  [[nodiscard]] bool DecodeTraces(const GroupRef& ref, ByteReader spans);
  // Version 1 of the format: numbers of the schema, one for each row.
  [[nodiscard]] bool DecodeShapesVersion1(const Schema& schema, const GroupRef& ref, ByteReader shapes);
  size_t held_bytes() const;

  std::vector<TraceRows> traces;
  std::vector<uint32_t> used_shapes;     // of the schema, in the order they are met
  std::vector<uint16_t> shape_numbers;   // of each row, in used_shapes
  std::vector<ColumnRef> columns;

 private:
  bool DecodeShapes(const Schema& schema, const GroupRef& ref, ByteReader used, ByteReader shapes);
};

// Each Open… takes the raw bytes of a block and is false when they are malformed. The core comes
// first. What few rows do not need is not decoded. Views live as long as the group. Used by one thread.
class Group {
 public:
  using TraceRows = GroupCore::TraceRows;
  using ColumnRef = GroupCore::ColumnRef;

  // Both must outlive this.
  Group(const Schema& schema, const GroupRef& ref) : schema_(schema), ref_(ref) {}
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  [[nodiscard]] bool OpenCore(std::string_view core);
  // One that was decoded of this group before.
  void ShareCore(std::shared_ptr<const GroupCore> core);
  [[nodiscard]] bool OpenTimes(BlockBytes times, BlockBytes bits);
  [[nodiscard]] bool OpenIds(BlockBytes ids);
  [[nodiscard]] bool OpenParents(std::string_view parents);
  // Spares what is the same for every column, before all of them are opened.
  void PrepareColumns();
  // The same of those at these places in columns(), when no other is open.
  void PrepareColumns(const std::vector<uint32_t>& places);
  // The column columns()[at]. `times_in_shape`, if given, says how often it stands in each shape of the
  // schema, for those who open it of many groups.
  [[nodiscard]] bool OpenColumn(size_t at, BlockBytes values,
                                const std::vector<uint32_t>* times_in_shape = nullptr);
  [[nodiscard]] bool OpenExtras(BlockBytes extras);
  // About what a column takes while it is open, with what it says of each shape.
  size_t open_column_bytes() const;
  // Where all columns together take too much, those of one trace at a time are opened.
  bool columns_by_trace() const { return by_trace_; }
  void SetColumnsByTrace() { by_trace_ = true; }
  // The places in columns() of what the rows of traces()[trace] have, rising.
  std::vector<uint32_t> ColumnsOf(size_t trace);
  // Closes all columns; the next row that is read may be any.
  void CloseColumns();
  // Version 1 of the format: ids and core, then all values and extras.
  [[nodiscard]] bool OpenVersion1(BlockBytes ids, std::string_view core);
  [[nodiscard]] bool OpenValuesVersion1(BlockBytes values, BlockBytes extras);

  // Whether the trace stands in the raw bytes of an ids block of `traces` traces; true when they are
  // too short, so that opening them tells.
  static bool HoldsTrace(std::string_view ids, uint32_t traces, const trace::TraceId& id);

  const GroupRef& ref() const { return ref_; }
  const std::shared_ptr<const GroupCore>& core() const { return core_; }
  const std::vector<TraceRows>& traces() const { return core_->traces; }
  // When the ids are open.
  trace::TraceId trace_id(size_t trace) const { return IdAt(*ids_, trace); }
  uint32_t row_count() const { return ref_.spans; }
  // The shapes of the schema that rows of the group have, and of each row, which of these.
  const std::vector<uint32_t>& used_shapes() const { return core_->used_shapes; }
  const std::vector<uint16_t>& shape_numbers() const { return core_->shape_numbers; }
  uint32_t shape(uint32_t row) const { return core_->used_shapes[core_->shape_numbers[row]]; }
  const std::vector<ColumnRef>& columns() const { return core_->columns; }
  // False: the row lasts less than `duration_ns`, which its block tells without decoding it. The times are open.
  bool MayLast(uint32_t row, uint64_t duration_ns) const {
    return duration_widths_.empty() || static_cast<unsigned char>(duration_widths_[row]) >= std::bit_width(duration_ns);
  }
  // Decodes the times of the trace traces()[trace], when they are open. Traces must be asked for in rising
  // order; again is no harm. False when they are malformed.
  [[nodiscard]] bool ReadTimes(size_t trace);
  // Of the rows of the trace whose times were read last.
  int64_t start_ns(uint32_t row) const { return starts_[row - timed_first_]; }
  uint64_t duration_ns(uint32_t row) const { return durations_[row - timed_first_]; }
  bool times_open() const { return times_open_; }
  bool ids_open() const { return ids_ != nullptr; }
  bool parents_open() const { return !parents_.empty(); }
  trace::SpanId span_id(uint32_t row) const {
    return codec::ReadFixed<uint64_t>(ids_->data() + core_->traces.size() * 16 + size_t{row} * 8);
  }
  // 0 none, kFarParent one that is elsewhere, else 1 + the row of the parent.
  static constexpr uint32_t kFarParent = UINT32_MAX;
  uint32_t parent(uint32_t row) const { return parents_[row]; }
  // Of the rows that have a far one, in their order.
  const std::vector<trace::SpanId>& far_parents() const { return far_parents_; }
  bool column_open(size_t at) const { return states_[at] != nullptr && states_[at]->open; }
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
    for (uint32_t i = 0; i < ref_.spans; ++i) {
      if (!schema_.shape(shape(i)).has_extras) continue;
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
    bool one_each = false;  // value of each row: the n-th is that of row n
  };
  static trace::TraceId IdAt(std::string_view ids, size_t trace) {
    const char* const id = ids.data() + trace * 16;
    return {codec::ReadFixed<uint64_t>(id), codec::ReadFixed<uint64_t>(id + 8)};
  }
  bool DecodeTimes(ByteReader trace_starts, ByteReader starts, ByteReader durations);  // version 1
  bool SumTraceStarts(size_t trace);
  ColumnState& StateAt(size_t at);
  bool DecodeTimeBits(std::string_view starts, std::string_view durations, std::string_view bits);
  bool DecodeParents(ByteReader parents, ByteReader far_parents);
  void CountRowsOfShapes();
  void CountAllValues();
  void FindStates();
  void CountValues(uint32_t column, const std::vector<uint32_t>* times_in_shape, ColumnState& state);
  bool FollowReferences(uint32_t end, ColumnState& state) const;
  template <typename Next>
  bool FollowReferences(uint32_t end, ColumnState& state, const Next& next) const;
  bool DecodeStringsVersion1(ByteReader references, ByteReader dictionary, ColumnState& state);
  bool NextValue(const Column& column, ColumnState& state, uint32_t rows_end, trace::ValueView& value) const;
  bool ValueAt(const Column& column, ColumnState& state, uint32_t at, trace::ValueView& value) const;
  bool SkipRows(uint32_t end);
  void SkipValues(const std::vector<uint32_t>& rows_of);
  // group_match.cc
  bool FindEntries(trace::ValueKind kind, std::string_view text, ColumnState& state, std::vector<uint8_t>& hits) const;
  void MarkEntry(uint32_t entry, const ColumnState& state, const std::vector<uint8_t>& wanted,
                 std::vector<uint8_t>& marks) const;
  bool MarkEqualStrings(std::string_view text, trace::ValueKind kind, ColumnState& state, const std::vector<uint8_t>& wanted,
                        std::vector<uint8_t>& marks);
  template <typename Use>
  void ForEachWantedValue(const ColumnState& state, const std::vector<uint8_t>& wanted, const Use& use) const;

  const Schema& schema_;
  const GroupRef& ref_;
  std::shared_ptr<const GroupCore> core_;
  std::vector<uint32_t> rows_of_shape_;  // of each used shape
  std::vector<uint32_t> parents_;        // 0 none, 1 + its row, or kFarParent
  std::vector<trace::SpanId> far_parents_;
  // Of the rows from timed_first_ to timed_end_: those of the trace that was read last, in version 1 all.
  std::vector<int64_t> starts_;
  std::vector<uint64_t> durations_;
  bool times_open_ = false;
  BlockBytes times_, bits_, ids_, extras_bytes_, values_;
  std::string_view start_widths_, duration_widths_;  // in times_; empty in version 1, which has all times
  uint32_t timed_first_ = 0;
  uint32_t timed_end_ = 0;   // the rows before it are read, or passed over
  uint64_t timed_bits_ = 0;  // that they have
  ByteReader trace_starts_;  // of the traces from timed_trace_ on
  size_t timed_trace_ = 0;
  int64_t trace_start_ns_ = 0;  // of the one before
  bool extras_open_ = false;
  std::vector<std::unique_ptr<ColumnState>> states_;  // of columns that were asked for
  std::vector<uint32_t> state_of_column_;  // + 1
  bool by_trace_ = false;
  std::vector<uint32_t> opened_;  // places in columns(), where they are opened by trace
  // Where reading row by row stands.
  uint32_t next_row_ = 0, trace_at_ = 0, far_parent_at_ = 0;
  ByteReader extras_;
};

}  // namespace awry::columnar
