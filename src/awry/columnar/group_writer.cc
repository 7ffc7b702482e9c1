// core   := spans of each trace | shapes of the group | which of them* | columns: (number, bytes)*
// times  := first start of each trace | width of start* | width of duration*
// bits   := for each span the bits of its start and its duration below the highest    (stored)
// ids    := trace id* span id*                                  (stored, they are random)
// parents := parent* | far parent*
// column := strings: references | dictionary; numbers: as column_codec.cc; the rest as in a batch
// extras := for each span that has them: length, bytes
#include "awry/columnar/group_writer.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <unordered_map>

#include "awry/columnar/column_codec.h"
#include "base/release.h"

namespace awry::columnar {

using trace::ValueKind;
using trace::ValueView;

namespace {

constexpr uint32_t kStoredGroups = 15;

int64_t Difference(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

}  // namespace

void GroupWriter::Add(const Row& row) {
  if (ref_.spans == 0 || row.trace_id != trace_id_) {
    EndTrace();
    if (ref_.spans == 0) {
      ref_.first_trace = row.trace_id;
      ref_.base_start_ns = trace_start_ns_ = row.start_ns;
    }
    trace_id_ = row.trace_id;
    trace_ids_.Fixed(row.trace_id.high);
    trace_ids_.Fixed(row.trace_id.low);
    trace_starts_.Signed(Difference(row.start_ns, trace_start_ns_));
    trace_start_ns_ = previous_start_ns_ = row.start_ns;
    ++ref_.traces;
  }
  span_ids_.Fixed(row.span_id);
  ids_.push_back(row.span_id);
  parent_ids_.push_back(row.parent_id);
  AddTime(static_cast<uint64_t>(row.start_ns) - static_cast<uint64_t>(previous_start_ns_),
          start_widths_);
  previous_start_ns_ = row.start_ns;
  AddTime(row.duration_ns, duration_widths_);
  const Shape& shape = schema_.shape(row.shape);
  const size_t values = row.values.size();
  ShapeState& state = StateOf(row.shape, values);
  shapes_.Varint(state.number);
  wide_ = values > kGroupColumnsMax && ref_.spans == 0;
  if (wide_) AddWide(row);
  for (size_t i = 0; i < values && !wide_; ++i)
    AddValue(StreamOf(shape.columns[i]), row.values[i], row.hashes[i], state.last_entries[i]);
  if (shape.has_extras) {
    extras_.Bytes(row.extras);
    hashes_.insert(hashes_.end(), row.hashes.begin() + static_cast<ptrdiff_t>(values),
                   row.hashes.end());
  }
  ++ref_.spans;
}

bool GroupWriter::WouldBeTooWide(const Row& row) const {
  if (wide_) return true;
  size_t columns = used_columns_.size() + row.values.size();
  const auto too_many = [&] {
    return columns > kGroupColumnsMax || columns * (shape_count_ + size_t{1}) > kGroupColumnShapesMax;
  };
  if (ref_.spans == 0 || !too_many()) return false;
  for (const uint32_t column : schema_.shape(row.shape).columns)
    columns -= column < columns_.size() && columns_[column].used ? 1 : 0;
  return columns > used_columns_.size() && too_many();
}

// The bits of noise behind the highest one cannot be compressed; how many there are can.
void GroupWriter::AddTime(uint64_t value, ByteWriter& widths) {
  const auto width = static_cast<uint32_t>(std::bit_width(value));
  widths.Byte(static_cast<uint8_t>(width));
  if (width > 1) time_bits_.PutWide(value & ((uint64_t{1} << (width - 1)) - 1), width - 1);
}

GroupWriter::ShapeState& GroupWriter::StateOf(uint32_t shape, size_t columns) {
  if (shape >= shape_states_.size()) shape_states_.resize(schema_.shape_count());
  ShapeState& state = shape_states_[shape];
  if (state.group != group_) {
    state.group = group_;
    state.number = shape_count_++;
    used_shapes_.Varint(shape);
    state.last_entries.assign(columns, 0);
  }
  return state;
}

// A parent is 0 for none, 1 for one that is not in this group (its id follows in `far_parents_`),
// or 2 + its place in the trace.
void GroupWriter::EndTrace() {
  if (ids_.empty()) return;
  trace_spans_.Varint(ids_.size());
  std::unordered_map<trace::SpanId, size_t> places;
  const bool large = ids_.size() > 32;
  for (size_t i = 0; large && i < ids_.size(); ++i) places.emplace(ids_[i], i);
  for (const trace::SpanId parent : parent_ids_) {
    if (parent == 0) {
      parents_.Varint(0);
      continue;
    }
    size_t place = ids_.size();
    if (large) {
      if (const auto found = places.find(parent); found != places.end()) place = found->second;
    } else {
      place = static_cast<size_t>(std::find(ids_.begin(), ids_.end(), parent) - ids_.begin());
    }
    if (place < ids_.size()) {
      parents_.Varint(2 + place);
    } else {
      parents_.Varint(1);
      far_parents_.Fixed(parent);
    }
  }
  ids_.clear();
  parent_ids_.clear();
}

void GroupWriter::AddWide(const Row& row) {
  const std::vector<uint32_t>& columns = schema_.shape(row.shape).columns;
  std::vector<uint32_t> places(columns.size());
  std::iota(places.begin(), places.end(), 0);
  std::stable_sort(places.begin(), places.end(), [&](uint32_t a, uint32_t b) { return columns[a] < columns[b]; });
  ColumnStream stream;
  for (size_t k = 0; k < places.size(); ++k) {
    const uint32_t place = places[k], column = columns[place];
    uint32_t last = 0;
    AddValue(stream, row.values[place], row.hashes[place], last);
    if (k + 1 < places.size() && columns[places[k + 1]] == column) continue;  // the key is there twice
    stream.stored_groups = 0;
    AppendColumn(column, stream);
  }
}

GroupWriter::ColumnStream& GroupWriter::StreamOf(uint32_t column) {
  if (column >= columns_.size()) columns_.resize(schema_.column_count());
  ColumnStream& stream = columns_[column];
  if (!stream.used) {
    stream.used = true;
    used_columns_.push_back(column);
  }
  return stream;
}

void GroupWriter::AddValue(ColumnStream& stream, const ValueView& value, uint32_t hash, uint32_t& last) {
  switch (value.kind) {
    case ValueKind::kString:
    case ValueKind::kBytes:
    case ValueKind::kArray:
    case ValueKind::kMap:
      AddString(stream, value.bytes, hash, last);
      return;
    case ValueKind::kInt:
      if (stream.integers.empty() || value.integer != stream.integers.back())
        hashes_.push_back(hash);
      stream.integers.push_back(value.integer);
      return;
    case ValueKind::kDouble:
      if (IsShortDecimal(value.real)) hashes_.push_back(hash);
      stream.doubles.push_back(value.real);
      return;
    case ValueKind::kBool:
      hashes_.push_back(hash);
      stream.refs.Byte(value.boolean ? 1 : 0);
      return;
    case ValueKind::kNull:
      hashes_.push_back(hash);
      return;
  }
}

// A reference is 0 for a new string, 1 for the one that the place had in the last span of the shape,
// else 1 + how many entries back the string was first seen.
void GroupWriter::AddString(ColumnStream& stream, std::string_view bytes, uint32_t hash,
                            uint32_t& last) {
  if (stream.known.size() * 2 >= stream.slots.size()) GrowSlots(stream);
  const size_t mask = stream.slots.size() - 1;
  size_t at = hash & mask;
  for (; stream.slots[at] != 0; at = (at + 1) & mask) {
    const Known& known = stream.known[stream.slots[at] - 1];
    if (known.hash == hash && stream.text.view().substr(known.offset, known.bytes) == bytes) {
      const bool same = stream.slots[at] == last;
      stream.refs.Varint(same ? 1 : 1 + stream.known.size() - (stream.slots[at] - 1));
      last = stream.slots[at];
      return;
    }
  }
  stream.refs.Varint(0);
  stream.known.push_back(
      {hash, static_cast<uint32_t>(stream.text.size()), static_cast<uint32_t>(bytes.size())});
  stream.text.Raw(bytes);
  stream.slots[at] = last = static_cast<uint32_t>(stream.known.size());
  hashes_.push_back(hash);
}

void GroupWriter::GrowSlots(ColumnStream& stream) {
  stream.slots.assign(std::max<size_t>(16, stream.slots.size() * 2), 0);
  const size_t mask = stream.slots.size() - 1;
  for (uint32_t i = 0; i < stream.known.size(); ++i) {
    size_t at = stream.known[i].hash & mask;
    while (stream.slots[at] != 0) at = (at + 1) & mask;
    stream.slots[at] = i + 1;
  }
}

void GroupWriter::EncodeColumn(const Column& info, const ColumnStream& stream) {
  encoded_.clear();
  cuts_.clear();
  switch (info.kind) {
    case ValueKind::kInt:
      EncodeIntegers(stream.integers, encoded_);
      break;
    case ValueKind::kDouble:
      EncodeDoubles(stream.doubles, encoded_);
      break;
    case ValueKind::kBool:
    case ValueKind::kNull:
      encoded_.Raw(stream.refs.view());
      break;
    default:
      // Where all are equal, the dictionary says it all.
      encoded_.Bytes(stream.known.size() > 1 ? stream.refs.view() : std::string_view());
      cuts_.push_back(encoded_.size());
      entries_.clear();
      for (const Known& known : stream.known)
        entries_.push_back(stream.text.view().substr(known.offset, known.bytes));
      EncodeDictionary(entries_, encoded_);
  }
}

// What could not be compressed is not tried again at once: random ids cost the most to no end.
void GroupWriter::AppendColumn(const Column& info, ColumnStream& stream, std::string& out) {
  const size_t before = out.size();
  EncodeColumn(info, stream);
  const bool stored = stream.stored_groups > 0;
  encoder_.Append(encoded_.view(), !stored, out, cuts_);
  const size_t bytes = out.size() - before;
  const bool gained = bytes < encoded_.size() / 32 * 31;
  stream.stored_groups = stored ? stream.stored_groups - 1 : gained ? 0 : kStoredGroups;
  if (info.kind == ValueKind::kInt &&
      PackedIntegersBytes(stream.integers) + kBlockHeaderBytes < bytes) {
    encoded_.clear();
    PackIntegers(stream.integers, encoded_);
    out.resize(before);
    encoder_.Append(encoded_.view(), false, out);
  }
  stream.refs.clear();
  stream.text.clear();
  stream.known.clear();
  std::fill(stream.slots.begin(), stream.slots.end(), 0);
  stream.integers.clear();
  stream.doubles.clear();
  stream.used = false;
}

void GroupWriter::AppendColumn(uint32_t column, ColumnStream& stream) {
  const size_t before = columns_text_.size();
  AppendColumn(schema_.column(column), stream, columns_text_);
  column_sizes_.Varint(column);
  column_sizes_.Varint(columns_text_.size() - before);
}

void GroupWriter::Join(std::initializer_list<ByteWriter*> streams) {
  encoded_.clear();
  cuts_.clear();
  for (ByteWriter* stream : streams) {
    encoded_.Bytes(stream->view());
    cuts_.push_back(encoded_.size());
    stream->clear();
  }
}

GroupRef GroupWriter::Finish(uint64_t file_offset, std::string& out, std::vector<uint32_t>& hashes) {
  EndTrace();
  GroupRef ref = ref_;
  ref.offset = file_offset + out.size();
  // Columns first, since the core says how long each is; then all in the order of the file.
  std::sort(used_columns_.begin(), used_columns_.end());
  for (const uint32_t column : used_columns_) AppendColumn(column, columns_[column]);
  used_columns_.clear();
  size_t before = out.size();
  const auto added = [&] {
    const size_t bytes = out.size() - before;
    before = out.size();
    return static_cast<uint32_t>(bytes);
  };
  Join({&trace_spans_, &used_shapes_, &shapes_, &column_sizes_});
  encoder_.Append(encoded_.view(), true, out);  // small numbers all of them: nothing to cut
  ref.core_bytes = added();
  Join({&trace_starts_, &start_widths_, &duration_widths_});
  encoder_.Append(encoded_.view(), true, out, cuts_);
  ref.times_bytes = added();
  encoder_.Append(time_bits_.Finish(), false, out);
  time_bits_.Clear();
  ref.bits_bytes = added();
  trace_ids_.Raw(span_ids_.view());
  encoder_.Append(trace_ids_.view(), false, out);
  ref.ids_bytes = added();
  Join({&parents_, &far_parents_});
  encoder_.Append(encoded_.view(), true, out, cuts_);
  ref.parents_bytes = added();
  out.append(columns_text_);
  base::Release(columns_text_);
  ref.values_bytes = added();
  if (!extras_.empty()) {
    encoder_.Append(extras_.view(), true, out);
    ref.extras_bytes = added();
  }
  hashes.insert(hashes.end(), hashes_.begin(), hashes_.end());
  for (ByteWriter* stream : {&trace_ids_, &span_ids_, &extras_}) stream->clear();
  hashes_.clear();
  ++group_;
  shape_count_ = 0;
  wide_ = false;
  ref_ = {};
  return ref;
}

}  // namespace awry::columnar
