// Pages have the usual size. Huge ones save a twentieth of the background's time, but where a host
// takes free ones back (free page reporting) the first touch of each costs four times as much.
#include "awry/columnar/large_block.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/clock.h"

namespace awry::columnar {

namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;  // less comes from malloc

char* Map(size_t bytes) {
  void* data =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  return static_cast<char*>(data);
}

}  // namespace

BlockPool::~BlockPool() { Trim(INT64_MAX); }

void BlockPool::Trim(int64_t before_ns) {
  const base::MutexLock lock(mutex_);
  for (auto it = kept_.begin(); it != kept_.end();) {
    if (it->since_ns >= before_ns) {
      ++it;
      continue;
    }
    munmap(it->data, it->bytes);
    kept_bytes_ -= it->bytes;
    it = kept_.erase(it);
  }
}

size_t BlockPool::kept_bytes() const {
  const base::MutexLock lock(mutex_);
  return kept_bytes_;
}

char* BlockPool::Take(size_t& bytes) {
  const base::MutexLock lock(mutex_);
  auto best = kept_.end();
  for (auto it = kept_.begin(); it != kept_.end(); ++it) {
    if (it->bytes < bytes || it->bytes > 2 * bytes) continue;
    if (best == kept_.end() || it->bytes < best->bytes) best = it;
  }
  if (best == kept_.end()) return nullptr;
  char* data = best->data;
  bytes = best->bytes;
  kept_bytes_ -= bytes;
  kept_.erase(best);
  return data;
}

bool BlockPool::Keep(char* data, size_t bytes) {
  const int64_t now_ns = base::SystemClock().MonotonicNs();
  const base::MutexLock lock(mutex_);
  if (kept_bytes_ + bytes > kept_bytes_max_) return false;
  kept_.push_back({data, bytes, now_ns});
  kept_bytes_ += bytes;
  return true;
}

LargeBlock::LargeBlock(size_t bytes, BlockPool* pool) : pool_(pool) {
  if (bytes < kPieceBytes) {
    data_ = static_cast<char*>(std::malloc(std::max<size_t>(bytes, 1)));
    if (data_ == nullptr) throw std::bad_alloc();
    return;
  }
  mapped_bytes_ = (bytes + kPieceBytes - 1) / kPieceBytes * kPieceBytes;
  if (pool_ != nullptr) data_ = pool_->Take(mapped_bytes_);
  if (data_ == nullptr) data_ = Map(mapped_bytes_);
}

LargeBlock::~LargeBlock() {
  if (mapped_bytes_ == 0) {
    std::free(data_);
  } else if (pool_ == nullptr || !pool_->Keep(data_, mapped_bytes_)) {
    munmap(data_, mapped_bytes_);
  }
}

}  // namespace awry::columnar
