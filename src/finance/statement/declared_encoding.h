// What a statement file says of its own encoding.
#pragma once

#include <string_view>

namespace finance::statement {

// The encoding of an XML declaration or of an OFX header (CHARSET), named as in text_decoding.h. Empty when the file
// names none, UTF-8, or the Latin default that banks leave standing whatever they write.
std::string_view DeclaredEncoding(std::string_view bytes);

}  // namespace finance::statement
