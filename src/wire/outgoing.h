// What a sender of traces needs before bytes leave: valid text and compressed bodies.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"

namespace awry::wire {

bool IsUtf8(std::string_view text);
// Returns `text` with U+FFFD for each piece that is not UTF-8.
std::string ToUtf8(std::string_view text);
// Returns the longest prefix of at most `bytes_max` bytes that does not cut a character.
std::string_view CutUtf8(std::string_view text, size_t bytes_max);

base::Result<std::string> Gzip(std::string_view bytes);

}  // namespace awry::wire
