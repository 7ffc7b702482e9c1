// Keeps blocks of segments that questions read again and again, decompressed, up to a limit of memory.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/mutex.h"

namespace awry::columnar {

// What a block holds, decompressed.
using BlockBytes = std::shared_ptr<const std::string>;

// A block is kept when it was missed twice within some thousand misses, so that what is read once puts
// nothing out. A block that a reader still holds lives on when it is put out. Thread-safe.
class BlockCache {
 public:
  explicit BlockCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Files are told apart by their number, which no other file ever has. Null: it is not kept.
  BlockBytes Get(uint64_t file, uint64_t offset);
  // Told of every block that was missed; decides whether to keep it.
  void Put(uint64_t file, uint64_t offset, const BlockBytes& bytes);
  size_t bytes() const;

 private:
  static constexpr size_t kMissesKnown = 16 * 1024;
  static constexpr size_t kShareMax = 16;  // no block takes more than one in so many bytes of the limit
  struct Entry {
    uint64_t key = 0;
    BlockBytes bytes;
  };
  using Entries = std::list<Entry>;
  static uint64_t KeyOf(uint64_t file, uint64_t offset) { return file << 40 ^ offset; }
  static size_t BytesOf(const Entry& entry);

  const size_t bytes_max_;
  mutable base::Mutex mutex_;
  Entries entries_ GUARDED_BY(mutex_);  // used last first
  std::unordered_map<uint64_t, Entries::iterator> places_ GUARDED_BY(mutex_);
  size_t bytes_ GUARDED_BY(mutex_) = 0;
  std::array<uint64_t, kMissesKnown> missed_ GUARDED_BY(mutex_){};  // keys, by their hash
};

}  // namespace awry::columnar
