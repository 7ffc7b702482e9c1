// Open addressing over a power of two of slots, at most half full.
#include "awry/columnar/bytes_table.h"

#include <algorithm>
#include <cstring>

#include "awry/columnar/attribute_hash.h"

namespace awry::columnar {

uint64_t BytesTable::Hash(std::string_view bytes) { return HashBytes(bytes, 0); }

uint32_t BytesTable::Intern(std::string_view bytes, uint64_t hash) {
  if (entries_.next() * 2 >= slots_.size()) Grow();
  const auto short_hash = static_cast<uint32_t>(hash);
  const size_t mask = slots_.size() - 1;
  for (size_t at = short_hash & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.entry == 0) {
      entries_.Push(Copy(bytes));
      slot = {short_hash, static_cast<uint32_t>(entries_.next())};
      return slot.entry - 1;
    }
    if (slot.hash == short_hash && entries_[slot.entry - 1] == bytes) return slot.entry - 1;
  }
}

std::string_view BytesTable::Copy(std::string_view bytes) {
  constexpr size_t kArenaBytes = 4096;
  if (bytes.size() > arena_left_) {
    arena_left_ = std::max(bytes.size(), kArenaBytes);
    arena_.push_back(std::make_unique<char[]>(arena_left_));
    arena_bytes_ += arena_left_;
    arena_next_ = arena_.back().get();
  }
  if (!bytes.empty()) std::memcpy(arena_next_, bytes.data(), bytes.size());
  const std::string_view copy(arena_next_, bytes.size());
  arena_next_ += bytes.size();
  arena_left_ -= bytes.size();
  return copy;
}

void BytesTable::Grow() {
  std::vector<Slot> old = std::move(slots_);
  slots_.assign(std::max<size_t>(64, old.size() * 2), Slot{});
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.entry == 0) continue;
    size_t at = slot.hash & mask;
    while (slots_[at].entry != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

size_t BytesTable::memory_bytes() const {
  return entries_.memory_bytes() + slots_.capacity() * sizeof(Slot) + arena_bytes_;
}

}  // namespace awry::columnar
