#include "awry/columnar/group_reader.h"

#include <algorithm>

#include "awry/columnar/bit_stream.h"

namespace awry::columnar {

using trace::ValueKind;
using trace::ValueView;

namespace {

int64_t Add(int64_t a, uint64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + b); }

// Of a value that has so many bits, all but the highest are kept.
uint64_t BitsKept(char width) {
  const auto bits = static_cast<unsigned char>(width);
  return bits < 2 ? 0 : bits - 1u;
}

// The sum of BitsKept, eight at a time.
uint64_t AllBitsKept(std::string_view widths) {
  constexpr uint64_t kLow7 = 0x7f7f7f7f7f7f7f7f, kEven = 0x00ff00ff00ff00ff;
  constexpr size_t kStretchBytes = 128 * 8;  // so that a sum of 16 bits holds
  uint64_t sum = 0;
  while (widths.size() >= 8) {
    const std::string_view stretch = widths.substr(0, std::min(widths.size() / 8 * 8, kStretchBytes));
    uint64_t sums = 0;
    for (size_t i = 0; i < stretch.size(); i += 8) {
      const auto word = codec::ReadFixed<uint64_t>(stretch.data() + i);
      const uint64_t not_zero = (((word & kLow7) + kLow7) | word) >> 7 & 0x0101010101010101;
      const uint64_t kept = word - not_zero;
      sums += (kept & kEven) + (kept >> 8 & kEven);
    }
    sum += (sums & 0xffff) + (sums >> 16 & 0xffff) + (sums >> 32 & 0xffff) + (sums >> 48);
    widths.remove_prefix(stretch.size());
  }
  for (const char width : widths) sum += BitsKept(width);
  return sum;
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
  while (!used.at_end()) {
    used_shapes_.push_back(used.Varint32());
    if (!used.ok() || used_shapes_.back() >= schema_.shape_count() ||
        used_shapes_.size() > ref_.spans) {
      return false;
    }
  }
  shapes_.resize(ref_.spans);
  shape_numbers_.resize(ref_.spans);
  const std::string_view bytes = shapes.rest();
  if (bytes.size() == ref_.spans) {  // a byte each: the number, or no good varint
    const size_t count = std::min<size_t>(used_shapes_.size(), 0x80);
    for (size_t i = 0; i < bytes.size(); ++i) {
      const auto number = static_cast<unsigned char>(bytes[i]);
      if (number >= count) return false;
      shape_numbers_[i] = number;
      shapes_[i] = used_shapes_[number];
    }
    return true;
  }
  static_assert(kGroupSpansMax <= 1 << 14, "a number has at most two bytes");
  if (bytes.size() > 2 * shapes_.size()) return false;
  // Every byte is taken for the last one of a number; the place of the next number only moves on where it is.
  shape_numbers_.resize(bytes.size());
  uint32_t* const numbers = shape_numbers_.data();
  uint32_t before = 0, most = 0, unsound = 0;
  size_t count = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const uint32_t goes_on = byte >> 7, begun = before >> 7;
    const uint32_t number = ((byte & 0x7fu) << (7 * begun)) | (before & 0x7fu & (0 - begun));
    numbers[count] = number;
    most = std::max(most, number & (goes_on - 1));
    unsound |= goes_on & begun;
    count += 1 - goes_on;
    before = byte;
  }
  if (count != shapes_.size() || (before | unsound << 7) >= 0x80 || most >= used_shapes_.size()) return false;
  shape_numbers_.resize(count);
  for (size_t i = 0; i < count; ++i) shapes_[i] = used_shapes_[shape_numbers_[i]];
  return true;
}

bool Group::DecodeShapesVersion1(ByteReader shapes) {
  std::vector<uint32_t> number_of(schema_.shape_count());  // + 1
  shapes_.resize(ref_.spans);
  shape_numbers_.resize(ref_.spans);
  for (size_t i = 0; i < shapes_.size(); ++i) {
    const uint32_t shape = shapes_[i] = shapes.Varint32();
    if (shape >= number_of.size()) return false;
    if (number_of[shape] == 0) {
      used_shapes_.push_back(shape);
      number_of[shape] = static_cast<uint32_t>(used_shapes_.size());
    }
    shape_numbers_[i] = number_of[shape] - 1;
  }
  return shapes.ok() && shapes.at_end();
}

