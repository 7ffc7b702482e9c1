// Strings and keys of a JSON text as views: borrowed from the text where it has no escapes,
// unescaped into an arena where it has. For text that a parser has found to be well-formed up to
// its strings.
#pragma once

#include <string_view>

#include "wire/byte_arena.h"

namespace awry::wire {

// `after_quote` points behind the opening quote; a closing one must follow within the text. Bad
// escapes and lone surrogates become U+FFFD. Valid as long as the text and until arena.Clear().
std::string_view ReadJsonString(const char* after_quote, ByteArena& arena);

}  // namespace awry::wire
