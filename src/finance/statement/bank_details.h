// What banks write behind an entry, as one text that a person would read: the name, then what for.
#pragma once

#include <string>
#include <string_view>

namespace finance::statement {

// Of field :86: and of texts like it: German and Polish subfields ("166?00…?20SVWZ+…?32NAME", "073~00…"), Dutch words between
// slashes ("/TRTP/…/NAME/…/REMI/…"). Any other text comes back folded.
std::string DescriptionOfDetails(std::string_view details);

}  // namespace finance::statement
