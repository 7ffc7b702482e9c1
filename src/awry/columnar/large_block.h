// Large memory that is used again: what is new to the process costs faults and zeroing, in a virtual
// machine more than all that is done with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace awry::columnar {

// Keeps what large blocks no longer need. Thread-safe.
class BlockPool {
 public:
  explicit BlockPool(size_t kept_bytes_max) : kept_bytes_max_(kept_bytes_max) {}
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // Gives back to the system what nobody took since `before_ns` of the monotonic clock.
  void Trim(int64_t before_ns);
  size_t kept_bytes() const;

 private:
  friend class LargeBlock;
  struct Kept {
    char* data = nullptr;
    size_t bytes = 0;
    int64_t since_ns = 0;
  };
  // Memory of at least `bytes`, which gets its real size; null when none fits.
  char* Take(size_t& bytes);
  // False when the pool is full.
  bool Keep(char* data, size_t bytes);

  const size_t kept_bytes_max_;
  mutable base::Mutex mutex_;
  std::vector<Kept> kept_ GUARDED_BY(mutex_);
  size_t kept_bytes_ GUARDED_BY(mutex_) = 0;
};

// Owns memory, whose bytes say nothing at first; large memory that is never touched takes none.
// Thread-compatible.
class LargeBlock {
 public:
  LargeBlock() = default;
  // `pool` may be null, else it must outlive this. Throws std::bad_alloc, as operator new does.
  explicit LargeBlock(size_t bytes, BlockPool* pool = nullptr);
  LargeBlock(LargeBlock&& other) noexcept { *this = std::move(other); }
  LargeBlock& operator=(LargeBlock&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(mapped_bytes_, other.mapped_bytes_);
    std::swap(pool_, other.pool_);
    return *this;
  }
  ~LargeBlock();

  // Null for a default one; aligned for any type.
  char* data() const { return data_; }

 private:
  char* data_ = nullptr;
  size_t mapped_bytes_ = 0;  // 0: from malloc
  BlockPool* pool_ = nullptr;
};

}  // namespace awry::columnar
