// The columns of a group: values and dictionaries. Which rows have a value: group_match.cc.
#include <algorithm>
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
  rows_of_shape_.resize(core_->used_shapes.size());
  for (const uint32_t number : core_->shape_numbers) ++rows_of_shape_[number];
}

// Finds out how often each shape, and how often all rows have the column. A shape that no row has takes no place.
void Group::CountValues(uint32_t column, const std::vector<uint32_t>* times_in_shape,
                        ColumnState& state) {
  const auto once = [&](uint32_t shape) { return (*times_in_shape)[shape] == 1; };
  if (times_in_shape != nullptr && std::all_of(core_->used_shapes.begin(), core_->used_shapes.end(), once)) {
    state.places.resize(core_->used_shapes.size() + 1);
    std::iota(state.places.begin(), state.places.end(), 0u);
    state.count = ref_.spans;
    state.one_each = true;
    return;
  }
  CountRowsOfShapes();
  uint64_t count = 0;
  uint32_t places = 0;
  state.places.reserve(core_->used_shapes.size() + 1);
  for (size_t n = 0; n < core_->used_shapes.size(); ++n) {
    const uint32_t times = times_in_shape != nullptr ? (*times_in_shape)[core_->used_shapes[n]]
                                                     : schema_.shape(core_->used_shapes[n]).TimesOf(column);
    state.places.push_back(places);
    if (rows_of_shape_[n] > 0) places += times;
    count += uint64_t{rows_of_shape_[n]} * times;
  }
  state.places.push_back(places);
  state.count = static_cast<uint32_t>(std::min<uint64_t>(count, UINT32_MAX));
}

void Group::PrepareColumns() {
  for (size_t at = 0; at < states_.size(); ++at) StateAt(at).places.assign(core_->used_shapes.size() + 1, 0);
  CountAllValues();
}

void Group::PrepareColumns(const std::vector<uint32_t>& places) {
  opened_ = places;
  for (const uint32_t at : places) StateAt(at).places.assign(core_->used_shapes.size() + 1, 0);
  CountAllValues();
}

// As CountValues of every column that has a state, in one walk over the shapes.
void Group::CountAllValues() {
  CountRowsOfShapes();
  FindStates();
  for (size_t n = 0; n < core_->used_shapes.size(); ++n) {
    if (rows_of_shape_[n] == 0) continue;
    for (const uint32_t column : schema_.shape(core_->used_shapes[n]).columns) {
      const uint32_t state = state_of_column_[column];
      if (state != 0 && states_[state - 1] != nullptr) ++states_[state - 1]->places[n + 1];
    }
  }
  for (const auto& prepared : states_) {
    if (prepared == nullptr) continue;
    ColumnState& state = *prepared;
    uint64_t count = 0;
    for (size_t n = 0; n < core_->used_shapes.size(); ++n) {
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
  const uint16_t* const numbers = core_->shape_numbers.data();
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

size_t Group::open_column_bytes() const {
  constexpr size_t kBlockBytes = 160;  // a small block with its owner, and what is allocated beside it
  return sizeof(ColumnState) + kBlockBytes + (core_->used_shapes.size() + 1) * sizeof(uint32_t);
}

std::vector<uint32_t> Group::ColumnsOf(size_t trace) {
  FindStates();
  std::vector<uint32_t> shapes, found;
  for (uint32_t row = core_->traces[trace].first; row < core_->traces[trace].end; ++row)
    shapes.push_back(shape(row));
  const auto sort = [](std::vector<uint32_t>& numbers) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  };
  sort(shapes);
  for (const uint32_t number : shapes) {
    for (const uint32_t column : schema_.shape(number).columns) {
      if (state_of_column_[column] != 0) found.push_back(state_of_column_[column] - 1);
    }
  }
  sort(found);
  return found;
}

void Group::CloseColumns() {
  for (const uint32_t at : opened_) states_[at].reset();
  opened_.clear();
  next_row_ = trace_at_ = far_parent_at_ = 0;
  if (extras_open_) extras_ = ByteReader(*extras_bytes_);
}

void Group::SkipValues(const std::vector<uint32_t>& rows_of) {
  for (const uint32_t at : opened_) {
    ColumnState& state = *states_[at];
    for (size_t n = 0; n < rows_of.size(); ++n)
      state.next += rows_of[n] * (state.places[n + 1] - state.places[n]);
  }
}

bool Group::OpenColumn(size_t at, BlockBytes values, const std::vector<uint32_t>* times_in_shape) {
  ColumnState& state = StateAt(at);
  const Column& column = schema_.column(core_->columns[at].column);
  if (state.places.empty()) CountValues(core_->columns[at].column, times_in_shape, state);
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
  auto core = std::make_shared<GroupCore>(*core_);
  for (uint64_t i = 0; in.ok() && i < columns; ++i) {
    const uint32_t column = in.Varint32();
    const std::string_view stream = in.Bytes(), dictionary = in.Bytes();
    if (!in.ok() || column >= schema_.column_count()) return false;
    core->columns.push_back({.column = column});
    parts.emplace_back(stream, dictionary);
  }
  if (!in.ok() || !in.at_end()) return false;
  ShareCore(std::move(core));
  for (size_t i = 0; i < states_.size(); ++i) {
    ColumnState& state = StateAt(i);
    const Column& column = schema_.column(core_->columns[i].column);
    state.open = true;
    CountValues(core_->columns[i].column, nullptr, state);
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

}  // namespace awry::columnar
