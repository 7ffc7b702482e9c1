// Bytes of a statement file → UTF-8 text.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace finance::statement {

namespace base = awry::base;

struct DecodedText {
  std::string text;      // valid UTF-8 without a byte order mark
  std::string encoding;  // one of Encodings()
  bool guessed = false;  // 8-bit and East Asian encodings look alike
};

// The names that a profile may have, the first the most likely.
std::span<const std::string_view> Encodings();

// UTF-8 with or without BOM, UTF-16 by its BOM or its zeros; else what the file itself declares; else by the bytes beyond ASCII: Windows-1252, or 1250 where Polish letters
// stand in words, or 850 or 852 of DOS, or an encoding that makes kana, Hangul, Cyrillic or Han of them when they are many. `forced` (a name above) wins over the guess.
// kInvalidArgument on a NUL character, on bytes that the encoding does not have, and on a name that is not known.
base::Result<DecodedText> DecodeText(std::string_view bytes, std::string_view forced = {});

}  // namespace finance::statement
