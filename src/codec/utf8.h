// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace awry::codec {

bool IsValidUtf8(std::string_view text);

// Returns the length of the longest valid prefix; text.size() when all is valid.
size_t ValidUtf8Prefix(std::string_view text);

// Appends `text` with U+FFFD for each piece that is not UTF-8.
void AppendValidUtf8(std::string& out, std::string_view text);

// Appends a code point; U+FFFD for a surrogate or what is above U+10FFFF.
void AppendCodePoint(std::string& out, uint32_t code_point);

// Returns the longest prefix of at most `bytes_max` bytes that does not cut a character.
std::string_view TruncateUtf8(std::string_view text, size_t bytes_max);

}  // namespace awry::codec
