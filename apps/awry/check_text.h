// Dry runs and proposed checks, for people and files.
#pragma once

#include <cstddef>
#include <string>

#include "codec/json.h"

namespace awry::app {

// The answer of a dry run; at most `examples` traces of each check.
std::string CheckText(codec::JsonValue answer, size_t examples);

// Invariants as a YAML file of checks, with the support of each in a comment.
std::string InvariantsYaml(codec::JsonValue answer);

}  // namespace awry::app
