// Bytes of a statement file → UTF-8 text.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace finance::statement {

namespace base = awry::base;

struct DecodedText {
  std::string text;      // valid UTF-8 without a byte order mark
  std::string encoding;  // "UTF-8", "UTF-16LE", "UTF-16BE", "windows-1252"
  bool guessed = false;  // true for the fallback: other 8-bit encodings look alike
};

// UTF-8 with or without BOM, UTF-16 by its BOM, else Windows-1252. `forced` (a name above) wins over
// the guess. kInvalidArgument on a NUL character or on bytes that the encoding does not have.
base::Result<DecodedText> DecodeText(std::string_view bytes, std::string_view forced = {});

}  // namespace finance::statement
