#include "awry/columnar/group_reader.h"

#include <algorithm>

#include "awry/columnar/bit_stream.h"
#include "awry/columnar/column_codec.h"

namespace awry::columnar {

using trace::ValueKind;
using trace::ValueView;

namespace {

constexpr uint32_t kFarParent = UINT32_MAX;

int64_t Add(int64_t a, uint64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + b); }

bool HasDictionary(ValueKind kind) {
  return kind == ValueKind::kString || kind == ValueKind::kBytes || kind == ValueKind::kArray ||
         kind == ValueKind::kMap;
}

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
  std::vector<uint32_t> numbers;
  while (!used.at_end()) {
    numbers.push_back(used.Varint32());
    if (!used.ok() || numbers.back() >= schema_.shape_count()) return false;
  }
  shapes_.resize(ref_.spans);
  for (uint32_t& shape : shapes_) {
    const uint64_t number = shapes.Varint();
    if (number >= numbers.size()) return false;
    shape = numbers[number];
  }
  return shapes.ok() && shapes.at_end();
}

bool Group::DecodeShapesVersion1(ByteReader shapes) {
  const size_t known = schema_.shape_count();
  shapes_.resize(ref_.spans);
  for (uint32_t& shape : shapes_) {
    shape = shapes.Varint32();
    if (shape >= known) return false;
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

trace::SpanId Group::SpanIdAt(uint32_t row) const {
  return codec::ReadFixed<uint64_t>(ids_.data() + traces_.size() * 16 + size_t{row} * 8);
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

// How often the rows have the column.
uint32_t Group::Uses(uint32_t column) const {
  uint64_t uses = 0;
  constexpr uint32_t kUnknown = UINT32_MAX;
  std::vector<uint32_t> uses_of_shape(schema_.shape_count(), kUnknown);
  for (const uint32_t shape : shapes_) {
    uint32_t& known = uses_of_shape[shape];
    if (known == kUnknown) {
      const std::vector<uint32_t>& columns = schema_.shape(shape).columns;
      known = static_cast<uint32_t>(std::count(columns.begin(), columns.end(), column));
    }
    uses += known;
  }
  return static_cast<uint32_t>(std::min<uint64_t>(uses, UINT32_MAX));
}

bool Group::DecodeStrings(ByteReader refs, uint32_t column, ColumnState& state) {
  state.entries.reserve(state.count);
  uint32_t known = 0;
  // What each place of each shape had last, + 1. Places are those of the column in the shape.
  std::vector<std::vector<uint32_t>> last_of_shape(schema_.shape_count());
  for (const uint32_t shape : shapes_) {
    const std::vector<uint32_t>& columns = schema_.shape(shape).columns;
    std::vector<uint32_t>& last = last_of_shape[shape];
    size_t place = 0;
    for (const uint32_t each : columns) {
      if (each != column) continue;
      if (place == last.size()) last.push_back(0);
      const uint64_t ref = refs.Varint();
      uint32_t entry = 0;
      if (ref == 0) {
        if (known >= state.dictionary.size()) return false;
        entry = known++;
      } else if (ref == 1) {
        if (last[place] == 0) return false;
        entry = last[place] - 1;
      } else {
        if (ref - 1 > known) return false;
        entry = known - static_cast<uint32_t>(ref - 1);
      }
      state.entries.push_back(entry);
      last[place++] = entry + 1;
    }
  }
  return refs.ok() && refs.at_end();
}

bool Group::DecodeStringsVersion1(ByteReader refs, ColumnState& state) {
  state.entries.reserve(state.count);
  uint32_t known = 0;
  for (uint32_t i = 0; i < state.count; ++i) {
    const uint64_t back = refs.Varint();
    if (back == 0 ? known >= state.dictionary.size() : back > known) return false;
    state.entries.push_back(back == 0 ? known++ : known - static_cast<uint32_t>(back));
  }
  return refs.ok() && refs.at_end();
}

bool Group::OpenColumn(size_t at, std::string values) {
  ColumnState& state = states_[at];
  const Column& column = schema_.column(column_refs_[at].column);
  state.count = Uses(column_refs_[at].column);
  state.bytes = std::move(values);
  state.open = true;
  ByteReader in(state.bytes);
  if (column.kind == ValueKind::kInt) return DecodeIntegers(in, state.count, state.integers);
  if (column.kind == ValueKind::kDouble) return DecodeDoubles(in, state.count, state.doubles);
  if (!HasDictionary(column.kind)) {
    state.raw = in;
    return true;
  }
  const std::string_view refs = in.Bytes();
  if (!in.ok() || !DecodeDictionary(in, state.count, state.text, state.dictionary)) return false;
  if (!refs.empty()) return DecodeStrings(ByteReader(refs), column_refs_[at].column, state);
  state.entries.assign(state.count, 0);
  return state.dictionary.size() == 1;
}

bool Group::OpenExtras(std::string extras) {
  extras_bytes_ = std::move(extras);
  extras_ = ByteReader(extras_bytes_);
  extras_open_ = true;
  return true;
}

bool Group::OpenValuesVersion1(std::string values, std::string extras) {
  values_ = std::move(values);
  ByteReader in(values_);
  const uint64_t columns = in.Varint();
  std::vector<std::pair<std::string_view, std::string_view>> parts;
  for (uint64_t i = 0; in.ok() && i < columns; ++i) {
    const uint32_t column = in.Varint32();
    const std::string_view stream = in.Bytes(), dictionary = in.Bytes();
    if (!in.ok() || column >= schema_.column_count()) return false;
    column_refs_.push_back({.column = column});
    parts.emplace_back(stream, dictionary);
  }
  if (!in.ok() || !in.at_end()) return false;
  states_ = std::vector<ColumnState>(column_refs_.size());
  for (size_t i = 0; i < states_.size(); ++i) {
    ColumnState& state = states_[i];
    const Column& column = schema_.column(column_refs_[i].column);
    state.open = true;
    state.count = Uses(column_refs_[i].column);
    ByteReader stream(parts[i].first), dictionary(parts[i].second);
    if (HasDictionary(column.kind)) {
      while (dictionary.ok() && !dictionary.at_end())
        state.dictionary.push_back(dictionary.Bytes());
      if (!dictionary.ok() || state.count > parts[i].first.size() || !DecodeStringsVersion1(stream, state))
        return false;
    } else if (column.kind == ValueKind::kInt) {
      if (state.count > parts[i].first.size()) return false;
      for (uint32_t k = 0; k < state.count; ++k) {
        const int64_t previous = state.integers.empty() ? 0 : state.integers.back();
        state.integers.push_back(Add(previous, static_cast<uint64_t>(stream.Signed())));
      }
      if (!stream.ok()) return false;
    } else if (column.kind == ValueKind::kDouble) {
      if (parts[i].first.size() != uint64_t{state.count} * 8) return false;
      for (uint32_t k = 0; k < state.count; ++k)
        state.doubles.push_back(ReadValue(stream, ValueKind::kDouble).real);
    } else {
      state.raw = stream;
    }
  }
  return OpenExtras(std::move(extras));
}

void Group::MarkEqual(size_t at, std::string_view text, uint8_t bit,
                      std::vector<uint8_t>& marks) const {
  const ColumnState& state = states_[at];
  const uint32_t number = column_refs_[at].column;
  const Column& column = schema_.column(number);
  std::vector<uint8_t> hits(state.dictionary.size());
  bool any = state.dictionary.empty();
  for (size_t i = 0; i < hits.size(); ++i) {
    const ValueView value{.kind = column.kind, .bytes = state.dictionary[i]};
    hits[i] = column.kind == ValueKind::kString ? value.bytes == text : ToText(value) == text;
    any = any || hits[i] != 0;
  }
  if (!any) return;
  ByteReader raw = state.raw;
  uint32_t next = 0;
  int64_t last_integer = 0;
  bool last_known = false, last_hit = false;
  const auto next_hits = [&] {
    const uint32_t i = next++;
    if (i >= state.count) return false;
    if (!state.entries.empty()) return hits[state.entries[i]] != 0;
    if (column.kind == ValueKind::kInt) {
      if (!last_known || state.integers[i] != last_integer) {
        last_integer = state.integers[i];
        last_known = true;
        last_hit = ToText(ValueView::Int(last_integer)) == text;
      }
      return last_hit;
    }
    if (column.kind == ValueKind::kDouble) return ToText(ValueView::Double(state.doubles[i])) == text;
    const ValueView value = ReadValue(raw, column.kind);
    return raw.ok() && ToText(value) == text;
  };
  for (size_t i = 0; i < shapes_.size(); ++i) {
    for (const uint32_t each : schema_.shape(shapes_[i]).columns) {
      if (each == number && next_hits()) marks[i] = static_cast<uint8_t>(marks[i] | bit);
    }
  }
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
  row.span_id = SpanIdAt(number);
  if (parents_[number] != 0 && parents_[number] != kFarParent)
    row.parent_id = SpanIdAt(parents_[number] - 1);
  row.start_ns = starts_[number];
  row.duration_ns = durations_[number];
  return extras_.ok();
}

}  // namespace awry::columnar
