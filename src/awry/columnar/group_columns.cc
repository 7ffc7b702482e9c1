// The columns of a group: values, dictionaries, and which rows have a value.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "awry/columnar/column_codec.h"
#include "awry/columnar/group_reader.h"

namespace awry::columnar {

using trace::ValueKind;
using trace::ValueView;

namespace {

bool HasDictionary(ValueKind kind) {
  return kind == ValueKind::kString || kind == ValueKind::kBytes || kind == ValueKind::kArray ||
         kind == ValueKind::kMap;
}

}  // namespace

void Group::CountRowsOfShapes() {
  if (!rows_of_shape_.empty()) return;
  rows_of_shape_.resize(used_shapes_.size());
  for (const uint32_t number : shape_numbers_) ++rows_of_shape_[number];
}

// Finds out how often each shape, and how often all rows have the column. A shape that no row has takes no place.
void Group::CountValues(uint32_t column, const std::vector<uint32_t>* times_in_shape,
                        ColumnState& state) {
  const auto once = [&](uint32_t shape) { return (*times_in_shape)[shape] == 1; };
  if (times_in_shape != nullptr && std::all_of(used_shapes_.begin(), used_shapes_.end(), once)) {
    state.places.resize(used_shapes_.size() + 1);
    std::iota(state.places.begin(), state.places.end(), 0u);
    state.count = ref_.spans;
    return;
  }
  CountRowsOfShapes();
  uint64_t count = 0;
  uint32_t places = 0;
  state.places.reserve(used_shapes_.size() + 1);
  for (size_t n = 0; n < used_shapes_.size(); ++n) {
    const uint32_t times = times_in_shape != nullptr ? (*times_in_shape)[used_shapes_[n]]
                                                     : schema_.shape(used_shapes_[n]).TimesOf(column);
    state.places.push_back(places);
    if (rows_of_shape_[n] > 0) places += times;
    count += uint64_t{rows_of_shape_[n]} * times;
  }
  state.places.push_back(places);
  state.count = static_cast<uint32_t>(std::min<uint64_t>(count, UINT32_MAX));
}

// As CountValues of every column, in one walk over the shapes.
void Group::PrepareColumns() {
  CountRowsOfShapes();
  FindStates();
  for (ColumnState& state : states_) state.places.assign(used_shapes_.size() + 1, 0);
  for (size_t n = 0; n < used_shapes_.size(); ++n) {
    if (rows_of_shape_[n] == 0) continue;
    for (const uint32_t column : schema_.shape(used_shapes_[n]).columns) {
      const uint32_t state = state_of_column_[column];
      if (state != 0) ++states_[state - 1].places[n + 1];
    }
  }
  for (ColumnState& state : states_) {
    uint64_t count = 0;
    for (size_t n = 0; n < used_shapes_.size(); ++n) {
      count += uint64_t{rows_of_shape_[n]} * state.places[n + 1];
      state.places[n + 1] += state.places[n];
    }
    state.count = static_cast<uint32_t>(std::min<uint64_t>(count, UINT32_MAX));
  }
}

// Finds the entries of the values of all rows before `end`. Nothing would foretell which kind of reference comes
// next, so that there is no branch for it; what was unsound is told at the end.
template <typename Next>
bool Group::FollowReferences(uint32_t end, ColumnState& state, const Next& next) const {
  const auto entries = static_cast<uint32_t>(state.dictionary.size());
  const uint32_t* const numbers = shape_numbers_.data();
  const uint32_t* const places = state.places.data();
  uint32_t* const last_of_place = state.last_of_place.data();
  uint32_t* out = state.entries.data() + state.followed;
  uint32_t known = state.known;
  bool sound = true;
  for (uint32_t row = state.row; row < end; ++row) {
    const uint32_t behind = places[numbers[row] + 1];
    for (uint32_t place = places[numbers[row]]; place < behind; ++place) {
      const uint64_t reference = next();
      const uint32_t is_new = reference == 0 ? 1 : 0;
      const uint64_t back = reference + is_new - 1;  // of one that was met before
      // One more than the entry: the next new one, the last of the place, or one met before.
      const uint32_t from_known = known + 1 - static_cast<uint32_t>(back);
      const uint32_t entry = reference == 1 ? last_of_place[place] : from_known;
      sound = sound & (back <= known) & (entry > 0) & (entry <= entries);
      last_of_place[place] = entry;
      *out++ = entry - 1;
      known += is_new;
    }
  }
  state.followed = static_cast<uint32_t>(out - state.entries.data());
  state.row = end;
  state.known = known;
  return sound;
}

bool Group::FollowReferences(uint32_t end, ColumnState& state) const {
  bool sound = true;
  if (state.a_byte_each) {
    const char* at = state.references.rest().data();
    uint32_t all = 0;  // a byte above 0x7f is no good reference
    const uint32_t before = state.followed;
    sound = FollowReferences(end, state, [&] {
      const auto byte = static_cast<unsigned char>(*at++);
      all |= byte;
      return uint64_t{byte};
    });
    (void)state.references.Take(state.followed - before);
    sound = sound && all < 0x80;
  } else {
    sound = FollowReferences(end, state, [&] { return state.references.Varint(); }) && state.references.ok() &&
            (end < ref_.spans || state.references.at_end());
  }
  state.open = state.open && sound;  // entries that are not sound are never looked at
  return sound;
}

bool Group::DecodeStringsVersion1(ByteReader references, ByteReader dictionary, ColumnState& state) {
  uint32_t entries = 0;
  for (ByteReader in = dictionary; !in.at_end(); ++entries) (void)in.Bytes();
  if (!state.dictionary.OpenVersion1(dictionary, entries)) return false;
  state.has_references = true;
  state.row = ref_.spans;  // none is left to follow
  state.followed = state.count;
  state.entries.reserve(state.count);
  for (uint32_t i = 0; i < state.count; ++i) {
    const uint64_t back = references.Varint();
    if (back == 0 ? state.known >= entries : back > state.known) return false;
    state.entries.push_back(back == 0 ? state.known++ : state.known - static_cast<uint32_t>(back));
  }
  return references.ok() && references.at_end();
}

bool Group::OpenColumn(size_t at, BlockBytes values, const std::vector<uint32_t>* times_in_shape) {
  ColumnState& state = states_[at];
  const Column& column = schema_.column(column_refs_[at].column);
  if (state.places.empty()) CountValues(column_refs_[at].column, times_in_shape, state);
  state.bytes = std::move(values);
  state.open = true;
  ByteReader in(*state.bytes);
  if (column.kind == ValueKind::kInt) return state.integers.Open(in, state.count);
  if (column.kind == ValueKind::kDouble) return state.doubles.Open(in, state.count);
  if (!HasDictionary(column.kind)) {
    state.raw = in;
    return true;
  }
  const std::string_view references = in.Bytes();
  if (!in.ok() || !state.dictionary.Open(in, state.count)) return false;
  if (references.empty()) return state.dictionary.size() == 1;
  if (references.size() < state.count) return false;
  state.has_references = true;
  state.references = ByteReader(references);
  state.a_byte_each = references.size() == state.count;
  state.last_of_place.resize(state.places.back());
  state.entries.resize(state.count);
  return state.dictionary.size() > 0;
}

bool Group::OpenExtras(BlockBytes extras) {
  extras_bytes_ = std::move(extras);
  extras_ = ByteReader(*extras_bytes_);
  extras_open_ = true;
  return true;
}

bool Group::OpenValuesVersion1(BlockBytes values, BlockBytes extras) {
  values_ = std::move(values);
  ByteReader in(*values_);
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
    CountValues(column_refs_[i].column, nullptr, state);
    ByteReader stream(parts[i].first), dictionary(parts[i].second);
    if (HasDictionary(column.kind)) {
      if (state.count > parts[i].first.size() || !DecodeStringsVersion1(stream, dictionary, state)) return false;
    } else if (column.kind == ValueKind::kInt) {
      if (!state.integers.OpenVersion1(stream, state.count)) return false;
    } else if (column.kind == ValueKind::kDouble) {
      if (!state.doubles.OpenVersion1(stream, state.count)) return false;
    } else {
      state.raw = stream;
    }
  }
  return OpenExtras(std::move(extras));
}

