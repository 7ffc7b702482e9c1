// Reflected polynomial 0x82F63B78. The table version takes 8 bytes a step (slicing-by-8).
#include "codec/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace awry::codec {
namespace {

using Tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr Tables MakeTables() {
  Tables tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0u);
    tables[0][i] = crc;
  }
  for (size_t t = 1; t < 8; ++t) {
    for (size_t i = 0; i < 256; ++i) {
      tables[t][i] = (tables[t - 1][i] >> 8) ^ tables[0][tables[t - 1][i] & 0xFF];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

uint32_t Byte(std::string_view bytes, size_t i) { return static_cast<unsigned char>(bytes[i]); }

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t Crc32cBySse42(std::string_view bytes, uint32_t so_far) {
  uint64_t crc = ~so_far;
  while (bytes.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    crc = _mm_crc32_u64(crc, word);
    bytes.remove_prefix(8);
  }
  auto crc32 = static_cast<uint32_t>(crc);
  for (const char c : bytes) crc32 = _mm_crc32_u8(crc32, static_cast<unsigned char>(c));
  return ~crc32;
}
#endif

}  // namespace

uint32_t Crc32cByTable(std::string_view bytes, uint32_t so_far) {
  uint32_t crc = ~so_far;
  while (bytes.size() >= 8) {
    crc ^= Byte(bytes, 0) | Byte(bytes, 1) << 8 | Byte(bytes, 2) << 16 | Byte(bytes, 3) << 24;
    crc = kTables[7][crc & 0xFF] ^ kTables[6][(crc >> 8) & 0xFF] ^ kTables[5][(crc >> 16) & 0xFF] ^
          kTables[4][crc >> 24] ^ kTables[3][Byte(bytes, 4)] ^ kTables[2][Byte(bytes, 5)] ^
          kTables[1][Byte(bytes, 6)] ^ kTables[0][Byte(bytes, 7)];
    bytes.remove_prefix(8);
  }
  for (size_t i = 0; i < bytes.size(); ++i) crc = (crc >> 8) ^ kTables[0][(crc ^ Byte(bytes, i)) & 0xFF];
  return ~crc;
}

uint32_t Crc32c(std::string_view bytes, uint32_t so_far) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return Crc32cBySse42(bytes, so_far);
#endif
  return Crc32cByTable(bytes, so_far);
}

}  // namespace awry::codec
