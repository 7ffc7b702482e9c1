// Keeps the trace indexes and the blocks that were used last, up to a limit of memory.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

#include "awry/columnar/block_cache.h"
#include "awry/columnar/trace_index.h"
#include "base/mutex.h"

namespace awry::columnar {

// An index that a reader still holds lives on when it is put out. Thread-safe.
class IndexCache {
 public:
  // Half of the bytes are for indexes, half for blocks.
  explicit IndexCache(size_t bytes_max) : bytes_max_(bytes_max / 2), blocks_(bytes_max / 2) {}

  // `owner` tells indexes apart: the run they belong to. Null when it is not kept.
  std::shared_ptr<const TraceIndex> Get(const void* owner);
  // Puts out the ones used longest ago until the limit holds; one alone may be over it.
  void Put(const void* owner, std::shared_ptr<const TraceIndex> index);
  void Remove(const void* owner);
  BlockCache& blocks() { return blocks_; }
  size_t bytes() const;

 private:
  struct Entry {
    const void* owner = nullptr;
    std::shared_ptr<const TraceIndex> index;
    size_t bytes = 0;
  };
  void Erase(std::list<Entry>::iterator entry) REQUIRES(mutex_);

  const size_t bytes_max_;  // of indexes
  BlockCache blocks_;
  mutable base::Mutex mutex_;
  std::list<Entry> entries_ GUARDED_BY(mutex_);  // used last first
  std::unordered_map<const void*, std::list<Entry>::iterator> places_ GUARDED_BY(mutex_);
  size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace awry::columnar
