// How JsonDocument lays out its tree: one array of nodes in the order of the text; an object is its
// node, then key, value, key, value, …; a subtree is a run of `span` nodes.
#pragma once

#include <cstdint>

#include "codec/json.h"

namespace awry::codec::json_internal {

struct Node {
  uint32_t offset;  // of the text of a number or string
  uint32_t length;  // of that text in bytes; number of children of an array or object
  uint32_t span;    // nodes in this subtree, itself included
  JsonType type;
};

}  // namespace awry::codec::json_internal
