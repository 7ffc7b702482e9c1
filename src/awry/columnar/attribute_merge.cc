// Hashes are cut to the bits that the result keeps. Pairs whose hashes are then equal, of all inputs, are
// brought into order together.
#include "awry/columnar/attribute_merge.h"

#include <algorithm>
#include <vector>

namespace awry::columnar {

using base::Status;

namespace {

constexpr uint32_t kEnd = UINT32_MAX;
constexpr size_t kHashesACheck = 65'536;

// The pairs of one input, in order. Used by one thread.
class InputPairs {
 public:
  InputPairs(const AttributeIndexInput& input, uint32_t first_group, uint32_t hash_bits)
      : input_(input),
        first_group_(first_group),
        shift_(input.directory->pages.empty() ? 0 : input.directory->hash_bits - hash_bits) {}

  bool done() const { return next_ == entries_.size(); }
  // Of the next pair, as the result keeps it; more than any when there is none.
  uint64_t hash() const { return done() ? uint64_t{kEnd} + 1 : entries_[next_].hash >> shift_; }
  // Appends the groups of the next hash, and goes to the one behind.
  Status TakeGroups(std::vector<uint32_t>& groups) {
    const uint64_t taken = hash();
    while (hash() == taken) {
      groups.push_back(first_group_ + entries_[next_].group);
      if (++next_ == entries_.size()) RETURN_IF_ERROR(LoadNext());
    }
    return base::OkStatus();
  }
  Status LoadNext() {
    entries_.clear();
    next_ = 0;
    while (entries_.empty() && page_ < input_.directory->pages.size())
      RETURN_IF_ERROR(input_.read(page_++, entries_));
    return base::OkStatus();
  }

 private:
  const AttributeIndexInput& input_;
  const uint32_t first_group_;
  const uint32_t shift_;
  size_t page_ = 0;  // the next one to be read
  std::vector<AttributeEntry> entries_;
  size_t next_ = 0;
};

}  // namespace

Status MergeAttributeIndexes(const std::vector<AttributeIndexInput>& inputs,
                             const std::function<bool()>& stop, const WriteAttributePage& write,
                             AttributeDirectory& directory) {
  uint64_t entries = 0, groups = 0;
  uint32_t hash_bits_max = 32;
  for (const AttributeIndexInput& input : inputs) {
    for (const AttributeDirectory::Page& page : input.directory->pages) entries += page.entries;
    groups += input.groups;
    if (!input.directory->pages.empty())
      hash_bits_max = std::min(hash_bits_max, input.directory->hash_bits);
  }
  AttributePageWriter pages(entries, static_cast<uint32_t>(groups), hash_bits_max, write, directory);
  std::vector<InputPairs> pairs;
  uint32_t first_group = 0;
  for (const AttributeIndexInput& input : inputs) {
    pairs.emplace_back(input, first_group, directory.hash_bits);
    RETURN_IF_ERROR(pairs.back().LoadNext());
    first_group += input.groups;
  }
  std::vector<uint32_t> of_hash;
  for (size_t hashes = 0;; ++hashes) {
    if (hashes % kHashesACheck == 0 && stop())
      return {base::StatusCode::kCancelled, "merge stopped"};
    uint64_t lowest = uint64_t{kEnd} + 1;
    for (const InputPairs& input : pairs) lowest = std::min(lowest, input.hash());
    if (lowest > kEnd) return pages.Finish();
    of_hash.clear();
    for (InputPairs& input : pairs) {
      if (input.hash() == lowest) RETURN_IF_ERROR(input.TakeGroups(of_hash));
    }
    if (of_hash.size() > 1) {
      std::sort(of_hash.begin(), of_hash.end());
      of_hash.erase(std::unique(of_hash.begin(), of_hash.end()), of_hash.end());
    }
    for (const uint32_t group : of_hash)
      RETURN_IF_ERROR(pages.Add(static_cast<uint32_t>(lowest), group));
  }
}

}  // namespace awry::columnar
