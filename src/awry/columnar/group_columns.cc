// The columns of a group: values, dictionaries, and which rows have a value.
#include <algorithm>

#include "awry/columnar/column_codec.h"
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

std::vector<uint32_t> Group::TimesInShape(uint32_t column) const {
  std::vector<uint32_t> times(schema_.shape_count());
  for (const uint32_t shape : used_shapes_) {
    const std::vector<uint32_t>& columns = schema_.shape(shape).columns;
    times[shape] = static_cast<uint32_t>(std::count(columns.begin(), columns.end(), column));
  }
  return times;
}

// Finds out how often each row has the column.
void Group::CountValues(uint32_t column, ColumnState& state) const {
  state.times_in_shape = TimesInShape(column);
  uint64_t count = 0;
  for (const uint32_t shape : shapes_) count += state.times_in_shape[shape];
  state.count = static_cast<uint32_t>(std::min<uint64_t>(count, UINT32_MAX));
}

bool Group::DecodeStrings(ByteReader refs, ColumnState& state) const {
  const std::vector<uint32_t>& times = state.times_in_shape;
  // What each place of each shape had last, + 1. Places are those of the column in the shape.
  std::vector<uint32_t> first_place(times.size());
  uint32_t places = 0;
  for (const uint32_t shape : used_shapes_) {
    first_place[shape] = places;
    if (times[shape] > state.count - places) return false;  // a shape that no row has
    places += times[shape];
  }
  std::vector<uint32_t> last_of_place(places);
  state.entries.reserve(state.count);
  uint32_t known = 0;
  for (const uint32_t shape : shapes_) {
    uint32_t* last = last_of_place.data() + first_place[shape];
    for (const uint32_t* const end = last + times[shape]; last != end; ++last) {
      const uint64_t ref = refs.Varint();
      uint32_t entry = 0;
      if (ref == 0) {
        if (known >= state.dictionary.size()) return false;
        entry = known++;
      } else if (ref == 1) {
        if (*last == 0) return false;
        entry = *last - 1;
      } else {
        if (ref - 1 > known) return false;
        entry = known - static_cast<uint32_t>(ref - 1);
      }
      state.entries.push_back(entry);
      *last = entry + 1;
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
  CountValues(column_refs_[at].column, state);
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
  if (!refs.empty()) return DecodeStrings(ByteReader(refs), state);
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
    CountValues(column_refs_[i].column, state);
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
  const Column& column = schema_.column(column_refs_[at].column);
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
    for (uint32_t k = state.times_in_shape[shapes_[i]]; k > 0; --k) {
      if (next_hits()) marks[i] = static_cast<uint8_t>(marks[i] | bit);
    }
  }
}

}  // namespace awry::columnar
