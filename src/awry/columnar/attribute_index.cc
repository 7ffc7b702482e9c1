// Entries are sorted by hash, then group. A hash is kept with 5 bits more than are needed to count
// the entries of one table's segment, with 12 where a group has few of them: a question meets a wrong
// group in one of 32 or 4,096 tables. A bit more costs each entry a bit; so do small pages, which are
// found in less time. Differences of neighbours are
// Rice coded, each followed by the group with a fixed number of bits.
#include "awry/columnar/attribute_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "awry/columnar/bit_stream.h"
#include "awry/columnar/byte_reader.h"
#include "awry/columnar/segment_format.h"
#include "codec/varint.h"

namespace awry::columnar {

using base::Status;

namespace {

constexpr uint32_t kMoreHashBits = 5;
constexpr uint32_t kMostMoreHashBits = 12;
constexpr size_t kFewEntriesOfGroup = kGroupSpans;
constexpr size_t kManyEntries = 16'384;  // in fewer, wrong groups are rare anyhow

constexpr size_t kSmallPageEntries = 256;

// Whether a bit more a pair costs little a span.
bool IsSparse(size_t entries, uint32_t groups) {
  return entries >= kManyEntries && entries <= kFewEntriesOfGroup * groups;
}

// How many bits count the entries: of many the nearest number, of few one that is not too small.
uint32_t CountBits(size_t entries) {
  if (entries < kManyEntries) return static_cast<uint32_t>(std::bit_width(entries));
  return static_cast<uint32_t>(std::bit_width(entries * 181 / 128)) - 1;  // 181 / 128 is √2
}

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

// Cuts sorted hashes to `bits` bits and leaves one of what is then equal.
void KeepBits(std::vector<uint64_t>& entries, uint32_t bits) {
  const uint64_t mask = ~uint64_t{0} << (64 - bits) | UINT32_MAX;
  for (uint64_t& entry : entries) entry &= mask;
  // Of hashes that became equal, groups stand in disorder.
  for (auto first = entries.begin(); first != entries.end();) {
    const uint64_t hash = *first >> 32;
    auto end = first + 1;
    bool sorted = true;
    for (; end != entries.end() && *end >> 32 == hash; ++end) sorted = sorted && end[-1] <= *end;
    if (!sorted) std::sort(first, end);
    first = end;
  }
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
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
  for (const uint32_t hash : hashes) entries_.push_back(uint64_t{hash} << 32 | group);
}

AttributePageWriter::AttributePageWriter(size_t entries, uint32_t groups, uint32_t hash_bits_max,
                                         const WriteAttributePage& write,
                                         AttributeDirectory& directory)
    : write_(write), directory_(directory) {
  const bool sparse = IsSparse(entries, groups);
  const uint32_t count_bits = CountBits(entries);
  page_entries_ = sparse ? kSmallPageEntries : kAttributePageEntries;
  directory.group_bits = static_cast<uint32_t>(std::bit_width(groups == 0 ? 0 : groups - 1));
  directory.hash_bits =
      std::min(hash_bits_max, count_bits + (sparse ? kMostMoreHashBits : kMoreHashBits));
  // The Rice code is shortest where its remainder just counts to the mean difference.
  directory.rice_bits = directory.hash_bits > count_bits ? directory.hash_bits - count_bits : 0;
  if (directory.rice_bits > 0 &&
      uint64_t{entries} << directory.rice_bits > uint64_t{1} << directory.hash_bits) {
    --directory.rice_bits;
  }
}

Status AttributePageWriter::Add(uint32_t hash, uint32_t group) {
  if (page_.entries == page_entries_) RETURN_IF_ERROR(Finish());
  if (page_.entries == 0) {
    page_.first_hash = hash;
  } else {
    bits_.PutRice(hash - last_hash_, directory_.rice_bits);
  }
  bits_.Put(group, directory_.group_bits);
  last_hash_ = hash;
  ++page_.entries;
  return base::OkStatus();
}

Status AttributePageWriter::Finish() {
  if (page_.entries == 0) return base::OkStatus();
  RETURN_IF_ERROR(write_(bits_.Finish(), page_.offset, page_.bytes));
  directory_.pages.push_back(page_);
  bits_ = {};
  page_ = {};
  return base::OkStatus();
}

Status AttributeIndexBuilder::Finish(uint32_t groups, const WriteAttributePage& write,
                                     AttributeDirectory& directory) {
  // Repeats go first, told by as many bits as may be kept: only different pairs count.
  const uint32_t sorted_bits = std::min(32u, CountBits(entries_.size()) + kMostMoreHashBits);
  // Groups came in rising order, and the sort keeps the order of equals.
  RadixSort(entries_, sorted_bits);
  KeepBits(entries_, sorted_bits);
  AttributePageWriter pages(entries_.size(), groups, sorted_bits, write, directory);
  if (directory.hash_bits < sorted_bits) KeepBits(entries_, directory.hash_bits);
  for (const uint64_t entry : entries_) {
    RETURN_IF_ERROR(pages.Add(static_cast<uint32_t>(entry >> (64 - directory.hash_bits)),
                              static_cast<uint32_t>(entry)));
  }
  return pages.Finish();
}

bool DecodePage(const AttributeDirectory& directory, size_t page_number, std::string_view page,
                std::vector<AttributeEntry>& entries) {
  entries.clear();
  return VisitPage(directory, page_number, page, [&](uint32_t hash, uint32_t group) {
    entries.push_back({hash, group});
    return true;
  });
}

bool FindInPage(const AttributeDirectory& directory, size_t page_number, std::string_view page,
                uint32_t index_hash, std::vector<uint32_t>& groups) {
  return VisitPage(directory, page_number, page, [&](uint32_t hash, uint32_t group) {
    if (hash == index_hash) groups.push_back(group);
    return hash <= index_hash;
  });
}

}  // namespace awry::columnar
