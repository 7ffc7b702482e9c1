// Finds the groups of a segment that have an attribute value, by its hash.
// Format: docs/formats/segment.md, "attribute index".
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "awry/columnar/bit_stream.h"
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

// Writes a page; returns its offset and size.
using WriteAttributePage =
    std::function<base::Status(std::string_view page, uint64_t& offset, uint32_t& bytes)>;

// Encodes sorted pairs into pages. Used by one thread.
class AttributePageWriter {
 public:
  // For about so many pairs, of hashes with at most `hash_bits_max` bits. Sets the directory's bits; it
  // and `write` must outlive this.
  AttributePageWriter(size_t entries, uint32_t groups, uint32_t hash_bits_max,
                      const WriteAttributePage& write, AttributeDirectory& directory);
  // `hash` has directory.hash_bits; pairs rise.
  base::Status Add(uint32_t hash, uint32_t group);
  base::Status Finish();

 private:
  const WriteAttributePage& write_;
  AttributeDirectory& directory_;
  size_t page_entries_ = 0;
  BitWriter bits_;
  AttributeDirectory::Page page_;
  uint32_t last_hash_ = 0;
};

// Collects (hash, group) pairs. Used by one thread.
class AttributeIndexBuilder {
 public:
  // Upper halves of the hashes of one group, in any order, repeats allowed.
  void AddGroup(uint32_t group, std::span<const uint32_t> hashes);
  // Calls `write(page)` for every page in order. Fills in the directory.
  base::Status Finish(uint32_t groups, const WriteAttributePage& write,
                      AttributeDirectory& directory);

 private:
  std::vector<uint64_t> entries_;  // hash, aligned to the top, then 32 bits of group
};

// A pair of a page.
struct AttributeEntry {
  uint32_t hash = 0;
  uint32_t group = 0;
};
// False when the page is malformed.
[[nodiscard]] bool DecodePage(const AttributeDirectory& directory, size_t page_number,
                              std::string_view page, std::vector<AttributeEntry>& entries);

// The short hash that the index keeps of a full one.
inline uint32_t IndexHash(const AttributeDirectory& directory, uint64_t hash) {
  return static_cast<uint32_t>(hash >> 32) >> (32 - directory.hash_bits);
}
// Appends the groups of `index_hash` in the page. False when the page is malformed.
[[nodiscard]] bool FindInPage(const AttributeDirectory& directory, size_t page_number,
                              std::string_view page, uint32_t index_hash,
                              std::vector<uint32_t>& groups);

}  // namespace awry::columnar