bool Group::DecodeParents(ByteReader parents, ByteReader far_parents) {
  parents_.resize(ref_.spans);
  size_t far = 0;
  bool sound = true;
  const auto decode = [&](const auto& next) {
    for (const TraceRows& trace : traces_) {
      const uint32_t rows = trace.end - trace.first;
      for (uint32_t i = trace.first; i < trace.end; ++i) {
        const uint64_t parent = next(i);
        sound = sound & (parent < uint64_t{rows} + 2);
        const uint32_t place = trace.first + static_cast<uint32_t>(parent) - 1;
        parents_[i] = parent == 0 ? 0 : parent == 1 ? kFarParent : place;
        far += parent == 1 ? 1 : 0;
      }
    }
  };
  const std::string_view bytes = parents.rest();
  if (bytes.size() == parents_.size()) {  // a byte each: the number, or no good varint
    uint32_t all = 0;
    decode([&](uint32_t i) {
      const uint32_t byte = static_cast<unsigned char>(bytes[i]);
      all |= byte;
      return byte;
    });
    if (all >= 0x80) return false;
  } else {
    decode([&](uint32_t) { return parents.Varint(); });
    if (!parents.ok() || !parents.at_end()) return false;
  }
  if (!sound || far_parents.rest().size() != far * sizeof(trace::SpanId)) return false;
  far_parents_.resize(far);
  for (trace::SpanId& id : far_parents_) id = far_parents.Fixed<uint64_t>();
  return true;
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
  timed_end_ = ref_.spans;
  for (const TraceRows& trace : traces_) {
    int64_t start_ns = starts_[trace.first];
    for (uint32_t i = trace.first; i < trace.end; ++i)
      starts_[i] = start_ns = Add(start_ns, starts.Varint());
  }
  for (uint64_t& duration_ns : durations_) duration_ns = durations.Varint();
  return starts.ok() && durations.ok() && starts.at_end() && durations.at_end();
}

