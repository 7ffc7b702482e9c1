#include "finance/category_predictor/known_names.h"

#include <algorithm>
#include <array>
#include <map>

#include "finance/category_predictor/text_features.h"

namespace finance::category_predictor {
namespace {

constexpr uint64_t kSeedName = 0x6E616D65;
constexpr double kAgreeing = 0.6; // share of the names with the same begin: "premier" is many things
constexpr size_t kNameBytesMin = 3;  // "bp", "ee" and "o0" begin too many texts

// Hashes of the first one, two, … words; returns how many.
size_t HashPrefixes(std::string_view normalised, std::array<uint64_t, kNameWordsMax>& out) {
  size_t count = 0;
  for (size_t at = 0; at < normalised.size() && count < kNameWordsMax;) {
    const size_t end = std::min(normalised.find(' ', at), normalised.size());
    out[count++] = StableHash(normalised.substr(0, end), kSeedName);
    at = end + 1;
  }
  return count;
}

// What is known of texts that begin alike: votes by class, and whether they are a name of their own.
struct Prefix {
  std::map<size_t, int> votes;
  bool is_name = false;
};

}  // namespace

KnownNames MakeKnownNames(std::span<const std::pair<std::string_view, size_t>> names) {
  std::map<uint64_t, Prefix> prefixes;
  for (const auto& [name, label] : names) {
    if (name.size() < kNameBytesMin) continue;
    std::array<uint64_t, kNameWordsMax> hashes;
    for (size_t count = HashPrefixes(name, hashes); count-- > 0;) ++prefixes[hashes[count]].votes[label];
    prefixes[StableHash(name, kSeedName)].is_name = true;
  }
  KnownNames out;
  for (const auto& [hash, prefix] : prefixes) {
    int all = 0;
    for (const auto& [label, votes] : prefix.votes) all += votes;
    for (const auto& [label, votes] : prefix.votes) {
      if (prefix.is_name && votes >= kAgreeing * all) out.push_back({hash, static_cast<uint8_t>(label)});
    }
  }
  return out;
}

int8_t FindName(const KnownNames& names, std::string_view normalised) {
  if (names.empty()) return -1;
  std::array<uint64_t, kNameWordsMax> hashes;
  for (size_t count = HashPrefixes(normalised, hashes); count-- > 0;) {
    const auto found = std::lower_bound(names.begin(), names.end(), hashes[count],
                                        [](const KnownName& name, uint64_t hash) { return name.hash < hash; });
    if (found != names.end() && found->hash == hashes[count]) return static_cast<int8_t>(found->label);
  }
  return -1;
}

}  // namespace finance::category_predictor
