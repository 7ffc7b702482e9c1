// The values of one column of a group as few bytes: dictionaries of strings, integers, doubles.
// Format: docs/formats/segment.md, "column".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "awry/columnar/byte_reader.h"
#include "awry/columnar/byte_writer.h"

namespace awry::columnar {

// Appends the strings, in a form that suits what they have in common.
void EncodeDictionary(std::span<const std::string_view> entries, ByteWriter& out);
// Reads to the end of `in`. Entries view `in` or `text`; both must outlive them, and `text` must not
// move. False when it is malformed or has more than `count_max` entries.
[[nodiscard]] bool DecodeDictionary(ByteReader in, uint64_t count_max, std::string& text,
                                    std::vector<std::string_view>& entries);

// Decoders of numbers are false when these are not exactly `count`.
// EncodeIntegers chooses a form that is likely to be short once it is compressed; packed integers,
// of which there is at least one, are not worth compressing.
void EncodeIntegers(std::span<const int64_t> values, ByteWriter& out);
void PackIntegers(std::span<const int64_t> values, ByteWriter& out);
size_t PackedIntegersBytes(std::span<const int64_t> values);
[[nodiscard]] bool DecodeIntegers(ByteReader in, uint64_t count, std::vector<int64_t>& values);

// Every bit is kept, of NaN as well.
void EncodeDoubles(std::span<const double> values, ByteWriter& out);
[[nodiscard]] bool DecodeDoubles(ByteReader in, uint64_t count, std::vector<double>& values);

// Whether the number has at most two decimals, as money has, and is not huge: the index of a segment
// leaves out other doubles, which nobody types.
bool IsShortDecimal(double value);

}  // namespace awry::columnar
