#include "awry/columnar/block_cache.h"

#include <iterator>
#include <utility>

namespace awry::columnar {

size_t BlockCache::BytesOf(const Entry& entry) {
  constexpr size_t kPlaceBytes = 160;  // nodes of list and map, the string's own
  return entry.bytes->capacity() + kPlaceBytes;
}

BlockBytes BlockCache::Get(uint64_t file, uint64_t offset) {
  const base::MutexLock lock(mutex_);
  const auto found = places_.find(KeyOf(file, offset));
  if (found == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->bytes;
}

void BlockCache::Put(uint64_t file, uint64_t offset, const BlockBytes& bytes) {
  const uint64_t key = KeyOf(file, offset);
  const base::MutexLock lock(mutex_);
  uint64_t& missed = missed_[key * 0x9e3779b97f4a7c15ULL >> 50];
  if (std::exchange(missed, key) != key || bytes->size() > bytes_max_ / kShareMax || places_.contains(key)) return;
  entries_.push_front({key, bytes});
  places_[key] = entries_.begin();
  bytes_ += BytesOf(entries_.front());
  while (bytes_ > bytes_max_ && !entries_.empty()) {
    bytes_ -= BytesOf(entries_.back());
    places_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

size_t BlockCache::bytes() const {
  const base::MutexLock lock(mutex_);
  return bytes_;
}

}  // namespace awry::columnar
