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

bool Group::DecodeParents(ByteReader parents, ByteReader far_parents) {
  parents_.resize(ref_.spans);
  size_t far = 0;
  bool sound = true;
  const auto decode = [&](const auto& next) {
    for (const TraceRows& trace : core_->traces) {
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

bool Group::DecodeTimes(ByteReader trace_starts, ByteReader starts, ByteReader durations) {
  starts_.resize(ref_.spans);
  durations_.resize(ref_.spans);
  timed_end_ = ref_.spans;
  times_open_ = true;
  int64_t trace_start_ns = ref_.base_start_ns;
  for (const TraceRows& trace : core_->traces) {
    int64_t start_ns = trace_start_ns = Add(trace_start_ns, static_cast<uint64_t>(trace_starts.Signed()));
    for (uint32_t i = trace.first; i < trace.end; ++i)
      starts_[i] = start_ns = Add(start_ns, starts.Varint());
  }
  for (uint64_t& duration_ns : durations_) duration_ns = durations.Varint();
  return trace_starts.ok() && trace_starts.at_end() && starts.ok() && durations.ok() && starts.at_end() &&
         durations.at_end();
}

bool Group::OpenCore(std::string_view core) {
  auto decoded = std::make_shared<GroupCore>();
  if (!decoded->Decode(schema_, ref_, core)) return false;
  ShareCore(std::move(decoded));
  return true;
}

void Group::ShareCore(std::shared_ptr<const GroupCore> core) {
  core_ = std::move(core);
  states_.resize(core_->columns.size());
}

Group::ColumnState& Group::StateAt(size_t at) {
  if (states_[at] == nullptr) states_[at] = std::make_unique<ColumnState>();
  return *states_[at];
}

bool Group::OpenTimes(BlockBytes times, BlockBytes bits) {
  times_ = std::move(times);
  bits_ = std::move(bits);
  ByteReader in(*times_);
  trace_starts_ = ByteReader(in.Bytes());
  trace_start_ns_ = ref_.base_start_ns;
  start_widths_ = in.Bytes();
  duration_widths_ = in.Bytes();
  times_open_ = true;
  return in.ok() && in.at_end() && start_widths_.size() == ref_.spans &&
         duration_widths_.size() == ref_.spans;
}

// Finds where the trace starts: each stands as the difference to the one before.
bool Group::SumTraceStarts(size_t trace) {
  for (; timed_trace_ <= trace; ++timed_trace_)
    trace_start_ns_ = Add(trace_start_ns_, static_cast<uint64_t>(trace_starts_.Signed()));
  return trace_starts_.ok() && (timed_trace_ < core_->traces.size() || trace_starts_.at_end());
}

bool Group::ReadTimes(size_t number) {
  const TraceRows& trace = core_->traces[number];
  if (trace.end <= timed_end_) return true;
  bool sound = SumTraceStarts(number);
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
  starts_.resize(trace.end - trace.first);
  durations_.resize(trace.end - trace.first);
  int64_t start_ns = trace_start_ns_;
  for (uint32_t i = trace.first; i < trace.end; ++i) {
    sound = sound && static_cast<unsigned char>(start_widths_[i]) <= 64 &&
            static_cast<unsigned char>(duration_widths_[i]) <= 64;
    starts_[i - trace.first] = start_ns = Add(start_ns, next(start_widths_[i]));
    durations_[i - trace.first] = next(duration_widths_[i]);
  }
  timed_first_ = trace.first;
  timed_end_ = trace.end;
  timed_bits_ = at;
  return sound && at <= bits_->size() * 8;
}

bool Group::HoldsTrace(std::string_view ids, uint32_t traces, const trace::TraceId& id) {
  constexpr size_t kIdBytes = 16;
  if (ids.size() < traces * kIdBytes) return true;
  const auto at = [&](uint32_t t) { return IdAt(ids, t); };
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
  auto decoded = std::make_shared<GroupCore>();
  if (!in.ok() || !in.at_end() || ref_.spans > core.size() || !decoded->DecodeTraces(ref_, spans) ||
      !decoded->DecodeShapesVersion1(schema_, ref_, shapes)) {
    return false;
  }
  core_ = std::move(decoded);
  return OpenIds(std::move(ids)) && DecodeParents(parents, far_parents) && DecodeTimes(trace_starts, starts, durations);
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
  size_t bytes = sizeof(*this) + core_->held_bytes() + of(parents_) + of(far_parents_) + of(starts_) + of(durations_) + of(states_) +
                 of(state_of_column_) + of(rows_of_shape_) + of_block(times_) + of_block(bits_) +
                 of_block(ids_) + of_block(extras_bytes_) + of_block(values_);
  for (const auto& state : states_) {
    if (state == nullptr) continue;
    bytes += sizeof(*state) + of_block(state->bytes) + state->dictionary.held_bytes() + state->integers.held_bytes() +
             of(state->entries) + of(state->places) + of(state->last_of_place);
  }
  return bytes;
}

void Group::FindStates() {
  if (!state_of_column_.empty()) return;
  state_of_column_.assign(schema_.column_count() + 1, 0);
  for (uint32_t i = 0; i < states_.size(); ++i) state_of_column_[core_->columns[i].column] = i + 1;
}

// Goes on to row `end` without a look at the values of those before.
bool Group::SkipRows(uint32_t end) {
  std::vector<uint32_t> rows_of(core_->used_shapes.size());
  uint32_t extras = 0;
  for (; next_row_ < end; ++next_row_) {
    ++rows_of[core_->shape_numbers[next_row_]];
    if (parents_[next_row_] == kFarParent) ++far_parent_at_;
  }
  if (by_trace_) SkipValues(rows_of);
  for (size_t n = 0; n < rows_of.size(); ++n) {
    if (rows_of[n] == 0) continue;
    const Shape& shape = schema_.shape(core_->used_shapes[n]);
    if (shape.has_extras) extras += rows_of[n];
    if (by_trace_) continue;
    for (const uint32_t column : shape.columns) {
      const uint32_t state = state_of_column_[column];
      if (state == 0) return false;
      StateAt(state - 1).next += rows_of[n];
    }
  }
  for (; extras > 0; --extras) (void)extras_.Bytes();
  return extras_.ok();
}

bool Group::ReadRow(uint32_t number, Row& row) {
  if (number >= ref_.spans || number < next_row_ || !times_open() || !ids_open() ||
      parents_.empty()) {
    return false;
  }
  FindStates();
  if (next_row_ < number && !SkipRows(number)) return false;
  while (core_->traces[trace_at_].end <= number) ++trace_at_;
  const TraceRows& trace = core_->traces[trace_at_];
  if (!ReadTimes(trace_at_)) return false;
  const Shape& shape = schema_.shape(this->shape(number));
  row.values.resize(shape.columns.size());
  for (size_t i = 0; i < shape.columns.size(); ++i) {
    const uint32_t state = state_of_column_[shape.columns[i]];
    if (state == 0 || !NextValue(schema_.column(shape.columns[i]), StateAt(state - 1), trace.end, row.values[i]))
      return false;
  }
  row.extras = shape.has_extras ? extras_.Bytes() : std::string_view();
  ++next_row_;
  const uint32_t parent = parents_[number];
  row.parent_id = parent == 0 ? 0 : parent == kFarParent ? far_parents_[far_parent_at_++] : span_id(parent - 1);
  row.shape = this->shape(number);
  row.trace_id = trace_id(trace_at_);
  row.span_id = span_id(number);
  row.start_ns = start_ns(number);
  row.duration_ns = duration_ns(number);
  return extras_.ok();
}

}  // namespace awry::columnar
