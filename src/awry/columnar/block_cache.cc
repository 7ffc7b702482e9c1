// Open addressing with linear probing; a slot that is freed is filled by those behind it that
// belong there. What goes out is found by a hand that walks around and takes the first that was not
// asked for since it came by.
#include "awry/columnar/block_cache.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace awry::columnar {

namespace {

constexpr size_t kSlotsFirst = 64;
constexpr size_t kPlaceBytes = 160;  // slots, what shared_ptr keeps, the string's or vectors' own
constexpr uint64_t kSpread = 0x9e3779b97f4a7c15ULL;

}  // namespace

size_t BlockCache::Home(uint64_t key) const {
  return static_cast<size_t>(key * kSpread >> (64 - std::countr_zero(slots_.size())));
}

size_t BlockCache::PlaceOf(uint64_t key) const {
  size_t at = Home(key);
  while (slots_[at].kept != nullptr && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
  return at;
}

BlockCache::Kept BlockCache::Find(uint64_t key) {
  const base::MutexLock lock(mutex_);
  if (slots_.empty()) return nullptr;
  Slot& slot = slots_[PlaceOf(key)];
  if (slot.kept != nullptr) slot.asked_for = true;
  return slot.kept;
}

void BlockCache::PutAs(uint64_t key, const Kept& kept, size_t bytes) {
  const base::MutexLock lock(mutex_);
  uint64_t& missed = missed_[key * kSpread >> 50];
  if (std::exchange(missed, key) != key ||
      bytes > std::min<size_t>(bytes_max_ / kShareMax, UINT32_MAX / 2))
    return;
  Insert(key, kept, bytes);
}

void BlockCache::AddIfRoom(uint64_t key, const Kept& kept, size_t bytes) {
  const base::MutexLock lock(mutex_);
  if (bytes <= bytes_max_ / kShareMax && bytes_ + bytes + kPlaceBytes <= bytes_max_ / 2)
    Insert(key, kept, bytes);
}

void BlockCache::Insert(uint64_t key, const Kept& kept, size_t bytes) {
  if ((used_ + 1) * 2 > slots_.size()) Grow();
  if (slots_[PlaceOf(key)].kept != nullptr) return;
  bytes += kPlaceBytes;
  while (used_ > 0 && bytes_ + bytes > bytes_max_) PutOutOne();
  if (bytes > bytes_max_) return;
  slots_[PlaceOf(key)] = {.key = key, .kept = kept, .bytes = static_cast<uint32_t>(bytes)};
  ++used_;
  bytes_ += bytes;
}

void BlockCache::PutOutOne() {
  while (true) {
    hand_ = (hand_ + 1) & (slots_.size() - 1);
    Slot& slot = slots_[hand_];
    if (slot.kept != nullptr && !std::exchange(slot.asked_for, false)) return Free(hand_);
  }
}

void BlockCache::Free(size_t at) {
  const size_t mask = slots_.size() - 1;
  bytes_ -= slots_[at].bytes;
  --used_;
  slots_[at] = {};
  for (size_t next = (at + 1) & mask; slots_[next].kept != nullptr; next = (next + 1) & mask) {
    // It may move to the free slot unless its home lies between the two.
    if (((next - Home(slots_[next].key)) & mask) < ((next - at) & mask)) continue;
    slots_[at] = std::exchange(slots_[next], {});
    at = next;
  }
}

void BlockCache::Grow() {
  std::vector<Slot> before(slots_.empty() ? kSlotsFirst : slots_.size() * 2);
  before.swap(slots_);
  hand_ = 0;
  for (Slot& slot : before) {
    if (slot.kept == nullptr) continue;
    const size_t at = PlaceOf(slot.key);
    slots_[at] = std::move(slot);
  }
}

size_t BlockCache::bytes() const {
  const base::MutexLock lock(mutex_);
  return bytes_;
}

}  // namespace awry::columnar
