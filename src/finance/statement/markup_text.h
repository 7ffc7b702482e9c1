// Character references of SGML and XML.
#pragma once

#include <string>
#include <string_view>

namespace finance::statement {

// "&amp;" "&lt;" "&gt;" "&quot;" "&apos;" "&nbsp;" and "&#8364;" "&#x20AC;" as characters; what is no
// reference stays, as banks write bare ampersands.
std::string DecodeEntities(std::string_view text);

}  // namespace finance::statement
