// What dictionaries and numbers share of their layouts (docs/formats/segment.md, "Column").
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "awry/columnar/byte_reader.h"

namespace awry::columnar {

enum Form : uint8_t { kPlain = 0, kPacked = 1, kOther = 2 };

inline constexpr size_t kPackFrom = 4;  // fewer entries are not worth a form of their own

inline uint32_t WidthOf(uint64_t value) { return static_cast<uint32_t>(std::bit_width(value)); }

inline bool BitsAreThere(const ByteReader& in, uint64_t values, uint64_t bits_each) {
  return in.ok() && (values * bits_each + 7) / 8 == in.rest().size();
}

}  // namespace awry::columnar
