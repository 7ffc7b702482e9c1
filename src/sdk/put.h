// The smallest steps of a span's encoding. Every `Put` writes at `at`, where there is room, and
// returns what lies behind.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace awry::sdk::detail {

inline size_t VarintSize(uint64_t value) {
  if (value < 0x80) [[likely]]
    return 1;
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}

inline char* PutVarint(char* at, uint64_t value) {
  while (value >= 0x80) [[unlikely]] {
    *at++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<char>(value);
  return at;
}

inline char* PutBytes(char* at, const void* bytes, size_t size) {
  if (size != 0) std::memcpy(at, bytes, size);  // an empty view may be a null pointer
  return at + size;
}

// As PutBytes, for texts: most are short, and copied without a call.
inline char* PutText(char* at, std::string_view text) {
  const char* from = text.data();
  const size_t size = text.size();
  if (size > 32) return PutBytes(at, from, size);
  if (size >= 16) {  // the two halves may overlap
    std::memcpy(at, from, 16);
    std::memcpy(at + size - 16, from + size - 16, 16);
  } else if (size >= 8) {
    std::memcpy(at, from, 8);
    std::memcpy(at + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(at, from, 4);
    std::memcpy(at + size - 4, from + size - 4, 4);
  } else if (size > 0) {
    at[0] = from[0];
    at[size / 2] = from[size / 2];
    at[size - 1] = from[size - 1];
  }
  return at + size;
}

inline char* PutBigEndian(char* at, uint64_t value) {
  value = __builtin_bswap64(value);
  return PutBytes(at, &value, 8);
}

inline bool IsAscii(std::string_view text) {
  const char* at = text.data();
  const size_t size = text.size();
  uint64_t all = 0, word = 0;
  if (size >= 8) {
    for (size_t i = 0; i + 8 <= size; i += 8) {
      std::memcpy(&word, at + i, 8);
      all |= word;
    }
    std::memcpy(&word, at + size - 8, 8);
    all |= word;
  } else {
    for (size_t i = 0; i < size; ++i)
      all |= static_cast<uint64_t>(static_cast<unsigned char>(at[i]));
  }
  return (all & 0x8080808080808080ULL) == 0;
}

}  // namespace awry::sdk::detail