namespace {

// Whether a number has the text, without a text for each.
class EqualsText {
 public:
  explicit EqualsText(std::string_view text) : text_(text) {
    const char* const end = text.data() + text.size();
    is_integer_ = std::from_chars(text.data(), end, integer_).ptr == end && ToText(ValueView::Int(integer_)) == text;
    is_real_ = std::from_chars(text.data(), end, real_).ptr == end;
  }
  bool operator()(int64_t value) const { return is_integer_ && value == integer_; }
  bool operator()(double value) const {
    const bool may_be = std::isfinite(value) ? is_real_ && value == real_ : true;
    return may_be && ToText(ValueView::Double(value)) == text_;
  }

 private:
  std::string_view text_;
  bool is_integer_ = false, is_real_ = false;
  int64_t integer_ = 0;
  double real_ = 0;
};

}  // namespace

bool Group::MarkEqual(size_t at, std::string_view text, const std::vector<uint8_t>& wanted,
                      std::vector<uint8_t>& marks) {
  ColumnState& state = states_[at];
  const Column& column = schema_.column(column_refs_[at].column);
  if (!state.open) return false;
  const EqualsText equals(text);
  std::vector<uint8_t> hits(state.dictionary.size());  // of each entry
  if (!hits.empty()) {
    if (column.kind == ValueKind::kString) {
      if (!state.dictionary.Find(text, hits)) return false;
    } else {
      for (size_t i = 0; i < hits.size(); ++i) {
        ValueView value{.kind = column.kind};
        if (!state.dictionary.Entry(i, value.bytes)) return false;
        hits[i] = ToText(value) == text;
      }
    }
    if (std::none_of(hits.begin(), hits.end(), [](uint8_t hit) { return hit != 0; })) return true;
    if (state.has_references && !FollowReferences(ref_.spans, state)) return false;
  }
  const auto hit_at = [&](uint32_t i, bool& sound) {
    if (!hits.empty()) return hits[state.has_references ? state.entries[i] : 0] != 0;
    if (column.kind == ValueKind::kInt) return equals(state.integers.At(i));
    if (column.kind == ValueKind::kDouble) return equals(state.doubles.At(i));
    ValueView value;
    sound = ValueAt(column, state, i, value);
    return sound && ToText(value) == text;
  };
  bool one_each = state.has_references && !hits.empty();
  for (uint32_t n = 0; n < state.places.size(); ++n) one_each = one_each && state.places[n] == n;
  if (one_each) {  // the usual case
    for (size_t row = 0; row < marks.size(); ++row)
      marks[row] = static_cast<uint8_t>(marks[row] | (wanted[row] & hits[state.entries[row]]));
    return true;
  }
  const ByteReader raw = state.raw;  // reading row by row goes on where it was
  const uint32_t raw_next = state.raw_next;
  bool sound = true;
  uint32_t next = 0;
  for (size_t row = 0; row < shape_numbers_.size() && sound; ++row) {
    const uint32_t number = shape_numbers_[row];
    const uint32_t end = next + state.places[number + 1] - state.places[number];
    if (wanted[row] == 0) {
      next = end;
      continue;
    }
    for (; next < end && sound; ++next) {
      if (hit_at(next, sound)) marks[row] = 1;
    }
  }
  state.raw = raw;
  state.raw_next = raw_next;
  return sound;
}

}  // namespace awry::columnar
