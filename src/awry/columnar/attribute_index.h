// Finds the groups of a segment that have an attribute value, by its hash.
// Format: docs/formats/segment.md, "attribute index".
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace awry::columnar {

inline constexpr size_t kAttributePageEntries = 1024;

// The first hash of each page, kept in memory.
struct AttributeDirectory {
  uint32_t hash_bits = 0;  // of the attribute's hash, from the top
  uint32_t group_bits = 0;
  uint32_t rice_bits = 8;
  struct Page {
    uint32_t first_hash = 0;
    uint64_t offset = 0;
    uint32_t bytes = 0;
    uint32_t entries = 0;
  };
  std::vector<Page> pages;
};

std::string EncodeDirectory(const AttributeDirectory& directory);
// `version` of the segment.
[[nodiscard]] bool DecodeDirectory(std::string_view bytes, uint32_t version,
                                   AttributeDirectory& directory);

// Collects (hash, group) pairs. Used by one thread.
class AttributeIndexBuilder {
 public:
  // Upper halves of the hashes of one group, in any order, repeats allowed.
  void AddGroup(uint32_t group, std::span<const uint32_t> hashes);
  // Takes the pairs of a page of another index, whose group 0 is `first_group` here. False when it is
  // malformed.
  [[nodiscard]] bool AddPage(const AttributeDirectory& directory, size_t page_number,
                             std::string_view page, uint32_t first_group);
  // Calls `write(page)` for every page in order; it returns the page's offset and size. Fills in
  // the directory.
  base::Status Finish(uint32_t groups,
                      const std::function<base::Status(std::string_view page, uint64_t& offset,
                                                       uint32_t& bytes)>& write,
                      AttributeDirectory& directory);

 private:
  uint32_t hash_bits_max_ = 32;    // of all pages that were added
  std::vector<uint64_t> entries_;  // hash, aligned to the top, then 32 bits of group
};

// The short hash that the index keeps of a full one.
inline uint32_t IndexHash(const AttributeDirectory& directory, uint64_t hash) {
  return static_cast<uint32_t>(hash >> 32) >> (32 - directory.hash_bits);
}
// Appends the groups of `index_hash` in the page. False when the page is malformed.
[[nodiscard]] bool FindInPage(const AttributeDirectory& directory, size_t page_number,
                              std::string_view page, uint32_t index_hash,
                              std::vector<uint32_t>& groups);

}  // namespace awry::columnar
