// Base64 (RFC 4648) and hexadecimal text.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace awry::codec {

// With padding.
std::string Base64Encode(std::string_view bytes);
// The alphabet for URLs and file names, without padding.
std::string Base64UrlEncode(std::string_view bytes);
// Reads both alphabets; padding may be missing. kInvalidArgument on anything else.
base::Result<std::string> Base64Decode(std::string_view text);

// Lower case.
std::string HexEncode(std::string_view bytes);
// Any case; kInvalidArgument on an odd length or another character.
base::Result<std::string> HexDecode(std::string_view text);

}  // namespace awry::codec
