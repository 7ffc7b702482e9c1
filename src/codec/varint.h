// Integers as bytes: LEB128 varints (as protobuf's), zigzag, and fixed little-endian.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace awry::codec {

inline constexpr size_t kVarintBytesMax = 10;

inline void PutVarint(std::string& out, uint64_t value) {
  char bytes[kVarintBytesMax];
  size_t size = 0;
  while (value >= 0x80) {
    bytes[size++] = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  bytes[size++] = static_cast<char>(value);
  out.append(bytes, size);
}

constexpr size_t VarintSize(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}

// Takes a varint from the front of `in`. False when it is cut short or longer than 64 bits; then
// both are unchanged.
[[nodiscard]] inline bool GetVarint(std::string_view& in, uint64_t& value) {
  uint64_t result = 0;
  for (size_t i = 0; i < in.size() && i < kVarintBytesMax; ++i) {
    const auto byte = static_cast<unsigned char>(in[i]);
    if (i == kVarintBytesMax - 1 && byte > 1) return false;
    result |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      value = result;
      in.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

// Small negative numbers become small positive ones: 0, -1, 1, -2 → 0, 1, 2, 3.
constexpr uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

// Little-endian, whatever the machine. `T` is an unsigned integer.
template <typename T>
void PutFixed(std::string& out, T value) {
  char bytes[sizeof(T)];
  for (size_t i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<char>(value >> (8 * i));
  out.append(bytes, sizeof(T));
}

// Reads from `bytes`, which holds at least sizeof(T).
template <typename T>
T ReadFixed(const char* bytes) {
  if constexpr (std::endian::native == std::endian::little) {
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    return value;
  } else {
    T value = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i)));
    }
    return value;
  }
}

// Takes a fixed integer from the front of `in`; false, and both unchanged, when it is cut short.
template <typename T>
[[nodiscard]] bool GetFixed(std::string_view& in, T& value) {
  if (in.size() < sizeof(T)) return false;
  value = ReadFixed<T>(in.data());
  in.remove_prefix(sizeof(T));
  return true;
}

}  // namespace awry::codec