bool Group::OpenCore(std::string_view core) {
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

bool Group::OpenTimes(BlockBytes times, BlockBytes bits) {
  times_ = std::move(times);
  bits_ = std::move(bits);
  ByteReader in(*times_);
  const ByteReader trace_starts(in.Bytes());
  start_widths_ = in.Bytes();
  duration_widths_ = in.Bytes();
  durations_.resize(ref_.spans);
  return in.ok() && in.at_end() && start_widths_.size() == ref_.spans &&
         duration_widths_.size() == ref_.spans && DecodeTraceStarts(trace_starts);
}

bool Group::ReadTimes(const TraceRows& trace) {
  if (trace.end <= timed_end_) return true;
  const uint32_t passed = trace.first - timed_end_;
  uint64_t at = timed_bits_ + AllBitsKept(start_widths_.substr(timed_end_, passed)) +
                AllBitsKept(duration_widths_.substr(timed_end_, passed));
  const auto next = [&](char width) -> uint64_t {
    const auto bits = static_cast<unsigned char>(width);
    if (bits < 2) return bits;
    const uint32_t kept = std::min(bits - 1u, 63u);
    const uint64_t value = BitsAt(*bits_, at, kept) | uint64_t{1} << kept;
    at += bits - 1u;
    return value;
  };
  int64_t start_ns = starts_[trace.first];
  bool sound = true;
  for (uint32_t i = trace.first; i < trace.end; ++i) {
    sound = sound && static_cast<unsigned char>(start_widths_[i]) <= 64 &&
            static_cast<unsigned char>(duration_widths_[i]) <= 64;
    starts_[i] = start_ns = Add(start_ns, next(start_widths_[i]));
    durations_[i] = next(duration_widths_[i]);
  }
  timed_end_ = trace.end;
  timed_bits_ = at;
  return sound && at <= bits_->size() * 8;
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

bool Group::OpenIds(BlockBytes ids) {
  if (ids->size() != size_t{ref_.traces} * 16 + size_t{ref_.spans} * 8) return false;
  ids_ = std::move(ids);
  for (size_t t = 0; t < traces_.size(); ++t) {
    const char* id = ids_->data() + t * 16;
    traces_[t].id = {codec::ReadFixed<uint64_t>(id), codec::ReadFixed<uint64_t>(id + 8)};
  }
  return true;
}

bool Group::OpenParents(std::string_view parents) {
  ByteReader in(parents);
  const ByteReader places(in.Bytes()), far_parents(in.Bytes());
  return in.ok() && in.at_end() && DecodeParents(places, far_parents);
}

bool Group::OpenVersion1(BlockBytes ids, std::string_view core) {
  ByteReader in(core);
  const ByteReader spans(in.Bytes()), trace_starts(in.Bytes()), shapes(in.Bytes());
  const ByteReader parents(in.Bytes()), far_parents(in.Bytes());
  const ByteReader starts(in.Bytes()), durations(in.Bytes());
  return in.ok() && in.at_end() && ref_.spans <= core.size() && DecodeTraces(spans) &&
         OpenIds(std::move(ids)) && DecodeShapesVersion1(shapes) && DecodeParents(parents, far_parents) &&
         DecodeTraceStarts(trace_starts) && DecodeTimes(starts, durations);
}

// Finds the `at`-th value of a column, whose references were followed so far.
bool Group::ValueAt(const Column& column, ColumnState& state, uint32_t at, ValueView& value) const {
  value = {.kind = column.kind};
  if (at >= state.count || !state.open) return false;
  if (state.dictionary.size() > 0) {
    if (!state.has_references) return state.dictionary.Entry(0, value.bytes);
    return at < state.followed && state.entries[at] < state.dictionary.size() &&
           state.dictionary.Entry(state.entries[at], value.bytes);
  }
  if (column.kind == ValueKind::kInt) {
    value.integer = state.integers.At(at);
  } else if (column.kind == ValueKind::kDouble) {
    value.real = state.doubles.At(at);
  } else {
    for (; state.raw_next <= at; ++state.raw_next) value = ReadValue(state.raw, column.kind);
    return state.raw.ok();
  }
  return true;
}

bool Group::NextValue(const Column& column, ColumnState& state, uint32_t rows_end,
                      ValueView& value) const {
  const uint32_t at = state.next++;
  if (state.has_references && at >= state.followed && !FollowReferences(rows_end, state)) return false;
  return ValueAt(column, state, at, value);
}

size_t Group::held_bytes() const {
  const auto of = [](const auto& items) { return items.capacity() * sizeof(items[0]); };
  const auto of_block = [](const BlockBytes& block) { return block == nullptr ? 0 : block->capacity(); };
  size_t bytes = sizeof(*this) + of(traces_) + of(used_shapes_) + of(shapes_) + of(parents_) +
                 of(far_parents_) + of(starts_) + of(durations_) + of(column_refs_) + of(states_) +
                 of(state_of_column_) + of(shape_numbers_) + of(rows_of_shape_) + of_block(times_) +
                 of_block(bits_) + of_block(ids_) + of_block(extras_bytes_) + of_block(values_);
  for (const ColumnState& state : states_) {
    bytes += of_block(state.bytes) + state.dictionary.held_bytes() + state.integers.held_bytes() +
             of(state.entries) + of(state.places) + of(state.last_of_place);
  }
  return bytes;
}

void Group::FindStates() {
  if (!state_of_column_.empty()) return;
  state_of_column_.assign(schema_.column_count() + 1, 0);
  for (uint32_t i = 0; i < states_.size(); ++i) state_of_column_[column_refs_[i].column] = i + 1;
}

// Goes on to row `end` without a look at the values of those before.
bool Group::SkipRows(uint32_t end) {
  std::vector<uint32_t> rows_of(used_shapes_.size());
  uint32_t extras = 0;
  for (; next_row_ < end; ++next_row_) {
    ++rows_of[shape_numbers_[next_row_]];
    if (parents_[next_row_] == kFarParent) ++far_parent_at_;
  }
  for (size_t n = 0; n < rows_of.size(); ++n) {
    if (rows_of[n] == 0) continue;
    const Shape& shape = schema_.shape(used_shapes_[n]);
    if (shape.has_extras) extras += rows_of[n];
    for (const uint32_t column : shape.columns) {
      const uint32_t state = state_of_column_[column];
      if (state == 0) return false;
      states_[state - 1].next += rows_of[n];
    }
  }
  for (; extras > 0; --extras) (void)extras_.Bytes();
  return extras_.ok();
}

bool Group::ReadRow(uint32_t number, Row& row) {
  if (number >= shapes_.size() || number < next_row_ || !times_open() || !ids_open() ||
      parents_.empty()) {
    return false;
  }
  FindStates();
  if (next_row_ < number && !SkipRows(number)) return false;
  while (traces_[trace_at_].end <= number) ++trace_at_;
  const TraceRows& trace = traces_[trace_at_];
  if (!ReadTimes(trace)) return false;
  const Shape& shape = schema_.shape(shapes_[number]);
  row.values.resize(shape.columns.size());
  for (size_t i = 0; i < shape.columns.size(); ++i) {
    const uint32_t state = state_of_column_[shape.columns[i]];
    if (state == 0 || !NextValue(schema_.column(shape.columns[i]), states_[state - 1], trace.end, row.values[i]))
      return false;
  }
  row.extras = shape.has_extras ? extras_.Bytes() : std::string_view();
  ++next_row_;
  const uint32_t parent = parents_[number];
  row.parent_id = parent == 0 ? 0 : parent == kFarParent ? far_parents_[far_parent_at_++] : span_id(parent - 1);
  row.shape = shapes_[number];
  row.trace_id = trace.id;
  row.span_id = span_id(number);
  row.start_ns = starts_[number];
  row.duration_ns = durations_[number];
  return extras_.ok();
}

}  // namespace awry::columnar
