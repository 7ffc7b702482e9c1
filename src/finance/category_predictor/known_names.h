// Names whose category is known beforehand, brands above all, found at the begin of a text.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace finance::category_predictor {

// One name and its class.
struct KnownName {
  uint64_t hash = 0;  // of its words
  uint8_t label = 0;
};

// Sorted by hash, each once; a name is left out when too many that begin like it are of other classes.
using KnownNames = std::vector<KnownName>;

inline constexpr size_t kNameWordsMax = 4;

// From normalised names with their classes.
KnownNames MakeKnownNames(std::span<const std::pair<std::string_view, size_t>> names);

// The class of the longest name that `normalised` begins with; -1: none.
int8_t FindName(const KnownNames& names, std::string_view normalised);

}  // namespace finance::category_predictor
