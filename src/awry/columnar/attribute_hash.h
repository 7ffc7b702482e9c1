// Hashes of attributes (key and typed value), by which the indexes find equal ones.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "trace/value.h"

namespace awry::columnar {

// XXH3 with 64 bits.
uint64_t HashBytes(std::string_view bytes, uint64_t seed);

inline uint64_t KeyHash(std::string_view key) { return HashBytes(key, 0x6b6579); }

// Equal attributes have equal hashes; arrays and maps are hashed by their JSON text.
uint64_t AttributeHash(uint64_t key_hash, const trace::ValueView& value);

// The hashes of every value whose trace::ToText is `text`.
std::vector<uint64_t> HashesOfText(std::string_view key, std::string_view text);

// Whether `text` may be of a double that the index of a segment leaves out (see IsShortDecimal).
bool IsUnindexedText(std::string_view text);

}  // namespace awry::columnar
