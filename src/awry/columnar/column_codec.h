// The values of one column of a group as few bytes: dictionaries of strings, integers, doubles.
// Format: docs/formats/segment.md, "column".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "awry/columnar/bit_stream.h"
#include "awry/columnar/byte_reader.h"
#include "awry/columnar/byte_writer.h"

namespace awry::columnar {

// Appends the strings, in a form that suits what they have in common.
void EncodeDictionary(std::span<const std::string_view> entries, ByteWriter& out);
// Gives entries by their number, as few of them as are asked for. Used by one thread.
class DictionaryReader {
 public:
  // Takes all of `in`, whose bytes must outlive this. False when it is malformed or has more than
  // `count_max` entries.
  [[nodiscard]] bool Open(ByteReader in, uint64_t count_max);
  // Of version 1 of the format: `bytes` for each of the `count` entries.
  [[nodiscard]] bool OpenVersion1(ByteReader in, uint64_t count);
  size_t size() const { return entries_.size(); }
  // `at` < size(). The text stays valid as long as this does. False when it is malformed.
  [[nodiscard]] bool Entry(size_t at, std::string_view& text) {
    text = entries_[at];
    return text.data() != nullptr || Make(at, text);
  }
  // Sets found[i] for each entry that is `text`; `found` has size() zeros. False when one is malformed.
  [[nodiscard]] bool Find(std::string_view text, std::vector<uint8_t>& found);
  size_t held_bytes() const {
    return text_.capacity() + entries_.capacity() * sizeof(entries_[0]) + places_.capacity() * sizeof(places_[0]);
  }

 private:
  bool OpenNumbers(ByteReader in);
  bool OpenPattern(ByteReader in);
  bool Make(size_t at, std::string_view& text);
  bool MakeNumber(size_t at);
  bool MakePattern(size_t at);
  uint32_t Symbol(uint64_t at) const;

  uint8_t form_ = 0;
  std::string text_;  // of entries that were made; has room for all
  std::vector<std::string_view> entries_;  // without data: not made yet
  std::string_view bits_;
  std::string_view prefix_;  // of numbers
  uint64_t least_ = 0;
  uint32_t width_ = 0;
  std::string pattern_;
  std::vector<uint32_t> places_;  // of the pattern that vary
  std::string_view alphabet_;
};

// EncodeIntegers chooses a form that is likely to be short once it is compressed; packed integers,
// of which there is at least one, are not worth compressing.
void EncodeIntegers(std::span<const int64_t> values, ByteWriter& out);
void PackIntegers(std::span<const int64_t> values, ByteWriter& out);
size_t PackedIntegersBytes(std::span<const int64_t> values);
// Gives integers by their number. Used by one thread.
class IntegerReader {
 public:
  // Takes all of `in`, whose bytes must outlive this. False when these are not exactly `count`.
  [[nodiscard]] bool Open(ByteReader in, uint64_t count);
  // Without a form before it: differences.
  [[nodiscard]] bool OpenVersion1(ByteReader in, uint64_t count);
  int64_t At(uint64_t at) const {
    if (!values_.empty()) return values_[at];
    return static_cast<int64_t>(least_ + BitsAt(bits_, at * width_, width_));
  }
  size_t held_bytes() const { return values_.capacity() * sizeof(values_[0]); }

 private:
  std::vector<int64_t> values_;  // of the form that is no array
  std::string_view bits_;
  uint64_t least_ = 0;
  uint32_t width_ = 0;
};

// Every bit is kept, of NaN as well.
void EncodeDoubles(std::span<const double> values, ByteWriter& out);
// As IntegerReader.
class DoubleReader {
 public:
  [[nodiscard]] bool Open(ByteReader in, uint64_t count);
  // Without a form before it: 8 bytes each.
  [[nodiscard]] bool OpenVersion1(ByteReader in, uint64_t count);
  double At(uint64_t at) const;

 private:
  uint8_t form_ = 0;
  uint8_t decimals_ = 0;
  std::string_view bits_;
  uint64_t least_ = 0;
  uint32_t width_ = 0;
};

// Whether the number has at most two decimals, as money has, and is not huge: the index of a segment
// leaves out other doubles, which nobody types.
bool IsShortDecimal(double value);

}  // namespace awry::columnar
