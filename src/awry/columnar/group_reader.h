// Reads one group of a segment, as much of it as is asked for. Its columns: group_columns.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "awry/columnar/byte_reader.h"
#include "awry/columnar/row.h"
#include "awry/columnar/schema.h"
#include "awry/columnar/segment_format.h"
#include "codec/varint.h"

namespace awry::columnar {

// Each Open… takes the raw bytes of a block and is false when they are malformed. The core comes
// first. Views live as long as the group. Used by one thread.
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

  [[nodiscard]] bool OpenCore(std::string core);
  [[nodiscard]] bool OpenTimes(std::string times, std::string bits);
  [[nodiscard]] bool OpenIds(std::string ids);
  [[nodiscard]] bool OpenParents(std::string parents);
  // The column columns()[at].
  [[nodiscard]] bool OpenColumn(size_t at, std::string values);
  [[nodiscard]] bool OpenExtras(std::string extras);
  // Version 1 of the format: ids and core, then all values and extras.
  [[nodiscard]] bool OpenVersion1(std::string ids, std::string core);
  [[nodiscard]] bool OpenValuesVersion1(std::string values, std::string extras);

  // Whether the trace stands in the raw bytes of an ids block of `traces` traces; true when they are
  // too short, so that opening them tells.
  static bool HoldsTrace(std::string_view ids, uint32_t traces, const trace::TraceId& id);

  const GroupRef& ref() const { return ref_; }
  const std::vector<TraceRows>& traces() const { return traces_; }
  const std::vector<uint32_t>& shapes() const { return shapes_; }  // of each row
  const std::vector<ColumnRef>& columns() const { return column_refs_; }
  int64_t start_ns(uint32_t row) const { return starts_[row]; }
  uint64_t duration_ns(uint32_t row) const { return durations_[row]; }
  bool times_open() const { return !starts_.empty(); }
  bool ids_open() const { return !ids_.empty(); }
  bool parents_open() const { return !parents_.empty(); }
  trace::SpanId span_id(uint32_t row) const {
    return codec::ReadFixed<uint64_t>(ids_.data() + traces_.size() * 16 + size_t{row} * 8);
  }
  // 0 none, kFarParent one that is elsewhere, else 1 + the row of the parent.
  static constexpr uint32_t kFarParent = UINT32_MAX;
  uint32_t parent(uint32_t row) const { return parents_[row]; }
  // Of the rows that have a far one, in their order.
  const std::vector<trace::SpanId>& far_parents() const { return far_parents_; }
  bool column_open(size_t at) const { return states_[at].open; }
  bool extras_open() const { return extras_open_; }

  // Sets `bit` in marks[row] of the rows that have a value with this text in the open column.
  void MarkEqual(size_t at, std::string_view text, uint8_t bit, std::vector<uint8_t>& marks) const;
  // Calls `visit(row, extras)` for each row that has some, until it returns false. False when they
  // are malformed.
  template <typename Visit>
  [[nodiscard]] bool VisitRowExtras(const Visit& visit) const {
    ByteReader in(extras_bytes_);
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
    std::string bytes;  // as they came
    std::string text;   // what the dictionary was written out to
    std::vector<std::string_view> dictionary;
    std::vector<uint32_t> entries;  // of each value, in the dictionary
    std::vector<int64_t> integers;
    std::vector<double> doubles;
    ByteReader raw;  // other kinds
    std::vector<uint32_t> times_in_shape;  // how often the column stands in each shape of the group
    uint32_t count = 0;                    // of the values of all rows
    uint32_t next = 0;
  };
  bool DecodeTraces(ByteReader spans);
  bool DecodeShapes(ByteReader used, ByteReader shapes);
  bool DecodeShapesVersion1(ByteReader shapes);
  bool DecodeTraceStarts(ByteReader starts);
  bool DecodeTimes(ByteReader starts, ByteReader durations);  // version 1
  bool DecodeTimeBits(std::string_view starts, std::string_view durations, std::string_view bits);
  bool DecodeParents(ByteReader parents, ByteReader far_parents);
  std::vector<uint32_t> TimesInShape(uint32_t column) const;
  void CountValues(uint32_t column, ColumnState& state) const;
  bool DecodeStrings(ByteReader refs, ColumnState& state) const;
  bool DecodeStringsVersion1(ByteReader refs, ColumnState& state);
  bool NextValue(const Column& column, ColumnState& state, trace::ValueView& value) const;

  const Schema& schema_;
  const GroupRef& ref_;
  std::vector<TraceRows> traces_;
  std::vector<uint32_t> used_shapes_;       // of the schema, in the order they are met
  std::vector<uint32_t> shapes_, parents_;  // parents: 0 none, 1 + its row, or kFarParent
  std::vector<trace::SpanId> far_parents_;
  std::vector<int64_t> starts_;
  std::vector<uint64_t> durations_;
  std::string ids_, extras_bytes_, values_;
  bool extras_open_ = false;
  std::vector<ColumnRef> column_refs_;
  std::vector<ColumnState> states_;
  std::vector<uint32_t> state_of_column_;  // + 1
  // Where reading row by row stands.
  uint32_t next_row_ = 0, trace_at_ = 0, far_parent_at_ = 0;
  ByteReader extras_;
};

}  // namespace awry::columnar
