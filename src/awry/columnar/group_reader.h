// Reads one group of a segment: times and shapes at once, values row by row.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "awry/columnar/byte_reader.h"
#include "awry/columnar/row.h"
#include "awry/columnar/schema.h"
#include "awry/columnar/segment_format.h"

namespace awry::columnar {

// The raw bytes of a group's blocks.
struct GroupBlocks {
  std::string ids, core, values, extras;
};

// Used by one thread.
class Group {
 public:
  struct Core {
    uint32_t shape = 0;
    trace::SpanId span_id = 0;
    trace::SpanId parent_id = 0;
    int64_t start_ns = 0;
    uint64_t duration_ns = 0;
  };
  struct TraceRows {
    trace::TraceId id;
    uint32_t first = 0;
    uint32_t end = 0;
  };

  // False when the bytes are malformed. `schema` must outlive this.
  [[nodiscard]] bool OpenCore(const Schema& schema, const GroupRef& ref, std::string ids,
                              std::string core);
  [[nodiscard]] bool OpenValues(std::string values, std::string extras);

  const std::vector<Core>& rows() const { return rows_; }
  const std::vector<TraceRows>& traces() const { return traces_; }
  bool has_values() const { return has_values_; }

  // Fills `row` with the row and its values. Rows must be asked for in rising order (those between
  // are passed over). False when the values are malformed. Views live as long as the group.
  [[nodiscard]] bool ReadRow(uint32_t number, Row& row);

 private:
  struct ColumnState {
    ByteReader values;
    std::vector<std::string_view> dictionary;
    uint32_t known = 0;  // entries of the dictionary that were seen
    int64_t previous = 0;
  };
  bool DecodeCore(const GroupRef& ref);
  bool DecodeTraces(const GroupRef& ref, ByteReader spans, ByteReader starts);
  bool NextValues(const Shape& shape, Row& row);
  bool NextValue(const Column& column, ColumnState& state, trace::ValueView& value);

  const Schema* schema_ = nullptr;
  GroupBlocks blocks_;
  std::vector<Core> rows_;
  std::vector<TraceRows> traces_;
  uint32_t trace_at_ = 0;
  bool has_values_ = false;
  uint32_t next_row_ = 0;
  std::vector<uint32_t> state_of_column_;  // + 1
  std::vector<ColumnState> states_;
  ByteReader extras_;
};

}  // namespace awry::columnar
