// Entries are sorted by hash, then group. A hash is kept with 5 bits more than are needed to count
// the entries of one table's segment: a question meets a wrong group in one of 32 of them. Differences of neighbours are Rice coded, each followed by the group with a fixed
// number of bits.
#include "awry/columnar/attribute_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "awry/columnar/bit_stream.h"
#include "awry/columnar/byte_reader.h"
#include "codec/varint.h"

namespace awry::columnar {

using base::Status;

namespace {

constexpr uint32_t kMoreHashBits = 5;

// Sorts by the upper `bits` bits, least byte of them first; what has equal bits keeps its order.
void RadixSort(std::vector<uint64_t>& entries, uint32_t bits) {
  constexpr uint32_t kDigitBits = 11;
  std::vector<uint64_t> other(entries.size());
  for (uint32_t done = 0; done < bits; done += kDigitBits) {
    const uint32_t shift = 64 - bits + done;
    const uint64_t mask = (uint64_t{1} << std::min(kDigitBits, bits - done)) - 1;
    std::array<uint32_t, size_t{1} << kDigitBits> counts{};
    for (const uint64_t entry : entries) ++counts[entry >> shift & mask];
    uint32_t sum = 0;
    for (uint32_t& count : counts) sum += std::exchange(count, sum);
    for (const uint64_t entry : entries) other[counts[entry >> shift & mask]++] = entry;
    entries.swap(other);
  }
}

// Calls `visit(hash, group)` for each entry, until it returns false. False when it is malformed.
template <typename Visit>
bool VisitPage(const AttributeDirectory& directory, size_t page_number, std::string_view page,
               const Visit& visit) {
  const AttributeDirectory::Page& info = directory.pages[page_number];
  BitReader bits(page);
  uint32_t hash = info.first_hash;
  for (uint32_t i = 0; i < info.entries; ++i) {
    if (i > 0) hash += bits.GetRice(directory.rice_bits);
    const auto group = static_cast<uint32_t>(bits.Get(directory.group_bits));
    if (!bits.ok()) return false;
    if (!visit(hash, group)) return true;
  }
  return true;
}

}  // namespace

std::string EncodeDirectory(const AttributeDirectory& directory) {
  std::string out;
  codec::PutVarint(out, directory.hash_bits);
  codec::PutVarint(out, directory.group_bits);
  codec::PutVarint(out, directory.rice_bits);
  codec::PutVarint(out, directory.pages.size());
  for (const AttributeDirectory::Page& page : directory.pages) {
    codec::PutVarint(out, page.first_hash);
    codec::PutVarint(out, page.offset);
    codec::PutVarint(out, page.bytes);
    codec::PutVarint(out, page.entries);
  }
  return out;
}

bool DecodeDirectory(std::string_view bytes, uint32_t version, AttributeDirectory& directory) {
  ByteReader in(bytes);
  directory.hash_bits = in.Varint32(32);
  directory.group_bits = in.Varint32(32);
  directory.rice_bits = version == 1 ? 8 : in.Varint32(31);
  const uint64_t pages = in.Varint();
  for (uint64_t i = 0; in.ok() && i < pages; ++i) {
    AttributeDirectory::Page& page = directory.pages.emplace_back();
    page.first_hash = in.Varint32();
    page.offset = in.Varint();
    page.bytes = in.Varint32();
    page.entries = in.Varint32(kAttributePageEntries);
  }
  return in.ok() && in.at_end() && directory.hash_bits >= 1;
}

void AttributeIndexBuilder::AddGroup(uint32_t group, std::span<const uint32_t> hashes) {
  entries_.reserve(entries_.size() + hashes.size());
  for (const uint32_t hash : hashes) entries_.push_back(uint64_t{hash} << 32 | group);
}

bool AttributeIndexBuilder::AddPage(const AttributeDirectory& directory, size_t page_number,
                                    std::string_view page, uint32_t first_group) {
  hash_bits_max_ = std::min(hash_bits_max_, directory.hash_bits);
  return VisitPage(directory, page_number, page, [&](uint32_t hash, uint32_t group) {
    entries_.push_back(uint64_t{hash} << (64 - directory.hash_bits) | (first_group + group));
    return true;
  });
}

Status AttributeIndexBuilder::Finish(
    uint32_t groups,
    const std::function<Status(std::string_view page, uint64_t& offset, uint32_t& bytes)>& write,
    AttributeDirectory& directory) {
  const auto count_bits = static_cast<uint32_t>(std::bit_width(entries_.size()));
  directory.group_bits = static_cast<uint32_t>(std::bit_width(groups == 0 ? 0 : groups - 1));
  directory.hash_bits = std::min(hash_bits_max_, count_bits + kMoreHashBits);
  directory.rice_bits = directory.hash_bits > count_bits ? directory.hash_bits - count_bits : 0;
  // Groups came in rising order, and the sort keeps the order of equals.
  RadixSort(entries_, directory.hash_bits);
  const uint64_t mask = ~uint64_t{0} << (64 - directory.hash_bits) | UINT32_MAX;
  for (uint64_t& entry : entries_) entry &= mask;
  entries_.erase(std::unique(entries_.begin(), entries_.end()), entries_.end());
  const auto hash_of = [&](size_t i) {
    return static_cast<uint32_t>(entries_[i] >> (64 - directory.hash_bits));
  };
  for (size_t first = 0; first < entries_.size(); first += kAttributePageEntries) {
    const size_t end = std::min(entries_.size(), first + kAttributePageEntries);
    BitWriter bits;
    for (size_t i = first; i < end; ++i) {
      if (i > first) bits.PutRice(hash_of(i) - hash_of(i - 1), directory.rice_bits);
      bits.Put(static_cast<uint32_t>(entries_[i]), directory.group_bits);
    }
    AttributeDirectory::Page& page = directory.pages.emplace_back();
    page.first_hash = hash_of(first);
    page.entries = static_cast<uint32_t>(end - first);
    RETURN_IF_ERROR(write(bits.Finish(), page.offset, page.bytes));
  }
  return base::OkStatus();
}

bool FindInPage(const AttributeDirectory& directory, size_t page_number, std::string_view page,
                uint32_t index_hash, std::vector<uint32_t>& groups) {
  return VisitPage(directory, page_number, page, [&](uint32_t hash, uint32_t group) {
    if (hash == index_hash) groups.push_back(group);
    return hash <= index_hash;
  });
}

}  // namespace awry::columnar
