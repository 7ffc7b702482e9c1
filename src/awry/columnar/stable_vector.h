// A vector whose elements never move, so that one thread may append while others read.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "awry/columnar/large_block.h"

namespace awry::columnar {

// One thread appends; any thread reads elements below a size() that it has seen.
template <typename T>
class StableVector {
 public:
  // Large pages come from `pool`, which may be null and must outlive this.
  explicit StableVector(BlockPool* pool = nullptr) : pool_(pool) {}
  StableVector(const StableVector&) = delete;
  StableVector& operator=(const StableVector&) = delete;
  ~StableVector() {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      for (size_t i = 0; i < next_; ++i) (*this)[i].~T();
    }
  }

  // Before the first element.
  void set_pool(BlockPool* pool) { pool_ = pool; }

  size_t size() const { return size_.load(std::memory_order_acquire); }
  const T& operator[](size_t i) const { return Elements(PageOf(i))[OffsetOf(i)]; }
  T& operator[](size_t i) { return Elements(PageOf(i))[OffsetOf(i)]; }

  // Returns the new element, value-initialised; readers see it after Publish.
  T& Add() {
    const size_t page = PageOf(next_);
    if (pages_[page].data() == nullptr)
      pages_[page] = LargeBlock(PageSize(page) * sizeof(T), pool_);
    T* element = new (Elements(page) + OffsetOf(next_)) T();
    ++next_;
    return *element;
  }
  // The same for copies of many.
  void Append(const T* elements, size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    while (count > 0) {
      const size_t page = PageOf(next_);
      if (pages_[page].data() == nullptr)
        pages_[page] = LargeBlock(PageSize(page) * sizeof(T), pool_);
      const size_t offset = OffsetOf(next_);
      const size_t part = std::min(count, PageSize(page) - offset);
      std::memcpy(static_cast<void*>(Elements(page) + offset), elements, part * sizeof(T));
      elements += part;
      count -= part;
      next_ += part;
    }
  }
  // Pairs with the load in size().
  void Publish() { size_.store(next_, std::memory_order_release); }
  void Push(T value) {
    Add() = std::move(value);
    Publish();
  }
  // As the appending thread sees it.
  size_t next() const { return next_; }
  // The same; what is reserved behind the elements was never touched.
  size_t memory_bytes() const { return next_ * sizeof(T); }

  // Calls `run(first index, pointer, count)` for each stretch of [from, until) that lies together.
  template <typename Run>
  void ForEachRun(size_t from, size_t until, const Run& run) const {
    while (from < until) {
      const size_t page = PageOf(from);
      const size_t offset = OffsetOf(from);
      const size_t count = std::min(until - from, PageSize(page) - offset);
      run(from, Elements(page) + offset, count);
      from += count;
    }
  }

 private:
  // Page k holds kBase << k elements.
  static constexpr size_t kBase = 64;
  static size_t PageOf(size_t i) { return static_cast<size_t>(std::bit_width(i / kBase + 1)) - 1; }
  static size_t PageSize(size_t page) { return kBase << page; }
  static size_t OffsetOf(size_t i) { return i - kBase * ((size_t{1} << PageOf(i)) - 1); }
  T* Elements(size_t page) const { return reinterpret_cast<T*>(pages_[page].data()); }

  BlockPool* pool_;
  std::array<LargeBlock, 40> pages_;
  size_t next_ = 0;
  std::atomic<size_t> size_{0};
};

}  // namespace awry::columnar
