// CRC-32C (Castagnoli), the checksum of our files; by the processor's instruction where it has one.
#pragma once

#include <cstdint>
#include <string_view>

namespace awry::codec {

// Returns the checksum of the bytes behind `so_far` followed by `bytes`; start with 0.
uint32_t Crc32c(std::string_view bytes, uint32_t so_far = 0);

// The plain version, for machines without the instruction; both always agree.
uint32_t Crc32cByTable(std::string_view bytes, uint32_t so_far = 0);

}  // namespace awry::codec
