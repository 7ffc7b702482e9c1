#include "awry/columnar/group_reader.h"

namespace awry::columnar {

using trace::ValueKind;
using trace::ValueView;

namespace {

int64_t Add(int64_t a, uint64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + b); }

bool HasDictionary(ValueKind kind) {
  return kind == ValueKind::kString || kind == ValueKind::kBytes || kind == ValueKind::kArray ||
         kind == ValueKind::kMap;
}

}  // namespace

bool Group::OpenCore(const Schema& schema, const GroupRef& ref, std::string ids, std::string core) {
  schema_ = &schema;
  blocks_.ids = std::move(ids);
  blocks_.core = std::move(core);
  return DecodeCore(ref);
}

bool Group::DecodeTraces(const GroupRef& ref, ByteReader spans, ByteReader starts) {
  int64_t start_ns = ref.base_start_ns;
  uint64_t first = 0;
  for (uint32_t t = 0; t < ref.traces; ++t) {
    const uint64_t count = spans.Varint();
    start_ns = Add(start_ns, static_cast<uint64_t>(starts.Signed()));
    if (!spans.ok() || !starts.ok() || count == 0 || count > ref.spans - first) return false;
    const char* id = blocks_.ids.data() + size_t{t} * 16;
    traces_.push_back({{codec::ReadFixed<uint64_t>(id), codec::ReadFixed<uint64_t>(id + 8)},
                       static_cast<uint32_t>(first),
                       static_cast<uint32_t>(first + count)});
    rows_[first].start_ns = start_ns;
    first += count;
  }
  return first == ref.spans && spans.at_end() && starts.at_end();
}

bool Group::DecodeCore(const GroupRef& ref) {
  if (blocks_.ids.size() != size_t{ref.traces} * 16 + size_t{ref.spans} * 8) return false;
  ByteReader in(blocks_.core);
  const ByteReader trace_spans(in.Bytes()), trace_starts(in.Bytes());
  ByteReader shapes(in.Bytes()), parents(in.Bytes()), far_parents(in.Bytes());
  ByteReader starts(in.Bytes()), durations(in.Bytes());
  if (!in.ok() || !in.at_end()) return false;
  rows_.resize(ref.spans);
  if (!DecodeTraces(ref, trace_spans, trace_starts)) return false;
  const size_t shape_count = schema_->shape_count();
  const char* span_ids = blocks_.ids.data() + size_t{ref.traces} * 16;
  for (const TraceRows& trace : traces_) {
    int64_t start_ns = rows_[trace.first].start_ns;
    for (uint32_t i = trace.first; i < trace.end; ++i) {
      Core& row = rows_[i];
      row.shape = shapes.Varint32();
      if (row.shape >= shape_count) return false;
      row.span_id = codec::ReadFixed<uint64_t>(span_ids + size_t{i} * 8);
      row.start_ns = start_ns = Add(start_ns, starts.Varint());
      row.duration_ns = durations.Varint();
      const uint64_t parent = parents.Varint();
      if (parent == 1) {
        row.parent_id = far_parents.Fixed<uint64_t>();
      } else if (parent >= 2) {
        if (parent - 2 >= trace.end - trace.first) return false;
        row.parent_id = codec::ReadFixed<uint64_t>(span_ids + (trace.first + parent - 2) * 8);
      }
    }
  }
  return shapes.ok() && starts.ok() && durations.ok() && parents.ok() && far_parents.ok() &&
         shapes.at_end() && starts.at_end() && durations.at_end() && parents.at_end() &&
         far_parents.at_end();
}

bool Group::OpenValues(std::string values, std::string extras) {
  blocks_.values = std::move(values);
  blocks_.extras = std::move(extras);
  extras_ = ByteReader(blocks_.extras);
  ByteReader in(blocks_.values);
  const uint64_t columns = in.Varint();
  state_of_column_.assign(schema_->column_count(), 0);
  for (uint64_t i = 0; in.ok() && i < columns; ++i) {
    const uint32_t column = in.Varint32();
    if (column >= state_of_column_.size() || state_of_column_[column] != 0) return false;
    ColumnState& state = states_.emplace_back();
    state_of_column_[column] = static_cast<uint32_t>(states_.size());
    state.values = ByteReader(in.Bytes());
    ByteReader dictionary(in.Bytes());
    if (!HasDictionary(schema_->column(column).kind)) continue;
    while (dictionary.ok() && !dictionary.at_end()) state.dictionary.push_back(dictionary.Bytes());
    if (!dictionary.ok()) return false;
  }
  has_values_ = in.ok() && in.at_end();
  return has_values_;
}

bool Group::NextValue(const Column& column, ColumnState& state, ValueView& value) {
  value = {.kind = column.kind};
  if (HasDictionary(column.kind)) {
    const uint64_t back = state.values.Varint();
    if (back == 0 ? state.known >= state.dictionary.size() : back > state.known) return false;
    value.bytes = state.dictionary[back == 0 ? state.known++ : state.known - back];
  } else if (column.kind == ValueKind::kInt) {
    value.integer = state.previous =
        Add(state.previous, static_cast<uint64_t>(state.values.Signed()));
  } else {
    value = ReadValue(state.values, column.kind);
  }
  return state.values.ok();
}

bool Group::NextValues(const Shape& shape, Row& row) {
  row.values.resize(shape.columns.size());
  for (size_t i = 0; i < shape.columns.size(); ++i) {
    const uint32_t state = state_of_column_[shape.columns[i]];
    if (state == 0) return false;
    if (!NextValue(schema_->column(shape.columns[i]), states_[state - 1], row.values[i]))
      return false;
  }
  row.extras = shape.has_extras ? extras_.Bytes() : std::string_view();
  return extras_.ok();
}

bool Group::ReadRow(uint32_t number, Row& row) {
  if (!has_values_ || number >= rows_.size() || number < next_row_) return false;
  while (next_row_ < number) {
    if (!NextValues(schema_->shape(rows_[next_row_].shape), row)) return false;
    ++next_row_;
  }
  const Core& core = rows_[number];
  if (!NextValues(schema_->shape(core.shape), row)) return false;
  ++next_row_;
  while (traces_[trace_at_].end <= number) ++trace_at_;
  row.shape = core.shape;
  row.trace_id = traces_[trace_at_].id;
  row.span_id = core.span_id;
  row.parent_id = core.parent_id;
  row.start_ns = core.start_ns;
  row.duration_ns = core.duration_ns;
  return true;
}

}  // namespace awry::columnar
