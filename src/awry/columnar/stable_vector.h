// A vector whose elements never move, so that one thread may append while others read.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace awry::columnar {

// One thread appends; any thread reads elements below a size() that it has seen.
template <typename T>
class StableVector {
 public:
  StableVector() = default;
  StableVector(const StableVector&) = delete;
  StableVector& operator=(const StableVector&) = delete;

  size_t size() const { return size_.load(std::memory_order_acquire); }
  const T& operator[](size_t i) const { return pages_[PageOf(i)][OffsetOf(i)]; }
  T& operator[](size_t i) { return pages_[PageOf(i)][OffsetOf(i)]; }

  // Returns the new element, value-initialised; readers see it after Publish.
  T& Add() {
    const size_t page = PageOf(next_);
    if (!pages_[page]) {
      pages_[page] = std::make_unique<T[]>(PageSize(page));
      memory_bytes_ += PageSize(page) * sizeof(T);
    }
    return pages_[page][OffsetOf(next_++)];
  }
  // Pairs with the load in size().
  void Publish() { size_.store(next_, std::memory_order_release); }
  void Push(T value) {
    Add() = std::move(value);
    Publish();
  }
  // As the appending thread sees it.
  size_t next() const { return next_; }
  size_t memory_bytes() const { return memory_bytes_.load(std::memory_order_relaxed); }

  // Calls `run(first index, pointer, count)` for each stretch of [from, until) that lies together.
  template <typename Run>
  void ForEachRun(size_t from, size_t until, const Run& run) const {
    while (from < until) {
      const size_t page = PageOf(from);
      const size_t offset = OffsetOf(from);
      const size_t count = std::min(until - from, PageSize(page) - offset);
      run(from, &pages_[page][offset], count);
      from += count;
    }
  }

 private:
  // Page k holds kBase << k elements.
  static constexpr size_t kBase = 64;
  static size_t PageOf(size_t i) { return static_cast<size_t>(std::bit_width(i / kBase + 1)) - 1; }
  static size_t PageSize(size_t page) { return kBase << page; }
  static size_t OffsetOf(size_t i) { return i - kBase * ((size_t{1} << PageOf(i)) - 1); }

  std::array<std::unique_ptr<T[]>, 40> pages_;
  size_t next_ = 0;
  std::atomic<size_t> size_{0};
  std::atomic<size_t> memory_bytes_{0};
};

}  // namespace awry::columnar
