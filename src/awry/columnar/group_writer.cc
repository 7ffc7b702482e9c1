// ids    := trace id* span id*                                  (stored, they are random)
// core   := spans of each trace | first start of each trace | shape* | parent* | far parent* |
//           start* | duration*                                  (each stream with its length)
// values := columns, then for each: number | values | dictionary (strings only)
// extras := for each span that has them: length, bytes
#include "awry/columnar/group_writer.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "awry/columnar/attribute_hash.h"

namespace awry::columnar {

using codec::PutFixed;
using codec::PutVarint;
using codec::ZigZag;
using trace::ValueKind;
using trace::ValueView;

namespace {

void PutStream(const std::string& stream, std::string& out) {
  PutVarint(out, stream.size());
  out.append(stream);
}

uint64_t Difference(int64_t a, int64_t b) {
  return ZigZag(static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b)));
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
    PutFixed(trace_ids_, row.trace_id.high);
    PutFixed(trace_ids_, row.trace_id.low);
    PutVarint(trace_starts_, Difference(row.start_ns, trace_start_ns_));
    trace_start_ns_ = previous_start_ns_ = row.start_ns;
    ++ref_.traces;
  }
  PutFixed(span_ids_, row.span_id);
  ids_.push_back(row.span_id);
  parent_ids_.push_back(row.parent_id);
  PutVarint(shapes_, row.shape);
  PutVarint(starts_,
            static_cast<uint64_t>(row.start_ns) - static_cast<uint64_t>(previous_start_ns_));
  previous_start_ns_ = row.start_ns;
  PutVarint(durations_, row.duration_ns);
  const Shape& shape = schema_.shape(row.shape);
  for (size_t i = 0; i < row.values.size(); ++i) AddValue(shape.columns[i], row.values[i]);
  if (shape.has_extras) {
    PutVarint(extras_, row.extras.size());
    extras_.append(row.extras);
    HashExtras(row.extras, hashes_);
  }
  ++ref_.spans;
}

// A parent is 0 for none, 1 for one that is not in this group (its id follows in `far_parents_`),
// or 2 + its place in the trace.
void GroupWriter::EndTrace() {
  if (ids_.empty()) return;
  PutVarint(trace_spans_, ids_.size());
  std::unordered_map<trace::SpanId, size_t> places;
  const bool large = ids_.size() > 32;
  for (size_t i = 0; large && i < ids_.size(); ++i) places.emplace(ids_[i], i);
  for (const trace::SpanId parent : parent_ids_) {
    if (parent == 0) {
      PutVarint(parents_, 0);
      continue;
    }
    size_t place = ids_.size();
    if (large) {
      if (const auto found = places.find(parent); found != places.end()) place = found->second;
    } else {
      place = static_cast<size_t>(std::find(ids_.begin(), ids_.end(), parent) - ids_.begin());
    }
    if (place < ids_.size()) {
      PutVarint(parents_, 2 + place);
    } else {
      PutVarint(parents_, 1);
      PutFixed(far_parents_, parent);
    }
  }
  ids_.clear();
  parent_ids_.clear();
}

void GroupWriter::AddValue(uint32_t column, const ValueView& value) {
  if (column >= columns_.size()) columns_.resize(schema_.column_count());
  ColumnStream& stream = columns_[column];
  const Column& info = schema_.column(column);
  const bool first = !stream.used;
  if (first) {
    stream.used = true;
    used_columns_.push_back(column);
  }
  switch (value.kind) {
    case ValueKind::kString:
    case ValueKind::kBytes:
    case ValueKind::kArray:
    case ValueKind::kMap:
      AddString(stream, value.bytes, AttributeHash(info.key_hash, value));
      return;
    case ValueKind::kInt:
      if (first || value.integer != stream.previous)
        hashes_.push_back(AttributeHash(info.key_hash, value));
      PutVarint(stream.values, Difference(value.integer, stream.previous));
      stream.previous = value.integer;
      return;
    case ValueKind::kDouble:
    case ValueKind::kBool:
    case ValueKind::kNull:
      hashes_.push_back(AttributeHash(info.key_hash, value));
      AppendValue(value, stream.values);
      return;
  }
}

void GroupWriter::AddString(ColumnStream& stream, std::string_view bytes, uint64_t hash) {
  if (stream.known.size() * 2 >= stream.slots.size()) GrowSlots(stream);
  const size_t mask = stream.slots.size() - 1;
  size_t at = hash & mask;
  for (; stream.slots[at] != 0; at = (at + 1) & mask) {
    const Known& known = stream.known[stream.slots[at] - 1];
    if (known.hash == hash &&
        std::string_view(stream.dictionary).substr(known.offset, known.bytes) == bytes) {
      PutVarint(stream.values, stream.known.size() - (stream.slots[at] - 1));
      return;
    }
  }
  PutVarint(stream.values, 0);
  PutVarint(stream.dictionary, bytes.size());
  stream.known.push_back(
      {hash, static_cast<uint32_t>(stream.dictionary.size()), static_cast<uint32_t>(bytes.size())});
  stream.dictionary.append(bytes);
  stream.slots[at] = static_cast<uint32_t>(stream.known.size());
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

std::string GroupWriter::EncodeValues() {
  std::string out;
  std::sort(used_columns_.begin(), used_columns_.end());
  PutVarint(out, used_columns_.size());
  for (const uint32_t column : used_columns_) {
    ColumnStream& stream = columns_[column];
    PutVarint(out, column);
    PutStream(stream.values, out);
    PutStream(stream.dictionary, out);
    stream.values.clear();
    stream.dictionary.clear();
    stream.known.clear();
    std::fill(stream.slots.begin(), stream.slots.end(), 0);
    stream.previous = 0;
    stream.used = false;
  }
  used_columns_.clear();
  return out;
}

GroupRef GroupWriter::Finish(BlockEncoder& encoder, uint64_t file_offset, std::string& out,
                             std::vector<uint64_t>& hashes) {
  EndTrace();
  GroupRef ref = ref_;
  ref.offset = file_offset + out.size();
  size_t before = out.size();
  const auto added = [&] {
    const size_t bytes = out.size() - before;
    before = out.size();
    return static_cast<uint32_t>(bytes);
  };
  encoder.Append(trace_ids_ + span_ids_, false, out);
  ref.ids_bytes = added();
  std::string core;
  for (std::string* stream :
       {&trace_spans_, &trace_starts_, &shapes_, &parents_, &far_parents_, &starts_, &durations_}) {
    PutStream(*stream, core);
    stream->clear();
  }
  encoder.Append(core, true, out);
  ref.core_bytes = added();
  encoder.Append(EncodeValues(), true, out);
  ref.values_bytes = added();
  if (!extras_.empty()) {
    encoder.Append(extras_, true, out);
    ref.extras_bytes = added();
  }
  hashes.insert(hashes.end(), hashes_.begin(), hashes_.end());
  hashes_.clear();
  extras_.clear();
  trace_ids_.clear();
  span_ids_.clear();
  ref_ = {};
  return ref;
}

}  // namespace awry::columnar
