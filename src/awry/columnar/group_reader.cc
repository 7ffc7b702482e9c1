#include "awry/columnar/group_reader.h"

#include <algorithm>

#include "awry/columnar/bit_stream.h"

namespace awry::columnar {

using trace::ValueKind;
using trace::ValueView;

namespace {

int64_t Add(int64_t a, uint64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + b); }

}  // namespace

bool Group::DecodeTraces(ByteReader spans) {
  uint64_t first = 0;
  traces_.reserve(ref_.traces);
  for (uint32_t t = 0; t < ref_.traces; ++t) {
    const uint64_t count = spans.Varint();
    if (!spans.ok() || count == 0 || count > ref_.spans - first) return false;
    traces_.push_back({{}, static_cast<uint32_t>(first), static_cast<uint32_t>(first + count)});
    first += count;
  }
  return first == ref_.spans && spans.at_end();
}

bool Group::DecodeShapes(ByteReader used, ByteReader shapes) {
  while (!used.at_end()) {
    used_shapes_.push_back(used.Varint32());
    if (!used.ok() || used_shapes_.back() >= schema_.shape_count() ||
        used_shapes_.size() > ref_.spans) {
      return false;
    }
  }
  shapes_.resize(ref_.spans);
  const std::string_view bytes = shapes.rest();
  if (bytes.size() == ref_.spans) {  // a byte each: the number, or no good varint
    const size_t count = std::min<size_t>(used_shapes_.size(), 0x80);
    for (size_t i = 0; i < bytes.size(); ++i) {
      const auto number = static_cast<unsigned char>(bytes[i]);
      if (number >= count) return false;
      shapes_[i] = used_shapes_[number];
    }
    return true;
  }
  for (uint32_t& shape : shapes_) {
    const uint64_t number = shapes.Varint();
    if (number >= used_shapes_.size()) return false;
    shape = used_shapes_[number];
  }
  return shapes.ok() && shapes.at_end();
}

bool Group::DecodeShapesVersion1(ByteReader shapes) {
  std::vector<uint8_t> seen(schema_.shape_count());
  shapes_.resize(ref_.spans);
  for (uint32_t& shape : shapes_) {
    shape = shapes.Varint32();
    if (shape >= seen.size()) return false;
    if (seen[shape] == 0) used_shapes_.push_back(shape);
    seen[shape] = 1;
  }
  return shapes.ok() && shapes.at_end();
}

bool Group::DecodeParents(ByteReader parents, ByteReader far_parents) {
  parents_.resize(ref_.spans);
  for (const TraceRows& trace : traces_) {
    for (uint32_t i = trace.first; i < trace.end; ++i) {
      const uint64_t parent = parents.Varint();
      if (parent == 0) continue;
      if (parent == 1) {
        parents_[i] = kFarParent;
        far_parents_.push_back(far_parents.Fixed<uint64_t>());
      } else {
        if (parent - 2 >= trace.end - trace.first) return false;
        parents_[i] = static_cast<uint32_t>(1 + trace.first + (parent - 2));
      }
    }
  }
  return parents.ok() && far_parents.ok() && parents.at_end() && far_parents.at_end();
}

bool Group::DecodeTraceStarts(ByteReader starts) {
  int64_t start_ns = ref_.base_start_ns;
  starts_.resize(ref_.spans);
  for (const TraceRows& trace : traces_)
    starts_[trace.first] = start_ns = Add(start_ns, static_cast<uint64_t>(starts.Signed()));
  return starts.ok() && starts.at_end();
}

bool Group::DecodeTimes(ByteReader starts, ByteReader durations) {
  durations_.resize(ref_.spans);
  for (const TraceRows& trace : traces_) {
    int64_t start_ns = starts_[trace.first];
    for (uint32_t i = trace.first; i < trace.end; ++i)
      starts_[i] = start_ns = Add(start_ns, starts.Varint());
  }
  for (uint64_t& duration_ns : durations_) duration_ns = durations.Varint();
  return starts.ok() && durations.ok() && starts.at_end() && durations.at_end();
}

bool Group::OpenCore(std::string core) {
  ByteReader in(core);
  const ByteReader spans(in.Bytes()), used(in.Bytes()), shapes(in.Bytes());
  ByteReader columns(in.Bytes());
  if (!in.ok() || !in.at_end() || ref_.spans > core.size()) return false;
  if (!DecodeTraces(spans) || !DecodeShapes(used, shapes)) return false;
  uint64_t offset = 0;
  while (!columns.at_end()) {
    ColumnRef& column = column_refs_.emplace_back();
    column.column = columns.Varint32();
    column.bytes = columns.Varint32();
    column.offset = offset;
    offset += column.bytes;
    const bool rises = column_refs_.size() < 2 ||
                       column.column > column_refs_[column_refs_.size() - 2].column;
    if (!columns.ok() || column.column >= schema_.column_count() || !rises) return false;
  }
  states_ = std::vector<ColumnState>(column_refs_.size());
  return columns.ok() && offset == ref_.values_bytes;
}

bool Group::DecodeTimeBits(std::string_view starts, std::string_view durations,
                           std::string_view bits_bytes) {
  if (starts.size() != ref_.spans || durations.size() != ref_.spans) return false;
  durations_.resize(ref_.spans);
  BitReader bits(bits_bytes);
  const auto next = [&](char width_byte) -> uint64_t {
    const auto width = static_cast<unsigned char>(width_byte);
    if (width < 2) return width;
    return bits.GetWide(width - 1u) | uint64_t{1} << ((width - 1u) & 63);
  };
  for (const TraceRows& trace : traces_) {
    int64_t start_ns = starts_[trace.first];
    for (uint32_t i = trace.first; i < trace.end; ++i) {
      if (static_cast<unsigned char>(starts[i]) > 64 ||
          static_cast<unsigned char>(durations[i]) > 64) {
        return false;
      }
      starts_[i] = start_ns = Add(start_ns, next(starts[i]));
      durations_[i] = next(durations[i]);
    }
  }
  return bits.ok();
}

