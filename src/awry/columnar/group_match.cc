// Which rows of a group have a value.
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "awry/columnar/group_reader.h"

namespace awry::columnar {

using trace::ValueKind;
using trace::ValueView;

namespace {

// Whether a number has the text, without a text for each.
class EqualsText {
 public:
  explicit EqualsText(std::string_view text) : text_(text) {
    const char* const end = text.data() + text.size();
    is_integer_ = std::from_chars(text.data(), end, integer_).ptr == end &&
                  ToText(ValueView::Int(integer_)) == text;
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

// How many of the bytes, from the first on, have `zeros` zeros among them, up to and with the last
// of these; 0, when there are fewer.
size_t BehindZeros(std::string_view bytes, uint32_t zeros) {
  constexpr uint64_t kOnes = 0x0101010101010101, kLow7 = 0x7f7f7f7f7f7f7f7f;
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    const auto word = codec::ReadFixed<uint64_t>(bytes.data() + at);
    const uint64_t is_zero = ~((((word & kLow7) + kLow7) | word) >> 7) & kOnes;
    const auto here = static_cast<uint32_t>(std::popcount(is_zero));
    if (here >= zeros) break;
    zeros -= here;
  }
  while (zeros > 0 && at < bytes.size()) zeros -= bytes[at++] == 0 ? 1 : 0;
  return zeros == 0 ? at : 0;
}

bool AnyHighBit(std::string_view bytes) {
  uint64_t all = 0;
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) all |= codec::ReadFixed<uint64_t>(bytes.data() + at);
  for (; at < bytes.size(); ++at) all |= static_cast<unsigned char>(bytes[at]);
  return (all & 0x8080808080808080) != 0;
}

size_t NextWanted(const std::vector<uint8_t>& wanted, size_t row) {
  const void* const at = std::memchr(wanted.data() + row, 1, wanted.size() - row);
  return at == nullptr ? wanted.size()
                       : static_cast<size_t>(static_cast<const uint8_t*>(at) - wanted.data());
}

}  // namespace

// Marks the wanted rows that refer to the entry, without finding out which one the others have. No
// row before the reference that brings the entry can have it. Behind it each row that refers so far
// back has it, and each that refers to what its shape had last, where that was the entry.
void Group::MarkEntry(uint32_t entry, const ColumnState& state, const std::vector<uint8_t>& wanted,
                      std::vector<uint8_t>& marks) const {
  constexpr uint32_t kByteMax = 0x7f;
  const std::string_view references = state.references.rest();
  const size_t behind = BehindZeros(references, entry + 1);
  if (behind == 0) return;                                // nobody brings it
  std::vector<uint8_t> lasts(core_->used_shapes.size());  // of each shape: whether it had the entry
  uint8_t* const last = lasts.data();
  const uint16_t* const numbers = core_->shape_numbers.data();
  last[numbers[behind - 1]] = 1;
  const uint8_t* const may = wanted.data();
  uint8_t* const mark = marks.data();
  mark[behind - 1] = static_cast<uint8_t>(mark[behind - 1] | may[behind - 1]);
  uint32_t how_many_last = 1;
  uint32_t back = 2;  // what refers to the entry
  for (size_t row = behind; row < references.size() && (back <= kByteMax || how_many_last > 0);
       ++row) {
    const uint32_t reference = static_cast<unsigned char>(references[row]);
    uint8_t& its_last = last[numbers[row]];
    const uint8_t has = reference == 1 ? its_last : reference == back ? 1 : 0;
    how_many_last += static_cast<uint32_t>(has) - its_last;
    its_last = has;
    mark[row] = static_cast<uint8_t>(mark[row] | (has & may[row]));
    back += reference == 0 ? 1 : 0;
  }
}

// Finds the entries that have the text, and whether there are any.
bool Group::FindEntries(ValueKind kind, std::string_view text, ColumnState& state,
                        std::vector<uint8_t>& hits) const {
  if (kind == ValueKind::kString) return state.dictionary.Find(text, hits);
  for (size_t i = 0; i < hits.size(); ++i) {
    ValueView value{.kind = kind};
    if (!state.dictionary.Entry(i, value.bytes)) return false;
    hits[i] = ToText(value) == text;
  }
  return true;
}

bool Group::MarkEqualStrings(std::string_view text, ValueKind kind, ColumnState& state,
                             const std::vector<uint8_t>& wanted, std::vector<uint8_t>& marks) {
  std::vector<uint8_t> hits(state.dictionary.size());  // of each entry
  if (!FindEntries(kind, text, state, hits)) return false;
  const size_t first = NextWanted(hits, 0);
  if (first == hits.size()) return true;
  if (!state.has_references) {
    ForEachWantedValue(state, wanted, [&](uint32_t row, uint32_t) {
      marks[row] = 1;
      return true;
    });
    return true;
  }
  const bool untouched = state.followed == 0;
  if (state.one_each && state.a_byte_each && untouched &&
      NextWanted(hits, first + 1) == hits.size()) {
    if (AnyHighBit(state.references.rest())) return false;
    MarkEntry(static_cast<uint32_t>(first), state, wanted, marks);
    return true;
  }
  if (!FollowReferences(ref_.spans, state)) return false;
  if (state.one_each) {
    const uint32_t* const entries = state.entries.data();
    const uint8_t* const may = wanted.data();
    const uint8_t* const hit = hits.data();
    uint8_t* const mark = marks.data();
    for (uint32_t row = 0; row < ref_.spans; ++row)
      mark[row] = static_cast<uint8_t>(mark[row] | (may[row] & hit[entries[row]]));
    return true;
  }
  ForEachWantedValue(state, wanted, [&](uint32_t row, uint32_t value) {
    marks[row] = static_cast<uint8_t>(marks[row] | hits[state.entries[value]]);
    return true;
  });
  return true;
}

// Calls `use(row, number of the value)` for each value of each wanted row, until it returns false.
template <typename Use>
void Group::ForEachWantedValue(const ColumnState& state, const std::vector<uint8_t>& wanted,
                               const Use& use) const {
  if (state.one_each) {
    for (size_t row = NextWanted(wanted, 0); row < wanted.size();
         row = NextWanted(wanted, row + 1)) {
      if (!use(static_cast<uint32_t>(row), static_cast<uint32_t>(row))) return;
    }
    return;
  }
  uint32_t next = 0;
  for (uint32_t row = 0; row < ref_.spans; ++row) {
    const uint32_t number = core_->shape_numbers[row];
    const uint32_t end = next + state.places[number + 1] - state.places[number];
    for (; next < end; ++next) {
      if (wanted[row] != 0 && !use(row, next)) return;
    }
  }
}

bool Group::MarkEqual(size_t at, std::string_view text, const std::vector<uint8_t>& wanted,
                      std::vector<uint8_t>& marks) {
  const ValueKind kind = schema_.column(core_->columns[at].column).kind;
  if (!column_open(at)) return false;
  ColumnState& state = *states_[at];
  if (state.dictionary.size() > 0) return MarkEqualStrings(text, kind, state, wanted, marks);
  if (kind == ValueKind::kInt || kind == ValueKind::kDouble) {
    const EqualsText equals(text);
    ForEachWantedValue(state, wanted, [&](uint32_t row, uint32_t value) {
      const bool has = kind == ValueKind::kInt ? equals(state.integers.At(value))
                                               : equals(state.doubles.At(value));
      if (has) marks[row] = 1;
      return true;
    });
    return true;
  }
  const ByteReader raw = state.raw;  // reading row by row goes on where it was
  const uint32_t raw_next = state.raw_next;
  bool sound = true;
  ForEachWantedValue(state, wanted, [&](uint32_t row, uint32_t number) {
    ValueView value;
    sound = ValueAt(schema_.column(core_->columns[at].column), state, number, value);
    if (sound && ToText(value) == text) marks[row] = 1;
    return sound;
  });
  state.raw = raw;
  state.raw_next = raw_next;
  return sound;
}

}  // namespace awry::columnar
