#include "awry/columnar/index_cache.h"

#include <iterator>
#include <utility>

namespace awry::columnar {

std::shared_ptr<const TraceIndex> IndexCache::Get(const void* owner) {
  const base::MutexLock lock(mutex_);
  const auto found = places_.find(owner);
  if (found == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->index;
}

void IndexCache::Put(const void* owner, std::shared_ptr<const TraceIndex> index) {
  const size_t bytes = index->memory_bytes();
  const base::MutexLock lock(mutex_);
  if (places_.contains(owner)) return;
  entries_.push_front({owner, std::move(index), bytes});
  places_[owner] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > bytes_max_ && entries_.size() > 1) Erase(std::prev(entries_.end()));
}

void IndexCache::Remove(const void* owner) {
  const base::MutexLock lock(mutex_);
  if (const auto found = places_.find(owner); found != places_.end()) Erase(found->second);
}

void IndexCache::Erase(std::list<Entry>::iterator entry) {
  bytes_ -= entry->bytes;
  places_.erase(entry->owner);
  entries_.erase(entry);
}

size_t IndexCache::bytes() const {
  const size_t blocks = blocks_.bytes();
  const base::MutexLock lock(mutex_);
  return bytes_ + blocks;
}

}  // namespace awry::columnar