bool Group::OpenTimes(std::string times, std::string bits) {
  ByteReader in(times);
  const ByteReader trace_starts(in.Bytes());
  const std::string_view starts = in.Bytes(), durations = in.Bytes();
  return in.ok() && in.at_end() && DecodeTraceStarts(trace_starts) &&
         DecodeTimeBits(starts, durations, bits);
}

bool Group::HoldsTrace(std::string_view ids, uint32_t traces, const trace::TraceId& id) {
  constexpr size_t kIdBytes = 16;
  if (ids.size() < traces * kIdBytes) return true;
  const auto at = [&](uint32_t t) -> trace::TraceId {
    const char* bytes = ids.data() + t * kIdBytes;
    return {codec::ReadFixed<uint64_t>(bytes), codec::ReadFixed<uint64_t>(bytes + 8)};
  };
  uint32_t low = 0, high = traces;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    at(middle) < id ? low = middle + 1 : high = middle;
  }
  return low < traces && at(low) == id;
}

bool Group::OpenIds(std::string ids) {
  if (ids.size() != size_t{ref_.traces} * 16 + size_t{ref_.spans} * 8) return false;
  ids_ = std::move(ids);
  for (size_t t = 0; t < traces_.size(); ++t) {
    const char* id = ids_.data() + t * 16;
    traces_[t].id = {codec::ReadFixed<uint64_t>(id), codec::ReadFixed<uint64_t>(id + 8)};
  }
  return true;
}

bool Group::OpenParents(std::string parents) {
  ByteReader in(parents);
  const ByteReader places(in.Bytes()), far_parents(in.Bytes());
  return in.ok() && in.at_end() && DecodeParents(places, far_parents);
}

bool Group::OpenVersion1(std::string ids, std::string core) {
  ByteReader in(core);
  const ByteReader spans(in.Bytes()), trace_starts(in.Bytes()), shapes(in.Bytes());
  const ByteReader parents(in.Bytes()), far_parents(in.Bytes());
  const ByteReader starts(in.Bytes()), durations(in.Bytes());
  return in.ok() && in.at_end() && ref_.spans <= core.size() && DecodeTraces(spans) &&
         OpenIds(std::move(ids)) && DecodeShapesVersion1(shapes) && DecodeParents(parents, far_parents) &&
         DecodeTraceStarts(trace_starts) && DecodeTimes(starts, durations);
}

bool Group::NextValue(const Column& column, ColumnState& state, ValueView& value) const {
  value = {.kind = column.kind};
  const uint32_t at = state.next++;
  if (at >= state.count || !state.open) return false;
  if (!state.entries.empty()) {
    value.bytes = state.dictionary[state.entries[at]];
  } else if (column.kind == ValueKind::kInt) {
    value.integer = state.integers[at];
  } else if (column.kind == ValueKind::kDouble) {
    value.real = state.doubles[at];
  } else {
    value = ReadValue(state.raw, column.kind);
    return state.raw.ok();
  }
  return true;
}

size_t Group::held_bytes() const {
  const auto of = [](const auto& items) { return items.capacity() * sizeof(items[0]); };
  size_t bytes = sizeof(*this) + of(traces_) + of(used_shapes_) + of(shapes_) + of(parents_) +
                 of(far_parents_) + of(starts_) + of(durations_) + of(ids_) + of(extras_bytes_) +
                 of(values_) + of(column_refs_) + of(states_) + of(state_of_column_);
  for (const ColumnState& state : states_) {
    bytes += of(state.bytes) + of(state.text) + of(state.dictionary) + of(state.entries) +
             of(state.integers) + of(state.doubles) + of(state.times_in_shape);
  }
  return bytes;
}

bool Group::ReadRow(uint32_t number, Row& row) {
  if (number >= shapes_.size() || number < next_row_ || !times_open() || !ids_open() ||
      parents_.empty()) {
    return false;
  }
  if (state_of_column_.empty()) {
    state_of_column_.assign(schema_.column_count() + 1, 0);
    for (uint32_t i = 0; i < states_.size(); ++i) state_of_column_[column_refs_[i].column] = i + 1;
  }
  for (; next_row_ <= number; ++next_row_) {
    const Shape& shape = schema_.shape(shapes_[next_row_]);
    row.values.resize(shape.columns.size());
    for (size_t i = 0; i < shape.columns.size(); ++i) {
      const uint32_t state = state_of_column_[shape.columns[i]];
      if (state == 0 ||
          !NextValue(schema_.column(shape.columns[i]), states_[state - 1], row.values[i])) {
        return false;
      }
    }
    row.extras = shape.has_extras ? extras_.Bytes() : std::string_view();
    const bool far = parents_[next_row_] == kFarParent;
    row.parent_id = far ? far_parents_[far_parent_at_++] : 0;
  }
  while (traces_[trace_at_].end <= number) ++trace_at_;
  row.shape = shapes_[number];
  row.trace_id = traces_[trace_at_].id;
  row.span_id = span_id(number);
  if (parents_[number] != 0 && parents_[number] != kFarParent)
    row.parent_id = span_id(parents_[number] - 1);
  row.start_ns = starts_[number];
  row.duration_ns = durations_[number];
  return extras_.ok();
}

}  // namespace awry::columnar
