// Entries are sorted by hash, then group. A hash is kept with 8 bits more than are needed to count
// the entries, so that differences of neighbours are small; they are Rice coded (quotient in unary,
// 8 bits of remainder), each followed by the group with a fixed number of bits.
#include "awry/columnar/attribute_index.h"

#include <algorithm>
#include <bit>

#include "awry/columnar/byte_reader.h"
#include "base/check.h"
#include "codec/varint.h"

namespace awry::columnar {

using base::Status;

namespace {

constexpr uint32_t kRiceBits = 8;

class BitWriter {
 public:
  void Put(uint64_t value, uint32_t bits) {  // bits <= 32
    word_ |= value << used_;
    used_ += bits;
    while (used_ >= 8) {
      out_ += static_cast<char>(word_);
      word_ >>= 8;
      used_ -= 8;
    }
  }
  void PutRice(uint32_t value) {
    for (uint32_t q = value >> kRiceBits; q > 0; --q) Put(1, 1);
    Put(0, 1);
    Put(value & ((1u << kRiceBits) - 1), kRiceBits);
  }
  std::string Finish() {
    if (used_ > 0) out_ += static_cast<char>(word_);
    return std::move(out_);
  }

 private:
  std::string out_;
  uint64_t word_ = 0;
  uint32_t used_ = 0;
};

class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : rest_(bytes) {}
  uint32_t Get(uint32_t bits) {
    while (have_ < bits) {
      if (rest_.empty()) {
        ok_ = false;
        return 0;
      }
      word_ |= uint64_t{static_cast<unsigned char>(rest_.front())} << have_;
      rest_.remove_prefix(1);
      have_ += 8;
    }
    const uint64_t value = word_ & ((uint64_t{1} << bits) - 1);
    word_ >>= bits;
    have_ -= bits;
    return static_cast<uint32_t>(value);
  }
  uint32_t GetRice() {
    uint32_t quotient = 0;
    while (ok_ && Get(1) == 1) ++quotient;
    return quotient << kRiceBits | Get(kRiceBits);
  }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  uint64_t word_ = 0;
  uint32_t have_ = 0;
  bool ok_ = true;
};

}  // namespace

std::string EncodeDirectory(const AttributeDirectory& directory) {
  std::string out;
  codec::PutVarint(out, directory.hash_bits);
  codec::PutVarint(out, directory.group_bits);
  codec::PutVarint(out, directory.pages.size());
  for (const AttributeDirectory::Page& page : directory.pages) {
    codec::PutVarint(out, page.first_hash);
    codec::PutVarint(out, page.offset);
    codec::PutVarint(out, page.bytes);
    codec::PutVarint(out, page.entries);
  }
  return out;
}

bool DecodeDirectory(std::string_view bytes, AttributeDirectory& directory) {
  ByteReader in(bytes);
  directory.hash_bits = in.Varint32(32);
  directory.group_bits = in.Varint32(32);
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

void AttributeIndexBuilder::AddGroup(uint32_t group, std::vector<uint64_t>& hashes) {
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  for (const uint64_t hash : hashes) entries_.push_back({static_cast<uint32_t>(hash >> 32), group});
}

Status AttributeIndexBuilder::Finish(
    uint32_t groups,
    const std::function<Status(std::string_view page, uint64_t& offset, uint32_t& bytes)>& write,
    AttributeDirectory& directory) {
  directory.group_bits = static_cast<uint32_t>(std::bit_width(groups == 0 ? 0 : groups - 1));
  directory.hash_bits =
      std::min(32u, static_cast<uint32_t>(std::bit_width(entries_.size())) + kRiceBits);
  for (Entry& entry : entries_) entry.hash >>= 32 - directory.hash_bits;
  const auto before = [](const Entry& a, const Entry& b) {
    return (uint64_t{a.hash} << 32 | a.group) < (uint64_t{b.hash} << 32 | b.group);
  };
  const auto same = [](const Entry& a, const Entry& b) {
    return a.hash == b.hash && a.group == b.group;
  };
  std::sort(entries_.begin(), entries_.end(), before);
  entries_.erase(std::unique(entries_.begin(), entries_.end(), same), entries_.end());
  for (size_t first = 0; first < entries_.size(); first += kAttributePageEntries) {
    const size_t end = std::min(entries_.size(), first + kAttributePageEntries);
    BitWriter bits;
    for (size_t i = first; i < end; ++i) {
      if (i > first) bits.PutRice(entries_[i].hash - entries_[i - 1].hash);
      bits.Put(entries_[i].group, directory.group_bits);
    }
    AttributeDirectory::Page& page = directory.pages.emplace_back();
    page.first_hash = entries_[first].hash;
    page.entries = static_cast<uint32_t>(end - first);
    RETURN_IF_ERROR(write(bits.Finish(), page.offset, page.bytes));
  }
  return base::OkStatus();
}

bool FindInPage(const AttributeDirectory& directory, size_t page_number, std::string_view page,
                uint32_t index_hash, std::vector<uint32_t>& groups) {
  const AttributeDirectory::Page& info = directory.pages[page_number];
  BitReader bits(page);
  uint32_t hash = info.first_hash;
  for (uint32_t i = 0; i < info.entries; ++i) {
    if (i > 0) hash += bits.GetRice();
    const uint32_t group = bits.Get(directory.group_bits);
    if (!bits.ok()) return false;
    if (hash > index_hash) return true;
    if (hash == index_hash) groups.push_back(group);
  }
  return true;
}

}  // namespace awry::columnar
